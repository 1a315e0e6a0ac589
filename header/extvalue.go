// Text that is not ASCII in parameters whose names end in "*" (RFC 8187), and out of them.

package header

import (
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789ABCDEF"

// decodeExt reads charset'language'text, the last percent-encoded. ok is false if it is not
// so, or not in UTF-8 or ISO-8859-1, the two that RFC 5987 had.
func decodeExt(s string) (text string, ok bool) {
	charset, rest, _ := strings.Cut(s, "'")
	_, rest, ok = strings.Cut(rest, "'")
	if !ok {
		return "", false
	}
	text, ok = percentDecode(rest)
	switch lower(charset) {
	case "utf-8", "utf8":
		return text, ok && utf8.ValidString(text)
	case "iso-8859-1":
		return latin1(text), ok
	}
	return "", false
}

// percentDecode undoes percent-encoding, once.
func percentDecode(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		high, low := unhex(s[i+1]), unhex(s[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		b = append(b, byte(high<<4|low))
		i += 2
	}
	return string(b), true
}

func unhex(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// appendExt appends text as such a value, in UTF-8.
func appendExt(b []byte, text string) []byte {
	b = append(b, "UTF-8''"...)
	for _, c := range []byte(strings.ToValidUTF8(text, "\uFFFD")) {
		if isTokenByte(c) && c != '*' && c != '\'' && c != '%' { // attr-char
			b = append(b, c)
		} else {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// asUTF8 returns the text of a field, which is UTF-8 these days, or ISO-8859-1 as ever.
func asUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return latin1(s)
}

func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// isPrintableASCII reports whether s is made of visible ASCII characters and spaces.
func isPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
