// The guard: which addresses may be connected to where only those of the public Internet may.

package dial

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Guard lets through the addresses of the public Internet and those that it has been told to
// allow. It must not be altered.
type Guard struct {
	prefixes []allowedPrefix
	hosts    []allowedHost
	text     string
}

type allowedPrefix struct {
	netip.Prefix
	port uint16 // 0: any
}

type allowedHost struct {
	name string // as ASCII writes it
	port uint16 // 0: any
}

// A NotPublicError says that a guard keeps an address from being connected to. Nothing has been
// sent to it.
type NotPublicError struct {
	Host string // that was asked for
	Addr string // that it has; "": it has none that could be checked
	Rule string // "loopback, RFC 1122", for instance
}

// Error returns "127.0.0.1 is not public (loopback, RFC 1122)".
func (e *NotPublicError) Error() string {
	who := e.Addr
	if who == "" {
		who = strconv.QuoteToASCII(e.Host)
	}
	return who + " is " + e.cause()
}

// cause returns the text without the address.
func (e *NotPublicError) cause() string { return "not public (" + e.Rule + ")" }

// ParseGuard returns a guard that lets through what is in the list besides: "10.1.0.0/16",
// "10.1.2.3", "[::1]:8080", and names of hosts, with a port or without, whatever their addresses
// are.
func ParseGuard(allow []string) (*Guard, error) {
	g := new(Guard)
	for _, entry := range allow {
		if err := g.allow(entry); err != nil {
			return nil, err
		}
	}
	sorted := slices.Clone(allow)
	slices.Sort(sorted)
	g.text = strings.Join(slices.Compact(sorted), " ")
	return g, nil
}

func (g *Guard) allow(entry string) error {
	if p, err := netip.ParsePrefix(entry); err == nil && !p.Addr().Is4In6() {
		g.prefixes = append(g.prefixes, allowedPrefix{p.Masked(), 0})
		return nil
	}
	host, port, err := splitPlace(entry)
	if err != nil {
		return err
	}
	name, err := ASCII(host)
	if err != nil {
		return &HostError{entry, "is neither an address, nor a prefix, nor a host"}
	}
	if a, err := netip.ParseAddr(name); err == nil {
		if a.Zone() != "" {
			return &HostError{entry, "has a zone"}
		}
		a = a.Unmap()
		g.prefixes = append(g.prefixes, allowedPrefix{netip.PrefixFrom(a, a.BitLen()), port})
		return nil
	}
	g.hosts = append(g.hosts, allowedHost{strings.TrimSuffix(name, "."), port})
	return nil
}

// String returns what is allowed, in an order that two guards that allow the same share.
func (g *Guard) String() string { return g.text }

// Check returns nil if a connection may go to addr, on behalf of a host as ASCII writes it, and
// else a *[NotPublicError].
func (g *Guard) Check(host string, port uint16, addr netip.AddrPort) error {
	if g.allowsHost(host, port) {
		return nil
	}
	bare := addr.Addr().Unmap().WithZone("") // with a zone it would be in no prefix
	for _, p := range g.prefixes {
		if p.Contains(bare) && (p.port == 0 || p.port == addr.Port()) {
			return nil
		}
	}
	if rule := special(addr.Addr()); rule != "" {
		return &NotPublicError{host, addr.Addr().Unmap().String(), rule}
	}
	return nil
}

func (g *Guard) allowsHost(host string, port uint16) bool {
	name := strings.TrimSuffix(host, ".")
	return slices.ContainsFunc(g.hosts, func(h allowedHost) bool {
		return h.name == name && (h.port == 0 || h.port == port)
	})
}

// checkPeer is Check for a connection that has been opened: what counts is who is at its other
// end.
func (g *Guard) checkPeer(host string, port uint16, peer net.Addr) error {
	var addr netip.AddrPort
	switch a := peer.(type) {
	case *net.TCPAddr:
		addr = a.AddrPort()
	case *net.UDPAddr:
		addr = a.AddrPort()
	}
	if !addr.IsValid() {
		if g.allowsHost(host, port) {
			return nil
		}
		return &NotPublicError{Host: host, Rule: "the connection does not tell its address"}
	}
	return g.Check(host, port, addr)
}
