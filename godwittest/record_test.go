package godwittest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// files returns the names and texts of a folder's files.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// theFile returns the only file of a folder.
func theFile(t testing.TB, dir string) string {
	t.Helper()
	all := files(t, dir)
	if len(all) != 1 {
		t.Fatalf("%d files: %v", len(all), all)
	}
	for _, text := range all {
		return text
	}
	return ""
}

// What was recorded of a live server is what is replayed, to the byte.
func TestReplaysWhatWasSaid(t *testing.T) {
	raw := make([]byte, 70_000)
	for i := range raw {
		raw[i] = byte(rand.Uint32())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/text", write("one\ntwo"))
	mux.HandleFunc("/line", write("one\n"))
	mux.HandleFunc("/crlf", write("one\r\ntwo\r\n"))
	mux.HandleFunc("/empty", nothing)
	mux.HandleFunc("/raw", func(w http.ResponseWriter, _ *http.Request) { w.Write(raw) })
	mux.HandleFunc("/long", write(strings.Repeat("long ", 20_000)))
	mux.HandleFunc("/flushed", flush(write("a", "b")))
	mux.HandleFunc("/404", status(404, write("no")))
	mux.HandleFunc("/204", status(204, nothing))
	mux.HandleFunc("/304", status(304, nothing))
	mux.HandleFunc("/599", status(599, nothing))
	mux.HandleFunc("/fields", with(map[string]string{"X-B": "1", "x-a": "2", "Etag": `W/"x"`, "Latin": "caf\xe9", "Empty": ""}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("X-B", "0")
	}))
	mux.HandleFunc("/trailer", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		write("hello")(w, nil)
		w.Header().Set("X-Sum", "42")
		w.Header().Set(http.TrailerPrefix+"X-More", "43")
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	mux.HandleFunc("/short", with(map[string]string{"Content-Length": "9"}, write("hello")))
	mux.HandleFunc("/close", with(map[string]string{"Connection": "close"}, write("hello")))
	server := httptest.NewServer(mux)
	defer server.Close()

	for _, c := range []struct {
		path   string
		change func(*http.Request)
	}{
		{"text", nil},
		{"line", nil},
		{"crlf", nil},
		{"empty", nil},
		{"raw", nil},
		{"long", nil},
		{"flushed", nil},
		{"404", nil},
		{"204", nil},
		{"304", nil},
		{"599", nil},
		{"fields", nil},
		{"trailer", nil},
		{"echo", body("hello\x00", 6)},
		{"echo", body("hello", -1)},
		{"short", nil},
		{"close", nil},
		{"text", method("HEAD")},
	} {
		t.Run(c.path, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a", "b")
			live := &transport.Transport{}
			defer live.CloseIdleConnections()
			to := server.URL + "/" + c.path
			change := func(req *http.Request) {
				req.URL.Path = "/" + c.path
				if c.change != nil {
					c.change(req)
				}
			}
			want := outcome(t, live, server.URL, change)
			recorded := outcome(t, godwittest.Record(dir, live), server.URL, change)
			replayed := outcome(t, godwittest.Replay(dir), server.URL, change)
			if recorded != want {
				t.Errorf("%s recording:\n%s\nwithout:\n%s", to, recorded, want)
			}
			if replayed != want {
				t.Errorf("%s replayed:\n%s\nwant:\n%s\nfile:\n%s", to, replayed, want, theFile(t, dir))
			}
		})
	}
}

