package transport

// Connections that carry many exchanges, against a model: random histories of asking, opening,
// ending, going away and coming back to life, beside connections that carry one.

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"example.com/godwit/conn"
)

// A multi is a ClientConn without a network: how many exchanges it takes is up to the test.
type multi struct {
	room, inFlight int
	shut, away     bool
	dead           bool // by the server's doing
	known          bool // how much room there is
	changed        func(*http.ClientConn)
}

func (m *multi) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.ErrUnsupported }

func (m *multi) Reserve() error {
	if m.Available() == 0 {
		return errors.New("full")
	}
	m.inFlight++
	return nil
}

func (m *multi) Release() { m.inFlight-- }

func (m *multi) Available() int {
	if m.closed() || m.away {
		return 0
	}
	return max(0, m.room-m.inFlight)
}

func (m *multi) settled() bool { return m.known }

func (m *multi) closed() bool { return m.dead || m.shut }

func (m *multi) InFlight() int { return m.inFlight }

func (m *multi) Err() error {
	if m.closed() || m.away {
		return net.ErrClosed
	}
	return nil
}

func (m *multi) SetStateHook(f func(*http.ClientConn)) { m.changed = f }

func (m *multi) Close() error {
	m.shut = true
	return nil
}

// A sharing is one run of the model.
type sharing struct {
	t       *testing.T
	r       *rand.Rand
	p       *pool
	waiting []*waiter
	dialing []grant
	holding []grant
	made    []*pooled
	log     []string
}

func TestSharingModel(t *testing.T) {
	seeds := uint64(600)
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 2))
		b := poolBounds{
			conns: r.IntN(5), connsPerHost: r.IntN(4), idle: r.IntN(5), idlePerHost: r.IntN(4),
			timeout: time.Hour,
		}
		s := &sharing{t: t, r: r, p: &pool{bounds: b, single: r.IntN(8) == 0}}
		for range 150 {
			s.step()
			if !s.check() {
				t.Fatalf("seed %d, bounds %+v, single %v, after %q", seed, b, s.p.single, s.log)
			}
		}
		s.end()
		if t.Failed() {
			t.Fatalf("seed %d, bounds %+v, at the end of %q", seed, b, s.log)
		}
	}
}

