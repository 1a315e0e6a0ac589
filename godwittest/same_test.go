package godwittest_test

// A handler behind Handler, and the same one behind a server: what one sees of the other must
// be the same.

import (
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/godwittest"
	"example.com/godwit/transport"
)

// A sameCase is a request and who answers it.
type sameCase struct {
	name    string
	request func(r *http.Request) // nil: GET
	answer  http.HandlerFunc
}

// otherwise has what net/http's client does otherwise than Godwit's: it does not send a
// trailer behind a length, hides the field Connection and shows Trailer, and wants nothing of
// a response that announces a forbidden trailer.
var otherwise = map[string]bool{
	"a trailer without chunks": true, "a body that is refused": true, "a connection to close": true, "identity": true,
	"a trailer behind a length": true, "a trailer that is declared": true,
}

// body makes the request a POST with a body. length -1: unknown.
func body(text string, length int64) func(r *http.Request) {
	return func(r *http.Request) {
		r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader(text)), length
	}
}

func method(m string) func(r *http.Request) { return func(r *http.Request) { r.Method = m } }

// tell answers with what the handler sees of the request.
func tell(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "%s %s %s %d.%d\nhost %s\nurl %#v\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Host, *r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
	}
	fmt.Fprintf(w, "length %d coding %q close %v tls %v trailer %v\n", r.ContentLength, r.TransferEncoding, r.Close, r.TLS != nil, r.Trailer)
	got, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "body %q %v trailer %v\n", got, err, r.Trailer)
	again, err := r.Body.Read(make([]byte, 1))
	fmt.Fprintf(w, "then %d %v\n", again, err)
}

// write answers with text, in pieces.
func write(pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, p := range pieces {
			io.WriteString(w, p)
		}
	}
}

// with sets fields before it answers.
func with(fields map[string]string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for name, value := range fields {
			w.Header()[name] = []string{value}
		}
		next(w, r)
	}
}

// status sets the status before it answers.
func status(code int, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(code)
		next(w, r)
	}
}

func flush(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
		next(w, r)
	}
}

func nothing(http.ResponseWriter, *http.Request) {}

