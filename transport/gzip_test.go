package transport

// Gzip that nobody need know of, as net/http has it.

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

const plainText = "The quick brown fox jumps over the lazy dog. "

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// zipper answers with gzip whether or not that was asked for, and sends what was asked for.
func zipper(asked chan<- string, payload string) func(int, net.Conn) {
	return func(_ int, c net.Conn) {
		r := newReader(c)
		for {
			req, err := readRequest(r)
			if err != nil {
				return
			}
			asked <- strings.Join(req.Header["Accept-Encoding"], "|")
			if req.Method == "HEAD" {
				payload = ""
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(payload), payload)
		}
	}
}

func TestGzipIsAskedFor(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		header http.Header
		tr     *Transport
		o      Overrides
		want   string
		undone bool
	}{
		{name: "by default", method: "GET", want: "gzip", undone: true},
		{name: "no method", method: "", want: "gzip", undone: true},
		{name: "POST", method: "POST", want: "gzip", undone: true},
		{name: "HEAD", method: "HEAD", want: ""},
		{name: "range", method: "GET", header: http.Header{"Range": {"bytes=0-1"}}, want: ""},
		{name: "the caller's own", method: "GET", header: http.Header{"Accept-Encoding": {"gzip"}}, want: "gzip"},
		{name: "identity", method: "GET", header: http.Header{"Accept-Encoding": {"identity"}}, want: "identity"},
		{name: "none at all", method: "GET", header: http.Header{"Accept-Encoding": nil}, want: ""},
		{name: "disabled", method: "GET", tr: &Transport{DisableCompression: true}, want: ""},
		{name: "overridden", method: "GET", o: Overrides{NoGzip: true}, want: ""},
	} {
		asked := make(chan string, 1)
		raw := zipped(plainText)
		addr := serve(t, zipper(asked, raw))
		if tt.tr == nil {
			tt.tr = &Transport{}
		}
		tr := examined(t, tt.tr)
		req := with(t, "http://"+addr, &tt.o)
		req.Method = tt.method
		if tt.header != nil {
			req.Header = tt.header
		}
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		got := body(t, res)
		if a := <-asked; a != tt.want {
			t.Errorf("%s: asked for %q, want %q", tt.name, a, tt.want)
		}
		switch {
		case tt.undone:
			if got != plainText || !res.Uncompressed || res.ContentLength != -1 || len(res.Header) != 0 {
				t.Errorf("%s: %q, %+v", tt.name, got, res)
			}
		case res.Uncompressed || res.Header.Get("Content-Encoding") != "gzip" || tt.method != "HEAD" && (got != raw || res.ContentLength != int64(len(raw))):
			t.Errorf("%s: %q, %+v", tt.name, got, res)
		}
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
	}
}

func TestGzipThatIsNotWhatItSays(t *testing.T) {
	whole := zipped(strings.Repeat(plainText, 100))
	flipped := []byte(whole)
	flipped[len(flipped)-6] ^= 1 // in the check sum
	for name, payload := range map[string]string{
		"text":      plainText,
		"cut short": whole[:len(whole)-10],
		"check sum": string(flipped),
		"only head": whole[:10],
		"empty":     "\x1f",
	} {
		tr := examined(t, &Transport{})
		addr := serve(t, zipper(make(chan string, 1), payload))
		res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(res.Body)
		if err == nil || err == io.EOF {
			t.Errorf("%s: read without an error", name)
		}
		if _, again := res.Body.Read(make([]byte, 1)); !errors.Is(again, err) && again.Error() != err.Error() {
			t.Errorf("%s: %v, then %v", name, err, again)
		}
		res.Body.Close()
		if _, after := res.Body.Read(make([]byte, 1)); after == nil {
			t.Errorf("%s: read after Close", name)
		}
	}
}

// Close reads what little is left, as of any body, and inflates nothing.
func TestGzipClosedUnread(t *testing.T) {
	asked := make(chan string, 2)
	addr := serve(t, zipper(asked, plainText)) // which would be an error if it were inflated
	tr := examined(t, &Transport{})
	for range 2 {
		res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := res.Body.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("read after Close: %v", err)
		}
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
	}
}

// A coding that was not asked for, or of which gzip is only one, is left alone.
func TestOtherCodingsAreLeftAlone(t *testing.T) {
	for _, fields := range []string{"br", "gzip, br", "gzip\r\nContent-Encoding: br", "identity"} {
		addr := serve(t, always("HTTP/1.1 200 OK\r\nContent-Encoding: "+fields+"\r\nContent-Length: 3\r\n\r\nabc"))
		tr := examined(t, &Transport{})
		res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); got != "abc" || res.Uncompressed || res.ContentLength != 3 {
			t.Errorf("%s: %q %+v", fields, got, res)
		}
	}
}
