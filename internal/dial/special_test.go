package dial

import (
	"net/netip"
	"strings"
	"testing"
)

// IANA's registries, and what is special beside them, block by block; each is told from the rule
// by a word of it. The block itself is refused from its first address to its last.
var registry = []struct{ block, word string }{
	{"0.0.0.0/8", "this network"},
	{"10.0.0.0/8", "1918"},
	{"100.64.0.0/10", "6598"},
	{"127.0.0.0/8", "loopback"},
	{"168.63.129.16/32", "Azure"},
	{"169.254.0.0/16", "3927"},
	{"172.16.0.0/12", "1918"},
	{"192.0.0.0/24", "6890"},
	{"192.0.2.0/24", "5737"},
	{"192.31.196.0/24", "7535"},
	{"192.52.193.0/24", "7450"},
	{"192.88.99.0/24", "7526"},
	{"192.168.0.0/16", "1918"},
	{"192.175.48.0/24", "7534"},
	{"198.18.0.0/15", "2544"},
	{"198.51.100.0/24", "5737"},
	{"203.0.113.0/24", "5737"},
	{"224.0.0.0/4", "5771"},
	{"240.0.0.0/5", "1112"}, // and the rest of 240/4, but for
	{"255.255.255.255/32", "broadcast"},

	{"::/128", "unspecified"},
	{"::1/128", "loopback"},
	{"::127.0.0.0/104", "compatible"},
	{"::8.8.8.8/128", "compatible"},
	{"::ffff:127.0.0.0/104", "loopback"},
	{"::ffff:10.0.0.0/104", "1918"},
	{"64:ff9b::127.0.0.0/104", "by NAT64 127"},
	{"64:ff9b::10.0.0.0/104", "by NAT64 10"},
	{"64:ff9b::169.254.169.254/128", "by NAT64 169.254.169.254: link local"},
	{"64:ff9b:1::/48", "8215"},
	{"100::/64", "6666"},
	{"100:0:0:1::/64", "9780"},
	{"2001::/32", "Teredo"},
	{"2001:1::1/128", "2928"},
	{"2001:2::/48", "2928"},
	{"2001:3::/32", "2928"},
	{"2001:4:112::/48", "2928"},
	{"2001:10::/28", "2928"},
	{"2001:20::/28", "2928"},
	{"2001:1ff::/32", "2928"},
	{"2001:db8::/32", "3849"},
	{"2002:7f00::/24", "by 6to4 127"},
	{"2002:a00::/24", "by 6to4 10"},
	{"2002:c0a8::/32", "by 6to4 192.168"},
	{"2620:4f:8000::/48", "7534"},
	{"2a00::5efe:127.0.0.0/104", "by ISATAP 127"},
	{"2a00::200:5efe:10.0.0.0/104", "by ISATAP 10"},
	{"3fff::/20", "9637"},
	{"4000::/3", "no global unicast"},
	{"5f00::/16", "9602"},
	{"fc00::/7", "4193"},
	{"fd00:ec2::254/128", "4193"},
	{"fe80::/10", "link local"},
	{"fec0::/10", "3879"},
	{"ff00::/8", "multicast"},
}

func TestSpecial(t *testing.T) {
	for _, r := range registry {
		first, last := ends(netip.MustParsePrefix(r.block))
		for _, a := range []netip.Addr{first, last} {
			if rule := special(a); !strings.Contains(rule, r.word) {
				t.Errorf("%v of %s: %q, want %q in it", a, r.block, rule, r.word)
			}
		}
	}
}

// ends returns the first and the last address of a block.
func ends(p netip.Prefix) (first, last netip.Addr) {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ = netip.AddrFromSlice(b)
	return p.Masked().Addr(), last
}

// The neighbours of each block, and what else is not special.
func TestNotSpecial(t *testing.T) {
	for _, text := range strings.Fields(`
		1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
		168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0
		192.0.1.255 192.0.3.0 192.31.195.255 192.31.197.0 192.52.192.255 192.52.194.0 192.88.98.255 192.88.100.0
		192.167.255.255 192.169.0.0 192.175.47.255 192.175.49.0 198.17.255.255 198.20.0.0 198.51.99.255
		198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 8.8.8.8 93.184.215.14
		::ffff:8.8.8.8 64:ff9b::8.8.8.8 2000:: 2001:200:: 2001:db7:ffff:: 2001:db9:: 2002:808:808::1 2003::1
		2606:2800:21f:cb07:6820:80da:af6b:8b2c 2620:4f:7fff:: 2620:4f:8001:: 2a00::5efe:8.8.8.8 3ffe:: 3fff:1000:: 3fff:ffff::
	`) {
		if rule := special(netip.MustParseAddr(text)); rule != "" {
			t.Errorf("%s: %s", text, rule)
		}
	}
	for _, a := range []netip.Addr{{}, netip.MustParseAddr("2a00::1%eth0"), netip.MustParseAddr("::ffff:8.8.8.8%x")} {
		if special(a) == "" && a != netip.MustParseAddr("::ffff:8.8.8.8%x") {
			t.Errorf("%v is not special", a)
		}
	}
}

// Whatever the 128 bits are: who embeds an address is judged by it, and nothing outside what has
// been given out as global unicast passes.
func FuzzSpecial(f *testing.F) {
	for _, r := range registry {
		b := netip.MustParsePrefix(r.block).Addr().As16()
		f.Add(b[:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != 16 {
			return
		}
		a := netip.AddrFrom16([16]byte(b))
		rule := special(a)
		std := a.Unmap()
		if rule == "" && (!std.IsGlobalUnicast() || std.IsPrivate() || std.IsLoopback() || std.IsLinkLocalUnicast()) {
			t.Errorf("%v passes", a)
		}
		if rule == "" && std.Is6() && b[0]&0xe0 != 0x20 && std.String()[:8] != "64:ff9b:" {
			t.Errorf("%v is no global unicast, and passes", a)
		}
		four := netip.AddrFrom4([4]byte(b[12:]))
		mapped := append([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, b[12:]...)
		nat64 := append([]byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, b[12:]...)
		sixToFour := append(append([]byte{0x20, 0x02}, b[12:]...), make([]byte, 10)...)
		for _, form := range [][]byte{mapped, nat64, sixToFour} {
			if got := special(netip.AddrFrom16([16]byte(form))); (got == "") != (special(four) == "") {
				t.Errorf("%v is %q, and %v is %q", netip.AddrFrom16([16]byte(form)), got, four, special(four))
			}
		}
	})
}
