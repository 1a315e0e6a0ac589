package conn

import (
	"context"
	"errors"
	"net"
	"strconv"

	"example.com/godwit/internal/dial"
	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// HTTP makes a connection to a host: "name", "name:port", "[::1]" or "[::1]:8080", without
// user info. The name may be an international one. Nothing is opened yet: the first request
// does that, and so does every request after the connection was closed. [Conn.Connect] does
// it at once.
//
// The error is an [ErrInvalidURL].
func HTTP(host string, opt Options) (*Conn, error) { return newOpener(host, opt, HTTPPort, false) }

// HTTPS is HTTP with TLS, on port 443 unless another is given. The server's certificate is
// checked, and so is that it is the host's.
func HTTPS(host string, opt Options) (*Conn, error) { return newOpener(host, opt, HTTPSPort, true) }

// An opener opens the sockets of a Conn.
type opener struct {
	Options
	whom    authority
	def     string  // the port that goes without saying
	secure  bool    // with TLS
	opened  bool    // once, at the least
	tunnel  *tunnel // nil: directly
	through *Response
}

func newOpener(host string, opt Options, port int, secure bool) (*Conn, error) {
	o := &opener{Options: opt, def: strconv.Itoa(port), secure: secure}
	var err error
	if o.whom, err = parseAuthority(host, opt.Port, o.def); err != nil {
		return nil, err
	}
	c := &Conn{dial: o}
	c.link = &c.first
	c.link.init()
	c.hand = newHand(opt.exchange(), schemeOf(secure), o.hostField())
	return c, nil
}

// server returns whom the requests are for: behind the tunnel, if there is one.
func (o *opener) server() authority {
	if o.tunnel != nil {
		return o.tunnel.whom
	}
	return o.whom
}

func (o *opener) hostField() string { return o.server().field(o.def) }

// Connect opens the connection, unless it is open; one that is idle, and that the server has
// given up, is opened anew. A request does so by itself; Connect is for who wants to know
// beforehand, and for a connection with [Options.NoReopen].
//
// An error is an [Error] of one of the phases DNS, Connect and TLS; it wraps a [TunnelError] if
// a proxy refused, a [*tlserr.Error] if TLS failed. On a connection that was made by [New] it
// wraps [ErrNotConnected] if that is closed, and [ErrStale] if the server has given it up.
func (c *Conn) Connect(ctx context.Context) error {
	switch l := c.link; {
	case l.closed.Load():
		if c.dial != nil {
			c.endPut()
			c.renew()
		}
	case l.nc == nil:
	case l.machine.Client != h1.Idle && !c.hand.putting(), l.usable():
		return nil
	case c.dial == nil:
		l.giveUp()
		return &Error{Phase: trace.Connect, Addr: l.addr(), Err: ErrStale}
	default:
		if err := c.replace(l); err != nil {
			return &Error{Phase: trace.Connect, Addr: l.addr(), Err: err}
		}
	}
	var id uint64
	if c.hand != nil && c.hand.opt.Tracer != nil {
		id = trace.NextID()
	}
	return c.open(ctx, id)
}

// ready is Connect on behalf of a request, whose number for the tracer is id.
func (c *Conn) ready(ctx context.Context, id uint64) error {
	switch {
	case !c.link.closed.Load() && c.link.nc != nil:
		return nil
	case !c.mayOpen():
		return &Error{Phase: trace.Connect, Addr: c.link.addr(), Err: ErrNotConnected}
	case c.link.closed.Load():
		c.endPut()
		c.renew()
	}
	return c.open(ctx, id)
}

// endPut ends a request that was begun before Close, and that nobody has been sent.
func (c *Conn) endPut() {
	if c.hand.putting() {
		_ = c.hand.fault(c, ErrNotConnected)
	}
}

// mayOpen reports whether a request may open the connection by itself.
func (c *Conn) mayOpen() bool { return c.dial != nil && !(c.dial.NoReopen && c.dial.opened) }

// renew puts a new link in place of one that is closed.
func (c *Conn) renew() {
	fresh := c.link.successor()
	c.mu.Lock()
	c.link = fresh
	c.mu.Unlock()
}

// replace puts a new link in place of one that was found to be of no use. Close comes before
// that, and the error is ErrNotConnected, or after it, and closes the new one.
func (c *Conn) replace(old *link) error {
	fresh := old.successor()
	if c.hand.putting() {
		fresh.machine = old.machine // the request goes on there
	}
	old.giveUp()
	c.mu.Lock()
	defer c.mu.Unlock()
	if old.shut {
		return ErrNotConnected
	}
	c.link = fresh
	return nil
}

// open opens a socket for the link, which has none yet.
func (c *Conn) open(ctx context.Context, id uint64) error {
	o := c.dial
	if o == nil {
		return &Error{Phase: trace.Connect, Addr: c.link.addr(), Err: ErrNotConnected}
	}
	if err := trace.Ended(ctx); err != nil {
		return &Error{Phase: trace.DNS, Addr: o.whom.String(), Err: err}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := c.beginOpening(cancel); err != nil {
		return err
	}
	nc, err := o.open(ctx, c.hand, id)
	if e, ok := errors.AsType[*Error](err); ok && e.Limit > 0 {
		e.Setting = c.hand.opt.setting(e.Phase)
	}
	return c.endOpening(nc, err)
}

// beginOpening and endOpening let Close, which may come from another goroutine at any moment,
// end the opening in between.
func (c *Conn) beginOpening(cancel context.CancelFunc) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link.closed.Load() {
		return c.closedMeanwhile()
	}
	c.opening = cancel
	return nil
}

func (c *Conn) endOpening(nc net.Conn, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opening = nil
	switch {
	case c.link.closed.Load():
		if nc != nil {
			nc.Close()
		}
		return c.closedMeanwhile()
	case err != nil:
		return err
	}
	c.dial.opened = true
	c.link.join(nc)
	c.link.name = c.dial.server().String()
	return nil
}

func (c *Conn) closedMeanwhile() error {
	return &Error{Phase: trace.Connect, Addr: c.dial.whom.String(), Err: ErrNotConnected}
}

// open opens a socket, through the tunnel and with TLS if that is asked for.
func (o *opener) open(ctx context.Context, h *hand, id uint64) (net.Conn, error) {
	o.through = nil
	x := &dial.Exchange{Limits: h.opt.Limits, Tracer: h.opt.Tracer, ID: id}
	d := dial.Dialer{Dial: o.Dial, Source: o.SourceAddress}
	nc, err := d.DialContext(ctx, o.whom.host, o.whom.port, x)
	if err != nil {
		return nil, err
	}
	if o.tunnel != nil {
		if err := o.dig(ctx, nc, h); err != nil {
			return nil, err
		}
	}
	if !o.secure {
		return nc, nil
	}
	server := o.server()
	tc, err := dial.Handshake(ctx, nc, dial.ClientConfig(o.TLS, server.host), server.String(), x)
	if err != nil {
		return nil, err // and not a *tls.Conn that is nil
	}
	return tc, nil
}

// exchangeOptions are those of RoundTrip.
func (c *Conn) exchangeOptions() *ExchangeOptions {
	if c.hand == nil {
		return &plainOptions
	}
	if c.hand.opt.Tracer == nil {
		return &c.hand.opt
	}
	opt := c.hand.opt
	opt.ID = trace.NextID()
	return &opt
}

// plainOptions are those of a connection made by New.
var plainOptions ExchangeOptions
