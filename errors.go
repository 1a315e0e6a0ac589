// What a call returns when it fails: one error type, asked about by kinds.

package godwit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/coding"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// A Kind is what errors.Is asks about. An error can be of several: a timeout while
// connecting is both ErrTimeout and ErrConnect.
type Kind string

// Error returns the kind in words.
func (k Kind) Error() string { return string(k) }

// The kinds of errors.
const (
	// ErrURL: the URL cannot be used; nothing was sent.
	ErrURL Kind = "invalid URL"
	// ErrRequest: something else about the request cannot be used; nothing was sent.
	ErrRequest Kind = "invalid request"
	// ErrPool: no connection came free in time.
	ErrPool Kind = "no connection free"
	// ErrResolve: the host's name could not be looked up. It is ErrConnect too.
	ErrResolve Kind = "cannot resolve host"
	// ErrConnect: there is no connection: no address, no socket, no TLS.
	ErrConnect Kind = "cannot connect"
	// ErrProxy: it failed with the proxy, before that let us through.
	ErrProxy Kind = "proxy failed"
	// ErrNotPublic: PublicOnly keeps it from the address; nothing was sent there.
	ErrNotPublic Kind = "address not public"
	// ErrTLS: the TLS handshake failed, or the certificate is not to be trusted. It is
	// ErrConnect too.
	ErrTLS Kind = "cannot agree on TLS"
	// ErrSend: the request could not be sent.
	ErrSend Kind = "cannot send"
	// ErrReceive: the response did not come, or not to its end.
	ErrReceive Kind = "cannot receive"
	// ErrProtocol: what came is not HTTP, or less of it than was announced.
	ErrProtocol Kind = "protocol broken"
	// ErrTimeout: a limit, the Timeout or the context's deadline has passed.
	ErrTimeout Kind = "timed out"
	// ErrCanceled: the context was cancelled.
	ErrCanceled Kind = "canceled"
	// ErrRedirects: there were more redirects than are to be followed.
	ErrRedirects Kind = "too many redirects"
	// ErrLocation: a redirect leads where it must not be followed to.
	ErrLocation Kind = "redirect refused"
	// ErrUnrewindable: the body would have to be sent again, and can be read but once.
	ErrUnrewindable Kind = "body cannot be sent again"
	// ErrTooLarge: the response is larger than is to be held.
	ErrTooLarge Kind = "response too large"
	// ErrDecode: the body is not what its coding, or the program, takes it for.
	ErrDecode Kind = "cannot decode"
	// ErrStatus: the status is 400 or above; the error is a *StatusError.
	ErrStatus Kind = "error status"
	// ErrAuth: credentials could not be had, or the server has not proved who it is.
	ErrAuth Kind = "cannot authenticate"
	// ErrSecret: a Secret would have gone elsewhere; nothing was sent there.
	ErrSecret Kind = "secret held back"
	// ErrRetry: it was tried again, or would have been, and there is no further attempt.
	ErrRetry Kind = "gave up trying again"
)

// allKinds lists the kinds, the more telling ones first.
var allKinds = [...]Kind{
	ErrURL, ErrRequest, ErrSecret, ErrCanceled, ErrTimeout, ErrPool, ErrNotPublic, ErrProxy, ErrResolve, ErrTLS, ErrConnect,
	ErrRedirects, ErrLocation, ErrUnrewindable, ErrTooLarge, ErrDecode, ErrAuth, ErrStatus, ErrProtocol, ErrSend, ErrReceive,
	ErrRetry,
}

// kindOf returns the most telling kind of an error, "" if there is none.
func kindOf(err error) string {
	for _, k := range allKinds {
		if errors.Is(err, k) {
			return string(k)
		}
	}
	return ""
}

// An Error is what a call returns when it fails. Its text is one line: method, URL, cause.
type Error struct {
	Kind   Kind   // "": Err tells
	Method string // of the request that failed; a redirect may have changed it
	URL    string // of that request, without its password
	Err    error  // the cause, never nil

	// Sent says whether the server may have acted on that request.
	Sent SentState

	// Attempts are the exchanges of the call, oldest first, those that found no connection too.
	// nil: it was refused before the first.
	Attempts []Attempt

	hide func(string) string // what stands for Secrets in a text in their place; nil: there are none
}

// Error returns method, URL and cause.
func (e *Error) Error() string {
	text := e.Method + " " + e.URL + ": " + e.Err.Error()
	if e.hide != nil {
		text = e.hide(text)
	}
	return visible(text) // the cause may be anybody's
}

