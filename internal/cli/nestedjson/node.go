package nestedjson

// The tree that a JSON text is made of, as far as it has been looked into.

import (
	"bytes"
	"encoding/json"
)

// A node is a value. One that came as JSON stays as it was typed until somebody steps into it.
type node struct {
	raw      []byte // the value itself; nil: it is made of the following
	list     bool   // a list, not an object
	elements []*node
	members  []member
	at       map[string]int // where a name is among members; nil: there are few
}

type member struct {
	name  string
	value *node
}

// A kind is what a value is, in words.
type kind string

const (
	isObject  kind = "an object"
	isList    kind = "a list"
	isString  kind = "a string"
	isNumeric kind = "a number"
	isBool    kind = "true or false"
	isNull    kind = "null"
)

// is returns what the value is.
func (n *node) is() kind {
	if n.raw == nil {
		if n.list {
			return isList
		}
		return isObject
	}
	switch n.raw[0] {
	case '{':
		return isObject
	case '[':
		return isList
	case '"':
		return isString
	case 't', 'f':
		return isBool
	case 'n':
		return isNull
	}
	return isNumeric
}

// expand makes a tree of an object or a list that came as JSON, one level of it.
func (n *node) expand() {
	is := n.is()
	if n.raw == nil || is != isObject && is != isList {
		return
	}
	d := json.NewDecoder(bytes.NewReader(n.raw))
	made := node{list: is == isList}
	_, _ = d.Token() // neither this nor what follows fails: it has been found to be JSON
	for d.More() {
		var name string
		if is == isObject {
			t, _ := d.Token()
			name, _ = t.(string)
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break
		}
		v := &node{raw: value}
		if is == isList {
			made.elements = append(made.elements, v)
		} else {
			made.add(name, v)
		}
	}
	*n = made
}

// manyMembers is from where on names are looked up in a map.
const manyMembers = 16

// member returns the place of a name's value, the last one's if there are several. It is made
// if there is none.
func (n *node) member(name string) **node {
	if n.at != nil {
		if i, ok := n.at[name]; ok {
			return &n.members[i].value
		}
	} else {
		for i := len(n.members) - 1; i >= 0; i-- {
			if n.members[i].name == name {
				return &n.members[i].value
			}
		}
	}
	return n.add(name, nil)
}

// add adds a member.
func (n *node) add(name string, value *node) **node {
	n.members = append(n.members, member{name, value})
	switch {
	case n.at != nil:
		n.at[name] = len(n.members) - 1
	case len(n.members) > manyMembers:
		n.at = make(map[string]int, 2*len(n.members))
		for i, m := range n.members {
			n.at[m.name] = i
		}
	}
	return &n.members[len(n.members)-1].value
}

// append appends the value as JSON. A node that is nil is null.
func (n *node) append(dst []byte) []byte {
	switch {
	case n == nil:
		return append(dst, "null"...)
	case n.raw != nil:
		return append(dst, n.raw...)
	case n.list:
		dst = append(dst, '[')
		for i, e := range n.elements {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = e.append(dst)
		}
		return append(dst, ']')
	}
	dst = append(dst, '{')
	for i, m := range n.members {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, quote(m.name)...), ": "...)
		dst = m.value.append(dst)
	}
	return append(dst, '}')
}
