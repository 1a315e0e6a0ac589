package trace

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err  *Error
		want string
	}{
		{&Error{Phase: Blocked, Addr: "h:80", Limit: time.Second, Setting: "Limits.Blocked", Err: os.ErrDeadlineExceeded}, "waiting for a free connection to h:80: timed out after 1s (set by Limits.Blocked)"},
		{&Error{Phase: DNS, Addr: "h", Err: errors.New("no such host")}, "looking up h: no such host"},
		{&Error{Phase: Connect, Addr: "h:80", Limit: time.Second, Setting: "Limits.Connect", Err: errors.New("tried 1.2.3.4:80")}, "connecting to h:80: timed out after 1s (set by Limits.Connect): tried 1.2.3.4:80"},
		{&Error{Phase: Connect, Proxy: true, Addr: "p:3128", Err: io.EOF}, "connecting to proxy p:3128: EOF"},
		{&Error{Phase: Connect, Proxy: true, Err: io.EOF}, "connecting to proxy: EOF"},
		{&Error{Phase: TLS, Addr: "h:443", Err: io.EOF}, "TLS handshake with h:443: EOF"},
		{&Error{Phase: Send, Err: io.EOF}, "EOF"},
		{&Error{Phase: Send, Sent: true, Err: io.EOF}, "sending to the server: EOF"},
		{&Error{Phase: Wait, Addr: "h:80", Err: context.Canceled}, "waiting for the response of h:80: context canceled"},
		{&Error{Phase: Receive, Addr: "h:80", Err: io.ErrUnexpectedEOF}, "reading the response of h:80: unexpected EOF"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestErrorIs(t *testing.T) {
	limit := error(&Error{Phase: Wait, Limit: time.Second, Err: os.ErrDeadlineExceeded})
	whole := error(&Error{Phase: Wait, Err: context.DeadlineExceeded})
	other := error(&Error{Phase: Wait, Err: io.EOF})
	for _, c := range []struct {
		err                error
		deadline, ctx, eof bool
	}{
		{limit, true, false, false},
		{whole, false, true, false},
		{other, false, false, true},
	} {
		if errors.Is(c.err, os.ErrDeadlineExceeded) != c.deadline || errors.Is(c.err, context.DeadlineExceeded) != c.ctx || errors.Is(c.err, io.EOF) != c.eof {
			t.Errorf("%v is not what it should be to errors.Is", c.err)
		}
		ne, ok := c.err.(net.Error)
		if !ok || ne.Timeout() != (c.deadline || c.ctx) {
			t.Errorf("%v as a net.Error: %v", c.err, ne)
		}
	}
}

func TestEnded(t *testing.T) {
	if err := Ended(context.Background()); err != nil {
		t.Errorf("a context that lasts has ended: %v", err)
	}
	plain, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Ended(plain); err != context.Canceled {
		t.Errorf("%v, want context.Canceled itself", err)
	}
	why := errors.New("enough")
	ctx, stop := context.WithCancelCause(context.Background())
	stop(why)
	err := Ended(ctx)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, why) || err.Error() != "context canceled: enough" {
		t.Errorf("%v, want both how and why", err)
	}
	if te, ok := err.(interface{ Timeout() bool }); !ok || te.Timeout() {
		t.Error("a cancelled context is a timeout")
	}
	late, done := context.WithDeadlineCause(context.Background(), time.Unix(1, 0), why)
	defer done()
	err = Ended(late)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, why) {
		t.Errorf("%v, want both how and why", err)
	}
	if !(&Error{Err: err}).Timeout() {
		t.Error("a passed deadline with a cause is no timeout")
	}
}

func TestMulti(t *testing.T) {
	if Multi() != nil || Multi(nil, nil) != nil {
		t.Error("Multi of nobody is somebody")
	}
	var got []string
	a := Func(func(context.Context, Event) { got = append(got, "a") })
	b := Func(func(context.Context, Event) { got = append(got, "b") })
	Multi(nil, a).Trace(context.Background(), Warning{})
	Multi(a, nil, b).Trace(context.Background(), Warning{})
	if want := "aab"; len(got) != 3 || got[0]+got[1]+got[2] != want {
		t.Errorf("%v were told, want %s", got, want)
	}
}
