// A crew is the workers of one contender: so many goroutines, each with its own request.
// They are there while it is their contender's turn: were all crews there all the time, a
// collection would have the stacks of everybody to scan, at the cost of who caused it.
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
	jobs    []func()        // one for each worker: what it does in a run
	start   []chan struct{} // one for each worker that is there: a run begins
	turn    sync.WaitGroup  // workers busy in this run
	workers sync.WaitGroup  // goroutines
	left    atomic.Int64    // exchanges of this run not begun yet
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
		do, err := cl.worker(childOf(ctx))
		if err != nil {
			w.dismiss()
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		w.jobs = append(w.jobs, func() { w.work(do, buf) })
	}
	return w, nil
}

// childOf returns a context of its own for a worker, which ends with ctx: the calls of a real
// program are cancelled one by one, and do not meet at one lock.
func childOf(ctx context.Context) context.Context {
	child, cancel := context.WithCancel(ctx)
	context.AfterFunc(ctx, cancel)
	return child
}

// muster starts the workers.
func (w *crew) muster() {
	for _, job := range w.jobs {
		start := make(chan struct{})
		w.start = append(w.start, start)
		// Ends when rest closes start.
		w.workers.Go(func() {
			for range start {
				job()
				w.turn.Done()
			}
		})
	}
}

// rest ends the workers.
func (w *crew) rest() {
	for _, start := range w.start {
		close(start)
	}
	w.start = w.start[:0]
	w.workers.Wait()
}

// work does exchanges until the run has none left.
func (w *crew) work(do exchange, buf []byte) {
	for w.left.Add(-1) >= 0 {
		n, err := do(buf)
		if err != nil || n != w.size {
			w.fail(n, err)
			return
		}
	}
}

// fail ends the run for all. It is apart from work so that work allocates nothing.
func (w *crew) fail(n int, err error) {
	if err == nil {
		err = fmt.Errorf("a body of %d bytes instead of %d", n, w.size)
	}
	w.err.CompareAndSwap(nil, &err)
	w.left.Store(0)
}

// run does n exchanges, as many at once as there are workers, until all are done.
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

// dismiss closes the contender's connections.
func (w *crew) dismiss() {
	w.cancel()
	w.client.close()
}
