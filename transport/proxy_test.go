package transport

// Requests through a proxy, as they are on the wire.

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A tlsOrigin is an https origin behind a proxy. It notes the heads it gets.
type tlsOrigin struct {
	addr string
	ca   *CA
	mu   sync.Mutex
	got  []string
}

func newTLSOrigin(t testing.TB, response string) *tlsOrigin {
	a := newAuthority(t)
	config := a.serverConfig(t)
	o := &tlsOrigin{ca: parseCAOf(t, a)}
	o.addr = serve(t, func(_ int, c net.Conn) { o.handle(tlsServerOver(c, config), response) })
	return o
}

func (o *tlsOrigin) handle(c net.Conn, response string) {
	r := newReader(c)
	for {
		head, err := readHead(r)
		if err != nil {
			return
		}
		o.mu.Lock()
		o.got = append(o.got, head)
		o.mu.Unlock()
		if _, err := io.WriteString(c, response); err != nil {
			return
		}
	}
}

func (o *tlsOrigin) took() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	got := o.got
	o.got = nil
	return got
}

func checkHeads(t *testing.T, who string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s got %q, want %q", who, got, want)
	}
}

// What a proxy is asked for in plain text is the whole URL (RFC 9112 3.2.2).
func TestAbsoluteForm(t *testing.T) {
	p := newScriptedProxy(t, "", ok2)
	tr := examined(t, &Transport{})
	req := with(t, "http://user:hunter2@a.example:80/p%20q?x=y#fragment", &Overrides{Proxy: p.rule("u%20x:p%3Aw")})
	req.Host = "host.example"
	req.Header.Set("Authorization", "Bearer origin")
	req.Header.Set("proxy-authorization", "") // see below
	req.Header.Del("proxy-authorization")
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, res); got != "ok" || res.Request != req {
		t.Errorf("%q, to %p", got, res.Request)
	}
	checkHeads(t, "the proxy", p.took(), "GET http://a.example/p%20q?x=y HTTP/1.1\r\n"+
		"Host: host.example\r\n"+
		"User-Agent: godwit/0.1.0\r\n"+
		"Authorization: Bearer origin\r\n"+
		"Proxy-Authorization: Basic dSB4OnA6dw==\r\n"+
		"Accept-Encoding: gzip\r\n\r\n")
}

// A tunnel is asked for with nothing of the request, and carries nothing of the proxy's
// (CVE-2003-1605, CVE-2015-3153, CVE-2026-5119, CVE-2023-32681).
func TestConnectOnTheWire(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	p := newScriptedProxy(t, o.addr, tunnel)
	for _, tt := range []struct{ user, given, want string }{
		{"", "", ""},
		{"u:p", "", "Basic dTpw"},
		{"u", "", "Basic dTo="},
		{"u:p", "Basic eDp5", "Basic eDp5"}, // the call's own word stands
		{"", "Basic eDp5", "Basic eDp5"},
	} {
		tr := examined(t, &Transport{})
		req := with(t, "https://"+o.addr+"/secret?q", &Overrides{Proxy: p.rule(tt.user), CA: o.ca, NoGzip: true, Order: []string{"X-Mine"}})
		req.Host = "host.example"
		req.Header = http.Header{"Authorization": {"Bearer o"}, "Cookie": {"a=b"}, "X-Mine": {"x"}, "User-Agent": {"me"}}
		if tt.given != "" {
			req.Header["proxy-AUTHORIZATION"] = []string{tt.given}
		}
		for range 2 {
			if got := do(t, tr, req); got != "ok" {
				t.Errorf("%q", got)
			}
		}
		login := ""
		if tt.want != "" {
			login = "Proxy-Authorization: " + tt.want + "\r\n"
		}
		checkHeads(t, "the proxy", p.took(), "CONNECT "+o.addr+" HTTP/1.1\r\nHost: "+o.addr+"\r\nUser-Agent: godwit/0.1.0\r\n"+login+"\r\n")
		want := "GET /secret?q HTTP/1.1\r\nHost: host.example\r\nX-Mine: x\r\nUser-Agent: me\r\nAuthorization: Bearer o\r\nCookie: a=b\r\n\r\n"
		checkHeads(t, "the origin", o.took(), want, want)
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
	}
}