// What must not be written is not, wherever it stands.
func TestHidesSecrets(t *testing.T) {
	const secret, other = "hunter2hunter2", "correct-horse-battery"
	rt := godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "sid="+secret)
		w.Header().Set("Location", "https://bob:"+other+"@h/next?page=2&access_token="+other)
		w.Header().Set("Link", "<https://h/?api_key="+other+">; rel=next")
		w.Header().Set("X-Mine", other)
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Header().Set("Trailer", "X-Mine-Too")
		w.WriteHeader(302)
		io.Copy(w, r.Body)
		fmt.Fprintf(w, `{"headers":{"Authorization":%q,"X-Echo":%q},"refresh_token":%q,"mine":[%q]}`, r.Header.Get("Authorization"), r.Header.Get("Authorization"), other, other)
		w.Header().Set("X-Mine-Too", other)
	}))
	hide := godwittest.Hide{Fields: []string{"x-mine", "X-Mine-Too"}, Params: []string{"pin"}, Keys: []string{"Mine"}, Values: []string{"", secret}}
	for _, c := range []struct{ name, contentType, body string }{
		{"JSON", "application/json", `{"a":{"password":"` + other + `","Client-Secret":12345678901,"token":null},"b":["` + secret + `"]}`},
		{"JSON that is cut", "application/json", `{"password" : "` + other},
		{"JSON with escapes", "application/json", `{"p\u0061ssword":"` + other + `\"` + other + `"}`},
		{"values below a key", "application/json", `{"api_key":{"x":["` + other + `"]},"z":1}`},
		{"lines of JSON", "application/x-ndjson", `{"token":"` + other + "\"}\n{\"token\":\"" + other + "\"}\n"},
		{"an event stream", "text/event-stream", `data: {"token":"` + other + "\"}\n\n"},
		{"a form", "application/x-www-form-urlencoded", "password=" + other + "&p%69n=" + other + "&user=bob"},
		{"multipart", `multipart/form-data; boundary="x y"`, "--x y\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + other + "\r\n--x y\r\nContent-Disposition: form-data; name=user\r\n\r\nbob\r\n--x y--\r\n"},
		{"bytes", "application/octet-stream", "\x00\xff" + secret},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			send := func(rt http.RoundTripper, secret string) (*http.Response, string) {
				req := request(t, t.Context(), "POST", "https://bob:"+other+"@h/?user=bob&pin="+other+"&sig="+other+"#"+other, strings.NewReader(strings.ReplaceAll(c.body, other, secret)))
				req.Header = http.Header{
					"Authorization": {"Bearer " + secret}, "Cookie": {"a=1; sid=" + secret}, "X-Api-Key": {secret},
					"X-Mine": {secret}, "Referer": {"https://h/?token=" + secret}, "Content-Type": {c.contentType},
				}
				res, err := rt.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				return res, readAll(t, res)
			}
			_, live := send(godwittest.Record(dir, rt, hide), other)
			if !strings.Contains(live, other) {
				t.Errorf("the client got %q", live)
			}
			text := theFile(t, dir)
			for _, s := range []string{secret, other, other[:8], "12345678901", "aHVudGVy"} {
				if strings.Contains(text, s) {
					t.Errorf("%q is in\n%s", s, text)
				}
			}
			if !strings.Contains(text, "bob") || !strings.Contains(text, "page=2") {
				t.Errorf("more is hidden than needs to be:\n%s", text)
			}
			for name := range files(t, dir) {
				if strings.Contains(name, "hunter2") || strings.Contains(name, "horse") {
					t.Errorf("the file is called %s", name)
				}
			}
			res, replayed := send(godwittest.Replay(dir, hide), "another-secret")
			if res.StatusCode != 302 || !strings.Contains(replayed, trace.Hidden) && c.name != "bytes" || res.Trailer.Get("X-Mine-Too") != trace.Hidden {
				t.Errorf("%v %q %v", res, replayed, res.Trailer)
			}
		})
	}
}

// A server that says a great deal that is to be hidden is not slow for it.
func TestHidesMuch(t *testing.T) {
	dir := t.TempDir()
	rt := godwittest.Record(dir, godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-And", strings.Repeat("&", 200_000))
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		for i := range 200_000 {
			fmt.Fprintf(w, `&token=secret-%d&{"token":"secret-%d"}`, i, i)
		}
	})))
	begun := time.Now()
	res, err := rt.RoundTrip(request(t, t.Context(), "GET", site, nil))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, res)
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if text := theFile(t, dir); strings.Contains(text, "token=secret-") {
		t.Error("a secret is shown")
	}
}

