// Options for sockets and names: which way the connections of a call are opened.

package godwit

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"example.com/godwit/internal/dial"
	"example.com/godwit/transport"
)

// UnixSocket is the path of a unix socket that the whole call goes to, redirects included,
// whatever hosts its URLs have; no name is looked up, and no proxy used. "@name" is one of Linux's
// abstract sockets; "" takes an earlier one back. A URL may name a socket by itself:
// "http+unix://%2Frun%2Fdocker.sock/version"; a redirect never does, and to elsewhere leaves it.
type UnixSocket string

// Apply sets Request.Sockets.Unix.
func (u UnixSocket) Apply(r *Request) error {
	if u != "" {
		if err := dial.CheckSocket(string(u)); err != nil {
			return fmt.Errorf("UnixSocket: %w", err)
		}
	}
	r.Sockets.Unix = string(u)
	return nil
}

// Resolve says where to connect to in place of a host, without looking that up. Keys are
// "example.com:443", "example.com" (any port), "*:443" or "*"; values an address or a name, with a
// port or without, a port alone (":8443"), or several addresses with commas between them; ""
// takes an earlier one back. What the server is told, and what its certificate must name, stays
// the host of the URL.
//
//	godwit.Get(ctx, "https://example.com/", godwit.Resolve{"example.com:443": "127.0.0.1:8443"})
type Resolve map[string]string

// Apply adds to Request.Sockets.Hosts.
func (hosts Resolve) Apply(r *Request) error {
	all := make(map[string]string, len(r.Sockets.Hosts)+len(hosts))
	maps.Copy(all, r.Sockets.Hosts)
	maps.Copy(all, hosts)
	maps.DeleteFunc(all, func(_, to string) bool { return to == "" })
	if _, err := dial.ParseHosts(all); err != nil {
		return fmt.Errorf("Resolve: %w", err)
	}
	r.Sockets.Hosts = all
	return nil
}

// Interface is where the call's TCP connections come from: an address of this machine
// ("192.0.2.7"), or a network interface ("eth0"). Linux binds sockets to the interface, other
// systems to its address. "": the system chooses.
type Interface string

// Apply sets Request.Sockets.Interface.
func (i Interface) Apply(r *Request) error { r.Sockets.Interface = string(i); return nil }

// PublicOnly keeps the call, with its redirects, away from all addresses that are not of the public
// Internet: this machine, private networks, the metadata services of clouds and whatever else
// IANA's registries of special addresses list. It is for programs that fetch URLs which others
// have given them. What is connected to is checked, each time, and not what a name was said to
// stand for a moment earlier. The error is [ErrNotPublic].
//
// allow lets through besides: "10.1.0.0/16", "10.1.2.3", "127.0.0.1:8080", "[::1]:8080", and
// "intranet.example", with a port or without, whatever its addresses are.
//
// Unix sockets are refused. The environment's proxies are not used; a [Proxy] that the call or the
// session names is, and is told an address that has been checked, but not for http URLs, whose
// host it would look up itself. A [Session] whose Transport, or [Mount], is not a
// *transport.Transport cannot keep the promise, and is an error.
func PublicOnly(allow ...string) Option { return publicOnly{allow} }

type publicOnly struct{ allow []string }

// Apply sets Request.Sockets.PublicOnly and Allow.
func (p publicOnly) Apply(r *Request) error {
	if _, err := dial.ParseGuard(p.allow); err != nil {
		return fmt.Errorf("PublicOnly: %w", err)
	}
	r.Sockets.PublicOnly, r.Sockets.Allow = true, p.allow
	return nil
}

// String returns the option as it is written.
func (p publicOnly) String() string {
	quoted := make([]string, len(p.allow))
	for i, a := range p.allow {
		quoted[i] = fmt.Sprintf("%q", a)
	}
	return "PublicOnly(" + strings.Join(quoted, ", ") + ")"
}

// opensOtherwise reports whether the request's sockets are opened in another way than the
// transport's.
func (r *Request) opensOtherwise() bool {
	s := &r.Sockets
	return s.Unix != "" || len(s.Hosts) > 0 || s.Interface != "" || s.IPv4Only || s.IPv6Only || s.PublicOnly ||
		len(s.Allow) > 0 || r.Resolver != nil || r.Dialer != nil
}

// overrideSockets says what the transport must know of that.
func (r *Request) overrideSockets(o *transport.Overrides) {
	if r.opensOtherwise() {
		o.Sockets, o.Resolver, o.Dialer = &r.Sockets, r.Resolver, r.Dialer
	}
}

// guardSockets refuses a transport that knows nothing of PublicOnly.
func (c *call) guardSockets(rt http.RoundTripper) error {
	if !c.request.Sockets.PublicOnly {
		return nil
	}
	if s, ok := rt.(sound); ok {
		return kindErrorf(ErrRequest, "PublicOnly is kept by a *transport.Transport alone, and this request goes by a %T", s.next)
	}
	return nil
}

// isNotPublic reports whether PublicOnly is why something failed.
func isNotPublic(err error) bool {
	_, ok := errors.AsType[*transport.NotPublicError](err)
	return ok
}

// isSocketURL reports whether a URL names a unix socket.
func isSocketURL(u *url.URL) bool { return strings.HasSuffix(u.Scheme, "+unix") }

// isSocketText reports whether the text of a URL does.
func isSocketText(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && len(scheme) > len("+unix") && strings.EqualFold(scheme[len(scheme)-len("+unix"):], "+unix")
}
