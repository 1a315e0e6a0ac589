package inspect_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/inspect"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

var update = flag.Bool("update", false, "write the golden files")

// answers are fixed, so that an archive of them is.
func answers() http.Handler {
	flaky := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/start", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "sid=s3cret; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
		w.Header().Set("Location", "/zipped?q=go+http&token=s3cret")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/zipped", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, `{"text":"`+strings.Repeat("la", 500)+`"}`)
		z.Close()
	})
	mux.HandleFunc("/flaky", func(w http.ResponseWriter, _ *http.Request) {
		if flaky++; flaky == 1 {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "now")
	})
	mux.HandleFunc("/post", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
		w.Write([]byte{0xff, 0x00, 0xfe})
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "hello")
		w.Header().Set("X-Sum", "5d41")
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "cut")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		mux.ServeHTTP(w, r)
	})
}

// visit makes the calls that the golden archive is of.
func visit(t *testing.T, har trace.Tracer) (names *strings.Replacer) {
	t.Helper()
	plain := httptest.NewServer(answers())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(answers())
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()

	session := &godwit.Session{
		Tracer: har, Transport: &transport.Transport{}, Defaults: godwit.Defaults{godwit.NoEnv{Proxy: true, Netrc: true, CA: true}},
	}
	defer session.Close()
	ctx := t.Context()
	must := func(_ *godwit.Response, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(session.Get(ctx, plain.URL+"/start", godwit.BasicAuth("mona", "s3cret"), godwit.Cookies{"own": "s3cret"}))
	must(session.Get(ctx, plain.URL+"/flaky", godwit.Retry{Max: 1, Wait: time.Millisecond}))
	must(session.Post(ctx, plain.URL+"/post", godwit.FormPairs{{"user", "mona lisa"}, {"password", "s3cret"}}))
	must(session.Post(ctx, plain.URL+"/post", godwit.Bytes([]byte{1, 2, 0xff}, "application/octet-stream")))
	must(session.Post(ctx, secure.URL+"/post", godwit.JSON(map[string]int{"n": 1}), godwit.Insecure))
	must(session.Get(ctx, secure.URL+"/hints", godwit.Insecure))
	if _, err := session.Get(ctx, plain.URL+"/short"); err == nil {
		t.Error("a body that is cut short is no error")
	}
	if _, err := session.Get(ctx, "http://127.0.0.1:1/nobody?x=1"); err == nil {
		t.Error("somebody is listening on port 1")
	}
	return strings.NewReplacer(
		strings.TrimPrefix(plain.URL, "http://"), "plain.example", strings.TrimPrefix(secure.URL, "https://"), "secure.example",
		"godwit/"+godwit.Version, "godwit/VERSION")
}

// timeless makes what differs from run to run alike.
func timeless(text string) string {
	for _, r := range []struct{ pattern, with string }{
		{`"startedDateTime": "[^"]*"`, `"startedDateTime": "T"`},
		{`"expires": "[^"]*"`, `"expires": "T"`},
		{`("(?:time|blocked|dns|connect|ssl|send|wait|receive)"): [0-9][0-9.e-]*`, `$1: N`},
		{`"cipher": "[^"]*"`, `"cipher": "C"`},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.with)
	}
	// Numbers of calls and connections by their order.
	for _, name := range []string{"connection", "_call"} {
		seen := map[string]string{}
		text = regexp.MustCompile(`"`+name+`": ("?)(\d+)("?)`).ReplaceAllStringFunc(text, func(m string) string {
			if seen[m] == "" {
				seen[m] = fmt.Sprintf(`"%s": "#%d"`, name, len(seen)+1)
			}
			return seen[m]
		})
	}
	return text
}

func archive(t *testing.T, har *inspect.HAR) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := har.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("%d of %d bytes, %v", n, b.Len(), err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	har := &inspect.HAR{Version: "VERSION"}
	names := visit(t, trace.Func(func(ctx context.Context, ev trace.Event) {
		if head, ok := ev.(trace.RequestHead); ok && head.Proto == "HTTP/2.0" { // whose order is by chance
			slices.SortFunc(head.Fields, func(a, b trace.Field) int { return strings.Compare(a.Name, b.Name) })
		}
		har.Trace(ctx, ev)
	}))
	text := archive(t, har)
	check(t, text)
	if n := bytes.Count(text, []byte("\n")); n != 12 {
		t.Errorf("%d lines for 10 entries", n)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", " "); err != nil {
		t.Fatal(err)
	}
	got := timeless(names.Replace(indented.String()))
	golden := filepath.Join("testdata", "golden.har")
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
		t.Errorf("another archive than %s (-update writes it anew):\n%s", golden, got)
	}
}

