package godwittest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
	"example.com/godwit/trace"
)

// A spy is a request's body that knows how often it was closed, and wakes who reads it then.
type spy struct {
	io.Reader
	closed atomic.Int32
	over   chan struct{}
}

func spyOn(r io.Reader) *spy { return &spy{Reader: r, over: make(chan struct{})} }

func (s *spy) Close() error {
	if s.closed.Add(1) == 1 {
		close(s.over)
	}
	return nil
}

// stuck is a body that never comes, until it is closed.
type stuck struct{ *spy }

func (s stuck) Read([]byte) (int, error) {
	<-s.over
	return 0, errors.New("closed")
}

func request(t testing.TB, ctx context.Context, method, url string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// call puts a request to a handler.
func call(req *http.Request, h http.HandlerFunc) (*http.Response, error) {
	return godwittest.Handler(h).RoundTrip(req)
}

func readAll(t testing.TB, res *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("the body: %v after %q", err, data)
	}
	res.Body.Close()
	return string(data)
}

const site = "https://api.example.com/"

// A response is there as soon as it is flushed, and each piece of its body as soon as that is.
func TestStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		step := make(chan struct{})
		res, err := call(request(t, t.Context(), "GET", site, nil), func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-step
			io.WriteString(w, "one")
			w.(http.Flusher).Flush()
			<-step
			io.WriteString(w, "two")
		})
		if err != nil {
			t.Fatal(err)
		}
		step <- struct{}{}
		b := make([]byte, 10)
		if n, err := res.Body.Read(b); string(b[:n]) != "one" || err != nil {
			t.Errorf("%q %v", b[:n], err)
		}
		step <- struct{}{}
		if got := readAll(t, res); got != "two" {
			t.Errorf("%q", got)
		}
	})
}

// A client that does not read makes the handler wait, and a handler that does not read makes
// the client wait.
func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written, read atomic.Int64
		up := readerFunc(func(p []byte) (int, error) {
			read.Add(int64(len(p)))
			return len(p), nil
		})
		res, err := call(request(t, t.Context(), "POST", site, up), func(w http.ResponseWriter, r *http.Request) {
			for {
				n, err := w.Write(make([]byte, 1000))
				written.Add(int64(n))
				if err != nil {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := written.Load(); n > 4096 {
			t.Errorf("%d bytes were written that nobody has read", n)
		}
		if n := read.Load(); n > 64<<10 {
			t.Errorf("%d bytes were read that nobody wants", n)
		}
		if n, err := io.CopyN(io.Discard, res.Body, 1<<20); n != 1<<20 || err != nil {
			t.Errorf("%d %v", n, err)
		}
		res.Body.Close()
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Both bodies at once, each piece answered before the next is sent.
func TestBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, up := io.Pipe()
		res, err := call(request(t, t.Context(), "POST", site, in), func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			b := make([]byte, 10)
			for {
				n, err := r.Body.Read(b)
				w.Write(bytes.ToUpper(b[:n]))
				w.(http.Flusher).Flush()
				if err != nil {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 10)
		for _, piece := range []string{"a", "bc", "def"} {
			io.WriteString(up, piece)
			if n, err := res.Body.Read(b); string(b[:n]) != strings.ToUpper(piece) || err != nil {
				t.Errorf("%q %v", b[:n], err)
			}
		}
		up.Close()
		if got := readAll(t, res); got != "" {
			t.Errorf("%q", got)
		}
	})
}

// Wherever the two are, the end of the client's context ends both.
func TestCancel(t *testing.T) {
	why := errors.New("enough")
	for _, c := range []struct {
		name   string
		body   bool // the request's, which never comes
		answer http.HandlerFunc
		phase  trace.Phase
	}{
		{"before the head", false, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, trace.Wait},
		{"in the body", false, flush(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), trace.Receive},
		{"while the handler reads", true, func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != io.ErrUnexpectedEOF {
				panic(err)
			}
		}, trace.Wait},
		{"while the handler writes", false, func(w http.ResponseWriter, r *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}, trace.Receive},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Hour, func() { cancel(why) })
				body := stuck{spyOn(nil)}
				req := request(t, ctx, "GET", site, nil)
				if c.body {
					req = request(t, ctx, "POST", site, body)
				}
				begun := time.Now()
				ended := make(chan struct{})
				res, err := call(req, func(w http.ResponseWriter, r *http.Request) {
					defer close(ended)
					c.answer(w, r)
				})
				if err == nil {
					if time.Since(begun) != 0 {
						t.Error("the head is late")
					}
					<-ctx.Done()
					_, err = io.Copy(io.Discard, res.Body)
				}
				if time.Since(begun) != time.Hour {
					t.Errorf("it ended after %v", time.Since(begun))
				}
				e, ok := errors.AsType[*trace.Error](err)
				if !ok || !errors.Is(err, context.Canceled) || !errors.Is(err, why) || e.Phase != c.phase || !e.Sent {
					t.Errorf("%#v", err)
				}
				<-ended
				if c.body && body.closed.Load() != 1 {
					t.Errorf("the request's body was closed %d times", body.closed.Load())
				}
			})
		})
	}
}

