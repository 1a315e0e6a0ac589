package transport

// Safe resending: exactly the requests that may be sent twice are, once, and elsewhere.

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A fate is what becomes of the second request on a connection. The first is answered.
type fate struct {
	name     string
	answered bool // something of a response comes: never sent again
	befall   func(c net.Conn, r io.Reader)
}

var fates = []fate{
	{"closed after the request was read", false, func(c net.Conn, r io.Reader) {}},
	{"reset after the request was read", false, func(c net.Conn, r io.Reader) {
		c.(*net.TCPConn).SetLinger(0)
	}},
	{"reset in the middle of the head", true, func(c net.Conn, r io.Reader) {
		io.WriteString(c, "HTTP/1.1 200 O")
		awaitAck(c)
	}},
	{"closed after an interim response", true, func(c net.Conn, r io.Reader) {
		io.WriteString(c, "HTTP/1.1 103 Early Hints\r\n\r\n")
		awaitAck(c)
	}},
}

// awaitAck closes the writing side and waits until the client has closed its own, so that
// what was written is read.
func awaitAck(c net.Conn) {
	c.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, c)
}

// A cursed server answers the first request of its first connection, and lets the fate befall
// the second. All others it answers. It counts what it reads.
func cursed(t *testing.T, f fate) (addr string, seen *atomic.Int32, bodies chan string) {
	seen, bodies = new(atomic.Int32), make(chan string, 10)
	addr = serve(t, func(n int, c net.Conn) {
		r := newReader(c)
		for i := 1; ; i++ {
			req, err := readRequest(r)
			if err != nil {
				return
			}
			b, _ := io.ReadAll(req.Body)
			bodies <- string(b)
			seen.Add(1)
			if n == 1 && i == 2 {
				f.befall(c, r)
				return
			}
			io.WriteString(c, ok2)
		}
	})
	return addr, seen, bodies
}

func TestResend(t *testing.T) {
	methods := []struct {
		method, key string
		may         bool
	}{
		{"GET", "", true},
		{"HEAD", "", true},
		{"PUT", "", true},
		{"DELETE", "", true},
		{"OPTIONS", "", true},
		{"POST", "", false},
		{"PATCH", "", false},
		{"get", "", false}, // methods are case-sensitive
		{"POST", "Idempotency-Key", true},
		{"POST", "X-Idempotency-Key", true},
	}
	for _, f := range fates {
		for _, m := range methods {
			for _, kind := range []string{"none", "replayable", "one-shot", "large"} {
				if m.method == "HEAD" && kind != "none" {
					continue
				}
				t.Run(f.name+"/"+m.method+m.key+"/"+kind, func(t *testing.T) {
					addr, seen, bodies := cursed(t, f)
					var attempts []trace.Attempt
					tr := examined(t, &Transport{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
						if a, ok := ev.(trace.Attempt); ok {
							attempts = append(attempts, a)
						}
					})})
					get(t, tr, "http://"+addr)
					<-bodies
					req, want := withBody(t, m.method, "http://"+addr, kind)
					if m.key != "" {
						req.Header.Set(m.key, "1")
					}
					allowed := m.may && !f.answered && kind != "one-shot"
					res, err := tr.RoundTrip(req)
					if err == nil {
						defer res.Body.Close()
					}
					switch {
					case allowed && err != nil:
						t.Fatalf("not sent again: %v", err)
					case !allowed && err == nil:
						t.Fatal("sent again")
					case allowed:
						if seen.Load() != 3 || len(attempts) != 1 || res.Request != req {
							t.Errorf("%d requests seen, attempts %+v", seen.Load(), attempts)
						}
						if a := attempts[0]; a.Kind != "resend" || a.N != 2 || a.Err == nil {
							t.Errorf("%+v", a)
						}
						if a, b := <-bodies, <-bodies; a != want || b != want {
							t.Errorf("bodies of %d and %d bytes, want %d", len(a), len(b), len(want))
						}
					default:
						e, ok := errors.AsType[*Error](err)
						if seen.Load() != 2 || len(attempts) != 0 || !ok || !e.Sent || e.Answered != f.answered {
							t.Errorf("%d requests seen, %+v", seen.Load(), e)
						}
					}
				})
			}
		}
	}
}

