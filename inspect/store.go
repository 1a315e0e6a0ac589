package inspect

// What is kept of exchanges, and when it is given up. A HAR writes it; whatever else shows
// exchanges can be built on the same.

import (
	"slices"
	"sync"
	"time"

	"example.com/godwit/trace"
)

// bounds are of memory, in bytes.
type bounds struct {
	body int64 // of each body
	all  int64
}

// maxCalls is how many calls are remembered that have not ended.
const maxCalls = 4096

// A store keeps exchanges. The zero value is empty. It is safe for concurrent use.
type store struct {
	mu      sync.Mutex // guards the following
	all     []*exchange
	byID    map[uint64]*exchange // of all
	calls   map[uint64]*call
	bytes   int64 // held by all
	dropped int   // exchanges that were given up
	bodies  int   // of all, how many have had their bodies given up, from the first on
}

// A call is what is remembered of one under way.
type call struct {
	method, url string    // of its next request
	latest      *exchange // the last one that has a response
}

// note takes in an event.
func (s *store) note(ev trace.Event, b bounds) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch ev := ev.(type) {
	case trace.CallStart:
		s.begin(ev.Call, &call{method: ev.Method, url: ev.Origin + ev.Path})
	case trace.Choice:
		if c := s.calls[ev.Call]; c != nil && ev.What == "redirect" {
			c.redirected(ev.Value)
		}
	case trace.CallDone:
		delete(s.calls, ev.Call)
	case trace.Content:
		if x := s.decoded(ev); x != nil {
			s.grow(x.content.add(ev.P, b.body))
		}
	default:
		s.noteExchange(ev, now, b)
	}
	s.shrink(b.all)
}

// noteExchange takes in an event that is about one exchange.
func (s *store) noteExchange(ev trace.Event, now time.Time, b bounds) {
	switch ev := ev.(type) {
	case trace.PhaseStart:
		s.at(ev.Exchange, now).startPhase(ev.Phase, now)
	case trace.PhaseDone:
		s.at(ev.Exchange, now).endPhase(ev.Phase, now)
	case trace.RequestHead:
		x := s.at(ev.Exchange, now)
		ev.Fields = ev.Fields.Clone()
		x.request, x.call = &ev, ev.Call
		s.grow(weight(ev.Fields) + len(ev.URL) + len(ev.Target))
	case trace.ResponseHead:
		x := s.at(ev.Exchange, now)
		ev.Fields = ev.Fields.Clone()
		s.grow(weight(ev.Fields))
		if ev.Status < 200 && ev.Status != 101 {
			x.interim = append(x.interim, ev)
			return
		}
		x.response = &ev
		if c := s.calls[x.call]; c != nil {
			c.latest = x
		}
	case trace.Tunnel:
		ev.Fields = ev.Fields.Clone()
		x := s.at(ev.Exchange, now)
		x.tunnels = append(x.tunnels, ev)
		s.grow(weight(ev.Fields))
	case trace.Data:
		x := s.at(ev.Exchange, now)
		body := &x.received
		if ev.Up {
			body = &x.sent
		}
		s.grow(body.add(ev.P, b.body))
	case trace.Trailer:
		x := s.at(ev.Exchange, now)
		x.trailer = append(x.trailer, ev.Fields.Clone()...)
		s.grow(weight(ev.Fields))
	case trace.Done:
		s.end(ev, now)
	}
}

// begin remembers a call. Numbers grow, so that the lowest are the oldest.
func (s *store) begin(id uint64, c *call) {
	if s.calls == nil {
		s.calls = map[uint64]*call{}
	}
	if len(s.calls) >= maxCalls {
		oldest := id
		for other := range s.calls {
			oldest = min(oldest, other)
		}
		delete(s.calls, oldest)
	}
	s.calls[id] = c
}

// at returns the exchange of that number, one that begins now if there is none.
func (s *store) at(id uint64, now time.Time) *exchange {
	if x := s.byID[id]; x != nil {
		return x
	}
	x := &exchange{id: id, start: now}
	if s.byID == nil {
		s.byID = map[uint64]*exchange{}
	}
	s.byID[id] = x
	s.all = append(s.all, x)
	s.grow(exchangeWeight)
	return x
}

// decoded returns the exchange that decoded content belongs to, nil if it is not known.
func (s *store) decoded(ev trace.Content) *exchange {
	if ev.Exchange != 0 {
		return s.byID[ev.Exchange]
	}
	if c := s.calls[ev.Call]; c != nil {
		return c.latest
	}
	return nil
}

// end closes an exchange.
func (s *store) end(ev trace.Done, now time.Time) {
	x := s.at(ev.Exchange, now)
	x.done, x.call, x.end = &ev, ev.Call, now
	if x.request == nil {
		if c := s.calls[ev.Call]; c != nil {
			x.method, x.url = c.method, c.url
		}
	}
}

func (s *store) grow(n int) { s.bytes += int64(n) }

// shrink gives up what is too much.
func (s *store) shrink(limit int64) {
	for ; s.bytes > limit && s.bodies < len(s.all); s.bodies++ {
		s.bytes -= int64(s.all[s.bodies].dropBodies())
	}
	n, least := 0, limit-limit/16 // several at once, as the others have to be moved
	if s.bytes <= limit {
		return
	}
	for s.bytes > least && n < len(s.all) {
		x := s.all[n]
		s.bytes -= int64(x.weight())
		delete(s.byID, x.id)
		n++
	}
	s.all = slices.Delete(s.all, 0, n)
	s.bodies -= n
	s.dropped += n
}

// snapshot returns copies of what there is, and how many exchanges were given up.
func (s *store) snapshot() (all []exchange, dropped int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all = make([]exchange, 0, len(s.all))
	for _, x := range s.all {
		if x.request != nil || x.done != nil { // else nobody knows what it is about
			all = append(all, x.clone())
		}
	}
	return all, s.dropped
}

func (s *store) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all, s.byID, s.bytes, s.dropped, s.bodies = nil, nil, 0, 0, 0
}