// No secret is in the archive, unless it is asked for.
func TestSecrets(t *testing.T) {
	for _, show := range []bool{false, true} {
		har := &inspect.HAR{ShowSecrets: show}
		visit(t, har)
		text := string(archive(t, har))
		if strings.Contains(text, "s3cret") != show || strings.Contains(text, "czNjcmV0") || strings.Contains(text, auth64) != show {
			t.Errorf("shown: %v, asked for: %v", !show, show)
		}
	}
}

// auth64 is mona:s3cret in base64.
const auth64 = "bW9uYTpzM2NyZXQ="

// A Secret is hidden in whatever place of the head it stands.
func TestSecretValues(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/again?k="+r.URL.Query().Get("k"))
		w.WriteHeader(http.StatusMultipleChoices)
	}))
	defer server.Close()
	har := &inspect.HAR{}
	session := &godwit.Session{Tracer: har, Transport: &transport.Transport{}}
	defer session.Close()
	if _, err := session.Get(t.Context(), server.URL, godwit.Params{"k": godwit.Secret("hunter2")}, godwit.Header{"X-Mine": godwit.Secret("hunter3")}); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Get(t.Context(), "http://127.0.0.1:1/", godwit.Auth(auth.Basic("mona", "hunter4"))); err == nil {
		t.Fatal("somebody is listening on port 1")
	}
	text := archive(t, har)
	check(t, text)
	if bytes.Contains(text, []byte("hunter")) {
		t.Errorf("%s", text)
	}
}

