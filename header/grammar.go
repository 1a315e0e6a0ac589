// The grammar that fields share (RFC 9110 5.6): tokens, quoted strings, comments.

package header

import "strings"

// isTokenByte reports whether c may stand in a token (RFC 9110 5.6.2).
func isTokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c):
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isToken reports whether s is a token.
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// isText reports whether s may stand in a field: no control character but HTAB (RFC 9110 5.5).
func isText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// lower returns a token in lower case. What is not ASCII stays as it is: to strings.ToLower
// U+212A is a "k".
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			return strings.Map(func(r rune) rune {
				if 'A' <= r && r <= 'Z' {
					return r + 'a' - 'A'
				}
				return r
			}, s)
		}
	}
	return s
}

// trim removes optional white space (RFC 9110 5.6.3) from both ends.
func trim(s string) string { return strings.Trim(s, " \t") }

// quotedEnd returns the length of the quoted string that s begins with, 0 if it has no end.
// s[0] is the quotation mark.
func quotedEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// cutQuoted splits s after the quoted string that it begins with and undoes the quoting
// (RFC 9110 5.6.4). ok is false if s begins with none.
func cutQuoted(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	end := quotedEnd(s)
	if end == 0 {
		return "", s, false
	}
	return unescape(s[1 : end-1]), s[end:], true
}

// unescape undoes quoted pairs.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// appendQuoted appends text as a quoted string. The text must be isText.
func appendQuoted(b []byte, text string) []byte {
	b = append(b, '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

// appendWord appends text as a token if it is one, else as a quoted string.
func appendWord(b []byte, text string) []byte {
	if isToken(text) {
		return append(b, text...)
	}
	return appendQuoted(b, text)
}

// commentEnd returns the length of the comment that s begins with (RFC 9110 5.6.5), comments
// within it included, 0 if it has no end. s[0] is the parenthesis.
func commentEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// appendComment appends text as a comment. Parentheses that match are left as they are: they
// are comments within it.
func appendComment(b []byte, text string) []byte {
	escaped := `\`
	if commentEnd("("+strings.ReplaceAll(text, `\`, `\\`)+")") != len(text)+strings.Count(text, `\`)+2 {
		escaped = `\()`
	}
	b = append(b, '(')
	for i := range len(text) {
		if strings.IndexByte(escaped, text[i]) >= 0 {
			b = append(b, '\\')
		}
		b = append(b, text[i])
	}
	return append(b, ')')
}