func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := spyOn(strings.NewReader("x"))
	_, err := call(request(t, ctx, "POST", site, body), func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	if !errors.Is(err, context.Canceled) || body.closed.Load() != 1 {
		t.Errorf("%v, closed %d times", err, body.closed.Load())
	}
}

// Closing the body ends what the handler does, with a body and without.
func TestClose(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan error, 1)
			up := stuck{spyOn(nil)}
			res, err := call(request(t, t.Context(), method, site, up), func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				w.Write(make([]byte, 10_000))
				ended <- w.(interface{ FlushError() error }).FlushError()
			})
			if err != nil {
				t.Fatal(err)
			}
			wait := make(chan struct{})
			go func() { // ends with the body
				defer close(wait)
				if _, err := res.Body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose && err != io.EOF {
					t.Errorf("Read while Close: %v", err)
				}
			}()
			synctest.Wait()
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
			if err := <-ended; method == "GET" && err == nil {
				t.Error("the handler could write to nobody")
			}
			<-wait
			if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != http.ErrBodyReadAfterClose {
				t.Errorf("Read after Close: %d %v", n, err)
			}
			if res.Body.Close() != nil || up.closed.Load() != 1 {
				t.Errorf("the request's body was closed %d times", up.closed.Load())
			}
		})
	}
}

func TestPanics(t *testing.T) {
	own := errors.New("own")
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		text   string
		is     error
	}{
		{"a text", func(http.ResponseWriter, *http.Request) { panic("a\nb") }, `the handler panicked: "a\nb" (handler_test.go:`, nil},
		{"an error", func(http.ResponseWriter, *http.Request) { panic(own) }, `the handler panicked: "own" (handler_test.go:`, own},
		{"the runtime", func(_ http.ResponseWriter, r *http.Request) { r.TLS = nil; _ = r.TLS.Version }, `the handler panicked: "runtime error: invalid memory address or nil pointer dereference" (handler_test.go:`, nil},
		{"a long text", func(http.ResponseWriter, *http.Request) { panic(strings.Repeat("x", 1000)) }, `xxx"… (handler_test.go:`, nil},
		{"an invalid status", status(99, nothing), `the handler panicked: "invalid WriteHeader code 99" (response.go:`, nil},
		{"an abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "the handler has aborted the response", http.ErrAbortHandler},
		{"Goexit", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, "the handler has ended its goroutine", nil},
		{"a short body", with(map[string]string{"Content-Length": "9"}, write("hello")), "the handler has written 5 bytes of a Content-Length of 9", nil},
	} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, " ", late), func(t *testing.T) {
				answer := c.answer
				if late {
					answer = func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Content-Length", "9")
						io.WriteString(w, "hello")
						w.(http.Flusher).Flush()
						c.answer(w, r)
					}
				}
				res, err := call(request(t, t.Context(), "GET", site, nil), answer)
				if res != nil && err == nil {
					if c.name == "an invalid status" || c.name == "a short body" {
						res.Body.Close()
						return // late, these are no failures, or others
					}
					_, err = io.ReadAll(res.Body)
				}
				e, ok := errors.AsType[*trace.Error](err)
				if !ok || e.Answered != late && c.name != "a short body" || !strings.Contains(e.Error(), c.text) || strings.Contains(e.Error(), "\n") {
					t.Fatalf("%v (%T)", err, err)
				}
				if !errors.Is(err, io.ErrUnexpectedEOF) || (c.is != nil && !errors.Is(err, c.is)) {
					t.Errorf("%v is not what it should be to errors.Is", err)
				}
				if p, ok := errors.AsType[*godwittest.PanicError](err); ok && (p.Value == nil || !bytes.Contains(p.Stack, []byte("ServeHTTP"))) {
					t.Errorf("%#v", p)
				}
			})
		}
	}
}

