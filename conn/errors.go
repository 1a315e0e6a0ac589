package conn

import (
	"errors"

	"example.com/godwit/internal/h1"
)

// What can be asked of an error with errors.Is.
var (
	// ErrHTTP is what every breach of the protocol is, be it the server's or the caller's, and
	// what http.client has as HTTPException: [ErrNotConnected] and [TunnelError] too.
	ErrHTTP = h1.ErrHTTP
	// ErrNotConnected is what a request is on a connection that is closed and not to be opened
	// again.
	ErrNotConnected error = notConnected{}
	// ErrUnwanted says that the server has answered before it had the request's body, and does
	// not want it. [Conn.Response] returns the answer.
	ErrUnwanted = errors.New("the server has answered without the request's body")
	// ErrBadStatusLine is what the beginning of a response is that is none
	// ([BadStatusLineError]), and the lack of any ([ErrRemoteDisconnected]).
	ErrBadStatusLine = h1.ErrBadStatusLine
	// ErrCannotSendRequest, ErrCannotSendHeader and ErrResponseNotReady are what a [StateError]
	// is, by the step that was out of turn.
	ErrCannotSendRequest = h1.ErrCannotSendRequest
	ErrCannotSendHeader  = h1.ErrCannotSendHeader
	ErrResponseNotReady  = h1.ErrResponseNotReady
	// ErrInvalidURL is what a request is whose URL, host or target cannot be sent.
	ErrInvalidURL = h1.ErrInvalidURL
	// ErrUnknownProtocol is what an answer of a version other than HTTP/1.x is.
	ErrUnknownProtocol = h1.ErrUnknownProtocol
	// ErrUnknownTransferEncoding is what a body is whose framing we cannot undo.
	ErrUnknownTransferEncoding = h1.ErrUnknownTransferEncoding
	// ErrRemoteDisconnected says that the server closed the connection without a byte of a
	// response. It is an ErrBadStatusLine, and a connection reset (syscall.ECONNRESET), too.
	ErrRemoteDisconnected = h1.ErrRemoteDisconnected
	// ErrStale says that a connection was of no use any more when it was to carry another
	// exchange: the server had closed it, or had sent what nobody asked for. Nothing of the
	// request was sent. It is an ErrRemoteDisconnected too.
	ErrStale error = stale{}
)

type notConnected struct{}

func (notConnected) Error() string { return "not connected" }

func (notConnected) Is(target error) bool { return target == ErrHTTP }

type stale struct{}

func (stale) Error() string { return "the server gave the idle connection up" }

func (stale) Is(target error) bool {
	return target == ErrRemoteDisconnected || ErrRemoteDisconnected.(interface{ Is(error) bool }).Is(target)
}

// What can be asked of an error with errors.AsType.
type (
	// A ProtocolError says which Rule a response broke, and what it Got: an excerpt, "" if
	// there is nothing to show.
	ProtocolError = h1.ProtocolError
	// A Rule names a rule of the protocol and where it stands.
	Rule = h1.Rule
	// A BadStatusLineError says that what came is no HTTP response: its first Line. It is an
	// [ErrBadStatusLine].
	BadStatusLineError = h1.BadStatusLineError
	// An UnknownProtocolError says which Version it was that came. It is an
	// [ErrUnknownProtocol].
	UnknownProtocolError = h1.UnknownProtocolError
	// An UnknownTransferEncodingError says which Coding a message has that we cannot undo, or
	// do. It is an [ErrUnknownTransferEncoding].
	UnknownTransferEncodingError = h1.UnknownTransferEncodingError
	// A LineTooLongError says What line of a response has more than Limit bytes, and which
	// Setting moves that.
	LineTooLongError = h1.LineTooLongError
	// A BoundError says What a response has more than Limit of, and which Setting moves that.
	BoundError = h1.BoundError
	// An IncompleteReadError says that the connection ended before the message did: after
	// Partial bytes of the body, of Expected (-1: nobody knows), or in its Head. It is an
	// io.ErrUnexpectedEOF.
	IncompleteReadError = h1.IncompleteReadError
	// A RequestError says What of a request cannot be written as it was asked for, by which
	// Name if it is a field, and Why. It tells neither values nor targets, which may be secrets.
	// It is an [ErrInvalidURL] if it is about the host, the target or the URL.
	RequestError = h1.RequestError
	// A StateError says which Step was taken out of turn, in which State of the connection,
	// and which steps were Expected. For the steps that begin a request, put its head or ask for
	// the response it is an [ErrCannotSendRequest], [ErrCannotSendHeader] or
	// [ErrResponseNotReady].
	StateError = h1.StateError
)

// The rules that a response can break.
const (
	RuleBareCR         = h1.RuleBareCR
	RuleBareLF         = h1.RuleBareLF
	RuleControl        = h1.RuleControl
	RuleFirstSpace     = h1.RuleFirstSpace
	RuleNoColon        = h1.RuleNoColon
	RuleFieldName      = h1.RuleFieldName
	RuleFramingSpace   = h1.RuleFramingSpace
	RuleFramingFold    = h1.RuleFramingFold
	RuleContentLength  = h1.RuleContentLength
	RuleLengthsDiffer  = h1.RuleLengthsDiffer
	RuleChunkSize      = h1.RuleChunkSize
	RuleChunkExtension = h1.RuleChunkExtension
	RuleChunkEnd       = h1.RuleChunkEnd
	RuleUnasked101     = h1.RuleUnasked101
	RuleEarlyTunnel    = h1.RuleEarlyTunnel

	// Those of HTTP/2, which package transport speaks.
	RuleSettings        = h1.RuleSettings
	RuleFrames          = h1.RuleFrames
	RuleFlood           = h1.RuleFlood
	RuleStatus          = h1.RuleStatus
	RuleConnectionField = h1.RuleConnectionField
	RuleBodyTooLong     = h1.RuleBodyTooLong
)

// A BodyError says that it was the request's own body that failed, and not the connection:
// its Read returned Err.
type BodyError struct{ Err error }

// Error says so.
func (e *BodyError) Error() string { return "reading the request's body: " + e.Err.Error() }

// Unwrap returns what the body's Read returned.
func (e *BodyError) Unwrap() error { return e.Err }
