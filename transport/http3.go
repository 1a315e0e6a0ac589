// HTTP/3: who opens its connections, and what becomes of these.

package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// An HTTP3Dialer opens connections that speak HTTP/3. Package transport/h3 has one, by itself, so
// that only programs that import it contain an implementation of QUIC.
type HTTP3Dialer interface {
	// DialHTTP3 opens a connection to an address; to it belongs the whole handshake, that of TLS
	// included. The context is for that alone. What is wrong with the TLS of the server is a
	// *tlserr.Error.
	//
	// If the connection has the methods LocalAddr and ConnectionState of *tls.Conn, reports say
	// what they return. If an error of its RoundTrip has the method Unprocessed() bool, it is the
	// connection's end, and true says that the server has not looked at the request.
	DialHTTP3(ctx context.Context, to netip.AddrPort, opt *HTTP3Options) (ClientConn, error)
}

// HTTP3Options are those of one connection.
type HTTP3Options struct {
	TLS  *tls.Config // it names the server. Not to be altered
	Addr string      // "host:port" of the origin, for messages

	// Listen opens the UDP socket. One that is open is used instead, if it is of the family that
	// is needed, and was opened for the same From: that says in words where connections come from.
	Listen func(ctx context.Context, to netip.AddrPort) (net.PacketConn, error)
	From   string

	MaxHeadBytes int // bounds the head of a response, and its trailers. 0: 10 MiB
}

// errNoHTTP3 and its like say why HTTP/3, which alone is allowed, cannot be spoken.
var (
	errNoHTTP3    = fmt.Errorf("%w: HTTP/3 needs a Transport.HTTP3", ErrProtocol)
	errHTTP3Proxy = fmt.Errorf("%w: HTTP/3 does not go through proxies", ErrProtocol)
	errHTTP3Dial  = fmt.Errorf("%w: HTTP/3 goes neither through a Dial function nor over unix sockets", ErrProtocol)
)

// noHTTP3 returns why the request cannot go over HTTP/3, nil if it can.
func (r *trip) noHTTP3() error {
	switch {
	case r.t.HTTP3 == nil:
		return errNoHTTP3
	case r.login != nil:
		return errHTTP3Proxy
	case r.route.Dial != nil || r.overUnix():
		return errHTTP3Dial
	}
	return nil
}

// openHTTP3 opens a connection of HTTP/3 by leave of the pool's.
func (r *trip) openHTTP3(h *host) (grant, error) {
	p := &r.t.pool
	d, err := r.dialHTTP3()
	if err != nil {
		p.forsake(h, trace.Ended(r.ctx) == nil)
		return grant{}, err
	}
	c := &pooled{pool: p, host: h}
	c.many = &many{ClientConn: d.ClientConn, nc: d, born: ticks(), about: trace.Conn{
		ID: trace.NextID(), Protocol: "HTTP/3.0",
		Local: addrPort(d.LocalAddr()), Remote: d.remote,
	}}
	if t, ok := d.ClientConn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		if state := t.ConnectionState(); state.HandshakeComplete {
			c.many.about.TLS = &state
		}
	}
	c.many.addr = d.remote.String()
	g, err := p.join(c)
	if err != nil {
		if e := r.failureOfTLS(err); e != nil {
			return grant{}, e // the server did not like our certificate
		}
		return grant{}, &Error{Phase: trace.Connect, Addr: c.many.addr, Err: err}
	}
	return g, nil
}

// failureOfTLS returns an error of the phase TLS if that is what err is about, and else nil.
func (r *trip) failureOfTLS(err error) error {
	t, ok := errors.AsType[*tlserr.Error](err)
	if !ok || trace.Ended(r.ctx) != nil {
		return nil
	}
	return &Error{Phase: trace.TLS, Addr: r.key.addr(), Err: t}
}

// dialHTTP3 opens a connection of HTTP/3. All of its handshake belongs to the phase Connect, that of
// TLS too, but for its failures.
func (r *trip) dialHTTP3() (*datagramConn, error) {
	if err := r.noHTTP3(); err != nil {
		return nil, &Error{Phase: trace.Connect, Addr: r.key.addr(), Err: err}
	}
	d := r.dialer()
	d.Connect = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		config, err := r.t.tlsConfig(&r.key, r.overrides) // each handshake has one of its own
		if err != nil {
			return nil, err
		}
		cc, err := r.t.HTTP3.DialHTTP3(ctx, to, &HTTP3Options{
			TLS:  config,
			Addr: r.key.addr(),
			From: d.Interface,
			Listen: func(ctx context.Context, to netip.AddrPort) (net.PacketConn, error) {
				return d.ListenUDP(ctx, to, &dial.Exchange{Limits: r.opt.Limits})
			},
			MaxHeadBytes: r.opt.Bounds.Defaults().Head,
		})
		if err != nil {
			return nil, err
		}
		return &datagramConn{ClientConn: cc, remote: to}, nil
	}
	x := &dial.Exchange{Limits: r.opt.Limits, Tracer: r.opt.Tracer, ID: r.opt.ID, Timings: r.timings}
	p := r.key.place()
	nc, err := d.DialContext(r.ctx, p.host, p.port, x)
	if err != nil {
		if e := r.failureOfTLS(err); e != nil {
			return nil, e
		}
		return nil, err
	}
	return nc.(*datagramConn), nil
}

// A datagramConn is a connection of HTTP/3 as a net.Conn, for those who ask where it leads to and
// who close it. There are no bytes to read from it or to write to it.
type datagramConn struct {
	ClientConn
	remote netip.AddrPort
}

var _ net.Conn = (*datagramConn)(nil)

// LocalAddr returns our address, as far as it is known.
func (c *datagramConn) LocalAddr() net.Addr {
	if l, ok := c.ClientConn.(interface{ LocalAddr() net.Addr }); ok {
		return l.LocalAddr()
	}
	return nil
}

// RemoteAddr returns the server's address.
func (c *datagramConn) RemoteAddr() net.Addr { return net.UDPAddrFromAddrPort(c.remote) }

// Read, Write and the deadlines are not for this kind of connection.
func (c *datagramConn) Read([]byte) (int, error)         { return 0, errors.ErrUnsupported }
func (c *datagramConn) Write([]byte) (int, error)        { return 0, errors.ErrUnsupported }
func (c *datagramConn) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (c *datagramConn) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (c *datagramConn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// A connEnd is the end of a connection that package transport does not know from within.
type connEnd interface {
	error
	Unprocessed() bool
}

// requestRejected is the code of a stream at which the server has not looked (RFC 9114 8.1).
const requestRejected = 0x10b

// explainHTTP3 is explain for what a connection of HTTP/3 says. ok is false if it has not said
// anything of the kind.
func (s *stream) explainHTTP3(e *Error) (unseen, ok bool) {
	if s.c.many.about.Protocol != "HTTP/3.0" {
		return false, false
	}
	if t, ok := errors.AsType[*tlserr.Error](e.Err); ok {
		// The server judges our certificate after the handshake is over for us.
		e.Phase, e.Err = trace.TLS, t
		return !e.Answered, true
	}
	if reset, ok := errors.AsType[*StreamError](e.Err); ok {
		if e.Err = reset; s.final.Load() && s.expect >= 0 && s.count >= s.expect && reset.Err != nil {
			e.Err = &conn.ProtocolError{Rule: conn.RuleBodyTooLong}
		}
		return reset.Code == requestRejected && reset.Err == nil && !e.Answered, true
	}
	if end, ok := errors.AsType[connEnd](e.Err); ok {
		e.Err = end
		return end.Unprocessed() && !e.Answered, true
	}
	return false, false
}