// What a client does not send, no handler sees, and the request's body is closed all the same.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *http.Request)
		want   string
	}{
		{"no URL", func(r *http.Request) { r.URL = nil }, "no URL"},
		{"a scheme", func(r *http.Request) { r.URL.Scheme = "ftp" }, `"ftp"`},
		{"no scheme", func(r *http.Request) { r.URL.Scheme = "" }, `""`},
		{"no host", func(r *http.Request) { r.URL.Host = "" }, "invalid host"},
		{"a method", func(r *http.Request) { r.Method = "GET /x" }, "invalid method"},
		{"a host", func(r *http.Request) { r.Host = "a\r\nX: y" }, "invalid host"},
		{"a name", func(r *http.Request) { r.Header["A b"] = []string{"c"} }, `invalid field name "A b"`},
		{"a value", func(r *http.Request) { r.Header.Set("A", "hunter2\r\nX: y") }, `invalid value of the field "A"`},
		{"a target", func(r *http.Request) { r.URL.RawQuery = "a b" }, "space or a control character"},
		{"a target with a line end", func(r *http.Request) { r.URL.Opaque = "/a\r\nX: y" }, "space or a control character"},
		{"a target that is none", func(r *http.Request) { r.URL.Opaque = "%zz" }, "cannot read the URL"},
		{"a trailer", func(r *http.Request) { r.Trailer = http.Header{"Content-Length": nil} }, "invalid trailer field"},
		{"a length without a body", func(r *http.Request) { r.Body, r.ContentLength = nil, 5 }, "ContentLength of 5 without a body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := spyOn(strings.NewReader("x"))
			req := request(t, t.Context(), "POST", site, body)
			c.change(req)
			res, err := call(req, func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
			if e, ok := errors.AsType[*trace.Error](err); res != nil || !ok || e.Sent || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v, %v", res, err)
			}
			if req.Body != nil && body.closed.Load() != 1 {
				t.Errorf("the body was closed %d times", body.closed.Load())
			}
		})
	}
}

// A body that fails, or is not of the length that was announced, is the client's failure.
func TestBadBodies(t *testing.T) {
	for _, c := range []struct {
		name   string
		reader io.Reader
		length int64
		want   string
	}{
		{"too long", strings.NewReader("hello world"), 5, "a body of more than its ContentLength of 5"},
		{"too short", strings.NewReader("hello"), 6, "a body of 5 bytes, with a ContentLength of 6"},
		{"broken", io.MultiReader(strings.NewReader("hello"), errReader{}), -1, errBody.Error()},
		{"idle", readerFunc(func([]byte) (int, error) { return 0, nil }), -1, io.ErrNoProgress.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := spyOn(c.reader)
			req := request(t, t.Context(), "POST", site, body)
			req.ContentLength = c.length
			res, err := call(req, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.ReadAll(r.Body); err != io.ErrUnexpectedEOF {
					t.Errorf("the handler read to %v", err)
				}
			})
			e, ok := errors.AsType[*trace.Error](err)
			if res != nil || !ok || e.Phase != trace.Send || !e.Sent || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			<-body.over
		})
	}
}

