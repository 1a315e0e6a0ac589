// Opening a connection: one address, one handshake.

package h3

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"net/netip"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
)

// How long a connection lasts on which nothing comes (30s is usual, and what a server has may be
// less), and how often it is asked for a sign of life before that.
const (
	maxIdle   = 30 * time.Second
	keepAlive = 10 * time.Second
)

// longestHandshake bounds a handshake that the caller does not bound.
const longestHandshake = time.Minute

// quicConfig returns the configuration of a connection, which is fixed but for how long its
// handshake may take. The server may open no exchanges, and no more streams than HTTP/3 has uses
// for (RFC 9114 6.2 wants three at least). We do not move to another address.
func quicConfig(handshake time.Duration) *quic.Config {
	return &quic.Config{
		Versions:              []quic.Version{quic.Version1},
		HandshakeIdleTimeout:  handshake,
		MaxIdleTimeout:        maxIdle,
		KeepAlivePeriod:       keepAlive,
		MaxIncomingStreams:    -1,
		MaxIncomingUniStreams: 16,
	}
}

var errOldTLS = errors.New("HTTP/3 needs TLS 1.3, which is more than the MaxVersion")

// DialHTTP3 opens a connection to an address: see transport.HTTP3Dialer.
func (d *Dialer) DialHTTP3(ctx context.Context, to netip.AddrPort, opt *transport.HTTP3Options) (transport.ClientConn, error) {
	if v := opt.TLS.MaxVersion; v != 0 && v < tls.VersionTLS13 {
		return nil, &tlserr.Error{Cause: tlserr.NoCommonVersion, Host: opt.Addr, Now: now(opt.TLS), Err: errOldTLS}
	}
	s, err := d.sockets.take(place{to.Addr().Is4(), opt.From}, func() (net.PacketConn, error) { return opt.Listen(ctx, to) })
	if err != nil {
		return nil, err
	}
	t := newTickets(opt.TLS)
	qc, err := d.handshake(ctx, s, to, t, opt)
	if err != nil {
		d.sockets.release(s)
		return nil, err
	}
	context.AfterFunc(qc.Context(), func() { d.sockets.release(s) })
	c := newConn(qc, t, opt)
	c.window = cmp.Or(d.window, c.window)
	return c, nil
}

// handshake opens a QUIC connection.
func (d *Dialer) handshake(ctx context.Context, s *socket, to netip.AddrPort, t *tickets, opt *transport.HTTP3Options) (*quic.Conn, error) {
	longest := longestHandshake
	if end, ok := ctx.Deadline(); ok {
		longest = max(time.Until(end), time.Millisecond)
	}
	config := opt.TLS.Clone()
	config.NextProtos = []string{http3.NextProtoH3}
	if t != nil {
		config.ClientSessionCache = t
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS13)
	dial := s.Transport.Dial
	if d.Early {
		dial = s.Transport.DialEarly
	}
	h := newHooks(ctx, to)
	h.start()
	qc, err := dial(ctx, net.UDPAddrFromAddrPort(to), config, quicConfig(longest))
	if err != nil {
		err = failure(err, opt.Addr, now(opt.TLS))
	}
	h.done(qc, err)
	return qc, err
}

// now returns the time by which certificates are judged.
func now(config *tls.Config) time.Time {
	if config.Time != nil {
		return config.Time()
	}
	return time.Now()
}

// hooks are those of httptrace that are about opening a connection.
type hooks struct {
	*httptrace.ClientTrace // nil: nobody is told
	addr                   string
}

func newHooks(ctx context.Context, to netip.AddrPort) hooks {
	h := hooks{ClientTrace: httptrace.ContextClientTrace(ctx)}
	if h.ClientTrace != nil {
		h.addr = to.String()
	}
	return h
}

func (h hooks) start() {
	if h.ClientTrace == nil {
		return
	}
	if h.ConnectStart != nil {
		h.ConnectStart("udp", h.addr)
	}
	if h.TLSHandshakeStart != nil {
		h.TLSHandshakeStart()
	}
}

func (h hooks) done(qc *quic.Conn, err error) {
	if h.ClientTrace == nil {
		return
	}
	if h.TLSHandshakeDone != nil {
		var state tls.ConnectionState
		if qc != nil && !isEarly(qc) {
			state = qc.ConnectionState().TLS
		}
		h.TLSHandshakeDone(state, err)
	}
	if h.ConnectDone != nil {
		h.ConnectDone("udp", h.addr, err)
	}
}
