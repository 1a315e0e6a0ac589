// Connecting to one address of several, for a diagnosis: by a static host, so that all other
// settings stand.

package godwit

import (
	"maps"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"example.com/godwit/transport"
)

// pin lets the request go to these addresses, in the place of all that its host, or its proxy's,
// stands for. They are those of the way.
func (d *diagnoser) pin(o *transport.Overrides, addrs []netip.AddrPort) {
	if len(addrs) == 0 {
		return
	}
	texts := make([]string, len(addrs))
	for i, a := range addrs {
		texts[i] = a.String()
	}
	var own transport.Sockets
	if o.Sockets != nil {
		own = *o.Sockets
	}
	hosts := own.Hosts
	if len(hosts) == 0 {
		hosts = d.transport.Sockets.Hosts
	}
	hosts = maps.Clone(hosts)
	if hosts == nil {
		hosts = make(map[string]string, 1)
	}
	maps.DeleteFunc(hosts, func(key, _ string) bool { return strings.EqualFold(key, d.way.place) })
	hosts[d.way.place] = strings.Join(texts, ",")
	own.Hosts = hosts
	o.Sockets = &own
}

// pinBest lets the request go to an address that has answered, if there is one.
func (d *diagnoser) pinBest(o *transport.Overrides) {
	if addr, err := netip.ParseAddrPort(d.way.best); err == nil {
		d.pin(o, []netip.AddrPort{addr})
	}
}

// staticKey returns host and port of a URL as static hosts name them.
func staticKey(u *url.URL) string {
	p := u.Port()
	if p == "" && strings.HasPrefix(u.Scheme, "socks") {
		p = "1080"
	}
	if p == "" {
		p = port(u)
	}
	return net.JoinHostPort(hostOf(u), p)
}