// The handler's request is its own, and so is the client's.
func TestNotShared(t *testing.T) {
	type key struct{}
	req := request(t, context.WithValue(t.Context(), key{}, "secret"), "POST", site+"a?b=c", strings.NewReader("hello"))
	req.Header = http.Header{"A": {"1", "2"}}
	req.Trailer = http.Header{"X-Sum": {"42"}}
	before, bodyBefore := req.Clone(req.Context()), req.Body
	res, err := call(req, func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(key{}) != nil {
			t.Error("a value of the client's context reaches the handler")
		}
		io.ReadAll(r.Body)
		r.Header["A"][0], r.URL.Path, r.Method = "x", "/x", "X"
		r.Trailer.Set("X-Sum", "43")
		if r.TLS == nil || r.TLS.ServerName != "api.example.com" || !r.TLS.HandshakeComplete {
			t.Errorf("TLS is %+v", r.TLS)
		}
		if a := r.Context().Value(http.LocalAddrContextKey).(net.Addr); a.String() != "192.0.2.2:443" {
			t.Errorf("the handler listens at %v", a)
		}
		w.Header()["B"] = []string{"1"}
		w.WriteHeader(200)
		w.Header()["B"][0] = "2"
	})
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, res)
	if res.Request != req || res.TLS == nil || res.Header.Get("B") != "1" {
		t.Errorf("%+v", res)
	}
	after := req.Clone(req.Context())
	if req.Body != bodyBefore {
		t.Error("the request has another body")
	}
	before.Body, after.Body, before.GetBody, after.GetBody = nil, nil, nil, nil
	if !reflect.DeepEqual(before, after) {
		t.Errorf("the request was altered:\n%+v\n%+v", before, after)
	}
}

// Connect reaches a handler with the authority for a target, and an address is no server name.
func TestTargets(t *testing.T) {
	for _, c := range []struct{ method, url, uri, path, host, name string }{
		{"CONNECT", "https://h:8443", "h:8443", "", "h:8443", "h"},
		{"GET", "https://[fe80::1%25eth0]:1/x", "/x", "/x", "[fe80::1]:1", ""},
		{"GET", "https://127.0.0.1/%41", "/%41", "/A", "127.0.0.1", ""},
	} {
		res, err := call(request(t, t.Context(), c.method, c.url, nil), func(w http.ResponseWriter, r *http.Request) {
			if r.RequestURI != c.uri || r.URL.Path != c.path || r.Host != c.host || r.TLS.ServerName != c.name {
				t.Errorf("%s: %s %v %s %s", c.url, r.RequestURI, r.URL, r.Host, r.TLS.ServerName)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
}

func TestController(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := stuck{spyOn(nil)}
		res, err := call(request(t, t.Context(), "POST", site, up), func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(w)
			if _, _, err := c.Hijack(); !errors.Is(err, http.ErrNotSupported) {
				t.Errorf("Hijack: %v", err)
			}
			if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Error(err)
			}
			begun := time.Now()
			if _, err := r.Body.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begun) != time.Minute {
				t.Errorf("Read: %v after %v", err, time.Since(begun))
			}
			if err := c.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Error(err)
			}
			if _, err := w.Write(make([]byte, 5000)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begun) != 2*time.Minute {
				t.Errorf("Write: %v after %v", err, time.Since(begun))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour)
		if _, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v, want what a cut connection is", err)
		}
		res.Body.Close()
	})
}

