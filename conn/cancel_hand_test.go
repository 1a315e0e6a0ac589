package conn_test

// Requests put by hand that are broken off: by their context, by a limit, by Close, by the
// server. Whatever waits returns at once, with the reason; nobody is left behind; and the next
// request works on another connection. The time is virtual where nothing is said.

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A wait is one that a request can be in.
type wait struct {
	name   string
	method string      // "": GET; POST sends a large body
	header conn.Fields // of the request
	tunnel bool
	secure bool
	script []any // nil: nobody even connects
	phase  trace.Phase
}

const okHead = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"

var waits = []wait{
	{name: "connecting", phase: trace.Connect},
	{name: "CONNECT not taken", tunnel: true, script: script(Stall(time.Hour)), phase: trace.Connect},
	{name: "waiting for the tunnel", tunnel: true, script: script(ReadHead{}, Stall(0)), phase: trace.Connect},
	{name: "in the head of the tunnel", tunnel: true, script: script(ReadHead{}, Send("HTTP/1.1 200"), Stall(0)), phase: trace.Connect},
	{name: "in a refusal", tunnel: true, script: script(ReadHead{}, Send("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhe"), Stall(0)), phase: trace.Connect},
	{name: "TLS", secure: true, script: script(Stall(0)), phase: trace.TLS},
	{name: "TLS through the tunnel", secure: true, tunnel: true, script: script(ReadHead{}, Send("HTTP/1.1 200 OK\r\n\r\n"), Stall(0)), phase: trace.TLS},
	{name: "head not taken", script: script(Stall(time.Hour)), phase: trace.Send},
	{name: "head taken in part", script: script(Expect("GET"), Stall(time.Hour)), phase: trace.Send},
	{name: "body not taken", method: "POST", script: script(ReadHead{}, Stall(time.Hour)), phase: trace.Send},
	{name: "waiting for 100", method: "POST", header: fields("Expect", "100-continue"), script: script(ReadHead{}, Stall(0)), phase: trace.Wait},
	{name: "in the head of a 100", method: "POST", header: fields("Expect", "100-continue"), script: script(ReadHead{}, Send("HTTP/1.1 1"), Stall(0)), phase: trace.Receive},
	{name: "waiting", script: script(ReadHead{}, Stall(0)), phase: trace.Wait},
	{name: "waiting behind a 103", script: script(ReadHead{}, Send("HTTP/1.1 103 Hints\r\n\r\n"), Stall(0)), phase: trace.Wait},
	{name: "in the head", script: script(ReadHead{}, Send(okHead[:20]), Stall(0)), phase: trace.Receive},
	{name: "in the body", script: script(ReadHead{}, Send(okHead+"he"), Stall(0)), phase: trace.Receive},
	{name: "in a chunk size", script: script(ReadHead{}, Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5"), Stall(0)), phase: trace.Receive},
	{name: "in a trailer", script: script(ReadHead{}, Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX"), Stall(0)), phase: trace.Receive},
	{name: "in a body until close", script: script(ReadHead{}, Send("HTTP/1.1 200 OK\r\n\r\nhello"), Stall(0)), phase: trace.Receive},
}

// dial returns a connection that will wait so, once; later it reaches a peer that answers.
func (w *wait) dial(t *testing.T, opt conn.Options) (*conn.Conn, *phone) {
	t.Helper()
	p := &phone{t: t, pair: func(*testing.T) (near, far net.Conn) { return net.Pipe() }, scripts: [][]any{w.script, next()}}
	opt.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if w.script == nil && p.count() == 0 {
			p.mu.Lock()
			p.dialed = append(p.dialed, addr)
			p.mu.Unlock()
			<-ctx.Done()
			return nil, errNobody
		}
		return p.dial(ctx, network, addr)
	}
	open := conn.HTTP
	if w.secure {
		open = conn.HTTPS
	}
	c, err := open("example.com", opt)
	must(t, err)
	if w.tunnel {
		must(t, c.SetTunnel("origin.example", nil))
	}
	t.Cleanup(func() { c.Close() })
	return c, p
}

// run sends the request, and reads the response, until something fails; Response, asked then,
// must say the same.
func (w *wait) run(t *testing.T, ctx context.Context, c *conn.Conn) (*conn.Response, error) {
	t.Helper()
	method, body := "GET", io.Reader(nil)
	if w.method != "" {
		method, body = w.method, io.LimitReader(endless{}, 1<<30)
	}
	if err := c.Request(ctx, method, "/", w.header, body); err != nil {
		failed := time.Now()
		if _, again := c.Response(); again != err {
			t.Errorf("Response: %v, want %v", again, err)
		}
		if more := time.Since(failed); more > time.Second+time.Second/10 || ctx.Err() != nil && more > 0 {
			t.Errorf("Response took another %v", more)
		}
		return nil, err
	}
	res, err := c.Response()
	if err != nil {
		return nil, err
	}
	_, err = res.ReadAll(nil)
	return res, err
}

// again checks that the connection can be used anew: with the second script.
func (w *wait) again(t *testing.T, c *conn.Conn, p *phone) {
	t.Helper()
	if !c.Closed() && p.count() == 1 && w.phase > trace.TLS {
		t.Error("left open")
	}
	if w.secure || w.tunnel {
		return // the peer speaks neither TLS nor CONNECT
	}
	if err := c.Request(context.Background(), "GET", "/", nil, nil); err != nil {
		t.Errorf("the next request: %v", err)
		return
	}
	res, err := c.Response()
	if err != nil {
		t.Errorf("the next response: %v", err)
		return
	}
	if body, err := res.ReadAll(nil); string(body) != "ok" || err != nil || p.count() != 2 {
		t.Errorf("the next body: %q, %v, %d connections", body, err, p.count())
	}
}

const handPatience = 500 * time.Millisecond

// A context that ends ends each wait at once.
func TestHandCancel(t *testing.T) {
	why := errors.New("enough")
	for _, w := range waits {
		for name, make := range map[string]func(context.Context) (context.Context, func()){
			"cancelled": func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithCancel(ctx)
				return ctx, func() { time.AfterFunc(handPatience, cancel) }
			},
			"cancelled with a cause": func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithCancelCause(ctx)
				return ctx, func() { time.AfterFunc(handPatience, func() { cancel(why) }) }
			},
			"timed out": func(ctx context.Context) (context.Context, func()) {
				ctx, cancel := context.WithTimeout(ctx, handPatience)
				return ctx, func() { context.AfterFunc(ctx, cancel) }
			},
		} {
			t.Run(w.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := w.dial(t, conn.Options{})
					ctx, begin := make(context.Background())
					begin()
					start := time.Now()
					_, err := w.run(t, ctx, c)
					if took := time.Since(start); took != handPatience {
						t.Errorf("took %v", took)
					}
					e := wantError[*conn.Error](t, err)
					if w.name == "in a refusal" { // which stands, though it is cut
						wantError[*conn.TunnelError](t, err)
						return
					}
					if !errors.Is(err, ctx.Err()) || e.Limit != 0 || errors.Is(err, why) != strings.HasSuffix(name, "cause") || e.Timeout() != (name == "timed out") {
						t.Errorf("%#v", e)
					}
					if e.Phase != w.phase || e.Proxy != (w.tunnel && w.phase == trace.Connect) {
						t.Errorf("%v, proxy %v: %v", e.Phase, e.Proxy, e)
					}
					w.again(t, c, p)
				})
			})
		}
	}
}

