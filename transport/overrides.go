package transport

import (
	"context"
	"crypto/tls"
	"net/url"
	"sync/atomic"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
)

// Overrides are what one request may have otherwise than its Transport. They travel in the
// request's context (see [With]). A field that is zero leaves the Transport's word standing.
type Overrides struct {
	// Origin is the origin they were made for, as [Origin] writes it. Insecure and TLS apply
	// only to requests of that origin; "" means of any. All else applies to whatever is sent
	// in this context, redirects included.
	Origin string

	Limits trace.Limits // fields that are 0: the Transport's

	// Streaming, while it is set and true, makes a Limits.Receive of 0 mean no limit: somebody
	// reads the response's body as it comes, however long that takes. nil: the default limit.
	Streaming *atomic.Bool

	Tracer trace.Tracer // told in place of the Transport's
	Call   uint64       // the number of the call, for the tracer

	// Order names header fields in the order, and in the letter case, in which they are
	// sent. Fields that it does not name follow in alphabetical order.
	Order []string

	// NoGzip keeps the Transport from asking for gzip and from undoing it by itself.
	NoGzip bool

	CA          *CA         // whom to trust in place of the system's roots; nil: the Transport's
	TLS         *tls.Config // in place of the Transport's; must not be altered any more
	Insecure    bool        // verify neither certificates nor names
	Proxy       func(*url.URL) (*url.URL, error)
	ProxyAuth   auth.Auth
	Certificate *tls.Certificate
	Report      func() *Report
	Secrets     []string
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
// written out: "https://example.com:443".
func Origin(u *url.URL) string {
	host, port := hostPort(u)
	return u.Scheme + "://" + joinHostPort(host, port)
}
