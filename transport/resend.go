package transport

import (
	"errors"
	"io"
	"net"
	"net/http"

	"example.com/godwit/conn"
)

// A resend is a reason to send a request once more.
type resend uint8

const (
	no          resend = iota
	lost               // its connection was no good: see mayResend
	unlooked           // the server has not looked at it, whatever it is (RFC 9113 8.7)
	misdirected        // the server does not answer for that origin over that connection (RFC 9110 15.5.20)
)

// String names the reason as tracers are told of it.
func (k resend) String() string {
	if k == misdirected {
		return "misdirected"
	}
	return "resend"
}

// resends bounds how often a request is sent again. Each reason but one is good for once. A server
// that has not looked at a request is asked again as long as it looks at others; some serve only
// a few on each connection.
type resends struct {
	lost, misdirected bool
	vain              int // how often in turn the server had looked at nothing at all
	all               int
}

const (
	mostVain    = 3
	mostResends = 100
)

// allow decides whether the request is sent once more. served says that its connection had
// answered others.
func (n *resends) allow(why resend, served bool) bool {
	switch why {
	case lost:
		was := n.lost
		n.lost = true
		return !was
	case misdirected:
		was := n.misdirected
		n.misdirected = true
		return !was
	case unlooked:
		if n.vain++; served {
			n.vain = 0
		}
		n.all++
		return n.vain < mostVain && n.all <= mostResends
	}
	return false
}

// mayResend decides whether a request that failed on a connection that had been idle is sent
// once more (RFC 9110 9.2.2, RFC 9112 9.3.1).
func mayResend(req *http.Request, e *Error) bool {
	if e.Answered || e.Limit > 0 || req.Context().Err() != nil || !lostConnection(e.Err) {
		return false
	}
	if !mayRewind(req) {
		return false
	}
	return !e.Sent || isIdempotent(req)
}

// lostConnection reports whether an error says that the peer is gone. Whatever the request's
// own body returned does not.
func lostConnection(err error) bool {
	if _, own := errors.AsType[*conn.BodyError](err); own {
		return false
	}
	if errors.Is(err, conn.ErrRemoteDisconnected) || errors.Is(err, io.ErrClosedPipe) || err == io.ErrUnexpectedEOF || err == errSilent {
		return true
	}
	switch err.(type) {
	case *GoAwayError, connEnd:
		return true
	}
	_, network := errors.AsType[*net.OpError](err)
	return network
}

// isIdempotent reports whether a request may be sent twice (RFC 9110 9.2.2). A caller that
// sends an Idempotency-Key says so.
func isIdempotent(req *http.Request) bool {
	switch req.Method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY":
		return true
	}
	return req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != ""
}

// mayRewind reports whether a request's body can be had again.
func mayRewind(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// rewound returns a request's body as it was at the beginning, if it can be had again.
func rewound(req *http.Request) (io.ReadCloser, bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return req.Body, true
	}
	body, err := req.GetBody()
	return body, err == nil
}
