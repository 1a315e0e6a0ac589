package curl

// Copying a body: no faster than --limit-rate, no slower than --speed-limit, no more than
// --max-filesize.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"example.com/godwit"
)

// A copier copies a body.
type copier struct {
	ctx   context.Context
	stop  context.CancelCauseFunc
	now   func() time.Time
	c     *config
	meter *meter
}

// copyPiece is how much is copied at once.
const copyPiece = 64 << 10

// copy copies all that comes.
func (cp *copier) copy(to io.Writer, from io.Reader) error {
	piece := make([]byte, cp.pieceSize())
	slow := cp.watch()
	defer slow.stop()
	began, done := cp.now(), int64(0)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			done += int64(n)
			if cp.c.maxFileSize > 0 && done > cp.c.maxFileSize {
				return errTooLarge
			}
			if _, werr := to.Write(piece[:n]); werr != nil {
				return werr
			}
			slow.add(n)
			cp.meter.add(n)
			if perr := cp.throttle(began, done); perr != nil {
				return perr
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil && errors.Is(context.Cause(cp.ctx), errSlow):
			return slow.failure()
		case err != nil:
			return partial(err)
		}
	}
}

// pieceSize is small where the rate is, so that it is even.
func (cp *copier) pieceSize() int64 {
	if rate := cp.c.limitRate; rate > 0 && rate/8 < copyPiece {
		return max(rate/8, 1)
	}
	return copyPiece
}

// throttle waits until as much may have come as has.
func (cp *copier) throttle(began time.Time, done int64) error {
	if cp.c.limitRate <= 0 {
		return nil
	}
	due := time.Duration(float64(done) / float64(cp.c.limitRate) * float64(time.Second))
	if ahead := due - cp.now().Sub(began); ahead > time.Millisecond {
		return pause(cp.ctx, ahead)
	}
	return nil
}

// partial makes an error of a body that has begun one that says so.
func partial(err error) error {
	if f := failureOf(err); f.code == exitReceive || f.code == exitEmptyReply || f.code == exitWeird && errors.Is(err, io.ErrUnexpectedEOF) {
		return &failure{code: exitPartial, err: err}
	}
	if errors.Is(err, godwit.ErrDecode) {
		return &failure{code: exitCoding, err: err}
	}
	return err
}

// errSlow is why a transfer that is too slow is cancelled.
var errSlow = errors.New("too slow")

// A watch counts the seconds in which less came than is wanted. Its zero value counts nothing.
type slowWatch struct {
	cp    *copier
	came  chan int
	done  chan struct{}
	limit int64
	time  int
}

// watch begins to count, if --speed-limit is set.
func (cp *copier) watch() *slowWatch {
	w := &slowWatch{cp: cp, limit: cp.c.speedLimit, time: cp.c.speedTime}
	if w.limit <= 0 || w.time <= 0 {
		return w
	}
	w.came, w.done = make(chan int), make(chan struct{})
	go w.run() // ends when stop closes done
	return w
}

func (w *slowWatch) run() {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	came, slow := int64(0), 0
	for {
		select {
		case <-w.done:
			return
		case n := <-w.came:
			came += int64(n)
		case <-second.C:
			if slow++; came >= w.limit {
				slow = 0
			}
			if came = 0; slow >= w.time {
				w.cp.stop(errSlow)
			}
		}
	}
}

func (w *slowWatch) add(n int) {
	if w.came != nil {
		w.came <- n
	}
}

func (w *slowWatch) stop() {
	if w.done != nil {
		close(w.done)
	}
}

func (w *slowWatch) failure() error {
	return &failure{code: exitTimeout, err: fmt.Errorf("operation too slow: less than %d bytes/sec transferred the last %d seconds", w.limit, w.time)}
}
