package curl

// Copying a body: no faster than --limit-rate, no slower than --speed-limit, no more than
// --max-filesize.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"example.com/godwit"
)

// A copier copies a body.
type copier struct {
	ctx   context.Context
	now   func() time.Time
	c     *config
	slow  *slowWatch
	meter *meter
}

// copyPiece is how much is copied at once.
const copyPiece = 64 << 10

// copy copies all that comes.
func (cp *copier) copy(to io.Writer, from io.Reader) error {
	piece := make([]byte, cp.c.pieceSize())
	pace := pace{ctx: cp.ctx, now: cp.now, rate: cp.c.limitRate}
	for {
		n, err := from.Read(piece)
		if n > 0 {
			cp.slow.add(n)
			cp.meter.add(n)
			if perr := pace.after(n); perr != nil {
				return perr
			}
			if cp.c.maxFileSize > 0 && pace.done > cp.c.maxFileSize {
				return errTooLarge
			}
			if _, werr := to.Write(piece[:n]); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return partial(err)
		}
	}
}

// pieceSize is small where the rate is, so that it is even.
func (c *config) pieceSize() int64 {
	if rate := c.limitRate; rate > 0 && rate/8 < copyPiece {
		return max(rate/8, 1)
	}
	return copyPiece
}

// A pace keeps a transfer at a rate. One of 0 is none.
type pace struct {
	ctx   context.Context
	now   func() time.Time
	rate  int64
	began time.Time
	done  int64
}

// after waits until as many bytes more may have been transferred.
func (p *pace) after(n int) error {
	if p.done == 0 {
		p.began = p.now()
	}
	p.done += int64(n)
	if p.rate <= 0 {
		return nil
	}
	due := time.Duration(float64(p.done) / float64(p.rate) * float64(time.Second))
	if ahead := due - p.now().Sub(p.began); ahead > time.Millisecond {
		return pause(p.ctx, ahead)
	}
	return nil
}

// A pacedBody is a request's body at a rate.
type pacedBody struct {
	io.ReadCloser
	pace
	most int64
}

// Read reads no more than is due within an eighth of a second.
func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.most)])
	if n > 0 {
		if perr := b.after(n); perr != nil {
			return n, perr
		}
	}
	return n, err
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

// A slowWatch counts the seconds in which less is transferred than is wanted.
type slowWatch struct {
	limit int64
	time  int
	moved atomic.Int64
	done  chan struct{} // nil: nobody counts
}

// watch begins to count, if --speed-limit is set, and has stop called when it was too slow for too
// long.
func (c *config) watch(stop context.CancelCauseFunc) *slowWatch {
	w := &slowWatch{limit: c.speedLimit, time: c.speedTime}
	if w.limit > 0 && w.time > 0 {
		w.done = make(chan struct{})
		go w.run(stop) // ends when over closes done
	}
	return w
}

func (w *slowWatch) run(stop context.CancelCauseFunc) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for slow := 0; ; {
		select {
		case <-w.done:
			return
		case <-second.C:
			if slow++; w.moved.Swap(0) >= w.limit {
				slow = 0
			}
			if slow >= w.time {
				stop(errSlow)
			}
		}
	}
}

// add counts what was transferred.
func (w *slowWatch) add(n int) { w.moved.Add(int64(n)) }

// over ends it.
func (w *slowWatch) over() {
	if w.done != nil {
		close(w.done)
	}
}

// blame returns what the error of a transfer is about.
func (w *slowWatch) blame(ctx context.Context, err error) error {
	if err == nil || !errors.Is(context.Cause(ctx), errSlow) {
		return err
	}
	return &failure{code: exitTimeout, err: fmt.Errorf("operation too slow: less than %d bytes/sec transferred the last %d seconds", w.limit, w.time)}
}
