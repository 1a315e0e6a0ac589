package nestedjson

// Keys: the way into nested objects and lists, as it is typed.
//
//	key  = [ name / "[" number "]" / "[]" ] *( "[" name "]" / "[" number "]" / "[]" )
//
// A backslash takes the meaning from [, ] and \, and from a number: [\1] is the name "1".
// Before anything else it stands for itself.

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A stepKind is what a step leads to.
type stepKind uint8

const (
	byName   stepKind = iota // a member of an object
	byIndex                  // an element of a list
	toAppend                 // a new element at the end of a list
)

// A step is one of those that a key consists of.
type step struct {
	kind       stepKind
	name       string
	index      int
	start, end int // where it is in the key
}

// maxDepth bounds the steps of a key. Few readers of JSON go deeper.
const maxDepth = 500

// parse takes a key apart. An empty one is one step, to the name "".
func parse(key string) (path []step, err error) {
	p := parser{key: key}
	root, err := p.root()
	if err != nil {
		return nil, err
	}
	path = append(path, root)
	for p.at < len(key) {
		s, err := p.step()
		if err != nil {
			return nil, err
		}
		if len(path) == maxDepth {
			return nil, p.error(s.start, s.end, fmt.Sprintf("deeper than %d levels", maxDepth))
		}
		path = append(path, s)
	}
	return path, nil
}

// A parser reads a key from the beginning to the end.
type parser struct {
	key string
	at  int
}

func (p *parser) error(start, end int, problem string) error {
	return &Error{Problem: problem, Key: p.key, Start: start, End: end}
}

// root reads the first step, whose name is in no brackets.
func (p *parser) root() (step, error) {
	t := p.next()
	switch t.kind {
	case end:
		return step{kind: byName}, nil
	case text, number:
		return step{kind: byName, name: t.text, end: t.end}, nil
	case shut:
		return step{}, p.error(t.start, t.end, `expected a name or "["`)
	}
	switch in := p.next(); in.kind {
	case number:
		return p.indexed(t, in)
	case shut:
		return step{kind: toAppend, end: in.end}, nil
	default:
		return step{}, p.error(in.start, in.end, `expected a number or "]"`)
	}
}

// step reads a step after the first.
func (p *parser) step() (step, error) {
	t := p.next()
	if t.kind != open {
		return step{}, p.error(t.start, t.end, `expected "["`)
	}
	switch in := p.next(); in.kind {
	case text:
		return p.closed(step{kind: byName, name: in.text, start: t.start})
	case number:
		return p.indexed(t, in)
	case shut:
		return step{kind: toAppend, start: t.start, end: in.end}, nil
	default:
		return step{}, p.error(in.start, in.end, `expected a name, a number or "]"`)
	}
}

// indexed reads the rest of a step that has a number.
func (p *parser) indexed(t, in token) (step, error) {
	s, err := p.closed(step{kind: byIndex, start: t.start})
	if err != nil {
		return step{}, err
	}
	if s.index, err = strconv.Atoi(in.text); err != nil {
		s.index = math.MaxInt // which is too large, whatever it is
	}
	if in.text[0] == '-' {
		return step{}, p.error(in.start, in.end, "a list has no negative index")
	}
	return s, nil
}

// closed reads the bracket that ends a step.
func (p *parser) closed(s step) (step, error) {
	t := p.next()
	if t.kind != shut {
		return step{}, p.error(t.start, t.end, `expected "]"`)
	}
	s.end = t.end
	return s, nil
}

// A tokenKind is what a token is.
type tokenKind uint8

const (
	end tokenKind = iota
	text
	number
	open
	shut
)

// A token is a bracket, or what is between two.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// next reads a token. The one at the end takes the place of a character, so that it can be
// pointed at.
func (p *parser) next() token {
	t := token{start: p.at, end: p.at + 1}
	if p.at == len(p.key) {
		return t
	}
	switch p.key[p.at] {
	case '[':
		t.kind = open
	case ']':
		t.kind = shut
	default:
		return p.literal()
	}
	p.at++
	return t
}

// literal reads a name or a number.
func (p *parser) literal() token {
	t := token{kind: text, start: p.at}
	var b []byte
	escaped := false
	for p.at < len(p.key) {
		c := p.key[p.at]
		if c == '[' || c == ']' {
			break
		}
		p.at++
		if c == '\\' && p.at < len(p.key) {
			if strings.IndexByte(`[]\`, p.key[p.at]) >= 0 {
				escaped = true
			} else {
				b = append(b, c)
			}
			c = p.key[p.at]
			p.at++
		}
		b = append(b, c)
	}
	t.text, t.end = string(b), p.at
	switch plain, marked := strings.CutPrefix(t.text, `\`); {
	case escaped:
	case marked && isNumber(plain):
		t.text = plain
	case isNumber(t.text):
		t.kind = number
	}
	return t
}

// isNumber reports whether a text is digits, with or without a sign in front.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
