// One exchange: a request, and its response up to the end of the body.

package h3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/tlserr"
)

// An exchange is one that is under way.
type exchange struct {
	conn   *conn
	req    *http.Request // the caller's
	out    *outBody      // nil: the request has none
	ctx    context.Context
	cancel context.CancelCauseFunc
	sent   atomic.Bool // something of the request may have been written
	over   atomic.Bool

	answered atomic.Bool   // the response's head is here
	stop     []func() bool // take back what has been arranged
}

// RoundTrip sends a request, and returns its response. It takes the place of a reservation if there
// is one; otherwise it waits until the server lets it begin. Errors that are not about a context or
// the request's body are a *transport.StreamError, an [*Error] or a *tlserr.Error.
func (c *conn) RoundTrip(req *http.Request) (*http.Response, error) {
	c.enter()
	x := &exchange{conn: c, req: req}
	x.ctx, x.cancel = context.WithCancelCause(req.Context())
	if req.Body != nil && req.Body != http.NoBody {
		x.out = &outBody{from: req.Body, gone: make(chan struct{})}
		x.arrange(context.AfterFunc(x.ctx, x.out.abandon))
	}
	res, err := x.do()
	if err != nil {
		x.end()
		return nil, err
	}
	return res, nil
}

// arrange notes what is to be taken back at the end.
func (x *exchange) arrange(stop func() bool) { x.stop = append(x.stop, stop) }

// end ends the exchange, once.
func (x *exchange) end() {
	if x.over.Swap(true) {
		return
	}
	for _, stop := range x.stop {
		stop()
	}
	x.cancel(nil)
	if x.out != nil {
		x.out.abandon()
	}
	x.conn.leave()
}

// do sends the request and waits for the response.
func (x *exchange) do() (*http.Response, error) {
	begunEarly := x.conn.isEarly()
	early := begunEarly && mayBeEarly(x.req)
	res, err := x.try(early)
	switch {
	case err == nil && early && res.StatusCode == http.StatusTooEarly: // RFC 8470 5.2
		res.Body.Close()
		if err = x.conn.awaitHandshake(x.ctx); err == nil {
			res, err = x.try(false)
		}
	case err != nil && (early || !x.sent.Load()) && x.conn.rejects(x.ctx, begunEarly, err):
		return nil, &Error{Err: errEarly, unsent: true}
	}
	x.answered.Store(true)
	if err == nil {
		err = x.check(res)
	}
	if err != nil {
		return nil, x.failed(err)
	}
	x.receive(res)
	return res, nil
}

// try sends the request once.
func (x *exchange) try(early bool) (*http.Response, error) {
	res, err := x.conn.http.RoundTrip(x.outgoing(early))
	if err != nil && x.out != nil && x.out.failure() != nil {
		return nil, x.out.failure()
	}
	return res, err
}

// outgoing returns the request as quic-go is to see it.
func (x *exchange) outgoing(early bool) *http.Request {
	req := *x.req
	if req.Method == "" {
		req.Method = "GET"
	}
	if early {
		req.Method = earlyMethod[req.Method]
	}
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header = req.Header.Clone()
		if req.Header == nil {
			req.Header = make(http.Header)
		}
		req.Header["User-Agent"] = nil // so that quic-go does not send its own
	}
	req.Body = nil
	if x.out != nil {
		req.Body = x.out
	}
	t := &httptrace.ClientTrace{
		WroteHeaderField: func(string, []string) { x.sent.Store(true) }, // it is about to be
		WroteHeaders:     x.watch,
	}
	return req.WithContext(httptrace.WithClientTrace(x.ctx, t))
}

