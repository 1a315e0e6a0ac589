package h1

import (
	"encoding/binary"
	"math/bits"
)

// isTokenByte tells the bytes of a token (RFC 9110 5.6.2): names of fields, methods.
var isTokenByte = func() (t [256]bool) {
	for c := '0'; c <= '9'; c++ {
		t[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = true, true
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] = true
	}
	return t
}()

// IsToken reports whether s is a token.
func IsToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte[s[i]] {
			return false
		}
	}
	return s != ""
}

// IsFieldValue reports whether s may stand as a field's value: no control character but
// HTAB (RFC 9110 5.5). Bytes above 0x7F may (obs-text).
func IsFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// IsTarget reports whether s may stand as a request target: not empty, no control
// character, no space. What else is in it is the server's business.
func IsTarget(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7f {
			return false
		}
	}
	return s != ""
}

// hasControl reports whether a line holds a control character other than HTAB.
func hasControl(line []byte) bool { return controlAt(line) < len(line) }

// controlAt returns where the first control character other than HTAB stands, and len(b) if
// there is none. It looks at eight bytes at a time, because every byte of every response head
// passes here.
func controlAt(b []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	i := 0
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		del := x ^ 0x7f*ones
		// A byte below 0x20 borrows into its high bit; so does a zero of del. Either may
		// borrow from the bytes above it, too, so that only the lowest hit is certain.
		hits := ((x-0x20*ones)&^x | (del-ones)&^del) & highs
		if hits == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(hits) / 8; b[i] != '\t' {
			return i
		}
		i++
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' && c != '\t' || c == 0x7f {
			return i
		}
	}
	return i
}

// trimOWS removes optional white space (RFC 9110 5.6.3) from both ends.
func trimOWS(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return trimRightOWS(s)
}

func trimRightOWS(s string) string {
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// equalFold reports whether s is lower, which must be in lower case, but for the case of
// ASCII letters. (strings.EqualFold folds Unicode: U+212A is a "k" to it.)
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// HasToken reports whether a comma-separated list (Connection, Upgrade …) holds the token,
// which must be in lower case. It takes linear time and no memory, whatever the list.
func HasToken(list, token string) bool {
	for start := 0; start <= len(list); {
		end := start
		for end < len(list) && list[end] != ',' {
			end++
		}
		if equalFold(trimOWS(list[start:end]), token) {
			return true
		}
		start = end + 1
	}
	return false
}
