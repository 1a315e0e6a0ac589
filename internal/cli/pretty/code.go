package pretty

// Colours for programs, settings and the like: comments, strings, numbers, words that the
// language keeps for itself, and keys. No more of a language is known than that takes, and
// nothing is moved.

import (
	"io"
	"strings"
)

// codeState is what is under way.
type codeState uint8

const (
	codeStart  codeState = iota // the beginning of a line, or of a statement
	codeHead                    // what may be a key, held until it is known
	codeBody                    // anything that has no colour
	codeWord                    // a word or a number, held until its end
	codeLong                    // the rest of one that is too long to be held
	codeMark                    // "/" or "-", which may begin a comment
	codeString                  // in quotes
	codeEscape                  // in quotes, behind a backslash
	codeLine                    // in what goes up to the line's end
	codeBlock                   // in a comment that "*/" ends
	codeStar                    // in one, behind a "*"
)

const (
	maxHead = 128 // of a key
	maxWord = 32  // of a word that may mean something
)

// A Code colours a text in a language.
type Code struct {
	sheet
	lang  *language
	state codeState
	held  []byte
	last  byte // the character before, 0 at the beginning
	quote byte
	depth int // how many braces are open
}

var _ Writer = (*Code)(nil)

// NewCode returns a Code for a media type, and whether its language is known. Lines and white
// space stay as they are.
func NewCode(w io.Writer, l Layout, mediaType string) (*Code, bool) {
	lang := languageOf(mediaType)
	if lang == nil {
		return nil, false
	}
	return &Code{sheet: newSheet(w, l), lang: lang, last: '\n'}, true
}

// Write takes all of p, or fails with what the writer failed with.
func (c *Code) Write(p []byte) (int, error) {
	for i := 0; i < len(p); c.full() {
		n := c.run(p[i:])
		if n == 0 {
			// What is held has been settled; the character is looked at once more.
			continue
		}
		i += n
		c.last = p[i-1]
	}
	return c.wrote(p)
}

// Flush writes what is held, and ends a colour that is on.
func (c *Code) Flush() error {
	c.settle()
	return c.finish()
}

// run handles what p begins with, in the state that there is, and returns how much it is.
func (c *Code) run(p []byte) int {
	switch c.state {
	case codeStart:
		return c.start(p[0])
	case codeHead:
		return c.head(p[0])
	case codeBody:
		return c.body(p[0])
	case codeWord:
		if isNameByte(p[0]) && !c.lang.breaks(p[0]) {
			c.held = append(c.held, p[0])
			if len(c.held) > maxWord {
				c.settle()
				c.state = codeLong
			}
			return 1
		}
		c.settle()
		return 0
	case codeLong:
		if !isNameByte(p[0]) {
			c.state = codeBody
			return 0
		}
		c.buf = append(c.buf, p[0])
		return 1
	case codeMark:
		return c.mark(p[0])
	case codeLine:
		return c.upToLineEnd(p)
	}
	return c.quoted(p)
}

// start handles the first character of a line.
func (c *Code) start(b byte) int {
	l := c.lang
	switch {
	case l.lines != nil:
		c.on(l.lines(&c.colors, b))
		c.state = codeLine
		return 0
	case b == ' ' || b == '\t' || b == '\n' || l.yaml && b == '-':
		c.buf = append(c.buf, b)
		return 1
	case l.sections && b == '[':
		c.on(c.colors.Section)
		c.state = codeLine
		return 0
	case l.key != 0 && (isNameByte(b) || b == '-' || l.pairs) && (!l.braces || c.depth > 0):
		c.state = codeHead
		return 0
	}
	c.state = codeBody
	return 0
}

// head holds what may be a key, up to what would make it one.
func (c *Code) head(b byte) int {
	l := c.lang
	n := len(c.held)
	switch {
	case l.yaml && n > 0 && c.held[n-1] == ':' && (b == ' ' || b == '\n'):
		c.key(c.held[:n-1])
		c.buf = append(c.buf, ':')
		return 0
	case !l.yaml && b == l.key:
		c.key(c.held)
		return 0
	case b == '\n' || b == '&' && l.pairs || b == '{' || b == ';' || b == '}' || n > 0 && l.comments(c.held[n-1], b) || n == maxHead:
		c.settle()
		return 0
	}
	c.held = append(c.held, b)
	return 1
}

