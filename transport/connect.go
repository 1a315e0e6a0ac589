package transport

import (
	"net/http/httptrace"
	"os"
	"time"

	"example.com/godwit/trace"
)

// connect finds a connection that is idle, or opens one. fresh demands a new one.
func (r *trip) connect(fresh bool) (*pooled, error) {
	if r.client != nil && r.client.GetConn != nil {
		r.client.GetConn(r.dialled())
	}
	for {
		g, err := r.grant(fresh)
		if err != nil {
			return nil, err
		}
		c, err := r.use(g)
		if c != nil || err != nil {
			return c, err
		}
	}
}

// dialled returns the address that a new connection would be opened to.
func (r *trip) dialled() string {
	if r.login != nil {
		return r.login.proxy.addr()
	}
	return r.key.addr()
}

// use makes a connection of what the pool has granted. nil without an error means that it was
// of no use.
func (r *trip) use(g grant) (*pooled, error) {
	c, settled := g.conn, false
	defer func() {
		if !settled { // a hook, a tracer or a Dial has panicked
			closeBody(r.req)
			r.giveBack(g.host, c)
		}
	}()
	if g.waited && c != nil && !c.Alive() {
		c.Close()
		c = nil // and another in its place: who has waited does not wait again
	}
	if c == nil {
		nc, err := r.dial()
		if err != nil {
			settled = true
			r.t.pool.release(g.host)
			return nil, err
		}
		c = r.newPooled(nc, g.host)
	} else if (r.client != nil || r.opt.Tracer != nil) && !c.Alive() {
		// Do looks at the connection once more, and as a rule for the first time: here it
		// is only for those who are to be told nothing that is not true.
		settled = true
		r.giveBack(g.host, c)
		return nil, nil
	}
	r.chosen(c)
	settled = true
	return c, nil
}

// giveBack closes what came of a grant, and counts it out.
func (r *trip) giveBack(h *host, c *pooled) {
	if c != nil {
		c.Close()
	}
	r.t.pool.release(h)
}

// chosen tells whoever listens which connection it is.
func (r *trip) chosen(c *pooled) {
	if r.report != nil {
		r.report.describe(c)
	}
	if r.client != nil && r.client.GotConn != nil {
		info := httptrace.GotConnInfo{Conn: c.NetConn(), Reused: c.Used()}
		if info.Reused {
			info.WasIdle, info.IdleTime = true, c.idleFor(ticks())
		}
		r.client.GotConn(info)
	}
	if r.opt.Tracer != nil {
		rule := "opened, because none was idle"
		if c.Used() {
			rule = "reused, because it was idle"
		}
		r.emit(trace.Choice{Call: r.opt.Call, What: "connection", Value: r.key.addr(), Rule: rule})
	}
}

// grant asks the pool, and waits if need be.
func (r *trip) grant(fresh bool) (grant, error) {
	if err := trace.Ended(r.ctx); err != nil {
		// An exchange would notice too, at the price of the connection that it is given.
		return grant{}, &Error{Phase: trace.Blocked, Addr: r.key.addr(), Err: err}
	}
	g, w := r.t.pool.ask(&r.key, fresh)
	if g.evicted != nil {
		g.evicted.Close()
	}
	if w == nil {
		if g.err != nil {
			return g, &Error{Phase: trace.Blocked, Addr: r.key.addr(), Err: g.err}
		}
		return g, nil
	}
	start := ticks()
	if r.opt.Tracer != nil {
		r.emit(trace.PhaseStart{Exchange: r.opt.ID, Phase: trace.Blocked, Addr: r.key.addr()})
	}
	g, err := r.wait(w)
	if r.timings != nil {
		r.timings.Add(trace.Blocked, time.Duration(ticks()-start))
	}
	if r.opt.Tracer != nil {
		r.emit(trace.PhaseDone{Exchange: r.opt.ID, Phase: trace.Blocked, Addr: r.key.addr(), Err: err})
	}
	return g, err
}

// wait waits for what the pool has to give, as long as the limit and the context allow.
func (r *trip) wait(w *waiter) (grant, error) {
	limit := r.opt.Limits.Of(trace.Blocked)
	var over <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	e := &Error{Phase: trace.Blocked, Addr: r.key.addr()}
	select {
	case g := <-w.grant:
		if g.err == nil {
			g.waited = true
			return g, nil
		}
		e.Err = g.err
	case <-r.ctx.Done():
		r.t.pool.leave(w)
		e.Err = trace.Ended(r.ctx)
	case <-over:
		r.t.pool.leave(w)
		e.Limit, e.Setting, e.Err = limit, trace.Blocked.Setting(), os.ErrDeadlineExceeded
	}
	return grant{}, e
}
