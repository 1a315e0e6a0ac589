// The response's body as the client reads it.

package godwittest

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"

	"example.com/godwit/trace"
)

// A responseBody reads what the handler writes.
type responseBody struct {
	x      *exchange
	res    *http.Response
	left   int64 // of the body; -1: unknown
	err    error // what Read has ended with
	closed atomic.Bool
}

// Read waits for the handler to write, and hands over what that wrote.
func (b *responseBody) Read(p []byte) (int, error) {
	switch {
	case b.closed.Load():
		return 0, http.ErrBodyReadAfterClose
	case b.err != nil:
		return 0, b.err
	case b.left == 0: // whatever else the handler does
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	case b.left > 0 && int64(len(p)) > b.left:
		p = p[:b.left]
	}
	n, err := b.x.downNear.Read(p)
	if b.left > 0 {
		b.left -= int64(n)
	}
	if err != nil {
		err = b.ended()
	}
	return n, err
}

// ended returns what Read returns now that nothing more will come.
func (b *responseBody) ended() error {
	if context.Cause(b.x.ctx) != errFinished {
		if b.closed.Load() {
			return http.ErrBodyReadAfterClose
		}
		b.err = b.x.failure(trace.Receive)
		return b.err
	}
	b.err = io.EOF
	for name, values := range b.x.trailer {
		if b.res.Trailer == nil {
			b.res.Trailer = http.Header{}
		}
		b.res.Trailer[name] = values
	}
	return b.err
}

// Close ends the exchange: the handler cannot write any more, and its context ends. It may
// be called while Read waits.
func (b *responseBody) Close() error {
	b.closed.Store(true)
	b.x.end(errClosed)
	return nil
}
