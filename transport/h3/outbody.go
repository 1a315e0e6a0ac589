// The body of a request, between the caller and quic-go, which reads it on a goroutine of its own.

package h3

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A bodyError says that it was the request's body that failed.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

var errAbandoned = errors.New("the exchange is over")

// An outBody is the body of a request.
type outBody struct {
	from    io.ReadCloser
	expects bool          // the request says "Expect: 100-continue"
	wait    time.Duration // how long to wait for leave to send it; 0: not at all

	leave chan struct{} // closed when the server wants the body
	gone  chan struct{} // closed when nobody does

	begun atomic.Bool // somebody reads from it

	leaveOnce, goneOnce, closeOnce sync.Once

	mu  sync.Mutex // guards the following
	err error      // that the body returned; nil: none yet
}

func newOutBody(req *http.Request, wait time.Duration) *outBody {
	b := &outBody{from: req.Body, leave: make(chan struct{}), gone: make(chan struct{})}
	if strings.EqualFold(req.Header.Get("Expect"), "100-continue") {
		b.expects, b.wait = wait > 0, wait
	}
	return b
}

// proceed lets the body be sent: the server has asked for it.
func (b *outBody) proceed() { b.leaveOnce.Do(func() { close(b.leave) }) }

// abandon says that nobody wants the body any more. It does not wait for a Read that is under way,
// which the body's Close may wait for.
func (b *outBody) abandon() {
	b.goneOnce.Do(func() {
		close(b.gone)
		go b.Close() // ends with the Read under way at the latest
	})
}

// Read reads from the body, once the server wants it.
func (b *outBody) Read(p []byte) (int, error) {
	if err := b.await(); err != nil {
		return 0, err
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

// await waits for leave to send the body.
func (b *outBody) await() error {
	if b.wait > 0 {
		t := time.NewTimer(b.wait)
		defer t.Stop()
		select {
		case <-b.leave:
		case <-b.gone:
		case <-t.C: // RFC 9110 10.1.1
		}
		b.wait = 0
	}
	select {
	case <-b.gone:
		return errAbandoned
	default:
		b.begun.Store(true)
		return nil
	}
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