// 100 Continue is sent when the handler reads, and the body not before.
func TestContinue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads, continues atomic.Int32
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { continues.Add(1) }})
		req := request(t, ctx, "POST", site, readerFunc(func(p []byte) (int, error) {
			reads.Add(1)
			return copy(p, "hello"), io.EOF
		}))
		req.Header.Set("Expect", "100-Continue")
		res, err := call(req, func(w http.ResponseWriter, r *http.Request) {
			<-time.After(time.Hour)
			if reads.Load() != 0 || continues.Load() != 0 {
				t.Error("the body was sent before it was asked for")
			}
			io.Copy(w, r.Body)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, res); got != "hello" || continues.Load() != 1 {
			t.Errorf("%q after %d continues", got, continues.Load())
		}
	})
}

// A hook that fails or panics ends the exchange.
func TestInterimHook(t *testing.T) {
	no := errors.New("no")
	for _, panics := range []bool{false, true} {
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(int, textproto.MIMEHeader) error {
			if panics {
				panic(no)
			}
			return no
		}})
		ended := make(chan struct{})
		func() {
			defer func() {
				if v := recover(); (v != nil) != panics {
					t.Errorf("recovered %v", v)
				}
			}()
			_, err := call(request(t, ctx, "GET", site, nil), func(w http.ResponseWriter, r *http.Request) {
				defer close(ended)
				w.WriteHeader(103)
				<-r.Context().Done()
			})
			if !errors.Is(err, no) {
				t.Error(err)
			}
		}()
		<-ended
	}
}

// What a session does over it is what it does over a network.
func TestHandlerSession(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /old", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new", http.StatusFound) })
	mux.HandleFunc("GET /new", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.URL.Path) })
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("boom") })
	mux.HandleFunc("GET /slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s := &godwit.Session{Transport: godwittest.Handler(mux)}
	res, err := s.Get(t.Context(), site+"old")
	if err != nil || res.Text() != "api.example.com/new" || len(res.History) != 1 {
		t.Errorf("%v %v", res, err)
	}
	_, err = s.Get(t.Context(), site+"panic")
	if !errors.Is(err, godwit.ErrReceive) || errors.Is(err, godwit.ErrPool) {
		t.Errorf("%v", err)
	}
	_, err = s.Get(t.Context(), site+"slow", godwit.Timeout(time.Millisecond))
	if !errors.Is(err, godwit.ErrTimeout) {
		t.Errorf("%v", err)
	}
}

func TestDefaultServeMux(t *testing.T) {
	res, err := godwittest.Handler(nil).RoundTrip(request(t, t.Context(), "GET", site, nil))
	if err != nil || res.StatusCode != 404 {
		t.Errorf("%v %v", res, err)
	}
	readAll(t, res)
}

// Many at once, each given up at a step of its own.
func TestHandlerParallel(t *testing.T) {
	rt := godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		n, _ := io.Copy(w, r.Body)
		w.Header().Set("X-Sum", fmt.Sprint(n))
	}))
	sent := bytes.Repeat([]byte("godwit "), 3000)
	var all sync.WaitGroup
	for g := range 64 {
		all.Go(func() {
			for i := range 10 {
				ctx, cancel := context.WithCancel(context.Background())
				u, _ := url.Parse(site)
				req := (&http.Request{Method: "POST", URL: u, Body: io.NopCloser(bytes.NewReader(sent))}).WithContext(ctx)
				if i%2 == 0 {
					req.ContentLength = int64(len(sent))
				}
				if i%5 == 4 {
					go cancel() // ends at once
				}
				res, err := rt.RoundTrip(req)
				if err == nil && i%5 < 3 {
					got, err := io.ReadAll(res.Body)
					if err != nil || !bytes.Equal(got, sent) || res.Trailer.Get("X-Sum") != fmt.Sprint(len(sent)) {
						t.Errorf("%d bytes, %v, %v", len(got), err, res.Trailer)
					}
				}
				if err == nil {
					io.CopyN(io.Discard, res.Body, int64(g*i*17))
					res.Body.Close()
				} else if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	all.Wait()
}
