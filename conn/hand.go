package conn

import (
	"context"
	"errors"
	"net/http/httptrace"
	"strconv"
	"strings"

	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// A hand is what a Conn needs for requests that are put together step by step, and goes from
// one to the next.
type hand struct {
	x       *Exchange   // the request that is put, or waits for its response; nil: none does
	head    headFacts   // what its fields say so far
	late    *StateError // the first step out of turn, which Response returns
	err     error       // why it cannot go on: what every later step returns
	left    int64       // bytes of its body to come, -1: it is chunked
	sent    int         // bytes of its body since listen has looked
	held    bool        // work.out holds what has not been sent
	traced  bool        // opt has a tracer
	listens bool        // err is not the last word: the server has answered, or may have
	block   int32       // see Body, as most
	most    int64

	pre    []byte // the lines that requests begin with as a rule
	shove  *shove
	answer h1.ResponseHead // the memory of res
	bodies []Body          // for responses to come
	res    Response

	host string // the value of Host, if the request names no other
	base string // what URLs begin with

	opt    ExchangeOptions
	bounds *h1.Bounds // opt's, with defaults filled in
}

func newHand(opt ExchangeOptions, scheme, host string) *hand {
	h := &hand{opt: opt, bounds: withDefaults(opt.Bounds), traced: opt.Tracer != nil}
	h.most, h.block = opt.maxBody, int32(min(opt.blockSize, 1<<30))
	h.setHost(scheme, host)
	return h
}

func (h *hand) setHost(scheme, host string) {
	h.host, h.base = host, scheme+"://"+host
	h.pre = []byte("Host: " + host + "\r\nAccept-Encoding: identity\r\n")
}

// byHand returns c's hand. A connection made by New gets one when it is first needed.
func (c *Conn) byHand() *hand {
	if c.hand == nil {
		c.hand = newHand(plainOptions, schemeOf(c.link.tls != nil), hostOf(c.link))
	}
	return c.hand
}

// hostOf returns the value of Host for a server of which only the address is known. One that
// has none, behind a pipe or a unix socket, is called localhost.
func hostOf(l *link) string {
	addr := addrPort(l.nc.RemoteAddr())
	if !addr.IsValid() {
		return "localhost"
	}
	return authority{addr.Addr().Unmap().String(), strconv.Itoa(int(addr.Port()))}.field(defaultPort(schemeOf(l.tls != nil)))
}

func schemeOf(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}

// defaultPort returns the port that goes without saying, "" for a scheme that is not ours.
func defaultPort(scheme string) string {
	switch strings.ToLower(scheme) {
	case "http":
		return strconv.Itoa(HTTPPort)
	case "https":
		return strconv.Itoa(HTTPSPort)
	}
	return ""
}

// urlOf returns the URL of a request to the server that base names.
func urlOf(base, method, target string) string {
	switch {
	case method == "CONNECT", isAbsolute(target):
		return target
	case target == "*":
		return base
	case target[0] != '/': // the server makes of it what it wants; to us it is no part of the host
		return base + "/" + target
	}
	return base + target
}

// putting reports whether a request has been begun that nobody has been sent.
func (h *hand) putting() bool { return h != nil && h.x != nil && h.x.conn == nil }

// begin begins a request: from here on h.x is there.
func (c *Conn) begin(ctx context.Context, step, method, target string) (*hand, error) {
	h := c.byHand()
	h.forget(c)
	if !c.link.closed.Load() {
		c.link.giveUpEnded()
	}
	if c.link.closed.Load() {
		if !c.mayOpen() {
			return h, h.fault(c, &Error{Phase: trace.Connect, Addr: c.link.addr(), Err: ErrNotConnected})
		}
		c.renew()
	}
	client := httptrace.ContextClientTrace(ctx) // which panics before anything is begun, if ctx is nil
	if c.link.machine.Step(h1.PutRequest) != nil {
		return h, h.outOfTurn(c, step)
	}
	x := newExchange()
	x.hand, x.ctx, x.opt = h, ctx, &h.opt
	x.bounds = h.bounds
	x.phase = trace.Send
	x.method, x.target = method, target
	x.client = client
	if x.told = h.traced; h.traced {
		if h.opt.debug != nil {
			h.opt.debug.forget()
		}
		h.opt.ID = trace.NextID()
		opt := h.opt // the next exchange has another number
		x.opt = &opt
	}
	x.head = &h.answer
	h.x, h.head, h.left, h.held, h.sent = x, headFacts{}, 0, true, 0
	h.late = nil
	h.res.Informational = nil
	return h, nil
}

// giveUpEnded closes a body for the rest of which nobody has come since its context ended.
func (c *link) giveUpEnded() {
	if x := c.x; x != nil && x.given != nil && trace.Ended(x.ctx) != nil {
		x.given.Close()
	}
}

// forget drops what has become of a request that went wrong before, whose error has been
// returned.
func (h *hand) forget(c *Conn) {
	if h.x != nil && h.listens {
		h.x.fail(h.err)
	}
	h.err, h.listens = nil, false
	if h.x != nil && (h.cutOff(c) || trace.Ended(h.x.ctx) != nil) {
		h.abandon(c) // by Close, or by its context
	}
}

// cutOff reports whether the connection of the request that is put has been closed, or is
// another's by now.
func (h *hand) cutOff(c *Conn) bool {
	return c.link.closed.Load() || h.x.conn != nil && h.x.conn != c.link
}

// abandon gives up the request that is put. If it has reached nobody, the connection is as it
// was before.
func (h *hand) abandon(c *Conn) {
	x := h.x
	h.x = nil
	if x.conn == nil {
		if !c.link.closed.Load() {
			c.link.machine = h1.NewMachine()
		}
		x.recycle()
		return
	}
	x.finish(&Error{Phase: x.phase, Addr: x.conn.addr(), Sent: x.sent, Err: ErrNotConnected})
}

// fault notes that the request cannot go on, and returns err as an [Error]. What has been sent
// of it is of no use to anybody, so that its connection is closed; if nothing has, that is
// fit for another.
func (h *hand) fault(c *Conn, err error) error {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Phase: trace.Send, Addr: c.link.addr(), Err: err}
		if h.x != nil {
			e.Sent, e.Answered = h.x.sent, h.x.answered
		}
	}
	h.err = e
	switch x := h.x; {
	case x == nil:
	case x.conn == nil:
		h.abandon(c)
	default:
		x.finish(e) // which lets go of h.x
	}
	return e
}

