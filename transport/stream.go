package transport

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A stream is an exchange over a connection that carries many. It is the context of the request
// that the connection is given, so that it can be broken off whoever wants that: the caller's
// context, or a limit. When RoundTrip has returned, it is the caller's hold on it, too: the
// response's body (see download).
//
// Hooks of the connection run on goroutines of its own, at any time, be it when all is over.
type stream struct {
	context.Context // the caller's, but for Done, Err and Value

	c       *pooled
	opt     *conn.ExchangeOptions
	client  *httptrace.ClientTrace // the caller's hooks; nil: none
	hooks   httptrace.ClientTrace  // ours, which call the caller's
	timings *trace.Timings         // nil: nobody measures
	reused  bool
	isHead  bool          // the request is a HEAD
	shown   *shown        // what tracers are told of the request; nil: there is none
	wrote   chan struct{} // closed when its head has been written; nil: nobody wants to know
	up      *upload       // its body; nil: none
	stop    func() bool   // takes back the watch of the caller's context; nil: there is none
	done    chan struct{} // closed when it is broken off

	id       atomic.Uint32 // of the stream, once it has been opened
	sent     atomic.Bool   // its head has been written
	answered atomic.Bool   // something of a response has come
	final    atomic.Bool   // so has the final one's head
	interim  int           // how many responses before the final one. The connection's reader's

	sendBy, recvBy atomic.Int64 // until when to wait for what, in ticks; or noTime
	byClock        links[stream]

	reading sync.Mutex // held while the response's body is read. Guards the following
	res     *http.Response
	inner   io.ReadCloser // what the connection has given as body
	count   int64         // bytes of it
	expect  int64         // how many there will be; -1: nobody knows
	last    error         // what Read returns when all is over; nil: it is not

	mu     sync.Mutex // guards the following
	cause  error      // why it was broken off; nil: it was not
	spoilt error      // what was wrong with the request's body; nil: nothing
	over   bool
	phase  trace.Phase
	since  int64                          // when the phase began
	took   [trace.NumPhases]time.Duration // by the phases

	telling sync.Mutex // held while a tracer is told, so that nobody is told anything after Done
	told    bool       // Done
}

// newStream prepares an exchange over a connection.
func (r *trip) newStream(g grant) *stream {
	s := &stream{
		Context: r.ctx, c: g.conn, opt: r.opt, client: r.client, timings: r.timings,
		reused: g.reused, isHead: r.req.Method == "HEAD", done: make(chan struct{}), phase: trace.Send, since: ticks(),
	}
	if s.client != nil {
		s.hooks = *s.client
	}
	s.hooks.WroteHeaders = s.wroteHeaders
	s.hooks.Got1xxResponse = s.gotInterim
	if s.opt.Tracer != nil {
		s.shown, s.wrote = &shown{method: r.req.Method, url: r.req.URL}, make(chan struct{})
		s.hooks.WroteHeaderField = s.wroteField
	}
	s.sendBy.Store(noTime)
	s.recvBy.Store(noTime)
	return s
}

// Done is closed when the exchange is broken off.
func (s *stream) Done() <-chan struct{} { return s.done }

// Err says that it was.
func (s *stream) Err() error {
	select {
	case <-s.done:
		return context.Canceled
	default:
		return nil
	}
}

// Value has the hooks of the exchange in place of the caller's.
func (s *stream) Value(key any) any {
	if key == hooksKey() {
		return &s.hooks
	}
	return s.Context.Value(key)
}

// hooksKey returns what package httptrace asks contexts for hooks by.
var hooksKey = sync.OnceValue(func() any {
	c := &asked{Context: context.Background()}
	httptrace.ContextClientTrace(c)
	return c.key
})

// asked is a context that notes what it is asked for.
type asked struct {
	context.Context
	key any
}

func (c *asked) Value(key any) any {
	c.key = key
	return nil
}

// begin starts to watch over the exchange.
func (s *stream) begin() {
	if s.opt.Tracer != nil {
		s.emit(trace.PhaseStart{Exchange: s.opt.ID, Phase: trace.Send})
	}
	s.c.many.clock.add(s)
	s.limit(&s.sendBy, trace.Send)
	if s.Context.Done() != nil {
		s.stop = context.AfterFunc(s.Context, s.contextEnded)
	}
}