// Without a proxy the field goes nowhere (CVE-2024-37891, CVE-2026-44486).
func TestProxyAuthorizationNeverReachesAnOrigin(t *testing.T) {
	heads := make(chan string, 10)
	addr := serve(t, func(_ int, c net.Conn) {
		r := newReader(c)
		for {
			head, err := readHead(r)
			if err != nil {
				return
			}
			heads <- head
			io.WriteString(c, ok2)
		}
	})
	o := newTLSOrigin(t, ok2)
	tr := examined(t, &Transport{})
	header := http.Header{"Proxy-Authorization": {"Basic a", "Basic b"}, "PROXY-authorization": {"Basic c"}, "X": {"y"}}
	for _, over := range []*Overrides{{}, {ProxyAuth: says("Basic d")}, {Proxy: func(*url.URL) (*url.URL, error) { return nil, nil }}} {
		req := with(t, "http://"+addr, over)
		req.Header = header
		do(t, tr, req)
		if head := <-heads; strings.Contains(strings.ToLower(head), "proxy") || strings.Contains(head, "Basic") || !strings.Contains(head, "X: y\r\n") {
			t.Errorf("%q", head)
		}
		secure := *over
		secure.CA = o.ca
		req = with(t, "https://"+o.addr, &secure)
		req.Header = header
		do(t, tr, req)
		if got := o.took(); len(got) != 1 || strings.Contains(strings.ToLower(got[0]), "proxy") {
			t.Errorf("%q", got)
		}
	}
	if len(header["Proxy-Authorization"]) != 2 {
		t.Error("the caller's header was altered")
	}
}

// Two fields for the proxy are one too many.
func TestTwoProxyAuthorizations(t *testing.T) {
	p := newScriptedProxy(t, "", ok2)
	tr := examined(t, &Transport{})
	for _, scheme := range []string{"http", "https"} {
		body := newClosable("x")
		req := with(t, scheme+"://a.example", &Overrides{Proxy: p.rule("")})
		req.Method, req.Body, req.ContentLength = "PUT", body, 1
		req.Header = http.Header{"Proxy-Authorization": {"Basic a"}, "proxy-authorization": {"Basic b"}}
		err := fails(t, tr, req)
		if e, ok := errors.AsType[*conn.RequestError](err); !ok || strings.Contains(err.Error(), "Basic") || err.Sent {
			t.Errorf("%v (%v)", err, e)
		}
		if body.closed.Load() != 1 {
			t.Error("the body was not closed")
		}
	}
	checkHeads(t, "the proxy", p.took())
}

// The target of the request line is the host that the key was made for, whatever the URL is.
func TestAbsolute(t *testing.T) {
	for _, tt := range []struct {
		url  url.URL
		want string // "": refused
	}{
		{url.URL{Host: "a"}, "http://a/"},
		{url.URL{Host: "A:80", Path: "/x"}, "http://a/x"},
		{url.URL{Host: "a:81", Path: "/x"}, "http://a:81/x"},
		{url.URL{Host: "[::1]", Path: "/"}, "http://[::1]/"},
		{url.URL{Host: "[::1]:8080", Path: "/"}, "http://[::1]:8080/"},
		{url.URL{Host: "[fe80::1%eth0]:8080", Path: "/"}, "http://[fe80::1]:8080/"},
		{url.URL{Host: "bücher.example", Path: "/ü"}, "http://xn--bcher-kva.example/%C3%BC"},
		{url.URL{Host: "a", Path: "@evil.example/"}, "http://a/@evil.example/"},
		{url.URL{Host: "a", Path: ".evil.example"}, "http://a/.evil.example"},
		{url.URL{Host: "a", Path: "//evil.example/"}, "http://a//evil.example/"},
		{url.URL{Host: "a", Path: "/x", RawQuery: "q#f", Fragment: "f"}, "http://a/x?q%23f"},
		{url.URL{Host: "a", Path: "/x#y"}, "http://a/x%23y"},
		{url.URL{Host: "a", ForceQuery: true}, "http://a/?"},
		{url.URL{Host: "a", User: url.UserPassword("u", "p"), Path: "/"}, "http://a/"},
		{url.URL{Host: "a", Path: "*"}, "http://a/*"},
		{url.URL{Host: "a", Opaque: "*"}, "http://a/*"},
		{url.URL{Host: "a", Opaque: "/raw%2fpath#f"}, "http://a/raw%2fpath%23f"},
		{url.URL{Host: "a", Opaque: "//a/raw"}, "http://a/raw"},
		{url.URL{Host: "a", Opaque: "//a"}, "http://a/"},
		{url.URL{Host: "a", Opaque: "//a?x"}, "http://a/?x"},
		{url.URL{Host: "a", Opaque: "//evil.example/"}, ""},
		{url.URL{Host: "a", Opaque: "//a@evil.example/"}, ""},
		{url.URL{Host: "a", Opaque: "//a.evil.example/"}, ""},
		{url.URL{Host: "a", Opaque: "//a:81/"}, ""},
		{url.URL{Host: "a", Opaque: "http://evil.example/"}, ""},
		{url.URL{Host: "a", Opaque: "@evil.example"}, ""},
	} {
		u := tt.url
		u.Scheme = "http"
		k, err := keyOf(&u)
		if err != nil {
			t.Fatal(err)
		}
		got, err := absolute("GET", &u, &k)
		if err != nil {
			if tt.want != "" || !errors.Is(err, conn.ErrInvalidURL) {
				t.Errorf("%+v: %v", u, err)
			}
			continue
		}
		if got.RequestURI() != tt.want {
			t.Errorf("%+v: %s, want %s", u, got.RequestURI(), tt.want)
		}
	}
	u, k := &url.URL{Scheme: "http", Host: "a:81", Path: "*"}, key{scheme: "http", host: "a", port: "81"}
	if got, err := absolute("OPTIONS", u, &k); err != nil || got.RequestURI() != "http://a:81" {
		t.Errorf("OPTIONS *: %v, %v", got, err)
	}
}

