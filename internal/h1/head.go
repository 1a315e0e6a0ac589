package h1

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"example.com/godwit/trace"
)

// A block is what stands between two messages' bodies: a head or a trailer section, up to
// and with the empty line that ends it.
type block struct {
	text  string // all of it
	lines int    // without the empty one
	torn  bool   // a part has been taken, and then came an error: what follows is no block
}

// A section is a kind of block.
type section uint8

const (
	responseHead  section = iota // a status line and fields
	bareFields                   // fields
	trailerFields                // fields behind a chunked body
)

// readBlock reads a block and takes it from r. It looks at every byte once: a line must not
// be too long, must hold no control character, and must end in CRLF (or, in a head, in LF,
// which RFC 9112 2.2 allows a recipient to accept). If the block fits into r's buffer,
// the only allocation is its text.
//
// An error of r comes back as it is if no byte had come (io.EOF for one).
func readBlock(r *bufio.Reader, s *scanner) (block, error) {
	var spill []byte // what came before, if the block is larger than r's buffer
	for {
		window, _ := r.Peek(r.Buffered())
		view := window
		if spill != nil {
			view = append(spill, window...)
		}
		end, err := s.scan(view)
		if err != nil {
			return block{}, err
		}
		if end > 0 {
			var text string
			if s.lines > 0 { // nearly every trailer section is empty
				text = string(view[:end])
			}
			_, err := r.Discard(end - len(spill))
			return block{text: text, lines: s.lines}, err
		}
		if spill != nil || len(window) == r.Size() {
			if spill == nil {
				view = append(make([]byte, 0, 4*len(window)), window...)
			}
			spill = view
			if _, err := r.Discard(len(window)); err != nil {
				return block{}, err
			}
		}
		if _, err := r.Peek(r.Buffered() + 1); err != nil {
			if len(view) > 0 || s.section != responseHead {
				err = s.cut(view, err)
			}
			return block{torn: spill != nil}, err
		}
	}
}

// ReadFields reads field lines up to and with the empty line that ends them, as strictly as
// those of a response's head. bounds must have its defaults filled in.
func ReadFields(r *bufio.Reader, b *Bounds) (trace.Fields, error) {
	s := scanner{bounds: b, section: bareFields}
	fields, err := readBlock(r, &s)
	if err != nil || fields.lines == 0 {
		return nil, err
	}
	l := cutter{text: fields.text}
	return parseFields(make(trace.Fields, 0, fields.lines), &l)
}

// A scanner looks for the end of a block in a view of it that grows.
type scanner struct {
	bounds *Bounds
	section

	line  int // where the current line begins
	seen  int // up to where it has been looked at
	lines int // complete lines so far
}

// scan returns the block's length if its end is in view, and 0 if it is not.
func (s *scanner) scan(view []byte) (int, error) {
	for {
		i := bytes.IndexByte(view[s.seen:], '\n')
		if i < 0 {
			s.seen = len(view)
			line := view[s.line:]
			if len(line) > 0 && line[len(line)-1] == '\r' {
				line = line[:len(line)-1] // its line feed may be still to come
			}
			if len(line) > s.bounds.Line {
				return 0, s.tooLong()
			}
			return 0, s.checkSize(len(view))
		}
		next := s.seen + i + 1
		line := view[s.line : next-1]
		switch {
		case len(line) > 0 && line[len(line)-1] == '\r':
			line = line[:len(line)-1]
		case s.section == trailerFields:
			return 0, &ProtocolError{RuleBareLF, nameOf(line)}
		}
		if len(line) > s.bounds.Line {
			return 0, s.tooLong()
		}
		if err := s.checkSize(next); err != nil {
			return 0, err
		}
		s.line, s.seen = next, next
		if len(line) == 0 && (s.section != responseHead || s.lines > 0) {
			return next, nil
		}
		if hasControl(line) {
			return 0, controlError(line)
		}
		if s.lines == 0 && s.section == responseHead && (len(line) < len("HTTP/") || !mayBeHTTP(line)) {
			// Said at once: a mail server's banner is one line, and then it waits for us.
			return 0, &BadStatusLineError{string(clip(line))}
		}
		fields := s.lines // the first line of a head is none
		if s.lines++; s.section != responseHead {
			fields++
		}
		if fields > s.bounds.Fields {
			return 0, &BoundError{"fields", s.bounds.Fields, "Bounds.Fields"}
		}
	}
}

