package conn

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"

	"example.com/godwit/trace"
)

// A debugger prints what goes over the wire, as http.client does with set_debuglevel(1):
// "send:" with what is sent, "reply:" with a status line, "header:" with a field.
type debugger struct {
	w       io.Writer
	secrets bool // print them

	mu sync.Mutex // one event is one write
}

// mostShown is how much of one piece of a body is printed.
const mostShown = 4 << 10

// Trace prints an event, if it is one of the wire's.
func (d *debugger) Trace(_ context.Context, ev trace.Event) {
	var b bytes.Buffer
	switch ev := ev.(type) {
	case trace.RequestHead:
		head := fmt.Appendf(nil, "%s %s %s\r\n", ev.Method, ev.Target, ev.Proto)
		fmt.Fprintf(&b, "send: %s\n", quote(append(lines(head, d.redact(ev.Fields)), '\r', '\n')))
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
