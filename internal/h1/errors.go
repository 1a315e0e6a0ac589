package h1

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"syscall"
)

// A kind is an error to compare others with. It is an ErrHTTP itself.
type kind string

func (k kind) Error() string { return string(k) }

func (k kind) Is(target error) bool { return target == ErrHTTP }

// ErrHTTP is what every error of this package answers to errors.Is: the peer, or the
// caller, broke the protocol.
var ErrHTTP = errors.New("HTTP protocol broken")

// A Rule names the rule of the protocol that was broken, and where it stands.
type Rule string

// The rules that a response can break.
const (
	RuleBareCR         Rule = "carriage return that ends no line (RFC 9112 2.2)"
	RuleBareLF         Rule = "line that ends without a carriage return (RFC 9112 7.1)"
	RuleControl        Rule = "control character (RFC 9110 5.5)"
	RuleFirstSpace     Rule = "white space before the first field (RFC 9112 2.2)"
	RuleNoColon        Rule = "field line without a colon (RFC 9112 5)"
	RuleFieldName      Rule = "field name that is not a token (RFC 9110 5.1)"
	RuleFramingSpace   Rule = "white space before the colon of a framing field (RFC 9112 5.1)"
	RuleFramingFold    Rule = "framing field folded over lines (RFC 9112 5.2)"
	RuleContentLength  Rule = "Content-Length that is not a number (RFC 9110 8.6)"
	RuleLengthsDiffer  Rule = "Content-Length values that differ (RFC 9112 6.3)"
	RuleChunkSize      Rule = "chunk size that is not a hexadecimal number (RFC 9112 7.1)"
	RuleChunkExtension Rule = "malformed chunk extension (RFC 9112 7.1.1)"
	RuleChunkEnd       Rule = "chunk whose data does not end in CRLF (RFC 9112 7.1)"
	RuleUnasked101     Rule = "switch of protocols that nobody asked for (RFC 9110 15.2.2)"
	RuleEarlyTunnel    Rule = "bytes through a tunnel that nobody has spoken into (RFC 9110 9.3.6)"

	// Those of HTTP/2.
	RuleSettings        Rule = "no settings at the beginning of an HTTP/2 connection (RFC 9113 3.4)"
	RuleFrames          Rule = "frames that break an HTTP/2 connection (RFC 9113 5.4.1)"
	RuleFlood           Rule = "more frames than there can be a reason for (RFC 9113 10.5)"
	RuleStatus          Rule = "status that is not three digits (RFC 9110 15)"
	RuleConnectionField Rule = "field that is for connections of HTTP/1.1 (RFC 9113 8.2.2)"
	RuleBodyTooLong     Rule = "body longer than Content-Length (RFC 9113 8.1.1)"
)

// A ProtocolError says which rule the server's response broke.
type ProtocolError struct {
	Rule Rule
	Got  string // an excerpt of what came, "" if there is nothing to show
}

func (e *ProtocolError) Error() string {
	if e.Got == "" {
		return string(e.Rule)
	}
	return string(e.Rule) + ": " + excerpt(e.Got)
}

// Is makes it an ErrHTTP.
func (e *ProtocolError) Is(target error) bool { return target == ErrHTTP }

// A BadStatusLineError says that what came is not the status line of an HTTP response.
type BadStatusLineError struct{ Line string }

func (e *BadStatusLineError) Error() string {
	if e.IsTLS() {
		return "not a status line but a record of TLS: is https:// meant?"
	}
	return "not a status line: " + excerpt(e.Line)
}

// IsTLS reports whether what came is the beginning of a record of TLS, an alert as a rule: so
// answers a server that was spoken to in HTTP where it wants TLS.
func (e *BadStatusLineError) IsTLS() bool {
	return len(e.Line) >= 2 && (e.Line[0] == recordAlert || e.Line[0] == recordHandshake) && e.Line[1] == 3
}

// The types of records with which a server of TLS may begin (RFC 8446 5.1).
const (
	recordAlert     = 21
	recordHandshake = 22
)

// Is makes it an ErrBadStatusLine and an ErrHTTP.
func (e *BadStatusLineError) Is(target error) bool {
	return target == ErrBadStatusLine || target == ErrHTTP
}

// ErrBadStatusLine is what the beginning of a response is that is none, and the lack of any.
var ErrBadStatusLine error = kind("no HTTP response")

// ErrUnknownProtocol is what a response of a version other than HTTP/1.x is.
var ErrUnknownProtocol error = kind("unknown HTTP version")

// An UnknownProtocolError says that the status line names a version other than HTTP/1.x.
type UnknownProtocolError struct{ Version string }

func (e *UnknownProtocolError) Error() string {
	return ErrUnknownProtocol.Error() + " " + excerpt(e.Version)
}

// Is makes it an ErrUnknownProtocol and an ErrHTTP.
func (e *UnknownProtocolError) Is(target error) bool {
	return target == ErrUnknownProtocol || target == ErrHTTP
}

// ErrUnknownTransferEncoding is what a Transfer-Encoding other than chunked is.
var ErrUnknownTransferEncoding error = kind("unknown transfer encoding")

// An UnknownTransferEncodingError says that a body is framed in a way that we cannot undo,
// or not in one way only (RFC 9112 6.1).
type UnknownTransferEncodingError struct{ Coding string }

