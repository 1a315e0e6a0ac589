package conn_test

// Cancelling works in every phase, at once, and the connection is not used again.

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

func TestCancel(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	type upload int
	const (
		none upload = iota
		large
		asked // with Expect: 100-continue
	)
	tests := []struct {
		name   string
		upload upload
		script []any
		phase  trace.Phase
		sent   bool
		came   bool
	}{
		{name: "head not taken", script: []any{Stall(time.Hour)}, phase: trace.Send},
		{name: "head taken in part", script: []any{Expect("GET"), Stall(time.Hour)}, phase: trace.Send, sent: true},
		{name: "body not taken", upload: large, script: []any{ReadHead{}, Stall(time.Hour)}, phase: trace.Wait, sent: true},
		{name: "waiting", script: []any{ReadHead{}, Stall(0)}, phase: trace.Wait, sent: true},
		{name: "waiting for 100", upload: asked, script: []any{ReadHead{}, Stall(0)}, phase: trace.Wait, sent: true},
		{name: "waiting behind a 103", script: []any{ReadHead{}, Send("HTTP/1.1 103 Hints\r\n\r\n"), Stall(0)}, phase: trace.Wait, sent: true, came: true},
		{name: "in the head", script: []any{ReadHead{}, Send(head[:20]), Stall(0)}, phase: trace.Receive, sent: true, came: true},
		{name: "in the body", script: []any{ReadHead{}, Send(head + "hel"), Stall(0)}, phase: trace.Receive, sent: true, came: true},
		{name: "in a chunk size", script: []any{ReadHead{}, Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5"), Stall(0)}, phase: trace.Receive, sent: true, came: true},
		{name: "in an answer to half the body", upload: large, script: []any{ReadHead{}, Send(head + "hel"), Stall(time.Hour)}, phase: trace.Receive, sent: true, came: true},
	}
	why := errors.New("enough")
	contexts := map[string]func(context.Context) (context.Context, func()){
		"cancelled": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancel(ctx)
			return ctx, func() { time.AfterFunc(500*time.Millisecond, cancel) }
		},
		"cancelled with a cause": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			return ctx, func() { time.AfterFunc(500*time.Millisecond, func() { cancel(why) }) }
		},
		"timed out": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
			return ctx, func() { context.AfterFunc(ctx, cancel) }
		},
		"timed out with a cause": func(ctx context.Context) (context.Context, func()) {
			ctx, cancel := context.WithTimeoutCause(ctx, 500*time.Millisecond, why)
			return ctx, func() { context.AfterFunc(ctx, cancel) }
		},
	}
	for _, tt := range tests {
		for how, make := range contexts {
			t.Run(tt.name+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, begin := make(t.Context())
					begin()
					req := get(t).WithContext(ctx)
					if tt.upload != none {
						req.Method, req.Body, req.ContentLength = "POST", spyOn(io.LimitReader(endless{}, 1<<30)), 1<<30
					}
					if tt.upload == asked {
						req.Header.Set("Expect", "100-continue")
					}
					c, p := pipe(t, tt.script...)
					var kept []bool
					c.SetKeeper(keeperFunc(func(ok bool) error {
						kept = append(kept, ok)
						return nil
					}))
					start := time.Now()
					x, err := conn.Prepare(req, &conn.ExchangeOptions{})
					if err != nil {
						t.Fatal(err)
					}
					res, err := c.Do(x)
					if err == nil {
						_, err = io.Copy(io.Discard, res.Body)
						res.Body.Close()
					}
					if took := time.Since(start); took != 500*time.Millisecond {
						t.Errorf("took %v", took)
					}
					e := wantError[*conn.Error](t, err)
					if e.Phase != tt.phase || e.Sent != tt.sent || e.Answered != tt.came || e.Limit != 0 {
						t.Errorf("%v: sent %v, answered %v, limit %v", e, e.Sent, e.Answered, e.Limit)
					}
					timedOut := strings.HasPrefix(how, "timed out")
					if errors.Is(err, context.DeadlineExceeded) != timedOut || errors.Is(err, context.Canceled) == timedOut || e.Timeout() != timedOut {
						t.Errorf("%v", err)
					}
					if errors.Is(err, why) != strings.HasSuffix(how, "cause") {
						t.Errorf("cause: %v", err)
					}
					if !c.Closed() || len(kept) != 1 || kept[0] {
						t.Errorf("closed %v, kept %v", c.Closed(), kept)
					}
					if b, ok := req.Body.(*spy); ok {
						b.checkClosed(t)
					}
					c.Close()
					<-p.done
				})
			})
		}
	}
}

// A context that has ended before anything was sent leaves nothing sent.
func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := newRequest(t, "POST", "http://example.com/", nil).WithContext(ctx)
	req.Body, req.ContentLength = spyOn(strings.NewReader("hello")), 5
	o := exchange(t, req, conn.ExchangeOptions{})
	e := wantError[*conn.Error](t, o.err)
	if e.Sent || e.Phase != trace.Send || !errors.Is(e, context.Canceled) || o.rest != "" {
		t.Errorf("%v, rest %q", e, o.rest)
	}
}

// One that ends while a body's first byte is awaited is heard as well.
func TestCancelledWhileProbing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		req, w, body := upload(t)
		defer w.Close()
		req.Method = "GET"
		start := time.Now()
		_, err := conn.Prepare(req.WithContext(ctx), &conn.ExchangeOptions{})
		e := wantError[*conn.Error](t, err)
		if !errors.Is(e, context.DeadlineExceeded) || e.Sent || time.Since(start) != 100*time.Millisecond {
			t.Errorf("%v after %v", e, time.Since(start))
		}
		body.checkClosed(t)
	})
}

// A body that takes long over its first byte is announced, empty or not.
func TestProbeTakesNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		req, w, _ := upload(t)
		req.Method = "GET"
		time.AfterFunc(time.Second, func() {
			io.WriteString(w, "hi")
			w.Close()
		})
		o := exchange(
			t, req, conn.ExchangeOptions{}, Expect("GET / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n"),
			Expect("1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"), Send(ok2),
		)
		if o.body != "ok" || !o.kept {
			t.Errorf("%q, %v, kept %v", o.body, o.failure(), o.kept)
		}
	})
}

// When the response is over, its context is nobody's business any more.
func TestCancelledAfterwards(t *testing.T) {
	c, p := pipe(t, Expect(plainGet), Send(ok2), Expect(plainGet), Send(ok2))
	ctx, cancel := context.WithCancel(t.Context())
	res, err := c.RoundTrip(get(t).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	readBody(t, res)
	cancel()
	if o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{}); o.body != "ok" {
		t.Error(o.failure())
	}
}

// A context that ends together with the response has woken the connection, or is about to:
// whoever got it next would be woken.
func TestCancelledWithTheLastByte(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		c := conn.New(&memory{response: []byte(ok2), onRead: cancel})
		res, err := c.RoundTrip(get(t).WithContext(ctx))
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		} else {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		if c.Idle() {
			t.Fatal("the connection was kept")
		}
	}
}

// Close, from any goroutine, ends an exchange.
func TestCloseEndsAnExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t, Expect(plainGet), Stall(0))
		time.AfterFunc(time.Second, func() { c.Close() })
		o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
		if e := wantError[*conn.Error](t, o.err); e.Limit != 0 || !errors.Is(e, io.ErrClosedPipe) {
			t.Error(e)
		}
	})
}
