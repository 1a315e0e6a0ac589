package curl

// curl's exit codes, and which of them an error stands for.

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"example.com/godwit"
	"example.com/godwit/conn"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// The codes that are used, by curl's numbers.
const (
	exitUnsupported = 1  // a protocol that is not spoken
	exitUsage       = 2  // the command line
	exitURL         = 3  // a URL that cannot be read
	exitProxyName   = 5  // the proxy's name is not known
	exitResolve     = 6  // the host's name is not known
	exitConnect     = 7  // no connection
	exitWeird       = 8  // a reply that cannot be read
	exitHTTP2       = 16 // HTTP/2 broken
	exitPartial     = 18 // less of a body than was announced
	exitStatus      = 22 // 400 and above, with --fail
	exitWrite       = 23 // the output cannot be written
	exitRead        = 26 // a file cannot be read
	exitTimeout     = 28
	exitRange       = 33 // the server does not do ranges
	exitTLSConnect  = 35 // the handshake
	exitArgument    = 43 // an argument that cannot be sent
	exitInterface   = 45 // --interface does not work
	exitRedirects   = 47 // too many of them
	exitEmptyReply  = 52
	exitSend        = 55
	exitReceive     = 56
	exitLocalCert   = 58 // the client's own certificate
	exitCert        = 60 // the server's certificate is not to be trusted
	exitCoding      = 61 // a content coding that cannot be undone
	exitTooLarge    = 63 // more than --max-filesize
	exitRewind      = 65 // a body that would have to be sent again
	exitCAFile      = 77 // the file of the CAs cannot be read
	exitPin         = 90 // the server shows another key
	exitStream      = 92 // a stream of HTTP/2 or HTTP/3
	exitProxy       = 97 // the handshake with a SOCKS proxy
	exitAuth        = 94 // credentials that cannot be had
)

// A failure is an error that curl has a number for.
type failure struct {
	code int
	err  error
	flag bool // it is in the command line: curl does not show the number of those
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// A toldError is a failure that has been reported.
type toldError struct{ code int }

func (e *toldError) Error() string { return "it has been reported" }

// failureOf returns what curl would call an error.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return &failure{code: exitCode(err), err: err}
}

// exitCode returns the number for an error of the library: the first that fits.
func exitCode(err error) int {
	phase := trace.Phase(trace.NumPhases)
	e, traced := errors.AsType[*trace.Error](err)
	proxy := errors.Is(err, godwit.ErrProxy)
	if traced {
		phase, proxy = e.Phase, proxy || e.Proxy
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.Is(err, godwit.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	case errors.Is(err, godwit.ErrRedirects):
		return exitRedirects
	case errors.Is(err, godwit.ErrLocation), errors.Is(err, transport.ErrProtocol):
		return exitUnsupported
	case errors.Is(err, godwit.ErrURL):
		return exitURL
	}
	if code := tlsCode(err); code != 0 {
		return code
	}
	switch {
	case phase == trace.DNS && proxy:
		return exitProxyName
	case phase == trace.DNS:
		return exitResolve
	case proxy && errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, transport.ErrProxyScheme):
		return exitConnect
	case proxy:
		return exitReceive
	case phase == trace.Connect && errors.Is(err, syscall.EADDRNOTAVAIL):
		return exitInterface
	case phase == trace.Connect:
		return exitConnect
	case phase == trace.TLS:
		return exitTLSConnect
	}
	return exchangeCode(err, phase)
}

// tlsCode returns the number for what is wrong with certificates, 0 if nothing is.
func tlsCode(err error) int {
	if _, ok := errors.AsType[*tlserr.PinError](err); ok {
		return exitPin
	}
	if errors.Is(err, transport.ErrEncryptedKey) || errors.Is(err, transport.ErrKeyPassword) {
		return exitLocalCert
	}
	e, ok := errors.AsType[*tlserr.Error](err)
	if ok && e.Cause.Certificate() {
		return exitCert
	}
	return 0
}

// exchangeCode returns the number for what goes wrong once there is a connection, or before there
// is any.
func exchangeCode(err error, phase trace.Phase) int {
	switch {
	case errors.Is(err, godwit.ErrDecode):
		return exitCoding
	case errors.Is(err, godwit.ErrUnrewindable):
		return exitRewind
	case errors.Is(err, godwit.ErrAuth):
		return exitAuth
	case errors.Is(err, conn.ErrRemoteDisconnected):
		return exitEmptyReply
	case errors.Is(err, conn.ErrBadStatusLine):
		return exitUnsupported // curl takes it for HTTP/0.9
	case errors.Is(err, godwit.ErrRequest):
		return requestCode(err)
	}
	if _, ok := errors.AsType[*conn.IncompleteReadError](err); ok {
		return exitPartial
	}
	if _, ok := errors.AsType[*transport.GoAwayError](err); ok {
		return exitHTTP2
	}
	if _, ok := errors.AsType[*transport.StreamError](err); ok {
		return exitStream
	}
	switch {
	case errors.Is(err, godwit.ErrProtocol):
		return exitWeird
	case phase == trace.Send:
		return exitSend
	case phase == trace.Wait, phase == trace.Receive:
		return exitReceive
	}
	return exitUsage
}

// requestCode is for what was refused before anything was sent.
func requestCode(err error) int {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return exitRead
	}
	return exitArgument
}

// cause takes the path from an error of package os, where it has been named.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
