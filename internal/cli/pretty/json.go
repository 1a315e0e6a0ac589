package pretty

// JSON, indented and coloured without a tree.
//
// The order of keys, the spelling of numbers and the escapes in strings stay as they came.

import (
	"bytes"
	"io"
)

// jsonState is what may come next.
type jsonState uint8

const (
	jsonValue  jsonState = iota // a value
	jsonKey                     // a key
	jsonColon                   // the colon after a key
	jsonNext                    // a comma or the end of the container; at the top, another value
	jsonString                  // more of a string
	jsonEscape                  // what follows a backslash
	jsonNumber                  // more of a number
	jsonWord                    // more of true, false, null and the like, which is held until it is known
	jsonLead                    // more of a line in front of the JSON
	jsonBroken                  // anything: it was not JSON, and passes as it is
)

// A JSON passes JSON on to a writer, indented and coloured. Several values may follow each
// other. Text that is not JSON passes unchanged from the point on where it ceases to be.
type JSON struct {
	sheet
	state  jsonState
	inKey  bool // the string under way is a key
	opened bool // nothing has come yet in the innermost container
	begun  bool // something has come
	word   []byte
	open   []byte // '{' and '[' that are open
	prefix []byte // what each new line begins with
}

var _ Writer = (*JSON)(nil)

// NewJSON returns a JSON that writes to w.
func NewJSON(w io.Writer, l Layout) *JSON { return &JSON{sheet: newSheet(w, l)} }

// Write takes all of p, or fails with what the writer failed with.
func (j *JSON) Write(p []byte) (int, error) {
	j.feed(p)
	return j.wrote(p)
}

// Flush writes a word that was held back, and ends a colour that is still on.
func (j *JSON) Flush() error {
	j.end()
	return j.finish()
}

// feed formats p.
func (j *JSON) feed(p []byte) {
	for i := 0; i < len(p); j.full() {
		switch j.state {
		case jsonString:
			i = j.string(p, i)
		case jsonEscape:
			j.add(p[i])
			j.state = jsonString
			i++
		case jsonNumber:
			i = j.number(p, i)
		case jsonWord:
			i = j.letters(p, i)
		case jsonLead:
			i = j.lead(p, i)
		case jsonBroken:
			j.buf = append(j.buf, p[i:]...)
			i = len(p)
		default:
			i = j.token(p, i)
		}
	}
}

// end ends what only the next character would have ended.
func (j *JSON) end() {
	switch j.state {
	case jsonWord:
		j.settle()
	case jsonNumber:
		j.off()
		j.state = jsonNext
	}
}

// string copies the string at p[i:] up to its end, a backslash, or the end of p.
func (j *JSON) string(p []byte, i int) int {
	from := i
	for i < len(p) && !jsonStops[p[i]] {
		i++
	}
	j.buf = append(j.buf, p[from:i]...)
	if i == len(p) {
		return i
	}
	c := p[i]
	switch c {
	case '\\':
		j.buf = append(j.buf, c)
		j.state = jsonEscape
		return i + 1
	case '\n':
		j.add(c) // which no string may have
		return i + 1
	}
	j.buf = append(j.buf, c)
	j.off()
	j.state = jsonNext
	if j.inKey {
		j.state = jsonColon
	}
	return i + 1
}

// number copies the number at p[i:]. Whether it is one that JSON knows is not asked: shown
// as it came, it does no harm.
func (j *JSON) number(p []byte, i int) int {
	from := i
	for i < len(p) && jsonDigits[p[i]] {
		i++
	}
	j.buf = append(j.buf, p[from:i]...)
	if i < len(p) {
		j.off()
		j.state = jsonNext
	}
	return i
}

// letters holds the word at p[i:].
func (j *JSON) letters(p []byte, i int) int {
	for i < len(p) && jsonDigits[p[i]] {
		if len(j.word) > len("Infinity") {
			break
		}
		j.word = append(j.word, p[i])
		i++
	}
	if i < len(p) {
		j.settle()
	}
	return i
}

// settle shows the word that was held, as a value if it is one. NaN and Infinity are Python's
// and JavaScript's.
func (j *JSON) settle() {
	switch string(j.word) {
	case "true", "false", "null", "NaN", "Infinity":
		j.place()
		j.paint(j.colors.Literal, j.word)
		j.state = jsonNext
	default:
		j.buf = append(j.buf, j.word...)
		j.state = jsonBroken
	}
	j.word = j.word[:0]
}

