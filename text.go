// From bytes to text: which charset a response is in.

package godwit

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// Text is Content as a string. Its charset is, in this order: that of a byte order mark;
// that which the Content-Type names, if it is one that browsers know; UTF-8 if it is valid;
// windows-1252. What is not valid in it becomes U+FFFD.
func (r *Response) Text() string {
	return decodeText(r.Content, r.Header.Get("Content-Type"))
}

// decodeText is a function of what Text depends on.
func decodeText(content []byte, contentType string) string {
	switch {
	case bytes.HasPrefix(content, []byte{0xef, 0xbb, 0xbf}):
		return convert(content[3:], unicode.UTF8)
	case bytes.HasPrefix(content, []byte{0xff, 0xfe}):
		return convert(content[2:], unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM))
	case bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		return convert(content[2:], unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM))
	}
	if label := charset(contentType); label != "" {
		if enc, err := htmlindex.Get(label); err == nil {
			return convert(content, enc)
		}
	}
	if utf8.Valid(content) {
		return string(content)
	}
	return convert(content, charmap.Windows1252)
}

// charset returns the charset parameter of a Content-Type, "" if there is none.
func charset(contentType string) string {
	if !strings.Contains(contentType, "=") {
		return ""
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return params["charset"]
}

// convert returns the content in UTF-8.
func convert(content []byte, enc encoding.Encoding) string {
	if enc == unicode.UTF8 {
		return strings.ToValidUTF8(string(content), string(utf8.RuneError))
	}
	text, err := enc.NewDecoder().Bytes(content)
	if err != nil { // a decoder replaces what it cannot read, so this is not to be expected
		return strings.ToValidUTF8(string(content), string(utf8.RuneError))
	}
	return string(text)
}
