package conn

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"

	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// Field, Fields and Error are those of package trace.
type (
	// A Field is one header field, in its own letter case.
	Field = trace.Field
	// Fields are header fields in the order of the wire.
	Fields = trace.Fields
	// An Error says in which phase an exchange failed.
	Error = trace.Error
)

// Bounds are how much of a response's head and framing we are ready to take. A field that
// is 0 means its default, a negative one no bound.
type Bounds = h1.Bounds

// A Conn is one connection to one server. Only one exchange can be under way at a time, and
// it is over when its response's body has been read to the end or closed. Close may be
// called from any goroutine, everything else from one at a time.
type Conn struct {
	link *link   // the socket, or what will have one when it is needed
	hand *hand   // of requests that are put step by step; nil: none has been
	dial *opener // opens sockets; nil: there is none but the first

	mu      sync.Mutex         // guards the following, and link, against Close
	opening context.CancelFunc // ends the opening of a socket; nil: none is under way

	first link // the first one, here so that it needs no memory of its own
}

// New makes a Conn of a socket that is open, after its TLS handshake if it has one (a
// *tls.Conn, or anything else with a ConnectionState method, tells how it is encrypted). The
// Conn owns the socket from here on, and has no other: what is closed stays closed. That a
// body which ends with the connection was cut short is noticed over TLS only on the
// connections that this package and package transport open: crypto/tls does not tell it.
func New(nc net.Conn) *Conn {
	c := new(Conn)
	c.link = &c.first
	c.link.init()
	c.link.join(nc)
	return c
}

// Close closes the connection. An exchange that is under way fails, and so does a [Conn.Connect].
// To close it again does nothing. If it was made by [HTTP] or [HTTPS], the next request opens
// another.
func (c *Conn) Close() error {
	c.mu.Lock()
	l, nc := c.link, c.link.nc
	if c.opening != nil {
		c.opening()
	}
	was := l.closed.Swap(true)
	l.shut = true
	c.mu.Unlock()
	l.release()
	if was || nc == nil {
		return nil
	}
	return nc.Close()
}

// Closed reports whether the connection has been closed, by either side or by a failure.
func (c *Conn) Closed() bool { return c.link.closed.Load() }

// Idle reports whether the connection waits for a request.
func (c *Conn) Idle() bool { return c.link.idle() }

// Alive reports whether an idle connection looks fit for another request. It does not wait.
// A connection that the peer has closed is not; neither is one on which something has come
// in, because that would be taken for the answer to the next request.
func (c *Conn) Alive() bool { return c.link.nc != nil && c.link.idle() && c.link.fit() }

// Used reports whether the connection has carried an exchange.
func (c *Conn) Used() bool { return c.link.used }

// Swollen reports whether the connection holds more memory than it needs: crypto/tls keeps
// the buffers that a large response made it grow.
func (c *Conn) Swollen() bool { return c.link.swollen }

const swollenAfter = 16 << 10

// SetKeeper names who gets the connection back at the end of each exchange.
func (c *Conn) SetKeeper(k Keeper) { c.link.keeper = k }

// SetName says whom the connection is with ("host:port"), for errors. "": the address of its
// socket says it, which behind a proxy's tunnel is the proxy's.
func (c *Conn) SetName(name string) { c.link.name = name }

// TLS returns how the connection is encrypted, nil if it is not. It must not be altered.
func (c *Conn) TLS() *tls.ConnectionState { return c.link.tls }

// NetConn returns the socket, nil if there is none yet. It must not be read from, written to
// or closed; who wants that, calls [Conn.Hijack].
func (c *Conn) NetConn() net.Conn { return c.link.nc }

// ID returns a number that no other connection, exchange or call of this process has.
func (c *Conn) ID() uint64 { return c.link.ID() }

// RoundTrip sends a request and returns its response, as http.RoundTripper has it; the
// connection is opened if it has to be. The next request can be sent when the response's body
// has been read to the end, or closed and the connection found fit for use: see Idle. Before
// that, the error is a [StateError]; any other is an [Error].
func (c *Conn) RoundTrip(req *http.Request) (*http.Response, error) {
	opt := c.exchangeOptions()
	x, err := Prepare(req, opt)
	if err != nil {
		return nil, err
	}
	for {
		if err := c.readyFor(x); err != nil {
			return nil, err
		}
		l := c.link
		res, err := l.do(x)
		if err != ErrStale {
			return res, err
		}
		if c.mayOpen() {
			err = c.replace(l)
		}
		if err != nil {
			x.Discard()
			return nil, &Error{Phase: trace.Send, Addr: l.addr(), Err: err}
		}
	}
}

// readyFor opens the connection for x, if it has to be opened. If that cannot be done, be it
// that a Dial panics, x is given up.
func (c *Conn) readyFor(x *Exchange) error {
	ready := false
	defer func() {
		if !ready {
			x.Discard()
		}
	}()
	err := c.ready(x.ctx, x.opt.ID)
	ready = err == nil
	return err
}

var _ http.RoundTripper = (*Conn)(nil)

// Do sends a prepared exchange, on the goroutine of the caller, and returns when the head of
// the final response is in. The exchange is over when the response's body has been read to
// the end or closed. An error is an [Error], or a [StateError] if the connection is not idle.
//
// A connection that has been idle is looked at first. If it turns out to be of no use, the
// error is [ErrStale]: the connection is closed, and x can be sent on another.
func (c *Conn) Do(x *Exchange) (*http.Response, error) {
	if c.link.nc == nil {
		x.Discard()
		return nil, &Error{Phase: trace.Connect, Err: ErrNotConnected}
	}
	return c.link.do(x)
}
