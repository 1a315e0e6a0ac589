package transport

// Proxies as they are met: Squid, Apache and dante, with nginx behind them.

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/auth"
	"example.com/godwit/conn"
	"example.com/godwit/internal/realserver"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// realCA returns who has signed the certificates of servers.
func realCA(t *testing.T, servers ...*realserver.Server) *CA {
	t.Helper()
	var all []byte
	for _, s := range servers {
		all = append(all, s.CA...)
	}
	ca, err := ParseCA(all)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// talkThrough sends requests of several kinds through a proxy, on one connection if it can be.
func talkThrough(t *testing.T, s *realserver.Server, proxy string, over Overrides) {
	t.Helper()
	for _, origin := range []string{s.Plain, s.Secure} {
		tr := examined(t, &Transport{Protocols: HTTP1})
		o := over
		o.Proxy = parsed(proxy)
		var report Report
		o.Report = func(context.Context) *Report { report = Report{}; return &report }
		send := func(method, path, body string) string {
			t.Helper()
			var content io.Reader
			if body != "" {
				content = strings.NewReader(body)
			}
			req := request(t, method, origin+path, content)
			res, err := tr.RoundTrip(req.WithContext(With(req.Context(), &o)))
			if err != nil {
				t.Fatalf("%s through %s: %v", origin, proxy, err)
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != 200 || (res.TLS != nil) != (origin == s.Secure) {
				t.Errorf("%s through %s: %s, TLS %v, %v", origin, proxy, res.Status, res.TLS != nil, err)
			}
			return string(text)
		}
		for i := range 3 {
			if got := send("GET", "/small.txt", ""); got != "small\n" {
				t.Errorf("%q", got)
			}
			if i > 0 && !report.Conn.Reused {
				t.Errorf("%s through %s: another connection", origin, proxy)
			}
		}
		if got := send("GET", "/proxy-authorization", ""); got != "" {
			t.Errorf("the origin got %q", got)
		}
		if got := send("GET", "/large.bin", ""); got != string(s.Large) {
			t.Errorf("%d bytes", len(got))
		}
		if got := send("POST", "/post", strings.Repeat("x", 1<<20)); got != "posted\n" {
			t.Errorf("%q", got)
		}
		if u, _ := url.Parse(proxy); report.Proxy == nil || report.Proxy.Scheme != u.Scheme || report.Proxy.User != nil {
			t.Errorf("%+v", report.Proxy)
		}
		if connect := origin == s.Secure && strings.HasPrefix(proxy, "http"); (report.Tunnel != nil) != connect {
			t.Errorf("%s through %s: %+v", origin, proxy, report.Tunnel)
		}
	}
}

func TestSquid(t *testing.T) {
	s := realserver.Nginx(t)
	open := realserver.Squid(t, "", "", "")
	basic := realserver.Squid(t, "Basic", "godwit", "secret")
	digest := realserver.Squid(t, "Digest", "godwit", "secret")
	in := func(p, user string) string { return strings.Replace(p, "://", "://"+user, 1) }
	for name, c := range map[string]struct {
		p    *realserver.Server
		user string
		auth auth.Auth
	}{
		"open":                {open, "", nil},
		"Basic in the URL":    {basic, "godwit:secret@", nil},
		"Basic when asked":    {basic, "", auth.Proxy(auth.Any("godwit", "secret"))},
		"Digest":              {digest, "", auth.Proxy(auth.Digest("godwit", "secret"))},
		"Digest by Any":       {digest, "", auth.Proxy(auth.Any("godwit", "secret"))},
		"Basic not asked for": {open, "godwit:secret@", nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, at := range []string{c.p.Plain, c.p.Secure} {
				talkThrough(t, s, in(at, c.user), Overrides{CA: realCA(t, s), ProxyTLS: &Overrides{CA: realCA(t, c.p)}, ProxyAuth: c.auth})
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		_, port, _ := strings.Cut(strings.TrimPrefix(s.Secure, "https://"), ":")
		narrow := realserver.Squid(t, "", "", "", "acl no port "+port, "http_access deny no")
		for name, c := range map[string]struct {
			proxy  string
			ca     *CA
			auth   auth.Auth
			status int
		}{
			"no login":              {basic.Plain, nil, nil, 407},
			"wrong":                 {in(basic.Plain, "godwit:hunter2@"), nil, nil, 407},
			"wrong, by TLS":         {in(basic.Secure, "godwit:hunter2@"), realCA(t, basic), nil, 407},
			"wrong Digest":          {digest.Plain, nil, auth.Proxy(auth.Digest("godwit", "hunter2")), 407},
			"a port":                {narrow.Plain, nil, nil, 403},
			"a port, by TLS":        {narrow.Secure, realCA(t, narrow), nil, 403},
			"nobody at the address": {open.Plain, nil, nil, 503},
		} {
			target := s.Secure
			if c.status == 503 {
				target = "https://" + refusing(t)
			}
			tr := examined(t, &Transport{})
			err := fails(t, tr, with(t, target, &Overrides{CA: realCA(t, s), Proxy: parsed(c.proxy), ProxyAuth: c.auth, ProxyTLS: &Overrides{CA: c.ca}}))
			e, ok := errors.AsType[*conn.TunnelError](err)
			if !ok || e.Status != c.status || !err.Proxy || len(e.Body) == 0 || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Whose certificate is whose, with real TLS inside of real TLS.
func TestRealTLSToAProxy(t *testing.T) {
	s := realserver.Nginx(t)
	squid := realserver.Squid(t, "", "", "")
	apache := realserver.ApacheProxy(t, "godwit", "secret")
	login := auth.Proxy(auth.Digest("godwit", "secret"))
	t.Run("Apache", func(t *testing.T) {
		for _, at := range []string{apache.Plain, apache.Secure} {
			talkThrough(t, s, at, Overrides{CA: realCA(t, s), ProxyTLS: &Overrides{CA: realCA(t, apache)}, ProxyAuth: login})
		}
	})
	for name, c := range map[string]struct {
		o     Overrides
		proxy bool
	}{
		"the origin's CA for the proxy": {Overrides{CA: realCA(t, s)}, true},
		"the proxy's CA for the origin": {Overrides{CA: realCA(t, squid)}, false},
		"Insecure for the origin":       {Overrides{Insecure: true}, true},
		"another name for the proxy":    {Overrides{CA: realCA(t, s), ProxyTLS: &Overrides{CA: realCA(t, squid), TLSSettings: &TLSSettings{ServerName: "p.example"}}}, true},
	} {
		o := c.o
		o.Proxy = parsed(squid.Secure)
		err := fails(t, examined(t, &Transport{}), with(t, s.Secure, &o))
		if _, isTLS := errors.AsType[*tlserr.Error](err); !isTLS || err.Phase != trace.TLS || err.Proxy != c.proxy {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// by returns the URL of a SOCKS proxy, of one of its schemes.
func by(p *realserver.Server, scheme, user string) string {
	return scheme + "://" + user + strings.TrimPrefix(p.Plain, "socks5h://")
}

func TestDante(t *testing.T) {
	s := realserver.Nginx(t)
	p := realserver.Dante(t)
	for _, kind := range []string{"socks5", "socks5h", "socks4", "socks4a"} {
		t.Run(kind, func(t *testing.T) {
			talkThrough(t, s, by(p, kind, ""), Overrides{CA: realCA(t, s)})
		})
	}
	t.Run("a name", func(t *testing.T) {
		// No names by SOCKS4: dante takes what announces one (4a) for the address 0.0.0.1.
		for _, kind := range []string{"socks5", "socks5h", "socks4"} {
			tr := examined(t, &Transport{})
			target := strings.Replace(s.Plain, "127.0.0.1", "localhost", 1)
			if got := do(t, tr, with(t, target+"/small.txt", &Overrides{Proxy: parsed(by(p, kind, ""))})); got != "small\n" {
				t.Errorf("%s: %q", kind, got)
			}
		}
	})
	t.Run("a login that nobody asks for", func(t *testing.T) {
		talkThrough(t, s, by(p, "socks5h", "godwit:secret@"), Overrides{CA: realCA(t, s)})
		talkThrough(t, s, by(p, "socks4", "godwit@"), Overrides{CA: realCA(t, s)})
	})
	t.Run("refused", func(t *testing.T) {
		_, port, _ := strings.Cut(strings.TrimPrefix(s.Plain, "http://"), ":")
		narrow := realserver.Dante(t, port)
		for _, c := range []struct {
			proxy, target string
			codes         []byte
			lasting       bool
		}{
			{by(narrow, "socks5", ""), s.Plain, []byte{2}, true},
			{by(narrow, "socks4", ""), s.Plain, []byte{91}, false},
			{by(p, "socks5", ""), "http://" + refusing(t), []byte{5}, false},
			{by(p, "socks4", ""), "http://" + refusing(t), []byte{91}, false},
			{by(p, "socks5h", ""), "http://no-such-host.invalid", []byte{4, 1}, false},
		} {
			err := fails(t, examined(t, &Transport{}), with(t, c.target, &Overrides{Proxy: parsed(c.proxy)}))
			e, ok := errors.AsType[*SocksError](err)
			if !ok || !strings.Contains(string(c.codes), string([]byte{e.Code})) || e.Lasting() != c.lasting || !err.Proxy || e.Malformed {
				t.Errorf("%s to %s: %v", c.proxy, c.target, err)
			}
		}
	})
}

// A real proxy that is killed while it sends costs the response, and the next request an error.
func TestRealProxyIsKilled(t *testing.T) {
	s := realserver.Nginx(t)
	for name, c := range map[string]struct {
		p   *realserver.Server
		url func(*realserver.Server) string
	}{
		"Squid":          {realserver.Squid(t, "", "", ""), func(p *realserver.Server) string { return p.Plain }},
		"Squid over TLS": {realserver.Squid(t, "", "", ""), func(p *realserver.Server) string { return p.Secure }},
		"dante":          {realserver.Dante(t), func(p *realserver.Server) string { return p.Plain }},
	} {
		t.Run(name, func(t *testing.T) {
			tr := examined(t, &Transport{})
			over := &Overrides{CA: realCA(t, s), Proxy: parsed(c.url(c.p)), NoGzip: true}
			if len(c.p.CA) > 0 {
				over.ProxyTLS = &Overrides{CA: realCA(t, c.p)}
			}
			res, err := tr.RoundTrip(with(t, s.Secure+"/large.bin", over))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(res.Body, make([]byte, 1<<10)); err != nil {
				t.Fatal(err)
			}
			c.p.Kill()
			n, err := io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if e, ok := errors.AsType[*Error](err); !ok || e.Proxy || e.Phase != trace.Receive || n >= realserver.LargeSize {
				t.Errorf("%d bytes, %v", n, err)
			}
			if err := fails(t, tr, with(t, s.Secure+"/small.txt", over)); !err.Proxy || err.Phase != trace.Connect {
				t.Errorf("%v", err)
			}
		})
	}
}
