package curl

// What went over the wire in a transfer, noted while it happened.

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"example.com/godwit/trace"
)

// An exchange is one request and what came back.
type exchange struct {
	id       uint64
	request  trace.RequestHead
	response *trace.ResponseHead // nil: none has come
	sent     int64               // bytes of the request's body
	received int64               // bytes of the response's body, coded
	headSize int                 // of all its response heads
	done     *trace.Done         // nil: it is not over
	fresh    bool                // its connection was new
}

// A head is a response's head, or a proxy's answer to CONNECT.
type head struct {
	proto, reason string
	status        int
	fields        trace.Fields
	connect       bool
}

// A recorder is a Tracer that notes the exchanges of a transfer, and has them told while they
// happen. It is safe for concurrent use.
type recorder struct {
	tell func(trace.Event) // -v and --trace; nil: nobody is told
	warn func(string)

	moved func(int) // is told how many bytes of a request's body have gone; nil: nobody is

	mu        sync.Mutex // guards the following
	exchanges []*exchange
	heads     []head // in the order in which they came
	taken     int    // how many of them have been written
	connect   int    // the status of the last answer to CONNECT
	conns     map[uint64]bool
}

// Trace notes an event.
func (r *recorder) Trace(_ context.Context, ev trace.Event) {
	if r.tell != nil {
		r.tell(ev)
	}
	if w, ok := ev.(trace.Warning); ok {
		r.warn(w.Text)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch ev := ev.(type) {
	case trace.RequestHead:
		ev.Fields = ev.Fields.Clone()
		if r.conns == nil {
			r.conns = map[uint64]bool{}
		}
		fresh := !ev.Conn.Reused && !r.conns[ev.Conn.ID]
		r.conns[ev.Conn.ID] = true
		r.exchanges = append(r.exchanges, &exchange{id: ev.Exchange, request: ev, fresh: fresh})
	case trace.ResponseHead:
		if x := r.find(ev.Exchange); x != nil {
			ev.Fields = ev.Fields.Clone()
			if ev.Status >= 200 || ev.Status == 101 {
				x.response = &ev
			}
			h := head{ev.Proto, ev.Reason, ev.Status, ev.Fields, false}
			x.headSize += len(h.text())
			r.heads = append(r.heads, h)
		}
	case trace.Tunnel:
		r.connect = ev.Status
		r.heads = append(r.heads, head{"HTTP/1.1", ev.Reason, ev.Status, ev.Fields.Clone(), true})
	case trace.Data:
		if x := r.find(ev.Exchange); x != nil {
			if ev.Up {
				if x.sent += int64(len(ev.P)); r.moved != nil {
					r.moved(len(ev.P))
				}
			} else {
				x.received += int64(len(ev.P))
			}
		}
	case trace.Done:
		if x := r.find(ev.Exchange); x != nil {
			x.done = &ev
		}
	}
}

// words are an error in curl's words, which begin as a sentence does.
type words string

func (w words) Error() string { return string(w) }

// timedOut is that --max-time has passed, in curl's words.
func (r *recorder) timedOut(after time.Duration) error {
	ms, x := after.Milliseconds(), r.last()
	if x == nil {
		return &failure{code: exitTimeout, err: words(fmt.Sprintf("Connection timed out after %d milliseconds", ms))}
	}
	received := fmt.Sprint(x.received)
	if x.response != nil {
		if length := x.response.Fields.Get("Content-Length"); length != "" {
			received += " out of " + length
		}
	}
	return &failure{code: exitTimeout, err: words(fmt.Sprintf("Operation timed out after %d milliseconds with %s bytes received", ms, received))}
}

func (r *recorder) find(id uint64) *exchange {
	for i := len(r.exchanges) - 1; i >= 0; i-- {
		if r.exchanges[i].id == id {
			return r.exchanges[i]
		}
	}
	return nil
}

// last returns the last exchange, nil if there was none.
func (r *recorder) last() *exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.exchanges) == 0 {
		return nil
	}
	x := *r.exchanges[len(r.exchanges)-1]
	return &x
}

// all returns copies of the exchanges.
func (r *recorder) all() []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]exchange, len(r.exchanges))
	for i, x := range r.exchanges {
		out[i] = *x
	}
	return out
}

// takeHeads returns the text of the heads that have come since it was called last.
func (r *recorder) takeHeads(withConnect bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, h := range r.heads[r.taken:] {
		if !h.connect || withConnect {
			b.WriteString(h.text())
		}
	}
	r.taken = len(r.heads)
	return b.String()
}

// text returns a head as it came.
func (h *head) text() string {
	var b strings.Builder
	b.WriteString(statusLine(h.proto, h.status, h.reason))
	for _, f := range h.fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	b.WriteString("\r\n")
	return b.String()
}

// statusLine returns the first line of a head, with the names that curl has for versions.
func statusLine(proto string, status int, reason string) string {
	return fmt.Sprintf("%s %d %s\r\n", shortProto(proto), status, reason)
}

func shortProto(proto string) string {
	switch proto {
	case "HTTP/2.0":
		return "HTTP/2"
	case "HTTP/3.0":
		return "HTTP/3"
	}
	return proto
}

// requestText returns a request's head as it was sent, or as it would stand in HTTP/1.1, with
// credentials hidden.
func requestText(h *trace.RequestHead) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\r\n", h.Method, h.Target, shortProto(h.Proto))
	for _, f := range trace.Redact(h.Fields) {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	b.WriteString("\r\n")
	return b.String()
}

// requestSize returns the size of a request's head on the wire of HTTP/1.1.
func requestSize(h *trace.RequestHead) int {
	n := len(h.Method) + len(h.Target) + len(h.Proto) + len("  \r\n\r\n")
	for _, f := range h.Fields {
		n += len(f.Name) + len(f.Value) + len(": \r\n")
	}
	return n
}

// hostOf returns the host of an exchange, without its port.
func (x *exchange) hostOf() string {
	if u, err := url.Parse(x.request.URL); err == nil {
		return u.Hostname()
	}
	return ""
}
