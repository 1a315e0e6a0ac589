package pretty

// JSON with sorted keys: the one thing for which a text has to be held.

const (
	// maxSorted is how much of a text is held to be sorted.
	maxSorted = 16 << 20
	// maxNodes is how many keys and values it may have.
	maxNodes = 1 << 20
)

// A Sorted passes JSON on with the members of objects in the order of their keys, as these
// are spelled. It holds one object or array at a time, of those that are in no other. What
// is too large, or no JSON, passes in the order that it has.
type Sorted struct {
	next  Writer
	lines bool   // no value goes over a line's end
	held  []byte // the value under way
	depth int    // how many containers are open
	quote bool   // it is in a string
	slash bool   // behind a backslash
	free  bool   // no more is sorted
	large bool   // something was too large
}

var _ Writer = (*Sorted)(nil)

// NewSorted returns a Sorted that writes to next. With lines each line is a text of its own.
func NewSorted(next Writer, lines bool) *Sorted { return &Sorted{next: next, lines: lines} }

// Large reports whether something was too large to be sorted.
func (s *Sorted) Large() bool { return s.large }

// Write takes all of p, or fails with what the writer failed with.
func (s *Sorted) Write(p []byte) (int, error) {
	rest := p
	for len(rest) > 0 && !s.free {
		n, whole := s.scan(rest)
		var err error
		switch {
		case !whole:
			s.held = append(s.held, rest[:n]...)
		case len(s.held) == 0 && rest[0] != '{' && rest[0] != '[':
			_, err = s.next.Write(rest[:n])
		default:
			err = s.value(append(s.held, rest[:n]...))
		}
		if err == nil && len(s.held) > maxSorted {
			s.large, s.free = true, true
			err = s.value(s.held)
		}
		if err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	if len(rest) > 0 {
		if _, err := s.next.Write(rest); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Flush passes on what is held.
func (s *Sorted) Flush() error {
	s.free = true
	if err := s.value(s.held); err != nil {
		return err
	}
	return s.next.Flush()
}

// scan returns how much of p belongs together: what is outside of all containers, or what is
// in one, and whether that is whole.
func (s *Sorted) scan(p []byte) (n int, whole bool) {
	for i, c := range p {
		switch {
		case s.slash:
			s.slash = false
		case c == '\n' && s.lines:
			s.depth, s.quote = 0, false
			return i + 1, true
		case s.quote && c == '\\':
			s.slash = true
		case c == '"':
			s.quote = !s.quote
		case s.quote:
		case c == '{' || c == '[':
			if s.depth == 0 && i > 0 {
				return i, true
			}
			s.depth++
		case (c == '}' || c == ']') && s.depth > 0:
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(p), s.depth == 0
}

// value passes on a value, sorted if it can be.
func (s *Sorted) value(text []byte) error {
	switch {
	case s.free:
	case len(text) > maxSorted:
		s.large = true
	default:
		t := tree{text: text}
		if t.grow() {
			text = t.sorted()
		}
		s.large = s.large || len(t.nodes) >= maxNodes
	}
	s.held = s.held[:0]
	_, err := s.next.Write(text)
	return err
}
