package conn

import (
	"io"
	"net/http"
	"strings"
	"time"

	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// A responseBody is an exchange as the reader of its response's body sees it. Read and Close
// may be called at the same time; Close then ends the Read.
type responseBody Exchange

// Read reads from the body. When it is complete, the connection is given back at once, and
// not only with Close.
func (b *responseBody) Read(p []byte) (int, error) {
	x := (*Exchange)(b)
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.read(p)
}

// read is Read. x.mu is held.
func (x *Exchange) read(p []byte) (int, error) {
	if x.over {
		return 0, x.afterwards()
	}
	n, err := x.body.Read(p)
	if x.opt.Tracer != nil && n > 0 {
		x.emit(trace.Data{Exchange: x.opt.ID, P: p[:n]})
	}
	if err == nil {
		return n, nil
	}
	if err == io.EOF && x.framing.Kind == h1.UntilClose && x.conn.truncated() {
		err = &IncompleteReadError{Partial: x.body.Count(), Expected: -1}
	}
	if err == io.EOF {
		x.setTrailer()
		x.step(h1.GotBody)
		x.finish(nil)
		return n, io.EOF
	}
	x.failure = x.phaseError(trace.Receive, err)
	x.finish(x.failure)
	return n, x.failure
}

// afterwards is what Read returns once the exchange is over.
func (x *Exchange) afterwards() error {
	switch {
	case x.failure != nil:
		return x.failure
	case x.body.Err() == io.EOF:
		return io.EOF
	}
	return http.ErrBodyReadAfterClose
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
	for name, values := range h1.Header(fields) {
		if !mayTrail(name) {
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
func (b *responseBody) WriteTo(w io.Writer) (written int64, err error) {
	block := getBlock()
	defer putBlock(block)
	for {
		n, err := b.Read(*block)
		if n > 0 {
			m, werr := w.Write((*block)[:n])
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
func (b *responseBody) Close() error {
	x := (*Exchange)(b)
	if !x.mu.TryLock() {
		// Somebody reads. What that is waiting for, nobody wants any more.
		x.hangUp.Store(true)
		x.conn.wake()
		x.mu.Lock()
	}
	defer x.mu.Unlock()
	if x.over {
		return nil
	}
	if x.drain() {
		x.setTrailer()
		x.step(h1.GotBody)
		x.finish(nil)
		return nil
	}
	x.finish(errClosedEarly)
	return nil
}

// drain reads what is left, if that is worth it, and reports whether the body is complete.
func (x *Exchange) drain() bool {
	left := x.body.Left()
	switch {
	case x.ctx.Err() != nil, x.hangUp.Load(), x.framing.Kind == h1.UntilClose, left > mostDrained,
		x.sender != nil && x.sender.failure() != nil:
		return false
	case left < 0 && strings.HasPrefix(x.res.Header.Get("Content-Type"), "text/event-stream"):
		return false // it has no end
	case x.close:
		return false // it would be closed all the same
	}
	x.hurry = drainTime
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