func (s *sharing) note(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

func (s *sharing) step() {
	switch n := s.r.IntN(12); {
	case n < 4:
		s.ask()
	case n < 5 && len(s.waiting) > 0:
		i := s.r.IntN(len(s.waiting))
		w := s.waiting[i]
		s.waiting = slices.Delete(s.waiting, i, i+1)
		s.note("leave %s, given: %v", w.host.key.host, len(w.grant) > 0)
		s.p.leave(w)
	case n < 7:
		s.collect()
	case n < 9 && len(s.dialing) > 0:
		i := s.r.IntN(len(s.dialing))
		g := s.dialing[i]
		s.dialing = slices.Delete(s.dialing, i, i+1)
		s.dial(g)
	case n < 10:
		s.happen()
	case len(s.holding) > 0:
		i := s.r.IntN(len(s.holding))
		g := s.holding[i]
		s.holding = slices.Delete(s.holding, i, i+1)
		s.done(g)
	}
}

func (s *sharing) ask() {
	k := key{scheme: "https", host: string(rune('a' + s.r.IntN(3))), port: "443", protocols: defaultProtocols}
	since := int64(0)
	if s.r.IntN(8) == 0 {
		since = ticks()
	}
	s.note("ask %s %v", k.host, since > 0)
	g, w := s.p.ask(&k, since)
	if g.evicted != nil {
		g.evicted.Close()
	}
	if w != nil {
		s.waiting = append(s.waiting, w)
		return
	}
	s.got(g, since)
}

func (s *sharing) got(g grant, since int64) {
	switch c := g.conn; {
	case c == nil:
		s.dialing = append(s.dialing, g)
		return
	case c.many != nil && (c.many.Err() != nil || c.many.born < since):
		s.t.Error("given a connection that is of no use")
	case c.many == nil && (c.Closed() || since > 0):
		s.t.Error("given a connection that is closed, or old")
	}
	s.holding = append(s.holding, g)
}

// dial is what becomes of leave to open a connection: host a speaks HTTP/2, b HTTP/1.1, and c
// makes up its mind each time.
func (s *sharing) dial(g grant) {
	host := g.host.key.host
	if s.r.IntN(4) == 0 {
		failed := s.r.IntN(2) == 0
		s.note("fail %s %v", host, failed)
		s.p.forsake(g.host, failed)
		return
	}
	if host == "b" || host == "c" && s.r.IntN(2) == 0 {
		s.note("open one %s", host)
		client, _ := net.Pipe()
		g.conn = &pooled{Conn: conn.New(client), pool: s.p, host: g.host}
		s.made = append(s.made, g.conn)
		if g.host.multi {
			s.p.opened(g.host)
		}
		s.holding = append(s.holding, g)
		return
	}
	m := &multi{room: s.r.IntN(4), known: s.r.IntN(2) == 0}
	s.note("open many %s: %d", host, m.room)
	c := &pooled{many: &many{ClientConn: m, born: ticks()}, pool: s.p, host: g.host}
	got, err := s.p.join(c)
	if err != nil {
		if m.room > 0 || !m.shut {
			s.t.Error(err)
		}
		return
	}
	s.made = append(s.made, c)
	if got.conn != c {
		if !m.shut {
			s.t.Error("one too many, and not closed")
		}
		s.made = s.made[:len(s.made)-1]
	}
	s.got(got, 0)
}

// happen lets something happen to a connection without anybody's doing.
func (s *sharing) happen() {
	if len(s.made) == 0 {
		return
	}
	c := s.made[s.r.IntN(len(s.made))]
	if c.many == nil {
		return
	}
	m := c.many.ClientConn.(*multi)
	switch s.r.IntN(4) {
	case 0:
		m.room, m.known = s.r.IntN(5), true
		s.note("room %s: %d", c.host.key.host, m.room)
	case 1:
		m.away = true
		s.note("going away %s", c.host.key.host)
	case 3:
		m.dead = true
		s.note("dies %s", c.host.key.host)
	case 2:
		s.note("retire %s", c.host.key.host)
		if !c.many.out && c.many.streams > 0 {
			s.p.retire(c)
		}
	}
	if m.changed != nil {
		m.changed(nil)
	}
}

func (s *sharing) done(g grant) {
	s.note("done %s", g.host.key.host)
	if g.conn.many != nil {
		g.conn.many.Release()
		_ = s.p.unseat(g.conn)
		return
	}
	keep := s.r.IntN(3) > 0
	if !keep {
		g.conn.Close()
	}
	_ = g.conn.Keep(keep)
}

func (s *sharing) collect() {
	for i, w := range s.waiting {
		select {
		case g := <-w.grant:
			s.note("collect %s", w.host.key.host)
			s.waiting = slices.Delete(s.waiting, i, i+1)
			if g.conn != nil && g.conn.many != nil { // which may have gone away since
				s.holding = append(s.holding, g)
			} else {
				s.got(g, w.since)
			}
			return
		default:
		}
	}
}

// check reports whether all is as it always must be.
func (s *sharing) check() bool {
	p, b := s.p, s.p.bounds
	streams := map[*pooled]int{} // as those know that have them
	ones, dials := 0, map[*host]int{}
	count := func(g grant) {
		switch {
		case g.conn == nil:
			dials[g.host]++
		case g.conn.many != nil:
			streams[g.conn]++
		default:
			ones++
		}
	}
	for _, g := range append(slices.Clone(s.holding), s.dialing...) {
		count(g)
	}
	for _, w := range s.waiting {
		if len(w.grant) > 0 {
			g := <-w.grant
			w.grant <- g
			count(g)
			continue
		}
		h := w.host
		for c := h.room.first; c != nil; c = c.many.byRoom.next {
			if c.many.born >= w.since && c.many.Available() > 0 {
				s.t.Errorf("a request for %s waits beside a connection with room", h.key.host)
			}
		}
		if h.idle.first != nil && h.idle.first.many == nil && w.since == 0 || p.mayOpen(h) && (w.alone || !h.awaits()) {
			s.t.Errorf("a request for %s waits for nothing", h.key.host)
		}
	}
	open := len(s.dialing) + ones
	for _, w := range s.waiting {
		if len(w.grant) > 0 {
			if g := <-w.grant; true {
				w.grant <- g
				if g.conn == nil {
					open++
				}
			}
		}
	}
	for _, c := range s.made {
		switch {
		case c.many == nil:
			if c.parked {
				open++
			}
		case c.many.out:
			if !c.many.ClientConn.(*multi).shut || c.many.roomy || c.parked {
				s.t.Error("counted out, and not gone")
			}
		default:
			open++
			if c.many.streams != streams[c] || c.parked != (streams[c] == 0) {
				s.t.Errorf("%d exchanges, of which the pool knows %d; parked: %v", streams[c], c.many.streams, c.parked)
			}
			if c.many.retired && c.many.roomy {
				s.t.Error("retired, and has room")
			}
		}
	}
	if open != p.open {
		s.t.Errorf("%d open, of which the pool knows %d", open, p.open)
	}
	idle := 0
	for k, h := range p.hosts {
		idle += h.idle.len
		if h.key != k || h.open == 0 && h.waiters.first == nil {
			s.t.Errorf("host %s was left behind", k.host)
		}
		if b.connsPerHost > 0 && h.open > b.connsPerHost || h.idle.len > b.idlePerHost {
			s.t.Errorf("%s has %d open, %d idle", k.host, h.open, h.idle.len)
		}
		fresh := 0
		for _, c := range s.made {
			if c.host == h && c.many != nil && !c.many.out && c.many.fresh {
				fresh++
			}
		}
		if fresh != h.fresh {
			s.t.Errorf("%s: %d fresh, of which the host knows %d", k.host, fresh, h.fresh)
		}
		if h.multi && h.dials != dials[h] {
			s.t.Errorf("%s: %d dials, of which the host knows %d", k.host, dials[h], h.dials)
		}
	}
	if b.conns > 0 && p.open > b.conns || p.idle.len > b.idle || idle != p.idle.len {
		s.t.Errorf("%d open, %d idle, of hosts %d", p.open, p.idle.len, idle)
	}
	return !s.t.Failed()
}

// end gives everything back. By then everybody must have been served.
func (s *sharing) end() {
	for len(s.holding)+len(s.dialing)+len(s.waiting) > 0 {
		before := fmt.Sprint(len(s.holding), len(s.dialing), len(s.waiting))
		s.collect()
		if len(s.dialing) > 0 {
			g := s.dialing[0]
			s.dialing = s.dialing[1:]
			s.dial(g)
		} else if len(s.holding) > 0 {
			g := s.holding[0]
			s.holding = s.holding[1:]
			s.done(g)
		}
		for _, c := range s.made { // a full connection does not stay so
			if c.many != nil && !c.many.out && c.many.Available() == 0 {
				c.many.ClientConn.(*multi).room, c.many.ClientConn.(*multi).known = 1+c.many.InFlight(), true
				s.p.changed(c)
			}
		}
		if !s.check() {
			return
		}
		if after := fmt.Sprint(len(s.holding), len(s.dialing), len(s.waiting)); after == before && len(s.holding)+len(s.dialing) == 0 {
			s.t.Errorf("%d are never served", len(s.waiting))
			return
		}
	}
	s.p.closeIdle()
	if s.p.open != 0 || len(s.p.hosts) != 0 || s.p.stats() != (Stats{}) {
		s.t.Errorf("left behind: %+v, %d hosts", s.p.stats(), len(s.p.hosts))
	}
}
