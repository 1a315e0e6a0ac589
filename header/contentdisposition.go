// Content-Disposition (RFC 6266): whether to show or to save, and under which name.

package header

import (
	"mime"
	"strings"
)

// ContentDisposition is a Content-Disposition.
type ContentDisposition struct {
	Type     string // "attachment", "inline", "form-data", in lower case; "" is written as "attachment"
	Filename string // as the sender says; not to be used as a path: see [SafeName]
	Params   Params // all others
}

// ParseContentDisposition reads a Content-Disposition. filename* counts if it can be read and is
// not empty, else filename, which may be UTF-8, ISO-8859-1 or an encoded word of mail, quoted
// or not. Of two of a kind the first counts. Where the type is missing it is "attachment" and
// there is an error.
func ParseContentDisposition(value string) (ContentDisposition, error) {
	r := reader{field: "Content-Disposition"}
	var d ContentDisposition
	text, ok := r.one(value)
	if !ok {
		return d, r.first
	}
	end := strings.IndexAny(text, "; \t=")
	if end < 0 {
		end = len(text)
	}
	kind, rest := lower(text[:end]), strings.TrimLeft(text[end:], " \t")
	if strings.HasPrefix(rest, "=") { // no type, but a parameter
		kind, rest = "", text
	}
	if !isToken(kind) {
		r.fail("not a type of disposition", text)
		kind = "attachment"
	} else if rest != "" && rest[0] != ';' {
		r.fail("not a parameter", rest)
	}
	d.Type = kind
	params := r.params(rest, false)
	d.Filename = asUTF8(decodeWords(params.Get("filename")))
	if name, ok := decodeExt(params.Get("filename*")); ok && name != "" {
		d.Filename = name
	}
	for _, param := range params {
		if param.Name != "filename" && param.Name != "filename*" {
			d.Params = append(d.Params, param)
		}
	}
	return d, r.first
}

// decodeWords undoes the encoded words of RFC 2047, which do not belong here and come
// nevertheless. What is longer than a name of a file is left as it is.
func decodeWords(s string) string {
	if len(s) > 1024 || !strings.Contains(s, "=?") {
		return s
	}
	var decoder mime.WordDecoder
	if text, err := decoder.DecodeHeader(s); err == nil {
		return text
	}
	return s
}

// String writes it. A name that might be read in two ways is written twice, as filename* for
// those who can read that, and for others as filename with underscores in it (RFC 6266 D).
func (d ContentDisposition) String() string {
	kind := lower(d.Type)
	if !isToken(kind) {
		kind = "attachment"
	}
	b := []byte(kind)
	if name := d.Filename; name != "" {
		fallback := strings.Map(onlyPlain, name)
		b = appendQuoted(append(b, "; filename="...), fallback)
		if fallback != name || strings.Contains(name, "=?") {
			b = appendExt(append(b, "; filename*="...), name)
		}
	}
	return string(appendParams(b, d.Params, false))
}

// onlyPlain maps what means something else to somebody to an underscore: quotation marks,
// backslashes, percent signs, and all that is not ASCII.
func onlyPlain(r rune) rune {
	if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
		return '_'
	}
	return r
}
