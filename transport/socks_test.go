package transport

// SOCKS proxies: who looks names up, who asks, and what is refused before anything is dialled.

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.com/godwit/auth"
	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A tableResolver knows some names, and notes what it is asked for.
type tableResolver struct {
	names map[string][]netip.Addr
	mu    sync.Mutex
	asked []string
}

func (r *tableResolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, host)
	if addrs := r.names[host]; addrs != nil {
		return addrs, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// Names are looked up here for socks5 and socks4 alone, and there for all others: what the proxy
// looks up is asked of nobody else.
func TestWhoLooksNamesUp(t *testing.T) {
	here, there := "\x01\xc0\x00\x02\x07", "\x03\x09a.example"
	for kind, want := range map[string]string{
		"http": "GET http://a.example/", "https": "GET http://a.example/",
		"socks5": "\x05\x01\x00" + here + "\x00\x50", "socks5h": "\x05\x01\x00" + there + "\x00\x50",
		"socks4": "\x04\x01\x00\x50\xc0\x00\x02\x07\x00", "socks4a": "\x04\x01\x00\x50\x00\x00\x00\x01\x00a.example\x00",
	} {
		origin := newKindOrigin(t, "http")
		p := (&kindProxy{kind: kind, upstream: origin.addr()}).start(t)
		_, port, _ := net.SplitHostPort(p.addr)
		names := &tableResolver{names: map[string][]netip.Addr{
			"a.example": {netip.MustParseAddr("192.0.2.7")}, "p.example": {netip.MustParseAddr("127.0.0.1")},
		}}
		tr := examined(t, &Transport{Resolver: names})
		u := p.url("")
		u.Host = "p.example:" + port
		proxyTLS := &Overrides{CA: origin.ca, TLSSettings: &TLSSettings{ServerName: "127.0.0.1"}}
		do(t, tr, with(t, "http://a.example/", &Overrides{
			ProxyTLS: proxyTLS, NoGzip: true,
			Proxy: func(*url.URL) (*url.URL, error) { return u, nil },
		}))
		read, _ := p.seen()
		if !strings.Contains(read, want) {
			t.Errorf("%s: the proxy got %q, want %q", kind, read, want)
		}
		asked := "p.example"
		if kind == "socks5" || kind == "socks4" {
			asked = "a.example p.example"
		}
		if got := strings.Join(names.asked, " "); got != asked {
			t.Errorf("%s: asked for %s", kind, got)
		}
	}
}

// A name that is not found here is not the proxy's fault, and not asked of it.
func TestNameThatIsNotFoundHere(t *testing.T) {
	p := (&kindProxy{kind: "socks5"}).start(t)
	tr := examined(t, &Transport{Resolver: noResolver{}})
	err := fails(t, tr, with(t, "https://a.example", &Overrides{Proxy: p.rule("")}))
	if err.Proxy || err.Phase != trace.DNS || err.Addr != "a.example" {
		t.Errorf("%#v", err)
	}
	if _, n := p.seen(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// All addresses of a name are asked for, until one is granted.
func TestAddressesInTurn(t *testing.T) {
	origin := newKindOrigin(t, "https")
	granted := (&kindProxy{kind: "socks5", upstream: origin.addr()})
	var mu sync.Mutex
	n := 0
	p := &kindProxy{kind: "socks5"}
	p.speak = func(r *bufio.Reader, c net.Conn) {
		mu.Lock()
		n++
		first := n == 1
		mu.Unlock()
		if !first {
			granted.socks5(r, c)
			return
		}
		saying("socks5", []string{"\x05\x00", "\x05\x04"})(r, c)
	}
	p.start(t)
	names := &tableResolver{names: map[string][]netip.Addr{"a.example": {netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("192.0.2.7")}}}
	tr := examined(t, &Transport{Resolver: names, MaxConns: 1})
	do(t, tr, with(t, "https://a.example", &Overrides{Proxy: p.rule(""), CA: origin.ca, TLSSettings: &TLSSettings{ServerName: "127.0.0.1"}, Origin: "https://a.example:443"}))
	read, conns := p.seen()
	if conns != 2 || !strings.Contains(read, "\x05\x01\x00\x04\x20\x01\x0d\xb8") || !strings.Contains(read, "\x05\x01\x00\x01\xc0\x00\x02\x07\x01\xbb") {
		t.Errorf("%q on %d connections", read, conns)
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}

// What SOCKS has no room for is refused before anything is dialled, and never said in another way
// (CVE-2023-38545).
func TestSocksBeforeDialling(t *testing.T) {
	long := strings.Repeat("x", 256)
	for name, u := range map[string]*url.URL{
		"user":          {Scheme: "socks5h", Host: "p:1", User: url.User(long)},
		"password":      {Scheme: "socks5", Host: "p:1", User: url.UserPassword("u", long)},
		"password only": {Scheme: "socks5h", Host: "p:1", User: url.UserPassword("", "hunter2")},
		"4 password":    {Scheme: "socks4", Host: "p:1", User: url.UserPassword("u", "hunter2")},
		"4 NUL":         {Scheme: "socks4a", Host: "p:1", User: url.User("u\x00")},
		"4 user":        {Scheme: "socks4a", Host: "p:1", User: url.User(long)},
	} {
		dialled := &piper{handle: always(ok2)}
		tr := examined(t, &Transport{Dial: dialled.Dial, Resolver: noResolver{}})
		err := fails(t, tr, with(t, "http://a.example", &Overrides{Proxy: func(*url.URL) (*url.URL, error) { return u, nil }}))
		e, ok := errors.AsType[*SocksError](err)
		if !ok || !err.Proxy || err.Phase != trace.Connect || !e.Lasting() || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), long) {
			t.Errorf("%s: %v", name, err)
		}
		if dialled.dialled() != 0 {
			t.Errorf("%s: dialled", name)
		}
	}
	for _, target := range []string{"http://[::1]/", "http://[fe80::1%25eth0]/", "http://0.0.0.1/"} {
		for _, kind := range []string{"socks4", "socks4a"} {
			dialled := &piper{handle: always(ok2)}
			tr := examined(t, &Transport{Dial: dialled.Dial})
			err := fails(t, tr, with(t, target, &Overrides{Proxy: parsed(kind + "://p:1")}))
			if !isSocksError(err) || !err.Proxy || dialled.dialled() != 0 {
				t.Errorf("%s by %s: %v", target, kind, err)
			}
		}
	}
	tr := examined(t, &Transport{})
	if err := fails(t, tr, with(t, "http://"+strings.Repeat("x.", 130)+"example/", &Overrides{Proxy: parsed("socks5h://p:1")})); !errors.Is(err, conn.ErrInvalidURL) {
		t.Error(err)
	}
}

// Basic credentials of the request stand in place of the URL's; what SOCKS has no words for is an
// error, and who waits for a challenge is not asked.
func TestLoginToSocks(t *testing.T) {
	basic := says("Basic bW9uYTpwOnc=") // mona, p:w
	for name, tt := range map[string]struct {
		user string
		auth auth.Auth
		want string // of RFC 1929
		fail bool
	}{
		"URL":           {"mona:p:w", nil, "\x01\x04mona\x03p:w", false},
		"Auth":          {"", basic, "\x01\x04mona\x03p:w", false},
		"both":          {"eve:x", basic, "\x01\x04mona\x03p:w", false},
		"auth.Proxy":    {"", auth.Proxy(auth.Basic("mona", "p:w")), "\x01\x04mona\x03p:w", false},
		"a Challenger":  {"mona:p:w", &testChallenger{word: "x"}, "\x01\x04mona\x03p:w", false},
		"says nothing":  {"mona:p:w", auth.Func(func(*http.Request) error { return nil }), "\x01\x04mona\x03p:w", false},
		"no Basic":      {"", says("Bearer bW9uYTpwOnc="), "", true},
		"broken Basic":  {"", says("Basic !"), "", true},
		"Basic no pair": {"", says("Basic bW9uYQ=="), "", true},
		"fails":         {"", auth.Func(func(*http.Request) error { return errors.New("no password") }), "", true},
	} {
		origin := newKindOrigin(t, "http")
		p := (&kindProxy{kind: "socks5h", upstream: origin.addr(), login: "mona:p:w"}).start(t)
		tr := examined(t, &Transport{})
		req := with(t, origin.url, &Overrides{Proxy: p.rule(tt.user), ProxyAuth: tt.auth})
		req.Header.Set("Proxy-Authorization", "Basic ZXZlOng=") // is for HTTP, and for no origin
		if tt.fail {
			if err := fails(t, tr, req); !err.Proxy || err.Phase != trace.Connect || strings.Contains(err.Error(), "bW9uY") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		do(t, tr, req)
		if read, _ := p.seen(); !strings.Contains(read, tt.want) {
			t.Errorf("%s: the proxy got %q", name, read)
		}
		if got, _ := origin.seen(); strings.Contains(got, "roxy") {
			t.Errorf("%s: the origin got %q", name, got)
		}
	}
}

// Users of a SOCKS proxy do not share connections: with Tor, they would share their way.
func TestWhoSharesSocks(t *testing.T) {
	origin := newKindOrigin(t, "https")
	var apart []func(*url.URL) (*url.URL, error)
	for _, kind := range proxyKinds {
		p := (&kindProxy{kind: kind, upstream: origin.addr()}).start(t)
		apart = append(apart, p.rule(""), p.rule("u"), p.rule("v"))
		if !strings.HasPrefix(kind, "socks4") {
			apart = append(apart, p.rule("u:p"), p.rule("u:q"))
		}
	}
	same := (&kindProxy{kind: "socks5", upstream: origin.addr()}).start(t)
	apart = append(apart, same.rule(""), func(*url.URL) (*url.URL, error) { // who looks names up matters
		u := same.url("")
		u.Scheme = "socks5h"
		return u, nil
	})
	tr := examined(t, &Transport{})
	for range 2 {
		for _, rule := range apart {
			do(t, tr, with(t, origin.url, &Overrides{Proxy: rule, CA: origin.ca}))
		}
	}
	checkStats(t, tr, Stats{Open: len(apart), Idle: len(apart)})
}

// An answer of 407 that comes through SOCKS is the origin's, and nobody's challenge.
func TestOriginBehindSocksThatPlaysProxy(t *testing.T) {
	addr := serve(t, always(challenged))
	p := (&kindProxy{kind: "socks5", upstream: addr}).start(t)
	tr := examined(t, &Transport{})
	c := &testChallenger{word: "Test secret"}
	res, err := tr.RoundTrip(with(t, "http://"+addr, &Overrides{Proxy: p.rule(""), ProxyAuth: c}))
	if err != nil {
		t.Fatal(err)
	}
	if body(t, res); res.StatusCode != 407 || len(c.took()) != 0 {
		t.Errorf("%s", res.Status)
	}
}