// Wherever the parts come from, a proxy that reads the target finds the host of the key.
func FuzzAbsolute(f *testing.F) {
	f.Add("a.example", "/x", "", "q")
	f.Add("a.example:81", "@b/", "//a.example:81/y", "#")
	f.Add("[::1]", "*", "*", "?")
	f.Fuzz(func(t *testing.T, host, path, opaque, query string) {
		u := &url.URL{Scheme: "http", Host: host, Path: path, Opaque: opaque, RawQuery: query}
		k, err := keyOf(u)
		if err != nil {
			return
		}
		got, err := absolute("GET", u, &k)
		if err != nil {
			return
		}
		target := got.RequestURI()
		rest, ok := strings.CutPrefix(target, "http://"+k.authority())
		if !ok || rest[0] != '/' || strings.Contains(target, "#") {
			t.Fatalf("%q is not on %q", target, k.authority())
		}
	})
}

// A proxy that cannot be used is an error before anything is dialled, and never passed by
// (CVE-2026-55568, CVE-2020-28168). Nothing shows its password (CVE-2026-48615).
func TestProxiesThatCannotBeUsed(t *testing.T) {
	const secret = "hunter2"
	bad := errors.New(`invalid proxy "http://u:` + secret + `@p"`)
	for name, rule := range map[string]func(*url.URL) (*url.URL, error){
		"ftp":       parsed("ftp://u:" + secret + "@p.example:3128"),
		"socks":     parsed("socks://u:" + secret + "@p.example:1080"),
		"upper":     func(*url.URL) (*url.URL, error) { return &url.URL{Scheme: "HTTP\r\n", Host: "p"}, nil },
		"no scheme": func(*url.URL) (*url.URL, error) { return &url.URL{Host: "p", User: url.UserPassword("u", secret)}, nil },
		"opaque":    parsed("bob:" + secret + "@p.example:3128"),
		"no host":   parsed("http://u:" + secret + "@:3128"),
		"port":      parsed("http://u:" + secret + "@p:0"),
		"port 2":    func(*url.URL) (*url.URL, error) { return &url.URL{Scheme: "http", Host: "p:x"}, nil },
		"host":      func(*url.URL) (*url.URL, error) { return &url.URL{Scheme: "http", Host: "u:" + secret + "@p"}, nil },
		"error":     func(*url.URL) (*url.URL, error) { return nil, bad },
	} {
		for _, target := range []string{"http://a.example/", "https://a.example/"} {
			dialled := &piper{handle: always(ok2)}
			for _, tr := range []*Transport{
				{Dial: dialled.Dial, Proxy: func(req *http.Request) (*url.URL, error) { return rule(req.URL) }},
				{Dial: dialled.Dial},
			} {
				o := &Overrides{}
				if tr.Proxy == nil {
					o.Proxy = rule
				}
				examined(t, tr)
				err := fails(t, tr, with(t, target, o))
				e, ok := errors.AsType[*ProxyError](err)
				if !ok || !err.Proxy || err.Phase != trace.Connect || err.Sent {
					t.Errorf("%s: %#v", name, err)
				}
				if text := err.Error(); strings.Contains(text, secret) || strings.ContainsAny(text, "\r\n") || strings.Contains(e.Proxy, "@") {
					t.Errorf("%s: %q", name, text)
				}
				if slices.Contains([]string{"ftp", "socks", "upper", "no scheme"}, name) != errors.Is(err, ErrProxyScheme) {
					t.Errorf("%s: %v", name, err)
				}
				if name == "error" && !errors.Is(err, bad) {
					t.Errorf("the cause is lost: %v", err)
				}
			}
			if dialled.dialled() != 0 {
				t.Errorf("%s: dialled %q", name, dialled.addrs)
			}
		}
	}
}

func parsed(text string) func(*url.URL) (*url.URL, error) {
	return func(*url.URL) (*url.URL, error) { return url.Parse(text) }
}

