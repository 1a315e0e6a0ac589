package transport

// What is sent again over HTTP/2, and what is not.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

func away(last uint32, code byte) frame {
	return frame{fGoAway, 0, 0, string([]byte{0, 0, byte(last >> 8), byte(last), 0, 0, 0, code})}
}

func refuse(id uint32) frame { return frame{fReset, 0, id, "\x00\x00\x00\x07"} }

// onceBody is a body that can be read but once.
func onceBody(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) }

func TestHTTP2Resend(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		body   io.Reader
		harm   func(p *peer, id uint32) // the first request of a connection that has answered one
		conns  int                      // that there are in the end; 0: it fails
	}{
		{"refused", "POST", strings.NewReader("x"), func(p *peer, id uint32) { p.write(refuse(id)) }, 1},
		{"refused, and the body is gone", "POST", onceBody("x"), func(p *peer, id uint32) {
			p.body(id)
			p.write(refuse(id))
		}, 0},
		{"refused, without a body", "DELETE", nil, func(p *peer, id uint32) { p.write(refuse(id)) }, 1},
		{"not looked at", "POST", strings.NewReader("x"), func(p *peer, id uint32) { p.write(away(id-2, 0)) }, 2},
		{"not looked at, and an error", "POST", strings.NewReader("x"), func(p *peer, id uint32) { p.write(away(id-2, 2)) }, 2},
		{"not looked at, and closed", "PATCH", strings.NewReader("x"), func(p *peer, id uint32) {
			p.write(away(id-2, 0))
			p.c.Close()
		}, 2},
		{"looked at, and closed", "POST", strings.NewReader("x"), func(p *peer, id uint32) {
			p.write(away(id, 0))
			p.c.Close()
		}, 0},
		{"looked at, and closed, of no consequence", "PUT", strings.NewReader("x"), func(p *peer, id uint32) {
			p.write(away(id, 0))
			p.c.Close()
		}, 2},
		{"looked at, and answered", "POST", strings.NewReader("x"), func(p *peer, id uint32) {
			p.write(away(id, 0))
			p.ok(id)
		}, 1},
		{"closed", "POST", strings.NewReader("x"), func(p *peer, id uint32) { p.c.Close() }, 0},
		{"closed, of no consequence", "GET", nil, func(p *peer, id uint32) { p.c.Close() }, 2},
		{"closed, of no consequence, the body gone", "PUT", onceBody("x"), func(p *peer, id uint32) {
			p.body(id)
			p.c.Close()
		}, 0},
		{"broken off", "GET", nil, func(p *peer, id uint32) { p.write(frame{fReset, 0, id, "\x00\x00\x00\x02"}) }, 0},
		{"closed in the body", "GET", nil, func(p *peer, id uint32) {
			p.write(p.head(id, 0, "200"), frame{fData, 0, id, "o"})
			p.c.Close()
		}, 0},
		{"closed after a 1xx", "GET", nil, func(p *peer, id uint32) {
			p.write(p.head(id, 0, "103"))
			p.c.Close()
		}, 0},
		{"frames that break it", "GET", nil, func(p *peer, id uint32) { p.write(frame{fPing, 0, 0, "1"}) }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &Transport{}
				var got []string
				conns := 0
				servePeer(t, tr, func(p *peer) {
					conns = p.n
					n := 0
					p.always(func(id uint32) {
						if n++; p.n == 1 && n == 2 {
							tt.harm(p, id)
							return
						}
						if n > 1 || p.n > 1 {
							if tt.body != nil {
								got = append(got, p.body(id))
							} else {
								got = append(got, "")
							}
						}
						p.ok(id)
					})
				})
				get(t, tr, "http://a/")
				body := newClosableOf(tt.body)
				req := request(t, tt.method, "http://a/", tt.body)
				if body != nil {
					req.Body = body
				}
				res, err := tr.RoundTrip(req)
				if err == nil {
					_, err = io.ReadAll(res.Body)
					res.Body.Close()
				}
				synctest.Wait()
				switch {
				case tt.conns == 0 && err == nil:
					t.Error("no error")
				case tt.conns > 0 && err != nil:
					t.Error(err)
				case tt.conns > 0 && conns != tt.conns:
					t.Errorf("%d connections", conns)
				}
				if err != nil {
					t.Log(err)
				}
				if e, ok := errors.AsType[*Error](err); ok && (tt.name == "refused, and the body is gone") == e.Sent {
					t.Errorf("sent: %v", e.Sent)
				}
				if body != nil && (body.closed.Load() != 1 || body.afterwards.Load() != 0) {
					t.Errorf("body closed %d times, read %d times after that", body.closed.Load(), body.afterwards.Load())
				}
				tr.Close()
				checkEmpty(t, tr)
			})
		})
	}
}

// newClosableOf returns a body that notes how it is treated; nil: there is none.
func newClosableOf(r io.Reader) *closable {
	if r == nil {
		return nil
	}
	return &closable{Reader: r}
}

