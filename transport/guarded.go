// What Sockets.PublicOnly means to proxies and to connections that are there already.

package transport

import (
	"net"
	"net/netip"
	"slices"

	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// guarded reports whether the request goes to public addresses only.
func (r *trip) guarded() bool { return len(r.route.Guards) > 0 }

// proxyRules returns the overrides that say which proxy there is. The environment's is nobody's
// word for where the guard would be passed by.
func (r *trip) proxyRules() *Overrides {
	o := r.overrides
	if !r.guarded() || o == nil || o.EnvProxy == nil {
		return o
	}
	own := *o
	own.EnvProxy = nil
	return &own
}

// guardProxy refuses a proxy that would read the request, and look up by itself what is to be
// checked here.
func (r *trip) guardProxy(p *proxy) error {
	if !r.guarded() || r.key.scheme != "http" || p.isSocks() {
		return nil
	}
	return proxyError(p.addr(), &dial.NotPublicError{Host: r.key.host, Rule: "an http proxy would look it up"})
}

// finder returns what finds the addresses that a proxy is asked to connect us to: they are reached
// from there, and not from where we connect to the proxy.
func (r *trip) finder(d *dial.Dialer) *dial.Dialer {
	own := *d
	own.Interface = ""
	return &own
}

// guardedTarget returns what a proxy is asked for a tunnel to. If only public addresses will do, that
// is an address: the proxy might find another one. It is an IPv4 one if there is one, for not every
// proxy is connected to both.
func (r *trip) guardedTarget(finder *dial.Dialer, x *dial.Exchange) (string, error) {
	if !r.guarded() {
		return r.key.tunnelTarget(), nil
	}
	addrs, err := finder.LookUp(r.ctx, r.key.host, r.key.port, x)
	if err != nil {
		return "", err
	}
	at := max(0, slices.IndexFunc(addrs, func(a netip.AddrPort) bool { return a.Addr().Unmap().Is4() }))
	return netip.AddrPortFrom(addrs[at].Addr().Unmap(), addrs[at].Port()).String(), nil
}

// guardPeer checks once more who is at the other end of a connection that has been kept.
func (r *trip) guardPeer(c *pooled) error {
	if !r.guarded() || r.login != nil || c == nil {
		return nil
	}
	var peer net.Addr
	switch {
	case c.many == nil:
		peer = c.NetConn().RemoteAddr()
	case c.many.nc != nil:
		peer = c.many.nc.RemoteAddr()
	default:
		peer = net.UDPAddrFromAddrPort(c.many.about.Remote)
	}
	if err := r.route.Check(r.key.host, r.key.port, peer); err != nil {
		return &Error{Phase: trace.Connect, Addr: r.key.addr(), Err: err}
	}
	return nil
}
