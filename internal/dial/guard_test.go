package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/godwit/trace"
)

func TestGuardAllows(t *testing.T) {
	for _, c := range []struct{ allow, host, addr, rule string }{
		{"", "a.example", "8.8.8.8:80", ""},
		{"", "a.example", "127.0.0.1:80", "loopback"},
		{"", "a.example", "[::ffff:127.0.0.1]:80", "loopback"},
		{"", "a.example", "[fe80::1%eth0]:80", "one link"},
		{"10.0.0.0/8", "a.example", "10.1.2.3:80", ""},
		{"10.1.2.3/8", "a.example", "10.9.9.9:80", ""}, // the prefix is what counts
		{"10.0.0.0/8", "a.example", "[::ffff:10.1.2.3]:80", ""},
		{"10.0.0.0/8", "a.example", "[64:ff9b::10.1.2.3]:80", "NAT64"},
		{"10.0.0.0/8", "a.example", "127.0.0.1:80", "loopback"},
		{"::/0", "a.example", "[fe80::1%eth0]:80", ""},
		{"::/0", "a.example", "127.0.0.1:80", "loopback"},
		{"127.0.0.1", "a.example", "127.0.0.1:81", ""},
		{"127.0.0.1", "a.example", "127.0.0.2:81", "loopback"},
		{"127.0.0.1:80", "a.example", "127.0.0.1:80", ""},
		{"127.0.0.1:80", "a.example", "127.0.0.1:81", "loopback"},
		{"::1", "a.example", "[::1]:81", ""},
		{"[::1]", "a.example", "[::1]:81", ""},
		{"[::1]:81", "a.example", "[::1]:81", ""},
		{"[::1]:80", "a.example", "[::1]:81", "loopback"},
		{"::ffff:127.0.0.1", "a.example", "127.0.0.1:80", ""},
		{"A.Example.", "a.example", "127.0.0.1:80", ""},
		{"a.example", "a.example.", "127.0.0.1:80", ""},
		{"bücher.example", "xn--bcher-kva.example", "127.0.0.1:80", ""},
		{"a.example", "b.a.example", "127.0.0.1:80", "loopback"},
		{"a.example:80", "a.example", "127.0.0.1:8080", ""}, // the port that is asked for counts
		{"a.example:81", "a.example", "127.0.0.1:81", "loopback"},
	} {
		var allow []string
		if c.allow != "" {
			allow = []string{c.allow}
		}
		g, err := ParseGuard(allow)
		if err != nil {
			t.Fatal(err)
		}
		err = g.Check(c.host, 80, netip.MustParseAddrPort(c.addr))
		if c.rule == "" && err == nil {
			continue
		}
		e, ok := errors.AsType[*NotPublicError](err)
		if !ok || c.rule == "" || !strings.Contains(e.Rule, c.rule) || e.Host != c.host {
			t.Errorf("%q allowed, %s: %v, want %q", c.allow, c.addr, err, c.rule)
		}
	}
}

func TestParseGuardRefuses(t *testing.T) {
	for _, entry := range []string{
		"", "*", "*.example", "10.0.0.0/33", "10.0/8", "::ffff:10.0.0.0/104", "fe80::1%eth0", "127.1", "0x7f.1", "2130706433",
		"127.0.0.1:0", "a.example:https", "a.example:80:80", "http://a.example", "a.example/", "[::1", "a b",
	} {
		if g, err := ParseGuard([]string{entry}); err == nil {
			t.Errorf("%q: %+v", entry, g)
		} else if _, ok := errors.AsType[*HostError](err); !ok {
			t.Errorf("%q: %T", entry, err)
		}
	}
	a, _ := ParseGuard([]string{"b", "a", "b"})
	b, _ := ParseGuard([]string{"a", "b"})
	if a.String() != b.String() || a.String() == "" {
		t.Errorf("%q and %q", a, b)
	}
}

func guarded(t *testing.T, allow ...string) []*Guard {
	t.Helper()
	g, err := ParseGuard(allow)
	if err != nil {
		t.Fatal(err)
	}
	return []*Guard{g}
}

