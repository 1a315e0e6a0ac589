package conn_test

// Limits: a stall in any phase ends in an error that names the phase, the limit and the
// setting, neither too early nor much too late. The time is virtual.

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

func TestStalls(t *testing.T) {
	const (
		limit = 10 * time.Second
		head  = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
		chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	)
	limits := trace.Limits{Send: limit, Wait: limit, Receive: limit}
	tests := []struct {
		name   string
		method string // "": GET; POST sends 1 MiB
		script []any
		after  time.Duration // when the stall begins
		phase  trace.Phase
		sent   bool
		came   bool // something of a response
	}{
		{name: "head not taken", script: []any{Stall(0 * 1)}, phase: trace.Send},
		{name: "head taken in part", script: []any{Expect("GET / HT"), Await(nil)}, phase: trace.Send, sent: true},
		{name: "body not taken", method: "POST", script: []any{ReadHead{}, Await(nil)}, phase: trace.Send, sent: true},
		{name: "body taken in part", method: "POST", script: []any{ReadHead{}, Stall(5 * time.Second), Expect(strings.Repeat("x", 64<<10)), Await(nil)}, after: 5 * time.Second, phase: trace.Send, sent: true},
		{name: "no answer", script: []any{ReadHead{}, Await(nil)}, phase: trace.Wait, sent: true},
		{name: "no answer to a body that took long", method: "POST", script: []any{ReadHead{}, Stall(9 * time.Second), Expect(strings.Repeat("x", 1<<20)), Await(nil)}, after: 9 * time.Second, phase: trace.Wait, sent: true},
		{name: "no final answer behind a 100", script: []any{ReadHead{}, Stall(9 * time.Second), Send("HTTP/1.1 100 Continue\r\n\r\n"), Await(nil)}, after: 9 * time.Second, phase: trace.Wait, sent: true, came: true},
		{name: "in the status line", script: []any{ReadHead{}, Stall(9 * time.Second), Send("H"), Await(nil)}, after: 9 * time.Second, phase: trace.Receive, sent: true, came: true},
		{name: "in the head", script: []any{ReadHead{}, Send(head[:20]), Await(nil)}, phase: trace.Receive, sent: true, came: true},
		{name: "in a head that trickles", script: []any{ReadHead{}, Trickle{head, time.Second}}, phase: trace.Receive, sent: true, came: true},
		{name: "in a 100 that trickles", script: []any{ReadHead{}, Trickle{"HTTP/1.1 100 Continue\r\n\r\n" + head, time.Second}}, phase: trace.Receive, sent: true, came: true},
		{name: "before the body", script: []any{ReadHead{}, Send(head), Await(nil)}, phase: trace.Receive, sent: true, came: true},
		{name: "in the body", script: []any{ReadHead{}, Send(head + "hel"), Await(nil)}, phase: trace.Receive, sent: true, came: true},
		{name: "in the body, again and again", script: []any{ReadHead{}, Send(head), Trickle{"hel", 9 * time.Second}, Await(nil)}, after: 18 * time.Second, phase: trace.Receive, sent: true, came: true},
		{name: "in a chunk size", script: []any{ReadHead{}, Send(chunk + "5"), Await(nil)}, phase: trace.Receive, sent: true, came: true},
		{name: "in a chunk", script: []any{ReadHead{}, Send(chunk + "5\r\nhel"), Await(nil)}, phase: trace.Receive, sent: true, came: true},
		{name: "in a trailer", script: []any{ReadHead{}, Send(chunk + "0\r\nX"), Await(nil)}, phase: trace.Receive, sent: true, came: true},
		{name: "before the end of a body until close", script: []any{ReadHead{}, Send("HTTP/1.1 200 OK\r\n\r\nhello"), Await(nil)}, phase: trace.Receive, sent: true, came: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gone := make(chan struct{})
				for i, step := range tt.script {
					if _, ok := step.(Await); ok {
						tt.script[i] = Await(gone)
					} else if step == Stall(0) {
						tt.script[i] = Await(gone)
					}
				}
				req := get(t)
				if tt.method == "POST" {
					req = newRequest(t, "POST", "http://example.com/", nil)
					req.Body, req.ContentLength = spyOn(strings.NewReader(strings.Repeat("x", 1<<20))), 1<<20
				}
				c, p := pipe(t, tt.script...)
				c.SetKeeper(keeperFunc(func(bool) error {
					close(gone)
					return nil
				}))
				start := time.Now()
				x, err := conn.Prepare(req, &conn.ExchangeOptions{Limits: limits})
				if err != nil {
					t.Fatal(err)
				}
				res, err := c.Do(x)
				if err == nil {
					_, err = io.ReadAll(res.Body)
				}
				took := time.Since(start) - tt.after
				e := wantError[*conn.Error](t, err)
				if e.Phase != tt.phase || e.Limit != limit || e.Setting != tt.phase.Setting() {
					t.Errorf("%v, limit %v, %q; want %v", e.Phase, e.Limit, e.Setting, tt.phase)
				}
				if !errors.Is(err, os.ErrDeadlineExceeded) || !e.Timeout() || e.Err != os.ErrDeadlineExceeded {
					t.Errorf("%#v is no time-out", e)
				}
				if e.Sent != tt.sent || e.Answered != tt.came {
					t.Errorf("sent %v, answered %v", e.Sent, e.Answered)
				}
				if took < limit || took > limit+limit/10 {
					t.Errorf("took %v, want between %v and a tenth more", took, limit)
				}
				if !c.Closed() {
					t.Error("the connection was left open")
				}
				<-p.done
			})
		})
	}
}

