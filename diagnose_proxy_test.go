package godwit

// Proxies, as a diagnosis sees them: which one, who says so, and whether it lets us through.

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/auth"
	"example.com/godwit/diagnosis"
	"example.com/godwit/internal/realserver"
	"example.com/godwit/transport"
)

func TestDiagnoseRealProxies(t *testing.T) {
	nginx := realserver.Nginx(t)
	open, basic := realserver.Tinyproxy(t), realserver.Tinyproxy(t, "BasicAuth godwit secret")
	closed := realserver.Tinyproxy(t, "ConnectPort 1")
	digest := realserver.ApacheProxy(t, "godwit", "secret")
	down := "http://127.0.0.1:1"
	withPassword := func(p *realserver.Server) Option {
		return Proxy(strings.Replace(p.Plain, "http://", "http://godwit:secret@", 1))
	}
	for _, tt := range []struct {
		name  string
		url   string
		opts  []Option
		cause string // "": it gets through
	}{
		{"tunnel", nginx.Secure, []Option{Proxy(open.Plain)}, ""},
		{"plain", nginx.Plain, []Option{Proxy(open.Plain)}, ""},
		{"Basic", nginx.Secure, []Option{withPassword(basic)}, ""},
		{"Basic, plain", nginx.Plain, []Option{withPassword(basic)}, ""},
		{"Digest", nginx.Secure, []Option{Proxy(digest.Plain), Auth(auth.Proxy(auth.Digest("godwit", "secret")))}, ""},
		{"no password", nginx.Secure, []Option{Proxy(basic.Plain)}, "proxy wants credentials"},
		{"no password, plain", nginx.Plain, []Option{Proxy(basic.Plain)}, "proxy wants credentials"},
		{"wrong password", nginx.Secure, []Option{Proxy(basic.Plain), Auth(auth.Proxy(auth.Basic("godwit", "hunter2")))}, "proxy wants credentials"},
		{"another port only", nginx.Secure, []Option{Proxy(closed.Plain)}, "proxy refused"},
		{"nobody behind it", "https://127.0.0.1:1", []Option{Proxy(open.Plain)}, "proxy failed"},
		{"down", nginx.Secure, []Option{Proxy(down)}, "proxy not reached"},
		{"down, plain", nginx.Plain, []Option{Proxy(down)}, "proxy not reached"},
		{"no such name", nginx.Plain, []Option{Proxy("http://proxy.invalid:3128")}, "proxy not found"},
		{"no such kind", nginx.Plain, []Option{Proxy("gopher://127.0.0.1:3128")}, "bad proxy"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &transport.Transport{Resolver: &names{}}
			d := mustDiagnose(t, diagnosing(t, tr), tt.url+"/small.txt", append(tt.opts, CA(nginx.CAFile))...)
			if tt.cause == "" {
				if !d.Verdict.OK || !d.Proxy.OK || d.Proxy.URL == "" || d.Proxy.Rule == "" || d.Hops[0].Status != 200 {
					t.Errorf("%+v\n%s", d.Proxy, d)
				}
				if a := d.Addresses[0]; !a.Proxy || "http://"+a.Addr != d.Proxy.URL {
					t.Errorf("%+v", a)
				}
				return
			}
			wantVerdict(t, d, diagnosis.LayerProxy, tt.cause)
			if d.Proxy.OK || d.Proxy.Error == "" {
				t.Errorf("%+v", d.Proxy)
			}
			for _, secret := range []string{"hunter2", "secret", "Z29kd2l0"} {
				if strings.Contains(d.String(), secret) {
					t.Errorf("%q in\n%s", secret, d)
				}
			}
		})
	}
}

// The remedies for proxies, followed.
func TestDiagnoseProxyRemedies(t *testing.T) {
	nginx := realserver.Nginx(t)
	tr := &transport.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse("http://127.0.0.1:1") }}
	s := diagnosing(t, tr)
	d := mustDiagnose(t, s, nginx.Plain+"/small.txt")
	wantVerdict(t, d, diagnosis.LayerProxy, "proxy not reached", "the rule of the transport")
	if d.Remedy.Otherwise == nil || d.Remedy.Otherwise.Go != "godwit.NoProxy" {
		t.Errorf("%+v", d.Remedy)
	}
	if d = mustDiagnose(t, s, nginx.Plain+"/small.txt", NoProxy); !d.Verdict.OK {
		t.Errorf("\n%s", d)
	}
}

