// From bytes to text: which charset a response is in, and the text that it makes.

package godwit

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// An EncodingSource says by which rule the charset of a text was found.
type EncodingSource string

// The rules, in the order in which they are tried; the first that finds something decides.
const (
	// EncodingFromCaller: Response.Encoding names it.
	EncodingFromCaller EncodingSource = "set by the caller"
	// EncodingFromBOM: the content begins with a byte order mark.
	EncodingFromBOM EncodingSource = "byte order mark"
	// EncodingFromHeader: the Content-Type field names it.
	EncodingFromHeader EncodingSource = "Content-Type"
	// EncodingFromDeclaration: the content says so itself, in its first 1,024 bytes: by an XML
	// declaration or, in HTML, a meta element.
	EncodingFromDeclaration EncodingSource = "declaration in the content"
	// EncodingFromUTF8: the content is valid UTF-8.
	EncodingFromUTF8 EncodingSource = "valid UTF-8"
	// EncodingFromGuess: how often which bytes occur leaves little doubt.
	EncodingFromGuess EncodingSource = "guess"
	// EncodingFromDefault: none of these; it is taken for windows-1252.
	EncodingFromDefault EncodingSource = "default"
)

// Text is Content as a string: always valid UTF-8, without a byte order mark, and with
// U+FFFD in place of what is not valid in its charset.
//
// The charset is the one that Encoding names, or that of the first rule which finds one; see
// [EncodingSource]. Names are those that browsers know (WHATWG Encoding 4.2), so iso-8859-1
// means windows-1252, and charsets that are an attack on their readers (iso-2022-kr, hz) give
// nothing but U+FFFD; utf-32 is known too. A name that does not exist counts as none. Each
// call decodes anew.
func (r *Response) Text() string { return r.charset().text(r.Content) }

// EncodingSource returns the rule that finds the charset which Text decodes. If Encoding is
// set and it is not EncodingFromCaller, then there is no charset of that name.
func (r *Response) EncodingSource() EncodingSource { return r.charset().source }

// TextEncoding returns the name of the charset which Text decodes, in lower case: "utf-8".
func (r *Response) TextEncoding() string { return r.charset().name }

// ApparentEncoding returns the name of the charset that the content looks like by itself,
// whatever it or its Content-Type says: that of a byte order mark, utf-8 if it is valid, a
// guess, or windows-1252. It can be put into Encoding.
func (r *Response) ApparentEncoding() string { return appearance(r.Content).name }

// charset returns the charset of the content.
func (r *Response) charset() charset {
	return charsetOf(r.Content, r.Header.Get("Content-Type"), r.Encoding)
}

// A charset is how to read a text, and why so.
type charset struct {
	name   string
	enc    encoding.Encoding // nil: UTF-8
	source EncodingSource
	bom    int  // bytes of the byte order mark, which is no part of the text
	valid  bool // it has been looked through and is valid UTF-8
}

// charsetOf decides. want is what the caller has set, "" if nothing.
func charsetOf(content []byte, contentType, want string) charset {
	mark := byteOrderMark(content)
	if c, ok := charsetByName(want); ok {
		c.source = EncodingFromCaller
		if c.name == mark.name {
			c.bom = mark.bom
		}
		return c
	}
	if mark.bom > 0 {
		return mark
	}
	essence, label := mediaType(contentType)
	if c, ok := charsetByName(label); ok {
		c.source = EncodingFromHeader
		return c
	}
	if c, ok := declared(content, essence); ok {
		c.source = EncodingFromDeclaration
		return c
	}
	return appearance(content)
}

// appearance decides by the content alone.
func appearance(content []byte) charset {
	if mark := byteOrderMark(content); mark.bom > 0 {
		return mark
	}
	if utf8.Valid(content) {
		return charset{name: nameUTF8, source: EncodingFromUTF8, valid: true}
	}
	if isCutUTF8(content) {
		return charset{name: nameUTF8, source: EncodingFromUTF8}
	}
	if c, ok := charsetByName(guess(content)); ok {
		c.source = EncodingFromGuess
		return c
	}
	c, _ := charsetByName(nameDefault)
	c.source = EncodingFromDefault
	return c
}

// isCutUTF8 reports whether the content is valid UTF-8 but for a character at its very end
// that is cut off, and holds another beyond ASCII: "caf\xe9" is no UTF-8.
func isCutUTF8(content []byte) bool {
	cut := len(content)
	for n := 1; n < utf8.UTFMax && n <= len(content); n++ {
		if utf8.RuneStart(content[len(content)-n]) {
			cut = len(content) - n
			break
		}
	}
	head, tail := content[:cut], content[cut:]
	return len(tail) > 0 && !utf8.FullRune(tail) && utf8.Valid(head) && firstHigh(head) >= 0
}

// firstHigh returns where the first byte beyond ASCII is, -1 if there is none.
func firstHigh(p []byte) int {
	return bytes.IndexFunc(p, func(r rune) bool { return r >= utf8.RuneSelf })
}

// text returns the content in UTF-8.
func (c charset) text(content []byte) string {
	content = content[c.bom:]
	if len(content) == 0 || c.valid || (c.enc == nil && utf8.Valid(content)) {
		return string(content)
	}
	enc := c.enc
	if enc == nil {
		enc = encodingUTF8
	}
	text, err := enc.NewDecoder().Bytes(content)
	if err != nil || !utf8.Valid(text) {
		// A decoder replaces what it cannot read, so this is not to be expected.
		return string(bytes.ToValidUTF8(content, []byte(string(utf8.RuneError))))
	}
	return string(text)
}