// One that has ended already leaves nothing sent, and nothing opened.
func TestHandCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, p := dialing(t, "example.com", conn.Options{}, next())
	err := c.Request(ctx, "POST", "/", nil, strings.NewReader("x"))
	if e := wantError[*conn.Error](t, err); e.Sent || !errors.Is(err, context.Canceled) {
		t.Errorf("%#v", e)
	}
	if _, again := c.Response(); again != err {
		t.Errorf("Response: %v", again)
	}
	wantNext(t, c, p, 1)
	other, err := conn.HTTP("127.0.0.1:1", conn.Options{})
	must(t, err)
	if err := other.Connect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Connect: %v", err)
	}
}

// Close, from another goroutine, ends each wait at once.
func TestHandClose(t *testing.T) {
	for _, w := range waits {
		t.Run(w.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := w.dial(t, conn.Options{})
				time.AfterFunc(handPatience, func() { c.Close() })
				start := time.Now()
				_, err := w.run(t, context.Background(), c)
				if took := time.Since(start); took != handPatience {
					t.Errorf("took %v", took)
				}
				e := wantError[*conn.Error](t, err)
				if e.Limit != 0 || e.Timeout() || errors.Is(err, context.Canceled) {
					t.Errorf("%#v", e)
				}
				if w.phase <= trace.TLS && !errors.Is(err, conn.ErrNotConnected) {
					t.Error(err)
				}
				w.again(t, c, p)
			})
		})
	}
}

