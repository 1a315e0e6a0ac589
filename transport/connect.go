package transport

import (
	"net/http/httptrace"
	"os"
	"time"

	"example.com/godwit/trace"
)

// connect finds a connection that is idle or has room, or opens one. since demands one that was
// opened after that; 0: any will do.
func (r *trip) connect(since int64) (grant, error) {
	if r.client != nil && r.client.GetConn != nil {
		r.client.GetConn(r.dialled())
	}
	for {
		g, err := r.grant(since)
		if err == nil {
			g, err = r.use(g)
		}
		if g.conn != nil || err != nil {
			return g, err
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

// use makes a connection of what the pool has granted. None, without an error, means that it was
// of no use.
func (r *trip) use(g grant) (grant, error) {
	settled := false
	defer func() {
		if !settled { // a hook, a tracer or a Dial has panicked
			closeBody(r.req)
			r.giveBack(g)
		}
	}()
	if err := r.guardPeer(g.conn); err != nil {
		settled = true
		r.giveBack(g)
		return grant{}, err
	}
	switch c := g.conn; {
	case c == nil || c.many != nil:
	case g.waited && !c.Alive():
		c.Close()
		g.conn = nil // and another in its place: who has waited does not wait again
		r.t.pool.reopen(g.host)
	case (r.client != nil || r.opt.Tracer != nil) && !c.Alive():
		// Do looks at the connection once more, and as a rule for the first time: here it
		// is only for those who are to be told nothing that is not true.
		settled = true
		r.giveBack(g)
		return grant{}, nil
	}
	if g.conn == nil {
		opened, err := r.open(g.host)
		if err != nil {
			settled = true
			return grant{}, err
		}
		g = opened
	}
	r.chosen(g)
	settled = true
	return g, nil
}

// giveBack closes what came of a grant, and counts it out.
func (r *trip) giveBack(g grant) {
	p := &r.t.pool
	switch {
	case g.conn == nil:
		p.forsake(g.host, false)
	case g.conn.many != nil:
		g.conn.many.Release()
		_ = p.unseat(g.conn)
	default:
		g.conn.Close()
		p.release(g.host)
	}
}

// chosen tells whoever listens which connection it is.
func (r *trip) chosen(g grant) {
	c, reused := g.conn, g.reused
	if c.many == nil {
		reused = c.Used()
	}
	if r.report != nil {
		r.report.describe(g)
	}
	if r.client != nil && r.client.GotConn != nil {
		info := httptrace.GotConnInfo{Reused: reused}
		if c.many != nil {
			info.Conn, info.WasIdle, info.IdleTime = c.many.nc, g.idle > 0, g.idle
		} else if info.Conn = c.NetConn(); reused {
			info.WasIdle, info.IdleTime = true, c.idleFor(ticks())
		}
		r.client.GotConn(info)
	}
	if r.opt.Tracer != nil {
		rule := "opened, because none was idle"
		switch {
		case reused && c.many != nil:
			rule = "shared, because it has room"
		case reused:
			rule = "reused, because it was idle"
		}
		r.emit(trace.Choice{Call: r.opt.Call, What: "connection", Value: r.key.addr(), Rule: rule})
	}
}

// grant asks the pool, and waits if need be.
func (r *trip) grant(since int64) (grant, error) {
	if err := trace.Ended(r.ctx); err != nil {
		// An exchange would notice too, at the price of the connection that it is given.
		return grant{}, &Error{Phase: trace.Blocked, Addr: r.key.addr(), Err: err}
	}
	g, w := r.t.pool.ask(&r.key, since)
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
