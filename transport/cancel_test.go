package transport

// Cancelling: whatever an exchange waits for, it waits no longer.

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A stage is a wait that can be reached.
type stage struct {
	name  string
	phase trace.Phase
	sent  bool
	// reach prepares a Transport and a request, and says when the wait has begun.
	reach func(t *testing.T, begun func()) (*Transport, *http.Request)
}

type slowResolver struct{ begun func() }

func (r slowResolver) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	r.begun()
	<-ctx.Done()
	return nil, ctx.Err()
}

// swallow reads all and says nothing.
func swallow(begun func()) func(int, net.Conn) {
	return func(_ int, c net.Conn) {
		if _, err := readRequest(newReader(c)); err == nil {
			begun()
			io.Copy(io.Discard, c)
		}
	}
}

// endless is a body without an end, closed when it is closed.
type endless struct{ begun func() }

func (endless) Close() error { return nil }

func (e endless) Read(p []byte) (int, error) {
	e.begun()
	return len(p), nil
}

// atStart is a tracer that waits for a phase to begin.
func atStart(phase trace.Phase, begun func()) trace.Tracer {
	return trace.Func(func(_ context.Context, ev trace.Event) {
		if p, ok := ev.(trace.PhaseStart); ok && p.Phase == phase {
			begun()
		}
	})
}

var stages = []stage{
	{"queue", trace.Blocked, false, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		addr := serve(t, always(ok2))
		tr := examined(t, &Transport{MaxConnsPerHost: 1})
		first := hold(t, tr, "http://"+addr)
		t.Cleanup(func() { first.Body.Close() })
		return tr, with(t, "http://"+addr, &Overrides{Tracer: atStart(trace.Blocked, begun)})
	}},
	{"DNS", trace.DNS, false, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		return examined(t, &Transport{Resolver: slowResolver{begun}}), request(t, "GET", "http://a.example", nil)
	}},
	{"connect", trace.Connect, false, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		return examined(t, &Transport{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			begun()
			<-ctx.Done()
			return nil, errors.New("some other words")
		}}), request(t, "GET", "http://a.example", nil)
	}},
	{"TLS", trace.TLS, false, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		addr := serve(t, func(_ int, c net.Conn) {
			c.Read(make([]byte, 10))
			begun()
			io.Copy(io.Discard, c)
		})
		return examined(t, &Transport{}), request(t, "GET", "https://"+addr, nil)
	}},
	{"CONNECT", trace.Connect, false, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		proxy := serve(t, swallow(begun))
		return examined(t, &Transport{}), with(t, "https://a.example", &Overrides{Proxy: proxyOn(proxy)})
	}},
	{"asked by a proxy", trace.Connect, false, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		proxy := serve(t, func(_ int, c net.Conn) {
			r := newReader(c)
			readHead(r)
			io.WriteString(c, challenged)
			readHead(r)
			begun()
			io.Copy(io.Discard, c)
		})
		return examined(t, &Transport{}), with(t, "https://a.example", &Overrides{Proxy: proxyOn(proxy), ProxyAuth: &testChallenger{word: "x"}})
	}},
	{"TLS in a tunnel", trace.TLS, false, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		proxy := serve(t, func(_ int, c net.Conn) {
			r := newReader(c)
			readHead(r)
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			r.Peek(1)
			begun()
			io.Copy(io.Discard, r)
		})
		return examined(t, &Transport{}), with(t, "https://a.example", &Overrides{Proxy: proxyOn(proxy)})
	}},
	{"wait for a proxy", trace.Wait, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		proxy := serve(t, swallow(begun))
		return examined(t, &Transport{}), with(t, "http://a.example", &Overrides{Proxy: proxyOn(proxy)})
	}},
	{"send", trace.Send, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		p := &piper{handle: func(_ int, c net.Conn) { // a pipe holds nothing
			c.Read(make([]byte, 10))
			begun()
			<-t.Context().Done()
		}}
		return examined(t, &Transport{Dial: p.Dial}), request(t, "GET", "http://a.example/0123456789", nil)
	}},
	{"send a body", trace.Wait, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		addr := serve(t, func(_ int, c net.Conn) { <-t.Context().Done() })
		req := request(t, "POST", "http://"+addr, nil)
		req.Body = endless{begun}
		return examined(t, &Transport{}), req
	}},
	{"wait", trace.Wait, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		return examined(t, &Transport{}), request(t, "GET", "http://"+serve(t, swallow(begun)), nil)
	}},
	{"wait over TLS", trace.Wait, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		config := newAuthority(t).serverConfig(t)
		addr := serve(t, func(n int, c net.Conn) { swallow(begun)(n, tls.Server(c, config)) })
		return examined(t, &Transport{}), with(t, "https://"+addr, &Overrides{Insecure: true})
	}},
	{"wait for 100", trace.Wait, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		addr := serve(t, func(_ int, c net.Conn) {
			c.Read(make([]byte, 1024))
			begun()
			io.Copy(io.Discard, c)
		})
		req := request(t, "POST", "http://"+addr, nil)
		req.Body, req.ContentLength = newClosable("body"), 4
		req.Header.Set("Expect", "100-continue")
		return examined(t, &Transport{ExpectContinueTimeout: time.Minute}), req
	}},
	{"head", trace.Receive, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		addr := serve(t, func(_ int, c net.Conn) {
			readRequest(newReader(c))
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			io.Copy(io.Discard, c)
		})
		return examined(t, &Transport{}), with(t, "http://"+addr, &Overrides{Tracer: atStart(trace.Receive, begun)})
	}},
	{"body", trace.Receive, true, func(t *testing.T, begun func()) (*Transport, *http.Request) {
		addr := serve(t, func(_ int, c net.Conn) {
			readRequest(newReader(c))
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
			io.Copy(io.Discard, c)
		})
		return examined(t, &Transport{}), with(t, "http://"+addr, &Overrides{Tracer: atStart(trace.Receive, begun)})
	}},
}

