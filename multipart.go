// Multipart bodies (multipart/form-data, RFC 7578): what the caller says they are made of.

package godwit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
)

// A Part is one part of a [Multipart] body. [Field] and [File] make the usual ones; a file
// that comes from elsewhere is
//
//	godwit.Part{Name: "photo", Filename: "me.png", Body: godwit.Bytes(data, "image/png")}
type Part struct {
	Name     string      // of the form field; it must have one
	Filename string      // "": none, so it is no file
	Type     string      // its Content-Type; "": that of Body, or by Filename, or none
	Header   http.Header // further fields, sent in alphabetical order
	Body     *Body       // what it consists of; never nil

	err error // of what made it
}

// Field is a part that is a form field. Its value is as one of [Params], but no slice: make
// a field of each.
func Field(name string, value any) Part {
	s, err := text(value, paramTime)
	if err != nil {
		return Part{Name: name, err: err}
	}
	return Part{Name: name, Body: Bytes([]byte(s), "")}
}

// File is a part that is a file, as [FileBody] has it. Its Filename is the last element of
// the path.
func File(name, path string) Part {
	return Part{Name: name, Filename: baseName(path), Body: FileBody(path)}
}

// Multipart is a body of form fields and files (multipart/form-data, RFC 7578), in order. It
// takes no memory for what is in files or comes from readers, it has a Content-Length if the
// size of each part is known, and it can be sent again if each part can.
//
// Names are sent as they are, but for what would end them: a quote, CR and LF become %22, %0D
// and %0A, as in browsers, and a backslash at the end %5C. Any other control character in a
// name, and any in a type or a header field, is an error. The boundary is new and random each
// time the option is applied.
//
// The Content-Type is Multipart's to set, since it has the boundary in it. For another type
// than form-data see [MultipartBoundary].
func Multipart(parts ...Part) Option { return multipartOption{parts: parts} }

// MultipartBoundary is [Multipart] with a boundary of the caller's choice: 1 to 70 letters,
// digits, spaces and '()+_,-./:=?, the last one no space (RFC 2046 5.1.1). It must not occur
// in the parts: in those that are in memory that is checked.
//
// A Content-Type of the caller's may go with it, if it has the same boundary: multipart/related
// for instance.
func MultipartBoundary(boundary string, parts ...Part) Option {
	return multipartOption{parts, boundary, true}
}

type multipartOption struct {
	parts    []Part
	boundary string
	chosen   bool // the caller has chosen the boundary
}

// Apply sets Request.Body.
func (m multipartOption) Apply(r *Request) error {
	boundary := m.boundary
	if !m.chosen {
		boundary = rand.Text() // 130 bits
	} else if !isBoundary(boundary) {
		return errBoundary
	}
	layout := multipartLayout{boundary: boundary, chosen: m.chosen}
	for i, p := range m.parts {
		if err := layout.add(p); err != nil {
			return fmt.Errorf("part %d, %q: %w", i+1, clip(p.Name, 60), err)
		}
	}
	b, err := layout.body()
	if err != nil {
		return err
	}
	r.Body = b
	return nil
}

var (
	errBoundary     = errors.New("the boundary is not 1 to 70 of the characters that it may have (RFC 2046 5.1.1)")
	errBoundaryUsed = errors.New("the boundary occurs in it")
	errNoName       = errors.New("a part must have a Name (RFC 7578 4.2)")
	errNoBody       = errors.New("a Part without a Body; for one that is empty, Bytes(nil, \"\")")
	errTooLong      = errors.New("the parts are too long to say how long")
)

// isBoundary reports whether s may be a boundary (RFC 2046 5.1.1).
func isBoundary(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("'()+_,-./:=? ", c) >= 0:
		default:
			return false
		}
	}
	return s != "" && len(s) <= 70 && s[len(s)-1] != ' '
}

// baseName returns the last element of a path, on whatever system it was written.
func baseName(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

// escapeName escapes what would end a quoted name (WHATWG HTML, multipart/form-data), and a
// backslash at its end, with which servers that read a quoted-string (RFC 9110 5.6.4) would
// take the quote for a part of it.
func escapeName(s string) string {
	if strings.HasSuffix(s, `\`) {
		s = s[:len(s)-1] + "%5C"
	}
	if !strings.ContainsAny(s, "\"\r\n") {
		return s
	}
	return strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A").Replace(s)
}

// appendHead appends the fields of a part, and the empty line behind them.
func (p *Part) appendHead(dst []byte) ([]byte, error) {
	name, filename := escapeName(p.Name), escapeName(p.Filename)
	switch {
	case name == "":
		return nil, errNoName
	case !isFieldValue(name):
		return nil, errors.New("a control character in its Name")
	case !isFieldValue(filename):
		return nil, errors.New("a control character in its Filename")
	}
	dst = append(dst, `Content-Disposition: form-data; name="`...)
	dst = append(dst, name...)
	if filename != "" {
		dst = append(dst, `"; filename="`...)
		dst = append(dst, filename...)
	}
	dst = append(dst, "\"\r\n"...)
	if t := p.contentType(); t != "" {
		if !isFieldValue(t) {
			return nil, errors.New("a control character in its Type")
		}
		dst = append(append(append(dst, "Content-Type: "...), t...), "\r\n"...)
	}
	dst, err := appendPartHeader(dst, p.Header)
	return append(dst, "\r\n"...), err
}

// contentType returns the part's Content-Type, "" for none.
func (p *Part) contentType() string {
	switch {
	case p.Type != "":
		return p.Type
	case p.Body.Type != "":
		return p.Body.Type
	case p.Filename != "":
		return typeByName(p.Filename)
	}
	return ""
}

// appendPartHeader appends further fields. They are checked as those of a message are.
func appendPartHeader(dst []byte, h http.Header) ([]byte, error) {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !isToken(name) {
			return nil, fmt.Errorf("header name %q is not a token (RFC 9110 5.1)", clip(name, 60))
		}
		switch http.CanonicalHeaderKey(name) {
		case "Content-Disposition":
			return nil, errors.New("header Content-Disposition: it follows from Name and Filename")
		case "Content-Type":
			return nil, errors.New("header Content-Type: that is the part's Type")
		}
		for _, v := range h[name] {
			if !isFieldValue(v) {
				return nil, fmt.Errorf("header %s: a control character in its value", name)
			}
			dst = append(append(append(append(dst, name...), ": "...), v...), "\r\n"...)
		}
	}
	return dst, nil
}

// addSizes adds two sizes, either of which may be unknown.
func addSizes(a, b int64) (int64, error) {
	if a < 0 || b < 0 {
		return -1, nil
	}
	if a > math.MaxInt64-b {
		return 0, errTooLong
	}
	return a + b, nil
}

// checkBoundary refuses a Content-Type of the caller's that does not have the body's
// boundary: nobody could tell the parts from each other.
func (b *Body) checkBoundary(h http.Header) error {
	values, set := h["Content-Type"]
	if b.boundary == "" || !set {
		return nil
	}
	if len(values) == 1 && hasBoundary(values[0], b.boundary) {
		return nil
	}
	return errors.New("a Content-Type without the boundary of the Multipart body: leave it out, or use MultipartBoundary")
}