// One HAR may listen to many calls at once, and be written meanwhile.
func TestConcurrent(t *testing.T) {
	server := httptest.NewServer(answers())
	defer server.Close()
	har := &inspect.HAR{MaxBytes: 256 << 10}
	session := &godwit.Session{Tracer: har, Transport: &transport.Transport{}}
	defer session.Close()
	var calls sync.WaitGroup
	for range 64 {
		calls.Go(func() {
			for range 5 {
				if _, err := session.Get(t.Context(), server.URL+"/start"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { // ends with the calls
		defer close(over)
		calls.Wait()
	}()
	for done := false; !done; {
		select {
		case <-over:
			done = true
		default:
		}
		check(t, archive(t, har))
	}
	entries := check(t, archive(t, har))
	if len(entries) == 0 || len(entries) == 640 {
		t.Errorf("%d entries of 640 in 256 KiB", len(entries))
	}
	har.Reset()
	if n := len(check(t, archive(t, har))); n != 0 {
		t.Errorf("%d entries after Reset", n)
	}
}

// An archive of what is under way is one, too.
func TestUnderWay(t *testing.T) {
	har := &inspect.HAR{MaxBody: -1}
	ctx := context.Background()
	har.Trace(ctx, trace.RequestHead{Exchange: 1, Method: "GET", URL: "http://h/?a=1&&b&c=%zz", Proto: "HTTP/1.1", Fields: trace.Fields{{Name: "X", Value: "\xe4"}}})
	har.Trace(ctx, trace.Data{Exchange: 1, Up: true, P: []byte("x")})
	entries := check(t, archive(t, har))
	e := entries[0].(map[string]any)
	if e["comment"] != "not over" {
		t.Errorf("%v", e)
	}
	req := e["request"].(map[string]any)
	if got := fmt.Sprint(req["queryString"]); got != "[map[name:a value:1] map[name:b value:] map[name:c value:%zz]]" {
		t.Error(got)
	}
	if got := fmt.Sprint(req["headers"]); got != "[map[name:X value:ä]]" {
		t.Error(got)
	}
	if got := req["postData"].(map[string]any); got["text"] != "" || got["comment"] != "the first 0 of 1 bytes" {
		t.Errorf("%v", got)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("full") }

func TestWriteError(t *testing.T) {
	if n, err := new(inspect.HAR).WriteTo(full{}); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
}

// check checks an archive against what HAR 1.2 says of its fields, and returns its entries.
func check(t *testing.T, text []byte) (entries []any) {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	c := checker{t}
	log := c.object("log", doc["log"], map[string]string{"version": "string", "creator": "object", "entries": "array"}, "browser object pages array comment string")
	if log["version"] != "1.2" {
		t.Errorf("version %v", log["version"])
	}
	c.object("creator", log["creator"], map[string]string{"name": "string", "version": "string"}, "comment string")
	entries, _ = log["entries"].([]any)
	for _, e := range entries {
		c.entry(e)
	}
	return entries
}

type checker struct{ t *testing.T }

// object checks that a value has what it must have, and nothing but that, what it may have, and
// fields that begin with an underscore.
func (c checker) object(what string, v any, must map[string]string, may string) map[string]any {
	c.t.Helper()
	o, ok := v.(map[string]any)
	if !ok {
		c.t.Errorf("%s is no object: %v", what, v)
		return nil
	}
	kinds := map[string]string{}
	for name, kind := range must {
		if kinds[name] = kind; o[name] == nil {
			c.t.Errorf("%s has no %s", what, name)
		}
	}
	words := strings.Fields(may)
	for i := 0; i < len(words); i += 2 {
		kinds[words[i]] = words[i+1]
	}
	for name, v := range o {
		if strings.HasPrefix(name, "_") {
			continue
		}
		kind := "null"
		switch v.(type) {
		case string:
			kind = "string"
		case float64:
			kind = "number"
		case bool:
			kind = "bool"
		case []any:
			kind = "array"
		case map[string]any:
			kind = "object"
		}
		if kinds[name] != kind {
			c.t.Errorf("%s.%s is a %s, want a %q", what, name, kind, kinds[name])
		}
	}
	return o
}

func (c checker) entry(v any) {
	c.t.Helper()
	e := c.object("entry", v, map[string]string{
		"startedDateTime": "string", "time": "number", "request": "object", "response": "object", "cache": "object", "timings": "object",
	}, "pageref string serverIPAddress string connection string comment string")
	if _, err := time.Parse(time.RFC3339Nano, e["startedDateTime"].(string)); err != nil {
		c.t.Error(err)
	}
	req := c.object("request", e["request"], map[string]string{
		"method": "string", "url": "string", "httpVersion": "string", "cookies": "array", "headers": "array",
		"queryString": "array", "headersSize": "number", "bodySize": "number",
	}, "postData object comment string")
	if req["postData"] != nil {
		p := c.object("postData", req["postData"], map[string]string{"mimeType": "string"}, "params array text string comment string")
		c.pairs("params", p["params"], "fileName string contentType string comment string")
	}
	res := c.object("response", e["response"], map[string]string{
		"status": "number", "statusText": "string", "httpVersion": "string", "cookies": "array", "headers": "array",
		"content": "object", "redirectURL": "string", "headersSize": "number", "bodySize": "number",
	}, "comment string")
	c.object("content", res["content"], map[string]string{"size": "number", "mimeType": "string"}, "compression number text string encoding string comment string")
	for _, m := range []map[string]any{req, res} {
		c.pairs("headers", m["headers"], "comment string")
		c.pairs("cookies", m["cookies"], "path string domain string expires string httpOnly bool secure bool comment string sameSite string")
	}
	c.pairs("queryString", req["queryString"], "comment string")
	c.timings(e)
}

func (c checker) pairs(what string, v any, may string) {
	c.t.Helper()
	all, _ := v.([]any)
	for _, p := range all {
		c.object(what, p, map[string]string{"name": "string", "value": "string"}, may)
	}
}

func (c checker) timings(e map[string]any) {
	c.t.Helper()
	timings := c.object("timings", e["timings"], map[string]string{"send": "number", "wait": "number", "receive": "number"},
		"blocked number dns number connect number ssl number comment string")
	sum := 0.0
	for name, v := range timings {
		n := v.(float64)
		if n < 0 && (n != -1 || name == "send" || name == "wait" || name == "receive") {
			c.t.Errorf("timings.%s is %v", name, n)
		}
		if n > 0 && name != "ssl" { // which is part of connect
			sum += n
		}
	}
	if timings["ssl"].(float64) > timings["connect"].(float64)+0.001 {
		c.t.Errorf("ssl takes longer than connect: %v", timings)
	}
	if total := e["time"].(float64); total < sum-0.01 || total > sum+0.01 {
		c.t.Errorf("%v in all, and %v is the sum of %v", total, sum, timings)
	}
}
