package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"example.com/godwit/internal/h2"
	"example.com/godwit/trace"
)

// HTTP/2 itself is net/http's, whose Transport makes an http.ClientConn of a connection that we
// have opened. What is under that is a wire.

const (
	pingAfter = 15 * time.Second // of silence
	pingTime  = 5 * time.Second  // for the answer
)

// engine returns the Transport of net/http. It opens no connections, and keeps none.
func (t *Transport) engine() *http.Transport {
	t.http2Once.Do(func() {
		// Of all there are, this alone means: speak HTTP/2 at once, over whatever Dial returns.
		// With HTTP2 net/http would speak HTTP/1.1 over what is no *tls.Conn, and not say so.
		var p http.Protocols
		p.SetUnencryptedHTTP2(true)
		t.http2 = &http.Transport{
			Protocols: &p,
			DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return ctx.Value(wireKey{}).(net.Conn), nil
			},
			DisableCompression: true,
			// Twice as much as is allowed: what is a little too much then has an error with a name.
			MaxResponseHeaderBytes: 2 * int64(t.Bounds.Defaults().Head),
			HTTP2: &http.HTTP2Config{
				StrictMaxConcurrentRequests: true,
				SendPingTimeout:             pingAfter,
				PingTimeout:                 pingTime,
			},
		}
	})
	return t.http2
}

type wireKey struct{}

// An http2Conn is a ClientConn for HTTP/2.
type http2Conn struct {
	*http.ClientConn
	wire wire

	doubted atomic.Bool // a stream has timed out, and nothing has come since

	mu       sync.Mutex // guards the following
	inFlight int
	most     int           // how many there may be
	heard    bool          // the server has said so
	end      error         // why no more can begin; nil: they can
	loss     error         // what became of those under way; nil: nothing has happened to them
	lost     chan struct{} // is closed when loss is set
	away     *h2.GoAway
	closing  bool // by us
	hook     func(*http.ClientConn)
}

var _ ClientConn = (*http2Conn)(nil)

// newHTTP2 speaks HTTP/2 over a connection to a server. If it cannot, that has been closed.
func (t *Transport) newHTTP2(ctx context.Context, nc net.Conn, server string, limits *trace.Limits) (*http2Conn, error) {
	c := &http2Conn{most: 1, lost: make(chan struct{})} // the rest waits for the settings
	w := &c.wire
	w.Conn, w.above, w.server, w.gone = nc, c, server, make(chan struct{})
	w.out.to, w.out.clock, w.out.limit, w.out.lost = nc, w.setDeadline, limits.Of(trace.Send), w.unsent
	c.wire.in.MaxBlock = t.Bounds.Defaults().Head
	w.in.Streams, w.out.look.Streams = &w.streams, &w.streams
	stop := context.AfterFunc(ctx, c.wire.kill)
	cc, err := t.engine().NewClientConn(context.WithValue(context.Background(), wireKey{}, &c.wire), "https", "server:443")
	if !stop() && err == nil {
		cc.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		c.wire.kill()
		return nil, c.refused(err)
	}
	c.ClientConn = cc
	return c, nil
}

// Reserve counts in a stream that is about to begin.
func (c *http2Conn) Reserve() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.end != nil:
		return c.end
	case c.doubted.Load() || c.inFlight >= c.most:
		return errNoStream
	}
	c.inFlight++
	return nil
}

var errNoStream = errors.New("no stream is free")

// Release counts a stream out that has not begun after all.
func (c *http2Conn) Release() { c.ended() }

// ended counts a stream out. RoundTrip does not know when that is.
func (c *http2Conn) ended() {
	c.mu.Lock()
	c.inFlight--
	c.mu.Unlock()
}

// Available returns how many streams may begin.
func (c *http2Conn) Available() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil || c.doubted.Load() {
		return 0
	}
	return max(0, c.most-c.inFlight)
}

// InFlight returns how many streams there are.
func (c *http2Conn) InFlight() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inFlight
}

// closed reports whether the connection is closed.
func (c *http2Conn) closed() bool { return c.wire.closed.Load() }

