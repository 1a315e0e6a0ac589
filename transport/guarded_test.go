package transport

// Public addresses only, and proxies.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// A proxy is asked for a tunnel to an address that has been checked here; what the server is told,
// and what its certificate must name, is the name.
func TestPublicOnlyThroughTunnel(t *testing.T) {
	srv, ca, _, _ := tlsServer(t)
	for _, c := range []struct{ addrs, target string }{
		{"8.8.8.8", "8.8.8.8:443"},
		{"2a00::1 8.8.8.8", "8.8.8.8:443"},
		{"10.0.0.1 2a00::1", "[2a00::1]:443"},
		{"127.0.0.1 8.8.4.4 10.0.0.1", "8.8.4.4:443"},
	} {
		p := newScriptedProxy(t, srv.Listener.Addr().String(), tunnel)
		tr := examined(t, &Transport{Resolver: fixed{c.addrs}, Sockets: Sockets{PublicOnly: true}})
		req := with(t, "https://example.com/", &Overrides{CA: ca, Proxy: proxyOn(p.addr)})
		if got := do(t, tr, req); got != "example.com" {
			t.Errorf("server name %q", got)
		}
		heads := p.took()
		if len(heads) != 1 || !strings.HasPrefix(heads[0], "CONNECT "+c.target+" HTTP/1.1\r\nHost: "+c.target+"\r\n") || strings.Contains(heads[0], "example.com") {
			t.Errorf("%q", heads)
		}
	}
}

// Nothing reaches a proxy of what is not to be reached, nor of what the proxy would look up.
func TestPublicOnlyProxyRefused(t *testing.T) {
	p := newScriptedProxy(t, "127.0.0.1:1", ok2)
	for _, c := range []struct {
		url, proxy, rule string
		byProxy          bool
	}{
		{"https://a.example/", "http://", "private use", false},
		{"https://127.0.0.1/", "http://", "loopback", false},
		{"https://localhost/", "http://", "loopback", false},
		{"http://8.8.8.8/", "http://", "would look it up", true},
		{"http://a.example/", "http://", "would look it up", true},
		{"https://a.example/", "socks5h://", "private use", false},
		{"https://a.example/", "socks5://", "private use", false},
		{"https://a.example/", "socks4a://", "private use", false},
		{"http://a.example/", "socks5h://", "private use", false},
		{"http://169.254.169.254/", "socks4://", "link local", false},
	} {
		tr := examined(t, &Transport{Resolver: fixed{"10.0.0.1"}, Sockets: Sockets{PublicOnly: true}})
		proxy := func(*url.URL) (*url.URL, error) { return url.Parse(c.proxy + p.addr) }
		err := fails(t, tr, with(t, c.url, &Overrides{Proxy: proxy}))
		e, ok := errors.AsType[*NotPublicError](err)
		if !ok || !strings.Contains(e.Rule, c.rule) || err.Proxy != c.byProxy || err.Phase != trace.Connect {
			t.Errorf("%s through %s: %v", c.url, c.proxy, err)
		}
	}
	if heads, conns := p.took(), p.conns; len(heads) > 0 || conns > 0 {
		t.Errorf("the proxy got %q on %d connections", heads, conns)
	}
}

// A SOCKS proxy is told the address, also by the schemes that leave looking up to it.
func TestPublicOnlyThroughSocks(t *testing.T) {
	for scheme, want := range map[string]string{
		"socks5h": "05 01 00 01 08 08 08 08 00 50", "socks5": "05 01 00 01 08 08 08 08 00 50",
		"socks4a": "04 01 00 50 08 08 08 08 00", "socks4": "04 01 00 50 08 08 08 08 00",
	} {
		asked := make(chan string, 1)
		addr := serve(t, func(_ int, c net.Conn) {
			b := make([]byte, 64)
			n, answer := 0, "\x00\x5a\x00\x00\x00\x00\x00\x00"
			if scheme[5] == '5' {
				io.ReadFull(c, b[:3])
				io.WriteString(c, "\x05\x00")
				n, answer = 10, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
			} else {
				n = 9
			}
			io.ReadFull(c, b[:n])
			asked <- fmt.Sprintf("% x", b[:n])
			io.WriteString(c, answer)
			always(ok2)(0, c)
		})
		tr := examined(t, &Transport{Resolver: fixed{"10.0.0.1 8.8.8.8"}, Sockets: Sockets{PublicOnly: true}, Proxy: http.ProxyURL(&url.URL{Scheme: scheme, Host: addr})})
		if got := do(t, tr, request(t, "GET", "http://a.example/", nil)); got != "ok" {
			t.Errorf("%q", got)
		}
		if got := <-asked; got != want {
			t.Errorf("%s: asked %s, want %s", scheme, got, want)
		}
	}
}

