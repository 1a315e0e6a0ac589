package transport

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"sync/atomic"

	"example.com/godwit/trace"
)

// A ClientConn is a connection that carries many exchanges at once: HTTP/2, HTTP/3. It has the
// methods of *http.ClientConn, and means the same by them, with three things besides. Err is not
// nil as soon as the connection takes no new exchange, while those under way may go on.
// Available is 0 while it had better not take any. And the function given to SetStateHook, whose
// argument may be nil, is never called from within Reserve, Release, Available, InFlight and
// Err, none of which waits.
type ClientConn interface {
	RoundTrip(req *http.Request) (*http.Response, error)
	Reserve() error
	Release()
	Available() int
	InFlight() int
	Err() error
	SetStateHook(f func(*http.ClientConn))
	Close() error
}

// many is what the pool knows of a connection that carries many exchanges at once.
type many struct {
	ClientConn
	about  trace.Conn  // what is the same for all its exchanges
	addr   string      // whom it is with, for errors
	clock  clock       // of its exchanges
	served atomic.Bool // it has answered some
	nc     net.Conn    // for httptrace; nil: there is no such thing
	born   int64       // when it was opened, in ticks

	// Guarded by the pool's mu, as c.since is.
	streams int           // how many exchanges it carries, those that are about to begin included
	fresh   bool          // in use, and it may have more room than it knows of yet: host.fresh counts it
	retired bool          // it gets no more
	out     bool          // it is counted out
	roomy   bool          // it is in host.room
	byRoom  links[pooled] // of that
}

func pooledByRoom(c *pooled) *links[pooled] { return &c.many.byRoom }

// Close closes the connection. What it carries fails.
func (c *pooled) Close() error {
	if c.many != nil {
		c.many.clock.stop()
		return c.many.Close()
	}
	return c.Conn.Close()
}

// seat counts one more exchange into a connection of h's, and returns that; nil: none has room.
// since demands one that was opened after that. p.mu is held.
func (p *pool) seat(h *host, since int64) (g grant, ok bool) {
	for c := h.room.first; c != nil; {
		m, next := c.many, c.many.byRoom.next
		switch {
		case since != 0 && m.born < since:
		case m.Reserve() != nil:
			p.setRoom(c, false) // until it says that it has some
		default:
			g = grant{conn: c, host: h, reused: true}
			if m.streams == 0 {
				g.idle = c.idleFor(ticks())
				p.unpark(c)
			}
			m.streams++
			return g, true
		}
		c = next
	}
	return g, false
}

// setRoom puts a connection among those of its host that have room, or takes it out. p.mu is
// held.
func (p *pool) setRoom(c *pooled, roomy bool) {
	m := c.many
	if m.roomy == roomy {
		return
	}
	if m.roomy = roomy; roomy {
		c.host.room.pushLast(c, pooledByRoom)
	} else {
		c.host.room.remove(c, pooledByRoom)
	}
}

// join takes in a connection that has been opened by leave of the pool's, with one exchange
// counted into it. If there is another by now that has room, that is what is returned, and c is
// to be closed.
func (p *pool) join(c *pooled) (g grant, err error) {
	h, m := c.host, c.many
	p.mu.Lock()
	p.settle(h, ofMany)
	g, ok := p.seat(h, 0)
	if !ok {
		err = m.Reserve()
	}
	if ok || err != nil {
		m.out = true
		p.forget(h)
		evicted := p.serve(h)
		p.mu.Unlock()
		closeAll(append(evicted, c))
		return g, err
	}
	m.streams, m.retired = 1, p.closed || p.single
	if m.fresh = h.multi && !m.settled(); m.fresh {
		h.fresh++
	}
	evicted := p.look(c)
	p.mu.Unlock()
	closeAll(evicted)
	m.SetStateHook(func(*http.ClientConn) { p.changed(c) })
	return grant{conn: c, host: h}, nil
}

// changed looks at a connection that says that something about it is not as it was.
func (p *pool) changed(c *pooled) {
	p.mu.Lock()
	evicted := p.look(c)
	p.mu.Unlock()
	closeAll(evicted)
}

