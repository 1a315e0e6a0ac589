// Printing a response shows what it is and not what it holds: header fields and bodies are
// full of secrets, and of what a terminal should not get.

package godwit

import (
	"fmt"
	"io"
)

var (
	_ fmt.Formatter = Response{}
	_ fmt.Formatter = Stream{}
	_ fmt.Formatter = StatusError{}
)

// Format prints what String returns, whatever the verb.
func (r Response) Format(f fmt.State, verb rune) { format(f, verb, r.String()) }

// Format prints protocol, status and reason, whatever the verb.
func (s Stream) Format(f fmt.State, verb rune) {
	format(f, verb, (&Response{Response: s.Response}).String())
}

// Format prints what Error returns, whatever the verb.
func (e StatusError) Format(f fmt.State, verb rune) { format(f, verb, e.Error()) }

// format prints text in the place of a value; a verb that is not for texts is taken for %v.
func format(f fmt.State, verb rune, text string) {
	switch verb {
	case 's', 'q', 'x', 'X':
		fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	default:
		_, _ = io.WriteString(f, text) // fmt has no use for its error either
	}
}
