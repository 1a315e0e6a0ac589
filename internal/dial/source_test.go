package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// A phaseLog notes which phases begin.
type phaseLog struct{ begun []string }

func (l *phaseLog) Trace(_ context.Context, ev trace.Event) {
	if e, ok := ev.(trace.PhaseStart); ok {
		l.begun = append(l.begun, e.Phase.String()+" "+e.Addr)
	}
}

// loopback returns the name of the interface that has 127.0.0.1.
func loopback(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(i net.Interface) bool { return i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 })
	if i < 0 {
		t.Skip("no loopback interface")
	}
	return all[i].Name
}

func TestInterface(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	port := ln.Addr().(*net.TCPAddr).Port
	host, portText, _ := net.SplitHostPort(ln.Addr().String())
	lo := loopback(t)
	for _, c := range []struct {
		at   string
		from string
	}{
		{"127.0.0.1", "127.0.0.1"},
		{"::ffff:127.0.0.1", "127.0.0.1"},
		{"host!127.0.0.1", "127.0.0.1"},
		{"host!localhost", "127.0.0.1"},
		{"host!here.example", "127.0.0.1"},
		{lo, "127.0.0.1"},
		{"if!" + lo, "127.0.0.1"},
	} {
		d := &Dialer{Interface: c.at, Resolver: &fakeResolver{addrs: []string{"::1", "127.0.0.1"}}}
		nc, err := d.DialContext(t.Context(), host, portText, nil)
		if err != nil {
			t.Errorf("%s: %v", c.at, err)
			continue
		}
		if got := nc.LocalAddr().(*net.TCPAddr).AddrPort().Addr().String(); got != c.from {
			t.Errorf("%s: from %s, want %s", c.at, got, c.from)
		}
		nc.Close()
		pc, err := d.ListenUDP(t.Context(), netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port)), nil)
		if err != nil {
			t.Errorf("%s: %v", c.at, err)
			continue
		}
		if got := pc.LocalAddr().(*net.UDPAddr).AddrPort().Addr(); got.Is6() || !strings.Contains(c.at, lo) && got.String() != c.from {
			t.Errorf("%s: UDP from %s, want %s", c.at, got, c.from)
		}
		pc.Close()
	}
}

// What a port of its own is for: both sides know it.
func TestSourcePort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	source := free.Addr().(*net.TCPAddr).AddrPort()
	free.Close()
	host, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, s := range []netip.AddrPort{source, netip.AddrPortFrom(netip.Addr{}, source.Port())} {
		d := &Dialer{Source: s}
		nc, err := d.DialContext(t.Context(), host, port, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := nc.LocalAddr().(*net.TCPAddr).AddrPort(); got != source {
			t.Errorf("from %v, want %v", got, source)
		}
		nc.(*net.TCPConn).SetLinger(0) // or the port could not be used again for a while
		nc.Close()
	}
}

func TestInterfaceFails(t *testing.T) {
	for _, c := range []struct{ at, host, text string }{
		{"no-such0", "127.0.0.1", `host "no-such0" as the interface to connect from: there is none of that name, and it is no address`},
		{"if!127.0.0.1", "127.0.0.1", `host "if!127.0.0.1" as the interface to connect from: there is none of that name, and it is no address`},
		{"host!a b", "127.0.0.1", `host "host!a b" as the interface to connect from: there is none of that name, and it is no address`},
		{"::1", "127.0.0.1", "connecting to 127.0.0.1:80: of another family than the address to come from"},
		{"127.0.0.1", "::1", "connecting to [::1]:80: of another family than the address to come from"},
		{"host!b.example", "127.0.0.1", "looking up b.example: no such host"},
	} {
		d := &Dialer{Interface: c.at, Resolver: &fakeResolver{err: &net.DNSError{Err: "no such host", IsNotFound: true}}}
		_, err := d.DialContext(t.Context(), c.host, "80", nil)
		if e, ok := err.(*trace.Error); !ok || e.Error() != c.text {
			t.Errorf("%s:\n got %v\nwant %s", c.at, err, c.text)
		}
		if _, err := d.LookUp(t.Context(), c.host, "80", nil); err == nil || err.Error() != c.text {
			t.Errorf("%s: LookUp: %v", c.at, err)
		}
	}
	d := &Dialer{Interface: "no-such0"}
	if _, err := d.ListenUDP(t.Context(), netip.MustParseAddrPort("127.0.0.1:80"), nil); err == nil {
		t.Error("listens at an interface that there is not")
	} else if e, ok := errors.AsType[*InterfaceError](err); !ok || e.Name != "no-such0" {
		t.Errorf("%v", err)
	}
}

