package conn

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// A Body is the body of a response, and the caller's hold on its exchange: that is over when
// the body has been read to its end or closed. Read and Close may be called at the same time;
// Close then ends the Read.
//
// A body that is shorter than announced ends with an [IncompleteReadError].
type Body struct {
	conn   *link
	hangUp atomic.Bool // Close has been called while somebody reads
	block  int32       // what WriteTo reads at once; 0: blockSize
	most   int64       // what ReadAll reads at the most; 0: mostRead; negative: no bound

	mu  sync.Mutex // held while somebody reads; guards the following
	x   *Exchange  // nil: the exchange is over
	err error      // then: what Read returns

	trailer *Fields // of a response by hand, once the body is complete; nil: there is none
}

// Read reads from the body. When it is complete, the connection is given back at once, and
// not only with Close.
func (b *Body) Read(p []byte) (int, error) {
	if b == noBody {
		return 0, io.EOF
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.x == nil {
		return 0, b.err
	}
	whole := false
	defer b.orDrop(&whole)
	n, err := b.x.read(p)
	if whole = true; err != nil {
		b.x, b.err = nil, err
	}
	return n, err
}

// orDrop gives the exchange up if a tracer has panicked in the middle of a read: a piece of the
// body is lost.
func (b *Body) orDrop(whole *bool) {
	if x := b.x; !*whole && x != nil {
		b.x, b.err = nil, http.ErrBodyReadAfterClose
		x.drop()
	}
}

// noBody is the body of a response that has none. All connections share it, so that nobody
// must wait for its lock.
var noBody = new(Body)

// read reads from the body. With an error, io.EOF among them, the exchange is over.
func (x *Exchange) read(p []byte) (int, error) {
	n, err := x.body.Read(p)
	if x.told && x.opt.Tracer != nil && n > 0 {
		x.emit(trace.Data{Exchange: x.opt.ID, P: p[:n]})
	}
	if err == nil {
		return n, nil
	}
	if err == io.EOF && x.framing.Kind == h1.UntilClose && x.conn.truncated() {
		err = &IncompleteReadError{Partial: x.body.Count(), Expected: -1}
	}
	if err == io.EOF {
		x.complete()
		return n, io.EOF
	}
	e := x.phaseError(trace.Receive, err)
	if x.sender != nil && e.Limit > 0 && x.conn.aborted.Load() {
		if sent := x.sender.failure(); sent != nil {
			e = sent // the request's body broke off, and that woke us
		}
	}
	x.finish(e)
	return n, e
}

// complete ends an exchange whose response has come to its end.
func (x *Exchange) complete() {
	x.setTrailer()
	x.step(h1.GotBody)
	x.finish(nil)
}

// setTrailer copies the trailer fields into the response, as net/http's documents have it.
func (x *Exchange) setTrailer() {
	fields := x.body.Trailer()
	if len(fields) == 0 {
		return
	}
	if x.opt.Tracer != nil {
		x.emit(trace.Trailer{Exchange: x.opt.ID, Fields: fields})
	}
	if x.hand != nil {
		trailer := fields // so that only who has a trailer pays for it
		x.given.trailer = &trailer
		return
	}
	for name, values := range h1.Header(fields) {
		if !message.MayTrail(name) {
			continue
		}
		if x.res.Trailer == nil {
			x.res.Trailer = make(http.Header)
		}
		x.res.Trailer[name] = values
	}
}

// WriteTo writes the rest of the body to w. io.Copy calls it, which saves system calls over
// the small buffers that readers tend to bring.
func (b *Body) WriteTo(w io.Writer) (written int64, err error) {
	block, done := newBlock(int(b.block))
	defer done()
	for {
		n, err := b.Read(block)
		if n > 0 {
			m, werr := w.Write(block[:n])
			written += int64(m)
			if werr == nil && m < n {
				werr = io.ErrShortWrite
			}
			if werr != nil {
				return written, werr
			}
		}
		if err == io.EOF {
			return written, nil
		}
		if err != nil {
			return written, err
		}
	}
}

// What Close reads of a body that nobody wants, in bytes and in time: as much as is cheaper
// than a new connection.
const (
	mostDrained = 64 << 10
	drainTime   = 50 * time.Millisecond
)

// Close ends the exchange. If little of the body is left, that is read, so that the
// connection can be used again; otherwise the connection is closed.
func (b *Body) Close() error {
	if b == noBody {
		return nil
	}
	if !b.mu.TryLock() {
		// Somebody reads. What that is waiting for, nobody wants any more.
		b.hangUp.Store(true)
		b.conn.wakeReader(b)
		b.mu.Lock()
	}
	defer b.mu.Unlock()
	if b.x == nil {
		return nil
	}
	x, whole := b.x, false
	defer b.orDrop(&whole)
	if x.drain() {
		x.complete()
	} else {
		x.finish(errClosedEarly)
	}
	whole = true
	b.x, b.err = nil, http.ErrBodyReadAfterClose
	return nil
}

// drain reads what is left, if that is worth it, and reports whether the body is complete.
func (x *Exchange) drain() bool {
	left := x.body.Left()
	switch {
	case x.conn.closed.Load(), x.ctx.Err() != nil, x.given.hangUp.Load(), x.framing.Kind == h1.UntilClose, left > mostDrained,
		x.sender != nil && x.sender.failure() != nil:
		return false
	case left < 0 && x.endless || x.res != nil && endless(x.res.Header.Get("Content-Type")):
		return false // it has no end
	case x.close:
		return false // it would be closed all the same
	}
	if !x.conn.armReads(x, drainTime) {
		return false
	}
	until := ticks() + int64(drainTime)
	block := getBlock()
	defer putBlock(block)
	for total := 0; total <= mostDrained && ticks() < until; {
		n, err := x.body.Read(*block)
		if total += n; err != nil {
			return err == io.EOF
		}
	}
	return false
}

// leave lets go of the exchange: the connection is somebody else's.
func (b *Body) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.x, b.err = nil, http.ErrBodyReadAfterClose
}

// endless reports whether the body has no end by its nature: that of an event stream.
func endless(contentType string) bool { return strings.HasPrefix(contentType, "text/event-stream") }
