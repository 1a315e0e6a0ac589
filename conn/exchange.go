package conn

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync/atomic"
	"time"

	"example.com/godwit/internal/dial"
	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// An Exchange is one request, ready to be sent, and what becomes of it.
type Exchange struct {
	work work // memory, the only thing that outlasts the exchange: see recycle
	course
	first firstRead
}

// A course is what an exchange goes through. What each one by hand needs comes first: see link.
type course struct {
	conn   *link
	hand   *hand // that puts the request; nil: req it is
	opt    *ExchangeOptions
	ctx    context.Context
	bounds *h1.Bounds    // opt's, with defaults filled in
	sender *sender       // sends the body beside us; nil: nobody does
	req    *http.Request // nil: the request is put by hand
	client *httptrace.ClientTrace
	stop   func() bool      // takes back the waking at the end of ctx; nil: nothing to take back
	head   *h1.ResponseHead // of the response
	given  *Body            // what the caller has of the response; nil: nothing yet

	inDo     bool // Do is under way
	settled  bool // Do has come to an end that is not the exchange's
	over     bool // the connection is given back
	watched  bool // conn.standing watches ctx
	letGo    bool // hand has another by now, or none
	endless  bool // its response is an event stream. By hand; otherwise res says it
	unsent   bool // what is to be sent goes out with the first read
	close    bool // either side wants the connection closed afterwards
	reused   bool // the connection had carried an exchange before
	sent     bool // something of the request was written
	answered bool // something of a response has come
	ahead    bool // head is the final one
	sending  bool // the sender is at work: no limit on waiting. Guarded by conn.mu, as phase is
	unheard  bool // the sender could not send all of the body. Guarded likewise
	phase    trace.Phase
	armed    bool // one deadline is set for several reads. Guarded by conn.mu
	told     bool // somebody traces, or measures
	plan     bodyPlan

	method, target string
	framing        h1.Framing
	body           h1.Body

	interim    int // how many heads came before the final one
	headLen    int // of what is to be sent first, without a body
	bodyClosed atomic.Bool
	since      int64          // when the phase began, in ticks, if somebody measures
	timings    *trace.Timings // nil: nobody measures
	res        *response      // of req; nil: there is none yet
}

// closeBody closes the request's body, once, whoever calls it first.
func (x *Exchange) closeBody() {
	if x.req == nil {
		return
	}
	if p, ok := x.plan.body.(*probedBody); ok && p.probing() {
		wait(x.abandonBody())
	} else if b := x.requestBody(); b != nil && !x.bodyClosed.Swap(true) {
		b.Close()
	}
}

// requestBody returns the body that has to be closed, nil if there is none.
func (x *Exchange) requestBody() io.Closer {
	if x.req == nil || x.req.Body == nil {
		return nil
	}
	return x.req.Body
}

// abandonBody is closeBody while somebody may be reading. There are bodies whose Close waits
// for that, those of a server's requests among them, which a proxy hands on; so it is called
// beside us. The channel is closed when it has returned.
func (x *Exchange) abandonBody() <-chan struct{} {
	closed, b := make(chan struct{}), x.requestBody()
	if b == nil || x.bodyClosed.Swap(true) {
		close(closed)
		return closed
	}
	go func() { // ends with the Read under way at the latest
		defer close(closed)
		b.Close()
	}()
	return closed
}

// do is Conn.Do.
func (c *link) do(x *Exchange) (*http.Response, error) {
	if err := c.machine.Step(h1.PutRequest); err != nil {
		x.Discard()
		return nil, err
	}
	x.inDo = true
	defer x.leaveDo()
	c.carry(x)
	err := x.send()
	if err == nil {
		var res *http.Response
		if res, err = x.receive(); err == nil {
			x.settled = true
			return res, nil
		}
	}
	if err == ErrStale {
		x.detach()
		x.settled = true
		return nil, err
	}
	return nil, x.fail(err)
}

// carry begins an exchange on the connection.
func (c *link) carry(x *Exchange) {
	x.conn, c.x = c, x
	x.reused, c.used = c.used, true
	x.work.in.Reset((*reader)(c))
	c.watch(x)
	if x.told {
		x.since = ticks()
	}
}

// leaveDo is the end of Do, be it by a panic: hooks, tracers and bodies are other people's
// code, and whoever recovers from what they do must not find a connection missing.
func (x *Exchange) leaveDo() {
	x.inDo = false
	switch {
	case x.over:
		x.recycle()
	case x.settled:
		x.settled = false
	default:
		x.drop()
	}
}

// drop breaks an exchange off in the middle. Its memory is not used again: who knows who has
// it.
func (x *Exchange) drop() {
	if x.sender != nil {
		x.sender.stop()
	} else {
		x.closeBody()
	}
	x.loseConn()
}

// detach takes an exchange, of which nothing has been sent, off a connection that is of no
// use.
func (x *Exchange) detach() {
	x.loseConn()
	x.conn, x.phase = nil, trace.Send
}

// loseConn ends the connection of an exchange that goes on without it, or not at all. A sender
// that was left behind has still to do with x.
func (x *Exchange) loseConn() {
	c := x.conn
	x.unwatch()
	c.endWatch()
	_ = c.machine.Step(h1.SawClose)
	c.kill()
	c.x = nil
	if x.hand != nil && !x.letGo {
		x.hand.x = nil
	}
	if c.keeper != nil {
		_ = c.keeper.Keep(false)
	}
}

// fail ends an exchange that went wrong before it had a response, and says how.
func (x *Exchange) fail(err error) *Error {
	e := x.phaseError(x.phase, err)
	if x.sender == nil {
		x.closeBody()
	} else if sent := x.sender.failure(); sent != nil && trace.Ended(x.ctx) == nil {
		e = sent // why there was no answer
	}
	x.finish(e)
	return e
}

