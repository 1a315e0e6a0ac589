package transport

// Fields for proxies, and for nobody else.

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// They are in CONNECT, and nowhere in the tunnel (CVE-2015-3153); in a request that the proxy reads
// they stand beside what the request says. SOCKS has none.
func TestProxyHeader(t *testing.T) {
	team := http.Header{"x-team": {"blue", "red"}, "User-Agent": {"mine"}}
	for _, kind := range proxyKinds {
		for _, scheme := range []string{"http", "https"} {
			origin := newKindOrigin(t, scheme)
			p := (&kindProxy{kind: kind, upstream: origin.addr()}).start(t)
			for i, tr := range []*Transport{{ProxyHeader: team}, {}, {ProxyHeader: http.Header{"X-Other": {"not"}}}} {
				o := &Overrides{Proxy: p.rule("u:p"), CA: origin.ca, NoGzip: true}
				if kind == "socks4" || kind == "socks4a" {
					o.Proxy = p.rule("")
				}
				if i > 0 {
					o.ProxyHeader = team
				}
				examined(t, tr)
				do(t, tr, with(t, origin.url+"/path", o))
				do(t, tr, with(t, origin.url+"/path", o))
			}
			read, _ := p.seen()
			got, _ := origin.seen()
			if strings.Contains(got, "eam") || strings.Contains(read, "X-Other") {
				t.Errorf("%s, %s: the origin got %q, the proxy %q", kind, scheme, got, read)
			}
			want := "CONNECT " + origin.addr() + " HTTP/1.1\r\nHost: " + origin.addr() + "\r\nUser-Agent: mine\r\nProxy-Authorization: Basic dTpw\r\nX-Team: blue\r\nX-Team: red\r\n\r\n"
			times := 3
			if scheme == "http" {
				want = "GET " + origin.url + "/path HTTP/1.1\r\nHost: " + origin.addr() + "\r\nUser-Agent: mine\r\nProxy-Authorization: Basic dTpw\r\nX-Team: blue\r\nX-Team: red\r\n\r\n"
				times = 6
			}
			if p.isSocks() {
				want, times = "eam", 0
			}
			if n := strings.Count(read, want); n != times {
				t.Errorf("%s, %s: %d times %q in %q", kind, scheme, n, want, read)
			}
		}
	}
}

// A field of the request stands, and one that it will not have is not put in its place.
func TestProxyHeaderAndTheRequest(t *testing.T) {
	p := newScriptedProxy(t, "", ok2)
	tr := examined(t, &Transport{ProxyHeader: http.Header{"X-Team": {"blue"}, "User-Agent": {"mine"}}})
	req := with(t, "http://a.example/", &Overrides{Proxy: p.rule(""), NoGzip: true})
	req.Header = http.Header{"x-TEAM": {"red"}, "User-Agent": {""}}
	do(t, tr, req)
	checkHeads(t, "the proxy", p.took(), "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nx-TEAM: red\r\n\r\n")
	if len(req.Header) != 2 || len(tr.ProxyHeader) != 2 {
		t.Error("the caller's header was altered")
	}
}

// They go where ProxyAuth goes, which ProxyAuthFor says.
func TestProxyHeaderIsNotForAllProxies(t *testing.T) {
	p := newScriptedProxy(t, "", ok2)
	tr := examined(t, &Transport{})
	for _, yes := range []bool{false, true} {
		do(t, tr, with(t, "http://a.example/", &Overrides{
			Proxy: p.rule(""), ProxyHeader: http.Header{"X-Team": {"blue"}}, ProxyAuthFor: func(*url.URL) bool { return yes },
		}))
		if got := p.took(); len(got) != 1 || strings.Contains(got[0], "X-Team: blue\r\n") != yes {
			t.Errorf("%v: %q", yes, got)
		}
	}
}

// What would break CONNECT, or says who asks, is refused before anything is sent, and so is what
// would end a line (CVE-2026-1502).
func TestProxyHeaderRefused(t *testing.T) {
	for _, h := range []http.Header{
		{"Host": {"evil"}},
		{"host": {"evil"}},
		{"Content-Length": {"5"}},
		{"Transfer-Encoding": {"chunked"}},
		{"Connection": {"close"}},
		{"Proxy-Connection": {"keep-alive"}},
		{"Upgrade": {"x"}},
		{"Expect": {"100-continue"}},
		{"proxy-authorization": {"Basic secret"}},
		{"X-A\r\nX-B": {"secret"}},
		{"X-A": {"secret\r\nX-B: c"}},
		{"X-A": {"secret\x00"}},
		{"": {"secret"}},
		{"X A": {"secret"}},
	} {
		for _, scheme := range []string{"http", "https"} {
			p := newScriptedProxy(t, "", refusal)
			tr := examined(t, &Transport{})
			body := newClosable("x")
			req := with(t, scheme+"://a.example/", &Overrides{Proxy: p.rule(""), ProxyHeader: h})
			req.Method, req.Body, req.ContentLength = "PUT", body, 1
			err := fails(t, tr, req)
			if _, ok := errors.AsType[*conn.RequestError](err); !ok || strings.Contains(err.Error(), "secret") || err.Sent {
				t.Errorf("%q over %s: %v", h, scheme, err)
			}
			if body.closed.Load() != 1 {
				t.Errorf("%q over %s: the body was not closed", h, scheme)
			}
			if got := p.took(); got != nil {
				t.Errorf("%q over %s: the proxy got %q", h, scheme, got)
			}
			checkStats(t, tr, Stats{})
		}
	}
}