// settled reports whether the server's settings have come.
func (c *http2Conn) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// Err returns why no stream can begin any more.
func (c *http2Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// SetStateHook has f called when there may be more streams than before, or none any more.
func (c *http2Conn) SetStateHook(f func(*http.ClientConn)) {
	c.mu.Lock()
	c.hook = f
	c.mu.Unlock()
	if f != nil {
		f(nil)
	}
}

// Close closes the connection.
func (c *http2Conn) Close() error {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	return c.ClientConn.Close()
}

// alter alters what the connection knows of itself, and tells the pool.
func (c *http2Conn) alter(f func()) {
	c.mu.Lock()
	f()
	hook := c.hook
	c.mu.Unlock()
	if hook != nil {
		hook(nil)
	}
}

// mostStreams is the highest stream that is opened on a connection; there is room behind it for
// those that are on their way (RFC 9113 5.1.1).
const mostStreams = 1<<31 - 1<<16

// learn notes what the server has said.
func (c *http2Conn) learn(streams uint32, away *h2.GoAway) {
	c.alter(func() {
		c.doubted.Store(false)
		c.heard = true
		if c.most = int(min(streams, 1<<20)); away != nil {
			c.away = away
			c.endFor(&GoAwayError{Code: uint32(away.Code), LastStream: away.LastStream, Debug: away.Debug})
		}
	})
}

// lose notes that the connection is broken.
func (c *http2Conn) lose(err error) {
	closed := c.wire.closed.Load() // so that this is why, and not what
	c.alter(func() {
		if c.loss == nil && !closed {
			c.loss = lossOf(err, c.away)
			close(c.lost)
		}
		c.endFor(net.ErrClosed)
	})
}

// over notes that the connection is being closed. reading tells net/http's reasons apart, which
// it does not name: either the server has not answered a ping while it was waited for; or what
// has been read was wrong. That the error of the streams says, which is nothing to us.
func (c *http2Conn) over(reading bool) {
	c.alter(func() {
		if c.loss == nil && reading && !c.closing {
			c.loss = errSilent
			close(c.lost)
		}
		c.endFor(net.ErrClosed)
	})
}

var errSilent = fmt.Errorf("the server has answered nothing for %v, not even a ping", pingAfter+pingTime)

// endFor says why no more streams can begin, if nothing has said so. c.mu is held.
func (c *http2Conn) endFor(err error) {
	if c.end == nil {
		c.end = err
	}
}

// doubt keeps streams from beginning until something has come from the server.
func (c *http2Conn) doubt() {
	c.doubted.Store(true)
	c.alter(func() {})
}

// opened returns the stream that was opened last. In the hook WroteHeaders, which runs under the
// lock that streams are opened under, it is that of the request.
func (c *http2Conn) opened() uint32 {
	id := c.wire.streams.Opened()
	if id >= mostStreams {
		c.alter(func() { c.endFor(errNoStream) })
	}
	return id
}

// await waits for room for a piece of a request's body.
func (c *http2Conn) await(done, ended <-chan struct{}) { c.wire.out.await(done, ended) }

// hand notes that n bytes of a request's body have been read, and have not been written yet; or, if
// n is negative, that they have.
func (c *http2Conn) hand(n int) { c.wire.out.hand(n) }

// fate returns what became of the connection for a stream: why the stream has not been looked at,
// if the server says so; and what is wrong with the connection, if it is no more.
func (c *http2Conn) fate(stream uint32) (unseen, loss error) {
	if c.Err() == nil {
		await(c.wire.gone, patience) // net/http tells the streams first
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.away; a != nil && stream > a.LastStream {
		unseen = &GoAwayError{Code: uint32(a.Code), LastStream: a.LastStream, Debug: a.Debug}
	}
	return unseen, c.loss
}

// openHTTP2 makes a connection of the pool's of one that has been opened for HTTP/2.
func (r *trip) openHTTP2(h *host, nc net.Conn) (grant, error) {
	c := &pooled{pool: &r.t.pool, host: h, tunnel: r.tunnel}
	h2c, err := r.t.newHTTP2(r.ctx, nc, r.key.addr(), &r.opt.Limits)
	if err != nil {
		if ended := trace.Ended(r.ctx); ended != nil {
			err = ended
		}
		c.pool.forsake(h, trace.Ended(r.ctx) == nil)
		return grant{}, openError(r.key.addr(), err)
	}
	c.many = &many{ClientConn: h2c, nc: nc, born: ticks(), about: trace.Conn{
		ID: trace.NextID(), Protocol: "HTTP/2.0",
		Local: addrPort(nc.LocalAddr()), Remote: addrPort(nc.RemoteAddr()), TLS: r.tlsOf(nc),
	}}
	c.many.addr = c.many.about.Remote.String()
	if r.login != nil || !c.many.about.Remote.IsValid() {
		c.many.addr = r.key.addr()
	}
	g, err := c.pool.join(c)
	if err != nil {
		return grant{}, openError(c.many.addr, h2c.refused(err))
	}
	return g, nil
}

// tlsOf returns how a connection to the origin is encrypted; nil: it is not, though what is spoken
// with the proxy may be.
func (r *trip) tlsOf(nc net.Conn) *tls.ConnectionState {
	if t, ok := nc.(*tls.Conn); ok && r.key.scheme == "https" {
		state := t.ConnectionState()
		return &state
	}
	return nil
}

// speaksHTTP2 reports whether HTTP/2 is what a connection is for, as the server has chosen
// (ALPN) or as it must be.
func (r *trip) speaksHTTP2(nc net.Conn) (bool, error) {
	if r.key.protocols&HTTP2 == 0 {
		return false, nil
	}
	state := r.tlsOf(nc)
	switch {
	case state == nil || state.NegotiatedProtocol == "h2":
		return true, nil
	case r.key.protocols&HTTP1 != 0:
		return false, nil
	}
	return false, &Error{Phase: trace.TLS, Addr: r.key.addr(), Err: errNotHTTP2}
}

var errNotHTTP2 = fmt.Errorf("%w: the server does not speak HTTP/2", ErrProtocol)
