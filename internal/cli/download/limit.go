package download

import (
	"context"
	"sync"
	"time"
)

// A Limiter bounds how many bytes a second come in, all that share it together. nil: no bound.
type Limiter struct {
	rate float64 // bytes a second

	mu   sync.Mutex // guards the following
	free time.Time  // when all that has come was due
}

// NewLimiter returns a limiter for that many bytes a second, nil if that is 0.
func NewLimiter(bytesPerSecond int64) *Limiter {
	if bytesPerSecond <= 0 {
		return nil
	}
	return &Limiter{rate: float64(bytesPerSecond)}
}

// Piece returns how much of n bytes ought to be read at once, so that the flow is even: what
// comes in a twentieth of a second, and no less than a byte.
func (l *Limiter) Piece(n int) int {
	if l == nil {
		return n
	}
	return min(n, max(int(l.rate/20), 1))
}

// Wait waits until n further bytes were due.
func (l *Limiter) Wait(ctx context.Context, n int) error {
	if l == nil || n == 0 {
		return nil
	}
	l.mu.Lock()
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
	wait := l.free.Sub(now)
	l.mu.Unlock()
	return sleep(ctx, wait)
}

// sleep waits, or returns why ctx has ended.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