// keeperFunc is a Keeper made of a function.
type keeperFunc func(ok bool) error

func (f keeperFunc) Keep(ok bool) error { return f(ok) }

// A deadline that is near enough stays where it is, but a limit is never overstepped by more
// than a tenth, be the one before it longer.
func TestLimitAfterALongerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := trace.Limits{Wait: 12 * time.Second, Receive: 10 * time.Second}
		o := exchange(
			t, get(t), conn.ExchangeOptions{Limits: limits},
			Expect(plainGet), Stall(1300*time.Millisecond), Send("HTTP/1.1 200 OK\r\n"), Stall(0),
		)
		e := wantError[*conn.Error](t, o.err)
		if took := time.Since(bubbleStart) - 1300*time.Millisecond; took < 10*time.Second || took > 11*time.Second {
			t.Errorf("took %v of a limit of %v", took, e.Limit)
		}
	})
}

// bubbleStart is the time at which each bubble of synctest begins.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// No limit is no limit: an answer may take a year.
func TestNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		year := Stall(365 * 24 * time.Hour)
		o := exchange(
			t, get(t), conn.ExchangeOptions{Limits: trace.Limits{Send: -1, Wait: -1, Receive: -1}},
			year, Expect(plainGet), year, Send(ok2[:20]), year, Send(ok2[20:]),
		)
		if o.body != "ok" || !o.kept {
			t.Errorf("%q, %v", o.body, o.failure())
		}
	})
}

// A limit of one exchange is not in the way of the next.
func TestLimitsOfTheExchangeBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t, Expect(plainGet), Send(ok2), Stall(time.Hour), Expect(plainGet), Stall(time.Minute), Send(ok2))
		x, err := conn.Prepare(get(t), &conn.ExchangeOptions{Limits: trace.Limits{Send: time.Second, Wait: time.Second, Receive: time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(x)
		if err != nil {
			t.Fatal(err)
		}
		readBody(t, res)
		<-time.After(30 * time.Minute)
		opt := conn.ExchangeOptions{Limits: trace.Limits{Send: -1, Wait: 2 * time.Minute, Receive: -1}}
		if o := exchangeOn(t, c, p, get(t), opt); o.body != "ok" {
			t.Error(o.failure())
		}
	})
}

// A stream may be silent for as long as it likes, unless its reader has set a limit.
func TestStreaming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var streaming atomic.Bool
		streaming.Store(true)
		script := []any{Expect(plainGet), Send(ok2[:len(ok2)-1]), Stall(24 * time.Hour), Send("k")}
		o := exchange(t, get(t), conn.ExchangeOptions{Streaming: &streaming}, script...)
		if o.body != "ok" {
			t.Error(o.failure())
		}
		o = exchange(t, get(t), conn.ExchangeOptions{Streaming: &streaming, Limits: trace.Limits{Receive: time.Minute}}, script...)
		if e := wantError[*conn.Error](t, o.readErr); e.Limit != time.Minute {
			t.Error(e)
		}
		streaming.Store(false)
		o = exchange(t, get(t), conn.ExchangeOptions{Streaming: &streaming}, script...)
		if e := wantError[*conn.Error](t, o.readErr); e.Limit != time.Minute {
			t.Error(e)
		}
	})
}

// A server that we cannot write to any more is heard for a moment, in case it has said why.
func TestLastWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := deafPipe()
		p := startPeer(t, far, Stall(0))
		c := conn.New(near)
		t.Cleanup(func() {
			c.Close()
			<-p.done
		})
		req := newRequest(t, "POST", "http://example.com/", nil)
		req.Body = spyOn(strings.NewReader("hello"))
		start := time.Now()
		o := exchangeOn(t, c, p, req, conn.ExchangeOptions{})
		e := wantError[*conn.Error](t, o.err)
		if e.Phase != trace.Send || !errors.Is(e, io.ErrClosedPipe) || e.Answered {
			t.Errorf("%#v", e)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