// What all three transports owe to who uses them; see http.RoundTripper.
func TestContract(t *testing.T) {
	dir := t.TempDir()
	h := godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	for _, c := range []struct {
		name string
		rt   http.RoundTripper
	}{{"Handler", h}, {"Record", godwittest.Record(dir, h)}, {"Replay", godwittest.Replay(dir)}} {
		for _, text := range []string{"hello", ""} {
			for _, method := range []string{"", "POST", "HEAD"} {
				body := spyOn(strings.NewReader(text))
				req := request(t, t.Context(), method, site, body)
				req.Header = http.Header{"A": {"1"}, "Accept-Encoding": {"gzip"}}
				before := fmt.Sprintf("%+v", req)
				res, err := c.rt.RoundTrip(req)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				if res.Body == nil || res.Request != req || res.Header == nil {
					t.Errorf("%s: %+v", c.name, res)
				}
				got, err := io.ReadAll(res.Body)
				if want := text; err != nil || method != "HEAD" && string(got) != want || method == "HEAD" && len(got) > 0 {
					t.Errorf("%s: %q %v", c.name, got, err)
				}
				if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
					t.Errorf("%s: after the end, %d %v", c.name, n, err)
				}
				if err := errors.Join(res.Body.Close(), res.Body.Close()); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				<-body.over
				if n := body.closed.Load(); n != 1 {
					t.Errorf("%s: the request's body was closed %d times", c.name, n)
				}
				if after := fmt.Sprintf("%+v", req); after != before {
					t.Errorf("%s: the request was altered:\n%s\n%s", c.name, before, after)
				}
			}
		}
	}
}

// A boundary is another each time.
func TestMultipartMatches(t *testing.T) {
	dir := t.TempDir()
	rt := godwittest.Record(dir, godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.FormValue("a")) })))
	for _, boundary := range []string{"123", "456"} {
		req := request(t, t.Context(), "POST", site, strings.NewReader("--"+boundary+"\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--"+boundary+"--\r\n"))
		req.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		res, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, res); got != "b" {
			t.Errorf("%q", got)
		}
		rt = godwittest.Replay(dir)
	}
}

// The same requests make the same files, in whatever order they come.
func TestFilesAreTheSame(t *testing.T) {
	rt := godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		io.Copy(w, r.Body)
	}))
	make := func(reverse bool) map[string]string {
		dir := t.TempDir()
		rec := godwittest.Record(dir, rt)
		var all sync.WaitGroup
		for i := range 40 {
			if reverse {
				i = 39 - i
			}
			all.Go(func() {
				req := request(t, t.Context(), "POST", fmt.Sprintf("%susers/%d?page=%d", site, i%10, i%2), strings.NewReader(fmt.Sprint("hello ", i%20)))
				req.Header = http.Header{"B": {"1"}, "A": {"1", "2"}, "C": nil}
				res, err := rec.RoundTrip(req)
				if err != nil {
					t.Error(err)
					return
				}
				readAll(t, res)
			})
		}
		all.Wait()
		return files(t, dir)
	}
	one, two := make(false), make(true)
	if len(one) != 40 || len(two) != 40 {
		t.Errorf("%d and %d files", len(one), len(two))
	}
	for name, text := range one {
		if two[name] != text {
			t.Errorf("%s differs", name)
		}
	}
}

// A request that is sent again gets its answers in order, and one more than there are is an
// error.
func TestRepeats(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rt := godwittest.Record(dir, godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		fmt.Fprint(w, n)
	})))
	get := func() string {
		res, err := rt.RoundTrip(request(t, t.Context(), "GET", site+"n", nil))
		if err != nil {
			return err.Error()
		}
		return readAll(t, res)
	}
	for range 12 {
		get()
	}
	rt = godwittest.Replay(dir)
	for i := range 12 {
		if got := get(); got != fmt.Sprint(i+1) {
			t.Errorf("%q, want %d", got, i+1)
		}
	}
	if got := get(); !strings.Contains(got, "recorded 12 times and is asked for once more") {
		t.Error(got)
	}
}

// What fails leaves no gap: whoever tries again makes the file that there would have been.
func TestRepeatsAfterFailures(t *testing.T) {
	dir := t.TempDir()
	fails := true
	server := godwittest.Handler(http.HandlerFunc(nothing))
	rt := godwittest.Record(dir, roundTripper(func(req *http.Request) (*http.Response, error) {
		if fails = !fails; !fails {
			return nil, errors.New("refused")
		}
		return server.RoundTrip(req)
	}))
	for range 4 {
		if res, err := rt.RoundTrip(request(t, t.Context(), "GET", site+"n", nil)); err == nil {
			readAll(t, res)
		}
	}
	names := slices.Sorted(maps.Keys(files(t, dir)))
	if len(names) != 2 || strings.TrimSuffix(names[1], ".http") != strings.TrimSuffix(names[0], ".2.http") {
		t.Errorf("%q", names)
	}
}

