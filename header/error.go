// The error of all Parse functions.

package header

import (
	"strconv"
	"unicode/utf8"
)

// maxQuoted bounds what an error quotes of a field, in bytes before escaping.
const maxQuoted = 60

// An Error says what is wrong with the value of a field.
type Error struct {
	Field   string // the name of the field, "Link" for instance
	Problem string // what is wrong, "not a token" for instance
	Text    string // where, as received; 60 bytes of it at most; "" if nothing was there
}

// Error returns one line. What came from the other side is quoted in it.
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Field + ": " + e.Problem
	}
	return e.Field + ": " + e.Problem + ": " + strconv.Quote(e.Text)
}

// newError makes an error that quotes the text, cut to its bound between two runes.
func newError(field, problem, text string) *Error {
	if len(text) > maxQuoted {
		end := maxQuoted
		for end > maxQuoted-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return &Error{Field: field, Problem: problem, Text: text}
}
