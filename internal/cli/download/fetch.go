package download

// The bytes: workers that read answers and write what is missing of the file.

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

const (
	maxSegments = 16       // that can be asked for
	usual       = 4        // that are opened unasked
	perSegment  = 32 << 20 // bytes that make a further one worth while, unasked

	maxTries = 3        // for a part that does not come
	someWay  = 64 << 10 // bytes after which it did

	// What has come is written down after the first second, and then every other one; but if
	// the disk takes its time, no more often than that a tenth of the time goes to it.
	firstCheckpoint = time.Second
	checkpoint      = 2 * time.Second
	perSave         = 10
)

// segments returns how many requests there may be at a time.
func (d *download) segments() int {
	if !d.mayAsk() || d.plan.size < 0 || !d.facts.ranges && d.Segments < 2 || d.Sink != nil {
		return 1
	}
	left := d.plan.size - total(d.plan.done())
	n := d.Segments
	if n == 0 && !d.facts.shared { // parts that share a connection gain nothing
		n = int(min(usual, left/perSegment))
	}
	return int(max(1, min(int64(n), maxSegments, left/minSteal)))
}

// mayAsk reports whether a part can be asked for that is sure to be of the same version.
func (d *download) mayAsk() bool { return !d.whole && d.facts.validator() != "" }

// fetch gets what is missing, with an answer that has come already.
func (d *download) fetch(ctx context.Context, a *answer) error {
	defer a.res.Body.Close()
	first := d.plan.take(false) // which is what the answer is for
	if first == nil {
		return nil
	}
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	n := d.segments()
	errs := make([]error, n)
	var workers sync.WaitGroup
	work := func(i int, w *worker) {
		workers.Go(func() { // ends with its work, or with within
			if errs[i] = w.run(within); isFatal(errs[i]) {
				cancel(errs[i])
			}
		})
	}
	work(0, &worker{download: d, answer: a, span: first, steal: n > 1})
	for i := 1; i < n; i++ {
		work(i, &worker{download: d, steal: true})
	}
	stop := d.checkpoints()
	workers.Wait()
	stop()
	switch cause := context.Cause(within); {
	case !d.plan.missing():
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case cause != nil:
		return cause
	}
	return cmp.Or(worst(errs), error(io.ErrUnexpectedEOF))
}

// worst returns the error that says most: that there are no parts, or else the first. What
// several were asked for was our idea, so that answers that are none are a reason to do without.
func worst(errs []error) (first error) {
	for _, err := range errs {
		_, bad := errors.AsType[*AnswerError](err)
		status, ok := errors.AsType[*StatusError](err)
		if errors.Is(err, errNoRanges) || len(errs) > 1 && (bad || ok && !status.passes()) {
			return errNoRanges
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// isFatal reports whether an error ends the others' work too.
func isFatal(err error) bool {
	_, output := errors.AsType[*OutputError](err)
	_, large := errors.AsType[*TooLargeError](err)
	return output || large || errors.Is(err, errChanged)
}

// A worker gets one part after the other.
type worker struct {
	*download
	answer *answer // that has come already; nil: ask
	span   *span   // what it works on; nil: nothing yet
	steal  bool    // take from others, if there is nothing else to do
	buf    []byte
}

func (w *worker) run(ctx context.Context) error {
	w.buf = make([]byte, bufferSize)
	tries := 0
	for {
		if w.span == nil {
			if w.span = w.plan.take(w.steal); w.span == nil {
				return nil
			}
		}
		from, _ := w.plan.limits(w.span)
		err := w.get(ctx)
		at, end := w.plan.limits(w.span)
		// What is left is anybody's from now on: it may follow on what another has.
		w.plan.release(w.span)
		w.span = nil
		switch {
		case err == nil && at == end:
			tries = 0
			continue
		case err != nil && (at == end || !w.again(ctx, err)):
			return err
		}
		if tries++; at-from >= someWay {
			tries = 1
		}
		if tries > maxTries {
			return cmp.Or(err, errCrumbs)
		}
		if err == nil {
			continue // a shorter part than was asked for
		}
		if err := sleep(ctx, pause(err, tries)); err != nil {
			return err
		}
	}
}

// pause returns how long to wait before the next try: half a second, doubled each time, or what
// the server wants, up to half a minute.
func pause(err error, tries int) time.Duration {
	d := 250 * time.Millisecond << tries
	if e, ok := errors.AsType[*StatusError](err); ok {
		d = min(max(d, e.wait), 30*time.Second)
	}
	return d
}

// again reports whether a part may be asked for again after an error.
func (w *worker) again(ctx context.Context, err error) bool {
	if ctx.Err() != nil || isFatal(err) || errors.Is(err, errNoRanges) || !w.mayAsk() {
		return false
	}
	e, ok := errors.AsType[*StatusError](err)
	return !ok || e.passes()
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