// watch sees to it that the server is there, from when the request has been sent until it is answered.
// A server acknowledges what it is sent within milliseconds, however long it takes to answer; but QUIC
// itself waits for half a minute before it says that there is none.
func (x *exchange) watch() {
	w := &watch{x: x, last: x.conn.quic.ConnectionStats()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(x.conn.window, w.look)
	x.arrange(w.timer.Stop)
}

// A watch looks at a connection once in a while: if we have sent something, be it only once more what
// has not been acknowledged, and nothing at all has come.
type watch struct {
	x *exchange

	mu      sync.Mutex // guards the following
	timer   *time.Timer
	last    quic.ConnectionStats
	silence int // how many looks have seen that since something came
}

// mostSilence is how many looks are enough: one may come just before the acknowledgement. They need
// not be one after the other: what is not acknowledged is sent again at intervals that double.
const mostSilence = 2

func (w *watch) look() {
	x := w.x
	if x.over.Load() || x.answered.Load() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := x.conn.quic.ConnectionStats()
	switch {
	case now.PacketsReceived > w.last.PacketsReceived:
		w.silence = 0
	case now.PacketsSent > w.last.PacketsSent:
		w.silence++
	}
	w.last = now
	if w.silence < mostSilence {
		w.timer.Reset(x.conn.window)
		return
	}
	// The connection gets no more exchanges. Those of which another attempt does no harm need not
	// wait; the others wait for what QUIC makes of it.
	x.conn.doubt()
	if x.out == nil && isSafe(x.req.Method) {
		x.cancel(errSilent)
	}
}

// isSafe reports whether a method is safe (RFC 9110 9.2.1), so that it does no harm to send the
// request once more.
func isSafe(method string) bool {
	switch method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// failed returns in our words why the exchange came to nothing.
func (x *exchange) failed(err error) error {
	if ended := x.req.Context().Err(); ended != nil {
		return ended
	}
	if context.Cause(x.ctx) == errSilent {
		return &Error{Err: errSilent}
	}
	if x.sent.Load() || isOurs(err) {
		return x.explain(err)
	}
	known := failure(err, x.conn.opt.Addr, now(x.conn.opt.TLS))
	if isA[*tlserr.Error](known) {
		return known
	}
	e, ok := errors.AsType[*Error](known)
	if !ok {
		e = &Error{Err: fmt.Errorf("%w: %w", errNoStream, known)}
	}
	e.unsent = true
	x.conn.end(e)
	return e
}

// explain returns what an error says in our words. What quic-go says without a code is that what the
// server has sent is malformed.
func (x *exchange) explain(err error) error {
	known := failure(err, x.conn.opt.Addr, now(x.conn.opt.TLS))
	if e, ok := known.(*Error); ok {
		x.conn.end(e)
		if !e.Remote && !e.QUIC && e.Code != 0 && e.Code != uint64(http3.ErrCodeNoError) {
			// We have closed it, because of what the server has sent.
			return streamError(http3.ErrCode(e.Code), errMalformed)
		}
		return e
	}
	if known != err || isOurs(err) {
		return known
	}
	code := http3.ErrCodeMessageError
	if closed, ok := errors.AsType[*quic.ApplicationError](context.Cause(x.conn.quic.Context())); ok && !closed.Remote {
		code = http3.ErrCode(closed.ErrorCode) // it was so bad that the connection was closed
		x.conn.end(&Error{Code: uint64(code)})
	}
	return streamError(code, err)
}

// isOurs reports whether an error comes from this side: a context, or the request's body.
func isOurs(err error) bool {
	_, body := errors.AsType[*bodyError](err)
	return body || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

var (
	errStatus = errors.New("the status is not three digits")
	err101    = errors.New("HTTP/3 has no status 101")

	errMalformed = errors.New("what the server sends besides responses is malformed")
)

// check looks at what quic-go does not look at in a response.
func (x *exchange) check(res *http.Response) error {
	digits := res.Status
	if len(digits) < 4 || digits[3] != ' ' || res.StatusCode < 100 || res.StatusCode > 999 {
		return streamError(http3.ErrCodeMessageError, errStatus)
	}
	if res.StatusCode == http.StatusSwitchingProtocols { // RFC 9114 4.5
		return streamError(http3.ErrCodeMessageError, err101)
	}
	return nil
}

// receive makes the response the caller's.
func (x *exchange) receive(res *http.Response) {
	res.Request = x.req
	b := &inBody{x: x, res: res, from: res.Body}
	if hasNoBody(x.req.Method, res.StatusCode) {
		res.Body = http.NoBody
		b.Close()
		return
	}
	res.Body = b
}

// hasNoBody reports whether a response has no body, whatever it says of its length.
func hasNoBody(method string, status int) bool {
	return method == "HEAD" || status == http.StatusNoContent || status == http.StatusNotModified
}

// An inBody is the body of a response.
type inBody struct {
	x    *exchange
	res  *http.Response
	from io.ReadCloser
	err  error // that the last Read returned; nil: it is not over
}

// Read reads on.
func (b *inBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.from.Read(p)
	if err == nil {
		return n, nil
	}
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		err = b.x.failed(err)
	}
	b.err = err
	b.x.end()
	return n, err
}

// Close ends the exchange. What had not been read is not sent, and the connection goes on.
func (b *inBody) Close() error {
	err := b.from.Close()
	b.x.end()
	return err
}
