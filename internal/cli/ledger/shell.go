package ledger

// Words for a shell: what is printed can be typed, into a POSIX shell, and shows a person what it is.

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"example.com/godwit/internal/cli/term"
)

// Quote returns a text as one word for a shell. What is not plain text, or would deceive who reads
// it, is written in octal; a line end at the very end is lost then.
func Quote(s string) string {
	switch {
	case isPlainWord(s):
		return s
	case isLegible(s):
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return `"$(printf ` + printfFormat(s) + `)"`
}

// isPlainWord reports whether no shell sees anything but the text in it.
func isPlainWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("@%+=:,./_-", c) >= 0) {
			return false
		}
	}
	return s != ""
}

// isLegible reports whether a text can be printed as it is.
func isLegible(s string) bool {
	for i, r := range s {
		switch {
		case r == '\t', r == '\n':
		case r < ' ', r == 0x7f:
			return false
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			return false
		case r >= utf8.RuneSelf && term.Deceptive(r):
			return false
		}
	}
	return true
}

// printfFormat returns the argument with which printf prints a text. The quotes are single ones.
func printfFormat(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch part := s[i : i+size]; {
		case part == "%":
			b.WriteString("%%")
		case part == `\`, part == "'", part == "-" && i == 0, !isLegible(part), part == "\t", part == "\n", r == utf8.RuneError && size == 1:
			for k := range len(part) {
				fmt.Fprintf(&b, `\%03o`, part[k])
			}
		default:
			b.WriteString(part)
		}
		i += size
	}
	return b.String() + "'"
}
