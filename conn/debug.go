package conn

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"example.com/godwit/trace"
)

// A debugger prints what goes over the wire, as http.client does with set_debuglevel(1):
// "send:" with what is sent, "reply:" with a status line, "header:" with a field.
type debugger struct {
	w       io.Writer
	secrets bool // print them

	mu     sync.Mutex     // one event is one write; guards the following
	folded map[int]string // fields of the request that is put, by their number, as they stand on the wire
}

// fold notes that a field of the request that is put stands in a line for each value. For all
// others, who only ask for its value, these are one (RFC 9112 5.2).
func (d *debugger) fold(field int, values []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.folded == nil {
		d.folded = make(map[int]string)
	}
	d.folded[field] = strings.Join(values, foldedLine)
}

const foldedLine = "\r\n\t" // see h1.AppendFolded

// forget is for a request that is begun: the one before may never have been sent.
func (d *debugger) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.folded = nil
}

// unfolded returns fields with the lines of those that were noted, unless they are hidden, and
// forgets them.
func (d *debugger) unfolded(fields Fields) Fields {
	d.mu.Lock()
	defer d.mu.Unlock()
	folded := d.folded
	if d.folded = nil; folded == nil {
		return fields
	}
	out := fields.Clone()
	for i, lines := range folded {
		if i < len(out) && out[i].Value == strings.ReplaceAll(lines, foldedLine, " ") {
			out[i].Value = lines
		}
	}
	return out
}

// mostShown is how much of one piece of a body is printed.
const mostShown = 4 << 10

// Trace prints an event, if it is one of the wire's.
func (d *debugger) Trace(_ context.Context, ev trace.Event) {
	var b bytes.Buffer
	switch ev := ev.(type) {
	case trace.RequestHead:
		head := fmt.Appendf(nil, "%s %s %s\r\n", ev.Method, ev.Target, ev.Proto)
		fmt.Fprintf(&b, "send: %s\n", quote(append(lines(head, d.unfolded(d.redact(ev.Fields))), '\r', '\n')))
	case trace.Data:
		if !ev.Up {
			return
		}
		fmt.Fprintf(&b, "send: %s", quote(ev.P[:min(len(ev.P), mostShown)]))
		if more := len(ev.P) - mostShown; more > 0 {
			fmt.Fprintf(&b, " and %d bytes more", more)
		}
		b.WriteByte('\n')
	case trace.ResponseHead:
		line := ev.Proto + " " + strconv.Itoa(ev.Status)
		if ev.Reason != "" {
			line += " " + ev.Reason
		}
		fmt.Fprintf(&b, "reply: %s\n", quote([]byte(line+"\r\n")))
		d.fields(&b, ev.Fields)
	case trace.Trailer:
		if !ev.Up {
			d.fields(&b, ev.Fields)
			break
		}
		fmt.Fprintf(&b, "send: %s\n", quote(lines(nil, d.redact(ev.Fields))))
	default:
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _ = d.w.Write(b.Bytes()) // that nobody can read it must not end the exchange
}

// lines appends fields as they stand on the wire.
func lines(b []byte, fields Fields) []byte {
	for _, f := range fields {
		b = fmt.Appendf(b, "%s: %s\r\n", f.Name, f.Value)
	}
	return b
}

func (d *debugger) fields(b *bytes.Buffer, fields Fields) {
	for _, f := range d.redact(fields) {
		value := quote([]byte(f.Value))
		fmt.Fprintf(b, "header: %s: %s\n", f.Name, value[1:len(value)-1])
	}
}

func (d *debugger) redact(fields Fields) Fields {
	if d.secrets {
		return fields
	}
	return trace.Redact(fields)
}

// quote returns bytes in quotes, with escapes for all that a terminal might obey.
func quote(p []byte) string { return strconv.QuoteToGraphic(string(p)) }
