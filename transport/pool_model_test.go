package transport

// The pool against a model: many random histories of asking, giving back, failing and
// leaving, with everything that must always be true checked after each step.

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"

	"example.com/godwit/conn"
)

// A history is one run of the model.
type history struct {
	t       *testing.T
	r       *rand.Rand
	p       *pool
	waiting []*waiter // in order of arrival; some may have been given something
	holding []grant
	made    []*pooled
	log     []string
}

func TestPoolModel(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 1))
		b := poolBounds{
			conns: r.IntN(5), connsPerHost: r.IntN(4), idle: r.IntN(5), idlePerHost: r.IntN(4),
			timeout: time.Hour,
		}
		h := &history{t: t, r: r, p: &pool{bounds: b}}
		for range 120 {
			h.step()
			if !h.check() {
				t.Fatalf("seed %d, bounds %+v, after %q", seed, b, h.log)
			}
		}
		h.end()
		if t.Failed() {
			t.Fatalf("seed %d, bounds %+v, at the end of %q", seed, b, h.log)
		}
	}
}

func (h *history) step() {
	switch n := h.r.IntN(10); {
	case n < 4:
		h.ask()
	case n < 5 && len(h.waiting) > 0:
		h.leave(h.r.IntN(len(h.waiting)))
	case n < 6:
		h.collect()
	case len(h.holding) > 0:
		i := h.r.IntN(len(h.holding))
		g := h.holding[i]
		h.holding = slices.Delete(h.holding, i, i+1)
		h.giveBack(g)
	}
}

func (h *history) ask() {
	k := key{scheme: "http", host: string(rune('a' + h.r.IntN(3))), port: "80"}
	fresh := h.r.IntN(6) == 0
	h.note("ask %s %v", k.host, fresh)
	since := int64(0)
	if fresh {
		since = ticks()
	}
	g, w := h.p.ask(&k, since)
	if g.evicted != nil {
		g.evicted.Close()
	}
	if w != nil {
		h.waiting = append(h.waiting, w)
		return
	}
	if fresh && g.conn != nil {
		h.t.Error("an idle connection where a new one was wanted")
	}
	h.hold(g)
}

// hold is what a request does with what it has been given: leave to open becomes a
// connection, or a failure.
func (h *history) hold(g grant) {
	switch {
	case g.conn != nil && g.conn.Closed():
		h.t.Error("given a connection that is closed")
	case g.conn == nil && h.r.IntN(4) == 0:
		h.note("fail %s", g.host.key.host)
		h.p.release(g.host)
		return
	case g.conn == nil:
		client, _ := net.Pipe()
		g.conn = &pooled{Conn: conn.New(client), pool: h.p, host: g.host}
		h.made = append(h.made, g.conn)
	}
	h.holding = append(h.holding, g)
}

func (h *history) giveBack(g grant) {
	keep := h.r.IntN(3) > 0
	h.note("back %s %v", g.host.key.host, keep)
	if !keep {
		g.conn.Close()
	}
	if err := g.conn.Keep(keep); err != nil && !g.conn.Closed() {
		h.t.Errorf("not kept, and not closed: %v", err)
	}
}

func (h *history) leave(i int) {
	w := h.waiting[i]
	h.note("leave %s, given: %v", w.host.key.host, len(w.grant) > 0)
	h.waiting = slices.Delete(h.waiting, i, i+1)
	h.p.leave(w)
}

// collect lets those go on who have been given something.
func (h *history) collect() {
	for i := 0; i < len(h.waiting); i++ {
		w := h.waiting[i]
		select {
		case g := <-w.grant:
			h.note("collect %s", w.host.key.host)
			h.waiting = slices.Delete(h.waiting, i, i+1)
			h.hold(g)
			return
		default:
		}
	}
}

// check reports whether all is as it always must be.
func (h *history) check() bool {
	p, b := h.p, h.p.bounds
	given := 0
	older := map[*host]bool{} // hosts with a waiter who has been given nothing
	for _, w := range h.waiting {
		switch {
		case len(w.grant) == 0:
			older[w.host] = true
			if w.host.idle.first != nil || p.mayOpen(w.host) {
				h.t.Errorf("a request for %s waits for nothing", w.host.key.host)
			}
		case older[w.host]:
			h.t.Errorf("a request for %s was overtaken", w.host.key.host)
		default:
			given++
		}
	}
	if p.waiters.len != len(h.waiting)-given {
		h.t.Errorf("%d in the queue, %d wait", p.waiters.len, len(h.waiting)-given)
	}
	inUse := given + len(h.holding)
	open, idle := 0, 0
	for k, x := range p.hosts {
		open, idle = open+x.open, idle+x.idle.len
		if x.key != k || x.open == 0 && x.waiters.first == nil {
			h.t.Errorf("host %s was left behind", k.host)
		}
		if b.connsPerHost > 0 && x.open > b.connsPerHost || x.idle.len > b.idlePerHost {
			h.t.Errorf("%s has %d open, %d idle", k.host, x.open, x.idle.len)
		}
	}
	if b.conns > 0 && p.open > b.conns || p.idle.len > b.idle || open != p.open || idle != p.idle.len {
		h.t.Errorf("%d open, %d idle, of hosts %d, %d", p.open, p.idle.len, open, idle)
	}
	if p.open != inUse+idle {
		h.t.Errorf("%d open, %d in use, %d idle", p.open, inUse, idle)
	}
	alive := 0
	for _, c := range h.made {
		if !c.Closed() {
			alive++
		}
	}
	if alive != len(h.holding)+h.idleGiven()+idle {
		h.t.Errorf("%d connections live, %d are known", alive, len(h.holding)+h.idleGiven()+idle)
	}
	return !h.t.Failed()
}

// idleGiven counts the connections that have been given and not been collected.
func (h *history) idleGiven() (n int) {
	for _, w := range h.waiting {
		if len(w.grant) > 0 {
			g := <-w.grant
			w.grant <- g
			if g.conn != nil {
				n++
			}
		}
	}
	return n
}

// end gives everything back. By then everybody must have been served.
func (h *history) end() {
	for len(h.holding)+len(h.waiting) > 0 {
		before := len(h.holding) + len(h.waiting)
		h.collect()
		if len(h.holding) > 0 {
			g := h.holding[0]
			h.holding = h.holding[1:]
			h.giveBack(g)
			continue
		}
		if len(h.holding)+len(h.waiting) == before {
			h.t.Errorf("%d are never served", len(h.waiting))
			return
		}
	}
	h.p.closeIdle()
	if h.p.open != 0 || len(h.p.hosts) != 0 || h.p.stats() != (Stats{}) {
		h.t.Errorf("left behind: %+v, %d hosts", h.p.stats(), len(h.p.hosts))
	}
}

func (h *history) note(format string, args ...any) {
	h.log = append(h.log, fmt.Sprintf(format, args...))
}
