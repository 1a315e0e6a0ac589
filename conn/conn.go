// Package conn is one HTTP/1.1 connection.
//
// A [Conn] sends a request and reads its response on the goroutine of the caller: it writes,
// then it reads, straight down, and nobody else is involved. Only while a body of unknown
// or large size is being sent does a second goroutine exist, so that an early answer is
// heard. It adds no header field that it was not asked for but those that the protocol
// demands, it bounds everything that a server can make long, and each of its errors says in
// which phase it came about and whether the server may have seen the request.
//
// It is the connection that package transport keeps in its pool.
package conn

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"

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
	nc      net.Conn
	socket  syscall.RawConn // the innermost socket; nil if there is none
	tls     *tls.ConnectionState
	x       *Exchange // the one under way
	abort   func()    // wake, made a value once because each exchange gives it out
	machine h1.Machine
	keeper  Keeper // nil: nobody wants it back
	id      uint64 // for tracers, 0 until one asks

	reading atomic.Pointer[responseBody] // the body that c carries, nil if it carries none
	aborted atomic.Bool
	closed  atomic.Bool
	plain   bool // nc itself is the socket
	used    bool // has carried an exchange
	swollen bool // see Swollen

	mu      sync.Mutex // guards the following, and x's phase, while a body is sent beside the reading
	readBy  int64      // the deadlines that are set on nc, as ticks; 0: none
	writeBy int64
	muted   bool // writing has been given up

	timeless bool // nc has refused a deadline

	handedOver bool // to who switched protocols: deadlines are theirs
}

// New makes a Conn of a socket that is open, after its TLS handshake if it has one (a
// *tls.Conn, or anything else with a ConnectionState method, tells how it is encrypted). The
// Conn owns the socket from here on. That a body which ends with the connection was cut short
// is noticed over TLS only on the connections that package transport opens: crypto/tls does
// not tell it.
func New(nc net.Conn) *Conn {
	c := &Conn{nc: nc, machine: h1.NewMachine()}
	c.socket = c.socketOf()
	_, c.plain = nc.(*net.TCPConn)
	if s, ok := nc.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := s.ConnectionState()
		c.tls = &state
	}
	c.abort = c.wake
	return c
}

// Close closes the socket. An exchange that is under way fails.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	return c.nc.Close()
}

// kill closes the socket without a word to the peer: crypto/tls would want to send one, and
// wait for up to 5 s if the peer does not read.
func (c *Conn) kill() {
	if c.closed.Swap(true) {
		return
	}
	if t, ok := c.nc.(*tls.Conn); ok {
		_ = t.NetConn().Close()
		return
	}
	_ = c.nc.Close()
}

// Closed reports whether the connection can carry no further exchange.
func (c *Conn) Closed() bool { return c.closed.Load() }

// Idle reports whether the connection waits for a request.
func (c *Conn) Idle() bool { return c.machine.Client == h1.Idle && !c.closed.Load() }

// Used reports whether the connection has carried an exchange.
func (c *Conn) Used() bool { return c.used }

// Swollen reports whether the connection holds more memory than it needs: crypto/tls keeps
// the buffers that a large response made it grow.
func (c *Conn) Swollen() bool { return c.swollen }

const swollenAfter = 16 << 10

// SetKeeper names who gets the connection back at the end of each exchange.
func (c *Conn) SetKeeper(k Keeper) { c.keeper = k }

// TLS returns how the connection is encrypted, nil if it is not. It must not be altered.
func (c *Conn) TLS() *tls.ConnectionState { return c.tls }

// NetConn returns the socket. It must not be read from, written to or closed.
func (c *Conn) NetConn() net.Conn { return c.nc }

// ID returns a number that no other connection, exchange or call of this process has.
func (c *Conn) ID() uint64 {
	if c.id == 0 {
		c.id = trace.NextID()
	}
	return c.id
}

// describe returns what a tracer is told of the connection.
func (c *Conn) describe(reused bool) trace.Conn {
	return trace.Conn{
		ID:       c.ID(),
		Protocol: "HTTP/1.1",
		Local:    addrPort(c.nc.LocalAddr()),
		Remote:   addrPort(c.nc.RemoteAddr()),
		TLS:      c.tls,
		Reused:   reused,
	}
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok && t != nil {
		return t.AddrPort()
	}
	return netip.AddrPort{}
}

// addr returns whom the connection is with, for errors.
func (c *Conn) addr() string {
	if a := c.nc.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}

// RoundTrip sends a request and returns its response, as http.RoundTripper has it. The next
// request can be sent when the response's body has been read to the end, or closed and the
// connection found fit for use: see Idle. Before that, the error is a [StateError]; any
// other is an [Error].
func (c *Conn) RoundTrip(req *http.Request) (*http.Response, error) {
	x, err := Prepare(req, &ExchangeOptions{})
	if err != nil {
		return nil, err
	}
	res, err := c.Do(x)
	if err == ErrStale {
		x.Discard()
		return nil, &Error{Phase: trace.Send, Addr: c.addr(), Err: ErrStale}
	}
	return res, err
}

var _ http.RoundTripper = (*Conn)(nil)
