// The error that a status is, if the caller wants it to be one.

package godwit

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A StatusError says that the server answered, and that the status of its answer is 400 or
// above. It is [ErrStatus].
type StatusError struct {
	*Response

	dropped []drop
}

// A drop is what a redirect did not take along.
type drop struct {
	hop   int // 0: the first request, to another origin than it was meant for
	to    string
	names []string
}

// Error returns one line: method, URL, status. After a 401 or 403 it says which header
// fields a redirect had not taken along, since that may be why.
func (e *StatusError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d %s", e.Request.Method, e.url(), e.StatusCode, visible(clip(e.hidden(e.reason()), 200)))
	if e.StatusCode != 401 && e.StatusCode != 403 {
		return b.String()
	}
	for _, d := range e.dropped {
		names, to := visible(clip(strings.Join(d.names, ", "), 200)), e.hidden(d.to)
		if d.hop == 0 {
			fmt.Fprintf(&b, "; %s not sent, meant for another origin than %s", names, to)
		} else {
			fmt.Fprintf(&b, "; %s dropped by redirect %d to another origin, %s", names, d.hop, to)
		}
	}
	return b.String()
}

// Is makes it an [ErrStatus].
func (e *StatusError) Is(target error) bool { return target == ErrStatus }

// Excerpt returns the beginning of the answer's text, at most 512 bytes of it, with control
// characters escaped: fit for a log or a terminal. See [Response.Problem] for what the server
// says to programs.
func (e *StatusError) Excerpt() string {
	const most = 512
	begin := *e.Response
	begin.Content = begin.Content[:min(len(begin.Content), 8*most)] // no charset takes more than 4 bytes a letter
	text := e.hidden(begin.Text())
	if len(text) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return excerpt(text)
}

// excerpt escapes what is not printable, but for blanks and line ends, of which a line end
// becomes a space.
func excerpt(text string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(text) {
		switch {
		case r == '\n' || r == '\t' || r == ' ':
			b.WriteByte(' ')
		case r == '\r':
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}
