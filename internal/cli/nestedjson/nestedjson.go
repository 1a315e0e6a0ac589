// Package nestedjson makes a JSON text of keys and values, in HTTPie's language: a[b][]=1.
package nestedjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxGap bounds the elements that nobody has named, which are null: a[60000]=x is a short
// thing to say. It is for a Builder, not for a list.
const maxGap = 1 << 16

// An Error says what is wrong with a key, and where: Start and End are the places in Key that
// it is about, the latter one past its end if something is missing there.
type Error struct {
	Problem    string
	Key        string
	Start, End int
}

func (e *Error) Error() string { return fmt.Sprintf("key %q: %s", e.Key, e.Problem) }

// ErrNotUTF8 says that a text cannot be in JSON, which is in UTF-8 (RFC 8259 8.1).
var ErrNotUTF8 = errors.New("it is not UTF-8, and so cannot be in JSON")

// A Builder makes a JSON text. Its zero value is ready, and is an empty object. Names are in
// the order in which they come first; a value that comes again takes the earlier one's place.
type Builder struct {
	root *node
	gaps int // how many elements nobody has named
}

// Text sets what a key leads to, to a string. The error is an *Error or ErrNotUTF8.
func (b *Builder) Text(key, value string) error {
	if !utf8.ValidString(value) {
		return ErrNotUTF8
	}
	return b.set(key, &node{raw: quote(value)})
}

// ErrNotJSON says that a value is not JSON.
var ErrNotJSON = errors.New("it is not JSON")

// JSON sets what a key leads to, to a value that is JSON. It is not altered, the way in
// which its numbers are spelt neither, and must stay as it is. The error is an *Error,
// ErrNotUTF8 or ErrNotJSON.
func (b *Builder) JSON(key string, value []byte) error {
	switch {
	case !utf8.Valid(value):
		return ErrNotUTF8
	case !json.Valid(value):
		return ErrNotJSON
	}
	return b.set(key, &node{raw: bytes.Trim(value, " \t\r\n")})
}

func (b *Builder) set(key string, value *node) error {
	if !utf8.ValidString(key) {
		return ErrNotUTF8
	}
	path, err := parse(key)
	if err != nil {
		return err
	}
	at := &b.root
	for i := range path {
		if at, err = b.below(at, key, &path[i]); err != nil {
			return err
		}
	}
	*at = value
	return nil
}

// below returns the place that a step leads to from another.
func (b *Builder) below(at **node, key string, s *step) (**node, error) {
	n := *at
	if n == nil || n.is() == isNull {
		n = &node{list: s.kind != byName}
		*at = n
	}
	n.expand()
	needed := isObject
	if s.kind != byName {
		needed = isList
	}
	if is := n.is(); is != needed {
		what := fmt.Sprintf("%q is", key[:s.start])
		if s.start == 0 {
			what = "the whole is"
		}
		return nil, &Error{Problem: fmt.Sprintf("%s %s already, but this needs %s", what, is, needed), Key: key, Start: s.start, End: s.end}
	}
	switch s.kind {
	case byName:
		return n.member(s.name), nil
	case toAppend:
		n.elements = append(n.elements, nil)
		return &n.elements[len(n.elements)-1], nil
	}
	if more := s.index - len(n.elements); more > 0 {
		if more > maxGap-b.gaps {
			return nil, &Error{Problem: fmt.Sprintf("it would leave more than %d elements without a value", maxGap), Key: key, Start: s.start, End: s.end}
		}
		b.gaps += more
		n.elements = append(n.elements, make([]*node, more)...)
	}
	if s.index == len(n.elements) {
		n.elements = append(n.elements, nil)
	}
	return &n.elements[s.index], nil
}

// Bytes returns the JSON text.
func (b *Builder) Bytes() []byte {
	if b.root == nil {
		return []byte("{}")
	}
	return b.root.append(nil)
}

// quote returns a text as a JSON string.
func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}
