package transport

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"os"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// connect finds a connection that is idle, and fit, or opens one.
func (t *Transport) connect(req *http.Request, k *key, opt *options, fresh bool) (*pooled, error) {
	ctx := req.Context()
	client := httptrace.ContextClientTrace(ctx)
	if client != nil && client.GetConn != nil {
		client.GetConn(k.addr())
	}
	for {
		g, err := t.grant(ctx, k, opt, fresh)
		if err != nil {
			return nil, err
		}
		if g.conn == nil {
			c, err := t.open(ctx, g.host, k, OverridesFrom(ctx), opt)
			if err != nil {
				return nil, err
			}
			t.chosen(ctx, client, opt, c)
			return c, nil
		}
		if g.conn.Alive() {
			t.chosen(ctx, client, opt, g.conn)
			return g.conn, nil
		}
		g.conn.Close()
		t.pool.release(g.host)
	}
}

// chosen tells whoever listens which connection it is.
func (t *Transport) chosen(ctx context.Context, client *httptrace.ClientTrace, opt *options, c *pooled) {
	if client != nil && client.GotConn != nil {
		info := httptrace.GotConnInfo{Conn: c.NetConn(), Reused: c.Used()}
		if info.Reused {
			info.WasIdle, info.IdleTime = true, time.Since(c.since)
		}
		client.GotConn(info)
	}
	if opt.Tracer != nil {
		rule := "opened: none was idle"
		if c.Used() {
			rule = "reused: it was idle"
		}
		opt.Tracer.Trace(ctx, trace.Choice{Call: opt.Call, What: "connection", Value: c.host.key.addr(), Rule: rule})
	}
}

// grant asks the pool, and waits if need be.
func (t *Transport) grant(ctx context.Context, k *key, opt *options, fresh bool) (grant, error) {
	t.once.Do(t.setBounds)
	g, w := t.pool.ask(k, fresh)
	if g.evicted != nil {
		g.evicted.Close()
	}
	if w == nil {
		if g.err != nil {
			return g, &Error{Phase: trace.Blocked, Addr: k.addr(), Err: g.err}
		}
		return g, nil
	}
	phase := begin(ctx, opt, trace.Blocked, k.addr())
	g, err := t.wait(ctx, w, opt.Limits.Of(trace.Blocked))
	if err != nil {
		e := &Error{Phase: trace.Blocked, Addr: k.addr(), Err: err}
		if err == os.ErrDeadlineExceeded {
			e.Limit, e.Setting = opt.Limits.Of(trace.Blocked), trace.Blocked.Setting()
		}
		phase.end(e)
		return g, e
	}
	phase.end(nil)
	return g, nil
}

// wait waits for what the pool has to give, as long as the limit and the context allow.
func (t *Transport) wait(ctx context.Context, w *waiter, limit time.Duration) (grant, error) {
	var over <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case g := <-w.grant:
		return g, g.err
	case <-ctx.Done():
		t.pool.leave(w)
		return grant{}, conn.ContextError(ctx)
	case <-over:
		t.pool.leave(w)
		return grant{}, os.ErrDeadlineExceeded
	}
}

// A running phase is one that is under way, if anybody wants to know of it.
type running struct {
	ctx   context.Context
	opt   *options // nil: nobody does
	phase trace.Phase
	addr  string
	start time.Time
}

func begin(ctx context.Context, opt *options, p trace.Phase, addr string) running {
	if opt.Tracer == nil {
		return running{}
	}
	opt.Tracer.Trace(ctx, trace.PhaseStart{Exchange: opt.ID, Phase: p, Addr: addr})
	return running{ctx, opt, p, addr, time.Now()}
}

func (r *running) end(err error) {
	if r.opt == nil {
		return
	}
	r.opt.Timings.Add(r.phase, time.Since(r.start))
	r.opt.Tracer.Trace(r.ctx, trace.PhaseDone{Exchange: r.opt.ID, Phase: r.phase, Addr: r.addr, Err: err})
}