// look notes whether a connection has room, and gives that to those who wait. One of no more use
// is taken out. p.mu is held.
func (p *pool) look(c *pooled) (evicted []*pooled) {
	m := c.many
	if m.out {
		return nil
	}
	m.retired = m.retired || m.Err() != nil
	if m.fresh && (m.retired || m.streams == 0 || m.settled()) {
		m.fresh = false
		c.host.fresh--
	}
	p.setRoom(c, !m.retired && m.Available() > 0)
	if m.retired && (m.streams == 0 || m.closed()) {
		if c.parked {
			p.unpark(c)
		}
		m.out = true
		p.forget(c.host)
		evicted = append(evicted, c)
	}
	if c.host.waiters.first != nil || p.waiters.first != nil {
		evicted = append(evicted, p.serve(c.host)...)
	}
	return evicted
}

// unseat counts an exchange out, after the connection itself has.
func (p *pool) unseat(c *pooled) error {
	m, h := c.many, c.host
	var err error
	p.mu.Lock()
	if m.streams--; m.streams == 0 && !m.out {
		if m.retired = m.retired || p.closed || m.Err() != nil; !m.retired {
			c.since = ticks()
			p.park(c)
		}
	}
	evicted := p.look(c)
	if c.parked {
		trimmed := p.trim(h)
		if slices.Contains(trimmed, c) {
			err = errTooManyIdle
		}
		evicted = append(evicted, trimmed...)
		p.arm()
	} else if m.streams == 0 {
		err = errNotKept
	}
	p.mu.Unlock()
	closeAll(evicted)
	return err
}

var errNotKept = errors.New("the connection takes no more exchanges")

// retire sees to it that a connection carries no more exchanges than it does now.
func (p *pool) retire(c *pooled) {
	p.mu.Lock()
	c.many.retired = true
	evicted := p.look(c)
	p.mu.Unlock()
	closeAll(evicted)
}

// A kind says how many exchanges a connection of a host carries at once, which is known once
// there has been one.
type kind uint8

const (
	unknown kind = iota
	ofOne
	ofMany
)

const mostKinds = 1024 // are remembered of hosts without a connection

// settle notes what has come of a leave to open a connection. p.mu is held.
func (p *pool) settle(h *host, k kind) {
	if !h.multi {
		return
	}
	h.dials--
	h.kind = k
	if p.kinds[h.key] == k {
		return
	}
	if p.kinds == nil {
		p.kinds = make(map[key]kind)
	}
	if len(p.kinds) >= mostKinds {
		clear(p.kinds)
	}
	p.kinds[h.key] = k
}

// opened notes that a leave has become a connection that carries one exchange at a time. Who has
// waited for it to become another need not wait for the next one.
func (p *pool) opened(h *host) {
	p.mu.Lock()
	p.settle(h, ofOne)
	evicted := p.serve(h)
	p.mu.Unlock()
	closeAll(evicted)
}

// reopen makes leave to open a connection of one that has been found to be of no use.
func (p *pool) reopen(h *host) {
	if !h.multi {
		return
	}
	p.mu.Lock()
	h.dials++
	p.mu.Unlock()
}

// forsake takes back a leave that has not been used. failed says that the host is to blame: those
// who have waited to share what would have become of it do not wait once more, but try for
// themselves, all at once.
func (p *pool) forsake(h *host, failed bool) {
	p.mu.Lock()
	if h.multi {
		h.dials--
		if failed {
			for w := h.waiters.first; w != nil; w = w.byHost.next {
				w.alone = true
			}
		}
	}
	p.forget(h)
	evicted := p.serve(h)
	p.mu.Unlock()
	closeAll(evicted)
}

// kindOf returns what is known of the connections of a key.
func (p *pool) kindOf(k *key) kind {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != nil && p.last.key == *k {
		return p.last.kind
	}
	return p.kinds[*k]
}

// awaits reports whether to wait for a connection that somebody is opening to h, because it may
// carry the exchanges of all who wait for it. p.mu is held.
func (h *host) awaits() bool { return h.multi && h.kind != ofOne && (h.dials > 0 || h.fresh > 0) }

// closed reports whether the connection is closed, be it that some of its exchanges do not know yet.
func (m *many) closed() bool {
	c, ok := m.ClientConn.(interface{ closed() bool })
	return ok && c.closed()
}

// settled reports whether the connection knows how many exchanges the server lets it carry.
func (m *many) settled() bool {
	c, ok := m.ClientConn.(interface{ settled() bool })
	return !ok || c.settled()
}