// broken notes that the socket would not take the request. The server may have answered, so
// that Response listens.
func (h *hand) broken(err error) error {
	h.err, h.listens = h.x.phaseError(trace.Send, err), true
	h.x.wroteRequest(h.err)
	return h.err
}

// outOfTurn returns the error of a step that has no place now. It has no effect; but who does
// not look at it will hear of it from Response.
func (h *hand) outOfTurn(c *Conn, step string) error {
	err := c.outOfTurn(step)
	if h.late == nil {
		h.late = err
	}
	return err
}

// outOfTurn returns that error. On a connection that is closed, and opens by itself, a request
// has its turn.
func (c *Conn) outOfTurn(step string) *StateError {
	err := c.link.machine.OutOfTurn(step)
	if c.link.closed.Load() && c.mayOpen() {
		fresh := h1.NewMachine()
		err.Expected = fresh.OutOfTurn(step).Expected
	}
	return err
}

// step takes a step of a request that is being put.
func (c *Conn) step(e h1.Event, name string) (*hand, error) {
	h := c.byHand()
	switch {
	case h.err != nil:
		return h, h.err
	case h.x == nil:
		return h, h.outOfTurn(c, name)
	case h.cutOff(c):
		return h, h.fault(c, ErrNotConnected)
	case c.link.machine.Step(e) != nil:
		return h, h.outOfTurn(c, name)
	}
	return h, nil
}