// A secret is found in whatever form it comes back.
func TestHidesCodedSecrets(t *testing.T) {
	const secret = `p+a/s&s<w>ö"r=d?`
	for name, coded := range map[string]string{
		"plain":            secret,
		"in a query":       url.QueryEscape(secret),
		"in a path":        url.PathEscape(secret),
		"in small letters": `p%2ba%2fs%26s%3cw%3e%c3%b6%22r%3dd%3f`,
		"in JSON":          `p+a/s&s<w>ö\"r=d?`,
		"in PHP's JSON":    `p+a\/s&s<w>\u00f6\"r=d?`,
		"in Go's JSON":     `p+a/s\u0026s\u003cw\u003eö\"r=d?`,
		"in HTML":          html.EscapeString(secret),
	} {
		for _, where := range []string{"a field", "a value"} {
			dir := t.TempDir()
			var hide godwittest.Hide
			req := request(t, t.Context(), "GET", site, nil)
			if where == "a field" {
				req.Header.Set("X-Api-Key", secret)
			} else {
				hide.Values = []string{secret}
			}
			res, err := godwittest.Record(dir, godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/?x="+url.QueryEscape(secret))
				fmt.Fprintf(w, `{"echo": "%s"}`, coded)
			})), hide).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, res); !strings.Contains(got, coded) {
				t.Fatalf("the client got %q", got)
			}
			if text := theFile(t, dir); strings.Contains(text, "p+a") || strings.Contains(text, "p%2") || strings.Contains(text, "s%26") {
				t.Errorf("%s of %s:\n%s", name, where, text)
			}
		}
	}
}

// All answers are given once, whoever asks.
func TestReplayParallel(t *testing.T) {
	dir := t.TempDir()
	var n int
	rec := godwittest.Record(dir, godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n++; fmt.Fprint(w, n) })))
	for range 64 {
		res, err := rec.RoundTrip(request(t, t.Context(), "GET", site, nil))
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, res)
	}
	rt := godwittest.Replay(dir)
	var all sync.WaitGroup
	var got sync.Map
	for range 64 {
		all.Go(func() {
			res, err := rt.RoundTrip(request(t, t.Context(), "GET", site, nil))
			if err != nil {
				t.Error(err)
				return
			}
			if _, twice := got.LoadOrStore(readAll(t, res), true); twice {
				t.Error("an answer was given twice")
			}
		})
	}
	all.Wait()
}

func TestUnrecorded(t *testing.T) {
	dir := t.TempDir()
	rec := godwittest.Record(dir, godwittest.Handler(http.HandlerFunc(nothing)))
	send := func(rt http.RoundTripper, method, url, text string) error {
		res, err := rt.RoundTrip(request(t, t.Context(), method, url, strings.NewReader(text)))
		if err == nil {
			readAll(t, res)
		}
		return err
	}
	for _, c := range [][3]string{{"POST", "users", "hello"}, {"POST", "users", "hello world"}, {"GET", "users", ""}, {"GET", "users?page=2", ""}, {"GET", "else", ""}} {
		if err := send(rec, c[0], site+c[1], c[2]); err != nil {
			t.Fatal(err)
		}
	}
	rt := godwittest.Replay(dir)
	for _, c := range []struct {
		method, url, body string
		want              []string
	}{
		{"POST", site + "users", "hellO", []string{"POST https://api.example.com/users with a body of 5 bytes; nearest: post-api.example.com-users-", "(the body differs from byte 4 on); post-api.example.com-users-", "(the method is GET)"}},
		{"POST", site + "users", "hell", []string{"(the body has 11 bytes)", "(the body has 5 bytes)"}},
		{"GET", site + "users?page=3&token=hunter2", "", []string{"page=3&token=•••;", "(without a query)", "(the query is page=2)"}},
		{"GET", site + "nothing", "", []string{"(the URL is https://api.example.com/else)"}},
		{"PUT", "http://other/", "", []string{"of PUT http://other/"}},
	} {
		err := send(rt, c.method, c.url, c.body)
		e, ok := errors.AsType[*godwittest.UnrecordedError](err)
		if !ok || len(e.Nearest) > 3 {
			t.Errorf("%v", err)
			continue
		}
		rest := err.Error()
		for _, w := range c.want {
			_, after, ok := strings.Cut(rest, w)
			if !ok {
				t.Errorf("%v\nhas no %s", err, w)
			}
			rest = after
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Error(err)
		}
	}
	if err := send(godwittest.Replay(filepath.Join(dir, "none")), "GET", site, ""); !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "no recordings: ") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.http"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := send(godwittest.Replay(dir), "GET", site+"users", "")
	if e, ok := errors.AsType[*godwittest.DamagedError](err); !ok || e.Line != 1 || filepath.Base(e.File) != "bad.http" {
		t.Error(err)
	}
}

