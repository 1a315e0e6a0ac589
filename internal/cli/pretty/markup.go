package pretty

// XML and HTML: reading them far enough to see where tags, attributes, comments and texts
// begin and end. Where a line may begin is decided in layout.go and html.go.

import (
	"bytes"
	"io"
	"strings"

	"example.com/godwit/internal/cli/term"
)

// markupState is what is under way.
type markupState uint8

const (
	markupText    markupState = iota // text, or white space between tags
	markupOpen                       // "<" and what follows, held until it is known what it is
	markupTag                        // in a tag, behind the name
	markupName                       // in an attribute's name
	markupEquals                     // behind the "="
	markupQuoted                     // in a quoted value
	markupBare                       // in a value without quotes
	markupUntil                      // in what ends with until: comments, CDATA, instructions
	markupDoctype                    // in a declaration
	markupRaw                        // in the text of a script or a style, up to its end tag
)

const (
	// maxSpace is how much white space is held until it is known what it is for.
	maxSpace = 4 << 10
	// maxTagName is how much of a name is held. No name that matters is longer.
	maxTagName = 32
)

// A Markup formats XML or HTML. What is broken comes out as it is: tags are never added,
// moved or taken away.
type Markup struct {
	sheet
	html   bool
	state  markupState
	begun  bool      // something has been written
	open   []element // the document, and in it the elements that are open
	deeper int       // how many more are, too deep to be laid out
	space  []byte    // white space that has come and is not written yet

	held     []byte // "<" and what has come behind it
	end      bool   // it is an end tag
	slash    bool   // "/" was the last thing in it
	name     []byte // the attribute's name, as far as it is of interest
	preserve bool   // it has xml:space
	quote    byte
	until    string // what ends it
	matched  int    // how much of that has come
	brackets int    // "[" that are open in a declaration

	// For HTML alone.
	kind    htmlKind // of the element that the tag begins or ends
	tag     string   // its name in small letters, if it is a known one
	atBlock bool     // a block has begun or ended, and nothing has come since
}

var _ Writer = (*Markup)(nil)

// NewXML returns a Writer that formats XML.
func NewXML(w io.Writer, l Layout) *Markup {
	return &Markup{sheet: newSheet(w, l), open: make([]element, 1), atBlock: true}
}

// NewHTML returns a Writer that formats HTML.
func NewHTML(w io.Writer, l Layout) *Markup {
	m := NewXML(w, l)
	m.html = true
	return m
}

// Write takes all of p, or fails with what the writer failed with.
func (m *Markup) Write(p []byte) (int, error) {
	for i := 0; i < len(p); m.full() {
		switch m.state {
		case markupText:
			i = m.text(p, i)
		case markupOpen:
			i = m.opening(p, i)
		case markupTag, markupEquals:
			i = m.inTag(p, i)
		case markupName:
			i = m.attribute(p, i)
		case markupQuoted, markupBare:
			i = m.value(p, i)
		case markupUntil:
			i = m.upTo(p, i)
		case markupDoctype:
			i = m.doctype(p, i)
		case markupRaw:
			i = m.raw(p, i)
		}
	}
	return m.wrote(p)
}

// Flush writes what is held, and ends a colour that is still on.
func (m *Markup) Flush() error {
	if len(m.held) > 0 {
		m.beginText()
		m.write(m.held)
		m.held = m.held[:0]
	} else if m.top().mixed {
		m.asItCame()
	}
	m.space = m.space[:0]
	return m.finish()
}

// write adds text in the style that is on.
func (m *Markup) write(p []byte) {
	m.begun = m.begun || len(p) > 0
	for {
		line, rest, more := bytes.Cut(p, []byte("\n"))
		m.buf = append(m.buf, line...)
		if !more {
			return
		}
		m.add('\n')
		p = rest
	}
}

// text copies the text at p[i:], and holds the white space behind it.
func (m *Markup) text(p []byte, i int) int {
	for i < len(p) {
		from := i
		for i < len(p) && isSpace(p[i]) {
			i++
		}
		if m.keep {
			m.write(p[from:i])
		} else {
			m.space = append(m.space, p[from:i]...)
			if len(m.space) > maxSpace {
				m.beginText()
			}
		}
		if i == len(p) {
			return i
		}
		if p[i] == '<' {
			m.held = append(m.held[:0], '<')
			m.state = markupOpen
			return i + 1
		}
		m.beginText()
		from = i
		for i < len(p) && p[i] != '<' && !isSpace(p[i]) {
			i++
		}
		m.write(p[from:i])
	}
	return i
}

// opening holds what follows "<" until it is known what it begins.
func (m *Markup) opening(p []byte, i int) int {
	c := p[i]
	switch n := len(m.held); {
	case n == 1 && c == '?':
		m.placeOther()
		m.on(m.colors.Keyword)
		m.special("<?", "?>")
		if m.html {
			m.until = ">"
		}
		return i + 1
	case n == 1 && c != '!' && c != '/' && !isNameStart(c),
		n == 2 && m.held[1] == '/' && !isNameStart(c):
		m.beginText()
		m.write(m.held)
		m.held = m.held[:0]
		m.state = markupText
		return i
	case n > 1 && m.held[1] == '!':
		return m.declaration(c, i)
	case n > 1 && !isNameByte(c), n > maxTagName:
		m.beginTag()
		return i
	}
	m.held = append(m.held, c)
	return i + 1
}

