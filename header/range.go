// Range and Content-Range (RFC 9110 14): parts of a resource.

package header

import (
	"strconv"
	"strings"
)

// Range is a Range field: the parts that are asked for.
type Range struct {
	Unit  string // "": bytes
	Spans []Span
}

// A Span is one part.
type Span struct {
	First int64 // the position of its first byte, from 0; negative: the last -First bytes
	Last  int64 // that of its last byte; negative: to the end; nothing if First is negative
}

// ParseRange reads a Range. One that breaks the rules anywhere is no Range, as RFC 9110 14.2
// wants it; so is one in a unit that does not count from 0.
func ParseRange(value string) (Range, error) {
	r := reader{field: "Range"}
	text, ok := r.one(value)
	if !ok {
		return Range{}, r.first
	}
	unit, spans, ok := strings.Cut(text, "=")
	if !ok || !isToken(unit) {
		r.fail("not a range", text)
		return Range{}, r.first
	}
	result := Range{Unit: lower(unit)}
	for element := range r.elements([]string{spans}, plain) {
		span, ok := parseSpan(element)
		if !ok {
			r.fail("not a range", element)
		}
		result.Spans = append(result.Spans, span)
	}
	if len(result.Spans) == 0 {
		r.fail("not a range", text)
	}
	if r.first != nil {
		return Range{}, r.first
	}
	return result, nil
}

func parseSpan(s string) (Span, bool) {
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		return Span{}, false
	}
	first, last = trim(first), trim(last)
	if first == "" {
		n, ok := parsePosition(last)
		return Span{First: -n}, ok && n > 0
	}
	var span Span
	span.First, ok = parsePosition(first)
	if last == "" {
		span.Last = -1
		return span, ok
	}
	var okLast bool
	span.Last, okLast = parsePosition(last)
	return span, ok && okLast && span.First <= span.Last
}

// parsePosition reads a number: digits, and nothing else.
func parsePosition(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// String writes it, "" if there is no part that can be written.
func (r Range) String() string {
	unit := lower(r.Unit)
	if unit == "" {
		unit = "bytes"
	}
	if !isToken(unit) {
		return ""
	}
	var b []byte
	for _, span := range r.Spans {
		switch {
		case span.First < 0:
			b = strconv.AppendInt(appendSeparator(b), max(span.First, -1<<63+1), 10)
		case span.Last < 0:
			b = append(strconv.AppendInt(appendSeparator(b), span.First, 10), '-')
		case span.First <= span.Last:
			b = append(strconv.AppendInt(appendSeparator(b), span.First, 10), '-')
			b = strconv.AppendInt(b, span.Last, 10)
		}
	}
	if len(b) == 0 {
		return ""
	}
	return unit + "=" + string(b)
}

// ContentRange is a Content-Range: which part this is, and of how much.
type ContentRange struct {
	Unit  string // "": bytes
	First int64  // the position of the first byte, from 0; negative: there is no part, only the size (416)
	Last  int64  // that of the last byte; nothing if First is negative
	Size  int64  // of the whole; negative: not known
}

// ParseContentRange reads a Content-Range. One that makes no sense, such as a part that ends
// before it begins or after the end of the whole, is an error.
func ParseContentRange(value string) (ContentRange, error) {
	r := reader{field: "Content-Range"}
	text, ok := r.one(value)
	if !ok {
		return ContentRange{}, r.first
	}
	unit, rest := cutSpace(text)
	c := ContentRange{Unit: lower(unit), First: -1, Last: -1, Size: -1}
	part, size, ok := strings.Cut(rest, "/")
	part, size = trim(part), trim(size)
	if size != "*" {
		var okSize bool
		c.Size, okSize = parsePosition(size)
		ok = ok && okSize
	}
	if part != "*" {
		first, last, _ := strings.Cut(part, "-")
		var okFirst, okLast bool
		c.First, okFirst = parsePosition(trim(first))
		c.Last, okLast = parsePosition(trim(last))
		ok = ok && okFirst && okLast
	}
	if !ok || c.String() == "" {
		r.fail("not a range", text)
		return ContentRange{}, r.first
	}
	return c, nil
}

// String writes it, "" if it makes no sense.
func (c ContentRange) String() string {
	unit := lower(c.Unit)
	if unit == "" {
		unit = "bytes"
	}
	size := "*"
	if c.Size >= 0 {
		size = strconv.FormatInt(c.Size, 10)
	}
	switch {
	case !isToken(unit):
		return ""
	case c.First < 0 && c.Size < 0, c.First >= 0 && (c.Last < c.First || c.Size >= 0 && c.Size <= c.Last):
		return ""
	case c.First < 0:
		return unit + " */" + size
	}
	return unit + " " + strconv.FormatInt(c.First, 10) + "-" + strconv.FormatInt(c.Last, 10) + "/" + size
}
