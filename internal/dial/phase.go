// What all phases have in common: a limit, a clock, a tracer, and the question who is to
// blame when time is up.

package dial

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"example.com/godwit/trace"
)

// A phase is one that is under way.
type phase struct {
	*Exchange
	phase    trace.Phase
	addr     string
	ctx      context.Context // the caller's, without the limit
	limited  context.Context // ends with the limit
	cancel   context.CancelFunc
	start    time.Time
	spent    time.Duration // of the limit, before start
	limit    time.Duration // 0: none
	deadline time.Time     // of the limit
}

// begin starts a phase. The context returned ends with the limit; cancel must be called
// when the phase is over, after end.
func (x *Exchange) begin(ctx context.Context, p trace.Phase, addr string) (*phase, context.Context, context.CancelFunc) {
	ph := &phase{Exchange: x, phase: p, addr: addr, ctx: ctx, limit: x.Limits.Of(p)}
	ph.run()
	return ph, ph.limited, ph.cancel
}

// run starts the clock.
func (ph *phase) run() {
	ph.start = time.Now()
	if ph.Tracer != nil {
		ph.Tracer.Trace(ph.ctx, trace.PhaseStart{Exchange: ph.ID, Phase: ph.phase, Addr: ph.addr})
	}
	if ph.limit == 0 {
		ph.limited, ph.cancel = ph.ctx, func() {}
		return
	}
	ph.deadline = ph.start.Add(ph.limit - ph.spent)
	ph.limited, ph.cancel = context.WithDeadline(ph.ctx, ph.deadline)
}

// resume goes on, with what is left of the limit, after an end that was none: with nc, which is
// closed should whoever is told of that panic.
func (ph *phase) resume(nc net.Conn) {
	ph.cancel()
	closeUnless(nc, ph.run)
}

// end closes the phase, and returns nil for nil, or else a *trace.Error that says why.
func (ph *phase) end(err error) error {
	took := time.Since(ph.start)
	ph.spent += took
	if ph.Timings != nil {
		ph.Timings.Add(ph.phase, took)
	}
	if err != nil {
		err = ph.blame(err)
	}
	if ph.Tracer != nil {
		ph.Tracer.Trace(ph.ctx, trace.PhaseDone{Exchange: ph.ID, Phase: ph.phase, Addr: ph.addr, Err: err})
	}
	return err
}

// keep ends a phase that has opened a connection, which it returns. Should whoever is told of
// that panic, the connection is closed: nobody else knows of it.
func (ph *phase) keep(nc net.Conn) net.Conn {
	closeUnless(nc, func() { _ = ph.end(nil) })
	return nc
}

// closeUnless runs f, and closes nc if that panics.
func closeUnless(nc net.Conn, f func()) {
	done := false
	defer func() {
		if !done {
			nc.Close()
		}
	}()
	f()
	done = true
}

// blame makes the error of the phase. Once the context or the limit has ended, that is the
// cause, whatever the last step said: an interrupted step fails in many ways.
func (ph *phase) blame(err error) *trace.Error {
	e := &trace.Error{Phase: ph.phase, Addr: ph.addr, Proxy: ph.Proxy, Err: err}
	refused, stands := err.(*Refusal)
	if stands {
		e.Err = refused.Err
	}
	if late, ok := err.(*trace.Error); ok && late.Phase == trace.TLS {
		// In TLS 1.3 a proxy judges our certificate after the handshake is over for us.
		e.Phase, e.Err = late.Phase, late.Err
	}
	tried, ok := errors.AsType[*ConnectError](err)
	switch why := ph.interrupted(); {
	case why == nil, stands && why == os.ErrDeadlineExceeded:
	case why == os.ErrDeadlineExceeded:
		e.Limit, e.Setting = ph.limit, ph.phase.Setting()
		if !ok { // the list of addresses tried says more
			e.Err = why
		}
	case ok:
		tried.Err = why
	default:
		e.Err = why
	}
	return e
}

// interrupted returns why the phase had to stop: os.ErrDeadlineExceeded for its own limit,
// what [ended] says for the caller's context, nil if neither.
//
// It asks the clock, not the error: a socket's deadline is set to the earlier of the two and
// may pass an instant before the context knows.
func (ph *phase) interrupted() error {
	now := time.Now()
	limit := ph.limit > 0 && !now.Before(ph.deadline)
	if d, ok := ph.ctx.Deadline(); ok && !now.Before(d) && !(limit && ph.deadline.Before(d)) {
		awaitEnd(ph.ctx)
		return ended(ph.ctx)
	}
	if errors.Is(ph.ctx.Err(), context.Canceled) || ph.ctx.Err() != nil && !limit {
		return ended(ph.ctx)
	}
	if limit {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// awaitEnd waits until a context whose deadline has passed knows it. It is a matter of
// microseconds; the bound is for contexts that are not true to their word.
func awaitEnd(ctx context.Context) {
	t := time.NewTimer(100 * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// ended returns how a context ended. Its deadline may pass an instant before it knows.
func ended(ctx context.Context) error {
	if err := trace.Ended(ctx); err != nil {
		return err
	}
	return context.DeadlineExceeded
}
