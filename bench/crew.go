// A crew is the workers of one contender: so many goroutines, each with its own request,
// that live as long as the contender, so that no round pays for starting them or for
// growing their stacks.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

type crew struct {
	client  client
	size    int             // of the body that each exchange must bring
	start   []chan struct{} // one for each worker: a turn begins
	turn    sync.WaitGroup  // workers busy in this turn
	workers sync.WaitGroup  // goroutines
	left    atomic.Int64    // exchanges of this turn not begun yet
	err     atomic.Pointer[error]
	cancel  context.CancelFunc
}

// newCrew opens a contender with so many workers as bufs has buffers; the buffers may be
// lent to other crews that are never at work at the same time. The caller must dismiss it.
func newCrew(ctx context.Context, c contender, t target, bufs [][]byte) (*crew, error) {
	cl, err := c.open(t, len(bufs))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	w := &crew{client: cl, size: t.size}
	ctx, w.cancel = context.WithCancel(ctx)
	for _, buf := range bufs {
		// A context for each: the calls of a real program are cancelled one by one, and
		// do not meet at one lock.
		ctx, cancel := context.WithCancel(ctx)
		do, err := cl.worker(ctx)
		if err != nil {
			cancel()
			w.dismiss()
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		start := make(chan struct{})
		w.start = append(w.start, start)
		// Ends when dismiss closes start.
		w.workers.Go(func() {
			defer cancel()
			for range start {
				w.work(do, buf)
				w.turn.Done()
			}
		})
	}
	return w, nil
}

// work does exchanges until the turn has none left.
func (w *crew) work(do exchange, buf []byte) {
	for w.left.Add(-1) >= 0 {
		n, err := do(buf)
		if err != nil || n != w.size {
			w.fail(n, err)
			return
		}
	}
}

// fail ends the turn for all. It is apart from work so that work allocates nothing.
func (w *crew) fail(n int, err error) {
	if err == nil {
		err = fmt.Errorf("a body of %d bytes instead of %d", n, w.size)
	}
	w.err.CompareAndSwap(nil, &err)
	w.left.Store(0)
}

// run is one turn: n exchanges, as many at once as there are workers, until all are done.
func (w *crew) run(n int) error {
	w.left.Store(int64(n))
	w.turn.Add(len(w.start))
	for _, start := range w.start {
		start <- struct{}{}
	}
	w.turn.Wait()
	if err := w.err.Load(); err != nil {
		return *err
	}
	return nil
}

// dismiss ends the workers and closes the contender's connections.
func (w *crew) dismiss() {
	for _, start := range w.start {
		close(start)
	}
	w.workers.Wait()
	w.cancel()
	w.client.close()
}