// phaseError says what went wrong in a phase. It asks the context first: what a wait that
// was cancelled returns is an accident.
func (x *Exchange) phaseError(phase trace.Phase, err error) *Error {
	e := &Error{Phase: phase, Addr: x.conn.addr(), Sent: x.sent, Answered: x.answered, Err: err}
	if cause := trace.Ended(x.ctx); cause != nil {
		e.Err = cause
	} else if x.given != nil && x.given.hangUp.Load() {
		e.Err = http.ErrBodyReadAfterClose
	} else if _, own := err.(*BodyError); own {
		return e // it is about the body, whatever it is
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		e.Limit, e.Setting, e.Err = x.opt.Limits.Of(phase), x.opt.setting(phase), os.ErrDeadlineExceeded
	} else if x.conn.encrypted && dial.IsTLS(err) {
		// In TLS 1.3 the server judges our certificate after the handshake is over for us.
		e.Addr = x.server()
		e.Phase, e.Err = trace.TLS, dial.Failure(x.conn.nc, err, e.Addr, time.Now())
	}
	return e
}

// server returns with whom the exchange is, "host:port": by the name that the request has for it,
// if it is the server at the other end that the request is for.
func (x *Exchange) server() string {
	if !x.opt.ToOrigin || x.req == nil || x.req.URL.Host == "" {
		return x.conn.addr()
	}
	port := x.req.URL.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[x.conn.encrypted]
	}
	return net.JoinHostPort(x.req.URL.Hostname(), port)
}

// finish ends the exchange: the connection is given back, and x itself. err is why it ended
// before its time, nil if it did not.
func (x *Exchange) finish(err error) {
	c := x.conn
	if x.sender == nil {
		x.closeBody()
	} else if !x.sender.join(err == nil) {
		err = cmp.Or(err, errUnsent)
	}
	if !x.unwatch() { // too late for the caller, but c has been woken, or closed
		err = cmp.Or(err, trace.Ended(x.ctx), ErrNotConnected)
	}
	if x.given != nil && !c.stopReading() {
		err = cmp.Or(err, errClosedEarly)
	}
	extra := x.work.in.Buffered() > 0
	c.swollen = c.swollen || c.encrypted && x.body.Count() > swollenAfter
	c.machine.Close = c.machine.Close || x.close
	ok := err == nil && !extra && !c.closed.Load() && !c.aborted.Load() && c.machine.Next()
	if !ok {
		_ = c.machine.Step(h1.SawClose)
		c.endWatch()
		if err != nil {
			c.kill()
		} else {
			c.close()
		}
	}
	c.x = nil
	defer x.giveBack(ok) // whatever the tracer does
	x.traceDone(err)
}

// giveBack gives the connection back, and x itself. ok says that the connection can carry
// another exchange.
func (x *Exchange) giveBack(ok bool) {
	c, client := x.conn, x.client
	if x.given != nil {
		x.given.x, x.given.err = nil, http.ErrBodyReadAfterClose // or what Read says
	}
	if x.hand != nil && !x.letGo {
		x.hand.x = nil
	}
	if x.over = true; !x.inDo {
		x.recycle()
	}
	if c.keeper == nil {
		return
	}
	if err := c.keeper.Keep(ok); ok && client != nil && client.PutIdleConn != nil {
		client.PutIdleConn(err)
	}
}

// traceDone tells who measures and who traces that the exchange is over.
func (x *Exchange) traceDone(err error) {
	if !x.told {
		return
	}
	x.measure()
	if x.opt.Tracer != nil {
		x.emit(trace.PhaseDone{Exchange: x.opt.ID, Phase: x.phase, Err: err})
		done := trace.Done{Exchange: x.opt.ID, Call: x.opt.Call, Err: err}
		if x.timings != nil {
			done.Timings = *x.timings
		}
		x.emit(done)
	}
}

// enter begins a phase, and ends the one before it.
func (x *Exchange) enter(p trace.Phase) {
	if x.phase != p && !x.unsent && x.told {
		x.measure()
		if x.opt.Tracer != nil {
			x.emit(trace.PhaseDone{Exchange: x.opt.ID, Phase: x.phase})
			x.emit(trace.PhaseStart{Exchange: x.opt.ID, Phase: p})
		}
	}
	if x.sender == nil {
		x.phase = p
		return
	}
	x.conn.mu.Lock()
	x.phase = p
	x.conn.mu.Unlock()
}

// measure adds the time since the phase began to its timing.
func (x *Exchange) measure() {
	now := ticks()
	if x.timings != nil {
		x.timings.Add(x.phase, time.Duration(now-x.since))
	}
	x.since = now
}

func (x *Exchange) emit(ev trace.Event) { x.opt.Tracer.Trace(x.ctx, ev) }

// readLimit returns the limit of the next read of the socket. conn.mu is held, if there is a
// sender.
func (x *Exchange) readLimit() time.Duration {
	switch {
	case x.phase == trace.Receive:
		if x.opt.Limits.Receive == 0 && x.opt.Streaming != nil && x.opt.Streaming.Load() {
			return 0
		}
		return x.opt.Limits.Of(trace.Receive)
	case x.unheard:
		return lastWords
	case x.sending:
		return 0 // the request is not over, so that the wait for its answer has not begun
	}
	return x.opt.Limits.Of(trace.Wait)
}

var (
	errUnsent      = errors.New("the response ended before the request did")
	errClosedEarly = errors.New("the response's body was closed before its end")
)
