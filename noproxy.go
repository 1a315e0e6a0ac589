// NO_PROXY: lists of hosts that are asked for without a proxy.

package godwit

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"example.com/godwit/internal/dial"
)

// A noProxy is a list of hosts that no proxy is for. Its zero value is empty.
type noProxy struct {
	all   bool
	nets  []noProxyNet
	names []noProxyName
}

// A noProxyNet is an address or a network.
type noProxyNet struct {
	netip.Prefix
	port string // "": any
}

// A noProxyName is a name, and what is below it.
type noProxyName struct {
	name  string // as dial.ASCII writes it, without a dot at its end
	below bool   // only what is below it
	port  string // "": any
}

// parseNoProxy reads a list as it is written in NO_PROXY, with what all who write such lists have
// in common, and more: names, which stand for what is below them too (with "." in front as well,
// and with "*." for that alone); addresses, IPv6 ones in brackets or not; networks; each with a
// port, but for networks; "*" for everything; between them commas and spaces. What is none of
// these is passed over: it fits nothing (CVE-2025-62718).
func parseNoProxy(list string) (n noProxy) {
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if entry == "*" {
			return noProxy{all: true}
		}
		n.add(entry)
	}
	return n
}

func (n *noProxy) add(entry string) {
	if p, err := netip.ParsePrefix(entry); err == nil {
		n.nets = append(n.nets, noProxyNet{unmapped(p), ""})
		return
	}
	host, port := splitEntry(entry)
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		n.nets = append(n.nets, noProxyNet{netip.PrefixFrom(a, a.BitLen()), port})
		return
	}
	name, below := strings.CutPrefix(host, "*.")
	name, err := dial.ASCII(strings.Trim(name, "."))
	if err == nil {
		n.names = append(n.names, noProxyName{name, below, port})
	}
}

// splitEntry takes the port from an entry, if it has one.
func splitEntry(entry string) (host, port string) {
	if bare, ok := strings.CutPrefix(entry, "["); ok {
		host, port, _ = strings.Cut(bare, "]")
		return host, strings.TrimPrefix(port, ":")
	}
	if strings.Count(entry, ":") > 1 {
		return entry, "" // IPv6
	}
	host, port, _ = strings.Cut(entry, ":")
	return host, port
}

// unmapped returns a network of IPv4 addresses as one, and not as of IPv6.
func unmapped(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p
}

// has reports whether the URL's host is in the list. Addresses are compared as addresses, and no
// name is like one (CVE-2025-22870, CVE-2026-44492).
func (n *noProxy) has(u *url.URL) bool {
	if n.all {
		return true
	}
	host, at := hostOf(u), port(u)
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		for _, net := range n.nets {
			if net.Contains(a) && (net.port == "" || net.port == at) {
				return true
			}
		}
		return false
	}
	for _, entry := range n.names {
		above, ok := strings.CutSuffix(host, entry.name)
		if ok && (above == "" && !entry.below || strings.HasSuffix(above, ".")) && (entry.port == "" || entry.port == at) {
			return true
		}
	}
	return false
}

// isLocal reports whether a URL leads to this machine, by its name (RFC 6761 6.3) or its address.
func isLocal(u *url.URL) bool {
	host := hostOf(u)
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