// limit sets a deadline to the limit of a phase from now.
func (s *stream) limit(by *atomic.Int64, p trace.Phase) {
	limit := s.opt.Limits.Of(p)
	if p == trace.Receive && s.opt.Limits.Receive == 0 && s.opt.Streaming != nil && s.opt.Streaming.Load() {
		limit = 0
	}
	if limit <= 0 {
		by.Store(noTime)
		return
	}
	at := ticks() + int64(min(limit, longest))
	by.Store(at)
	s.c.many.clock.expect(at)
}

// longest is more than a program runs, and little enough to be added to.
const longest = 100 * 365 * 24 * time.Hour

// deadline returns when the exchange will be late.
func (s *stream) deadline() int64 { return min(s.sendBy.Load(), s.recvBy.Load()) }

// late breaks off an exchange that is late, and has the connection prove that it lives before
// any other begins on it.
func (s *stream) late(now int64) {
	s.mu.Lock()
	phase := s.phase
	switch {
	case s.sendBy.Load() <= now:
		phase = trace.Send
	case s.recvBy.Load() > now:
		s.mu.Unlock()
		return // it has gone on meanwhile
	}
	s.mu.Unlock()
	e := &Error{Phase: phase, Limit: s.opt.Limits.Of(phase), Setting: phase.Setting(), Err: os.ErrDeadlineExceeded}
	if s.breakOff(e) {
		if d, ok := s.c.many.ClientConn.(doubter); ok {
			d.doubt()
		}
	}
}

// A doubter is a ClientConn that can be doubted: it takes no new exchange until its server has
// been heard of.
type doubter interface{ doubt() }

func (s *stream) contextEnded() { s.breakOff(trace.Ended(s.Context)) }

// breakOff ends the exchange from our side, and reports whether it has not been over.
func (s *stream) breakOff(cause error) bool {
	s.sendBy.Store(noTime)
	s.recvBy.Store(noTime)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.cause != nil {
		return false
	}
	s.cause = cause
	close(s.done)
	if s.final.Load() && !s.allSent() {
		// Who reads the request's body for the connection does not look at us meanwhile.
		go s.inner.Close() // which waits for nobody but who is writing
	}
	return true
}

// enter begins a phase, unless it or a later one has begun.
func (s *stream) enter(p trace.Phase) {
	if s.opt.Tracer != nil {
		s.telling.Lock()
		defer s.telling.Unlock()
	}
	s.mu.Lock()
	old := s.phase
	if s.over || p <= old {
		s.mu.Unlock()
		return
	}
	s.measure()
	s.phase = p
	s.mu.Unlock()
	if s.opt.Tracer != nil && !s.told {
		s.opt.Tracer.Trace(s.Context, trace.PhaseDone{Exchange: s.opt.ID, Phase: old})
		s.opt.Tracer.Trace(s.Context, trace.PhaseStart{Exchange: s.opt.ID, Phase: p})
	}
}

// measure adds the time since the phase began to what it took. s.mu is held.
func (s *stream) measure() {
	now := ticks()
	s.took[s.phase] += time.Duration(now - s.since)
	s.since = now
}

// emit tells the tracer, of which there is one.
func (s *stream) emit(ev trace.Event) {
	s.telling.Lock()
	defer s.telling.Unlock()
	if !s.told {
		s.opt.Tracer.Trace(s.Context, ev)
	}
}

// finish ends the exchange: the connection has one less. err is why it ended before its time, nil
// if it did not.
func (s *stream) finish(err error) {
	m := s.c.many
	m.clock.remove(s)
	s.mu.Lock()
	s.over = true
	s.measure()
	if s.cause == nil && !s.allSent() {
		close(s.done) // there is a body still on its way, or waiting to be asked for
	}
	s.mu.Unlock()
	if s.stop != nil {
		s.stop()
	}
	if counts, ok := m.ClientConn.(interface{ ended() }); ok {
		counts.ended()
	}
	defer s.c.pool.unseat(s.c)
	if t := s.timings; t != nil {
		for p, d := range s.took {
			t.Add(trace.Phase(p), d)
		}
	}
	if s.opt.Tracer == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.told = true
	s.opt.Tracer.Trace(s.Context, trace.PhaseDone{Exchange: s.opt.ID, Phase: s.phase, Err: err})
	done := trace.Done{Exchange: s.opt.ID, Call: s.opt.Call, Err: err}
	if s.timings != nil {
		done.Timings = *s.timings
	}
	s.opt.Tracer.Trace(s.Context, done)
}
