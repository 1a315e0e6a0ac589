package transport

import (
	"errors"
	"sync"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// ErrClosed says that the Transport has been closed.
var ErrClosed = errors.New("transport is closed")

// A pool counts all open connections, keeps the idle ones, and queues who waits for one.
// Its lock is never held while anything is read, written, dialled or closed.
type pool struct {
	mu      sync.Mutex // guards the following
	bounds  poolBounds
	hosts   map[key]*host
	last    *host        // the one asked for last: as a rule the next is the same; nil: none
	idle    list[pooled] // of all hosts; the one used last is first
	waiters list[waiter] // in order of arrival
	open    int
	sweeper *time.Timer // closes what has been idle for too long; nil: none has been needed
	armed   bool        // sweeper will go off
	closed  bool
	single  bool         // each connection carries one exchange. Set before the first use
	kinds   map[key]kind // of hosts, be they known otherwise or not
}

// poolBounds are a Transport's, with defaults filled in; 0 means no bound.
type poolBounds struct {
	conns, connsPerHost int
	idle, idlePerHost   int
	timeout             time.Duration
}

// A host is what the pool knows of the connections of one key.
type host struct {
	key     key
	idle    list[pooled] // the one to take next is first
	room    list[pooled] // those of many exchanges that may take one more, idle ones among them
	waiters list[waiter] // in order of arrival
	open    int
	dials   int  // how many of these are being opened, if multi
	fresh   int  // how many have not said yet how much room they have
	multi   bool // its connections may carry many exchanges at once
	kind    kind // whether they do
}

// A pooled is an open connection of the pool's.
type pooled struct {
	*conn.Conn       // nil: it carries many exchanges at once
	many       *many // nil: it carries one
	pool       *pool
	host       *host
	since      int64         // idle since, in ticks
	about      *trace.Conn   // see description; nil: nobody has asked yet
	tunnel     *trace.Tunnel // how it was opened through a proxy; nil: not by CONNECT
	parked     bool          // it is idle
	byHost     links[pooled]
	byUse      links[pooled]
}

var _ conn.Keeper = (*pooled)(nil)

// A waiter is a request that waits for a connection, or for leave to open one.
type waiter struct {
	host   *host
	since  int64      // only a connection that was opened after that will do; 0: any
	alone  bool       // it does not wait for what others open
	grant  chan grant // has room for one, so that giving never waits
	byHost links[waiter]
	byAge  links[waiter]
}

// A grant is what a request needs: a connection, or leave to open one (conn is nil).
type grant struct {
	conn    *pooled
	host    *host
	evicted *pooled // to be closed, to make room
	waited  bool    // it came through the queue
	err     error

	// Of a connection that carries many exchanges:
	reused bool          // it has carried others
	idle   time.Duration // how long it had been idle; 0: it had not
}

// ask returns a grant, or a waiter to wait on. since demands a connection that was opened after
// that, which an idle one that carries one exchange at a time is not taken for; 0: any will do.
//
// Whoever asks does not overtake those who wait: after each event serve has left no waiter
// who could be served, so that what is there now is of no use to any of them.
func (p *pool) ask(k *key, since int64) (grant, *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return grant{err: ErrClosed}, nil
	}
	h := p.hostOf(k)
	if h.room.first != nil {
		if g, ok := p.seat(h, since); ok {
			return g, nil
		}
	}
	if c := h.idle.first; c != nil && since == 0 && c.many == nil {
		p.unpark(c)
		return grant{conn: c, host: h}, nil
	}
	if h.waiters.first == nil && p.mayOpen(h) && !h.awaits() {
		return grant{host: h, evicted: p.makeRoom(h)}, nil
	}
	w := &waiter{host: h, since: since, grant: make(chan grant, 1)}
	h.waiters.pushLast(w, waiterByHost)
	p.waiters.pushLast(w, waiterByAge)
	return grant{}, w
}

// hostOf returns the host of a key. p.mu is held.
func (p *pool) hostOf(k *key) *host {
	if p.last != nil && p.last.key == *k {
		return p.last
	}
	h := p.hosts[*k]
	if h == nil {
		if p.hosts == nil {
			p.hosts = make(map[key]*host)
		}
		h = &host{key: *k}
		p.hosts[*k] = h
		if h.multi = k.protocols != 0 && !p.single; h.multi {
			h.kind = p.kinds[*k]
		}
	}
	p.last = h
	return h
}