// A proxy that is down is an error, and the origin is not dialled in its place.
func TestProxyThatIsDown(t *testing.T) {
	down := refusing(t)
	o := newTLSOrigin(t, ok2)
	for _, target := range []string{"http://" + o.addr, "https://" + o.addr} {
		tr := examined(t, &Transport{})
		err := fails(t, tr, with(t, target, &Overrides{Proxy: proxyOn("u:hunter2@" + down), CA: o.ca}))
		if !err.Proxy || err.Phase != trace.Connect || err.Addr != down || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%#v", err)
		}
		if want := "connecting to proxy " + down + ": connection refused"; err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
	checkHeads(t, "the origin", o.took())
	tr := examined(t, &Transport{Resolver: noResolver{}})
	if err := fails(t, tr, with(t, "http://"+o.addr, &Overrides{Proxy: proxyOn("p.example")})); !err.Proxy || err.Phase != trace.DNS {
		t.Errorf("%#v", err)
	}
}

// The rule is asked for each request, and the request's own in place of the Transport's.
func TestWhoseProxy(t *testing.T) {
	p := newScriptedProxy(t, "", ok2)
	direct := serve(t, always(noBody))
	var asked []string
	tr := examined(t, &Transport{Proxy: func(req *http.Request) (*url.URL, error) {
		asked = append(asked, req.URL.Path)
		if req.URL.Path == "/direct" {
			return nil, nil
		}
		return url.Parse("http://" + p.addr)
	}})
	get(t, tr, "http://"+direct+"/proxy")
	get(t, tr, "http://"+direct+"/direct")
	get(t, tr, "http://"+direct+"/proxy")
	do(t, tr, with(t, "http://"+direct+"/own", &Overrides{Proxy: func(*url.URL) (*url.URL, error) { return nil, nil }}))
	if got := p.took(); len(got) != 2 || len(asked) != 3 {
		t.Errorf("the proxy got %q; asked for %q", got, asked)
	}
}

// An IPv6 address stands in brackets, without its zone.
func TestConnectIPv6(t *testing.T) {
	p := newScriptedProxy(t, "", refusal)
	tr := examined(t, &Transport{})
	fails(t, tr, with(t, "https://[fe80::1%25eth0]/", &Overrides{Proxy: p.rule("")}))
	checkHeads(t, "the proxy", p.took(), "CONNECT [fe80::1]:443 HTTP/1.1\r\nHost: [fe80::1]:443\r\nUser-Agent: godwit/0.1.0\r\n\r\n")
}

// Nothing that is in a URL or in a field ends a line of what the proxy is sent
// (CVE-2014-8150, CVE-2026-1467, CVE-2026-1502).
func TestNothingIsInjectedIntoAProxy(t *testing.T) {
	for name, alter := range map[string]func(*http.Request, *Overrides){
		"path":   func(r *http.Request, _ *Overrides) { r.URL.Path = "/a\r\nX: y" },
		"opaque": func(r *http.Request, _ *Overrides) { r.URL.Opaque = "/a\r\nX: y" },
		"query":  func(r *http.Request, _ *Overrides) { r.URL.RawQuery = "a\r\nX: y" },
		"host":   func(r *http.Request, _ *Overrides) { r.URL.Host = "a\r\nX: y" },
		"Host":   func(r *http.Request, _ *Overrides) { r.Host = "a\r\nX: y" },
		"user":   func(r *http.Request, _ *Overrides) { r.URL.User = url.User("a\r\nX: y") },
		"field":  func(r *http.Request, _ *Overrides) { r.Header.Set("Proxy-Authorization", "a\r\nX: y") },
		"auth":   func(_ *http.Request, o *Overrides) { o.ProxyAuth = says("a\nX: y") },
		"method": func(r *http.Request, _ *Overrides) { r.Method = "GET a\r\nX: y" },
		"login": func(_ *http.Request, o *Overrides) {
			rule := o.Proxy
			o.Proxy = func(u *url.URL) (*url.URL, error) {
				p, err := rule(u)
				p.User = url.UserPassword("a\r\nX: y", "b\r\nX: y")
				return p, err
			}
		},
	} {
		for _, scheme := range []string{"http", "https"} {
			p := newScriptedProxy(t, "", refusal)
			tr := examined(t, &Transport{})
			o := &Overrides{Proxy: p.rule("")}
			req := with(t, scheme+"://a.example/", o)
			alter(req, o)
			if res, err := tr.RoundTrip(req); err == nil {
				res.Body.Close()
			}
			for _, head := range p.took() {
				if strings.Contains(head, "\nX:") {
					t.Errorf("%s over %s: %q", name, scheme, head)
				}
			}
		}
	}
}
