package auth

// Flight: one fetch at a time, for all who wait for it.

import (
	"context"
	"runtime/debug"
	"sync"
	"time"
)

// A flight holds the value that was fetched last, and the fetch that is under way.
type flight struct {
	fetch func(ctx context.Context) (value string, expires time.Time, err error)

	mu      sync.Mutex
	value   string // "": there is none
	expires time.Time
	running *fetching
}

// A fetching is a fetch that is under way. Its value and err may be read when done is closed.
type fetching struct {
	done      chan struct{}
	value     string
	err       error
	cancel    context.CancelFunc
	waiting   int  // under the flight's lock
	abandoned bool // nobody waited for a while, and so it was cancelled; under the lock
}

// get returns the value, which it fetches if there is none that is good, or if the one that
// there is was refused.
func (f *flight) get(ctx context.Context, refused string) (string, error) {
	for {
		value, run := f.join(ctx, refused)
		if run == nil {
			return value, nil
		}
		select {
		case <-run.done:
			if !f.cancelled(run) {
				return run.value, run.err
			}
			// Those before us gave up, which is no reason for us to.
		case <-ctx.Done():
			f.leave(run)
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
	}
}

// join returns a value that is good, or else the fetch to wait for, which it starts if none is
// under way.
func (f *flight) join(ctx context.Context, refused string) (value string, run *fetching) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.value != "" && f.value == refused {
		f.value = "" // nobody else need try it
	}
	if f.value != "" && (f.expires.IsZero() || time.Until(f.expires) > tokenEarly) {
		return f.value, nil
	}
	if f.running == nil {
		// The fetch outlives its first caller, if there are others. It ends by returning,
		// which leave asks it to when the last of them has left.
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f.running = &fetching{done: make(chan struct{}), cancel: cancel}
		go f.run(ctx, f.running)
	}
	f.running.waiting++
	return "", f.running
}

// leave stops waiting for a fetch, and cancels it if nobody else waits.
func (f *flight) leave(run *fetching) {
	f.mu.Lock()
	defer f.mu.Unlock()
	run.waiting--
	if run.waiting == 0 {
		run.abandoned = true
		run.cancel()
	}
}

// cancelled reports whether a fetch that is done failed because it was abandoned.
func (f *flight) cancelled(run *fetching) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return run.abandoned && run.err != nil
}

// run fetches. A value that comes although nobody waits any longer is kept, too: the old one may
// no longer be good.
func (f *flight) run(ctx context.Context, run *fetching) {
	var expires time.Time
	run.err = errExited
	defer func() {
		if v := recover(); v != nil {
			run.value, run.err = "", &PanicError{v, debug.Stack()}
		}
		run.cancel()
		f.mu.Lock()
		defer f.mu.Unlock()
		if run.err == nil {
			f.value, f.expires = run.value, expires
		}
		f.running = nil
		close(run.done)
	}()
	run.value, expires, run.err = f.fetch(ctx)
}