// mayOpen reports whether a connection to h may be opened, if need be in place of an idle
// one. p.mu is held.
func (p *pool) mayOpen(h *host) bool {
	return (p.bounds.connsPerHost == 0 || h.open < p.bounds.connsPerHost || h.idle.first != nil) &&
		(p.bounds.conns == 0 || p.open < p.bounds.conns || p.idle.first != nil)
}

// makeRoom counts a new connection to h in. If a bound demands it, an idle one is taken out
// and returned, to be closed. p.mu is held, and mayOpen is true.
func (p *pool) makeRoom(h *host) (evicted *pooled) {
	switch {
	case p.bounds.connsPerHost > 0 && h.open >= p.bounds.connsPerHost:
		evicted = h.idle.last
	case p.bounds.conns > 0 && p.open >= p.bounds.conns:
		evicted = p.idle.last
	}
	h.open++
	p.open++
	if h.multi {
		h.dials++
	}
	if evicted != nil {
		p.evict(evicted)
	}
	return evicted
}

// forget counts a connection of h out. p.mu is held.
func (p *pool) forget(h *host) {
	h.open--
	p.open--
	p.prune(h)
}

// prune drops what the pool knows of a host that nobody uses. p.mu is held.
func (p *pool) prune(h *host) {
	if h.open > 0 || h.waiters.first != nil {
		return
	}
	delete(p.hosts, h.key)
	if p.last == h {
		p.last = nil
	}
}

// unpark takes an idle connection from the lists. p.mu is held.
func (p *pool) unpark(c *pooled) {
	c.parked = false
	c.host.idle.remove(c, pooledByHost)
	p.idle.remove(c, pooledByUse)
}

// dequeue takes a waiter from the lists. p.mu is held.
func (p *pool) dequeue(w *waiter) {
	w.host.waiters.remove(w, waiterByHost)
	p.waiters.remove(w, waiterByAge)
}

// leave takes a waiter who has had enough from the queue. What it has been given in the
// meantime is passed on.
func (p *pool) leave(w *waiter) {
	p.mu.Lock()
	select {
	case g := <-w.grant:
		p.mu.Unlock()
		switch {
		case g.conn != nil && g.conn.many != nil:
			g.conn.many.Release()
			_ = p.unseat(g.conn)
		case g.conn != nil:
			_ = g.conn.Keep(true)
		case g.err == nil:
			p.forsake(g.host, false)
		}
	default:
		p.dequeue(w)
		p.prune(w.host)
		p.mu.Unlock()
	}
}

// release counts out a connection to h that is closed.
func (p *pool) release(h *host) {
	p.mu.Lock()
	p.forget(h)
	evicted := p.serve(h)
	p.mu.Unlock()
	closeAll(evicted)
}

// serve gives what there is to those who wait, the oldest first, after something of h's has
// become free. It returns connections to be closed. p.mu is held.
func (p *pool) serve(h *host) (evicted []*pooled) {
	for w := h.waiters.first; w != nil && h.room.first != nil; {
		next := w.byHost.next
		if g, ok := p.seat(h, w.since); ok {
			p.dequeue(w)
			w.grant <- g
		}
		w = next
	}
	if p.bounds.conns == 0 {
		// Hosts do not get in each other's way.
		for w := h.waiters.first; w != nil; {
			next := w.byHost.next
			if !p.give(w, &evicted) && w.since == 0 {
				break // what is of no use to who takes anything, is of no use to anybody
			}
			w = next
		}
		return evicted
	}
	for w := p.waiters.first; w != nil && (p.open < p.bounds.conns || p.idle.first != nil); {
		next := w.byAge.next
		p.give(w, &evicted)
		w = next
	}
	return evicted
}

// give gives a waiter what it waits for, if that is there, and reports whether it was. p.mu
// is held.
func (p *pool) give(w *waiter, evicted *[]*pooled) bool {
	h := w.host
	if c := h.idle.first; c != nil && w.since == 0 && c.many == nil {
		p.unpark(c)
		p.dequeue(w)
		w.grant <- grant{conn: c, host: h}
		return true
	}
	if !p.mayOpen(h) || !w.alone && h.awaits() {
		return false
	}
	if c := p.makeRoom(h); c != nil {
		*evicted = append(*evicted, c)
	}
	p.dequeue(w)
	w.grant <- grant{host: h}
	return true
}

func closeAll(conns []*pooled) {
	for _, c := range conns {
		c.Close()
	}
}
