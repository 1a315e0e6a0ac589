package cli

// What went over the wire, noted while it happened: output shows what was sent and what
// came, never what ought to have been.

import (
	"context"
	"slices"
	"sync"

	"example.com/godwit/trace"
)

// An exchange is one request and what came back.
type exchange struct {
	id       uint64
	request  trace.RequestHead
	sent     []byte // the request's body, if it is wanted
	cut      bool   // sent is not all of it
	interim  []trace.ResponseHead
	response *trace.ResponseHead // nil: none has come
	received []byte              // the body of a redirect, raw, if it is wanted
	trailer  trace.Fields        // what followed the response's body
	done     *trace.Done         // nil: it is not over
}

const (
	// maxSent bounds the request body that is held to be printed.
	maxSent = 64 << 20
	// maxReceived bounds the body of a redirect, which is rarely more than a line.
	maxReceived = 64 << 10
)

// A recorder is a Tracer that notes exchanges. It is safe for concurrent use.
type recorder struct {
	bodies bool                // note request bodies
	hops   bool                // note the bodies of redirects
	warn   func(trace.Warning) // told of warnings
	again  func(trace.Attempt) // told of what is sent again, as --retry says; nil: nobody is

	mu  sync.Mutex // guards the following
	all []*exchange
}

var _ trace.Tracer = (*recorder)(nil)

// Trace notes what is going to be printed. What an event holds of memory that is not its
// own is copied.
func (r *recorder) Trace(_ context.Context, ev trace.Event) {
	if w, ok := ev.(trace.Warning); ok {
		r.warn(w)
		return
	}
	if a, ok := ev.(trace.Attempt); ok && r.again != nil {
		r.again(a)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch ev := ev.(type) {
	case trace.RequestHead:
		ev.Fields = ev.Fields.Clone()
		r.all = append(r.all, &exchange{id: ev.Exchange, request: ev})
	case trace.ResponseHead:
		if x := r.find(ev.Exchange); x != nil {
			ev.Fields = ev.Fields.Clone()
			if ev.Status < 200 && ev.Status != 101 {
				x.interim = append(x.interim, ev)
			} else {
				x.response = &ev
			}
		}
	case trace.Data:
		if x := r.find(ev.Exchange); x != nil {
			r.data(x, ev)
		}
	case trace.Trailer:
		if x := r.find(ev.Exchange); x != nil && !ev.Up {
			x.trailer = ev.Fields.Clone()
		}
	case trace.Done:
		if x := r.find(ev.Exchange); x != nil {
			x.done = &ev
		}
	}
}

func (r *recorder) data(x *exchange, ev trace.Data) {
	switch {
	case ev.Up && r.bodies:
		room := maxSent - len(x.sent)
		x.cut = x.cut || len(ev.P) > room
		x.sent = append(x.sent, ev.P[:min(len(ev.P), room)]...)
	case !ev.Up && r.hops && x.response != nil && x.response.Status/100 == 3:
		room := maxReceived - len(x.received)
		x.received = append(x.received, ev.P[:min(len(ev.P), room)]...)
	}
}

// find returns the exchange of that number, nil if there is none.
func (r *recorder) find(id uint64) *exchange {
	// From the end, for the last is mostly the one.
	for _, x := range slices.Backward(r.all) {
		if x.id == id {
			return x
		}
	}
	return nil
}

// exchanges returns copies of those so far, in their order.
func (r *recorder) exchanges() []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]exchange, len(r.all))
	for i, x := range r.all {
		out[i] = *x
	}
	return out
}