func (e *UnknownTransferEncodingError) Error() string {
	return ErrUnknownTransferEncoding.Error() + " " + excerpt(e.Coding)
}

// Is makes it an ErrUnknownTransferEncoding and an ErrHTTP.
func (e *UnknownTransferEncodingError) Is(target error) bool {
	return target == ErrUnknownTransferEncoding || target == ErrHTTP
}

// A LineTooLongError says that a line of the response is longer than we are ready to read.
type LineTooLongError struct {
	What    string // "status line", "field line", "chunk-size line"
	Limit   int    // bytes
	Setting string // what moves the limit: "Bounds.Line"
}

func (e *LineTooLongError) Error() string {
	return fmt.Sprintf("%s longer than %d bytes (set by %s)", e.What, e.Limit, e.Setting)
}

// Is makes it an ErrHTTP.
func (e *LineTooLongError) Is(target error) bool { return target == ErrHTTP }

// A BoundError says that the response has more of something than we are ready to take.
type BoundError struct {
	What    string // "bytes in the head", "fields", "interim responses", "bytes of chunk overhead"
	Limit   int
	Setting string // what moves the limit; "" if nothing does
}

func (e *BoundError) Error() string {
	if e.Setting == "" {
		return fmt.Sprintf("more than %d %s", e.Limit, e.What)
	}
	return fmt.Sprintf("more than %d %s (set by %s)", e.Limit, e.What, e.Setting)
}

// Is makes it an ErrHTTP.
func (e *BoundError) Is(target error) bool { return target == ErrHTTP }

// An IncompleteReadError says that the connection ended before the message did.
type IncompleteReadError struct {
	Partial  int64 // bytes of the body that came
	Expected int64 // bytes that were announced in all; -1: not known
	Head     bool  // it was the head that was cut, not the body
}

func (e *IncompleteReadError) Error() string {
	switch {
	case e.Head:
		return "connection closed in the middle of the response head"
	case e.Expected < 0:
		return fmt.Sprintf("connection closed in the middle of the body, after %d bytes", e.Partial)
	}
	return fmt.Sprintf("connection closed in the middle of the body, after %d of %d bytes", e.Partial, e.Expected)
}

// Is makes it an io.ErrUnexpectedEOF and an ErrHTTP.
func (e *IncompleteReadError) Is(target error) bool {
	return target == io.ErrUnexpectedEOF || target == ErrHTTP
}

// ErrRemoteDisconnected says that the server closed the connection without a byte of a
// response. It is an ErrBadStatusLine, a connection reset (syscall.ECONNRESET) and an io.EOF
// too.
var ErrRemoteDisconnected error = remoteDisconnected{}

type remoteDisconnected struct{}

func (remoteDisconnected) Error() string { return "server closed the connection without a response" }

func (remoteDisconnected) Is(target error) bool {
	return target == ErrBadStatusLine || target == ErrHTTP || target == syscall.ECONNRESET || target == io.EOF
}

// ErrInvalidURL is what a request is whose URL, host or target cannot be sent.
var ErrInvalidURL error = kind("invalid URL")

// A RequestError says that a request cannot be written as it was asked for. Nothing of it
// has been sent, unless it is the body that is wrong. It tells neither values nor targets,
// because those may be secrets.
type RequestError struct {
	What string // "URL", "host", "method", "target", "field name", "field value", "body", …
	Name string // the field's name, if it is about a field
	Why  string
}

func (e *RequestError) Error() string {
	if e.Name != "" {
		return e.What + " of " + excerpt(e.Name) + ": " + e.Why
	}
	return e.What + ": " + e.Why
}

// Is makes it an ErrHTTP, and an ErrInvalidURL if it is about a part of the URL.
func (e *RequestError) Is(target error) bool {
	return target == ErrHTTP ||
		target == ErrInvalidURL && (e.What == "URL" || e.What == "host" || e.What == "target")
}

// What a step out of turn can be: the beginning of a request, a part of its head, the call
// for a response.
var (
	ErrCannotSendRequest error = kind("no request can be sent now")
	ErrCannotSendHeader  error = kind("no header can be sent now")
	ErrResponseNotReady  error = kind("no response can be had now")
)

// A StateError says that a step was taken out of turn. Nothing has come of it.
type StateError struct {
	Step     string // what was attempted: "PutHeader"
	State    string // what the connection is doing
	Expected string // which steps have their turn: "PutRequest"
}

func (e *StateError) Error() string {
	text := e.Step + " out of turn: " + e.State
	if e.Expected != "" {
		text += "; expected " + e.Expected
	}
	return text
}

// Is makes it an ErrHTTP, and what its step says.
func (e *StateError) Is(target error) bool {
	switch e.Step {
	case "PutRequest", "Request":
		return target == ErrCannotSendRequest || target == ErrHTTP
	case "PutHeader", "EndHeaders":
		return target == ErrCannotSendHeader || target == ErrHTTP
	case "Response":
		return target == ErrResponseNotReady || target == ErrHTTP
	}
	return target == ErrHTTP
}

// excerpt quotes what a server sent so that it is safe to print and short.
func excerpt(s string) string {
	const most = 64
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "…"
	}
	return strconv.QuoteToASCII(s)
}