// The environment's proxy is passed by: it knows nothing of the guard.
func TestPublicOnlyWithoutEnvironment(t *testing.T) {
	p := newScriptedProxy(t, "127.0.0.1:1", ok2)
	addr := serve(t, always("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect"))
	tr := examined(t, &Transport{Sockets: Sockets{PublicOnly: true, Allow: []string{addr}}})
	if got := do(t, tr, with(t, "http://"+addr+"/", &Overrides{EnvProxy: proxyOn(p.addr)})); got != "direct" {
		t.Errorf("%q", got)
	}
	if heads := p.took(); len(heads) > 0 {
		t.Errorf("the proxy got %q", heads)
	}
}

// Where a proxy is found by static hosts, over a dialer or from an interface, the guard still looks
// at the origin, and at nothing else.
func TestPublicOnlyLeavesProxyAlone(t *testing.T) {
	srv, ca, _, _ := tlsServer(t)
	p := newScriptedProxy(t, srv.Listener.Addr().String(), tunnel)
	for _, s := range []Sockets{
		{PublicOnly: true, Hosts: map[string]string{"proxy.example": p.addr}},
		{PublicOnly: true, Hosts: map[string]string{"proxy.example": p.addr, "example.com": "8.8.4.4"}, Interface: "127.0.0.1"},
	} {
		tr := examined(t, &Transport{Resolver: fixed{"8.8.8.8"}, Sockets: s})
		if got := do(t, tr, with(t, "https://example.com/", &Overrides{CA: ca, Proxy: proxyOn("proxy.example:3128")})); got != "example.com" {
			t.Errorf("%q", got)
		}
		want := "CONNECT 8.8.8.8:443 "
		if s.Interface != "" {
			want = "CONNECT 8.8.4.4:443 "
		}
		if heads := p.took(); len(heads) != 1 || !strings.HasPrefix(heads[0], want) {
			t.Errorf("%q, want %q", heads, want)
		}
	}
	tr := examined(t, &Transport{
		Resolver: fixed{"8.8.8.8"}, Sockets: Sockets{PublicOnly: true},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, p.addr)
		},
	})
	do(t, tr, with(t, "https://example.com/", &Overrides{CA: ca, Proxy: proxyOn("proxy.example:3128")}))
}

var _ Resolver = (*flipping)(nil)

// flipping gives a public address the first time, and the loopback from then on.
type flipping struct{ asked int }

func (f *flipping) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	if f.asked++; f.asked == 1 {
		return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// What has been checked is what the proxy is told: the name is not looked up a second time.
func TestRebindingThroughProxy(t *testing.T) {
	srv, ca, _, _ := tlsServer(t)
	p := newScriptedProxy(t, srv.Listener.Addr().String(), tunnel)
	r := &flipping{}
	tr := examined(t, &Transport{Resolver: r, Sockets: Sockets{PublicOnly: true}, DisableKeepAlives: true})
	o := &Overrides{CA: ca, Proxy: proxyOn(p.addr)}
	do(t, tr, with(t, "https://example.com/", o))
	if heads := p.took(); r.asked != 1 || len(heads) != 1 || !strings.HasPrefix(heads[0], "CONNECT 8.8.8.8:443 ") {
		t.Errorf("asked %d times, %q", r.asked, heads)
	}
	if _, ok := errors.AsType[*NotPublicError](fails(t, tr, with(t, "https://example.com/", o))); !ok {
		t.Error("the second answer was let through")
	}
	if heads := p.took(); len(heads) != 0 {
		t.Errorf("%q", heads)
	}
}