// hideWith keeps secrets out of what the error says.
func (e *Error) hideWith(secrets secretList) {
	e.URL, e.hide = secrets.hide(e.URL), secrets.hider()
	e.Err = secrets.hideError(e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes the error answer to each Kind that fits.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	if !ok {
		return false
	}
	if k == e.Kind {
		return true
	}
	if re, ok := errors.AsType[*conn.RequestError](e.Err); ok {
		// The engine found it, in whatever phase: it is the request that is wrong.
		if errors.Is(re, conn.ErrInvalidURL) {
			return k == ErrURL
		}
		return k == ErrRequest
	}
	switch k {
	case ErrRetry, ErrAuth:
		return errors.Is(e.Err, k)
	case ErrTimeout:
		return e.Timeout()
	case ErrCanceled:
		return errors.Is(e.Err, context.Canceled)
	case ErrDecode:
		_, is := errors.AsType[*coding.Error](e.Err)
		return is
	case ErrTooLarge:
		_, is := errors.AsType[*coding.BombError](e.Err)
		return is
	case ErrProtocol:
		return isProtocolError(e.Err)
	case ErrNotPublic:
		return isNotPublic(e.Err)
	}
	te, ok := errors.AsType[*trace.Error](e.Err)
	if !ok {
		return foreignIs(e.Err, k)
	}
	return phaseIs(te.Phase, k) || (te.Proxy && k == ErrProxy)
}

// foreignIs is Is for an error of a transport that is not ours, which does not name the phase:
// net, crypto/tls and net/http tell it by the type.
func foreignIs(err error, k Kind) bool {
	op := ""
	if e, ok := errors.AsType[*net.OpError](err); ok {
		op = e.Op
	}
	_, dns := errors.AsType[*net.DNSError](err)
	switch k {
	case ErrResolve:
		return dns
	case ErrConnect:
		return dns || op == "dial" || op == "proxyconnect" || isTLS(err, op)
	case ErrProxy:
		return op == "proxyconnect"
	case ErrTLS:
		return isTLS(err, op)
	case ErrSend:
		return op == "write"
	case ErrReceive:
		return op == "read"
	}
	return false
}

// isTLS reports whether an error is one of crypto/tls or crypto/x509; op is that of the
// net.OpError in it, which alerts are wrapped in.
func isTLS(err error, op string) bool {
	if op == "remote error" || op == "local error" {
		return true
	}
	if _, ok := errors.AsType[*tlserr.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	e, ok := errors.AsType[*tlserr.Error](tlserr.From(err, "", time.Time{}))
	return ok && e.Cause.Certificate()
}

// phaseIs reports whether a failure in the phase is of the kind.
func phaseIs(p trace.Phase, k Kind) bool {
	switch p {
	case trace.Blocked:
		return k == ErrPool
	case trace.DNS:
		return k == ErrResolve || k == ErrConnect
	case trace.Connect:
		return k == ErrConnect
	case trace.TLS:
		return k == ErrTLS || k == ErrConnect
	case trace.Send:
		return k == ErrSend
	default:
		return k == ErrReceive
	}
}

// isProtocolError reports whether the server broke HTTP. A body that ends too early is such
// a breach too, unless it is only its content coding that does.
func isProtocolError(err error) bool {
	if _, ok := errors.AsType[*coding.Error](err); ok {
		return false
	}
	return errors.Is(err, conn.ErrHTTP) || errors.Is(err, io.ErrUnexpectedEOF)
}

// Timeout reports whether a limit, the Timeout or the context's deadline has passed.
func (e *Error) Timeout() bool {
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return true
	}
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](e.Err)
	return ok && t.Timeout()
}

// Temporary is false: whether to try again is not for the error to say. It makes an Error a
// net.Error.
func (e *Error) Temporary() bool { return false }

// kindError is a cause that knows its kind.
type kindError struct {
	kind Kind
	text string
}

func (e kindError) Error() string { return e.text }

// Is makes the cause answer to its kind.
func (e kindError) Is(target error) bool { return target == e.kind }

func kindErrorf(kind Kind, format string, args ...any) error {
	return kindError{kind, fmt.Sprintf(format, args...)}
}

// refuse returns the error for a request that is not sent. An error that is one already
// stays as it is.
func refuse(kind Kind, method, rawURL string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: kind, Method: visible(clip(method, 40)), URL: printable(rawURL), Err: err}
}

// refuse returns the error for a request that is not sent.
func (r *Request) refuse(kind Kind, err error) error {
	if _, is := errors.AsType[*Error](err); is {
		return err // another call's
	}
	e := refuse(kind, r.Method, r.URL, err).(*Error)
	e.hideWith(r.secrets)
	return e
}

// failed returns the error for a request that was to be sent.
func failed(req *http.Request, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok && e == err {
		return e
	}
	if h, ok := err.(*hiddenError); ok {
		err = h.err // it will be hidden again
	}
	if ue, ok := err.(*url.Error); ok {
		err = ue.Err // an http.Client further down says method and URL as well
	}
	if _, ok := errors.AsType[*coding.BombError](err); ok {
		err = fmt.Errorf("%w (set by MaxBody and MaxRatio)", err)
	}
	return &Error{Method: req.Method, URL: visible(trace.RedactURL(req.URL)), Err: err}
}

// timeoutError says that the whole call took too long; where it stood then is Err.
type timeoutError struct {
	after string
	err   error
}

func (e *timeoutError) Error() string {
	where := e.err.Error()
	if te, ok := errors.AsType[*trace.Error](e.err); ok && errors.Is(te.Err, context.DeadlineExceeded) {
		where = te.Doing() // the rest is what has been said
	}
	return where + ": timed out after " + e.after + " (set by Timeout)"
}

func (e *timeoutError) Unwrap() error { return e.err }

// Is makes it a context.DeadlineExceeded even where the transport did not say so.
func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

func (e *timeoutError) Timeout() bool { return true }
