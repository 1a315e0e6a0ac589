// The phase DNS: a name to addresses, in the order in which they are tried.

package dial

import (
	"context"
	"net"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/trace"
)

// maxAddrs bounds how many addresses of a name are tried. A name with more is either
// served by far more machines than we could try in ten seconds, or means harm.
const maxAddrs = 32

// lookUp returns the addresses to connect to for a target, in the order in which they are tried, at
// least one.
func (d *Dialer) lookUp(ctx context.Context, to target, x *Exchange) ([]netip.AddrPort, error) {
	name, port := to.host, to.port
	if places := d.Hosts.find(to.host, to.port); len(places) > 0 {
		if _, err := netip.ParseAddr(places[0].host); err == nil { // then all of them are addresses
			addrs := make([]netip.AddrPort, len(places))
			for i, p := range places {
				addrs[i] = netip.AddrPortFrom(netip.MustParseAddr(p.host), p.port)
			}
			return addrs, nil
		}
		name, port = places[0].host, places[0].port
	} else if addr, err := netip.ParseAddr(name); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(addr, port)}, nil
	}
	addrs, err := d.resolve(ctx, name, x)
	if err != nil {
		return nil, err
	}
	ports := make([]netip.AddrPort, len(addrs))
	for i, addr := range addrs {
		ports[i] = netip.AddrPortFrom(addr, port)
	}
	return ports, nil
}

// resolve returns the addresses of a name, at least one.
func (d *Dialer) resolve(ctx context.Context, name string, x *Exchange) ([]netip.Addr, error) {
	ph, limited, cancel := x.begin(ctx, trace.DNS, name)
	defer cancel()
	hooks := httptrace.ContextClientTrace(ctx)
	if hooks != nil && hooks.DNSStart != nil {
		hooks.DNSStart(httptrace.DNSStartInfo{Host: name})
	}
	addrs, err := d.lookup(untraced(limited, hooks), name)
	if hooks != nil && hooks.DNSDone != nil {
		hooks.DNSDone(httptrace.DNSDoneInfo{Addrs: ipAddrs(addrs), Err: err})
	}
	if err == nil {
		if addrs = order(addrs); len(addrs) == 0 {
			err = &net.DNSError{Err: "no usable address", Name: name, IsNotFound: true}
		}
	}
	if err != nil {
		return nil, ph.end(shortened(err))
	}
	return addrs, ph.end(nil)
}

// WithoutDNS returns what is known of a name without asking anybody: the addresses of localhost and
// of what is below it, which DNS could say anything of (RFC 6761 6.3), or that it is one of Tor's
// names, which DNS must not hear of (RFC 7686 2). nil, nil: ask. name is as [ASCII] writes it.
func WithoutDNS(name string) ([]netip.Addr, error) {
	bare := strings.TrimSuffix(name, ".")
	switch {
	case bare == "localhost", strings.HasSuffix(bare, ".localhost"):
		// IPv4 first, for that is where most servers under development listen.
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, nil
	case bare == "onion", strings.HasSuffix(bare, ".onion"):
		return nil, &net.DNSError{Err: "names of Tor are not looked up (RFC 7686)", Name: name, IsNotFound: true}
	}
	return nil, nil
}

func (d *Dialer) lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	addrs, err := WithoutDNS(name)
	if addrs != nil || err != nil {
		return addrs, err
	}
	network := d.Family.of("ip")
	if d.Resolver == nil {
		return net.DefaultResolver.LookupNetIP(ctx, network, name)
	}
	if r, ok := d.Resolver.(*net.Resolver); ok {
		return r.LookupNetIP(ctx, network, name) // obeys its context
	}
	return await(ctx, func() ([]netip.Addr, error) {
		return d.Resolver.LookupNetIP(ctx, network, name)
	}, func([]netip.Addr) {})
}

// order returns the addresses in the order in which they are tried: as they came, but the
// two families in turn (RFC 8305 4), without repetitions, at most maxAddrs. Left out is
// what no server can have: the unspecified address, which many systems would connect to
// themselves, and multicast.
func order(addrs []netip.Addr) []netip.Addr {
	var families [2][]netip.Addr // the family of the first address, and the other
	for _, a := range addrs {
		a = a.Unmap()
		if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() {
			continue
		}
		i := 0
		if len(families[0]) > 0 && families[0][0].Is4() != a.Is4() {
			i = 1
		}
		families[i] = append(families[i], a)
	}
	var out []netip.Addr
	for i := 0; len(families[0])+len(families[1]) > 0 && len(out) < maxAddrs; i = 1 - i {
		if len(families[i]) == 0 {
			continue
		}
		if a := families[i][0]; !slices.Contains(out, a) {
			out = append(out, a)
		}
		families[i] = families[i][1:]
	}
	return out
}

func ipAddrs(addrs []netip.Addr) []net.IPAddr {
	out := make([]net.IPAddr, len(addrs))
	for i, a := range addrs {
		out[i] = net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}
	}
	return out
}

// A lookupError is a *net.DNSError whose text leaves out the name, which the *trace.Error
// around it gives.
type lookupError struct{ *net.DNSError }

func shortened(err error) error {
	if e, ok := err.(*net.DNSError); ok {
		return &lookupError{e}
	}
	return err
}

// Error returns "no such host (asked 127.0.0.53:53)". What the server sent is quoted if it
// is not plain text.
func (e *lookupError) Error() string {
	text := e.Err
	if quoted := strconv.Quote(text); quoted != `"`+text+`"` {
		text = quoted
	}
	if e.Server != "" {
		text += " (asked " + e.Server + ")"
	}
	return text
}

func (e *lookupError) Unwrap() error { return e.DNSError }

var _ interface{ Timeout() bool } = (*lookupError)(nil)
