package pretty

// A JSON text as a tree, to write it in another order.

import (
	"bytes"
	"slices"
)

// A tree knows where the parts of a JSON text are.
type tree struct {
	text  []byte
	at    int // how far it has been read
	nodes []node
	out   []byte
}

// A node is a value, in an object with its key. Where a container ends is where the next one
// in its own container begins.
type node struct {
	key, value span  // key: empty in an array
	next       int32 // the one behind it in the same container, 0 if there is none
	first      int32 // the first one in it, 0 if there is none
}

type span struct{ from, to int32 }

func (t *tree) of(s span) []byte { return t.text[s.from:s.to] }

// grow reads the text and reports whether it is one value of JSON.
func (t *tree) grow() bool {
	var open []int32 // the containers under way
	var last []int32 // the last node in each of them, 0: none
	t.nodes = append(t.nodes, node{})
	for {
		t.space()
		if t.at == len(t.text) || len(t.nodes) >= maxNodes || len(open) >= maxDepth {
			return false
		}
		if n := len(open); n > 0 { // a comma, or the end
			switch c := t.text[t.at]; {
			case c == '}' || c == ']':
				k := open[n-1]
				if t.text[t.nodes[k].value.from] != c-2 { // which is how far they are apart
					return false
				}
				t.at++
				t.nodes[k].value.to = int32(t.at)
				open, last = open[:n-1], last[:n-1]
				if n == 1 {
					t.space()
					return t.at == len(t.text)
				}
				continue
			case last[n-1] != 0:
				if c != ',' {
					return false
				}
				t.at++
				t.space()
			}
		}
		x, ok := t.node(len(open) > 0 && t.text[t.nodes[open[len(open)-1]].value.from] == '{')
		if !ok {
			return false
		}
		k := int32(len(t.nodes))
		t.nodes = append(t.nodes, x)
		if n := len(open); n > 0 {
			if last[n-1] == 0 {
				t.nodes[open[n-1]].first = k
			} else {
				t.nodes[last[n-1]].next = k
			}
			last[n-1] = k
		}
		if c := t.text[x.value.from]; c == '{' || c == '[' {
			open, last = append(open, k), append(last, 0)
		} else if len(open) == 0 {
			t.space()
			return t.at == len(t.text)
		}
	}
}

// node reads a key, if there is to be one, and a value, or the beginning of a container.
func (t *tree) node(inObject bool) (x node, ok bool) {
	if inObject {
		if x.key, ok = t.token(); !ok || t.text[x.key.from] != '"' {
			return x, false
		}
		t.space()
		if t.at == len(t.text) || t.text[t.at] != ':' {
			return x, false
		}
		t.at++
		t.space()
	}
	x.value, ok = t.token()
	return x, ok
}

// token reads a string, a number, a word or an opening bracket.
func (t *tree) token() (span, bool) {
	from := t.at
	if from == len(t.text) {
		return span{}, false
	}
	switch c := t.text[from]; {
	case c == '{' || c == '[':
		t.at++
	case c == '"':
		for t.at++; ; t.at++ {
			n := bytes.IndexAny(t.text[t.at:], "\"\\")
			if n < 0 {
				return span{}, false
			}
			t.at += n
			if t.text[t.at] == '"' {
				t.at++
				break
			}
			if t.at++; t.at == len(t.text) {
				return span{}, false
			}
		}
	default:
		for t.at < len(t.text) && jsonDigits[t.text[t.at]] {
			t.at++
		}
	}
	return span{int32(from), int32(t.at)}, t.at > from
}

// space passes over white space.
func (t *tree) space() {
	for t.at < len(t.text) && isSpace(t.text[t.at]) {
		t.at++
	}
}

// sorted returns the text with the members of objects in the order of their keys; equal ones
// stay in theirs.
func (t *tree) sorted() []byte {
	t.out = make([]byte, 0, len(t.text))
	t.write(1)
	return t.out
}

// write writes a node and what is in it.
func (t *tree) write(k int32) {
	x := &t.nodes[k]
	if x.key.to > 0 {
		t.out = append(append(t.out, t.of(x.key)...), ':')
	}
	c := t.text[x.value.from]
	if c != '{' && c != '[' {
		t.out = append(t.out, t.of(x.value)...)
		return
	}
	var inside []int32
	for i := x.first; i != 0; i = t.nodes[i].next {
		inside = append(inside, i)
	}
	if c == '{' {
		slices.SortStableFunc(inside, func(a, b int32) int {
			return bytes.Compare(t.of(t.nodes[a].key), t.of(t.nodes[b].key))
		})
	}
	t.out = append(t.out, c)
	for i, k := range inside {
		if i > 0 {
			t.out = append(t.out, ',')
		}
		t.write(k)
	}
	t.out = append(t.out, c+2)
}
