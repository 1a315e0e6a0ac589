package transport

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A clock looks after the limits of all exchanges of one connection. What they wait for changes
// often, and nearly always in time; so they only note until when they wait, and one timer goes
// off when the first of them may be late. Then it looks at them all.
type clock struct {
	due atomic.Int64 // when the timer goes off, in ticks; noTime: it does not

	mu      sync.Mutex // guards the following
	streams list[stream]
	timer   *time.Timer // nil: none has been needed
}

// noTime is later than all else.
const noTime = math.MaxInt64

func streamByClock(s *stream) *links[stream] { return &s.byClock }

func (k *clock) add(s *stream) {
	k.mu.Lock()
	if k.timer == nil && k.streams.first == nil {
		k.due.Store(noTime)
	}
	k.streams.pushLast(s, streamByClock)
	k.mu.Unlock()
}

func (k *clock) remove(s *stream) {
	k.mu.Lock()
	k.streams.remove(s, streamByClock)
	k.mu.Unlock()
}

// stop ends the clock of a connection that is over.
func (k *clock) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil {
		k.timer.Stop()
	}
}

// expect sees to it that the timer goes off in time for a deadline.
func (k *clock) expect(by int64) {
	if by >= k.due.Load() {
		return
	}
	k.mu.Lock()
	k.arm(by)
	k.mu.Unlock()
}

// arm is expect. k.mu is held.
func (k *clock) arm(by int64) {
	if by >= k.due.Load() {
		return
	}
	k.due.Store(by)
	wait := time.Duration(max(0, by-ticks()))
	if k.timer == nil {
		k.timer = time.AfterFunc(wait, k.look) // ends when it has looked
		return
	}
	k.timer.Reset(wait)
}

// look breaks off the exchanges that are late, and waits for the next one that may be.
func (k *clock) look() {
	var late []*stream
	k.mu.Lock()
	k.due.Store(noTime)
	now, next := ticks(), int64(noTime)
	for s := k.streams.first; s != nil; s = s.byClock.next {
		if by := s.deadline(); by <= now {
			late = append(late, s)
		} else {
			next = min(next, by)
		}
	}
	if next != noTime {
		k.arm(next)
	}
	k.mu.Unlock()
	for _, s := range late {
		s.late(now)
	}
}
