// Content-Type (RFC 9110 8.3): a media type with its parameters.

package header

import "strings"

// ContentType is a Content-Type.
type ContentType struct {
	MediaType string // "text/html", in lower case; "" if it could not be read
	Params    Params // charset, boundary …
}

// ParseContentType reads a Content-Type, leniently, since servers send much: semicolons too
// many or too few, parameters without values, several types, of which the first counts. An
// error is returned for any of that, with what could be made of it.
func ParseContentType(value string) (ContentType, error) {
	r := reader{field: "Content-Type"}
	text, ok := r.one(value)
	if !ok {
		return ContentType{}, r.first
	}
	end := strings.IndexAny(text, "; \t,=")
	if end < 0 {
		end = len(text)
	}
	mediaType, rest := lower(text[:end]), strings.TrimLeft(text[end:], " \t")
	switch {
	case strings.HasPrefix(rest, "="): // no type, but a parameter
		mediaType, rest = "", text
	case strings.HasPrefix(rest, ","):
		r.fail("more than one media type", text)
		rest = ""
	case rest != "" && rest[0] != ';':
		r.fail("not a parameter", rest)
	}
	if !isMediaType(mediaType) {
		r.fail("not a media type", text)
		mediaType = ""
	}
	return ContentType{mediaType, r.params(rest, false)}, r.first
}

// isMediaType reports whether s is a type and a subtype.
func isMediaType(s string) bool {
	major, minor, ok := strings.Cut(s, "/")
	return ok && isToken(major) && isToken(minor)
}

// Charset returns the name of the character set in lower case, "" if none is said. Quotation
// marks of any kind around it, and what follows it, are not part of it.
func (c ContentType) Charset() string {
	charset := strings.Trim(c.Params.Get("charset"), " \t'\"")
	if end := strings.IndexAny(charset, " \t,;'\""); end >= 0 {
		charset = charset[:end]
	}
	return lower(charset)
}

// String writes it, "" if the media type cannot be written.
func (c ContentType) String() string {
	if !isMediaType(c.MediaType) {
		return ""
	}
	return string(appendParams([]byte(lower(c.MediaType)), c.Params, false))
}