var sameCases = []sameCase{
	{"a request", func(r *http.Request) {
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.URL.Fragment = "/a/b c", "/a%2Fb%20c", "q=1&q=2%20", "f"
		r.Header = http.Header{"Accept": {"*/*"}, "x-lower": {" a ", "b"}, "X-Lower": {"c"}, "Cookie": {"a=1", "b=2"}, "Empty": {""}, "None": nil}
	}, tell},
	{"no path", func(r *http.Request) { r.URL.Path = "" }, tell},
	{"every target", func(r *http.Request) { r.Method, r.URL.Path = "OPTIONS", "*" }, tell},
	{"an opaque target", func(r *http.Request) { r.URL.Opaque = "/x%2f?y" }, tell},
	{"another host", func(r *http.Request) { r.Host = "example.com:81" }, tell},
	{"fields that are written from elsewhere", func(r *http.Request) {
		r.Method = "PUT"
		r.Header = http.Header{"Host": {"x"}, "Content-Length": {"7"}, "Transfer-Encoding": {"x"}, "Trailer": {"y"}}
	}, tell},
	{"a body", body("hello", 5), tell},
	{"a body of unknown length", body("hello", -1), tell},
	{"a body of length 0 that is none", body("", 0), tell},
	{"a large body", body(strings.Repeat("x", 100_000), 100_000), func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, err)
	}},
	{"a trailer", func(r *http.Request) {
		body("hello", -1)(r)
		r.Trailer = http.Header{"X-Sum": {"42"}}
	}, tell},
	{"a trailer without chunks", func(r *http.Request) {
		body("hello", 5)(r)
		r.Trailer = http.Header{"X-Sum": {"42"}}
	}, tell},
	{"a body that nobody reads", body("hello", 5), write("ok")},
	{"a body that is closed", body("hello", 5), func(w http.ResponseWriter, r *http.Request) {
		r.Body.Close()
		_, err := r.Body.Read(make([]byte, 1))
		fmt.Fprint(w, err)
	}},
	{"a body behind 100 Continue", func(r *http.Request) {
		body("hello", 5)(r)
		r.Header = http.Header{"Expect": {"100-continue"}}
	}, tell},
	{"a body that is refused", func(r *http.Request) {
		body("hello", 5)(r)
		r.Header = http.Header{"Expect": {"100-continue"}}
	}, status(417, nothing)},
	{"more than is announced", body("hello world", 5), tell},
	{"less than is announced", body("hello", 6), tell},
	{"a body that fails", func(r *http.Request) {
		body("", -1)(r)
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader("hello"), errReader{}))
	}, tell},

	{"nothing", nil, nothing},
	{"a status alone", nil, status(404, nothing)},
	{"a status without a name", nil, status(599, nothing)},
	{"a text", nil, write("hello")},
	{"HTML", nil, write("<!DOCTYPE html>", "<p>")},
	{"a long text", nil, write(strings.Repeat("hello ", 1000))},
	{"exactly what is held back", nil, write(strings.Repeat("x", 2048))},
	{"one more", nil, write(strings.Repeat("x", 2049))},
	{"in pieces", nil, write(strings.Repeat("x", 2000), strings.Repeat("y", 2000), "z")},
	{"a type of its own", nil, with(map[string]string{"Content-Type": "application/x"}, write("<html>"))},
	{"no type", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>")
	}},
	{"no date", nil, func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil }},
	{"a coding", nil, with(map[string]string{"Content-Encoding": "x"}, write("<html>"))},
	{"flushed", nil, flush(write("hello"))},
	{"flushed with nothing", nil, flush(nothing)},
	{"a length", nil, with(map[string]string{"Content-Length": "5"}, write("hello"))},
	{"a length, flushed", nil, with(map[string]string{"Content-Length": "5"}, flush(write("hel", "lo")))},
	{"a length of 0, flushed", nil, with(map[string]string{"Content-Length": "0"}, flush(nothing))},
	{"an invalid length", nil, with(map[string]string{"Content-Length": "-5"}, write("hello"))},
	{"less than the length", nil, with(map[string]string{"Content-Length": "9"}, write("hello"))},
	{"more than the length", nil, with(map[string]string{"Content-Length": "4"}, func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, "hell")
		_, more := io.WriteString(w, "o")
		if err != nil || more != http.ErrContentLength {
			panic(fmt.Sprint(err, more))
		}
	})},
	{"fields after the status", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("A", "1")
		w.WriteHeader(201)
		w.Header().Set("A", "2")
		w.WriteHeader(500)
	}},
	{"fields that are none", nil, with(map[string]string{"x-lower": " a ", "A b": "c", "X-Line": "a\r\nb", "X-Empty": ""}, nothing)},
	{"204", nil, with(map[string]string{"Content-Length": "5"}, status(204, func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, "hello"); err != http.ErrBodyNotAllowed {
			panic(err)
		}
	}))},
	{"304", nil, with(map[string]string{"Content-Length": "5", "Content-Type": "text/plain", "Etag": `"x"`}, status(304, nothing))},
	{"HEAD", method("HEAD"), write("hello")},
	{"HEAD of nothing", method("HEAD"), nothing},
	{"HEAD with a length", method("HEAD"), with(map[string]string{"Content-Length": "5"}, nothing)},
	{"HEAD of much", method("HEAD"), write(strings.Repeat("x", 5000))},
	{"HEAD, flushed", method("HEAD"), flush(write("hello"))},
	{"a coding of the transfer", nil, with(map[string]string{"Transfer-Encoding": "chunked"}, write("<html>"))},
	{"identity", nil, with(map[string]string{"Transfer-Encoding": "identity"}, write("<html>"))},
	{"chunked with a length", nil, with(map[string]string{"Transfer-Encoding": "chunked", "Content-Length": "6"}, write("<html>"))},
	{"a connection to close", nil, with(map[string]string{"Connection": "close"}, write("hello"))},
	{"a trailer that is declared", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum, x-other,Content-Length")
		io.WriteString(w, "hello")
		w.Header().Set("X-Sum", "42")
		w.Header().Set("X-More", "no")
	}},
	{"a trailer that is not", nil, func(w http.ResponseWriter, _ *http.Request) {
		flush(write("hello"))(w, nil)
		w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
	}},
	{"a trailer behind a length", nil, with(map[string]string{"Content-Length": "5", "Trailer": "X-Sum"}, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "hello")
		w.Header().Set("X-Sum", "42")
	})},
	{"interim responses", nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a>")
		w.Header().Set("Content-Length", "2")
		w.WriteHeader(103)
		w.WriteHeader(102)
		w.Header().Set("X", "y")
		write("ok")(w, nil)
		w.WriteHeader(103)
	}},
	{"an abort", nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	{"an abort after the head", nil, flush(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })},
	{"an abort of what was not flushed", nil, status(201, func(w http.ResponseWriter, _ *http.Request) {
		write("hello")(w, nil)
		panic(http.ErrAbortHandler)
	})},
	{"what the controller can do", nil, func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		fmt.Fprint(w, c.SetReadDeadline(time.Now().Add(time.Hour)), c.SetWriteDeadline(time.Time{}), c.EnableFullDuplex(), c.Flush())
	}},
	{"the server", nil, func(w http.ResponseWriter, r *http.Request) {
		_, server := r.Context().Value(http.ServerContextKey).(*http.Server)
		fmt.Fprint(w, server, r.Context().Value(http.LocalAddrContextKey) != nil, r.RemoteAddr != "", r.Context().Err())
	}},
	{"a form", func(r *http.Request) {
		body("a=1&b=2", 7)(r)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.FormValue("b"), r.PostForm) }},
}

