// Connections of HTTP/3 that are opened while a request waits for them, or does not wait any longer.

package transport

import (
	"cmp"
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"example.com/godwit/trace"
)

// connect finds a connection for the request: one that is there, or one that is opened in time. What
// comes too late is kept for others.
func (b *beside) connect() (grant, error) {
	r := b.r
	over := *r
	if b.place != (place{}) {
		over.key = r.key.at(b.place)
		if g, ok := r.t.pool.spare(&over.key); ok {
			return over.use(g)
		}
	}
	if b.slow && !b.patient {
		b.late = true
		return grant{}, &Error{Phase: trace.Connect, Addr: r.key.addr(), Err: errLate}
	}
	s := b.seek(&over)
	var late <-chan time.Time
	if !b.patient {
		timer := time.NewTimer(cmp.Or(r.t.HTTP3HeadStart, 300*time.Millisecond))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case f := <-s.found:
		return b.take(&over, s, f)
	case <-r.ctx.Done():
		s.leave(true)
		return grant{}, &Error{Phase: trace.Connect, Addr: r.key.addr(), Err: trace.Ended(r.ctx)}
	case <-late:
		b.late = true
		s.leave(false)
		if b.place != (place{}) {
			r.t.alternatives.slow(&r.key, b.place)
		}
		return grant{}, &Error{Phase: trace.Connect, Addr: r.key.addr(), Err: errLate}
	}
}

// take makes what has been found the request's.
func (b *beside) take(over *trip, s *search, f found) (grant, error) {
	r := b.r
	if f.panicked != nil {
		closeBody(r.req)
		panic(f.panicked) // where the caller can recover from it
	}
	if r.timings != nil {
		for p := range trace.Phase(trace.NumPhases) {
			r.timings.Add(p, s.r.timings.Of(p))
		}
	}
	b.place = f.place
	if f.err != nil {
		return grant{}, f.err
	}
	over.chosen(f.grant)
	return f.grant, nil
}

// spare returns a seat on a connection that is there, if there is one.
func (p *pool) spare(k *key) (g grant, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hosts[*k]
	if h == nil || p.closed {
		return grant{}, false
	}
	return p.seat(h, 0)
}

// A search is for a connection of HTTP/3. It goes on when the request has left, and ends with the
// limits of its phases, or when idle connections are closed.
type search struct {
	r      trip // as the request's, but that nothing is told of it once it has been left
	tcp    *key // what is known of the origin is kept under
	place  place
	cancel context.CancelFunc
	tracer *gate // nil: there is none
	found  chan found
	left   chan struct{}
	alone  bool // it has been left. Guarded by searches.mu
}

// searches are those of a Transport that are under way.
type searches struct {
	mu     sync.Mutex // guards the following
	all    map[*search]struct{}
	closed bool
}

func (a *searches) add(s *search) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		s.cancel()
		return
	}
	if a.all == nil {
		a.all = make(map[*search]struct{})
	}
	a.all[s] = struct{}{}
}

func (a *searches) remove(s *search) {
	a.mu.Lock()
	delete(a.all, s)
	a.mu.Unlock()
}

func (a *searches) leave(s *search) {
	a.mu.Lock()
	s.alone = true
	a.mu.Unlock()
}

// end ends those that nobody waits for, or, if the Transport is closed, all of them.
func (a *searches) end(closed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = a.closed || closed
	for s := range a.all {
		if s.alone || a.closed {
			s.cancel()
		}
	}
}

// found is what has come of a search.
type found struct {
	grant    grant
	place    place
	err      error
	panicked any // what somebody else's code did
}

// seek begins a search.
func (b *beside) seek(over *trip) *search {
	tcp := b.r.key
	s := &search{r: *over, tcp: &tcp, place: b.place, found: make(chan found), left: make(chan struct{})}
	s.r.report, s.r.client, s.r.timings = nil, nil, &trace.Timings{}
	if t := s.r.opt.Tracer; t != nil {
		s.tracer = &gate{to: t}
		own := *s.r.opt
		own.Tracer = s.tracer
		s.r.opt = &own
	}
	s.r.ctx, s.cancel = context.WithCancel(context.WithoutCancel(b.r.ctx))
	all := &b.r.t.searches
	all.add(s)
	go func() { // ends with the limits of its phases, or when it is cancelled
		defer s.cancel()
		defer all.remove(s)
		s.run()
	}()
	return s
}

