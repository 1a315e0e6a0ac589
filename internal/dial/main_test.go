// A network made of values, for the tests that are about time; the others use loopback.

package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/godwit/trace"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// errRefused is what net returns for a port on which nobody listens.
var errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}

// An answer is how an address of a fakeNet answers: after a while, with err or, if that is
// nil, a connection. If it is deaf it does not obey the context.
type answer struct {
	after time.Duration
	err   error
	deaf  bool
}

const never = 1000 * time.Hour

// A fakeNet opens connections as its answers say, by the clock of a synctest bubble.
type fakeNet struct {
	answers map[string]answer // by address without port; none: never
	began   time.Time

	mu     sync.Mutex // guards the following
	starts []string   // "address@when"
	conns  map[string]*fakeConn
}

func newFakeNet(answers map[string]answer) *fakeNet {
	return &fakeNet{answers: answers, began: time.Now(), conns: map[string]*fakeConn{}}
}

func (f *fakeNet) connect(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	name := addr.Addr().String()
	a, ok := f.answers[name]
	if !ok {
		a = answer{after: never}
	}
	f.mu.Lock()
	f.starts = append(f.starts, fmt.Sprintf("%s@%v", name, time.Since(f.began)))
	f.mu.Unlock()
	done := ctx.Done()
	if a.deaf {
		done = nil
	}
	select {
	case <-time.After(a.after):
	case <-done:
		return nil, ctx.Err()
	}
	if a.err != nil {
		return nil, a.err
	}
	c := &fakeConn{}
	f.mu.Lock()
	f.conns[name] = c
	f.mu.Unlock()
	return c, nil
}

// A fakeConn knows only whether it was closed.
type fakeConn struct {
	net.Conn
	closed atomic.Bool
}

func (c *fakeConn) Close() error { c.closed.Store(true); return nil }

// A fakeResolver answers after a while. If it is deaf it does not obey the context.
type fakeResolver struct {
	after time.Duration
	addrs []string
	err   error
	deaf  bool

	mu    sync.Mutex // guards the following
	asked []string
}

func (r *fakeResolver) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	r.mu.Lock()
	r.asked = append(r.asked, network+" "+host)
	r.mu.Unlock()
	done := ctx.Done()
	if r.deaf {
		done = nil
	}
	select {
	case <-time.After(r.after):
	case <-done:
		return nil, ctx.Err()
	}
	var addrs []netip.Addr
	for _, a := range r.addrs {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, r.err
}

// phaseError fails the test if err is not a *trace.Error of that phase.
func phaseError(t testing.TB, err error, p trace.Phase) *trace.Error {
	t.Helper()
	e, ok := err.(*trace.Error)
	if !ok {
		t.Fatalf("%T %v, want a *trace.Error", err, err)
	}
	if e.Phase != p {
		t.Errorf("phase %v, want %v", e.Phase, p)
	}
	return e
}

// checkLimit fails the test if the error is not that of the phase's own limit.
func checkLimit(t testing.TB, err error, p trace.Phase, limit time.Duration) {
	t.Helper()
	e := phaseError(t, err, p)
	if e.Limit != limit || e.Setting != p.Setting() || !e.Timeout() {
		t.Errorf("limit %v by %q, timeout %v; want %v by %q", e.Limit, e.Setting, e.Timeout(), limit, p.Setting())
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("it is not, or not only, os.ErrDeadlineExceeded: %v", err)
	}
}

// checkEnded fails the test if the error is not that of a context that ended with these.
func checkEnded(t testing.TB, err error, p trace.Phase, want ...error) {
	t.Helper()
	e := phaseError(t, err, p)
	if e.Limit != 0 || e.Setting != "" {
		t.Errorf("laid on the limit %v", e.Limit)
	}
	for _, w := range want {
		if !errors.Is(err, w) {
			t.Errorf("%v is not %v", err, w)
		}
	}
	if timeout := errors.Is(err, context.DeadlineExceeded); e.Timeout() != timeout {
		t.Errorf("Timeout %v: %v", e.Timeout(), err)
	}
}
