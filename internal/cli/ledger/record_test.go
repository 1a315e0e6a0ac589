package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/trace"
)

var update = flag.Bool("update", false, "write the golden files")

// told is a ledger of a call with a redirect, a challenge through a proxy, and an answer that was
// decoded.
func told(l *Ledger) *Ledger {
	for _, ev := range []trace.Event{
		trace.CallStart{Call: 1, Method: "POST", Origin: "http://a.example:80", Path: "/in"},
		trace.Choice{Call: 1, What: "proxy", Value: "http://proxy.example:3128", Rule: "the environment"},
		trace.PhaseStart{Exchange: 1, Phase: trace.DNS, Addr: "a.example"},
		trace.PhaseDone{Exchange: 1, Phase: trace.DNS},
		trace.PhaseStart{Exchange: 1, Phase: trace.Connect},
		trace.PhaseDone{Exchange: 1, Phase: trace.Connect},
		trace.Choice{Call: 1, What: "connection", Value: "a.example:80", Rule: "opened, because none was idle"},
		trace.PhaseStart{Exchange: 1, Phase: trace.Send},
		trace.RequestHead{
			Exchange: 1, Call: 1, Method: "POST", Target: "/in?access_token=s3cret", URL: "http://a.example/in?access_token=s3cret", Proto: "HTTP/1.1",
			Fields: trace.Fields{{Name: "Host", Value: "a.example"}, {Name: "Content-Type", Value: "application/x-www-form-urlencoded; charset=utf-8"}, {Name: "Authorization", Value: "Bearer s3cret"}, {Name: "X-Mine", Value: "s3cret", Secret: true}},
			Conn:   trace.Conn{ID: 5, Remote: netip.MustParseAddrPort("192.0.2.1:80"), Local: netip.MustParseAddrPort("192.0.2.2:1234")},
		},
		trace.Data{Exchange: 1, Up: true, P: []byte("a=1&password=s3cret")},
		trace.PhaseDone{Exchange: 1, Phase: trace.Send},
		trace.PhaseStart{Exchange: 1, Phase: trace.Wait},
		trace.ResponseHead{Exchange: 1, Proto: "HTTP/1.1", Status: 303, Reason: "See Other", Fields: trace.Fields{{Name: "Location", Value: "https://b.example/out?token=s3cret"}}},
		trace.PhaseDone{Exchange: 1, Phase: trace.Wait},
		trace.Done{Exchange: 1, Call: 1},
		trace.Choice{Call: 1, What: "redirect", Value: "GET https://b.example/out?token=s3cret", Rule: "See Other"},
		trace.PhaseStart{Exchange: 2, Phase: trace.Connect},
		trace.Tunnel{Exchange: 2, Proxy: "http://proxy.example:3128", Target: "b.example:443", Status: 407, Reason: "Who?", Fields: trace.Fields{{Name: "Proxy-Authenticate", Value: "Basic"}}},
		trace.PhaseDone{Exchange: 2, Phase: trace.Connect},
		trace.Done{Exchange: 2, Call: 1, Err: &trace.Error{Phase: trace.Connect, Addr: "proxy.example:3128", Proxy: true, Err: errors.New("not let through")}},
		trace.Attempt{Call: 1, Hop: 1, N: 1, Kind: "challenge", Wait: 1500 * time.Microsecond},
		trace.RequestHead{Exchange: 3, Call: 1, Method: "GET", Target: "/out", URL: "https://b.example/out", Proto: "HTTP/2.0", Conn: trace.Conn{ID: 6, Reused: true, Idle: time.Second}},
		trace.ResponseHead{Exchange: 3, Proto: "HTTP/2.0", Status: 103, Fields: trace.Fields{{Name: "link", Value: "</a>"}}},
		trace.ResponseHead{Exchange: 3, Proto: "HTTP/2.0", Status: 200, Fields: trace.Fields{{Name: "content-encoding", Value: "br"}, {Name: "set-cookie", Value: "a=s3cret"}, {Name: "x", Value: "\xe4"}}},
		trace.Warning{Origin: "https://b.example:443", Text: "its certificate is not verified (Insecure)"},
		trace.Data{Exchange: 3, P: []byte{1, 2}},
		trace.Content{Call: 1, P: []byte("plain ")},
		trace.Content{Call: 1, P: []byte("text")},
		trace.Trailer{Exchange: 3, Up: true, Fields: trace.Fields{{Name: "no", Value: "no"}}},
		trace.Trailer{Exchange: 3, Fields: trace.Fields{{Name: "x-sum", Value: "1"}}},
		trace.Done{Exchange: 3, Call: 1},
		trace.CallDone{Call: 1, Status: 200},
	} {
		l.Trace(context.Background(), ev)
	}
	return l
}

// timeless makes times alike that are not null.
func timeless(text string) string {
	text = regexp.MustCompile(`"(blocked|dns|connect|tls|send|wait|receive|total|duration_ms|start_ms)": [0-9.e-]+`).ReplaceAllString(text, `"$1": 1`)
	return regexp.MustCompile(`"started": "[^"]+"`).ReplaceAllString(text, `"started": "T"`)
}