func TestCancelInEachPhase(t *testing.T) {
	cause := errors.New("the caller's own reason")
	for _, s := range stages {
		for _, end := range []string{"cancelled", "for a cause", "deadline"} {
			t.Run(s.name+"/"+end, func(t *testing.T) {
				begun := make(chan bool, 1<<10)
				tr, req := s.reach(t, func() {
					select {
					case begun <- true:
					default:
					}
				})
				ctx, cancel := context.WithCancelCause(req.Context())
				defer cancel(nil)
				if end == "deadline" {
					var stop func()
					ctx, stop = context.WithTimeout(ctx, 150*time.Millisecond)
					defer stop()
				}
				var ended time.Time
				gone := make(chan bool)
				go func() { // ends when the wait has begun
					defer close(gone)
					<-begun
					switch end {
					case "cancelled":
						ended = time.Now()
						cancel(nil)
					case "for a cause":
						ended = time.Now()
						cancel(cause)
					default:
						ended, _ = ctx.Deadline()
					}
				}()
				err := cancelled(t, tr, req.WithContext(ctx))
				<-gone
				took := time.Since(ended)
				if took > time.Second { // it is milliseconds, unless the machine is busy
					t.Errorf("took %v to notice", took)
				}
				want := context.Canceled
				if end == "deadline" {
					want = context.DeadlineExceeded
				}
				if !errors.Is(err, want) || end == "for a cause" && !errors.Is(err, cause) {
					t.Errorf("%v, want %v", err, want)
				}
				if err.Timeout() != (end == "deadline") || err.Limit != 0 || errors.Is(err, conn.ErrHTTP) {
					t.Errorf("%#v", err)
				}
				if err.Phase != s.phase || err.Sent != s.sent {
					t.Errorf("phase %v, sent %v: %v", err.Phase, err.Sent, err)
				}
			})
		}
	}
}

// cancelled sends a request and returns the error that ends it, be it with the body only.
func cancelled(t *testing.T, tr *Transport, req *http.Request) *Error {
	t.Helper()
	res, err := tr.RoundTrip(req)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	return e
}

// only limits one phase: the others take as long as they do on a busy machine.
func only(p trace.Phase, limit time.Duration) trace.Limits {
	return map[trace.Phase]trace.Limits{
		trace.Blocked: {Blocked: limit}, trace.DNS: {DNS: limit}, trace.Connect: {Connect: limit}, trace.TLS: {TLS: limit},
		trace.Send: {Send: limit}, trace.Wait: {Wait: limit}, trace.Receive: {Receive: limit},
	}[p]
}

// The limits end the same waits.
func TestLimitOfEachPhase(t *testing.T) {
	for _, s := range stages {
		if s.name == "send a body" || s.name == "wait for 100" {
			continue // have limits of other phases
		}
		t.Run(s.name, func(t *testing.T) {
			tr, req := s.reach(t, func() {})
			const limit = 25 * time.Millisecond
			tr.Limits = only(s.phase, limit)
			o := Overrides{Limits: tr.Limits}
			if own := OverridesFrom(req.Context()); own != nil {
				o = *own
				o.Limits = tr.Limits
			}
			err := cancelled(t, tr, req.WithContext(With(req.Context(), &o)))
			if err.Phase != s.phase || err.Limit != limit || err.Setting != s.phase.Setting() || err.Sent != s.sent {
				t.Errorf("%#v", err)
			}
			if !err.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is no timeout of a limit", err)
			}
		})
	}
}
