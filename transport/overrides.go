package transport

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"sync/atomic"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
)

// Overrides are what one request may have otherwise than its Transport. They travel in the
// request's context (see [With]). A field that is zero leaves the Transport's word standing.
type Overrides struct {
	// Origin is the origin they were made for, as [Origin] writes it. Insecure, TLS, Pins, and the
	// ServerName and ECH of TLSSettings apply only to requests of that origin, and "" means of any;
	// Certificate applies to that origin, and "" means to none. All else applies to whatever is
	// sent in this context, redirects included.
	Origin string

	Limits trace.Limits // fields that are 0: the Transport's

	Protocols Protocols // the versions of HTTP that may be spoken; 0: the Transport's

	// Streaming, while it is set and true, makes a Limits.Receive of 0 mean no limit: somebody
	// reads the response's body as it comes, however long that takes. nil: the default limit.
	Streaming *atomic.Bool

	Tracer trace.Tracer // told in place of the Transport's
	Call   uint64       // the number of the call, for the tracer

	// Report, if it is set, is called once for each exchange, on the goroutine that runs it, with
	// the request's context; and what it returns is filled in by that exchange. nil: nobody
	// wants to know of that one.
	Report func(ctx context.Context) *Report

	// Order names header fields in the order, and in the letter case, in which they are
	// sent. Fields that it does not name follow in alphabetical order.
	Order []string

	// NoGzip keeps the Transport from asking for gzip and from undoing it by itself.
	NoGzip bool

	// Resolver and Dialer stand in place of the Transport's Resolver and Dial. Requests share
	// connections if theirs are equal; those that cannot be compared are shared with nobody.
	Resolver Resolver
	Dialer   Dialer

	// Sockets say which way connections are opened otherwise; fields that are zero: the
	// Transport's. nil: the Transport's.
	Sockets *Sockets

	// Proxy returns the proxy for a URL, nil for none. nil, or the error [ErrNoRule]: the
	// Transport's Proxy has the say, or if it has none either, EnvProxy.
	Proxy func(u *url.URL) (*url.URL, error)

	// EnvProxy is as Proxy: what the environment says, for those who let it have the last say.
	EnvProxy func(u *url.URL) (*url.URL, error)

	// InClear, if it is set, is asked before a request is sent to a proxy in clear text. Its
	// error, as it is, is that of RoundTrip, and nothing is sent.
	InClear func(req *http.Request) error

	// ProxyAuth proves to the proxy who is asking, in place of user info of the proxy's URL; an
	// [auth.Challenger] is asked for an answer to a 407, once. It is given a request of its own:
	// method, Host, the proxy as the URL's Scheme and Host, the request's target as its Opaque,
	// and no fields. What it puts into Proxy-Authorization is sent to the proxy. A field of that
	// name in the request itself stands in place of all that. nil: none.
	ProxyAuth auth.Auth

	// ProxyHeader has fields for proxies that speak HTTP, in place of the Transport's.
	ProxyHeader http.Header

	// ProxyAuthFor reports whether ProxyAuth and ProxyHeader are for a proxy, whose URL it is given
	// without user info. nil: they are for all of them.
	ProxyAuthFor func(proxy *url.URL) bool

	// ProxyTLS is how TLS is spoken with https proxies, in place of how the Transport would: its
	// CA, EnvCA, AddCA, TLS, Certificate, Pins, Insecure and TLSSettings count, whatever their
	// Origin. nil: CA, EnvCA, AddCA and the versions and curves of these Overrides hold for proxies
	// too; what is said for an origin never does.
	ProxyTLS *Overrides

	// EnvProxyCA returns whom to trust where nobody has said so for an https proxy: the
	// environment's word, nil for the system's roots. nil: EnvCA.
	EnvProxyCA func() (*CA, error)

	// Certificate is shown to the server of Origin if that asks for one. nil: the Transport's.
	Certificate *tls.Certificate

	// Crossed, while it is set and true, keeps Certificate, and the certificates of TLS, from
	// being shown: a redirect has led away from Origin, and perhaps back.
	Crossed *atomic.Bool

	// Secrets are texts that no tracer sees in the heads of requests and responses. A field in
	// whose value one of them is, is marked Secret, so that [trace.Redact] hides it; in targets
	// and URLs it is replaced by [trace.Hidden], percent-encoded or not. Bodies are as they are.
	Secrets []string

	CA       *CA         // whom to trust in place of the system's roots; nil: the Transport's
	EnvCA    *CA         // the same, where neither CA nor a TLS says whom: the environment's
	AddCA    []*CA       // whom to trust besides all these
	TLS      *tls.Config // in place of the Transport's; must not be altered any more
	Pins     Pins        // keys of which the server must show one, even if Insecure; zero: any
	Insecure bool        // verify neither certificates nor names

	TLSSettings *TLSSettings // how TLS is spoken; must not be altered any more; nil: as the Transport says
}

type overridesKey struct{}

// With returns a context in which requests are sent as o says. o must not be altered while
// the context is in use.
func With(ctx context.Context, o *Overrides) context.Context {
	return context.WithValue(ctx, overridesKey{}, o)
}

// IsOverridesKey reports whether key is what a context is asked for its overrides by. A
// context type of one's own can answer it with an *Overrides, and needs no [With].
func IsOverridesKey(key any) bool { return key == overridesKey{} }

// OverridesFrom returns what [With] put into the context, nil if nothing.
func OverridesFrom(ctx context.Context) *Overrides {
	o, _ := ctx.Value(overridesKey{}).(*Overrides)
	return o
}

// Origin returns the origin of a URL (RFC 6454): scheme, host and port, the port always
// written out: "https://example.com:443". A unix socket is an origin of its own, if the URL
// names it.
func Origin(u *url.URL) string {
	if isSocketURL(u) {
		return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
	}
	host, port := hostPort(u)
	return u.Scheme + "://" + joinHostPort(host, port)
}
