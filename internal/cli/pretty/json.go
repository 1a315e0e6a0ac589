// Package pretty indents and colours texts while they stream by.
package pretty

// JSON for the eye: indented and coloured while it streams by, without a tree.
//
// The order of keys, the spelling of numbers and the escapes in strings stay as they came:
// what is printed is what was received, with other white space.

import (
	"io"

	"example.com/godwit/internal/cli/term"
)

// jsonState is what may come next.
type jsonState uint8

const (
	jsonValue   jsonState = iota // a value
	jsonKey                      // a key
	jsonColon                    // the colon after a key
	jsonNext                     // a comma or the end of the container; at the top, another value
	jsonString                   // more of a string
	jsonEscape                   // what follows a backslash
	jsonLiteral                  // more of a number, true, false or null
	jsonBroken                   // anything: it was not JSON, and passes as it is
)

const (
	jsonIndent = 4
	// maxJSONIndent bounds how far a line is moved to the right: a document of nothing but
	// brackets would otherwise be printed in quadratic size.
	maxJSONIndent = 64
	// maxJSONDepth bounds the memory for what is open. Past it the text passes as it is.
	maxJSONDepth = 10_000
)

// A JSONWriter passes JSON on to w, indented and coloured. Text that is not JSON passes
// unchanged from the point on where it ceases to be.
type JSONWriter struct {
	W      io.Writer
	Colors *term.Palette // nil: none
	Indent bool          // else white space passes as it is

	buf    []byte
	state  jsonState
	inKey  bool   // the string under way is a key
	opened bool   // nothing has come yet in the innermost container
	open   []byte // '{' and '[' that are open
}

// Write takes all of p, or fails with what w failed with.
func (j *JSONWriter) Write(p []byte) (int, error) {
	j.buf = j.buf[:0]
	for i := 0; i < len(p); {
		switch j.state {
		case jsonString:
			i = j.string(p, i)
		case jsonEscape:
			j.buf = append(j.buf, p[i])
			j.state = jsonString
			i++
		case jsonLiteral:
			i = j.literal(p, i)
		case jsonBroken:
			j.buf = append(j.buf, p[i:]...)
			i = len(p)
		default:
			j.token(p[i])
			i++
		}
	}
	if _, err := j.W.Write(j.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush ends a colour that is still on, if the text was cut short.
func (j *JSONWriter) Flush() error {
	if j.Colors == nil || j.state != jsonString && j.state != jsonEscape && j.state != jsonLiteral {
		return nil
	}
	j.state = jsonBroken
	_, err := io.WriteString(j.W, term.Reset)
	return err
}

// string copies the string at p[i:] up to its end, a backslash, or the end of p.
func (j *JSONWriter) string(p []byte, i int) int {
	from := i
	for i < len(p) && p[i] != '"' && p[i] != '\\' {
		i++
	}
	if i == len(p) {
		j.buf = append(j.buf, p[from:]...)
		return i
	}
	i++
	j.buf = append(j.buf, p[from:i]...)
	if p[i-1] == '\\' {
		j.state = jsonEscape
		return i
	}
	j.end()
	if j.inKey {
		j.state = jsonColon
	} else {
		j.state = jsonNext
	}
	return i
}

// literal copies the number or word at p[i:]. Whether it is one that JSON knows is not
// asked: shown as it came, it does no harm.
func (j *JSONWriter) literal(p []byte, i int) int {
	from := i
	for i < len(p) && jsonWord[p[i]] {
		i++
	}
	j.buf = append(j.buf, p[from:i]...)
	if i < len(p) {
		j.end()
		j.state = jsonNext
	}
	return i
}

// token handles a character outside strings and words.
func (j *JSONWriter) token(c byte) {
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		if !j.Indent {
			j.buf = append(j.buf, c)
		}
	case j.state == jsonColon && c == ':':
		j.buf = append(j.buf, c)
		if j.Indent {
			j.buf = append(j.buf, ' ')
		}
		j.state = jsonValue
	case j.state == jsonNext && len(j.open) > 0 && c == ',':
		j.buf = append(j.buf, c)
		j.newline()
		j.state = j.first()
	case (c == '}' || c == ']') && j.closes(c):
		j.close(c)
	case j.state == jsonKey && c == '"':
		j.begin(c)
	case j.state == jsonValue || j.state == jsonNext && len(j.open) == 0:
		j.begin(c)
	default:
		j.breakOff(c)
	}
}

// begin starts a key or a value.
func (j *JSONWriter) begin(c byte) {
	wasNext := j.state == jsonNext
	if c != '"' && c != '{' && c != '[' && (!jsonWord[c] || c == '+' || c == '.') || len(j.open) == maxJSONDepth {
		j.breakOff(c)
		return
	}
	if j.opened || wasNext { // in an empty container, or after another value at the top
		j.newline()
	}
	j.opened = false
	switch c {
	case '{', '[':
		j.buf = append(j.buf, c)
		j.open = append(j.open, c)
		j.opened = true
		j.state = j.first()
		return
	case '"':
		j.inKey = j.state == jsonKey
		if j.inKey {
			j.color(func(p *term.Palette) term.Style { return p.Key })
		} else {
			j.color(func(p *term.Palette) term.Style { return p.Text })
		}
		j.state = jsonString
	default:
		if c == '-' || c >= '0' && c <= '9' {
			j.color(func(p *term.Palette) term.Style { return p.Number })
		} else {
			j.color(func(p *term.Palette) term.Style { return p.Literal })
		}
		j.state = jsonLiteral
	}
	j.buf = append(j.buf, c)
}

// first returns what comes first in the innermost container, and after each comma.
func (j *JSONWriter) first() jsonState {
	if j.open[len(j.open)-1] == '{' {
		return jsonKey
	}
	return jsonValue
}

// closes reports whether c ends the innermost container here.
func (j *JSONWriter) closes(c byte) bool {
	if len(j.open) == 0 || j.state != jsonNext && !j.opened {
		return false
	}
	return (c == '}') == (j.open[len(j.open)-1] == '{')
}

func (j *JSONWriter) close(c byte) {
	j.open = j.open[:len(j.open)-1]
	if !j.opened {
		j.newline()
	}
	j.opened = false
	j.buf = append(j.buf, c)
	j.state = jsonNext
}

// breakOff gives up: from c on the text passes as it is.
func (j *JSONWriter) breakOff(c byte) {
	j.state = jsonBroken
	j.buf = append(j.buf, c)
}

const jsonSpaces = "\n                                                                "

func (j *JSONWriter) newline() {
	if j.Indent {
		j.buf = append(j.buf, jsonSpaces[:1+min(len(j.open)*jsonIndent, maxJSONIndent)]...)
	}
}

// color turns the colour on that a part of the text has.
func (j *JSONWriter) color(part func(*term.Palette) term.Style) {
	if j.Colors != nil {
		j.buf = append(j.buf, part(j.Colors)...)
	}
}

// end turns it off.
func (j *JSONWriter) end() {
	if j.Colors != nil {
		j.buf = append(j.buf, term.Reset...)
	}
}

// jsonWord are the characters of numbers, true, false and null.
var jsonWord = func() (table [256]bool) {
	for _, c := range "0123456789+-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		table[c] = true
	}
	return table
}()
