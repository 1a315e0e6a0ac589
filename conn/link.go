package conn

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"

	"example.com/godwit/internal/dial"
	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// A link is one socket and where HTTP stands on it. A Conn may go through several; whoever
// has still to do with an old one (a sender left behind, a body, a context) does not touch
// the new one.
type link struct {
	// What each exchange by hand needs stands together: with many connections, nothing of it is
	// in the processor's cache when the answer comes.
	nc        net.Conn              // nil: not connected yet
	socket    syscall.RawConn       // the innermost socket; nil if there is none
	x         *Exchange             // the one under way
	reading   atomic.Pointer[Body]  // the body that it carries, nil if it carries none
	guard     atomic.Pointer[watch] // standing, while an exchange is under way; nil: none is, or it has fired
	standing  *watch                // see there; nil: none stands
	lastDone  <-chan struct{}       // of the context before
	machine   h1.Machine
	plain     bool  // nc itself is the socket
	used      bool  // has carried an exchange
	swollen   bool  // see Swollen
	encrypted bool  // nc is TLS, with the server or with its proxy
	timeless  bool  // nc has refused a deadline
	read      int64 // bytes, of nc
	aborted   atomic.Bool
	closed    atomic.Bool
	tls       *tls.ConnectionState
	keeper    Keeper // nil: nobody wants it back

	mu         sync.Mutex // guards the following, and x's phase, while a body is sent beside the reading
	muted      bool       // writing has been given up
	handedOver bool       // to who switched protocols: deadlines are theirs
	readBy     int64      // the deadlines that are set on nc, as ticks; 0: none
	writeBy    int64

	stopOnClose func() bool // see onClose. Guarded by mu

	shut  bool   // by Conn.Close. Guarded by Conn.mu
	abort func() // wake, made a value once because each exchange gives it out
	id    uint64 // for tracers, 0 until one asks
	name  string // whom it is with, for errors; "": only the address is known
}

// join gives a link its socket.
func (c *link) join(nc net.Conn) {
	c.nc = nc
	c.socket = c.socketOf()
	_, c.plain = nc.(*net.TCPConn)
	if s, ok := nc.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := s.ConnectionState()
		c.tls, c.encrypted = &state, true
	} else if !c.plain {
		c.encrypted = dial.Encrypted(nc)
	}
}

func (c *link) init() {
	c.machine = h1.NewMachine()
	c.abort = c.wake
}

// successor returns a link without a socket, to take c's place.
func (c *link) successor() *link {
	l := &link{keeper: c.keeper}
	l.init()
	return l
}

// close closes the socket. An exchange that is under way fails.
func (c *link) close() error {
	if c.closed.Swap(true) || c.nc == nil {
		return nil
	}
	return c.nc.Close()
}

// kill closes the socket without a word to the peer: crypto/tls would want to send one, and
// wait for up to 5 s if the peer does not read. It reports whether the socket was open.
func (c *link) kill() bool {
	if c.closed.Swap(true) {
		return false
	}
	if c.nc != nil {
		_ = dial.Cut(c.nc)
	}
	return true
}

// giveUp closes a link that was found to be of no use.
func (c *link) giveUp() {
	c.endWatch()
	c.kill()
}

// idle reports whether the connection waits for a request.
func (c *link) idle() bool { return c.machine.Client == h1.Idle && !c.closed.Load() }

// ID returns the connection's number for tracers.
func (c *link) ID() uint64 {
	if c.id == 0 {
		c.id = trace.NextID()
	}
	return c.id
}

// describe returns what a tracer is told of the connection.
func (c *link) describe(reused bool) trace.Conn {
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
func (c *link) addr() string {
	if c.name != "" || c.nc == nil {
		return c.name
	}
	if a := c.nc.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}
