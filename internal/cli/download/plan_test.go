package download

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// check fails unless every byte is in one place: there, free, or somebody's.
func (p *plan) check(t *testing.T, size int64) {
	t.Helper()
	done := p.done()
	all := slices.Concat(done, p.free)
	for _, s := range p.active {
		if s.left() < 0 {
			t.Fatalf("a span %v", *s)
		}
		if s.left() > 0 {
			all = append(all, *s)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return int(min(max(a.at-b.at, -1), 1)) })
	at := int64(0)
	for _, s := range all {
		if s.at != at || s.end <= s.at {
			t.Fatalf("%v follows on %d in %v; done %v, free %v", s, at, all, done, p.free)
		}
		at = s.end
	}
	if at != size {
		t.Fatalf("%v ends at %d", all, at)
	}
}

// Whatever the workers do, no byte is fetched twice or forgotten.
func TestPlan(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		size := r.Int64N(40 << 20)
		var there []span
		for at := int64(0); r.IntN(3) > 0; {
			s := span{at + r.Int64N(5<<20), 0}
			if s.end = s.at + 1 + r.Int64N(5<<20); s.end > size {
				break
			}
			there = append(there, s)
			at = s.end
		}
		p := newPlan(size, there)
		p.check(t, size)
		if got, want := p.done(), joined(there); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		var mine []*span
		for step := 0; p.missing(); step++ {
			if step > 100_000 {
				t.Fatal("it does not end")
			}
			if len(mine) == 0 || r.IntN(4) == 0 {
				if s := p.take(r.IntN(2) == 0); s != nil {
					mine = append(mine, s)
				}
			}
			if len(mine) > 0 {
				i := r.IntN(len(mine))
				s := mine[i]
				_, most := p.room(s, bufferSize)
				switch {
				case most == 0 && p.extend(s, s.end+r.Int64N(4<<20)):
				case most == 0, r.IntN(10) == 0:
					p.release(s)
					mine = slices.Delete(mine, i, i+1)
				default:
					p.advance(s, 1+r.IntN(most))
				}
			}
			p.check(t, size)
		}
		if got := total(p.done()); got != size {
			t.Fatalf("%d of %d bytes", got, size)
		}
	}
}

// A file of unknown length is one span, which nobody takes a part of.
func TestPlanUnknown(t *testing.T) {
	p := newPlan(-1, []span{{0, 10}})
	s := p.take(false)
	if s == nil || s.at != 10 || p.take(true) != nil {
		t.Fatalf("%+v", s)
	}
	p.advance(s, 1<<30)
	if got := p.done(); !slices.Equal(got, []span{{0, 1<<30 + 10}}) {
		t.Errorf("%v", got)
	}
	p.finish(s)
	p.release(s)
	if p.missing() || p.size != 1<<30+10 {
		t.Errorf("%+v", p)
	}
}
