// Fields that are lists (RFC 9110 5.6.1): from lines to elements, within bounds, and back.

package header

import (
	"fmt"
	"iter"
	"strings"
)

// maxItems bounds what is read of one field: elements and parameters together. Nobody sends
// as many, and a head of 256 KiB that is all commas and letters makes little more than itself.
const maxItems = 4096

// A reader reads one field. It keeps the first error and counts what it has read.
type reader struct {
	field string
	items int
	first error
}

// fail notes that something is wrong with the text.
func (r *reader) fail(problem, text string) {
	if r.first == nil {
		r.first = newError(r.field, problem, text)
	}
}

// count reports whether there may be one more item.
func (r *reader) count() bool {
	r.items++
	if r.items > maxItems {
		r.fail(fmt.Sprintf("more than %d elements", maxItems), "")
	}
	return r.items <= maxItems
}

// one returns the value of a field that is not a list, trimmed. ok is false if it cannot be
// read.
func (r *reader) one(value string) (text string, ok bool) {
	text = trim(value)
	if text == "" {
		r.fail("empty", "")
		return "", false
	}
	if !isText(text) {
		r.fail("a control character", text)
		return "", false
	}
	return text, true
}

// What a comma may stand in without ending an element, beside a quoted string.
const (
	plain    = 0
	comments = '(' // and not in quoted strings: Via has none
	angles   = '<' // at the beginning of an element
	tags     = '"' // quoted strings in which a backslash is nothing special
)

// elements returns the elements of all lines, trimmed; empty ones are skipped, and so are
// those with a control character in them, which is an error.
func (r *reader) elements(lines []string, around byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for rest, open := line, true; rest != ""; {
				var element string
				element, rest, open = cutElement(rest, around, open)
				element = trim(element)
				switch {
				case element == "":
				case !isText(element):
					r.fail("a control character", element)
				case !r.count() || !yield(element):
					return
				}
			}
		}
	}
}

// cutElement splits s at the first comma that is not within something. What opens and does not
// end on its line opens nothing, so that a stray quotation mark cannot hide the elements that
// follow. more is false from there on: nothing further on can have an end either, and nobody
// has to look for it again.
func cutElement(s string, around byte, open bool) (element, rest string, more bool) {
	begun := false // whether anything but white space has been seen
	for i := 0; i < len(s); i++ {
		end, first := 1, !begun // what begins at i ends there
		begun = begun || s[i] != ' ' && s[i] != '\t'
		switch c := s[i]; {
		case c == ',':
			return s[:i], s[i+1:], open
		case !open:
			continue
		case c == '"' && around == tags:
			end = tagEnd(s[i:])
		case c == '"' && around != comments:
			end = quotedEnd(s[i:])
		case c == '(' && around == comments:
			end = commentEnd(s[i:])
		case c == '<' && around == angles && first:
			end = strings.IndexByte(s[i:], '>') + 1
		}
		if end == 0 {
			open = false
			continue
		}
		i += end - 1
	}
	return s, "", open
}

// tagEnd returns the length of the entity tag that s begins with, 0 if it has no end.
func tagEnd(s string) int {
	if end := strings.IndexByte(s[1:], '"'); end >= 0 {
		return end + 2
	}
	return 0
}

// appendSeparator appends a comma if something precedes it.
func appendSeparator(b []byte) []byte {
	if len(b) > 0 {
		b = append(b, ", "...)
	}
	return b
}

// joinTokens writes the tokens among the words as a list.
func joinTokens(words []string) string {
	var b []byte
	for _, word := range words {
		if isToken(word) {
			b = append(appendSeparator(b), word...)
		}
	}
	return string(b)
}