func TestFamily(t *testing.T) {
	for _, c := range []struct {
		family Family
		host   string
		asked  string
		tried  string
		text   string // of the error; "": none
	}{
		{0, "a.example", "ip a.example", "2001:db8::1 192.0.2.1", ""},
		{IPv4, "a.example", "ip4 a.example", "192.0.2.1", ""},
		{IPv6, "a.example", "ip6 a.example", "2001:db8::1", "[2001:db8::1]:80: connection refused, 192.0.2.1:80: not IPv6, which alone is wanted"},
		{IPv4, "localhost", "", "127.0.0.1", ""},
		{IPv6, "localhost", "", "::1", ""},
		{IPv4, "2001:db8::1", "", "", "not IPv4, which alone is wanted"},
		{IPv6, "192.0.2.1", "", "", "not IPv6, which alone is wanted"},
		{IPv4, "::ffff:192.0.2.1", "", "::ffff:192.0.2.1", ""},
	} {
		fake := newFakeNet(map[string]answer{
			"192.0.2.1": {}, "127.0.0.1": {}, "::1": {}, "2001:db8::1": {err: errRefused}, "::ffff:192.0.2.1": {},
		})
		r := &fakeResolver{addrs: []string{"2001:db8::1", "192.0.2.1"}}
		d := &Dialer{Resolver: r, Family: c.family, Connect: fake.connect}
		_, err := d.DialContext(t.Context(), c.host, "80", nil)
		var tried []string
		for _, s := range fake.starts {
			a, _, _ := strings.Cut(s, "@")
			tried = append(tried, a)
		}
		if strings.Join(tried, " ") != c.tried || strings.Join(r.asked, " ") != c.asked {
			t.Errorf("%d %s: tried %v, asked %v", c.family, c.host, tried, r.asked)
		}
		if c.text == "" && err == nil {
			continue
		}
		if e, ok := errors.AsType[*ConnectError](err); !ok || sorted(e.Error()) != sorted(c.text) {
			t.Errorf("%d %s: %v\nwant %s", c.family, c.host, err, c.text)
		}
	}
	var network string
	d := &Dialer{Family: IPv6, Dial: func(_ context.Context, n, _ string) (net.Conn, error) {
		network = n
		return &fakeConn{}, nil
	}}
	if _, err := d.DialContext(t.Context(), "a.example", "80", nil); err != nil || network != "tcp6" {
		t.Errorf("%q, %v", network, err)
	}
}

// sorted returns the parts of a list in order: which address was tried first is not the matter.
func sorted(text string) string {
	parts := strings.Split(text, ", ")
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// LookUp returns what would be tried, in that order, and what a guard lets through of it.
func TestLookUp(t *testing.T) {
	hosts, err := ParseHosts(map[string]string{"b.example": "192.0.2.9:81"})
	if err != nil {
		t.Fatal(err)
	}
	d := &Dialer{
		Resolver: &fakeResolver{addrs: []string{"2a00::1", "2a00::2", "8.8.8.8", "10.0.0.1"}},
		Hosts:    hosts,
	}
	for _, c := range []struct {
		host   string
		guards []*Guard
		want   string
	}{
		{"a.example", nil, "[[2a00::1]:443 8.8.8.8:443 [2a00::2]:443 10.0.0.1:443]"},
		{"a.example", guarded(t), "[[2a00::1]:443 8.8.8.8:443 [2a00::2]:443]"},
		{"b.example", nil, "[192.0.2.9:81]"},
		{"b.example", guarded(t), "connecting to b.example:443: 192.0.2.9:81: not public (documentation, RFC 5737)"},
		{"8.8.4.4", guarded(t), "[8.8.4.4:443]"},
		{"127.0.0.1", guarded(t), "connecting to 127.0.0.1:443: not public (loopback, RFC 1122)"},
		{"localhost", guarded(t), "connecting to localhost:443: 127.0.0.1:443: not public (loopback, RFC 1122), [::1]:443: not public (loopback, RFC 4291)"},
		{"127.1", guarded(t), `host "127.1" is not an address, not a name`},
	} {
		d.Guards = c.guards
		addrs, err := d.LookUp(t.Context(), c.host, "443", nil)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			var all []string
			for _, a := range addrs {
				all = append(all, a.String())
			}
			got = "[" + strings.Join(all, " ") + "]"
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.host, got, c.want)
		}
	}
}