// A body that has not been touched need not be had again: what failed before it was sent is sent
// elsewhere, body and all.
func TestUntouchedBodyIsSentElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		got := ""
		servePeer(t, tr, func(p *peer) {
			p.always(func(id uint32) {
				if p.n == 1 {
					p.write(refuse(id))
					return
				}
				p.write(p.head(id, 0, "100"))
				got = p.body(id)
				p.ok(id)
			})
		})
		body := newClosable("hello")
		req := request(t, "POST", "http://a/", body)
		req.Header.Set("Expect", "100-continue")
		res, err := tr.RoundTrip(req)
		// The same connection is asked once more, and refuses again; a server that refuses all of
		// them is given up.
		if err == nil {
			t.Fatal(res.Status)
		}
		var e *StreamError
		if !errors.As(err, &e) || e.Name != "REFUSED_STREAM" || got != "" {
			t.Error(err)
		}
		if body.closed.Load() != 1 {
			t.Errorf("closed %d times", body.closed.Load())
		}
		tr.CloseIdleConnections()
		body = newClosable("hello")
		req = request(t, "POST", "http://a/", body)
		req.Header.Set("Expect", "100-continue")
		if do(t, tr, req); got != "hello" {
			t.Errorf("%q", got)
		}
		tr.Close()
		checkEmpty(t, tr)
	})
}

// A server that serves three requests on each connection loses none of them.
func TestThreeRequestsOnEachConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		conns := 0
		servePeer(t, tr, func(p *peer) {
			conns++
			p.settings()
			for n := 1; n <= 3; n++ {
				id, _, _, err := p.request()
				if err != nil {
					return
				}
				if n == 3 {
					p.write(away(id, 0))
				}
				p.ok(id)
			}
			<-time.After(time.Second)
		})
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				if got := do(t, tr, request(t, "POST", "http://a/", strings.NewReader("x"))); got != "ok" {
					t.Error(got)
				}
			})
		}
		all.Wait()
		if conns < 22 || conns > 30 {
			t.Errorf("%d connections", conns)
		}
		tr.Close()
		<-time.After(time.Minute)
		checkEmpty(t, tr)
	})
}

// A server that looks at nothing is not asked for ever.
func TestServerThatLooksAtNothing(t *testing.T) {
	for name, harm := range map[string]func(p *peer, id uint32){
		"going away": func(p *peer, id uint32) { p.write(away(0, 0)) },
		"refusing":   func(p *peer, id uint32) { p.write(refuse(id)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &Transport{}
				asked := 0
				servePeer(t, tr, func(p *peer) {
					p.always(func(id uint32) {
						asked++
						harm(p, id)
					})
				})
				err := fails(t, tr, request(t, "GET", "http://a/", nil))
				if asked != mostVain || err.Sent || !errors.Is(err, conn.ErrHTTP) {
					t.Errorf("%v after %d", err, asked)
				}
				tr.Close()
				<-time.After(time.Minute)
				checkEmpty(t, tr)
			})
		})
	}
}

// Who is misdirected asks once more, over a connection of its own (RFC 9110 15.5.20), whichever
// the protocol is.
func TestMisdirected(t *testing.T) {
	for _, tt := range []struct {
		name   string
		always bool
		body   io.Reader
		want   int // requests
	}{
		{"GET", false, nil, 2},
		{"POST", false, strings.NewReader("x"), 2},
		{"POST of what is gone", false, onceBody("x"), 1},
		{"for ever", true, nil, 2},
	} {
		for _, protocols := range []Protocols{HTTP1, HTTP2} {
			t.Run(tt.name+" "+protocols.String(), func(t *testing.T) {
				var mu sync.Mutex
				var conns []string
				srv, tr := serveHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					conns = append(conns, r.RemoteAddr)
					n := len(conns)
					mu.Unlock()
					if r.URL.Path == "/first" {
						return
					}
					if io.Copy(io.Discard, r.Body); tt.always || n == 2 {
						w.WriteHeader(http.StatusMisdirectedRequest)
					}
				})
				tr.Protocols = protocols
				get(t, tr, srv.URL+"/first")
				req := request(t, "GET", srv.URL, tt.body)
				if tt.body != nil {
					req.Method = "POST"
				}
				var kinds []string
				req = req.WithContext(With(req.Context(), &Overrides{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
					if a, ok := ev.(trace.Attempt); ok {
						kinds = append(kinds, a.Kind)
					}
				})}))
				res, err := tr.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				mu.Lock()
				defer mu.Unlock()
				again := conns[1:]
				if len(again) != tt.want || tt.want == 2 && (again[0] == again[1] || strings.Join(kinds, " ") != "misdirected") {
					t.Errorf("%v, %q", conns, kinds)
				}
				want := http.StatusOK
				if tt.always || tt.want == 1 {
					want = http.StatusMisdirectedRequest
				}
				if res.StatusCode != want {
					t.Errorf("status %d", res.StatusCode)
				}
			})
		}
	}
}
