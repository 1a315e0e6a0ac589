package conn_test

// A request over plain TCP is written and its answer awaited in one wait for the socket, on
// systems that can. Here is what that has in common with two.

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

func TestStallsOverTCP(t *testing.T) {
	const limit = 200 * time.Millisecond
	tests := []struct {
		name   string
		field  int // bytes of a field, to fill the socket's buffers
		script []any
		phase  trace.Phase
		came   bool
	}{
		{name: "head not taken", field: 16 << 20, script: []any{Await(nil)}, phase: trace.Send},
		{name: "no answer", script: []any{Expect(plainGet), Stall(0)}, phase: trace.Wait},
		{name: "no final answer", script: []any{Expect(plainGet), Send(goOn), Stall(0)}, phase: trace.Wait, came: true},
		{name: "in the head", script: []any{Expect(plainGet), Send(ok2[:20]), Stall(0)}, phase: trace.Receive, came: true},
		{name: "in the body", script: []any{Expect(plainGet), Send(ok2[:len(ok2)-1]), Stall(0)}, phase: trace.Receive, came: true},
	}
	for _, tt := range tests {
		for _, how := range []string{"limit", "context"} {
			t.Run(tt.name+"/"+how, func(t *testing.T) {
				start, gone := time.Now(), make(chan struct{})
				if _, ok := tt.script[0].(Await); ok {
					tt.script[0] = Await(gone)
				}
				req, opt, least := get(t), conn.ExchangeOptions{}, limit
				if tt.field > 0 {
					req.Header.Set("X", strings.Repeat("x", tt.field))
				}
				if how == "limit" {
					opt.Limits = trace.Limits{Send: limit, Wait: limit, Receive: limit}
				} else {
					if tt.field > 0 {
						least = 2 * time.Second // a large head takes time before it is sent
					}
					ctx, cancel := context.WithTimeout(t.Context(), least)
					defer cancel()
					req = req.WithContext(ctx)
				}
				c, p := loopback(t, tt.script...)
				o := doOn(t, c, req, opt)
				took := time.Since(start)
				close(gone)
				<-p.done
				e := wantError[*conn.Error](t, o.failure())
				if e.Phase != tt.phase || !e.Sent || e.Answered != tt.came || !e.Timeout() {
					t.Errorf("%v: sent %v, answered %v", e, e.Sent, e.Answered)
				}
				if how == "limit" && (e.Limit != limit || !errors.Is(e, os.ErrDeadlineExceeded)) ||
					how == "context" && (e.Limit != 0 || !errors.Is(e, context.DeadlineExceeded)) {
					t.Errorf("%#v", e)
				}
				if took < least || took > least+5*time.Second {
					t.Errorf("took %v", took)
				}
				if !c.Closed() {
					t.Error("left open")
				}
			})
		}
	}
}

// doOn sends a request and reads the response to its end.
func doOn(t *testing.T, c *conn.Conn, req *http.Request, opt conn.ExchangeOptions) (o outcome) {
	t.Helper()
	x, err := conn.Prepare(req, &opt)
	if err != nil {
		t.Fatal(err)
	}
	if o.res, o.err = c.Do(x); o.err == nil {
		var data []byte
		data, o.readErr = io.ReadAll(o.res.Body)
		o.body = string(data)
		o.res.Body.Close()
	}
	return o
}

// A head that the socket does not take at once goes out in whole all the same.
func TestLargeHeadOverTCP(t *testing.T) {
	req := get(t)
	large := strings.Repeat("x", 16<<20)
	req.Header.Set("X", large)
	c, p := loopback(t, Expect(strings.TrimSuffix(plainGet, "\r\n")+"X: "+large+"\r\n\r\n"), Send(ok2))
	if o := exchangeOn(t, c, p, req, conn.ExchangeOptions{}); o.body != "ok" || !o.kept {
		t.Errorf("%q, %v, kept %v", o.body, o.failure(), o.kept)
	}
}

// Exchanges follow one another, with pauses in which limits of the one before run out.
func TestExchangesInTurnOverTCP(t *testing.T) {
	const limit = 200 * time.Millisecond
	pause := Stall(2 * limit)
	c, _ := loopback(
		t, Expect(plainGet), Send(ok2), Expect(plainGet), pause, Send(ok2),
		Expect(plainGet), Send(ok2[:20]), pause, Send(ok2[20:]), Expect(plainGet), Send(empty),
	)
	for i, limits := range []trace.Limits{{Send: limit, Wait: limit, Receive: limit}, {Receive: limit}, {Wait: limit}, {}} {
		if o := doOn(t, c, get(t), conn.ExchangeOptions{Limits: limits}); o.failure() != nil || !c.Idle() {
			t.Fatalf("exchange %d: %v, idle %v", i, o.failure(), c.Idle())
		}
		if i == 0 {
			<-time.After(2 * limit)
		}
	}
}

// Close ends a wait for the answer.
func TestCloseEndsAnExchangeOverTCP(t *testing.T) {
	asked := make(chan struct{})
	c, p := loopback(t, Expect(plainGet), Tell(asked), Stall(0))
	go func() { // ends with the peer's step
		<-asked
		c.Close()
	}()
	o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
	if e := wantError[*conn.Error](t, o.err); e.Limit != 0 || !e.Sent || e.Answered {
		t.Errorf("%#v", e)
	}
}

// A reset in place of an answer is what package net makes of it, so that whoever asks for a
// *net.OpError or ECONNRESET finds it.
func TestResetOverTCP(t *testing.T) {
	c, p := loopback(t, Expect(plainGet), Reset{})
	o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
	e := wantError[*conn.Error](t, o.err)
	if !errors.Is(e, syscall.ECONNRESET) || !e.Sent || e.Answered || e.Phase != trace.Wait {
		t.Errorf("%v: sent %v, answered %v", e, e.Sent, e.Answered)
	}
	op := wantError[*net.OpError](t, e)
	if op.Op != "read" || op.Net != "tcp" || op.Addr == nil || op.Addr.String() != e.Addr {
		t.Errorf("%#v", op)
	}
}