// flush sends what is held back; the connection is opened if it has to be.
func (h *hand) flush(c *Conn) error {
	if !h.held {
		return nil
	}
	sent, err := 0, error(nil)
	if h.x.conn == nil {
		if sent, err = h.shoveOff(c); err != nil {
			return h.broken(err)
		}
	}
	if err := h.aboard(c); err != nil {
		return err
	}
	x := h.x
	h.held = false
	if rest := x.work.out[sent:]; len(rest) > 0 {
		if _, err := h.writeOut(rest); err != nil {
			return err
		}
	}
	x.work.out = x.work.out[:0]
	return nil
}

// flushAll is flush for a head that nothing follows.
func (h *hand) flushAll(c *Conn) error {
	err := h.flush(c)
	if err == nil {
		h.x.wroteRequest(nil)
	}
	return err
}

// writeOut writes to the socket. What is written first is the head, or begins with it.
func (h *hand) writeOut(p []byte) (int, error) {
	x := h.x
	first := !x.sent
	n, err := x.write(p)
	if err != nil {
		return n, h.broken(err)
	}
	if first {
		x.wroteHeaders()
	}
	return n, nil
}

// shoveOff sends what is held back on a connection that is open and plain, and of which nobody
// is to be told. If that cannot be done so, or the connection is of no use, nothing is.
func (h *hand) shoveOff(c *Conn) (sent int, err error) {
	x, l := h.x, c.link
	if !l.plain || l.socket == nil || l.closed.Load() || h.noted() || trace.Ended(x.ctx) != nil {
		return 0, nil
	}
	useful, n, err := h.lookAndWrite(l, x.work.out)
	if !useful {
		return 0, nil
	}
	l.carry(x)
	x.sent = n > 0
	return n, err
}

// aboard sees to it that the request has a connection.
func (h *hand) aboard(c *Conn) error {
	if h.x.conn != nil {
		return nil
	}
	if err := h.board(c); err != nil {
		return h.fault(c, err)
	}
	return nil
}

// board finds the request a connection: the one there is, if that looks fit, or another.
func (h *hand) board(c *Conn) error {
	x := h.x
	if err := trace.Ended(x.ctx); err != nil {
		return err
	}
	if l := c.link; l.nc != nil && !l.usable() {
		if !c.mayOpen() {
			l.giveUp()
			return ErrStale
		}
		if err := c.replace(l); err != nil {
			return err
		}
	}
	if c.link.nc == nil {
		if err := c.open(x.ctx, x.opt.ID); err != nil {
			return err
		}
	}
	c.link.carry(x)
	if h.opt.Tracer != nil || x.client != nil {
		x.traceHead()
	}
	return nil
}

// guarded takes a step in which somebody else's code may panic (a tracer, a body, a Dial). If
// it does, the request is given up: who recovers from that must not find a connection that
// waits for the rest.
func (h *hand) guarded(c *Conn, step func() error) error {
	whole := false
	defer func() {
		if !whole && h.x != nil {
			h.wreck(c)
		}
	}()
	err := step()
	whole = true
	return err
}

// wreck gives up a request in the middle of a step.
func (h *hand) wreck(c *Conn) {
	x := h.x
	h.x, h.err, h.listens = nil, &Error{Phase: x.phase, Sent: x.sent, Err: errPanicked}, false
	if x.conn != nil {
		x.drop()
	} else if !c.link.closed.Load() {
		c.link.machine = h1.NewMachine()
	}
}

var errPanicked = errors.New("a step of the request has panicked")

// gotInterim keeps a 1xx.
func (h *hand) gotInterim(head *h1.ResponseHead) {
	h.res.Informational = append(h.res.Informational, Informational{
		Status: head.Code, Reason: head.Reason, Fields: append(Fields(nil), head.Fields...),
	})
}