// leave ends the wait for a search. end has the search end too.
func (s *search) leave(end bool) {
	if s.tracer != nil {
		s.tracer.shut()
	}
	close(s.left)
	s.r.t.searches.leave(s)
	if end {
		s.cancel()
	}
}

// run searches, and hands over what it finds; or gives it back, if nobody is there to take it.
func (s *search) run() {
	f := s.try()
	select {
	case s.found <- f:
	case <-s.left:
		if f.panicked != nil {
			panic(f.panicked) // nobody is there to hear of it
		}
		if f.err == nil {
			s.r.giveBack(f.grant)
		}
	}
}

func (s *search) try() (f found) {
	defer func() { f.panicked = recover() }()
	f.grant, f.err = s.connect()
	f.place = s.place
	if s.place == (place{}) {
		return f
	}
	a := &s.r.t.alternatives
	switch {
	case f.err == nil:
		a.worked(s.tcp, s.place)
	case s.r.ctx.Err() != nil, errors.Is(f.err, ErrClosed), errors.Is(f.err, errBroken), isBlocked(f.err):
		a.dropped(s.tcp, s.place)
	default:
		a.failed(s.tcp, s.place, time.Now())
	}
	return f
}

// isBlocked reports whether it is the bounds of the pool that are in the way.
func isBlocked(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Phase == trace.Blocked
}

// connect looks for a place, if none is known, and for a connection to it.
func (s *search) connect() (grant, error) {
	r := &s.r
	if s.place == (place{}) {
		if err := s.ask(); err != nil {
			return grant{}, &Error{Phase: trace.DNS, Addr: s.tcp.host, Err: err}
		}
		r.key = s.tcp.at(s.place)
	}
	g, err := r.grant(0)
	if err != nil {
		return grant{}, err
	}
	if err := r.guardPeer(g.conn); err != nil {
		r.giveBack(g)
		return grant{}, err
	}
	if g.conn != nil {
		return g, nil
	}
	if g.waited && r.t.alternatives.isBroken(s.tcp, s.place, time.Now()) {
		r.t.pool.forsake(g.host, true) // for all who have waited with us
		return grant{}, &Error{Phase: trace.Connect, Addr: r.key.addr(), Err: errBroken}
	}
	return r.openHTTP3(g.host)
}

// ask asks the DNS for a place. Many who ask at once share the answer.
func (s *search) ask() error {
	a := &s.r.t.alternatives
	for {
		p := a.pick(s.tcp, place{}, time.Now())
		if s.place = p.place; p.ok {
			return nil
		}
		if !p.unknown {
			return errUnlisted
		}
		answered, first := a.ask(s.tcp)
		if first {
			s.lookUp(answered)
			continue
		}
		select {
		case <-answered:
		case <-s.r.ctx.Done():
			return s.r.ctx.Err()
		}
	}
}

// lookUp asks the DNS. An error is as good as no answer, and no reason to ask again soon.
func (s *search) lookUp(answered chan struct{}) {
	r := &s.r
	a := &r.t.alternatives
	defer a.asked(s.tcp, answered)
	ctx := r.ctx
	if limit := r.opt.Limits.Of(trace.DNS); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, os.ErrDeadlineExceeded)
		defer cancel()
	}
	name := s.tcp.host
	if s.tcp.port != "443" { // RFC 9460 9.1
		name = "_" + s.tcp.port + "._https." + name
	}
	records, err := r.route.Resolver.(HTTPSResolver).LookupHTTPS(ctx, name)
	if err != nil {
		records = nil
	}
	a.list(s.tcp, records, r.verifies(), time.Now())
}

// A gate keeps what is told from a tracer, once it is shut.
type gate struct {
	mu     sync.Mutex // held while the tracer is told
	to     trace.Tracer
	isShut bool
}

// Trace tells the tracer.
func (g *gate) Trace(ctx context.Context, ev trace.Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.isShut {
		g.to.Trace(ctx, ev)
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	g.isShut = true
	g.mu.Unlock()
}