// Recordings may be renamed and edited.
func TestEdited(t *testing.T) {
	dir := t.TempDir()
	res, err := godwittest.Record(dir, godwittest.Handler(write("hello"))).RoundTrip(request(t, t.Context(), "GET", site, nil))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, res)
	for name, text := range files(t, dir) {
		text = strings.Replace(text, "< hello", "< hello, world", 1)
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "mine.http"), []byte(text), 0o600), os.Remove(filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	if res, err = godwittest.Replay(dir).RoundTrip(request(t, t.Context(), "GET", site, nil)); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, res); got != "hello, world" || res.ContentLength != 12 || res.Header.Get("Content-Length") != "12" {
		t.Errorf("%q %v", got, res)
	}
}

// What is left of a body is read when it is closed, and what is not read to its end is cut.
func TestClosedEarly(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		cut    bool
	}{
		{"nearly read", write(`{"a":1}`, "\n"), false},
		{"nearly read, of unknown length", flush(write(`{"a":1}`, "\n")), false},
		{"an event stream", with(map[string]string{"Content-Type": "text/event-stream"}, flush(func(w http.ResponseWriter, r *http.Request) {
			flush(nothing)(w, r)
			io.WriteString(w, "data: 1\n\n")
			flush(nothing)(w, r)
			<-r.Context().Done()
		})), true},
		{"a long one", write(strings.Repeat("x", 2<<20)), true},
		{"one that never ends", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "hello")
			flush(nothing)(w, r)
			<-r.Context().Done()
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			res, err := godwittest.Record(dir, godwittest.Handler(c.answer)).RoundTrip(request(t, t.Context(), "GET", site, nil))
			if err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 5)
			if _, err := io.ReadFull(res.Body, b); err != nil {
				t.Error(err)
			}
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
			if text := theFile(t, dir); strings.HasSuffix(text, "\n# cut short\n") != c.cut {
				t.Errorf("%.300s", text)
			}
			res, err = godwittest.Replay(dir).RoundTrip(request(t, t.Context(), "GET", site, nil))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(res.Body)
			if !bytes.HasPrefix(got, b) || errors.Is(err, io.ErrUnexpectedEOF) != c.cut {
				t.Errorf("%.20q %v", got, err)
			}
			res.Body.Close()
			if _, err := res.Body.Read(b); err != http.ErrBodyReadAfterClose {
				t.Error(err)
			}
		})
	}
}

func TestRecordCodings(t *testing.T) {
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	io.WriteString(zw, `{"token":"hunter2hunter2"}`)
	zw.Close()
	for _, c := range []struct{ coding, body, want string }{
		{"gzip", zipped.String(), `< {"token":"•••"}`},
		{"gzip", "no gzip", "a body that is not the gzip it says it is cannot be recorded"},
		{"br", "x", `a body in the coding "br" cannot be recorded: secrets in it would not be found`},
		{"gzip, br", "x", `cannot be recorded`},
		{"identity", "x", "< x"},
	} {
		dir := t.TempDir()
		res, err := godwittest.Record(dir, godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("it asks for %q", r.Header["Accept-Encoding"])
			}
			w.Header().Set("Content-Encoding", c.coding)
			io.WriteString(w, c.body)
		}))).RoundTrip(request(t, t.Context(), "GET", site, nil))
		var got []byte
		if err == nil {
			got, err = io.ReadAll(res.Body)
			res.Body.Close()
			if string(got) != c.body {
				t.Errorf("the client got %q", got)
			}
		}
		text := fmt.Sprint(err)
		if err == nil {
			text = theFile(t, dir)
		}
		if !strings.Contains(text, c.want) || err == nil && c.coding == "gzip" && strings.Contains(text, "gzip") {
			t.Errorf("%s: %s", c.coding, text)
		}
	}
}

