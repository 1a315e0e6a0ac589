package pretty

// Where lines begin in XML: before each tag, but in elements that have a text.

// An element is one that is open; the first one is the document.
type element struct {
	name   string // HTML: the name in small letters
	mixed  bool   // white space in it may mean something
	broken bool   // something in it has a line of its own
}

// top returns the innermost element that is open.
func (m *Markup) top() *element { return &m.open[len(m.open)-1] }

// asItCame writes the white space in front of what comes.
func (m *Markup) asItCame() {
	m.write(m.space)
	m.space = m.space[:0]
}

// ownLine begins a line for what stands in the innermost element, in place of the white
// space that was there.
func (m *Markup) ownLine() {
	m.space = m.space[:0]
	if m.begun {
		m.newline(len(m.open) - 1)
	}
	m.top().broken = true
}

// beginText places a text.
func (m *Markup) beginText() {
	if m.html {
		m.placeInline()
		return
	}
	m.top().mixed = true
	m.asItCame()
}

// placeOther places what is neither a tag nor a text.
func (m *Markup) placeOther() {
	if m.top().mixed || m.html && !m.atBlock {
		m.asItCame()
		return
	}
	m.ownLine()
}

// placeStart places a start tag.
func (m *Markup) placeStart(name []byte) {
	switch {
	case m.html:
		m.placeHTMLStart(name)
	case m.top().mixed:
		m.asItCame()
	default:
		m.ownLine()
	}
}

// placeEnd places an end tag.
func (m *Markup) placeEnd(name []byte) {
	switch last := *m.top(); {
	case m.html:
		m.placeHTMLEnd(name)
	case len(m.open) == 1: // it ends nothing
		m.placeStart(name)
	case last.mixed || !last.broken:
		m.pop(1)
		m.asItCame()
	default:
		m.pop(1)
		m.space = m.space[:0]
		m.newline(len(m.open) - 1)
	}
}

// endTag handles the end of a tag.
func (m *Markup) endTag() {
	switch {
	case m.html:
		m.endHTMLTag()
	case !m.end && !m.slash:
		m.push(element{mixed: m.top().mixed || m.preserve})
	}
}

// push opens an element. Those that lie too deep are not counted, and are left as they are.
func (m *Markup) push(e element) {
	if len(m.open) > maxDepth {
		m.deeper++
		return
	}
	if len(m.open) == maxDepth {
		e.mixed = true
	}
	m.open = append(m.open, e)
}

// pop closes elements.
func (m *Markup) pop(n int) {
	for ; n > 0; n-- {
		if m.deeper > 0 {
			m.deeper--
			continue
		}
		m.open = m.open[:len(m.open)-1]
	}
}
