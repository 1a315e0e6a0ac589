package godwit

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/http/httpproxy"
)

// What both understand, we and x/net (which net/http uses) understand alike.
func TestNoProxyIsAsNetHTTPHasIt(t *testing.T) {
	entries := []string{
		"a.example", "b.a.example", "example", "*.a.example", "a.example:8080", "*.a.example:443", "bücher.example", "xn--bcher-kva.example",
		"10.0.0.0/8", "10.1.2.3", "10.1.2.3:8080", "2001:db8::1", "[2001:db8::1]:80", "2001:db8::/32", "192.168.1.0/30", "*.", "*x", "a.example/8",
	}
	urls := []string{
		"http://a.example", "https://a.example", "http://b.a.example:8080", "http://c.b.a.example", "http://ba.example", "http://example", "http://x.example:443",
		"http://10.1.2.3", "https://10.1.2.3:8080", "http://11.1.2.3", "http://[2001:db8::1]", "http://[2001:db8::1]:8080", "http://[2001:db9::1]",
		"http://192.168.1.3", "http://192.168.1.4", "http://xn--bcher-kva.example", "http://www.bücher.example", "http://A.EXAMPLE", "http://localhost", "http://127.0.0.1:8080", "http://[::1]",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var list []string
		for range random.IntN(4) {
			list = append(list, entries[random.IntN(len(entries))])
		}
		text := strings.Join(list, ",")
		theirs := (&httpproxy.Config{HTTPProxy: "http://p", HTTPSProxy: "http://p", NoProxy: text}).ProxyFunc()
		ours := proxiesOf(func(name string) string { return map[string]string{"all_proxy": "http://p", "no_proxy": text}[name] })
		u, err := url.Parse(urls[random.IntN(len(urls))])
		if err != nil {
			t.Fatal(err)
		}
		want, _ := theirs(u)
		got, err := ours(u)
		if err != nil || (got == nil) != (want == nil) {
			t.Fatalf("%q, %s: %v, %v; x/net has %v", text, u, got, err, want)
		}
	}
}

// Nothing in a list, however it is written, keeps a host from its proxy that is not like an entry.
func FuzzNoProxy(f *testing.F) {
	for _, s := range []string{"a.example", "*", "*.", ".,:80,[],*.", "10.0.0.0/8", "::ffff:10.0.0.0/104", "[::1]:80", "a\tb c", "*a", "0.0.0.0/0", "::/0"} {
		f.Add(s, "b.example")
	}
	f.Fuzz(func(t *testing.T, list, host string) {
		n := parseNoProxy(list)
		u := &url.URL{Scheme: "http", Host: host}
		has := n.has(u)
		if n.all && !strings.Contains(list, "*") {
			t.Fatalf("%q is everything", list)
		}
		if !has {
			return
		}
		if own := hostOf(u); !n.all && len(n.nets) == 0 {
			for _, entry := range n.names {
				if own == entry.name || strings.HasSuffix(own, "."+entry.name) {
					return
				}
			}
			t.Fatalf("%q has %q", list, own)
		}
	})
}

// no_proxy among Proxies is as in the environment, but for loopback hosts, which nobody takes out
// by themselves.
func TestNoProxyOfProxies(t *testing.T) {
	s, w := newWorld(ok)
	t.Setenv("HTTP_PROXY", "env:1")
	for _, c := range []struct {
		opts []Option
		url  string
		want string
	}{
		{[]Option{Proxies{"all": "a:1", "no_proxy": "h"}}, "http://h/", "none"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": "h"}}, "http://www.h/", "none"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": "h"}}, "http://i/", "a:1"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": "*"}}, "http://i/", "none"},
		{[]Option{Proxies{"all": "a:1", "all://h": "b:1", "no_proxy": "h"}}, "http://h/", "none"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": "10.0.0.0/8,x:81"}}, "http://10.1.2.3/", "none"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": "10.0.0.0/8,x:81"}}, "http://x/", "a:1"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": "h"}}, "http://127.0.0.1/", "a:1"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": "127.0.0.1"}}, "http://127.0.0.1/", "none"},
		{[]Option{Proxies{"no_proxy": "h"}}, "http://h/", "none"},
		{[]Option{Proxies{"no_proxy": "h"}}, "http://i/", "env:1"},
		{[]Option{Proxy("a:1"), Proxies{"no_proxy": "h"}}, "http://h/", "none"},
		{[]Option{Proxy("a:1"), Proxies{"no_proxy": "h"}}, "http://i/", "a:1"},
		{[]Option{Proxies{"no_proxy": "h"}, Proxy("a:1")}, "http://h/", "a:1"},
		{[]Option{Proxies{"all": "a:1", "no_proxy": ""}}, "http://h/", "a:1"},
	} {
		if _, err := s.Get(t.Context(), c.url, c.opts...); err != nil {
			t.Errorf("%v: %v", c.opts, err)
			continue
		}
		if got := proxyGiven(t, w); got != c.want {
			t.Errorf("%v, %s: %s, want %s", c.opts, c.url, got, c.want)
		}
	}
}
