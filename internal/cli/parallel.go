package cli

// --parallel: several URLs at once, and their output in order.

import (
	"context"
	"io"
	"sync"
)

// mostWaiting is how many answers may wait for their turn, besides those that are coming in:
// each may have a file.
const mostWaiting = 64

// A waiting is what becomes of one of several targets.
type waiting struct {
	out  spool
	over chan struct{} // closed when the following stand
	code ExitCode
	err  error
}

// sideBySide is exchangeAll for several targets at once.
func (c *client) sideBySide(ctx context.Context, targets []target) (ExitCode, error) {
	env := *c.env
	env.Stderr = &lockedWriter{w: c.env.Stderr}
	shared := *c
	shared.env = &env

	all := make([]*waiting, len(targets))
	for i := range all {
		all[i] = &waiting{over: make(chan struct{})}
	}
	ahead := make(chan struct{}, c.options.ask.parallel+mostWaiting)
	within, cancel := context.WithCancel(ctx)
	var working sync.WaitGroup
	shared.work(within, &working, targets, all, ahead)
	defer func() {
		cancel()
		working.Wait()
		for _, w := range all {
			w.out.discard()
		}
	}()

	out := &joint{w: c.env.Stdout, between: c.between()}
	first := ExitOK
	for _, w := range all {
		w.out.release(out)
		select {
		case <-w.over:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		code, err := shared.reported(ctx, w.code, w.err)
		if err == nil {
			err = w.out.failed()
		}
		if err != nil {
			return 0, err
		}
		if first == ExitOK {
			first = code
		}
		out.next()
		<-ahead
	}
	return first, nil
}

// work begins to send to the targets, in their order, as many at a time as are to be. ahead has
// room for those that have been begun and are not printed yet. What it starts ends with ctx.
func (c *client) work(ctx context.Context, working *sync.WaitGroup, targets []target, all []*waiting, ahead chan<- struct{}) {
	next := make(chan int)
	for range min(c.options.ask.parallel, len(targets)) {
		working.Go(func() { // ends when next is closed
			for i := range next {
				w := all[i]
				w.code, w.err = c.writingTo(&w.out).exchange(ctx, &targets[i])
				close(w.over)
			}
		})
	}
	working.Go(func() { // ends when all have been begun, or with ctx
		defer close(next)
		for i := range all {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
}

// A lockedWriter writes for several at once.
type lockedWriter struct {
	mu sync.Mutex // guards the following
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
