package transport

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// setBounds fills in the bounds of the pool. It does so before the first use.
func (t *Transport) setBounds() {
	t.pool.single = t.DisableKeepAlives
	t.pool.bounds = poolBounds{
		conns: max(0, t.MaxConns), connsPerHost: max(0, t.MaxConnsPerHost),
		idle:        max(0, cmp.Or(t.MaxIdleConns, 1024)),
		idlePerHost: max(0, cmp.Or(t.MaxIdleConnsPerHost, 256)),
		timeout:     cmp.Or(t.IdleTimeout, 90*time.Second),
	}
}

var errTooManyIdle = errors.New("as many connections are idle as may be")

// Keep takes a connection back at the end of an exchange: conn.Conn calls it.
func (c *pooled) Keep(ok bool) error {
	p, h := c.pool, c.host
	if !ok {
		p.release(h)
		return nil
	}
	c.since = ticks()
	p.mu.Lock()
	var evicted []*pooled
	var err error
	if p.closed {
		p.forget(h)
		evicted, err = []*pooled{c}, ErrClosed
	} else {
		p.park(c)
		if p.waiters.first != nil {
			evicted = p.serve(h)
		}
		trimmed := p.trim(h)
		if slices.Contains(trimmed, c) {
			err = errTooManyIdle
		}
		evicted = append(evicted, trimmed...)
		p.arm()
	}
	p.mu.Unlock()
	closeAll(evicted)
	return err
}

// base is what ticks count from.
var base = time.Now()

// ticks is a monotonic clock. It is half as dear as time.Now, which reads two.
func ticks() int64 { return int64(time.Since(base)) }

// idleFor returns how long the connection has been idle.
func (c *pooled) idleFor(now int64) time.Duration { return time.Duration(now - c.since) }

// park puts an idle connection into the lists. One that is swollen is taken last and so
// closed first. p.mu is held.
func (p *pool) park(c *pooled) {
	c.parked = true
	if c.many == nil && c.Swollen() {
		c.host.idle.pushLast(c, pooledByHost)
	} else {
		c.host.idle.pushFirst(c, pooledByHost)
	}
	p.idle.pushFirst(c, pooledByUse)
}

// trim takes out what is more than the bounds of idle connections allow. p.mu is held.
func (p *pool) trim(h *host) (evicted []*pooled) {
	for h.idle.len > p.bounds.idlePerHost {
		evicted = append(evicted, p.evict(h.idle.last))
	}
	for p.idle.len > p.bounds.idle {
		evicted = append(evicted, p.evict(p.idle.last))
	}
	return evicted
}

// discard closes a connection that is of no use, if it is idle: nobody has it then.
func (p *pool) discard(c *pooled) {
	p.mu.Lock()
	idle := c.parked
	if idle {
		p.evict(c)
	}
	p.mu.Unlock()
	if idle {
		c.Close()
	}
}

// evict takes an idle connection out for good. p.mu is held.
func (p *pool) evict(c *pooled) *pooled {
	p.unpark(c)
	if c.many != nil {
		p.setRoom(c, false)
		c.many.out = true
	}
	p.forget(c.host)
	return c
}

// arm sees to it that the sweeper goes off when the connection that has been idle for the
// longest has been so for too long. p.mu is held.
func (p *pool) arm() {
	last := p.idle.last
	if p.armed || last == nil || p.bounds.timeout < 0 {
		return
	}
	p.armed = true
	wait := max(0, p.bounds.timeout-last.idleFor(ticks()))
	if p.sweeper == nil {
		p.sweeper = time.AfterFunc(wait, p.sweep)
		return
	}
	p.sweeper.Reset(wait)
}

// sweep closes what has been idle for too long. It runs on a timer's goroutine, for as long
// as that takes.
func (p *pool) sweep() {
	now := ticks()
	var evicted []*pooled
	p.mu.Lock()
	for c := p.idle.last; c != nil && c.idleFor(now) >= p.bounds.timeout; c = p.idle.last {
		evicted = append(evicted, p.evict(c))
	}
	p.armed = false
	p.arm()
	p.mu.Unlock()
	closeAll(evicted)
}

func (p *pool) closeIdle() {
	p.mu.Lock()
	evicted := p.evictAll()
	p.mu.Unlock()
	closeAll(evicted)
}

// evictAll takes all idle connections out. p.mu is held.
func (p *pool) evictAll() (evicted []*pooled) {
	for p.idle.last != nil {
		evicted = append(evicted, p.evict(p.idle.last))
	}
	if p.sweeper != nil {
		p.sweeper.Stop()
		p.armed = false
	}
	return evicted
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	evicted := p.evictAll()
	for w := p.waiters.first; w != nil; w = p.waiters.first {
		p.dequeue(w)
		p.prune(w.host)
		w.grant <- grant{err: ErrClosed}
	}
	p.mu.Unlock()
	closeAll(evicted)
}

func (p *pool) stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{
		Open: p.open, Idle: p.idle.len,
		InFlight: p.open - p.idle.len,
		Waiting:  p.waiters.len,
	}
}
