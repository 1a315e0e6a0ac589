package cli

// Mistakes in the names of nested fields: where they are shows below the name.

import (
	"fmt"
	"strings"
	"unicode"

	"example.com/godwit/internal/cli/nestedjson"
	"example.com/godwit/internal/cli/term"
)

// A keyError is such a mistake.
type keyError struct{ err *nestedjson.Error }

func (e *keyError) Error() string { return fmt.Sprintf("field %q: %s", e.err.Key, e.err.Problem) }

// Unwrap returns what it is: a mistake in the command line.
func (e *keyError) Unwrap() error { return &usageError{e.Error()} }

// picture returns the name, and a line below it that marks what the error is about.
func (e *keyError) picture() string {
	key, start, end := e.err.Key, e.err.Start, e.err.End
	before, marked := term.Line(key[:start]), "^"
	if end <= len(key) {
		marked = strings.Repeat("^", max(1, columns(term.Line(key[start:end]))))
	}
	return term.Line(key) + "\n" + strings.Repeat(" ", columns(before)) + marked
}

// columns is how many columns of a terminal a text takes.
func columns(text string) (n int) {
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r):
		case isWide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide are the scripts and pictures that take two columns (UAX 11, W and F; unassigned
// characters in between them included).
var wide = [][2]rune{
	{0x1100, 0x115f},
	{0x2e80, 0x303e},
	{0x3041, 0xa4cf},
	{0xa960, 0xa97c},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff},
	{0x1f900, 0x1faff},
	{0x20000, 0x3fffd},
}

func isWide(r rune) bool {
	for _, w := range wide {
		if r >= w[0] && r <= w[1] {
			return true
		}
	}
	return false
}