// cut makes the end of the connection an error: it came before the end of the block.
func (s *scanner) cut(view []byte, err error) error {
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if s.lines == 0 && s.section == responseHead && !mayBeHTTP(view) {
		return &BadStatusLineError{string(clip(view))}
	}
	return &IncompleteReadError{Expected: -1, Head: true}
}

// mayBeHTTP reports whether a response can begin so.
func mayBeHTTP(line []byte) bool {
	n := min(len(line), len("HTTP/"))
	return string(line[:n]) == "HTTP/"[:n]
}

func (s *scanner) checkSize(n int) error {
	if n > s.bounds.Head {
		return &BoundError{"bytes in the head", s.bounds.Head, "Bounds.Head"}
	}
	return nil
}

func (s *scanner) tooLong() error {
	what := "field line"
	if s.lines == 0 && s.section == responseHead {
		what = "status line"
	}
	return &LineTooLongError{what, s.bounds.Line, "Bounds.Line"}
}

func controlError(line []byte) error {
	i := bytes.IndexFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
	rule := RuleControl
	if i >= 0 && line[i] == '\r' {
		rule = RuleBareCR
	}
	return &ProtocolError{rule, nameOf(line)}
}

// nameOf returns what an error may show of a field line: not the value, which may be a
// session's cookie.
func nameOf(line []byte) string {
	if i := bytes.IndexByte(line, ':'); i >= 0 {
		line = line[:i+1]
	}
	return string(clip(line))
}

func clip(b []byte) []byte { return b[:min(len(b), 128)] }

// A cutter cuts a block into its lines.
type cutter struct {
	text string
	at   int // where the next line begins
}

// next returns the next line, without its end. There must be one.
func (c *cutter) next() string {
	line, _, _ := strings.Cut(c.text[c.at:], "\n")
	c.at += len(line) + 1
	return strings.TrimSuffix(line, "\r")
}

// folded reports whether the next line continues the one before.
func (c *cutter) folded() bool { return c.text[c.at] == ' ' || c.text[c.at] == '\t' }

// parseFields appends the fields of a block to dst. What c has still to cut begins with the
// first field line and ends with the empty line. Names and values are parts of its text.
func parseFields(dst trace.Fields, c *cutter) (trace.Fields, error) {
	for {
		line := c.next()
		if line == "" {
			return dst, nil
		}
		if line[0] == ' ' || line[0] == '\t' {
			// What follows a field line is taken along by it below.
			return dst, &ProtocolError{RuleFirstSpace, glimpse(line)}
		}
		colon := strings.IndexByte(line, ':')
		if colon < 0 {
			return dst, &ProtocolError{RuleNoColon, glimpse(line)}
		}
		name := trimRightOWS(line[:colon])
		if !IsToken(name) {
			return dst, &ProtocolError{RuleFieldName, glimpse(line[:colon])}
		}
		if len(name) != colon && isFraming(name) {
			return dst, &ProtocolError{RuleFramingSpace, glimpse(line[:colon])}
		}
		value := trimOWS(line[colon+1:])
		if c.folded() {
			if isFraming(name) {
				return dst, &ProtocolError{RuleFramingFold, glimpse(line)}
			}
			value = unfold(value, c)
		}
		dst = append(dst, trace.Field{Name: name, Value: value})
	}
}

// glimpse returns the beginning of a line that is no field, as a string of its own.
func glimpse(line string) string { return strings.Clone(line[:min(len(line), 32)]) }

// unfold joins a value with the lines that continue it, one space between them (RFC 9112
// 5.2). It takes all of them at once: one by one would take quadratic time.
func unfold(value string, c *cutter) string {
	var b strings.Builder
	b.WriteString(value)
	for c.folded() {
		b.WriteByte(' ')
		b.WriteString(trimOWS(c.next()))
	}
	return trimOWS(b.String())
}

// isFraming reports whether the field decides where the body ends.
func isFraming(name string) bool {
	return len(name) == len("content-length") && equalFold(name, "content-length") ||
		len(name) == len("transfer-encoding") && equalFold(name, "transfer-encoding")
}