// Of the addresses of a name those that are forbidden are not even tried, and are in the error.
func TestGuardPassesOver(t *testing.T) {
	for _, c := range []struct {
		addrs  string
		starts string
		text   string // of the error; "": there is none
	}{
		{"10.0.0.1 8.8.8.8 127.0.0.1", "8.8.8.8@0s", ""},
		{"10.0.0.1 ::1", "", "10.0.0.1:443: not public (private use, RFC 1918), [::1]:443: not public (loopback, RFC 4291)"},
		{"10.0.0.1 8.8.4.4", "8.8.4.4@0s", "10.0.0.1:443: not public (private use, RFC 1918), 8.8.4.4:443: connection refused"},
	} {
		fake := newFakeNet(map[string]answer{"8.8.8.8": {}, "8.8.4.4": {err: errRefused}})
		d := &Dialer{
			Resolver: &fakeResolver{addrs: strings.Fields(c.addrs)}, Connect: fake.withPeers, Guards: guarded(t),
		}
		_, err := d.DialContext(t.Context(), "a.example", "443", nil)
		if got := strings.Join(fake.starts, " "); !strings.HasPrefix(got, strings.TrimSuffix(c.starts, "0s")) || c.starts == "" && got != "" {
			t.Errorf("%s: tried %q, want %q", c.addrs, got, c.starts)
		}
		if c.text == "" {
			if err != nil {
				t.Errorf("%s: %v", c.addrs, err)
			}
			continue
		}
		phaseError(t, err, trace.Connect)
		if tried, ok := errors.AsType[*ConnectError](err); !ok || tried.Error() != c.text {
			t.Errorf("%s:\n got %v\nwant %s", c.addrs, err, c.text)
		}
		if e, ok := errors.AsType[*NotPublicError](err); !ok || e.Addr != "10.0.0.1" || e.Host != "a.example" {
			t.Errorf("%s: %+v", c.addrs, e)
		}
	}
}

// withPeers is connect, with connections that tell their other end.
func (f *fakeNet) withPeers(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	nc, err := f.connect(ctx, addr)
	if err != nil {
		return nil, err
	}
	return &peerConn{nc, net.TCPAddrFromAddrPort(addr)}, nil
}

type peerConn struct {
	net.Conn
	peer net.Addr
}

func (c *peerConn) RemoteAddr() net.Addr { return c.peer }

// A name that has a public address when it is looked up and another one the next time gains
// nothing by it: what counts is what is connected to.
func TestRebinding(t *testing.T) {
	var asked atomic.Int32
	d := &Dialer{
		Resolver: lookUpFunc(func() []netip.Addr {
			if asked.Add(1) == 1 {
				return []netip.Addr{netip.MustParseAddr("8.8.8.8")}
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}
		}),
		Connect: newFakeNet(map[string]answer{"8.8.8.8": {}, "127.0.0.1": {}}).withPeers,
		Guards:  guarded(t),
	}
	if _, err := d.DialContext(t.Context(), "a.example", "80", nil); err != nil || asked.Load() != 1 {
		t.Fatalf("%v, asked %d times", err, asked.Load())
	}
	for range 3 {
		if _, err := d.DialContext(t.Context(), "a.example", "80", nil); !isForbidden(err) {
			t.Errorf("%v", err)
		}
	}
}

type lookUpFunc func() []netip.Addr

func (f lookUpFunc) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return f(), nil
}

func isForbidden(err error) bool {
	_, ok := errors.AsType[*NotPublicError](err)
	return ok
}

// What a Dial of the caller's own has connected to is looked at before anything is sent there.
func TestGuardedDial(t *testing.T) {
	for _, c := range []struct {
		peer      net.Addr
		allow     string
		forbidden bool
	}{
		{&net.TCPAddr{IP: net.IPv4(8, 8, 8, 8), Port: 80}, "", false},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, "", true},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, "127.0.0.0/8", false},
		{&net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 80}, "", true},
		{&net.UnixAddr{Name: "/run/a.sock", Net: "unix"}, "", true},
		{(*net.TCPAddr)(nil), "", true},
		{nil, "", true},
		{nil, "a.example", false},
	} {
		var allow []string
		if c.allow != "" {
			allow = []string{c.allow}
		}
		nc := &fakeConn{}
		d := &Dialer{Guards: guarded(t, allow...), Dial: func(context.Context, string, string) (net.Conn, error) {
			return &peerConn{nc, c.peer}, nil
		}}
		got, err := d.DialContext(t.Context(), "a.example", "80", nil)
		if c.forbidden != isForbidden(err) || c.forbidden != nc.closed.Load() || c.forbidden == (got != nil) {
			t.Errorf("%v, %q allowed: %v, %v, closed: %v", c.peer, c.allow, got, err, nc.closed.Load())
		}
		if err != nil {
			phaseError(t, err, trace.Connect)
		}
	}
	// All guards must agree.
	d := &Dialer{Guards: append(guarded(t, "127.0.0.1"), guarded(t)...)}
	if err := d.Check("a.example", "80", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}); !isForbidden(err) {
		t.Error(err)
	}
	if err := new(Dialer).Check("a.example", "80", nil); err != nil {
		t.Error(err)
	}
}
