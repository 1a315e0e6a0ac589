// Bodies that are made piece by piece.

package godwit

import (
	"io"
	"iter"
	"sync"
)

// Seq is a body of pieces, sent in chunks as they come; empty ones are ignored. A piece must
// stay as it is until the next one is asked for. The sequence is gone through once for each
// time that the body is sent: what can be gone through but once must not be sent again, so
// make that a [Reader].
//
// A sequence that waits ought to end with the call's context: nothing else wakes it.
func Seq(pieces iter.Seq[[]byte], contentType string) *Body {
	b := &Body{Type: contentType, Size: -1}
	if pieces != nil { // else Apply says that it is missing
		b.Open = func() (io.ReadCloser, error) { return &seqBody{pieces: pieces}, nil }
	}
	return b
}

// A seqBody reads a sequence. Its lock is held while a piece is made, so that Close, which
// may be called meanwhile, does not end the sequence inside of itself.
type seqBody struct {
	pieces iter.Seq[[]byte]

	mu     sync.Mutex // guards the following
	next   func() ([]byte, bool)
	stop   func()
	rest   []byte
	closed bool
}

// Read returns at most one piece.
func (b *seqBody) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, errBodyClosed
	}
	if b.next == nil {
		b.next, b.stop = iter.Pull(b.pieces)
	}
	for len(b.rest) == 0 {
		var ok bool
		if b.rest, ok = b.next(); !ok {
			return 0, io.EOF
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close ends the sequence.
func (b *seqBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.stop != nil {
		b.stop()
	}
	return nil
}