// What fails is an error, and not written; the request's body is closed all the same.
func TestRecordFailures(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	failing := roundTripper(func(req *http.Request) (*http.Response, error) {
		closeOnce(req)
		return nil, no
	})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		rt   http.RoundTripper
		ctx  context.Context
		body io.Reader
		want func(error) bool
	}{
		{"the transport", godwittest.Record(dir+"/x", failing), t.Context(), strings.NewReader("x"), func(err error) bool { return err == no }},
		{"the body", godwittest.Record(dir+"/x", failing), t.Context(), errReader{}, func(err error) bool { return errors.Is(err, errBody) }},
		{"the body, replayed", godwittest.Replay(dir), t.Context(), errReader{}, func(err error) bool { return errors.Is(err, errBody) }},
		{"the context", godwittest.Record(dir+"/x", failing), cancelled, strings.NewReader("x"), func(err error) bool { return errors.Is(err, context.Canceled) }},
		{"the context, replayed", godwittest.Replay(dir), cancelled, strings.NewReader("x"), func(err error) bool { return errors.Is(err, context.Canceled) }},
		{"the folder", godwittest.Record(file, godwittest.Handler(http.HandlerFunc(nothing))), t.Context(), strings.NewReader("x"), func(err error) bool { _, ok := errors.AsType[*os.PathError](err); return ok }},
		{"101", godwittest.Record(dir+"/x", godwittest.Handler(status(101, nothing))), t.Context(), strings.NewReader("x"), func(err error) bool { return err != nil && strings.Contains(err.Error(), "101") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := spyOn(c.body)
			res, err := c.rt.RoundTrip(request(t, c.ctx, "POST", site, body))
			if err == nil {
				_, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if !c.want(err) {
				t.Errorf("%v (%T)", err, err)
			}
			<-body.over
		})
	}
	if _, err := os.Stat(dir + "/x"); err == nil {
		t.Error("something was written")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func closeOnce(req *http.Request) { req.Body.Close() }

// The end of the context ends a replayed body.
func TestReplayCancel(t *testing.T) {
	dir := t.TempDir()
	res, err := godwittest.Record(dir, godwittest.Handler(write("hello"))).RoundTrip(request(t, t.Context(), "GET", site, nil))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, res)
	ctx, cancel := context.WithCancel(t.Context())
	res, err = godwittest.Replay(dir).RoundTrip(request(t, ctx, "GET", site, nil))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(res.Body); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	res.Body.Close()
}

// A login with a session, its cookies and a redirect, replayed by a program that has other
// secrets.
func TestRecordSession(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/home?token=tok-12345678", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /home", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"user":"bob","token":%q}`, r.FormValue("token"))
	})
	dir := t.TempDir()
	use := func(rt http.RoundTripper, password string) string {
		s := godwit.NewSession(godwit.BaseURL(site))
		s.Transport = rt
		res, err := s.Post(t.Context(), "/login", godwit.Form{"user": "bob", "password": password})
		if err != nil {
			t.Fatal(err)
		}
		return res.Text()
	}
	if got := use(godwittest.Record(dir, godwittest.Handler(mux)), "hunter2"); got != `{"user":"bob","token":"tok-12345678"}` {
		t.Error(got)
	}
	for _, text := range files(t, dir) {
		if strings.Contains(text, "tok-") || strings.Contains(text, "hunter2") {
			t.Errorf("a secret is shown:\n%s", text)
		}
	}
	if got := use(godwittest.Replay(dir), "other"); got != `{"user":"bob","token":"•••"}` {
		t.Error(got)
	}
}