// key writes a key.
func (c *Code) key(text []byte) {
	name := strings.TrimRight(string(text), " \t")
	c.paint(c.colors.Key, []byte(name))
	c.buf = append(c.buf, text[len(name):]...)
	c.held = c.held[:0]
	c.state = codeBody
}

// body handles what has no colour.
func (c *Code) body(b byte) int {
	l := c.lang
	switch {
	case b == '\n', l.pairs && b == '&', l.braces && (b == '{' || b == '}' || b == ';'):
		c.state = codeStart
		switch b {
		case '{':
			c.depth++
		case '}':
			c.depth = max(0, c.depth-1)
		}
	case strings.IndexByte(l.quotes, b) >= 0 && !(l.yaml && isNameByte(c.last)):
		c.quote = b
		c.on(c.colors.Text)
		c.state = codeString
	case l.comments(c.last, b):
		c.on(c.colors.Comment)
		c.state = codeLine
		return 0
	case b == '/' && (l.slashes || l.block), b == '-' && l.dashes:
		c.held = append(c.held, b)
		c.state = codeMark
		return 1
	case isNameByte(b) && b != '-' && b != '.' && b != ':':
		c.state = codeWord
		return 0
	}
	c.buf = append(c.buf, b)
	return 1
}

// mark handles what comes behind a character that may begin a comment.
func (c *Code) mark(b byte) int {
	first := c.held[0]
	next := codeLine
	switch {
	case first == '/' && b == '*' && c.lang.block:
		next = codeBlock
	case first == '/' && b == '/' && c.lang.slashes, first == '-' && b == '-':
	default:
		c.settle()
		return 0
	}
	c.state = next
	c.on(c.colors.Comment)
	c.buf = append(c.buf, first, b)
	c.held = c.held[:0]
	return 1
}

// settle writes what is held.
func (c *Code) settle() {
	switch c.state {
	case codeWord, codeHead:
		c.paint(c.lang.word(&c.colors, c.held), c.held)
	case codeMark:
		c.buf = append(c.buf, c.held...)
	default:
		return
	}
	c.held = c.held[:0]
	c.state = codeBody
}

// upToLineEnd copies the rest of a line.
func (c *Code) upToLineEnd(p []byte) int {
	for i, b := range p {
		if b == '\n' {
			c.buf = append(c.buf, p[:i]...)
			c.off()
			c.buf = append(c.buf, b)
			c.state = codeStart
			return i + 1
		}
	}
	c.buf = append(c.buf, p...)
	return len(p)
}

// quoted copies what is in quotes, or in a comment, up to what ends it.
func (c *Code) quoted(p []byte) int {
	for i, b := range p {
		if b != '\n' {
			c.buf = append(c.buf, b)
		}
		switch {
		case b == '\n' && c.state != codeBlock && c.state != codeStar && strings.IndexByte(c.lang.long, c.quote) < 0:
			c.off() // it has no end
			c.buf = append(c.buf, b)
			c.state = codeStart
			return i + 1
		case b == '\n':
			c.add(b)
			if c.state == codeStar {
				c.state = codeBlock
			} else if c.state == codeEscape {
				c.state = codeString
			}
		case c.state == codeEscape:
			c.state = codeString
		case c.state == codeString && b == '\\':
			c.state = codeEscape
		case c.state == codeString && b == c.quote, c.state == codeStar && b == '/':
			c.off()
			if c.state == codeStar && c.lang.braces {
				c.state = codeStart // as behind a statement
			} else {
				c.state = codeBody
			}
			return i + 1
		case c.state == codeBlock && b == '*':
			c.state = codeStar
		case c.state == codeStar && b != '*':
			c.state = codeBlock
		}
	}
	return len(p)
}
