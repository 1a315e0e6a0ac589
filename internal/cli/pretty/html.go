package pretty

// Where lines begin in HTML: at what is shown as a block, where white space means nothing.

import (
	"bytes"
	"slices"
	"strings"
)

// htmlKind is what an element is to the layout.
type htmlKind uint8

const (
	htmlInline   htmlKind = iota // part of a line; so are all that are not known
	htmlBlock                    // it has lines of its own
	htmlVoid                     // a block that has no content
	htmlRaw                      // a block whose content is no markup
	htmlVerbatim                 // a block in which white space means something
)

// htmlElements are those that are no part of a line, in the order of the alphabet.
var htmlElements = []struct {
	name string
	kind htmlKind
}{
	{"address", htmlBlock},
	{"article", htmlBlock},
	{"aside", htmlBlock},
	{"base", htmlVoid},
	{"blockquote", htmlBlock},
	{"body", htmlBlock},
	{"caption", htmlBlock},
	{"center", htmlBlock},
	{"col", htmlVoid},
	{"colgroup", htmlBlock},
	{"dd", htmlBlock},
	{"details", htmlBlock},
	{"dialog", htmlBlock},
	{"dir", htmlBlock},
	{"div", htmlBlock},
	{"dl", htmlBlock},
	{"dt", htmlBlock},
	{"fieldset", htmlBlock},
	{"figcaption", htmlBlock},
	{"figure", htmlBlock},
	{"footer", htmlBlock},
	{"form", htmlBlock},
	{"h1", htmlBlock},
	{"h2", htmlBlock},
	{"h3", htmlBlock},
	{"h4", htmlBlock},
	{"h5", htmlBlock},
	{"h6", htmlBlock},
	{"head", htmlBlock},
	{"header", htmlBlock},
	{"hgroup", htmlBlock},
	{"hr", htmlVoid},
	{"html", htmlBlock},
	{"iframe", htmlRaw},
	{"legend", htmlBlock},
	{"li", htmlBlock},
	{"link", htmlVoid},
	{"listing", htmlVerbatim},
	{"main", htmlBlock},
	{"menu", htmlBlock},
	{"meta", htmlVoid},
	{"nav", htmlBlock},
	{"noscript", htmlBlock},
	{"ol", htmlBlock},
	{"optgroup", htmlBlock},
	{"option", htmlBlock},
	{"p", htmlBlock},
	{"param", htmlVoid},
	{"pre", htmlVerbatim},
	{"script", htmlRaw},
	{"search", htmlBlock},
	{"section", htmlBlock},
	{"source", htmlVoid},
	{"style", htmlRaw},
	{"summary", htmlBlock},
	{"table", htmlBlock},
	{"tbody", htmlBlock},
	{"td", htmlBlock},
	{"template", htmlBlock},
	{"textarea", htmlRaw},
	{"tfoot", htmlBlock},
	{"th", htmlBlock},
	{"thead", htmlBlock},
	{"title", htmlRaw},
	{"tr", htmlBlock},
	{"track", htmlVoid},
	{"ul", htmlBlock},
	{"xmp", htmlRaw},
}

// htmlElement returns what an element is, and its name in small letters if it is no part of
// a line.
func htmlElement(name []byte) (htmlKind, string) {
	lower := strings.ToLower(string(name))
	for _, e := range htmlElements {
		if e.name == lower {
			return e.kind, e.name
		}
	}
	return htmlInline, ""
}

// endsAt are the elements that end where another one begins, for their end tags are mostly
// left out.
func endsAt(name string) []string {
	switch name {
	case "li":
		return []string{"li", "p"}
	case "dt", "dd":
		return []string{"dt", "dd", "p"}
	case "td", "th":
		return []string{"td", "th", "p"}
	case "tr":
		return []string{"tr", "td", "th", "p"}
	case "thead", "tbody", "tfoot":
		return []string{"thead", "tbody", "tr", "td", "th", "p"}
	case "option":
		return []string{"option"}
	case "optgroup":
		return []string{"option", "optgroup"}
	case "body":
		return []string{"head"}
	case "script", "style", "textarea", "iframe", "noscript", "template", "title":
		return nil // they may stand in a paragraph
	}
	return []string{"p"}
}

// placeInline places a part of a line: a text, or a tag that is no block's.
func (m *Markup) placeInline() {
	switch {
	case !m.atBlock || m.top().mixed:
		m.asItCame()
	case m.top().broken:
		m.ownLine()
	default: // the first thing in its block
		m.space = m.space[:0]
	}
	m.atBlock = false
}

// placeHTMLStart places a start tag.
func (m *Markup) placeHTMLStart(name []byte) {
	if m.kind, m.tag = htmlElement(name); m.kind == htmlInline {
		m.placeInline()
		return
	}
	for ended := endsAt(m.tag); len(m.open) > 1 && m.deeper == 0 && slices.Contains(ended, m.top().name); {
		m.pop(1)
	}
	if m.top().mixed {
		m.asItCame()
		return
	}
	m.ownLine()
}

// placeHTMLEnd places an end tag.
func (m *Markup) placeHTMLEnd(name []byte) {
	m.kind, m.tag = htmlElement(name)
	if m.deeper > 0 && m.kind != htmlInline {
		m.pop(1)
		m.asItCame()
		return
	}
	k := m.find(m.tag)
	if m.kind == htmlInline || k < 0 {
		m.kind = htmlInline
		m.placeInline()
		return
	}
	last := m.open[k]
	m.pop(len(m.open) - k)
	switch {
	case last.mixed:
		m.asItCame()
	case last.broken:
		m.space = m.space[:0]
		m.newline(len(m.open) - 1)
	default:
		m.space = m.space[:0]
	}
}

// find returns the innermost element of a name that is open, -1 if there is none near.
func (m *Markup) find(name string) int {
	const near = 64
	for k := len(m.open) - 1; k > max(0, len(m.open)-near); k-- {
		if m.open[k].name == name {
			return k
		}
	}
	return -1
}

// endHTMLTag handles the end of a tag.
func (m *Markup) endHTMLTag() {
	if m.kind == htmlInline {
		return
	}
	m.atBlock = true
	if m.end || m.kind == htmlVoid {
		return
	}
	verbatim := m.kind == htmlVerbatim || m.kind == htmlRaw
	m.push(element{name: m.tag, mixed: verbatim || m.top().mixed})
	if m.kind == htmlRaw {
		m.until = "</" + m.tag
		m.state = markupRaw
	}
}

// raw copies what is no markup, up to the end tag.
func (m *Markup) raw(p []byte, i int) int {
	for i < len(p) {
		switch c := p[i]; {
		case len(m.held) == len(m.until) && (isSpace(c) || c == '>' || c == '/'):
			m.beginTag()
			return i
		case len(m.held) < len(m.until) && small(c) == m.until[len(m.held)]:
			m.held = append(m.held, c)
			i++
		case len(m.held) > 0:
			m.write(m.held)
			m.held = m.held[:0]
		default:
			n := bytes.IndexByte(p[i:], '<')
			if n < 0 {
				n = len(p) - i
			}
			n = max(n, 1)
			m.write(p[i : i+n])
			i += n
		}
	}
	return i
}

// small returns a letter of ASCII as a small one.
func small(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
