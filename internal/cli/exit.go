package cli

// Exit codes: one for each layer at which a call can fail, so that scripts can tell.

import (
	"cmp"
	"context"
	"errors"
	"io"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/internal/cli/download"
	"example.com/godwit/trace"
)

// An ExitCode is what the command ends with. 0 to 6 are those of HTTPie.
type ExitCode int

// The exit codes. Where several fit, the first in the order of exitCode stands.
const (
	ExitOK          ExitCode = 0
	ExitError       ExitCode = 1   // any other error
	ExitTimeout     ExitCode = 2   // a time limit passed, in whatever phase
	Exit3xx         ExitCode = 3   // --check-status: a redirect that was not followed
	Exit4xx         ExitCode = 4   // --check-status: the server says that the request is wrong
	Exit5xx         ExitCode = 5   // --check-status: the server says that it has failed
	ExitRedirects   ExitCode = 6   // more redirects than --max-redirects
	ExitResolve     ExitCode = 10  // the host's name was not resolved
	ExitConnect     ExitCode = 11  // no address let us connect
	ExitTLS         ExitCode = 12  // TLS: the certificate, the name, the handshake
	ExitProxy       ExitCode = 13  // the proxy, before it let us through
	ExitProtocol    ExitCode = 14  // not HTTP, cut short, or not decodable
	ExitChecksum    ExitCode = 15  // what came is not what --checksum says
	ExitOutput      ExitCode = 16  // the output could not be written
	ExitUsage       ExitCode = 64  // the command line
	ExitInterrupted ExitCode = 130 // Ctrl-C
)

// exitDocs are what the help says of them.
var exitDocs = []struct {
	code ExitCode
	text string
}{
	{ExitOK, "all went well"},
	{ExitError, "an error that none of the following fits"},
	{ExitTimeout, "a time limit passed"},
	{Exit3xx, "the answer is a 3xx, with --check-status and without --follow"},
	{Exit4xx, "the answer is a 4xx, with --check-status"},
	{Exit5xx, "the answer is a 5xx, with --check-status"},
	{ExitRedirects, "too many redirects"},
	{ExitResolve, "the host's name was not resolved"},
	{ExitConnect, "no connection"},
	{ExitTLS, "TLS: certificate, name or handshake"},
	{ExitProxy, "the proxy did not let us through"},
	{ExitProtocol, "the answer is not HTTP, was cut short, or cannot be decoded"},
	{ExitChecksum, "what was downloaded has another checksum"},
	{ExitOutput, "the output could not be written"},
	{ExitUsage, "the command line is wrong"},
	{ExitInterrupted, "interrupted"},
}

// exitOrder is the order of exitCode, for people.
const exitOrder = "130, 64, 2, 6, 13, 10, 11, 12, 15, 16, 14, 3 to 5, 1"

// exitCode returns the code for an error: the first that fits.
func exitCode(err error) ExitCode {
	if err == nil {
		return ExitOK
	}
	phase := trace.Phase(trace.NumPhases)
	proxy := errors.Is(err, godwit.ErrProxy)
	if e, ok := errors.AsType[*trace.Error](err); ok {
		phase, proxy = e.Phase, proxy || e.Proxy
	}
	switch {
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case isUsage(err):
		return ExitUsage
	case errors.Is(err, godwit.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return ExitTimeout
	case errors.Is(err, godwit.ErrRedirects):
		return ExitRedirects
	case proxy:
		return ExitProxy
	case phase == trace.DNS:
		return ExitResolve
	case phase == trace.Connect:
		return ExitConnect
	case phase == trace.TLS:
		return ExitTLS
	case isChecksum(err):
		return ExitChecksum
	case isOutput(err):
		return ExitOutput
	case phase == trace.Send, phase == trace.Wait, phase == trace.Receive,
		errors.Is(err, godwit.ErrProtocol),
		errors.Is(err, godwit.ErrDecode),
		errors.Is(err, io.ErrUnexpectedEOF):
		return ExitProtocol
	}
	if e, ok := errors.AsType[*download.StatusError](err); ok {
		return cmp.Or(statusCode(e.Code, false), ExitError)
	}
	return ExitError
}

// isUsage reports whether what the user typed is to blame.
func isUsage(err error) bool {
	_, ok := errors.AsType[*usageError](err)
	return ok || errors.Is(err, auth.ErrInvalid) || errors.Is(err, godwit.ErrURL) || errors.Is(err, godwit.ErrRequest)
}

func isChecksum(err error) bool {
	_, wrong := errors.AsType[*download.ChecksumError](err)
	_, none := errors.AsType[*download.NoChecksumError](err)
	return wrong || none
}

func isOutput(err error) bool {
	_, ok := errors.AsType[*outputError](err)
	_, file := errors.AsType[*download.OutputError](err)
	return ok || file
}

// statusCode returns the code for an answer under --check-status. A redirect that is
// followed leads to another answer, so that a 3xx which is left then says nothing wrong.
func statusCode(status int, followed bool) ExitCode {
	switch {
	case status >= 300 && status < 400 && !followed:
		return Exit3xx
	case status >= 400 && status < 500:
		return Exit4xx
	case status >= 500 && status < 600:
		return Exit5xx
	}
	return ExitOK
}
