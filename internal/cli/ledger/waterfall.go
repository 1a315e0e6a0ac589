package ledger

// Where the time went: a bar for each phase of each exchange, on one axis.

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// A Drawing is how bars are drawn.
type Drawing struct {
	Width   int  // columns; below 40: 40
	Blocks  bool // with blocks, and not with signs that everybody has
	Style   func(trace.Phase) term.Style
	Secrets bool // show those in URLs
}

// The columns: a name, a bar, a number.
const (
	nameColumn   = 12
	numberColumn = 12
	leastColumns = 40
)

// Waterfall returns the bars, with a line for each exchange above its own. Its text is harmless to a
// terminal. An exchange that is not over lasts until the last event.
func (l *Ledger) Waterfall(d Drawing) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &waterfall{Drawing: d, start: l.start, end: l.end, shower: shower{l, d.Secrets}}
	f.bar = max(d.Width, leastColumns) - nameColumn - numberColumn
	for _, x := range l.exchanges {
		f.exchange(x)
	}
	if len(l.exchanges) > 0 {
		f.line("total", strings.Repeat(" ", f.bar), l.end.Sub(l.start))
	}
	return f.text.String()
}

type waterfall struct {
	Drawing
	shower     shower
	start, end time.Time
	bar        int // columns of it
	text       strings.Builder
}

func (f *waterfall) exchange(x *exchange) {
	f.text.WriteString(cut(term.Line(f.shower.headline(x)), max(f.Width, leastColumns)) + "\n")
	for p := range trace.Phase(trace.NumPhases) {
		took, happened := x.took(p, f.end)
		if !happened {
			continue
		}
		cells := make([]bool, f.bar)
		for _, s := range x.spans {
			if s.phase == p {
				f.fill(cells, s)
			}
		}
		f.line(p.String(), f.draw(p, cells), took)
	}
}

// fill fills the cells that a span covers: one at the least, so that it is seen.
func (f *waterfall) fill(cells []bool, s span) {
	if s.end.IsZero() {
		s.end = f.end
	}
	all := max(f.end.Sub(f.start), 1)
	at := func(t time.Time) int {
		return int(float64(len(cells)) * float64(t.Sub(f.start)) / float64(all))
	}
	from := min(max(0, at(s.start)), len(cells)-1)
	for i := from; i < max(from+1, min(at(s.end), len(cells))); i++ {
		cells[i] = true
	}
}

// draw draws the cells.
func (f *waterfall) draw(p trace.Phase, cells []bool) string {
	full := "#"
	if f.Blocks {
		full = "█"
	}
	var style term.Style
	if f.Style != nil {
		style = f.Style(p)
	}
	var b strings.Builder
	for i := 0; i < len(cells); {
		n := i
		for n < len(cells) && cells[n] == cells[i] {
			n++
		}
		if cells[i] {
			b.WriteString(style.Of(strings.Repeat(full, n-i)))
		} else {
			b.WriteString(strings.Repeat(" ", n-i))
		}
		i = n
	}
	return b.String()
}

func (f *waterfall) line(name, bar string, took time.Duration) {
	number := fmt.Sprintf("%.1f ms", float64(took)/float64(time.Millisecond))
	fmt.Fprintf(&f.text, "    %-*s%s%*s\n", nameColumn-4, name, bar, numberColumn, number)
}

// headline says in a line what an exchange was.
func (s shower) headline(x *exchange) string {
	text := s.asked(x)
	switch {
	case x.response != nil:
		text += fmt.Sprintf(": %d", x.response.Status)
		if x.response.Reason != "" {
			text += " " + x.response.Reason
		}
	case x.done != nil && x.done.Err != nil:
		return text + ": " + s.sentence(x.done.Err.Error())
	default:
		return text + ": no answer"
	}
	if x.request != nil && x.request.Conn.Reused {
		text += " (connection reused)"
	}
	return text
}

// asked says what an exchange asked for.
func (s shower) asked(x *exchange) string {
	if x.request != nil {
		return x.request.Method + " " + s.url(x.request.URL)
	}
	if x.method != "" {
		return x.method + " " + s.url(x.url)
	}
	return "a request" // of no call
}

// cut shortens a line to a number of characters.
func cut(line string, most int) string {
	if utf8.RuneCountInString(line) <= most {
		return line
	}
	runes := []rune(line)
	return string(runes[:most-1]) + "…"
}