// A limit ends the wait that it is for, says so, and how to move it.
func TestHandLimits(t *testing.T) {
	const limit = 10 * time.Second
	all := trace.Limits{Connect: limit, TLS: limit, Send: limit, Wait: limit, Receive: limit}
	for _, w := range waits {
		if w.name == "waiting for 100" {
			continue // which has its own: see below
		}
		for name, opt := range map[string]conn.Options{"Limits": {Limits: all}, "Timeout": {Timeout: limit}} {
			t.Run(w.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := w.dial(t, opt)
					start, limit, setting := time.Now(), limit, w.phase.Setting()
					if name == "Timeout" {
						setting = "Options.Timeout"
					}
					if w.name == "in a refusal" {
						limit = time.Second // for its body, whatever the limits are: it stands
					}
					_, err := w.run(t, context.Background(), c)
					if took := time.Since(start); took < limit || took > limit+limit/10+time.Second+time.Second/10 {
						t.Errorf("took %v", took)
					}
					e := wantError[*conn.Error](t, err)
					if w.name == "in a refusal" {
						wantError[*conn.TunnelError](t, err)
						return
					}
					if e.Phase != w.phase || e.Limit != limit || e.Setting != setting || !e.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("%#v", e)
					}
					if errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("no context has ended: %#v", e)
					}
					w.again(t, c, p)
				})
			})
		}
	}
}

// A server that does not say 100 within a second is sent the body, whatever the limit of Wait.
func TestHandExpectIsPatientForASecond(t *testing.T) {
	for _, limit := range []time.Duration{0, 100 * time.Millisecond, -1} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := dialing(t, "example.com", conn.Options{Limits: trace.Limits{Wait: limit}},
				script(ReadHead{}, Expect("5\r\nhello\r\n0\r\n\r\n"), Send(ok2)))
			start := time.Now()
			must(t, c.Request(context.Background(), "POST", "/", fields("Expect", "100-continue"), slow("hello")))
			if _, body := answer(t, c); body != "ok" {
				t.Error(body)
			}
			if took := time.Since(start); took < time.Second || took > time.Second+time.Second/10 {
				t.Errorf("%v: took %v", limit, took)
			}
		})
	}
}

// Close in the middle of a request ends it, though nothing of it has been sent, wherever the
// steps are; also if it is the reading of the body that takes its time.
func TestHandCloseBetweenSteps(t *testing.T) {
	ctx := t.Context()
	for name, run := range map[string]func(c *conn.Conn) error{
		"in the head": func(c *conn.Conn) error {
			return errors.Join(c.PutRequest(ctx, "POST", "/evil"), c.Close(), c.PutHeader("X", "y"))
		},
		"behind the head": func(c *conn.Conn) error {
			must(t, c.PutRequest(ctx, "POST", "/evil"), c.PutHeader("Content-Length", "4"), c.EndHeaders(), c.Close())
			_, err := io.WriteString(c, "evil")
			return err
		},
		"in the body, before Response": func(c *conn.Conn) error {
			must(t, c.Request(ctx, "GET", "/", nil, nil), c.Close())
			_, err := c.Response()
			return err
		},
		"in the body's first Read": func(c *conn.Conn) error {
			return c.Request(ctx, "POST", "/evil", nil, io.MultiReader(readerFunc(func([]byte) (int, error) {
				c.Close()
				return 0, io.EOF
			}), slow("evil")))
		},
		"in the body's second Read": func(c *conn.Conn) error {
			return c.Request(ctx, "POST", "/", nil, io.MultiReader(slow("x"), readerFunc(func([]byte) (int, error) {
				c.Close()
				return 0, io.EOF
			}), slow("evil")))
		},
		"in Dial": nil,
	} {
		t.Run(name, func(t *testing.T) {
			var c *conn.Conn
			closing := name == "in Dial"
			p := &phone{t: t, pair: func(*testing.T) (near, far net.Conn) { return net.Pipe() }}
			p.scripts = [][]any{script(Drain{}), next(), next()}
			opt := conn.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if nc, err := p.dial(ctx, network, addr); !closing {
					return nc, err
				} else {
					closing = false
					c.Close()
					return nc, err
				}
			}}
			c, err := conn.HTTP("example.com", opt)
			must(t, err)
			defer func() { c.Close() }()
			if run == nil {
				run = func(c *conn.Conn) error { return c.Request(ctx, "GET", "/", nil, nil) }
			} else if strings.HasPrefix(name, "in the body") {
				must(t, c.Connect(ctx))
			} else {
				p.scripts = p.scripts[1:]
			}
			if err := run(c); err == nil {
				t.Error("no error")
			}
			if _, _, err := outcomeOf(t, c, "GET"); err != nil {
				t.Error(err)
			}
		})
	}
}
