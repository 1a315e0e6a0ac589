package curl

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// -s keeps back what happens on the way, and not what is wrong with the command line.
func TestSilentUsage(t *testing.T) {
	for args, want := range map[string]string{
		"-s":                                 "no URL specified",
		"-s --nonsense http://127.0.0.1:1/":  "option --nonsense: is unknown",
		"-s -d @/does/not/exist 127.0.0.1:1": "/does/not/exist",
		"-s http://127.0.0.1:1/":             "",
	} {
		got := runIn(t, world{}, split(args)...)
		if got.code == 0 || !strings.Contains(got.err, want) || (want == "") != (got.err == "") {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// Who says -k knows what it does.
func TestInsecureSaysNothing(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	defer s.Close()
	if got := runIn(t, world{}, "-sSk", s.URL); got.code != 0 || got.out != "ok" || got.err != "" {
		t.Errorf("%+v", got)
	}
	if got := runIn(t, world{}, "-k", s.URL, "-o", "-"); got.code != 0 || strings.Contains(got.err, "arning") {
		t.Errorf("%+v", got)
	}
}

// A time limit that passes is told in curl's words.
func TestMaxTimeWords(t *testing.T) {
	gone := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/known":
			w.Header().Set("Content-Length", "99")
			fallthrough
		case "/some":
			_, _ = io.WriteString(w, "abc")
			w.(http.Flusher).Flush()
		}
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	}))
	defer s.Close()
	defer close(gone)
	for path, want := range map[string]string{"/none": "0", "/some": "3", "/known": "3 out of 99"} {
		got := runIn(t, world{}, "-sS", "-m", "0.3", s.URL+path)
		words := regexp.MustCompile(`^godwit curl: \(28\) Operation timed out after \d+ milliseconds with ` + want + ` bytes received\n$`)
		if got.code != exitTimeout || !words.MatchString(got.err) {
			t.Errorf("%s: %+v", path, got)
		}
	}
}