type errReader struct{}

var errBody = errors.New("the body is broken")

func (errReader) Read([]byte) (int, error) { return 0, errBody }

func TestSame(t *testing.T) {
	references := map[string]http.RoundTripper{
		"net/http": &http.Transport{DisableCompression: true},
		"godwit":   &transport.Transport{DisableCompression: true},
	}
	for _, c := range sameCases {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(c.answer)
			server.Config.DisableGeneralOptionsHandler = true
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.Start()
			defer server.Close()
			got := outcome(t, godwittest.Handler(c.answer), server.URL, c.request)
			for name, reference := range references {
				if name == "net/http" && otherwise[c.name] {
					continue
				}
				want := outcome(t, reference, server.URL, c.request)
				reference.(interface{ CloseIdleConnections() }).CloseIdleConnections()
				if got != want {
					t.Errorf("got\n%s\n%s has\n%s", got, name, want)
				}
			}
		})
	}
}

// outcome puts a request, and returns all that comes of it as text.
func outcome(t *testing.T, rt http.RoundTripper, url string, change func(*http.Request)) string {
	t.Helper()
	var b strings.Builder
	var mu sync.Mutex
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, fields textproto.MIMEHeader) error {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintln(&b, "interim", code, fields)
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, "GET", url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	req.Header.Set("User-Agent", "test") // each client has a name of its own
	res, err := rt.RoundTrip(req)
	mu.Lock()
	defer mu.Unlock()
	if err != nil {
		return b.String() + "an error"
	}
	defer res.Body.Close()
	if date, ok := res.Header["Date"]; ok {
		if _, err := http.ParseTime(date[0]); err != nil {
			t.Error(err)
		}
		res.Header["Date"] = []string{"•"}
	}
	fmt.Fprintln(&b, res.Proto, res.ProtoMajor, res.ProtoMinor, res.Status, res.StatusCode, "length", res.ContentLength,
		"coding", res.TransferEncoding, "close", res.Close, "trailer", res.Trailer, res.TLS != nil, res.Request == req)
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		fmt.Fprintf(&b, "%s: %q\n", name, res.Header[name])
	}
	data, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		err = io.ErrUnexpectedEOF
	}
	fmt.Fprintf(&b, "\n%s\n%v trailer %v", data, err, res.Trailer)
	return strings.ReplaceAll(b.String(), strings.TrimPrefix(url, "http://"), "HOST")
}