// lead copies a line that some services put in front of their JSON, so that no script can
// run it: )]}'
func (j *JSON) lead(p []byte, i int) int {
	n := bytes.IndexByte(p[i:], '\n')
	if n < 0 {
		j.buf = append(j.buf, p[i:]...)
		return len(p)
	}
	j.buf = append(j.buf, p[i:i+n+1]...)
	j.state = jsonValue
	return i + n + 1
}

// token handles the characters at p[i:] outside strings, numbers and words.
func (j *JSON) token(p []byte, i int) int {
	c := p[i]
	switch c {
	case ' ', '\t', '\n', '\r':
		for i < len(p) && (p[i] == ' ' || p[i] == '\n' || p[i] == '\t' || p[i] == '\r') {
			if j.keep {
				j.buf = append(j.buf, p[i])
			}
			i++
		}
		return i
	case ':':
		if j.state != jsonColon {
			break
		}
		j.buf = append(j.buf, c)
		if !j.keep {
			j.buf = append(j.buf, ' ')
		}
		j.state = jsonValue
		return i + 1
	case ',':
		if j.state != jsonNext || len(j.open) == 0 {
			break
		}
		j.buf = append(j.buf, c)
		j.newline()
		j.state = j.first()
		return i + 1
	case '}', ']':
		if j.closes(c) {
			j.close(c)
			return i + 1
		}
	case '"':
		if j.state == jsonKey {
			j.place()
			j.inKey = true
			j.on(j.colors.Key)
			j.buf = append(j.buf, c)
			j.state = jsonString
			return i + 1
		}
		if j.mayBegin() {
			j.place()
			j.inKey = false
			j.on(j.colors.Text)
			j.buf = append(j.buf, c)
			j.state = jsonString
			return i + 1
		}
	default:
		if j.mayBegin() && j.begin(c) {
			return i + 1
		}
	}
	if c == ')' && !j.begun {
		j.state = jsonLead
		return i
	}
	j.state = jsonBroken
	return i
}

// mayBegin reports whether a value may begin here.
func (j *JSON) mayBegin() bool {
	return j.state == jsonValue || j.state == jsonNext && len(j.open) == 0
}

// begin starts a value that is no string, and reports whether c can do that.
func (j *JSON) begin(c byte) bool {
	switch {
	case c == '{' || c == '[':
		if len(j.open) == maxDepth {
			return false
		}
		j.place()
		j.buf = append(j.buf, c)
		j.open = append(j.open, c)
		j.opened = true
		j.state = j.first()
	case c == '-' || c >= '0' && c <= '9':
		j.place()
		j.on(j.colors.Number)
		j.buf = append(j.buf, c)
		j.state = jsonNumber
	case c == 't' || c == 'f' || c == 'n' || c == 'N' || c == 'I':
		j.word = append(j.word, c)
		j.state = jsonWord
	default:
		return false
	}
	return true
}

// place begins a line for a key or a value, where it needs one.
func (j *JSON) place() {
	if j.opened || len(j.open) == 0 && j.begun { // in an empty container, or after another value at the top
		j.newline()
	}
	j.opened, j.begun = false, true
}

// first returns what comes first in the innermost container, and after each comma.
func (j *JSON) first() jsonState {
	if j.open[len(j.open)-1] == '{' {
		return jsonKey
	}
	return jsonValue
}

// closes reports whether c ends the innermost container here.
func (j *JSON) closes(c byte) bool {
	if len(j.open) == 0 || j.state != jsonNext && !j.opened {
		return false
	}
	return (c == '}') == (j.open[len(j.open)-1] == '{')
}

func (j *JSON) close(c byte) {
	j.open = j.open[:len(j.open)-1]
	if !j.opened {
		j.newline()
	}
	j.opened = false
	j.buf = append(j.buf, c)
	j.state = jsonNext
}

// newline begins a line in the innermost container.
func (j *JSON) newline() {
	if j.keep {
		return
	}
	if len(j.prefix) == 0 {
		j.sheet.newline(len(j.open))
		return
	}
	j.buf = append(j.buf, '\n')
	j.buf = append(j.buf, j.prefix...)
	j.buf = append(j.buf, spaces[1:1+min(len(j.open)*j.indent, maxIndent)]...)
}

// restart makes it ready for a text of its own.
func (j *JSON) restart() {
	j.end()
	j.off()
	j.state, j.opened, j.begun = jsonValue, false, false
	j.open = j.open[:0]
}

// jsonDigits are the characters of numbers, and of what is taken for one.
var jsonDigits = func() (table [256]bool) {
	for _, c := range "0123456789+-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		table[c] = true
	}
	return table
}()

// jsonStops are the characters of strings that mean something.
var jsonStops = [256]bool{'"': true, '\\': true, '\n': true}
