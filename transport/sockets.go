// Which way sockets are opened: what a Transport and a request say of that, put together.

package transport

import (
	"context"
	"errors"
	"net"
	"reflect"
	"slices"
	"unique"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
)

// Sockets say which way connections are opened, beside what a URL says. None of it alters what
// the server is told or what its certificate must name. The zero value leaves it all to the
// system.
type Sockets struct {
	// Unix is the path of a unix socket that everything is sent to, whatever the URL's host is:
	// nothing is looked up, and proxies are not used. "@name" is one of Linux's abstract sockets.
	// "": TCP, unless the URL is one of a socket (see [Transport]).
	Unix string

	// Hosts say where to connect to in place of a host: "example.com:443", "example.com" (any
	// port), "*:443", "*"; what names most comes first. Values are an address or a name, with a
	// port or without, a port alone (":8443"), or several addresses with commas between them. If
	// there is a proxy, it is the proxy that is found by them. nil: none.
	Hosts map[string]string

	// Interface is where TCP connections come from: an address of this machine, or one of its
	// network interfaces. Linux binds the socket to the interface, others to its address.
	// "if!eth0" is an interface only, "host!name" the address of a name. "": the system chooses.
	Interface string

	// IPv4Only and IPv6Only connect to no address of the other family.
	IPv4Only, IPv6Only bool

	// PublicOnly connects to addresses of the public Internet alone: not to those that IANA's
	// registries of special addresses list, nor to unix sockets. What is dialled is checked, each
	// time, so that a name that changes its address gains nothing. A proxy is not checked; it is
	// told an address that is, and is not used for http URLs, whose host it would look up itself.
	// EnvProxy is not used at all. What a request forbids, and what its Transport forbids, is
	// forbidden; the error is a *[NotPublicError].
	PublicOnly bool

	// Allow is what PublicOnly lets through besides: "10.1.0.0/16", "10.1.2.3", "[::1]:8080",
	// and names of hosts, with a port or without, whatever their addresses are.
	Allow []string
}

// A NotPublicError says which address Sockets.PublicOnly has kept a connection from, on behalf of
// which Host, and by which Rule ("loopback, RFC 1122"). Nothing has been sent to it.
type NotPublicError = dial.NotPublicError

// A Dialer opens sockets; *net.Dialer is one. It is given "tcp" (or "tcp4", "tcp6") and
// "host:port".
type Dialer interface {
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}

// A route is Sockets, a Resolver and a Dialer, looked at.
type route struct{ dial.Dialer }

// A routeID is what connections are told apart by that were opened in different ways. Its zero
// value is the Transport's own way.
type routeID struct {
	unix      string
	hosts     string
	local     string // where connections come from
	family    dial.Family
	guard     string
	guarded   bool
	place     place      // where the origin is served instead; zero: where its URL says
	resolver  any        // nil: the Transport's
	dialer    any        // nil: the Transport's
	overrides *Overrides // whose resolver or dialer cannot be compared; nil: nobody's
}

// setRoute looks at what a Transport says.
func (t *Transport) setRoute() {
	t.route = route{dial.Dialer{Resolver: t.Resolver, Dial: t.Dial}}
	t.routeErr = t.route.set(&t.Sockets, new(routeID))
}

// setRoute decides which way the request's sockets are opened.
func (r *trip) setRoute() error {
	t, o := r.t, r.overrides
	if r.route = &t.route; t.routeErr != nil {
		return t.routeErr
	}
	if o == nil || o.Sockets == nil && o.Resolver == nil && o.Dialer == nil {
		return nil
	}
	own, id := t.route, routeID{}
	if o.Resolver != nil {
		own.Resolver = o.Resolver
		id.resolver = comparable(o.Resolver, o, &id)
	}
	if o.Dialer != nil {
		own.Dial = o.Dialer.DialContext
		id.dialer = comparable(o.Dialer, o, &id)
	}
	if o.Sockets != nil {
		own.Guards = slices.Clip(own.Guards)
		if err := own.set(o.Sockets, &id); err != nil {
			return err
		}
	}
	if path := r.key.socket(); path != "" {
		id.unix = path // the URL is the request's own word
	}
	if id != (routeID{}) {
		r.key.route = unique.Make(id)
	}
	r.route = &own
	return nil
}

// dialer returns what opens the request's socket.
func (r *trip) dialer() dial.Dialer {
	d := r.route.Dialer
	if path := r.key.socket(); path != "" {
		d.Unix = path
	}
	return d
}

// overUnix reports whether the request goes over a unix socket, where there are no proxies.
func (r *trip) overUnix() bool { return r.route.Unix != "" || r.key.socket() != "" }

// socket returns the path of the unix socket that a request has named, "" if it has not.
func (k *key) socket() string {
	if k.route == (unique.Handle[routeID]{}) {
		return ""
	}
	return k.route.Value().unix
}

// comparable returns v, if it can be compared, and else makes the route nobody's but o's.
func comparable(v any, o *Overrides, id *routeID) any {
	if reflect.ValueOf(v).Comparable() {
		return v
	}
	id.overrides = o
	return nil
}

// set puts what s says over what has been said before, and notes it.
func (r *route) set(s *Sockets, id *routeID) error {
	if s.Unix != "" {
		if err := dial.CheckSocket(s.Unix); err != nil {
			return socketsError("Unix", err)
		}
		r.Unix, id.unix = s.Unix, s.Unix
	}
	if len(s.Hosts) > 0 {
		hosts, err := dial.ParseHosts(s.Hosts)
		if err != nil {
			return socketsError("Hosts", err)
		}
		r.Hosts, id.hosts = hosts, hosts.String()
	}
	if s.Interface != "" {
		r.Interface, id.local = s.Interface, s.Interface
	}
	switch {
	case s.IPv4Only && s.IPv6Only:
		return socketsError("IPv4Only", errors.New("and IPv6Only as well, which leaves nothing"))
	case s.IPv4Only:
		r.Family = dial.IPv4
	case s.IPv6Only:
		r.Family = dial.IPv6
	}
	if s.IPv4Only || s.IPv6Only {
		id.family = r.Family
	}
	if s.PublicOnly {
		guard, err := dial.ParseGuard(s.Allow)
		if err != nil {
			return socketsError("Allow", err)
		}
		r.Guards = append(r.Guards, guard)
		id.guard, id.guarded = guard.String(), true
	}
	return nil
}

func socketsError(field string, err error) error {
	return &conn.Error{Err: &conn.RequestError{What: "Sockets." + field, Why: err.Error()}}
}
