// The phase TLS: one handshake over a connection, and what can be asked of the connection
// under it afterwards.

package dial

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/godwit/trace"
)

// Handshake makes a TLS connection of nc, whose addr ("host:port") is for messages only.
// cfg must have a ServerName unless it verifies nothing; it is not altered. nc belongs to
// the *tls.Conn afterwards; if the handshake fails, it has been closed.
//
// An error is a *trace.Error of the phase TLS. It wraps a *tlserr.Error, or ctx.Err() and
// context.Cause(ctx) if the context ended.
func Handshake(ctx context.Context, nc net.Conn, cfg *tls.Config, addr string, x *Exchange) (*tls.Conn, error) {
	told := false
	defer func() {
		if !told { // somebody else's code has panicked: nobody else knows of the connection
			nc.Close()
		}
	}()
	if x == nil {
		x = &Exchange{}
	}
	ph, limited, cancel := x.begin(ctx, trace.TLS, addr)
	defer cancel()
	hooks := httptrace.ContextClientTrace(ctx)
	if hooks != nil && hooks.TLSHandshakeStart != nil {
		hooks.TLSHandshakeStart()
	}
	raw, watched := watch(nc, cfg)
	raw.notes.facts.Proxy = x.Proxy
	tc := tls.Client(raw, watched)
	err := tc.HandshakeContext(limited)
	if err != nil {
		nc.Close()
		now := time.Now
		if cfg.Time != nil {
			now = cfg.Time
		}
		err = raw.failure(tc, err, addr, now())
	}
	raw.forget()
	raw.uncounted = isLayered(nc) || tc.ConnectionState().Version != tls.VersionTLS13
	err = ph.end(err)
	if hooks != nil && hooks.TLSHandshakeDone != nil {
		hooks.TLSHandshakeDone(tc.ConnectionState(), err)
	}
	if told = true; err != nil {
		return nil, err
	}
	return tc, nil
}

// isLayered reports whether there is TLS in a connection already.
func isLayered(nc net.Conn) bool {
	for range maxLayers {
		if _, ok := nc.(*tls.Conn); ok {
			return true
		}
		below, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return false
		}
		nc = below.NetConn()
	}
	return true
}

// ClientConfig returns the configuration for a handshake with a host: a copy of base (nil: a
// new one) that names the host, unless base names one, and offers HTTP/1.1 alone. There is no
// dot and no zone in the name (RFC 6066 3).
func ClientConfig(base *tls.Config, host string) *tls.Config {
	cfg := base.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = strings.Cut(strings.TrimSuffix(host, "."), "%")
	}
	cfg.NextProtos = []string{"http/1.1"}
	return cfg
}

// A rawConn is the connection under crypto/tls. It notes that the peer ended the stream of
// bytes: crypto/tls returns io.EOF for that as well as for close_notify, but only the second
// is the peer's own word (RFC 8446 6.1); the first, anybody on the way can forge. After a
// close_notify crypto/tls reads no more, so that the end is seen only if there was none.
type rawConn struct {
	net.Conn
	ended   atomic.Bool
	probing bool // see DecryptedAhead

	uncounted bool // it is not TLS 1.3, or not the only layer of TLS
	records   records

	notes *notebook // while the handshake lasts, else nil
	asked *notebook // what the server has asked of the client, nil if nothing
}

func (c *rawConn) Read(p []byte) (int, error) {
	if c.probing {
		return 0, errProbing
	}
	n, err := c.Conn.Read(p)
	if n == 0 && err == io.EOF {
		c.ended.Store(true)
	}
	if !c.uncounted {
		c.records.seen(p[:n])
	}
	if c.notes != nil {
		c.notes.received(p[:n])
	}
	return n, err
}

func (c *rawConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if c.notes != nil {
		c.notes.facts.Sent += int64(n)
	}
	return n, err
}

// NetConn returns the connection below, for [Socket].
func (c *rawConn) NetConn() net.Conn { return c.Conn }

// Close closes the connection below. If that is TLS too, with a proxy, nobody is told good-bye:
// crypto/tls would wait for up to 5 s for a peer that does not read.
func (c *rawConn) Close() error { return Cut(c.Conn) }

// Cut closes a connection, and does not say good-bye on those layers of TLS that [Handshake] has
// put over it.
func Cut(nc net.Conn) error {
	for range maxLayers {
		switch c := nc.(type) {
		case *ProxyLeg:
			nc = c.Conn
		case *tls.Conn:
			nc = c.NetConn()
		default:
			return nc.Close()
		}
	}
	return nil
}

// A ProxyLeg is a TLS connection to a proxy, for those who send requests to it that are none of
// TLS: it hides how it is encrypted, because the origin's word is not.
type ProxyLeg struct{ net.Conn }

// NetConn returns the *tls.Conn.
func (c *ProxyLeg) NetConn() net.Conn { return c.Conn }

// Encrypted reports whether a layer of TLS, made by [Handshake], is in a connection, be it with a
// proxy.
func Encrypted(nc net.Conn) bool {
	for range maxLayers {
		if _, ok := nc.(*rawConn); ok {
			return true
		}
		below, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return false
		}
		nc = below.NetConn()
	}
	return false
}

// maxLayers bounds the walk down from a connection to its socket, should a layer contain
// itself.
const maxLayers = 16

// Truncated reports whether a TLS connection, made by [Handshake], that returned io.EOF
// ended without close_notify, so that what was read may be less than what was sent. It is
// false for any other connection.
func Truncated(nc net.Conn) bool {
	for range maxLayers {
		if raw, ok := nc.(*rawConn); ok {
			return raw.ended.Load()
		}
		below, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return false
		}
		nc = below.NetConn()
	}
	return false
}

// Socket returns the socket at the bottom of a connection, below TLS and every other layer
// that has a NetConn method, and nil if there is none (a pipe). It allocates nothing.
func Socket(nc net.Conn) syscall.Conn {
	for range maxLayers {
		if s, ok := nc.(syscall.Conn); ok {
			return s
		}
		below, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		nc = below.NetConn()
	}
	return nil
}
