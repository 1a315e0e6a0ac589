// Package pretty indents and colours texts while they stream by: what has come is written,
// and nothing is held but what decides on the next few characters.
//
// Nothing is ever added but colours and white space, and nothing taken away but white space
// that says nothing: a text that is not what it is called comes out as it went in. So what is
// harmless to a terminal stays so.
package pretty

import (
	"io"

	"example.com/godwit/internal/cli/term"
)

// A Writer formats what is written to it. Each Write passes on all that is settled; what is
// held back comes with Flush, which also ends a colour that is on.
type Writer interface {
	io.Writer
	Flush() error
}

// A Layout says how a text is to look.
type Layout struct {
	Colors *term.Palette // nil: no colours
	Indent int           // how many spaces a step to the right has
	Keep   bool          // leave white space as it is: Indent is of no account
}

// palette returns the colours, those that are none if need be.
func (l *Layout) palette() term.Palette {
	if l.Colors == nil {
		return term.Palette{}
	}
	return *l.Colors
}

const (
	// maxIndent bounds how far a line is moved to the right: a document of nothing but
	// brackets would otherwise be printed in quadratic size.
	maxIndent = 64
	// maxDepth bounds the memory for what is open. Past it the text passes as it is.
	maxDepth = 10_000
	// maxHeld bounds what is held before it is written, where one Write brings much.
	maxHeld = 64 << 10
)

// A sheet is what formatters write on.
type sheet struct {
	w      io.Writer
	colors term.Palette
	indent int
	keep   bool
	buf    []byte
	style  term.Style // that is on
	err    error      // the first one of w
}

func newSheet(w io.Writer, l Layout) sheet {
	return sheet{w: w, colors: l.palette(), indent: l.Indent, keep: l.Keep, buf: make([]byte, 0, maxHeld+4<<10)}
}

// on turns a style on.
func (s *sheet) on(style term.Style) {
	s.style = style
	s.buf = append(s.buf, style...)
}

// off turns it off.
func (s *sheet) off() {
	if s.style != term.Plain {
		s.buf = append(s.buf, term.Reset...)
		s.style = term.Plain
	}
}

// paint adds text in a style.
func (s *sheet) paint(style term.Style, text []byte) {
	if len(text) == 0 {
		return
	}
	s.on(style)
	s.buf = append(s.buf, text...)
	s.off()
}

// add adds a character. A style does not go over a line's end: less and others show lines
// one by one.
func (s *sheet) add(c byte) {
	if c == '\n' && s.style != term.Plain {
		s.buf = append(s.buf, term.Reset...)
		s.buf = append(s.buf, '\n')
		s.buf = append(s.buf, s.style...)
		return
	}
	s.buf = append(s.buf, c)
}

// newline begins a line for what is that deep, unless white space stays as it is.
func (s *sheet) newline(depth int) {
	if s.keep {
		return
	}
	s.buf = append(s.buf, spaces[:1+min(depth*s.indent, maxIndent)]...)
}

const spaces = "\n                                                                "

// full writes what is held if it is much.
func (s *sheet) full() {
	if len(s.buf) >= maxHeld {
		_ = s.send()
	}
}

// send writes what is held, and returns the first error of all writes.
func (s *sheet) send() error {
	if s.err == nil && len(s.buf) > 0 {
		_, s.err = s.w.Write(s.buf)
	}
	s.buf = s.buf[:0]
	return s.err
}

// wrote is what a Write of p returns.
func (s *sheet) wrote(p []byte) (int, error) {
	if err := s.send(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// finish ends the style and writes what is held.
func (s *sheet) finish() error {
	s.off()
	return s.send()
}
