package pretty

// Event streams (text/event-stream): fields, coloured, and the JSON that most of them carry.

import (
	"bytes"
	"io"

	"example.com/godwit/internal/cli/term"
)

// An Events formats an event stream line by line. Data that is JSON is indented, each line of
// it as a line of data of its own, so that what comes out is an event stream again, and the
// same one but for white space in JSON.
type Events struct {
	json  JSON
	state eventState
	name  []byte // of the field, as far as it has come
	open  bool   // JSON has begun in the event's data, and may go on in its next line
	owed  bool   // the line end behind that JSON
}

// eventState is where in a line it is.
type eventState uint8

const (
	eventName  eventState = iota // in the name of a field
	eventValue                   // before the first character of data
	eventJSON                    // in data that is JSON
	eventText                    // in anything else
)

// maxEventName bounds what is held of a field's name, of which there are but four.
const maxEventName = len("retry")

var _ Writer = (*Events)(nil)

// NewEvents returns an Events that writes to w.
func NewEvents(w io.Writer, l Layout) *Events {
	e := &Events{json: JSON{sheet: newSheet(w, l)}}
	e.json.prefix = []byte(e.json.colors.Name.Of("data") + ": ")
	return e
}

// Write takes all of p, or fails with what the writer failed with.
func (e *Events) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; e.json.full() {
		line, behind, whole := bytes.Cut(rest, []byte("\n"))
		for len(line) > 0 {
			line = line[e.part(line):]
		}
		if whole {
			e.newline()
		}
		rest = behind
	}
	return e.json.wrote(p)
}

// Flush writes the name that was held, and ends the colour that is on.
func (e *Events) Flush() error {
	if len(e.name) > 0 {
		e.text()
	}
	return e.json.Flush()
}

// part formats what a part of a line begins with, and returns how much that is.
func (e *Events) part(p []byte) int {
	switch e.state {
	case eventName:
		switch {
		case p[0] == ':':
			e.field()
		case len(e.name) == maxEventName:
			e.text()
			return 0
		default:
			e.name = append(e.name, p[0])
		}
		return 1
	case eventValue:
		return e.value(p[0])
	case eventJSON:
		e.json.feed(p)
	case eventText:
		e.json.buf = append(e.json.buf, p...)
	}
	return len(p)
}

// field begins the value of a field whose name has come.
func (e *Events) field() {
	s := &e.json.sheet
	var style term.Style
	switch string(e.name) {
	case "data":
		e.name = e.name[:0]
		e.state = eventValue
		if !e.open || s.keep {
			s.paint(s.colors.Name, []byte("data"))
			s.buf = append(s.buf, ':')
		}
		return
	case "event":
		style = s.colors.Literal
	case "id":
		style = s.colors.Text
	case "retry":
		style = s.colors.Number
	case "":
		e.text()
		s.on(s.colors.Comment)
		s.buf = append(s.buf, ':')
		return
	default:
		e.text()
		s.buf = append(s.buf, ':')
		return
	}
	e.closeJSON()
	s.paint(s.colors.Name, e.name)
	s.buf = append(s.buf, ':')
	s.on(style)
	e.name = e.name[:0]
	e.state = eventText
}

// text takes the line for one of no known field.
func (e *Events) text() {
	e.closeJSON()
	e.json.buf = append(e.json.buf, e.name...)
	e.name = e.name[:0]
	e.state = eventText
}

// value decides by the first character of data whether it is JSON, and returns how many
// characters are done with.
func (e *Events) value(c byte) int {
	s := &e.json.sheet
	switch {
	case e.open:
		e.goOn()
		if c == ' ' && !s.keep {
			return 1 // it is no part of the data, and stands in the prefix
		}
		return 0
	case c == ' ':
		s.buf = append(s.buf, c)
		return 1
	case c == '{' || c == '[':
		e.json.restart()
		e.open = true
		e.state = eventJSON
		return 0
	}
	e.state = eventText
	return 0
}

// goOn goes on with the JSON of the line before. Between its parts the line end is white
// space as any other; elsewhere it stays.
func (e *Events) goOn() {
	e.state = eventJSON
	if e.json.keep {
		return
	}
	e.owed = false
	e.json.feed([]byte("\n"))
	if e.json.state == jsonString || e.json.state == jsonBroken {
		e.json.buf = append(e.json.buf, e.json.prefix...)
	}
}

// newline ends a line.
func (e *Events) newline() {
	s := &e.json.sheet
	switch {
	case e.state == eventName:
		e.text() // an empty line ends the event
	case e.state == eventValue && e.open:
		e.goOn()
	}
	e.json.end()
	s.off()
	if e.state == eventJSON && !s.keep {
		e.owed = true
	} else {
		s.buf = append(s.buf, '\n')
	}
	if e.state == eventJSON && len(e.json.open) == 0 {
		e.closeJSON()
	}
	e.state = eventName
}

// closeJSON ends the JSON of an event's data.
func (e *Events) closeJSON() {
	if e.owed {
		e.json.buf = append(e.json.buf, '\n')
	}
	if e.open {
		e.json.restart()
	}
	e.open, e.owed = false, false
}
