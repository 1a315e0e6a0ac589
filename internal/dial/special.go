// Which addresses no server of the public Internet has: the special-purpose registries of IANA
// for IPv4 and IPv6 (RFC 6890 and its successors), as tables.

package dial

import (
	"encoding/binary"
	"net/netip"
)

// A range4 is a block of IPv4 addresses. The tables are written in numbers, so that nothing has
// to be parsed when a program starts.
type range4 struct {
	first uint32
	bits  int
	rule  string
}

// special4 is IANA's registry, with multicast, and one address more. What the registry calls
// globally reachable is in it too: those are anycast addresses, whose nearest machine may well be
// one of ours (the NAT gateway answers at 192.0.0.9), and no web site has one. The order is by
// address, the narrower block first.
var special4 = [...]range4{
	{0x00_00_00_00, 8, "this network, RFC 791"},
	{0x0a_00_00_00, 8, "private use, RFC 1918"},
	{0x64_40_00_00, 10, "shared address space, RFC 6598"},
	{0x7f_00_00_00, 8, "loopback, RFC 1122"},
	{0xa8_3f_81_10, 32, "a platform service of Azure"}, // public by its number, but each machine there reaches its own host by it
	{0xa9_fe_00_00, 16, "link local, RFC 3927"},
	{0xac_10_00_00, 12, "private use, RFC 1918"},
	{0xc0_00_00_00, 24, "IETF protocol assignments, RFC 6890"},
	{0xc0_00_02_00, 24, "documentation, RFC 5737"},
	{0xc0_1f_c4_00, 24, "AS112, RFC 7535"},
	{0xc0_34_c1_00, 24, "AMT, RFC 7450"},
	{0xc0_58_63_00, 24, "6to4 relays, RFC 7526"},
	{0xc0_a8_00_00, 16, "private use, RFC 1918"},
	{0xc0_af_30_00, 24, "AS112, RFC 7534"},
	{0xc6_12_00_00, 15, "benchmarking, RFC 2544"},
	{0xc6_33_64_00, 24, "documentation, RFC 5737"},
	{0xcb_00_71_00, 24, "documentation, RFC 5737"},
	{0xe0_00_00_00, 4, "multicast, RFC 5771"},
	{0xff_ff_ff_ff, 32, "broadcast, RFC 919"},
	{0xf0_00_00_00, 4, "reserved, RFC 1112"},
}

// A range6 is a block of IPv6 addresses that is told by their first half.
type range6 struct {
	first uint64
	bits  int // at most 64
	rule  string
}

// special6 is IANA's registry, as special4 is. Nothing of 2001::/23 is let out of it: the blocks
// that it has been cut into since are no web site's either.
var special6 = [...]range6{
	{0x0064_ff9b_0001_0000, 48, "local translation to IPv4, RFC 8215"},
	{0x0100_0000_0000_0000, 64, "discarded, RFC 6666"},
	{0x0100_0000_0000_0001, 64, "a dummy, RFC 9780"},
	{0x2001_0000_0000_0000, 32, "Teredo, RFC 4380"},
	{0x2001_0000_0000_0000, 23, "IETF protocol assignments, RFC 2928"},
	{0x2001_0db8_0000_0000, 32, "documentation, RFC 3849"},
	{0x2620_004f_8000_0000, 48, "AS112, RFC 7534"},
	{0x3fff_0000_0000_0000, 20, "documentation, RFC 9637"},
	{0x5f00_0000_0000_0000, 16, "segment routing, RFC 9602"},
	{0xfc00_0000_0000_0000, 7, "unique local, RFC 4193"},
	{0xfe80_0000_0000_0000, 10, "link local, RFC 4291"},
	{0xfec0_0000_0000_0000, 10, "site local, RFC 3879"},
	{0xff00_0000_0000_0000, 8, "multicast, RFC 4291"},
}

// special returns which rule says that a server of the public Internet cannot have the address,
// "" if none does. An address that leads to another one, which is in it, is judged by that.
func special(a netip.Addr) string {
	switch a = a.Unmap(); {
	case !a.IsValid():
		return "no address"
	case a.Zone() != "":
		return "an address of one link, RFC 4007"
	case a.Is4():
		return specialIPv4(a.As4())
	}
	b := a.As16()
	rule := specialIPv6(b)
	if rule != "" {
		return rule
	}
	for _, inner := range embedded(b) {
		if rule := specialIPv4(inner.addr); rule != "" {
			return inner.how + " " + netip.AddrFrom4(inner.addr).String() + ": " + rule
		}
	}
	return ""
}

func specialIPv4(b [4]byte) string {
	n := binary.BigEndian.Uint32(b[:])
	for _, r := range special4 {
		if (n^r.first)>>(32-r.bits) == 0 {
			return r.rule
		}
	}
	return ""
}

// specialIPv6 goes by the tables, and by what IANA has given out at all: outside 2000::/3 there
// is nothing but the translation to IPv4.
func specialIPv6(b [16]byte) string {
	first, second := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	switch {
	case first == 0 && second == 0:
		return "unspecified, RFC 4291"
	case first == 0 && second == 1:
		return "loopback, RFC 4291"
	case first == 0 && second>>32 == 0:
		return "IPv4-compatible, RFC 4291"
	}
	for _, r := range special6 {
		if (first^r.first)>>(64-r.bits) == 0 {
			return r.rule
		}
	}
	if first>>61 != 1 && !isNAT64(first, second) {
		return "no global unicast, RFC 4291"
	}
	return ""
}

// isNAT64 reports whether an address is in 64:ff9b::/96 (RFC 6052), whose packets a translator
// sends on over IPv4.
func isNAT64(first, second uint64) bool { return first == 0x0064_ff9b_0000_0000 && second>>32 == 0 }

// An inner is an IPv4 address to which an IPv6 one leads.
type inner struct {
	addr [4]byte
	how  string
}

// embedded returns the IPv4 addresses in an IPv6 address that something on the way would take out
// of it. A translator with a prefix of its own (RFC 6052 2.2) cannot be told from a server.
func embedded(b [16]byte) (all []inner) {
	first, second := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	if isNAT64(first, second) {
		all = append(all, inner{[4]byte(b[12:]), "by NAT64"})
	}
	if b[0] == 0x20 && b[1] == 0x02 {
		all = append(all, inner{[4]byte(b[2:6]), "by 6to4"})
	}
	if id := second >> 32; id == 0x0000_5efe || id == 0x0200_5efe {
		all = append(all, inner{[4]byte(b[12:]), "by ISATAP"})
	}
	return all
}
