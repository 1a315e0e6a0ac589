// The grammar of server-sent events (WHATWG HTML 9.2.6).

package godwit

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"time"
	"unicode/utf8"
)

// An Event is a server-sent event.
type Event struct {
	Type string // what the server calls it; "message" if nothing
	Data string // its lines, joined by "\n"
	ID   string // the ID that the server has last named, by this event or an earlier one

	// Retry is how long to wait before reconnecting, as the server has last said; 0: it has
	// not said so, or said 0. More than an hour counts as one.
	Retry time.Duration
}

// maxRetry bounds what a server can make us wait.
const maxRetry = time.Hour

// ReadEvents yields the server-sent events that r brings, and does not connect to anything:
// [Stream.Events] does. An event that the end cuts off is discarded, as the standard has it.
// After an error it yields no more; an event of more than 64 MiB is [ErrTooLarge].
func ReadEvents(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		er := newEventReader(bufio.NewReader(r), maxContent, "")
		for {
			ev, err := er.next()
			if err == errEventTooLarge {
				err = kindErrorf(ErrTooLarge, "an event of more than %d bytes", maxContent)
			}
			if err == io.EOF || !yield(ev, err) || err != nil {
				return
			}
		}
	}
}

// An eventReader reads events from one connection after the other.
type eventReader struct {
	r    *bufio.Reader
	most int64 // bytes of an event

	long   []byte // of a line that is in more than one piece of the buffer
	begun  bool   // the first line has been read
	wasCR  bool   // the last line ended in CR, so that an LF which follows belongs to it
	typ    string // of the event under way
	data   []byte // each line with an LF behind it
	id     string // as of the last id field
	lastID string // as of the last event: the rest may have been cut off
	retry  time.Duration
	asked  bool // retry has been said
}

// errEventTooLarge is what next returns for an event that is.
var errEventTooLarge = kindError{ErrTooLarge, "an event is too large"}

func newEventReader(r *bufio.Reader, most int64, lastID string) *eventReader {
	return &eventReader{r: r, most: most, id: lastID, lastID: lastID}
}

// reset makes it read from another connection, to which nothing belongs that the last one
// has left undone.
func (e *eventReader) reset(r *bufio.Reader) {
	*e = eventReader{r: r, most: e.most, id: e.lastID, lastID: e.lastID, retry: e.retry, asked: e.asked}
}

// next returns the next event.
func (e *eventReader) next() (Event, error) {
	for {
		line, err := e.line()
		if err != nil {
			return Event{}, err
		}
		if len(line) > 0 {
			e.field(line)
			continue
		}
		e.lastID = e.id
		typ, data := e.typ, e.data
		e.typ, e.data = "", e.data[:0]
		if len(data) == 0 {
			continue // no data, no event
		}
		ev := Event{Type: typ, ID: e.id, Retry: e.retry, Data: utf8Text(data[:len(data)-1])}
		if typ == "" {
			ev.Type = "message"
		}
		if cap(e.data) > 64<<10 {
			e.data = nil // a stream may live for weeks
		}
		return ev, nil
	}
}

// line returns the next line without its end, which is CR, LF or both. It is valid until the
// next call.
func (e *eventReader) line() ([]byte, error) {
	e.long = e.long[:0]
	for {
		if e.r.Buffered() == 0 {
			if _, err := e.r.Peek(1); err != nil {
				return nil, err // a line that does not end is none
			}
		}
		piece, _ := e.r.Peek(e.r.Buffered())
		if e.wasCR {
			e.wasCR = false
			if piece[0] == '\n' {
				_, _ = e.r.Discard(1)
				continue
			}
		}
		n := lineEnd(piece)
		if int64(len(e.long)+n)+int64(len(e.data)) > e.most {
			return nil, errEventTooLarge
		}
		if n == len(piece) {
			e.long = append(e.long, piece...)
			_, _ = e.r.Discard(n)
			continue
		}
		e.wasCR = piece[n] == '\r'
		_, _ = e.r.Discard(n + 1)
		line := piece[:n]
		if len(e.long) > 0 {
			e.long = append(e.long, line...)
			line = e.long
			if cap(e.long) > 64<<10 {
				e.long = nil
			}
		}
		if !e.begun {
			e.begun = true
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		return line, nil
	}
}

// lineEnd returns where the first CR or LF is, the length if there is none. It looks at each
// byte once, wherever the other of the two may be.
func lineEnd(p []byte) int {
	for i, c := range p {
		if c == '\n' || c == '\r' {
			return i
		}
	}
	return len(p)
}

// field takes in a line that is not blank.
func (e *eventReader) field(line []byte) {
	name, value, _ := bytes.Cut(line, []byte{':'})
	value = bytes.TrimPrefix(value, []byte{' '})
	switch string(name) { // a comment has no name
	case "event":
		e.typ = utf8Text(value)
	case "data":
		e.data = append(append(e.data, value...), '\n')
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			e.id = utf8Text(value)
		}
	case "retry":
		if wait, ok := parseRetry(value); ok {
			e.retry, e.asked = wait, true
		}
	}
}

// parseRetry reads a number of milliseconds, of digits alone.
func parseRetry(value []byte) (time.Duration, bool) {
	var ms int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		ms = min(ms*10+int64(c-'0'), maxRetry.Milliseconds())
	}
	return time.Duration(ms) * time.Millisecond, len(value) > 0
}

// utf8Text returns p as valid UTF-8, with U+FFFD in place of what is not.
func utf8Text(p []byte) string {
	if utf8.Valid(p) {
		return string(p)
	}
	return charset{}.text(p)
}
