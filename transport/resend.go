package transport

import (
	"errors"
	"io"
	"net"
	"net/http"

	"example.com/godwit/conn"
)

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
	if errors.Is(err, conn.ErrRemoteDisconnected) || errors.Is(err, io.ErrClosedPipe) || err == io.ErrUnexpectedEOF {
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
