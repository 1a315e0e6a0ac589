// Taking a sequence of JSON texts apart: one on each line (JSON lines, NDJSON), one after the
// other (concatenated JSON), or each behind a record separator (RFC 7464).

package jsonx

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrTooLong says that a text has more bytes than it may have.
var ErrTooLong = errors.New("the JSON text is too long")

// A Splitter reads JSON texts in UTF-8, whatever white space is between or in them. It finds
// where each ends, and leaves it to Unmarshal to find out whether it is JSON.
type Splitter struct {
	r    *bufio.Reader
	most int64
	text []byte // of a text that is in more than one piece of the buffer
	scan scanner

	line, began int  // the line that is being read, and on which the text began; from 0
	marked      bool // a byte order mark has been looked for
}

// NewSplitter returns one that reads from r texts of at most so many bytes.
func NewSplitter(r *bufio.Reader, most int64) *Splitter { return &Splitter{r: r, most: most} }

// Line returns the number of the line, from 1, on which the last text began, or what is
// wrong with one.
func (s *Splitter) Line() int { return s.began + 1 }

// Next returns the next text, which is valid until the next call. The error is io.EOF after
// the last one, io.ErrUnexpectedEOF if it is cut off, [ErrTooLong], or that of the reader.
func (s *Splitter) Next() ([]byte, error) {
	if err := s.skip(); err != nil {
		return nil, err
	}
	s.began, s.text, s.scan = s.line, s.text[:0], scanner{}
	for {
		piece, err := s.fill()
		if err != nil {
			return s.atEnd(err)
		}
		n, ended := s.scan.next(piece)
		if int64(len(s.text)+n) > s.most {
			return nil, ErrTooLong
		}
		s.line += bytes.Count(piece[:n], []byte{'\n'})
		_, _ = s.r.Discard(n) // they are in the buffer
		if !ended {
			s.text = append(s.text, piece[:n]...)
			continue
		}
		if len(s.text) == 0 {
			return piece[:n], nil
		}
		s.text = append(s.text, piece[:n]...)
		return s.text, nil
	}
}

// atEnd says what the end of all is to a text that has begun.
func (s *Splitter) atEnd(err error) ([]byte, error) {
	switch {
	case err != io.EOF:
		return nil, err // nobody knows whether it is whole
	case s.scan.kind == scalar:
		return s.text, nil
	default:
		return nil, io.ErrUnexpectedEOF
	}
}

// skip skips what is between two texts.
func (s *Splitter) skip() error {
	for {
		piece, err := s.fill()
		if err != nil {
			s.began = s.line
			return err
		}
		if !s.marked {
			s.marked = true
			if piece[0] == 0xef { // no JSON text begins so
				if mark, _ := s.r.Peek(3); string(mark) == "\xef\xbb\xbf" {
					_, _ = s.r.Discard(3)
					continue
				}
			}
		}
		n := 0
		for n < len(piece) && isSpace(piece[n]) {
			if piece[n] == '\n' {
				s.line++
			}
			n++
		}
		_, _ = s.r.Discard(n)
		if n < len(piece) {
			return nil
		}
	}
}

// fill returns what the buffer holds, at least one byte.
func (s *Splitter) fill() ([]byte, error) {
	if s.r.Buffered() == 0 {
		if _, err := s.r.Peek(1); err != nil {
			return nil, err
		}
	}
	return s.r.Peek(s.r.Buffered())
}

// isSpace reports whether c can stand between texts: white space, or the record separator.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0x1e }

// A scanner knows how deep in a text it is.
type scanner struct {
	kind     kind
	depth    int // of brackets that are open
	inString bool
	escaped  bool // the next character of the string
}

type kind uint8

const (
	unknown kind = iota // nothing has been read
	nested              // an object, an array or a string, which says itself where it ends
	scalar              // a number or a word, which ends where something else begins
)

// next reads a piece of a text: how many bytes of it belong to that, and whether it ends
// with them.
func (s *scanner) next(piece []byte) (n int, ended bool) {
	for i, c := range piece {
		switch {
		case s.inString:
			if s.string(c) {
				return i + 1, true
			}
		case s.kind == scalar:
			if isSpace(c) || c == '{' || c == '[' || c == '"' {
				return i, true
			}
		case c == '"':
			s.kind, s.inString = nested, true
		case c == '{' || c == '[':
			s.kind = nested
			s.depth++
		case s.kind == unknown:
			s.kind = scalar
		case c == '}' || c == ']':
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(piece), false
}

// string reads a character of a string and reports whether the text ends with it. A string
// with a line end in it is broken: it is not searched for its end through all that follows.
func (s *scanner) string(c byte) (ended bool) {
	switch {
	case c == '\n' || c == '\r':
		return true
	case s.escaped:
		s.escaped = false
	case c == '\\':
		s.escaped = true
	case c == '"':
		s.inString = false
		return s.depth == 0
	}
	return false
}
