package h1

import (
	"strings"

	"example.com/godwit/trace"
)

// Nearly every head has come in whole when it is first looked at, ends each line in CRLF, folds
// none, and has nothing wrong in it. Such a one is read here, looking at each byte once. It
// takes no decision of its own: of whatever is not so, it says that it does not know, and the
// way for all heads (readBlock, parseFields) begins at the first byte. What is taken here is
// taken there with the same result, which FuzzResponseHead holds to it.

// A span says where a field stands: its name from begin up to colon, its value from value up to
// end.
type span struct{ begin, colon, value, end uint16 }

// mostSpans is how many fields a usual head has at the most.
const mostSpans = 32

// A layout is where the parts of such a head stand.
type layout struct {
	line   int // where the status line ends, without its CRLF
	fields int
	spans  [mostSpans]span
}

// find finds the parts of the head that view begins with. It returns where the head ends, 0 if
// it is none that is usual.
func (l *layout) find(view []byte, b *Bounds) int {
	if len(view) > min(b.Head, b.Line, 1<<15) {
		return 0 // somewhere in there a bound may be
	}
	most := min(mostSpans, b.Fields)
	l.line = controlAt(view)
	at, ok := crlf(view, l.line)
	for ok {
		n := tokenLen(view[at:])
		colon := at + n
		if n == 0 {
			if end, ok := crlf(view, at); ok {
				return end
			}
			return 0
		}
		if colon == len(view) || view[colon] != ':' || l.fields == most {
			return 0
		}
		value := colon + 1
		for value < len(view) && isOWS(view[value]) {
			value++
		}
		end := value + controlAt(view[value:])
		next := 0
		if next, ok = crlf(view, end); !ok {
			return 0
		}
		for end > value && isOWS(view[end-1]) {
			end--
		}
		l.spans[l.fields] = span{uint16(at), uint16(colon), uint16(value), uint16(end)}
		l.fields++
		at = next
	}
	return 0
}

// tokenLen returns how many bytes of a token b begins with.
func tokenLen(b []byte) int {
	for i, c := range b {
		if !isTokenByte[c] {
			return i
		}
	}
	return len(b)
}

// crlf returns what is behind the line end at that place. ok says that there is one.
func crlf(view []byte, at int) (next int, ok bool) {
	return at + 2, at+1 < len(view) && view[at] == '\r' && view[at+1] == '\n'
}

func isOWS(c byte) bool { return c == ' ' || c == '\t' }

// readUsual reads the head that view begins with, and returns its length, 0 if it is none that
// is usual.
func (h *ResponseHead) readUsual(view []byte, b *Bounds) int {
	var l layout
	end := l.find(view, b)
	if end == 0 {
		return 0
	}
	if len(h.Fields) > 0 && h.hasStatusLine(view[:l.line]) {
		h.change(view, &l)
		return end
	}
	text := string(view[:end])
	if h.parseStatusLine(text[:l.line]) != nil {
		return 0
	}
	h.makeRoom(l.fields)
	for i := range h.Fields {
		s := &l.spans[i]
		h.Fields[i] = trace.Field{Name: text[s.begin:s.colon], Value: text[s.value:s.end]}
	}
	return end
}

// hasStatusLine reports whether h, read before, began with that line.
func (h *ResponseHead) hasStatusLine(line []byte) bool {
	const begin, space = "HTTP/1.", len("HTTP/1.1")
	return len(line) > space+1 && string(line[:len(begin)]) == begin && int(line[space-1]-'0') == h.Minor &&
		line[space] == ' ' && string(line[space+1:]) == h.Status
}

// change makes of h, which was read before, the head that is laid out so. The heads on a
// connection resemble each other: names, and most values, are the strings that they were, and
// only what is new takes memory.
func (h *ResponseHead) change(view []byte, l *layout) {
	h.makeRoom(l.fields)
	changes, size := 0, 0
	for i := range h.Fields {
		s, f := &l.spans[i], &h.Fields[i]
		if f.Secret { // said of the one before
			f.Secret = false
		}
		if string(view[s.begin:s.colon]) != f.Name {
			changes, size = changes+1, size+int(s.colon-s.begin)
		}
		if string(view[s.value:s.end]) != f.Value {
			changes, size = changes+1, size+int(s.end-s.value)
		}
	}
	if changes == 0 {
		return
	}
	var text strings.Builder
	text.Grow(size)
	for i := range h.Fields {
		s, f := &l.spans[i], &h.Fields[i]
		share(&f.Name, view[s.begin:s.colon], &text)
		share(&f.Value, view[s.value:s.end], &text)
	}
}

// share makes *s what is in b: by itself, if it is that, and else by a part of the text, which
// grows.
func share(s *string, b []byte, text *strings.Builder) {
	if string(b) == *s {
		return
	}
	start := text.Len()
	text.Write(b)
	*s = text.String()[start:]
}