// Who says which proxy there is, or that there is none.
func TestDiagnoseProxyRules(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	proxy := newClearProxy(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	named := func(*http.Request) (*url.URL, error) { return proxy.url, nil }
	none := func(*http.Request) (*url.URL, error) { return nil, nil }
	static := transport.Sockets{Hosts: map[string]string{"a.example": server.Listener.Addr().String()}}
	for _, tt := range []struct {
		name string
		env  map[string]string
		tr   func(*http.Request) (*url.URL, error)
		opts []Option
		via  bool
		rule string
	}{
		{"nothing", nil, nil, nil, false, "nobody names one"},
		{"option", nil, nil, []Option{Proxy(proxy.url.String())}, true, "the request's own rule"},
		{"option says none", map[string]string{"HTTP_PROXY": proxy.url.String()}, nil, []Option{NoProxy}, false, "an option says that there is none"},
		{"transport", nil, named, nil, true, "the rule of the transport"},
		{"transport says none", map[string]string{"HTTP_PROXY": proxy.url.String()}, none, nil, false, "the transport says that there is none"},
		{"environment", map[string]string{"HTTP_PROXY": proxy.url.String()}, nil, nil, true, "HTTP_PROXY"},
		{"lower case", map[string]string{"http_proxy": proxy.url.String()}, nil, nil, true, "http_proxy"},
		{"for all", map[string]string{"ALL_PROXY": proxy.url.String(), "HTTPS_PROXY": "http://127.0.0.1:1"}, nil, nil, true, "ALL_PROXY"},
		{"NO_PROXY", map[string]string{"HTTP_PROXY": proxy.url.String(), "NO_PROXY": "a.example"}, nil, nil, false, "HTTP_PROXY is not for this URL: NO_PROXY, or an address of this machine"},
		{"NoEnv", map[string]string{"HTTP_PROXY": proxy.url.String()}, nil, []Option{NoEnv{Proxy: true}}, false, "NoEnv: the environment has no say"},
		{"another scheme", nil, nil, []Option{Proxies{"https": "http://127.0.0.1:1"}}, false, "nobody names one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			tr := &transport.Transport{Proxy: tt.tr, Sockets: static}
			d := mustDiagnose(t, diagnosing(t, tr), "http://a.example/", tt.opts...)
			want := ""
			if tt.via {
				want = proxy.url.String()
			}
			if d.Proxy.Rule != tt.rule || d.Proxy.URL != want || !d.Proxy.OK || !d.Verdict.OK {
				t.Errorf("%+v\n%s", d.Proxy, d)
			}
			if status := d.Hops[0].Status; (status == 204) != tt.via {
				t.Errorf("%d", status)
			}
		})
	}
}

// A proxy that cannot be used at all, in the environment: nothing goes past it.
func TestDiagnoseBadProxyOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://user:hunter2@ho st")
	d := mustDiagnose(t, diagnosing(t, &transport.Transport{}), "https://a.example/")
	wantVerdict(t, d, diagnosis.LayerProxy, "bad proxy", "HTTPS_PROXY")
	if strings.Contains(d.String(), "hunter2") || len(d.Sent) > 0 {
		t.Errorf("\n%s", d)
	}
}

// What hostile proxies answer is bounded and harmless.
func TestDiagnoseHostileProxies(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 403 \x1b[2J\r\nX: \x1b]0;owned\x07\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 403 " + strings.Repeat("x", 10_000) + "\r\n\r\n",
		"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"\x1b\"\r\nContent-Length: 0\r\n\r\n",
		"SSH-2.0-nothing\r\n",
		"\x15\x03\x01\x00\x02\x02\x46",
		"",
	} {
		p := saying(t, answer)
		for _, scheme := range []string{"http", "https"} {
			d := mustDiagnose(t, diagnosing(t, &transport.Transport{}), scheme+"://a.example/", Proxy("http://"+p))
			if scheme == "https" && d.Verdict.Layer != diagnosis.LayerProxy {
				t.Errorf("%q:\n%s", answer, d)
			}
			if slices.ContainsFunc(d.Addresses, func(a diagnosis.Address) bool { return !a.Proxy }) {
				t.Errorf("%+v", d.Addresses)
			}
		}
	}
}
