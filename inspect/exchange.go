package inspect

// What is kept of one exchange.

import (
	"slices"
	"strings"
	"time"

	"example.com/godwit/trace"
)

// An exchange is one request and what came of it.
type exchange struct {
	id, call    uint64
	method, url string // of one that has not been sent
	start, end  time.Time
	spans       []span
	request     *trace.RequestHead // nil: it has not been sent
	interim     []trace.ResponseHead
	response    *trace.ResponseHead // nil: none has come
	tunnels     []trace.Tunnel
	trailer     trace.Fields // of the response or the request
	sent        body
	received    body
	content     body        // received, after a content coding has been undone
	done        *trace.Done // nil: it is not over
}

// A span is a phase as it happened. A phase may happen twice: TLS with a proxy, and through it.
type span struct {
	phase      trace.Phase
	start, end time.Time // end is zero while it lasts
}

// exchangeWeight is about how many bytes an exchange takes without its heads and bodies.
const exchangeWeight = 1024

// maxSpans bounds the phases of one exchange. There are seven, and some more with proxies.
const maxSpans = 64

func (x *exchange) startPhase(p trace.Phase, now time.Time) {
	if len(x.spans) < maxSpans {
		x.spans = append(x.spans, span{phase: p, start: now})
	}
}

func (x *exchange) endPhase(p trace.Phase, now time.Time) {
	for i, s := range slices.Backward(x.spans) {
		if s.phase == p && s.end.IsZero() {
			x.spans[i].end = now
			return
		}
	}
}

// weight is about how many bytes an exchange takes.
func (x *exchange) weight() int {
	n := exchangeWeight + weight(x.trailer) + len(x.sent.kept) + len(x.received.kept) + len(x.content.kept)
	if x.request != nil {
		n += weight(x.request.Fields) + len(x.request.URL) + len(x.request.Target)
	}
	if x.response != nil {
		n += weight(x.response.Fields)
	}
	for i := range x.interim {
		n += weight(x.interim[i].Fields)
	}
	for i := range x.tunnels {
		n += weight(x.tunnels[i].Fields)
	}
	return n
}

// weight is about how many bytes fields take.
func weight(fields trace.Fields) (n int) {
	for _, f := range fields {
		n += len(f.Name) + len(f.Value) + 40
	}
	return n
}

// dropBodies gives up what is kept of bodies, and returns how much that was.
func (x *exchange) dropBodies() int {
	return x.sent.drop() + x.received.drop() + x.content.drop()
}

// clone returns a copy that stays as it is. What bodies hold is only ever added to.
func (x *exchange) clone() exchange {
	own := *x
	own.spans, own.interim = slices.Clone(x.spans), slices.Clone(x.interim)
	own.tunnels, own.trailer = slices.Clone(x.tunnels), slices.Clone(x.trailer)
	return own
}

// redirected notes where a call goes on: "GET http://example.com/".
func (c *call) redirected(to string) {
	if method, url, ok := strings.Cut(to, " "); ok {
		c.method, c.url = method, url
	}
}

// A body is as much of one as is kept.
type body struct {
	kept   []byte
	size   int64 // of all of it so far
	given  bool  // up: nothing more is kept
	capped bool  // there was more than is kept
}

// add adds bytes, of which up to most are kept in all. It returns how many it keeps of these.
func (b *body) add(p []byte, most int64) int {
	b.size += int64(len(p))
	if b.given {
		b.capped = b.capped || len(p) > 0
		return 0
	}
	room := max(0, most-int64(len(b.kept)))
	if int64(len(p)) > room {
		p, b.capped = p[:room], true
	}
	b.kept = append(b.kept, p...)
	return len(p)
}

// drop gives up what is kept, and returns how much that was.
func (b *body) drop() int {
	n := len(b.kept)
	b.kept, b.given = nil, true
	b.capped = b.capped || b.size > 0
	return n
}
