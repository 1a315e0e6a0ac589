// Package ledger writes down one call of the library as its trace events tell of it, and shows it:
// as a JSON record, as bars on a common axis of time, and as the reasons for what was chosen.
package ledger

import (
	"context"
	"crypto/sha256"
	"hash"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/godwit/trace"
)

// A Ledger is a tracer that writes down one call. It is safe for concurrent use.
type Ledger struct {
	// MaxBody is how many bytes are kept of each body; 0: none, and bodies are only counted.
	MaxBody int

	mu        sync.Mutex // guards the following
	start     time.Time  // of the first event
	end       time.Time  // of the last one
	done      *trace.CallDone
	method    string // of the call's next request, and its URL
	url       string
	exchanges []*exchange
	reasons   []reason
	warnings  []trace.Warning
	hop       int // how many redirects have been followed
}

var _ trace.Tracer = (*Ledger)(nil)

// An exchange is one request and what came of it.
type exchange struct {
	id             uint64
	hop, attempt   int // from 0; from 1
	method, url    string
	start          time.Time
	spans          []span
	request        *trace.RequestHead // nil: it was not sent
	interim        []trace.ResponseHead
	response       *trace.ResponseHead // nil: none has come
	tunnels        []trace.Tunnel
	trailer        trace.Fields
	sent, received body
	content        body // received, after a content coding has been undone
	done           *trace.Done
}

// A span is a phase as it happened. It may happen more than once: TLS with a proxy, and through it.
type span struct {
	phase      trace.Phase
	addr       string
	start, end time.Time // end is zero while it lasts
}

// A reason is why something was chosen, or done again.
type reason struct {
	exchange          int // how many there were before
	hop               int
	early             bool // the last of these had not sent its request as yet
	what, value, rule string
}

// A body is as much of one as is kept.
type body struct {
	kept []byte
	size int64
	sum  hash.Hash // nil: it is empty
}

// maxReasons bounds what is remembered of one call; its redirects and attempts are bounded.
const maxReasons = 1000

// Trace writes an event down. It copies what it keeps.
func (l *Ledger) Trace(_ context.Context, ev trace.Event) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.start.IsZero() {
		l.start = now
	}
	l.end = now
	switch ev := ev.(type) {
	case trace.CallStart:
		l.method, l.url = ev.Method, ev.Origin+ev.Path
	case trace.CallDone:
		l.done = &ev
	case trace.Choice:
		if ev.What == "redirect" {
			l.hop++
			if method, url, ok := strings.Cut(ev.Value, " "); ok {
				l.method, l.url = method, url
			}
		}
		l.reason(ev.What, ev.Value, ev.Rule)
	case trace.Attempt:
		l.reason("again", again(ev), ev.Kind)
	case trace.Warning:
		l.warnings = append(l.warnings, ev)
	case trace.Content:
		if x := l.latest(ev.Exchange); x != nil {
			x.content.add(ev.P, l.MaxBody)
		}
	default:
		l.ofExchange(ev, now)
	}
}

// ofExchange writes down what is about one exchange.
func (l *Ledger) ofExchange(ev trace.Event, now time.Time) {
	switch ev := ev.(type) {
	case trace.PhaseStart:
		x := l.at(ev.Exchange, now)
		x.spans = append(x.spans, span{phase: ev.Phase, addr: ev.Addr, start: now})
	case trace.PhaseDone:
		l.at(ev.Exchange, now).endPhase(ev.Phase, now)
	case trace.RequestHead:
		ev.Fields = ev.Fields.Clone()
		x := l.at(ev.Exchange, now)
		x.request, x.method, x.url = &ev, ev.Method, ev.URL
	case trace.ResponseHead:
		ev.Fields = ev.Fields.Clone()
		x := l.at(ev.Exchange, now)
		if ev.Status < 200 && ev.Status != 101 {
			x.interim = append(x.interim, ev)
		} else {
			x.response = &ev
		}
	case trace.Tunnel:
		ev.Fields = ev.Fields.Clone()
		x := l.at(ev.Exchange, now)
		x.tunnels = append(x.tunnels, ev)
	case trace.Data:
		x := l.at(ev.Exchange, now)
		if ev.Up {
			x.sent.add(ev.P, l.MaxBody)
		} else {
			x.received.add(ev.P, l.MaxBody)
		}
	case trace.Trailer:
		x := l.at(ev.Exchange, now)
		if !ev.Up {
			x.trailer = append(x.trailer, ev.Fields.Clone()...)
		}
	case trace.Done:
		l.at(ev.Exchange, now).done = &ev
	}
}

// again says what an attempt is followed by.
func again(ev trace.Attempt) string {
	if ev.Wait > 0 {
		return "after " + ev.Wait.Round(time.Millisecond).String()
	}
	return "at once"
}

func (l *Ledger) reason(what, value, rule string) {
	if len(l.reasons) >= maxReasons {
		return
	}
	n := len(l.exchanges)
	early := n > 0 && l.exchanges[n-1].request == nil && l.exchanges[n-1].done == nil
	l.reasons = append(l.reasons, reason{n, l.hop, early, what, value, rule})
}

// at returns the exchange of that number, one that begins now if there is none.
func (l *Ledger) at(id uint64, now time.Time) *exchange {
	for _, x := range slices.Backward(l.exchanges) { // the last is mostly the one
		if x.id == id {
			return x
		}
	}
	x := &exchange{id: id, hop: l.hop, attempt: 1, method: l.method, url: l.url, start: now}
	for _, before := range l.exchanges {
		if before.hop == x.hop {
			x.attempt++
		}
	}
	l.exchanges = append(l.exchanges, x)
	return x
}

// latest returns the exchange of that number, and for 0 the last one that was answered; nil if there
// is none.
func (l *Ledger) latest(id uint64) *exchange {
	for _, x := range slices.Backward(l.exchanges) {
		if x.id == id || id == 0 && x.response != nil {
			return x
		}
	}
	return nil
}

func (x *exchange) endPhase(p trace.Phase, now time.Time) {
	for i, s := range slices.Backward(x.spans) {
		if s.phase == p && s.end.IsZero() {
			x.spans[i].end = now
			return
		}
	}
}

// took returns how long a phase took in all, and whether it happened.
func (x *exchange) took(p trace.Phase, now time.Time) (d time.Duration, happened bool) {
	for _, s := range x.spans {
		if s.phase == p {
			end := s.end
			if end.IsZero() {
				end = now
			}
			d, happened = d+end.Sub(s.start), true
		}
	}
	return d, happened
}

// add adds bytes, of which up to most are kept in all.
func (b *body) add(p []byte, most int) {
	if most == 0 {
		b.size += int64(len(p))
		return
	}
	if b.sum == nil {
		b.sum = sha256.New()
	}
	b.sum.Write(p)
	b.size += int64(len(p))
	b.kept = append(b.kept, p[:min(len(p), max(0, most-len(b.kept)))]...)
}

// whole reports whether all of it is kept.
func (b *body) whole() bool { return int64(len(b.kept)) == b.size }
