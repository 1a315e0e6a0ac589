package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"example.com/godwit/internal/dial"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// In TLS 1.3 the server judges the client's certificate after the handshake is over for us, and
// what it says then comes in answer to the first that is sent by HTTP/2.

// judged returns what an error of reading from the server says.
func (w *wire) judged(err error) error {
	tc, ok := w.Conn.(*tls.Conn)
	if !ok || !dial.IsTLS(err) {
		return err
	}
	return dial.Failure(tc, err, w.server, time.Now())
}

// awaitVerdict waits for what the server has said, if it has hung up on a write: it is there to be
// read, and says more than that.
func (w *wire) awaitVerdict(err error) {
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() || w.closed.Load() {
		return
	}
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case <-w.above.lost:
	case <-timer.C:
	}
}

// refused returns why the server has ended the connection before anything came of it, or else err.
func (c *http2Conn) refused(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loss != nil {
		return &brokenOff{c.loss}
	}
	return err
}

// A brokenOff says that the server has ended, or broken, a connection for HTTP/2 before a request
// came into it.
type brokenOff struct{ error }

func (r *brokenOff) Unwrap() error { return r.error }

// isVerdict reports whether an error is what the server says of the client's certificate, or
// another failure of TLS.
func isVerdict(err error) bool {
	_, ok := errors.AsType[*tlserr.Error](err)
	return ok
}

// openError makes the error of a connection on which HTTP/2 could not begin.
func openError(addr string, err error) *Error {
	e := &Error{Phase: trace.Connect, Addr: addr, Err: err}
	r, refused := errors.AsType[*brokenOff](err)
	switch {
	case isVerdict(err):
		e.Phase = trace.TLS
	case refused:
		// It was there, and its answer was not what HTTP/2 begins with.
		e.Phase = trace.Wait
	}
	if refused {
		e.Err = r.error
	}
	return e
}
