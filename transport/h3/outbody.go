// The body of a request, between the caller and quic-go, which reads it on a goroutine of its own.

package h3

import (
	"errors"
	"io"
	"sync"
)

// A bodyError says that it was the request's body that failed.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

var errAbandoned = errors.New("the exchange is over")

// An outBody is the body of a request.
type outBody struct {
	from io.ReadCloser
	gone chan struct{} // closed when nobody wants the body any more

	goneOnce, closeOnce sync.Once

	mu  sync.Mutex // guards the following
	err error      // that the body returned; nil: none yet
}

// abandon says that nobody wants the body any more. It does not wait for a Read that is under way,
// which the body's Close may wait for.
func (b *outBody) abandon() {
	b.goneOnce.Do(func() {
		close(b.gone)
		go b.Close() // ends with the Read under way at the latest
	})
}

// Read reads from the body.
func (b *outBody) Read(p []byte) (int, error) {
	select {
	case <-b.gone:
		return 0, errAbandoned
	default:
	}
	n, err := b.from.Read(p)
	if err != nil && err != io.EOF {
		err = &bodyError{err}
		b.mu.Lock()
		b.err = err
		b.mu.Unlock()
	}
	return n, err
}

// failure returns what the body failed with, nil if it has not.
func (b *outBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Close closes the body, once.
func (b *outBody) Close() (err error) {
	b.closeOnce.Do(func() { err = b.from.Close() })
	return err
}
