// Package jsonx is the one place where Godwit meets encoding/json, so that another
// implementation can take its place there.
package jsonx

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// Marshal returns v as JSON, in UTF-8. Unlike json.Marshal it does not escape <, > and &:
// what it makes is sent as a body, not put into a web page.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// Unmarshal decodes one JSON text into v; anything but white space after it is an error.
// The text may be in UTF-8, UTF-16 or UTF-32, with a byte order mark or without; another is
// [ErrNotUTF8], where json.Unmarshal would put U+FFFD in the place of what it cannot read.
func Unmarshal(text []byte, v any) error {
	text = UTF8(text)
	if !utf8.Valid(text) {
		return ErrNotUTF8
	}
	return json.Unmarshal(text, v)
}

// ErrNotUTF8 says that a text is not in UTF-8 (RFC 8259 8.1).
var ErrNotUTF8 = errors.New("not UTF-8 (RFC 8259 8.1)")

// UTF8 returns a JSON text in UTF-8, without a byte order mark. RFC 8259 8.1 knows only
// that, but servers of the time of RFC 4627 send others, and its section 3 tells them
// apart: a JSON text begins with two characters of ASCII, so the zeros give it away.
func UTF8(text []byte) []byte {
	switch {
	case bytes.HasPrefix(text, []byte{0xef, 0xbb, 0xbf}):
		return text[3:]
	case bytes.HasPrefix(text, []byte{0xff, 0xfe, 0, 0}):
		return fromUTF32(text[4:], binary.LittleEndian)
	case bytes.HasPrefix(text, []byte{0, 0, 0xfe, 0xff}):
		return fromUTF32(text[4:], binary.BigEndian)
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		return fromUTF16(text[2:], binary.LittleEndian)
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return fromUTF16(text[2:], binary.BigEndian)
	}
	if len(text) < 2 || (text[0] != 0 && text[1] != 0) {
		return text
	}
	// The pattern of zeros in the first four bytes, or in two if there are no more.
	wide := len(text) >= 4
	switch {
	case wide && text[0] == 0 && text[1] == 0 && text[2] == 0 && text[3] != 0:
		return fromUTF32(text, binary.BigEndian)
	case wide && text[0] != 0 && text[1] == 0 && text[2] == 0 && text[3] == 0:
		return fromUTF32(text, binary.LittleEndian)
	case text[0] == 0 && text[1] != 0:
		return fromUTF16(text, binary.BigEndian)
	case text[0] != 0 && text[1] == 0:
		return fromUTF16(text, binary.LittleEndian)
	}
	return text
}

// fromUTF16 converts; a unit that is cut off becomes U+FFFD.
func fromUTF16(text []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(text)/2+1)
	for ; len(text) >= 2; text = text[2:] {
		units = append(units, order.Uint16(text))
	}
	if len(text) > 0 {
		units = append(units, utf8.RuneError)
	}
	return []byte(string(utf16.Decode(units)))
}

// fromUTF32 converts; what is no character becomes U+FFFD.
func fromUTF32(text []byte, order binary.ByteOrder) []byte {
	out := make([]byte, 0, len(text)/2)
	for ; len(text) >= 4; text = text[4:] {
		c := order.Uint32(text)
		if c > utf8.MaxRune {
			c = utf8.RuneError
		}
		out = utf8.AppendRune(out, rune(c))
	}
	if len(text) > 0 {
		out = utf8.AppendRune(out, utf8.RuneError)
	}
	return out
}
