package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A callRecord is what these tests look at of a record; package ledger tests the whole.
type callRecord struct {
	Version  int
	Method   string
	URL      string
	ExitCode int `json:"exit_code"`
	Error    *struct {
		Kind, Message, Phase, Sent string
		Limit                      float64 `json:"limit_ms"`
	}
	Request  struct{ Body struct{ Text *string } }
	Response *struct {
		Status int
		Body   struct {
			Size int64
			Text *string
		}
	}
	Earlier []struct{ Response struct{ Status int } }
	Reasons []struct{ What, Value, Rule string }
}

func readRecord(t *testing.T, line string) (r callRecord) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &r); err != nil || r.Version != 1 || strings.Count(line, "\n") != 1 {
		t.Fatalf("%v: %s", err, line)
	}
	return r
}

func TestJSONOut(t *testing.T) {
	got := run(t, "--json-out", "--follow", bin.HTTP+"/redirect/1", "a==1")
	r := readRecord(t, got.out)
	if got.code != ExitOK || got.err != "" || r.Method != "GET" || r.URL != bin.HTTP+"/redirect/1" || r.Response.Status != 200 ||
		len(r.Earlier) != 1 || r.Earlier[0].Response.Status != 302 || !strings.Contains(*r.Response.Body.Text, `"url"`) || r.Error != nil {
		t.Errorf("%+v, %+v", got, r)
	}
	r = readRecord(t, run(t, "--json-out", bin.HTTP+"/post", "a=1").out)
	if r.Method != "POST" || *r.Request.Body.Text != `{"a": "1"}` {
		t.Errorf("%+v", r)
	}
	// What is large is described.
	r = readRecord(t, run(t, "--json-out", sending(t, strings.Repeat("x", maxRecorded+1))).out)
	if r.Response.Body.Text != nil || r.Response.Body.Size != maxRecorded+1 {
		t.Errorf("%d bytes", r.Response.Body.Size)
	}
}

// sending returns the URL of a server that sends that.
func sending(t *testing.T, body string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
	t.Cleanup(s.Close)
	return s.URL
}

// A call that fails has a record too: with the error, and the code that the command ends with.
func TestJSONOutOfFailure(t *testing.T) {
	for _, c := range []struct {
		args              []string
		code              ExitCode
		kind, phase, sent string
	}{
		{[]string{"http://127.0.0.1:1/"}, ExitConnect, "cannot connect", "connect", "unsent"},
		{[]string{"--timeout=0.05", bin.HTTP + "/delay/5"}, ExitTimeout, "timed out", "wait", "maybe processed"},
		{[]string{"POST", bin.HTTP, "a[=1"}, ExitUsage, "usage", "", "unsent"},
		{[]string{"http://[::1/"}, ExitUsage, "invalid URL", "", "unsent"},
		{[]string{answering(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")}, ExitProtocol, "protocol broken", "receive", "answered"},
	} {
		got := run(t, append([]string{"--json-out"}, c.args...)...)
		r := readRecord(t, got.out)
		if got.code != c.code || r.ExitCode != int(c.code) || r.Error == nil || r.Error.Phase != c.phase || r.Error.Sent != c.sent || !strings.HasPrefix(got.err, "godwit: ") {
			t.Errorf("%q: %+v, %+v, %+v", c.args, got, r, r.Error)
		} else if r.Error.Kind != c.kind {
			t.Errorf("%q: kind %q, want %q", c.args, r.Error.Kind, c.kind)
		}
	}
	got := run(t, "--json-out", "--check-status", bin.HTTP+"/status/404")
	if r := readRecord(t, got.out); got.code != Exit4xx || r.ExitCode != int(Exit4xx) || r.Error != nil {
		t.Errorf("%+v, %+v", got, r)
	}
}

// Into a file, beside what is printed as ever; an archive may be written, too.
func TestJSONOutToFile(t *testing.T) {
	dir := t.TempDir()
	file, har := filepath.Join(dir, "a.json"), filepath.Join(dir, "a.har")
	got := run(t, "--json-out="+file, "--har="+har, "-v", bin.HTTP+"/get")
	text, err := os.ReadFile(file)
	if err != nil || got.code != ExitOK || !strings.HasPrefix(got.out, "GET /get") {
		t.Fatalf("%v, %+v", err, got)
	}
	if r := readRecord(t, string(text)); r.Response.Status != 200 || !strings.HasSuffix(got.out, *r.Response.Body.Text) {
		t.Errorf("%+v", r)
	}
	harFile(t, har)
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("%v", left)
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		if got := run(t, "--json-out=/dev/full", bin.HTTP+"/get"); got.code != ExitOutput || !strings.Contains(got.err, "space") || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%+v", got)
		}
	}
}

// The standard output is for one.
func TestJSONOutAlone(t *testing.T) {
	for _, args := range [][]string{{"--json-out", "-v"}, {"--json-out=-", "--print=h"}, {"--json-out", "--har=-"}, {"--har=-", "--all"}} {
		if got := run(t, append(args, bin.HTTP+"/get")...); got.code != ExitUsage || got.out != "" || !strings.Contains(got.err, "standard output") {
			t.Errorf("%q: %+v", args, got)
		}
	}
	// --quiet is about the rest.
	if got := run(t, "-q", "--json-out", bin.HTTP+"/get"); got.code != ExitOK || readRecord(t, got.out).Response.Status != 200 {
		t.Errorf("%+v", got)
	}
	got := onTerminal(t, "--json-out", sending(t, "\u202e\u009b"))
	if strings.ContainsAny(got.out, "\u202e\u009b") || *readRecord(t, got.out).Response.Body.Text != "\u202e\u009b" {
		t.Errorf("%q", got.out)
	}
}