func TestRecord(t *testing.T) {
	var line, indented bytes.Buffer
	err := told(&Ledger{MaxBody: 100}).WriteJSON(&line, &Outcome{Method: "POST", URL: "http://mona:s3cret@a.example/in?access_token=s3cret"})
	if err != nil || strings.Count(line.String(), "\n") != 1 || !strings.HasSuffix(line.String(), "\n") {
		t.Fatalf("%v, %q", err, line.String())
	}
	if strings.Contains(line.String(), "s3cret") {
		t.Error("a secret is in the record")
	}
	if err := json.Indent(&indented, line.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	got := timeless(indented.String())
	golden := filepath.Join("testdata", "record.json")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("another record than %s (-update writes it anew; its names must not change):\n%s", golden, got)
	}
}

func TestRecordWithSecrets(t *testing.T) {
	var line bytes.Buffer
	if err := told(&Ledger{MaxBody: 100}).WriteJSON(&line, &Outcome{URL: "http://a.example/?token=s3cret", ShowSecrets: true}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(line.String(), "s3cret"); n != 9 {
		t.Errorf("%d secrets in %s", n, line.String())
	}
}

// The page about the record has every name of it.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "json-out.md"))
	if err != nil {
		t.Fatal(err)
	}
	golden, err := os.ReadFile(filepath.Join("testdata", "record.json"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`"([a-z0-9_]+)":`).FindAllStringSubmatch(string(golden), -1)
	if len(names) < 50 {
		t.Fatalf("%d names", len(names))
	}
	for _, m := range names {
		if !strings.Contains(string(page), "`"+m[1]+"`") && !strings.Contains(string(page), "."+m[1]+"`") {
			t.Errorf("docs/json-out.md says nothing of %s", m[1])
		}
	}
}

// A body is in the record whole, or its size and hash are.
func TestBodies(t *testing.T) {
	type bodyOf struct {
		Size   int64
		SHA256 string
		Text   *string
		Base64 *string
	}
	for _, c := range []struct {
		name, body, want string
		most             int
	}{
		{"text", "ä€", `"ä€"`, 10},
		{"as much as may be", "0123456789", `"0123456789"`, 10},
		{"too much", "0123456789a", "", 10},
		{"binary", "\xff\x00", `base64 "/wA="`, 10},
		{"empty", "", `""`, 10},
	} {
		l := &Ledger{MaxBody: c.most}
		l.Trace(t.Context(), trace.RequestHead{Exchange: 1})
		l.Trace(t.Context(), trace.ResponseHead{Exchange: 1, Status: 200})
		for _, b := range []byte(c.body) {
			l.Trace(t.Context(), trace.Data{Exchange: 1, P: []byte{b}})
		}
		var line bytes.Buffer
		if err := l.WriteJSON(&line, &Outcome{}); err != nil {
			t.Fatal(err)
		}
		var r struct{ Response struct{ Body bodyOf } }
		if err := json.Unmarshal(line.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		b, got := r.Response.Body, ""
		switch {
		case b.Text != nil:
			got = fmt.Sprintf("%q", *b.Text)
		case b.Base64 != nil:
			got = fmt.Sprintf("base64 %q", *b.Base64)
		}
		if got != c.want || b.Size != int64(len(c.body)) || len(b.SHA256) != 64 {
			t.Errorf("%s: %s, %+v", c.name, got, b)
		}
	}
}

// An error tells programs where, with whom, and what the server may have done.
func TestFailures(t *testing.T) {
	s := shower{&Ledger{}, false}
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "null"},
		{errors.New("GET http://h/?token=x&a=1: no"), `{"kind":"k","message":"GET http://h/?token=•••&a=1: no","phase":null,"proxy":false,"timeout":false,"limit_ms":null,"sent":"unsent"}`},
		{&trace.Error{Phase: trace.Wait, Addr: "h:80", Sent: true, Limit: 1500 * time.Millisecond, Setting: "Limits.Wait", Err: os.ErrDeadlineExceeded}, `{"kind":"k","message":"waiting for the response of h:80: timed out after 1.5s (set by Limits.Wait)","phase":"wait","address":"h:80","proxy":false,"timeout":true,"limit_ms":1500,"setting":"Limits.Wait","sent":"maybe processed"}`},
		{&trace.Error{Phase: trace.Receive, Sent: true, Answered: true, Err: io.ErrUnexpectedEOF}, `{"kind":"k","message":"reading the response of the server: unexpected EOF","phase":"receive","proxy":false,"timeout":false,"limit_ms":null,"sent":"answered"}`},
	} {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s.failure(c.err, "k")); err != nil || strings.TrimSpace(b.String()) != c.want {
			t.Errorf("%v: %s\nwant %s", c.err, b.String(), c.want)
		}
	}
}

func TestWithoutUser(t *testing.T) {
	for typed, want := range map[string]string{
		"http://h/p?q":             "http://h/p?q",
		"http://u:p@h/p@q":         "http://h/p@q",
		"http://u:p@[::1/p":        "http://[::1/p",
		"//u:p%zz@h/x@y":           "//h/x@y",
		"%zz:p@h":                  "h",
		"http://u:p%zz@h?x=a@b":    "http://h?x=a@b",
		"":                         "",
		"http://h%zz/":             "http://h%zz/",
		"https://u@h:99999999999/": "https://h:99999999999/",
	} {
		if got := withoutUser(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

// Many goroutines may tell one ledger, and it may be written meanwhile.
func TestConcurrent(t *testing.T) {
	l := &Ledger{MaxBody: 10}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			told(l)
			if err := l.WriteJSON(io.Discard, &Outcome{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if !slices.ContainsFunc(l.exchanges, func(x *exchange) bool { return x.id == 3 }) {
		t.Error("an exchange is missing")
	}
}