// declaration holds what begins with "<!" until it is known what that is.
func (m *Markup) declaration(c byte, i int) int {
	const comment, cdata = "<!--", "<![CDATA["
	held := string(m.held) + string(rune(c))
	switch {
	case held == comment:
		m.placeOther()
		m.on(m.colors.Comment)
		m.special(comment, "-->")
	case held == cdata && !m.html:
		m.beginText()
		m.special(cdata, "]]>")
	case strings.HasPrefix(comment, held), strings.HasPrefix(cdata, held) && !m.html:
		m.held = append(m.held, c)
	default:
		m.placeOther()
		m.on(m.colors.Keyword)
		m.write(m.held)
		m.brackets = 0
		if !m.html {
			m.brackets = bytes.Count(m.held, []byte("["))
		}
		m.held = m.held[:0]
		m.state = markupDoctype
		return i
	}
	return i + 1
}

// special begins what ends with until.
func (m *Markup) special(begin, until string) {
	m.write([]byte(begin))
	m.held = m.held[:0]
	m.until, m.matched = until, 0
	m.state = markupUntil
}

// upTo copies up to the end of what is under way.
func (m *Markup) upTo(p []byte, i int) int {
	from := i
	for i < len(p) {
		c := p[i]
		i++
		switch {
		case c == m.until[m.matched]:
			m.matched++
		case c == m.until[0] && m.matched == 2 && len(m.until) == 3: // "--->" and "]]]>"
		case c == m.until[0]:
			m.matched = 1
		default:
			m.matched = 0
		}
		if m.matched == len(m.until) {
			m.write(p[from:i])
			m.off()
			m.state = markupText
			return i
		}
	}
	m.write(p[from:i])
	return i
}

// doctype copies a declaration. The subset of a DTD, in brackets, has declarations of its own.
func (m *Markup) doctype(p []byte, i int) int {
	from := i
	for i < len(p) {
		c := p[i]
		i++
		switch {
		case c == '[' && !m.html:
			m.brackets++
		case c == ']' && m.brackets > 0:
			m.brackets--
		case c == '>' && m.brackets == 0:
			m.write(p[from:i])
			m.off()
			m.state = markupText
			return i
		}
	}
	m.write(p[from:i])
	return i
}

// beginTag writes "<" and the name of a tag, at the place where the tag belongs.
func (m *Markup) beginTag() {
	m.end = m.held[1] == '/'
	m.slash, m.preserve = false, false
	if m.end {
		m.placeEnd(m.held[2:])
	} else {
		m.placeStart(m.held[1:])
	}
	m.on(m.colors.Tag)
	m.write(m.held)
	m.held = m.held[:0]
	m.state = markupTag
}

// inTag handles what is in a tag and neither a name nor a value.
func (m *Markup) inTag(p []byte, i int) int {
	c := p[i]
	if c != '>' {
		m.off() // the style of the name
	}
	switch {
	case c == '>':
		if m.style == term.Plain {
			m.on(m.colors.Tag)
		}
		m.write(p[i : i+1])
		m.off()
		m.state = markupText
		m.endTag()
		return i + 1
	case m.state == markupEquals && (c == '"' || c == '\''):
		m.quote = c
		m.on(m.colors.Text)
		m.write(p[i : i+1])
		m.state = markupQuoted
		return i + 1
	case isSpace(c):
		m.write(p[i : i+1])
		return i + 1
	case m.state == markupEquals:
		m.on(m.colors.Text)
		m.state = markupBare
		return i
	case c == '/' || c == '?':
		m.slash = c == '/'
		m.paint(m.colors.Tag, p[i:i+1])
		return i + 1
	case c == '=':
		m.write(p[i : i+1])
		m.state = markupEquals
		return i + 1
	case c == '"' || c == '\'': // which belongs to nothing
		m.write(p[i : i+1])
		return i + 1
	}
	m.slash = false
	m.name = m.name[:0]
	m.on(m.colors.Attribute)
	m.state = markupName
	return i
}

// attribute copies the name of an attribute.
func (m *Markup) attribute(p []byte, i int) int {
	from := i
	for i < len(p) && !isSpace(p[i]) && p[i] != '=' && p[i] != '>' && p[i] != '/' {
		i++
	}
	m.write(p[from:i])
	if len(m.name) <= maxTagName {
		m.name = append(m.name, p[from:min(i, from+maxTagName)]...)
	}
	if i < len(p) {
		m.off()
		m.preserve = m.preserve || string(m.name) == "xml:space"
		m.state = markupTag
	}
	return i
}

// value copies the value of an attribute.
func (m *Markup) value(p []byte, i int) int {
	from := i
	quoted := m.state == markupQuoted
	for i < len(p) {
		if quoted && p[i] == m.quote {
			i++
			m.write(p[from:i])
			break
		}
		if !quoted && (isSpace(p[i]) || p[i] == '>') {
			m.write(p[from:i])
			break
		}
		i++
		if i == len(p) {
			m.write(p[from:i])
			return i
		}
	}
	m.off()
	m.state = markupTag
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
}

func isNameByte(c byte) bool {
	return isNameStart(c) || c >= '0' && c <= '9' || c == '-' || c == '.'
}
