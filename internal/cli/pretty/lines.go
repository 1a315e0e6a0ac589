package pretty

// JSON Lines (ndjson, jsonl): a JSON text on each line.

import (
	"bytes"
	"io"
)

// A Lines formats each line as a JSON text of its own, so that a line that is none does no
// harm to the next.
type Lines struct {
	json  JSON
	blank bool // nothing has come on this line but a separator
	mark  int  // how much of a separator has come, or could not come any more
	seen  bool // something of a separator has come
}

var _ Writer = (*Lines)(nil)

// NewLines returns a Lines that writes to w.
func NewLines(w io.Writer, l Layout) *Lines {
	return &Lines{json: JSON{sheet: newSheet(w, l)}, blank: true}
}

// Write takes all of p, or fails with what the writer failed with.
func (l *Lines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := bytes.IndexByte(rest, '\n')
		if n < 0 {
			l.feed(rest)
			break
		}
		l.feed(rest[:n])
		l.json.restart()
		if !l.blank || l.seen || l.json.keep {
			l.json.buf = append(l.json.buf, '\n')
		}
		l.blank, l.mark, l.seen = true, 0, false
		l.json.full()
		rest = rest[n+1:]
	}
	return l.json.wrote(p)
}

// separator is that of RFC 7464, as it is shown on a terminal. It passes, and is no JSON.
const separator = `\x1e`

// feed formats a part of a line.
func (l *Lines) feed(p []byte) {
	for ; l.blank && len(p) > 0 && l.mark < len(separator); p = p[1:] {
		if p[0] == '\x1e' {
			l.mark = len(separator)
		} else if p[0] == separator[l.mark] {
			l.mark++
		} else {
			break
		}
		l.seen = true
		l.json.buf = append(l.json.buf, p[0])
	}
	if len(p) == 0 {
		return
	}
	if l.seen && l.mark < len(separator) { // so it was none
		l.json.state = jsonBroken
	}
	l.mark = len(separator)
	l.blank = l.blank && len(bytes.TrimRight(p, " \t\r")) == 0
	l.json.feed(p)
}

// Flush ends the line under way.
func (l *Lines) Flush() error { return l.json.Flush() }
