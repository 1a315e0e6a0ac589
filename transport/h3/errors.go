// Errors: those of quic-go and of crypto/tls as ours, with their codes.

package h3

import (
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
)

// An Error says how a connection came to its end. What is wrong with one exchange alone is a
// *transport.StreamError.
type Error struct {
	// Code says why: a code of HTTP/3 (RFC 9114 8.1) or of QPACK (RFC 9204 6) or, if QUIC is
	// true, one of QUIC itself (RFC 9000 20.1). 0: there is none.
	Code uint64

	QUIC   bool   // it did not come so far as HTTP
	Remote bool   // the server has closed it
	Reason string // that the server gave; "": none
	Err    error  // what led to it here; nil: nothing

	unsent bool // it came about before anything of the request had been written
}

// Error returns one line: who, the code's name, and the reason. What the server gave is quoted if it
// is not plain text.
func (e *Error) Error() string {
	text := e.code()
	switch {
	case e.Err != nil && text == "":
		return e.Err.Error()
	case e.Err != nil:
		return e.Err.Error() + " (" + text + ")"
	case e.Remote:
		text = "the server closed the connection: " + text
	default:
		text = "we closed the connection: " + text
	}
	if e.Reason == "" {
		return text
	}
	if quoted := strconv.Quote(e.Reason); quoted != `"`+e.Reason+`"` {
		return text + ": " + quoted
	}
	return text + ": " + e.Reason
}

// code returns the code's name.
func (e *Error) code() string {
	switch {
	case e.Code == 0 && !e.QUIC:
		return ""
	case e.QUIC:
		return quic.TransportErrorCode(e.Code).String()
	default:
		return http3.ErrCode(e.Code).String()
	}
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Unprocessed reports whether the server cannot have looked at the request, so that this may be sent
// again whatever its method is.
func (e *Error) Unprocessed() bool { return e.unsent }

// Timeout reports whether the connection was given up because nothing came from the server any
// more.
func (e *Error) Timeout() bool { return e.Err == errSilent }

// Why connections end that the server does not end, and exchanges that do not begin.
var (
	errSilent   = errors.New("nothing comes from the server any more")
	errReset    = errors.New("the server knows nothing of the connection any more")
	errVersion  = errors.New("the server speaks another version of QUIC")
	errNoStream = errors.New("the connection takes no more requests")
	errClosed   = errors.New("the connection is closed")
	errEarly    = errors.New("the server rejects what was sent with the handshake")
)

// failure returns what an error of quic-go says in our words. One that is not quic-go's is returned
// as it is. addr is the server's, for the text of what is about TLS, and now the time.
func failure(err error, addr string, now time.Time) error {
	if e, ok := errors.AsType[*quic.TransportError](err); ok {
		if e.ErrorCode.IsCryptoError() {
			return tlsFailure(e, addr, now)
		}
		return &Error{Code: uint64(e.ErrorCode), QUIC: true, Remote: e.Remote, Reason: e.ErrorMessage}
	}
	if e, ok := errors.AsType[*quic.ApplicationError](err); ok {
		return &Error{Code: uint64(e.ErrorCode), Remote: e.Remote, Reason: e.ErrorMessage}
	}
	if e, ok := errors.AsType[*quic.StreamError](err); ok {
		return streamError(http3.ErrCode(e.ErrorCode), nil)
	}
	for _, known := range []struct {
		is  bool
		why error
	}{
		{isA[*quic.IdleTimeoutError](err), errSilent},
		{isA[*quic.HandshakeTimeoutError](err), errSilent},
		{isA[*quic.StatelessResetError](err), errReset},
		{isA[*quic.VersionNegotiationError](err), errVersion},
		{errors.Is(err, quic.ErrTransportClosed), errClosed},
	} {
		if known.is {
			return &Error{Err: known.why}
		}
	}
	return err
}

func streamError(code http3.ErrCode, err error) error {
	return &transport.StreamError{Code: uint64(code), Name: code.String(), Err: err}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// tlsFailure returns what went wrong with TLS: an alert of the server's, or what crypto/tls said of
// what the server had sent.
func tlsFailure(e *quic.TransportError, addr string, now time.Time) error {
	if e.Remote {
		alert := tls.AlertError(e.ErrorCode - 0x100) // RFC 9001 4.8
		return tlserr.From(&net.OpError{Op: "remote error", Err: alert}, addr, now)
	}
	for _, inner := range e.Unwrap() {
		if inner != nil && inner != net.ErrClosed {
			return tlserr.From(inner, addr, now)
		}
	}
	return tlserr.From(tls.AlertError(e.ErrorCode-0x100), addr, now)
}
