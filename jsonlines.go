// A stream of JSON: one text after the other.

package godwit

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"example.com/godwit/internal/jsonx"
)

// JSONLines yields a T for each JSON text in the stream: one on each line (JSON lines,
// NDJSON), one after the other, or each behind a record separator (RFC 7464). Lines may be
// blank, and a text may have many. It is UTF-8 by definition.
//
// After an error it yields no more: a text that is broken, cut off or no T is [ErrDecode] and
// the error says on which line; one larger than [MaxBody] (64 MiB unless that says otherwise)
// is [ErrTooLarge]; a status of 400 and above is a *[StatusError].
//
//	for user, err := range godwit.JSONLines[User](stream) {
func JSONLines[T any](st *Stream) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			var v T
			err := st.nextRecord(&v)
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// nextRecord decodes the next record into v. It keeps JSONLines small, which exists once for
// each T. The error is io.EOF after the last one.
func (s *Stream) nextRecord(v any) error {
	if s.records == nil {
		if s.StatusCode >= 400 {
			return s.asStatusError()
		}
		s.records = jsonx.NewSplitter(s.buffered(), s.most())
	}
	text, err := s.records.Next()
	if err == nil {
		err = jsonx.Unmarshal(text, v)
	} else if err == jsonx.ErrTooLong {
		return s.tooLarge(fmt.Sprintf("line %d: a record", s.records.Line()), s.most())
	} else if err == io.ErrUnexpectedEOF {
		err = errCutRecord
	} else {
		return err // the end, or the call's
	}
	if err == nil {
		return nil
	}
	return s.undecodable(fmt.Errorf("line %d: %w", s.records.Line(), err))
}

var errCutRecord = errors.New("the body ends within a record")

// undecodable returns the error for a body that is not what the program takes it for.
func (s *Stream) undecodable(err error) error {
	url := s.call.request.secrets.hide(urlOf(s.Request))
	return &Error{Kind: ErrDecode, Method: s.Request.Method, URL: url, Err: fmt.Errorf("response: %w", err)}
}

// asStatusError reads the rest of an answer that is none, and returns its error.
func (s *Stream) asStatusError() error {
	res, err := s.Finish()
	if err != nil {
		return err
	}
	return res.ErrorForStatus()
}
