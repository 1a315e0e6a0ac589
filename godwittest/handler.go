// Package godwittest helps to test programs that use Godwit.
//
// [Handler] calls an http.Handler without a network. [Record] writes down what a real server
// said, as text that a person can review, and [Replay] says it again. [Server] and [Dialer]
// are peers that follow a script, for whatever a well-behaved server does not do.
//
// All of them are safe for concurrent use. Handler, Replay and Dialer work in the bubbles of
// testing/synctest, where time is virtual.
package godwittest

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"sync"
	"sync/atomic"

	"example.com/godwit/trace"
)

// Handler returns a transport that calls h without a network. nil: [http.DefaultServeMux].
//
// What client and handler see is what they would see of each other over HTTP/1.1. The
// response arrives when the handler flushes it, when it has written more than 2048 bytes, or
// when it returns; the body is read as it is written, nothing holds the whole of it, and a client
// that does not read makes the handler wait. Content-Type, Content-Length and Date are added
// as net/http's server adds them; 1xx responses reach httptrace's Got1xxResponse; trailers
// go both ways.
//
// The handler's context ends when the client's does, when the response's body is closed, and
// when the handler returns; it has none of the client's values. A handler that panics fails
// the exchange with a [*PanicError]. Errors are of type *[trace.Error]. There is no Hijack:
// [http.ResponseController] says that it is not supported.
//
// Each request has a goroutine that ends with the handler and, if it has a body, one that
// reads it. Whoever has the response closes its body.
func Handler(h http.Handler) http.RoundTripper {
	if h == nil {
		h = http.DefaultServeMux
	}
	return &handler{server: &http.Server{Handler: h}}
}

type handler struct {
	server *http.Server // what http.ServerContextKey has; it never runs
}

// RoundTrip calls the handler with a copy of the request, as it would come over a wire.
func (h *handler) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := trace.Ended(req.Context()); err != nil {
		closeBody(req)
		return nil, &trace.Error{Phase: trace.Send, Err: err}
	}
	x := &exchange{req: req, addr: authority(req.URL), heads: make(chan *http.Response), answered: make(chan struct{})}
	r, err := received(req)
	if err != nil {
		closeBody(req)
		return nil, &trace.Error{Phase: trace.Send, Err: err}
	}
	x.begin(h.server, r)
	given := false
	defer func() {
		if !given { // somebody's hook may have panicked
			x.end(errGivenUp)
		}
	}()
	for {
		select {
		case res := <-x.heads:
			if !isInterim(res.StatusCode) {
				given = true
				close(x.answered)
				return res, nil
			}
			if err := tellInterim(httptrace.ContextClientTrace(req.Context()), res); err != nil {
				x.end(err)
				return nil, x.failure(trace.Wait)
			}
		case <-x.ctx.Done():
			return nil, x.failure(trace.Wait)
		}
	}
}

// tellInterim tells httptrace of a 1xx response.
func tellInterim(t *httptrace.ClientTrace, res *http.Response) error {
	if t == nil {
		return nil
	}
	if res.StatusCode == http.StatusContinue && t.Got100Continue != nil {
		t.Got100Continue()
	}
	if t.Got1xxResponse == nil {
		return nil
	}
	return t.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header))
}

// isInterim reports whether another response follows one of this status (RFC 9110 15.2).
func isInterim(status int) bool {
	return status/100 == 1 && status != http.StatusSwitchingProtocols
}

// An exchange is one request, its response, and the two goroutines that they need.
type exchange struct {
	req  *http.Request // the client's
	addr string        // whom errors name

	// ctx is the handler's. Its cause says how the exchange ended: errFinished, or what
	// went wrong. It is set before anybody is woken.
	ctx    context.Context
	cancel context.CancelCauseFunc

	// Bodies go through pipes. The client's ends are near, the handler's far.
	upNear, upFar, downNear, downFar net.Conn
	closeUp                          sync.Once   // the client's body is closed
	unwanted                         atomic.Bool // the handler has closed its body

	heads    chan *http.Response // 1xx and the final one, to RoundTrip
	answered chan struct{}       // closed when that has the final one

	sent    http.Header // the request's trailer, once upNear is closed
	trailer http.Header // the response's, once the exchange has finished
}

// begin starts the handler, and the sending of the request's body.
func (x *exchange) begin(server *http.Server, r *http.Request) {
	ctx := context.WithValue(context.Background(), http.ServerContextKey, server)
	ctx = context.WithValue(ctx, http.LocalAddrContextKey, localAddr(x.req.URL))
	x.ctx, x.cancel = context.WithCancelCause(ctx)
	x.upNear, x.upFar = net.Pipe()
	x.downNear, x.downFar = net.Pipe()

	r = r.WithContext(x.ctx)
	w := newResponse(x, r)
	if r.ContentLength == 0 {
		x.closeBody()
	} else {
		body := &requestBody{x: x, r: r, w: w}
		r.Body = body
		if hasToken(r.Header["Expect"], "100-continue") {
			body.expects.Store(true)
		} else {
			go x.send() // ends with the body, or with the exchange
		}
	}
	stop := context.AfterFunc(x.req.Context(), func() { x.end(trace.Ended(x.req.Context())) })
	go x.serve(server.Handler, w, r, stop) // ends with the handler
}

// serve calls the handler.
func (x *exchange) serve(h http.Handler, w *response, r *http.Request, stop func() bool) {
	defer stop()
	returned := false
	defer func() {
		if !returned {
			x.end(panicked(recover()))
		}
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}()
	h.ServeHTTP(w, r)
	returned = true
	x.end(w.finish())
}

// deliver hands a head to RoundTrip. An interim one that comes too late is dropped.
func (x *exchange) deliver(res *http.Response) error {
	select {
	case x.heads <- res:
		return nil
	case <-x.answered:
		return nil
	case <-x.ctx.Done():
		return io.ErrClosedPipe
	}
}

// end ends the exchange, once: whoever waits in it is woken.
func (x *exchange) end(cause error) {
	x.cancel(cause)
	x.upFar.Close()
	x.downFar.Close()
	x.closeBody()
}

// closeBody closes the request's body, once. net/http has it that Close may be called while
// Read waits, and wakes it.
func (x *exchange) closeBody() { x.closeUp.Do(func() { closeBody(x.req) }) }

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// failure returns the error of an exchange that has ended otherwise than by finishing.
func (x *exchange) failure(p trace.Phase) error {
	cause := context.Cause(x.ctx)
	if e, ok := cause.(*sendError); ok {
		return &trace.Error{Phase: trace.Send, Addr: x.addr, Sent: true, Answered: p == trace.Receive, Err: e.err}
	}
	return &trace.Error{Phase: p, Addr: x.addr, Sent: true, Answered: p == trace.Receive, Err: cause}
}

// authority returns the host and port of a URL.
func authority(u *url.URL) string {
	if u == nil {
		return ""
	}
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
