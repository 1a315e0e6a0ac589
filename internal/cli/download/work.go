package download

// One part: asking for it, reading it, writing it.

import (
	"context"
	"io"
	"net/http"
	"time"
)

// get gets what is left of the worker's span, or as much of it as one answer holds.
func (w *worker) get(ctx context.Context) error {
	a := w.answer
	w.answer = nil
	if a == nil {
		var err error
		if a, err = w.ask(ctx); err != nil {
			return err
		}
	}
	defer a.res.Body.Close()
	return w.copy(a)
}

// ask asks for the worker's span.
func (w *worker) ask(ctx context.Context) (*answer, error) {
	at, end := w.plan.limits(w.span)
	res, err := w.open(ctx, rangeOf(at, end), w.facts.validator())
	if err != nil {
		return nil, err
	}
	got, err := w.judgePart(res, at, end)
	if err != nil {
		res.Body.Close()
		return nil, err
	}
	return &answer{res, got.end}, nil
}

// judgePart decides whether an answer is the part that was asked for.
func (w *worker) judgePart(res *http.Response, at, end int64) (part, error) {
	switch code := res.StatusCode; {
	case code == http.StatusPartialContent:
	case code == http.StatusPreconditionFailed, code == http.StatusRequestedRangeNotSatisfiable:
		return part{}, errChanged
	case code/100 == 2:
		// If-Range did not hold, or the server knows nothing of Range.
		if f := factsOf(res); f.size == w.facts.size && f.validator() == w.facts.validator() {
			return part{}, errNoRanges
		}
		return part{}, errChanged
	default:
		return part{}, statusError(res)
	}
	return w.facts.partOf(res, at, end)
}

// copy reads an answer until the span has all, or the answer has no more.
func (w *worker) copy(a *answer) error {
	begun, _ := w.plan.limits(w.span)
	over := false // the answer has ended
	for {
		at, most := w.plan.room(w.span, len(w.buf))
		switch {
		case most == 0 && w.plan.extend(w.span, a.end):
			continue
		case most == 0 && over:
			return nil
		case most == 0:
			return w.tail(a, begun, at)
		case over && a.end == unknown:
			w.plan.finish(w.span)
			return nil
		case over && at < a.end:
			return &AnswerError{"fewer bytes than it announces"}
		case over || at == a.end:
			return nil // a shorter part than was asked for, as a server may send
		}
		n, err := a.res.Body.Read(w.buf[:most])
		if n > 0 {
			if err := w.write(w.buf[:n], at); err != nil {
				return err
			}
		}
		if over = err == io.EOF; err != nil && !over {
			return err
		}
	}
}

// write writes bytes where they belong.
func (w *worker) write(p []byte, at int64) error {
	if most := w.MaxSize; most > 0 && at+int64(len(p)) > most {
		return &TooLargeError{most, -1}
	}
	var err error
	if w.Sink != nil {
		_, err = w.Sink.Write(p)
	} else {
		_, err = w.part.WriteAt(p, at)
	}
	if err != nil {
		return w.outputError(err)
	}
	w.plan.advance(w.span, len(p))
	w.Watch.add(int64(len(p)))
	w.fetched.Add(int64(len(p)))
	return nil
}

// tail sees whether an answer that must end here does. One that goes on contradicts its own
// Content-Range, so that nobody knows which of its bytes are right.
func (w *worker) tail(a *answer, begun, at int64) error {
	if at != a.end || a.res.ContentLength >= 0 {
		return nil // the rest is somebody else's, or the framing has been compared
	}
	// Some servers take their time to end a body; that is no reason to wait.
	stop := time.AfterFunc(time.Second, func() { a.res.Body.Close() })
	defer stop.Stop()
	n, _ := io.ReadFull(a.res.Body, w.buf[:1])
	if n == 0 {
		return nil
	}
	if w.Sink == nil {
		w.plan.rewind(w.span, begun)
		w.Watch.add(begun - at)
	}
	return &AnswerError{"more bytes than its Content-Range says"}
}

// checkpoints writes down from time to time what has come, until stop is called.
func (d *download) checkpoints() (stop func()) {
	if d.part == nil || !d.resumable() {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() { // ends when stop is called
		defer close(ended)
		next := time.NewTimer(firstCheckpoint)
		defer next.Stop()
		for {
			select {
			case <-end:
				return
			case <-next.C:
				begun := time.Now()
				d.save()
				next.Reset(max(checkpoint, perSave*time.Since(begun)))
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// save writes down what has come: what it says is there is on the disk before it says so. An
// error is no reason to stop; the file may still become whole.
func (d *download) save() {
	done := d.plan.done()
	if d.part.Sync() == nil {
		_ = newState(d.url, &d.facts, done).save(d.root, d.part.name+stateSuffix)
	}
}