func withBody(t *testing.T, method, url, kind string) (req *http.Request, text string) {
	switch kind {
	case "replayable":
		return request(t, method, url, strings.NewReader("body")), "body"
	case "one-shot":
		req = request(t, method, url, nil)
		req.Body, req.ContentLength = newClosable("body"), 4
		return req, "body"
	case "large": // sent beside the waiting
		text = strings.Repeat("0123456789abcdef", 4096)
		return request(t, method, url, strings.NewReader(text)), text
	}
	return request(t, method, url, nil), ""
}

// Closed before anything of the request is written: whatever the method, it is sent on
// another connection, if there still is a body to send.
func TestResendOfWhatWasNotSent(t *testing.T) {
	for _, method := range []string{"GET", "POST", "PATCH"} {
		for _, kind := range []string{"none", "replayable", "large"} {
			calls := 0
			p := &piper{handle: func(n int, c net.Conn) {
				r := newReader(c)
				if _, err := readRequest(r); err != nil {
					return
				}
				io.WriteString(c, ok2)
				if n == 1 {
					c.Close() // of a pipe there is nothing to be seen until it is used
					return
				}
				always(ok2)(n, c)
			}}
			tr := examined(t, &Transport{Dial: p.Dial, Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
				if _, ok := ev.(trace.Attempt); ok {
					calls++
				}
			})})
			get(t, tr, "http://a/")
			for p.closed.Load() == 0 {
				<-tick()
			}
			req, _ := withBody(t, method, "http://a/", kind)
			if got := do(t, tr, req); got != "ok" || p.dialled() != 2 || calls != 1 {
				t.Errorf("%s, %s: got %q, %d dialled, %d attempts", method, kind, got, p.dialled(), calls)
			}
		}
	}
}

// What fails on a connection of its own is not sent again, however harmless it would be.
func TestNoResendOfAFirstRequest(t *testing.T) {
	var dialled atomic.Int32
	addr := serve(t, func(_ int, c net.Conn) {
		dialled.Add(1)
		readRequest(newReader(c))
	})
	tr := examined(t, &Transport{})
	err := fails(t, tr, request(t, "GET", "http://"+addr, nil))
	if !errors.Is(err, conn.ErrRemoteDisconnected) || !err.Sent || err.Answered || err.Phase != trace.Wait {
		t.Errorf("%+v", err)
	}
	if dialled.Load() != 1 {
		t.Errorf("%d connections", dialled.Load())
	}
}

// A request is sent again at most once, and never on a connection that had been idle too,
// even if all of those are dead.
func TestResendOnANewConnection(t *testing.T) {
	const idle = 5
	addr := serve(t, func(n int, c net.Conn) {
		r := newReader(c)
		if _, err := readRequest(r); err != nil {
			return
		}
		if n <= idle {
			io.WriteString(c, ok2)
			readRequest(r)
		}
	})
	tr := examined(t, &Transport{})
	var held []*http.Response
	for range idle {
		held = append(held, hold(t, tr, "http://"+addr))
	}
	for _, res := range held {
		body(t, res)
	}
	err := fails(t, tr, request(t, "GET", "http://"+addr, nil))
	if !errors.Is(err, conn.ErrRemoteDisconnected) {
		t.Error(err)
	}
	checkStats(t, tr, Stats{Open: idle - 1, Idle: idle - 1})
}

// What a request's own body returns is no failure of the connection, even if it is the
// failure of another one.
func TestNoResendForTheBodysOwnError(t *testing.T) {
	for _, cause := range []error{
		io.ErrUnexpectedEOF, io.ErrClosedPipe, &net.OpError{Op: "read", Err: errors.New("elsewhere")},
	} {
		addr := serve(t, always(ok2))
		attempts := 0
		tr := examined(t, &Transport{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
			if _, ok := ev.(trace.Attempt); ok {
				attempts++
			}
		})})
		get(t, tr, "http://"+addr)
		req := request(t, "PUT", "http://"+addr, nil)
		req.ContentLength = 10
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(broken{cause}), nil }
		req.Body, _ = req.GetBody()
		if err := fails(t, tr, req); !errors.Is(err, cause) || err.Phase != trace.Send {
			t.Errorf("%v", err)
		}
		if attempts != 0 {
			t.Errorf("%v: sent again", cause)
		}
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
