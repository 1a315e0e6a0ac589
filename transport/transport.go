// Package transport sends HTTP requests over connections that it keeps.
//
// A [Transport] is an http.RoundTripper and can stand wherever an http.Transport stands:
//
//	client := &http.Client{Transport: &transport.Transport{}}
//
// It speaks HTTP/1.1 by package conn, on the goroutine of the caller. A connection that is
// idle owns no goroutine and no buffer; it is examined when it is taken. Each phase of an
// exchange has a limit of its own, and each error says in which phase it came about and
// whether anything had been sent.
package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// Version is the version of Godwit.
const Version = "0.1.0"

// UserAgent is what requests say that sent them if they say nothing themselves.
const UserAgent = "godwit/" + Version

// Error is what RoundTrip returns: where it went wrong, and whether anything was sent.
type Error = trace.Error

// A Resolver looks names up. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Transport is an http.RoundTripper with a pool of connections. The zero value works, and is
// safe. A Transport must not be copied, nor its fields altered, once it has been used. It is
// safe for concurrent use.
type Transport struct {
	// Dial opens sockets, to "host:port". It then looks names up by itself. Limits.Send, Wait
	// and Receive are deadlines of the socket: one that has none is not limited by them.
	// nil: TCP, with happy eyeballs (RFC 8305).
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Resolver looks names up. nil: net.DefaultResolver.
	Resolver Resolver

	// Sockets say which way connections are opened otherwise.
	Sockets Sockets

	// Proxy returns the proxy for a request, nil for none; http.ProxyFromEnvironment is such a
	// function. Its URL is one of scheme http, https (TLS to the proxy), socks5, socks5h, socks4
	// or socks4a; SOCKS proxies look names up with socks5h and socks4a alone. One of another
	// scheme is an error, and so is one that cannot be reached. User info of its URL is sent to
	// the proxy, as Basic credentials in HTTP. nil: no proxy; the environment is not looked at.
	Proxy func(req *http.Request) (*url.URL, error)

	// ProxyHeader has fields for proxies that speak HTTP, and for nobody behind them: they are sent
	// with CONNECT, beside Host, User-Agent and Proxy-Authorization, and with a request that the
	// proxy itself reads (and may pass on), unless that has a field of the name. Fields about a
	// body, the connection, the host or who asks are an error. nil: none.
	ProxyHeader http.Header

	// TLS is cloned for each host. nil: the system's roots, TLS 1.2 and above.
	TLS *tls.Config

	// ProxyTLS is cloned for each https proxy. nil: the RootCAs, versions, suites, curves and
	// clock of TLS, and nothing else of it: proxies are always verified, and get no certificate.
	ProxyTLS *tls.Config

	// MaxConns and MaxConnsPerHost bound the open connections. Who finds none free waits, in
	// the order of arrival, up to Limits.Blocked. 0: no bound.
	MaxConns, MaxConnsPerHost int

	// MaxIdleConns and MaxIdleConnsPerHost bound the idle ones among them; those not used for
	// the longest time go first. 0: 1,024 and 256. Negative: none is kept.
	MaxIdleConns, MaxIdleConnsPerHost int

	// IdleTimeout is how long a connection may be idle. 0: 90s. Negative: for ever.
	IdleTimeout time.Duration

	// Protocols are the versions of HTTP that may be spoken. 0: HTTP1 | HTTP2, which over TLS
	// means what the server chooses of these two, and without TLS HTTP/1.1; and HTTP3, if there
	// is one to open its connections.
	Protocols Protocols

	// HTTP3 opens the connections of HTTP/3, as &h3.Dialer{} does. nil: there are none.
	HTTP3 HTTP3Dialer

	// HTTP3HeadStart is how long a request that may also go over TCP waits for a connection of
	// HTTP/3. 0: 300ms, which is more than the handshake takes with most servers, be they on another
	// continent. Negative: it does not wait for one that is not there yet.
	HTTP3HeadStart time.Duration

	// Limits bounds the phases of each exchange.
	Limits trace.Limits

	// Bounds bounds what a server can make long.
	Bounds conn.Bounds

	// ExpectContinueTimeout is how long a request that says "Expect: 100-continue" waits for
	// the server before it sends its body all the same. 0: 1s.
	ExpectContinueTimeout time.Duration

	// DisableKeepAlives closes each connection after one exchange.
	DisableKeepAlives bool

	// DisableCompression keeps the Transport from asking for gzip, and undoing it, where the
	// request says nothing of Accept-Encoding.
	DisableCompression bool

	// Tracer is told of every step. nil: nobody is, and it costs nothing.
	Tracer trace.Tracer

	once     sync.Once // guards the making of what follows
	pool     pool
	sessions sessions // of TLS
	memos    memos
	route    route // what Dial, Resolver and Sockets come to, unless there is a routeErr
	routeErr error
	certSums certSums
	system   systemRoots

	alternatives alternatives // where HTTP/3 is spoken
	searches     searches     // for connections there

	lastTrust atomic.Pointer[knownTrust] // of the request before, as a rule

	http2Once sync.Once // guards the making of http2
	http2     *http.Transport

	lastProxy atomic.Pointer[proxy] // the one that the request before went through, as a rule

	// What exchanges are told if their requests have no say, without and with gzip.
	plain, gzip conn.ExchangeOptions
}

var _ http.RoundTripper = (*Transport)(nil)

// CloseIdleConnections closes the connections that are idle now.
func (t *Transport) CloseIdleConnections() {
	t.searches.end(false)
	t.pool.closeIdle()
}

// Close closes idle connections, and the others as they become idle. Requests that are not
// under way yet fail with [ErrClosed].
func (t *Transport) Close() error {
	t.searches.end(true)
	t.pool.close()
	return nil
}

// Stats counts connections, and requests that wait for one.
type Stats struct {
	Open     int // in all, those being opened included
	Idle     int
	InFlight int // open and not idle
	Waiting  int // requests in the queue
}

// Stats returns how many connections there are now.
func (t *Transport) Stats() Stats { return t.pool.stats() }
