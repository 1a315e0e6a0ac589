package transport

import (
	"errors"
	"fmt"
	"io"

	"example.com/godwit/conn"
	"example.com/godwit/internal/h2"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// A StreamError says that one exchange over HTTP/2 or HTTP/3 was broken off, and its connection
// let stand: by the server (RST_STREAM), or because what the server sent for that exchange was
// wrong. It is a [conn.ErrHTTP].
type StreamError struct {
	Code uint64 // of RFC 9113 7 or RFC 9114 8.1
	Name string // that these give it: "INTERNAL_ERROR"
	Err  error  // what was wrong; nil: nobody knows
}

// Error names the code, and what was wrong.
func (e *StreamError) Error() string {
	if e.Err == nil {
		return "stream reset: " + e.Name
	}
	return "stream reset: " + e.Name + ": " + e.Err.Error()
}

// Unwrap returns what was wrong.
func (e *StreamError) Unwrap() error { return e.Err }

// Is makes it a conn.ErrHTTP.
func (e *StreamError) Is(target error) bool { return target == conn.ErrHTTP }

// A GoAwayError says that the server ends a connection (GOAWAY, RFC 9113 6.8). What it has not
// looked at by then is sent over another, if the body can be had again, whatever its method is;
// so this is what remains to be said about requests that it may have looked at. It is a
// [conn.ErrHTTP].
type GoAwayError struct {
	Code       uint32 // why (RFC 9113 7); 0: because it is time
	LastStream uint32 // the last one that the server may have looked at
	Debug      string // what it says besides; "": nothing
}

// Error says that the connection is over, and why.
func (e *GoAwayError) Error() string {
	text := "the server has ended the connection: " + h2.Code(e.Code).String()
	if e.Debug != "" {
		text += fmt.Sprintf(" (%+q)", e.Debug)
	}
	return text
}

// Is makes it a conn.ErrHTTP.
func (e *GoAwayError) Is(target error) bool { return target == conn.ErrHTTP }

// A resetError is how net/http says that a stream was reset: it fills in whatever type has these
// fields.
type resetError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (resetError) Error() string { return "stream reset" }

var (
	errUnsent      = errors.New("the response ended before the request did")
	errClosedEarly = errors.New("the response's body was closed before its end")
)

// failure makes the error of an exchange that has failed in a phase with what the connection
// said of it.
func (s *stream) failure(phase trace.Phase, err error) *Error {
	e, _ := s.judge(phase, err)
	return e
}

// judge is failure, and says whether the server has not looked at the request.
func (s *stream) judge(phase trace.Phase, err error) (e *Error, unseen bool) {
	s.mu.Lock()
	cause, spoilt := s.cause, s.spoilt
	s.mu.Unlock()
	e = &Error{Phase: phase, Addr: s.c.many.addr, Sent: s.sent.Load(), Answered: s.answered.Load(), Err: err}
	if ended := trace.Ended(s.Context); ended != nil {
		cause = ended
	}
	// What is broken off from here may be about to be written, for all that the hooks have said;
	// and they may be late.
	e.Sent = e.Sent || e.Answered || cause != nil
	switch limit, late := cause.(*Error); {
	case late:
		e.Phase, e.Limit, e.Setting, e.Err = limit.Phase, limit.Limit, limit.Setting, limit.Err
		return e, false
	case cause != nil:
		e.Err = cause
		return e, false
	case spoilt != nil:
		e.Phase, e.Err = trace.Send, spoilt
		return e, false
	}
	if unseen = s.explain(e); unseen {
		e.Sent = false
	}
	return e, unseen
}

// explain finds the cause of a failure that is neither ours nor the caller's, and reports whether
// the server has said, or cannot but say, that it has not looked at the request.
func (s *stream) explain(e *Error) (unseen bool) {
	if unseen, ok := s.explainHTTP3(e); ok {
		return unseen
	}
	if reset, ok := errors.AsType[resetError](e.Err); ok {
		code := h2.Code(reset.Code)
		e.Err = &StreamError{Code: uint64(code), Name: code.String(), Err: reset.Cause}
		return code == h2.RefusedStream && !e.Answered
	}
	if s.final.Load() && s.isTooLong(e.Err) {
		e.Err = &conn.ProtocolError{Rule: conn.RuleBodyTooLong}
		return false
	}
	var loss error
	if f, ok := s.c.many.ClientConn.(fateful); ok {
		var why error
		if why, loss = f.fate(s.id.Load()); why != nil && !e.Answered {
			e.Err = why
			return true
		}
	}
	if verdict, ok := errors.AsType[*tlserr.Error](loss); ok {
		e.Phase, e.Addr, e.Err = trace.TLS, verdict.Host, loss
		return false
	}
	switch {
	case !e.Sent && s.c.many.Err() != nil:
		e.Err = orElse(loss, s.c.many.Err())
		return true
	case !e.Sent:
		e.Err = &conn.RequestError{What: "request", Why: e.Err.Error()}
	case s.final.Load():
		s.explainBody(e, loss)
	case loss != nil:
		e.Err = loss
	case s.c.many.Err() != nil:
		e.Err = &conn.ProtocolError{Rule: conn.RuleFrames, Got: e.Err.Error()}
	}
	return false
}

// A fateful ClientConn knows what became of it: why the server has not looked at a stream, if that is
// what it says; and what has ended the connection, be it a moment from now. Both are nil if it was
// something that the server has sent.
type fateful interface {
	fate(stream uint32) (unseen, loss error)
}

// isTooLong reports whether a body failed because there is more of it than was announced. Neither
// a reset nor the loss of the connection is what has come then.
func (s *stream) isTooLong(err error) bool {
	_, short := err.(*conn.IncompleteReadError)
	return s.expect >= 0 && s.count >= s.expect && !short && s.c.many.Err() == nil && err != io.ErrUnexpectedEOF
}

// explainBody finds the cause of a failure in the middle of a response's body.
func (s *stream) explainBody(e *Error, loss error) {
	short := &conn.IncompleteReadError{Partial: s.count, Expected: s.expect}
	switch {
	case loss != nil:
		if _, typed := loss.(*GoAwayError); typed || errors.Is(loss, conn.ErrRemoteDisconnected) || errors.Is(loss, io.EOF) {
			e.Err = short
		} else {
			e.Err = loss
		}
	case errors.Is(e.Err, io.ErrUnexpectedEOF):
		e.Err = short
	case s.c.many.Err() != nil:
		e.Err = &conn.ProtocolError{Rule: conn.RuleFrames, Got: e.Err.Error()}
	}
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
