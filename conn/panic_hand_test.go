package conn_test

// Other people's code that panics in the middle of a request.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"reflect"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// Hooks, tracers and bodies are other people's code. When it panics in the middle of a request,
// whoever recovers finds a connection that carries the next one.
func TestPanics(t *testing.T) {
	type boom struct{}
	exploding := readerFunc(func([]byte) (int, error) { panic(boom{}) })
	pieces := func(yield func([]byte) bool) { yield([]byte("x")); panic(boom{}) }
	send := func(body io.Reader, header conn.Fields) func(*testing.T, *conn.Conn) {
		return func(t *testing.T, c *conn.Conn) {
			must(t, c.Request(t.Context(), "POST", "/x", header, body))
			answer(t, c)
		}
	}
	type test struct {
		at    trace.Event // what the tracer panics at; nil: at nothing
		times int         // how often that comes about in what send does
		send  func(*testing.T, *conn.Conn)
	}
	tests := map[string]test{
		"body, at once":           {nil, 1, send(exploding, nil)},
		"body, later":             {nil, 1, send(io.MultiReader(slow("x"), exploding), nil)},
		"body of a length, later": {nil, 1, send(io.MultiReader(slow("x"), exploding), fields("Content-Length", "5"))},
		"Seq":                     {nil, 1, send(conn.Seq(pieces), nil)},
		"Framed":                  {nil, 1, send(conn.Framed(io.MultiReader(slow("1\r\nx\r\n"), exploding)), nil)},
		"ReadFrom": {nil, 1, func(t *testing.T, c *conn.Conn) {
			must(t, c.PutRequest(t.Context(), "POST", "/x"), c.PutHeader("Content-Length", "5"), c.EndHeaders())
			c.ReadFrom(exploding)
		}},
	}
	for _, e := range []struct {
		ev             trace.Event
		noBody, chunks int // how often it comes about
	}{
		{trace.PhaseStart{}, 4, 4},
		{trace.PhaseDone{}, 4, 4},
		{trace.RequestHead{}, 1, 1},
		{trace.ResponseHead{}, 1, 1},
		{trace.Data{}, 1, 2},
		{trace.Trailer{}, 0, 1},
		{trace.Done{}, 1, 1},
	} {
		tests[fmt.Sprintf("tracer, %T, no body", e.ev)] = test{e.ev, e.noBody, func(t *testing.T, c *conn.Conn) {
			must(t, c.PutRequest(t.Context(), "GET", "/x"), c.EndHeaders())
			answer(t, c)
		}}
		tests[fmt.Sprintf("tracer, %T", e.ev)] = test{e.ev, e.chunks, func(t *testing.T, c *conn.Conn) {
			must(t, c.PutRequest(t.Context(), "POST", "/x"), c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders())
			must(t, second(c.Write([]byte("hello"))), c.EndBody(conn.Field{Name: "A", Value: "b"}))
			answer(t, c)
		}}
	}
	for name, tt := range tests {
		for skip := range 2 * tt.times {
			t.Run(fmt.Sprintf("%s/%d", name, skip), func(t *testing.T) {
				armed, left, askFirst := true, skip/2, skip%2 > 0
				opt := conn.Options{Timeout: time.Second}
				if tt.at != nil {
					opt.Tracer = trace.Func(func(_ context.Context, ev trace.Event) {
						if armed && reflect.TypeOf(ev) == reflect.TypeOf(tt.at) {
							if left--; left < 0 {
								armed = false
								panic(boom{})
							}
						}
					})
				}
				c, taps := tapped(t, opt)
				func() {
					defer func() {
						if p := recover(); p != nil && p != any(boom{}) {
							t.Errorf("another panic: %v", p)
						}
					}()
					tt.send(t, c)
				}()
				if armed && tt.at != nil {
					t.Fatal("it does not come to that")
				}
				if askFirst {
					unharmed(t, func() {
						_, err := c.Response()
						if e, ok := errors.AsType[*conn.Error](err); err == nil || ok && e.Timeout() {
							t.Errorf("Response to what nobody asked: %v", err)
						}
					})
				}
				if _, body, err := outcomeOf(t, c, "GET"); err != nil || body != "ok" {
					t.Errorf("the next request: %q, %v", body, err)
					c.Close()
				}
				if _, body, err := outcomeOf(t, c, "GET"); err != nil || body != "ok" {
					t.Errorf("behind a Close: %q, %v", body, err)
				}
				c.Close()
				for i, tap := range *taps {
					if !tap.closed.Load() {
						t.Errorf("socket %d of %d is left open", i+1, len(*taps))
					}
				}
			})
		}
	}
}

// A Dial that panics can be recovered from like all else: by whoever asked for the connection.
// (If it cannot, the process is gone; so that is another.)
func TestDialThatPanics(t *testing.T) {
	if os.Getenv("CONN_TEST_PANIC") == "" {
		test := exec.Command(os.Args[0], "-test.run=^TestDialThatPanics$", "-test.v")
		test.Env = append(os.Environ(), "CONN_TEST_PANIC=1")
		if out, err := test.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out[:min(len(out), 1000)])
		}
		return
	}
	p := &phone{t: t, pair: func(*testing.T) (near, far net.Conn) { return net.Pipe() }, scripts: [][]any{next()}}
	first := true
	c, err := conn.HTTP("example.com", conn.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if first {
			first = false
			panic("in Dial")
		}
		return p.dial(ctx, network, addr)
	}})
	must(t, err)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		c.Request(t.Context(), "GET", "/", nil, nil)
	}()
	wantNext(t, c, p, 1)
	c.Close()
}
