// A Request is what options fill in, and what an http.Request is made of.

package godwit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"example.com/godwit/auth"
	"example.com/godwit/internal/coding"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// A Request says what to send and how. Options fill it in, in turn; the last word stands.
type Request struct {
	Method  string
	URL     string // relative to BaseURL, if that is set
	URI     URI    // the values for URL, which is a template then; nil: it is none
	BaseURL string // "": URL is absolute
	Query   string // added to the URL's query as it stands, percent-encoded already
	Params  Pairs  // added to the query after that, and percent-encoded

	Header  http.Header // never nil; a name without a value keeps Godwit from adding that field
	Order   []string    // header names in the order, and the letter case, to send them in
	Cookies Pairs       // added to the Cookie field
	Body    *Body       // nil: none

	Auth      auth.Auth // who is asking; nil: what URL, session and netrc say
	ProxyAuth auth.Auth // who is asking the proxy; nil: the user info of its URL

	Redirects   int      // how many to follow; 10 unless said otherwise
	KeepHeaders []string // names that go on to other origins too
	Retry       Retry    // when to try again; zero: never

	Timeout  time.Duration // for the call as a whole; 0: the context's alone
	Limits   trace.Limits  // for its phases; fields that are 0: the transport's
	MaxBody  int64         // bytes of response that a call holds; 0: 64 MiB; negative: any number
	MaxRatio int64         // how far a body may inflate; 0: 200; negative: any ratio

	Decoders Decoders // for codings of bodies, by names in lower case; nil: Godwit's own alone

	// Proxy returns the proxy for a URL, nil for none. nil, or the error transport.ErrNoRule: what
	// the transport or else the environment says.
	Proxy func(*url.URL) (*url.URL, error)
	NoEnv NoEnv // what the environment has no say in

	ProxyHeader http.Header          // fields for proxies and nobody behind them; nil: none
	ProxyTLS    *transport.Overrides // how TLS is spoken with https proxies; nil: as with any origin

	Sockets  transport.Sockets  // which way sockets are opened; fields that are zero: the transport's
	Resolver transport.Resolver // looks names up; nil: the transport's
	Dialer   transport.Dialer   // opens sockets; nil: the transport

	CA          *transport.CA          // whom to trust; nil: what environment and transport say
	AddCA       []*transport.CA        // whom to trust besides
	TLSSettings *transport.TLSSettings // how TLS is spoken; nil: as the transport says
	TLS         *tls.Config            // for the origin of the first request; nil: the transport's
	Certificate *tls.Certificate       // shown to that origin, if it asks; nil: none
	Pins        transport.Pins         // keys of which that origin must show one; zero: any

	Progress Progress // is told how far the bodies have come; nil: nobody is

	OnRequest  []func(*http.Request) error  // before each exchange
	OnResponse []func(*http.Response) error // after its head has come

	withheld []string   // header fields that were meant for another origin
	origin   string     // of the first request, which credentials are for
	userOnly string     // the URL's user, whose password may be in netrc
	secrets  secretList // that stand somewhere in it

	// The flags are side by side, where they take a word and not five.
	Protocols      transport.Protocols // versions of HTTP that may be spoken; 0: the transport's
	AllowDowngrade bool                // follow a redirect from https to http
	RaiseForStatus bool                // make a status of 400 and above an error
	CompressBody   bool                // send Body in gzip, unless it is short
	IdempotencyKey bool                // add that field, unless the method is safe
	Raw            bool                // leave content codings alone
	Insecure       bool                // verify nothing, at the origin that the first request goes to
	userInfo       bool                // Auth comes from the URL's user info
	netrc          bool                // nobody has said who is asking
	who            who                 // what has been said last of it
	asked          bool                // Accept-Encoding is ours, so Content-Encoding is ours to undo
}

// maxRedirects is what requests, curl and Go follow or less (30, 30, 10): nobody's real
// chain is longer than 10, and each hop is a chance to be led astray.
const maxRedirects = 10

// init makes r a request without options.
func (r *Request) init(method, url string) {
	if method == "" {
		method = http.MethodGet
	}
	r.Method, r.URL, r.Redirects, r.Header = method, url, maxRedirects, make(http.Header)
}

// apply applies options in turn.
func (r *Request) apply(opts []Option) error {
	if err := Defaults(opts).Apply(r); err != nil {
		return r.refuse(ErrRequest, err)
	}
	return nil
}

