// Names of charsets: which there are, where a response may name one, and byte order marks.

package godwit

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const (
	nameUTF8    = "utf-8"
	nameDefault = "windows-1252" // what most pages that say nothing are in, of those that are not UTF-8

	// maxLabel bounds the name of a charset; the longest that exists has 19 letters.
	maxLabel = 40
)

// encodingUTF8 replaces what is not valid as browsers do: one U+FFFD for each sequence that
// could have been the beginning of a character.
var encodingUTF8 = unicode.UTF8

// charsetByName returns the charset that a label stands for (WHATWG Encoding 4.2), or one of
// those that it leaves out and a byte order mark can announce: UTF-32.
func charsetByName(label string) (charset, bool) {
	label = strings.Trim(label, "\t\n\f\r ")
	if label == "" || len(label) > maxLabel {
		return charset{}, false
	}
	switch label = strings.ToLower(label); label {
	case nameUTF8, "utf8":
		return charset{name: nameUTF8}, true
	case "utf-32", "utf-32le":
		return charset{name: "utf-32le", enc: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)}, true
	case "utf-32be":
		return charset{name: label, enc: utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)}, true
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return charset{}, false
	}
	name, err := htmlindex.Name(enc)
	if err != nil {
		return charset{}, false
	}
	if name == nameUTF8 {
		enc = nil
	}
	return charset{name: name, enc: enc}, true
}

// marks are the byte order marks. That of UTF-32LE begins like that of UTF-16LE, and comes
// first: a text in UTF-16 that begins with U+0000 is none.
var marks = [...]struct{ mark, name string }{
	{"\xef\xbb\xbf", nameUTF8},
	{"\xff\xfe\x00\x00", "utf-32le"},
	{"\x00\x00\xfe\xff", "utf-32be"},
	{"\xff\xfe", "utf-16le"},
	{"\xfe\xff", "utf-16be"},
}

// byteOrderMark returns the charset that the content's mark announces; bom is 0 if it has none.
func byteOrderMark(content []byte) charset {
	for _, m := range marks {
		if bytes.HasPrefix(content, []byte(m.mark)) {
			c, _ := charsetByName(m.name)
			c.source, c.bom = EncodingFromBOM, len(m.mark)
			return c
		}
	}
	return charset{}
}

// mediaType returns type and subtype of a Content-Type in lower case, and its charset
// parameter, "" if it has none. It reads what browsers read (WHATWG MIME Sniffing 4.4): the
// first of two parameters counts, and what is odd is passed over. Quotes of the wrong kind
// are taken off too.
func mediaType(contentType string) (essence, charset string) {
	essence, rest, _ := strings.Cut(contentType, ";")
	essence = strings.ToLower(strings.Trim(essence, "\t\n\r "))
	for rest != "" {
		var name, value string
		name, value, rest = parameter(rest)
		if strings.EqualFold(name, "charset") && value != "" {
			return essence, strings.Trim(value, "'")
		}
	}
	return essence, ""
}

// parameter takes the first parameter off what follows a semicolon.
func parameter(s string) (name, value, rest string) {
	s = strings.TrimLeft(s, "\t\n\r ")
	end := strings.IndexAny(s, ";=")
	if end < 0 {
		return s, "", ""
	}
	name, rest = s[:end], s[end+1:]
	if s[end] == ';' {
		return name, "", rest
	}
	if strings.HasPrefix(rest, `"`) {
		value, rest = quoted(rest[1:])
		_, rest, _ = strings.Cut(rest, ";")
		return name, value, rest
	}
	value, rest, _ = strings.Cut(rest, ";")
	return name, strings.TrimRight(value, "\t\n\r "), rest
}

// quoted reads a quoted string after its first quote; one that does not end is all there is.
func quoted(s string) (value, rest string) {
	end := strings.IndexAny(s, `"\`)
	if end < 0 {
		return s, ""
	}
	if s[end] == '"' {
		return s[:end], s[end+1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
