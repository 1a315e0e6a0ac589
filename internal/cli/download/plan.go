package download

// Who fetches which part of a file: spans that somebody works on, spans that nobody does, and
// how an idle worker takes the half of what a busy one has before it.

import (
	"math"
	"slices"
	"sync"
)

const (
	// minSteal is the least that is worth a request of its own. It is more than a worker reads
	// at a time, so that what it is reading is never taken from it.
	minSteal = 1 << 20

	// unknown is the end of a span of which nobody knows how long it is.
	unknown = math.MaxInt64
)

// A span is a part of a file that is still missing: from at up to end, exclusive. While a
// worker has it, both are guarded by the plan that it is of.
type span struct{ at, end int64 }

func (s span) left() int64 { return s.end - s.at }

// A plan is what is missing of a file, and who fetches it.
type plan struct {
	size int64 // -1: not known

	mu     sync.Mutex // guards the following
	active []*span    // somebody works on them
	free   []span     // nobody does; in order, none empty, none touching another
}

// newPlan returns a plan for a file of which the spans done, in order, are there.
func newPlan(size int64, done []span) *plan {
	p := &plan{size: size}
	at := int64(0)
	for _, s := range done {
		if s.at > at {
			p.free = append(p.free, span{at, s.at})
		}
		at = max(at, s.end)
	}
	end := size
	if size < 0 {
		end = unknown
	}
	if at < end {
		p.free = append(p.free, span{at, end})
	}
	return p
}

// take gives a worker something to do: what nobody does, or else, if the worker may, half of
// what the busiest has before it. nil: there is nothing.
func (p *plan) take(steal bool) *span {
	p.mu.Lock()
	defer p.mu.Unlock()
	var s *span
	if len(p.free) > 0 {
		first := p.free[0]
		s, p.free = &first, slices.Delete(p.free, 0, 1)
	} else if steal {
		s = p.half()
	}
	if s != nil {
		p.active = append(p.active, s)
	}
	return s
}

// half takes the second half of the longest span away from its worker.
func (p *plan) half() *span {
	var longest *span
	for _, s := range p.active {
		if longest == nil || s.left() > longest.left() {
			longest = s
		}
	}
	if longest == nil || longest.end == unknown || longest.left() < 2*minSteal {
		return nil
	}
	// On a border of pages, for the file's sake.
	middle := (longest.at + longest.left()/2) &^ 4095
	s := &span{middle, longest.end}
	longest.end = middle
	return s
}

// room returns where the next bytes of s belong, and how many of at most n may be read.
func (p *plan) room(s *span, n int) (at int64, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return s.at, int(min(int64(n), s.left()))
}

// limits returns what is left of s.
func (p *plan) limits(s *span) (at, end int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return s.at, s.end
}

// advance notes that n bytes are there.
func (p *plan) advance(s *span, n int) {
	p.mu.Lock()
	s.at += int64(n)
	p.mu.Unlock()
}

// rewind notes that what has come from at on does not count.
func (p *plan) rewind(s *span, at int64) {
	p.mu.Lock()
	s.at = at
	p.mu.Unlock()
}

// finish sets the end of a span whose end was not known.
func (p *plan) finish(s *span) {
	p.mu.Lock()
	s.end, p.size = s.at, s.at
	p.mu.Unlock()
}

// extend adds to s what follows on it and nobody works on, up to limit: whoever reads an
// answer that goes on need not ask again. It reports whether there was something.
func (p *plan) extend(s *span, limit int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.end >= limit {
		return false
	}
	i := slices.IndexFunc(p.free, func(f span) bool { return f.at == s.end })
	if i < 0 {
		return false
	}
	s.end = min(p.free[i].end, limit)
	if p.free[i].at = s.end; p.free[i].left() == 0 {
		p.free = slices.Delete(p.free, i, i+1)
	}
	return true
}

// release gives back what is left of a span.
func (p *plan) release(s *span) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = slices.DeleteFunc(p.active, func(a *span) bool { return a == s })
	if s.left() > 0 {
		p.free = append(p.free, *s)
		slices.SortFunc(p.free, func(a, b span) int { return int(min(max(a.at-b.at, -1), 1)) })
		p.free = joined(p.free)
	}
}

// joined joins spans in order that touch or overlap.
func joined(spans []span) []span {
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && s.at <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// missing reports whether anything is.
func (p *plan) missing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.free) > 0 || len(p.active) > 0
}

// done returns the spans that are there, in order.
func (p *plan) done() []span {
	p.mu.Lock()
	defer p.mu.Unlock()
	gaps := slices.Clone(p.free)
	for _, s := range p.active {
		if s.left() > 0 {
			gaps = append(gaps, *s)
		}
	}
	slices.SortFunc(gaps, func(a, b span) int { return int(min(max(a.at-b.at, -1), 1)) })
	var out []span
	at := int64(0)
	for _, g := range gaps {
		if g.at > at {
			out = append(out, span{at, g.at})
		}
		at = g.end
	}
	if at < p.size {
		out = append(out, span{at, p.size})
	}
	return out
}

// total returns how many bytes the spans have.
func total(spans []span) (n int64) {
	for _, s := range spans {
		n += s.left()
	}
	return n
}