// build makes the request that is sent, without its body's reader, in the place of req. u
// becomes part of it.
func (r *Request) build(ctx context.Context, req *http.Request, u *url.URL) error {
	if err := r.check(); err != nil {
		return r.refuse(ErrRequest, err)
	}
	if r.Query != "" || len(r.Params) > 0 {
		u.RawQuery = joinQuery(u.RawQuery, r.Query, r.Params.encode())
	}
	u.RawQuery = escapeQuery(u.RawQuery)
	if err := r.addCookies(); err != nil {
		return r.refuse(ErrRequest, err)
	}
	host := u.Host
	if isSocketURL(u) {
		host = "" // which the transport knows better
	}
	if v, ok := r.Header["Host"]; ok {
		if len(v) > 0 {
			host = v[0]
		}
		delete(r.Header, "Host")
	}
	t := http.Request{
		Method: r.Method, URL: u, Host: host, Header: r.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	r.addIdempotencyKey()
	if err := r.finishBody(); err != nil {
		return r.refuse(ErrRequest, err)
	}
	if b := r.Body; b != nil {
		t.ContentLength = b.Size
		if !b.once {
			t.GetBody = b.Open
		}
		if _, ok := r.Header["Content-Type"]; !ok && b.Type != "" {
			r.Header["Content-Type"] = []string{b.Type}
		}
	}
	r.asked = r.addDefaults()
	*req = *t.WithContext(ctx)
	return nil
}

// addDefaults adds the fields that every request has, and reports whether one of them asks
// for a coded body. A part of a coded body cannot be decoded, so a Range asks for none.
func (r *Request) addDefaults() (asked bool) {
	h := r.Header
	values := [...]string{"*/*", transport.UserAgent, coding.Accept(coding.Set(r.Decoders))} // one allocation for all
	if _, ok := h["Accept"]; !ok {
		h["Accept"] = values[0:1:1]
	}
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = values[1:2:2]
	}
	if r.Method == http.MethodHead || len(h["Range"]) > 0 {
		return false
	}
	if _, ok := h["Accept-Encoding"]; ok {
		return false
	}
	if asked = values[2] != ""; !asked {
		values[2] = "identity" // without the field, any coding would do (RFC 9110 12.5.3)
	}
	h["Accept-Encoding"] = values[2:3:3]
	return asked
}

// check refuses what cannot be put on the wire. The engine checks again; here it costs less
// and the error comes before any connection.
func (r *Request) check() error {
	if !isToken(r.Method) {
		return errors.New("the method is not a token (RFC 9110 9.1)")
	}
	if r.Retry.Max > 0 && r.Body != nil && r.Body.once {
		return errOneShot
	}
	for name, values := range r.Header {
		if !isToken(name) {
			return fmt.Errorf("header name %q is not a token (RFC 9110 5.1)", clip(name, 60))
		}
		switch name {
		case "Content-Length", "Transfer-Encoding":
			if len(values) > 0 {
				return fmt.Errorf("header %s: it follows from the body", name)
			}
		}
		for _, v := range values {
			if !isFieldValue(v) {
				return fmt.Errorf("header %s: a control character in its value", name)
			}
		}
	}
	return nil
}

// errOneShot is what keeps a retry from sending an empty body.
var errOneShot = errors.New("a Retry, and a body that can be read but once: use Bytes, a file or a Body with an Open, or say Retry{} for this call")

// A prepared request's context tells Open by what it was made.
type prepared struct {
	context.Context
	request Request
	body    *lazyBody   // as Prepare put it in; nil: none
	shown   []string    // the Authorization that Prepare put in; nil: none
	fields  http.Header // the others
}

type preparedKey struct{}

// Value returns p itself for preparedKey.
func (p *prepared) Value(key any) any {
	if _, ok := key.(preparedKey); ok {
		return p
	}
	return p.Context.Value(key)
}

// show puts the credentials that will be sent into the request, for who wants to look at it,
// if they can be known without a challenge.
func (p *prepared) show(req *http.Request) error {
	a := p.request.Auth
	if _, asks := a.(auth.Challenger); a == nil || asks {
		return nil
	}
	if err := a.Authorize(req); err != nil {
		return p.request.refuse(ErrRequest, &authError{err})
	}
	p.shown = req.Header["Authorization"]
	return nil
}

// sameSlice reports whether two slices are one and the same.
func sameSlice(a, b []string) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}
