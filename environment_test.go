package godwit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// Which proxy the environment names for which URL.
func TestProxiesOfTheEnvironment(t *testing.T) {
	const p, q = "http://p:3128", "http://q:3128"
	for _, c := range []struct {
		env  map[string]string
		url  string
		want string
	}{
		{nil, "http://h/", ""},
		{map[string]string{"HTTP_PROXY": p}, "http://h/", p},
		{map[string]string{"http_proxy": p}, "http://h/", p},
		{map[string]string{"HTTP_PROXY": p}, "https://h/", ""},
		{map[string]string{"HTTPS_PROXY": p}, "https://h/", p},
		{map[string]string{"https_proxy": "p:3128"}, "https://h/", p},
		{map[string]string{"ALL_PROXY": p}, "https://h/", p},
		{map[string]string{"all_proxy": p}, "http://h/", p},
		{map[string]string{"all_proxy": p, "http_proxy": q}, "http://h/", q},
		{map[string]string{"HTTP_PROXY": p}, "http://localhost/", ""},
		{map[string]string{"HTTP_PROXY": p}, "http://127.0.0.1:8080/", ""},
		{map[string]string{"HTTP_PROXY": p}, "http://[::1]/", ""},
		{map[string]string{"HTTP_PROXY": p}, "http://[::ffff:127.0.0.1]/", ""},
		{map[string]string{"HTTP_PROXY": p}, "http://localhost./", ""},
		// In a CGI script HTTP_PROXY is what the request's field Proxy says (CVE-2016-5386).
		{map[string]string{"HTTP_PROXY": p, "REQUEST_METHOD": "GET"}, "http://h/", ""},
		{map[string]string{"HTTP_PROXY": p, "http_proxy": q, "REQUEST_METHOD": "GET"}, "http://h/", q},

		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "h"}, "http://h/", ""},
		{map[string]string{"HTTP_PROXY": p, "no_proxy": "h"}, "http://h/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "*"}, "http://h/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com"}, "http://www.example.com/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com"}, "http://EXAMPLE.com/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com"}, "http://example.com./", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com"}, "http://notexample.com/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com"}, "http://example.com.evil/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": ".example.com"}, "http://www.example.com/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "*.example.com"}, "http://www.example.com/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "*.example.com"}, "http://[fe80::1%25.example.com]/", p}, // CVE-2025-22870
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "h:8080"}, "http://h:8080/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "h:8080"}, "http://h/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "10.0.0.0/8"}, "http://10.1.2.3/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "10.0.0.0/8"}, "http://[::ffff:10.1.2.3]/", ""}, // CVE-2026-44492
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "10.0.0.0/8"}, "http://11.1.2.3/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": " a , ,b "}, "http://b/", ""},
		{map[string]string{"HTTP_PROXY": p, "http_proxy": q}, "http://h/", q},
		{map[string]string{"HTTPS_PROXY": p, "https_proxy": q}, "https://h/", q},
		{map[string]string{"ALL_PROXY": p, "all_proxy": q}, "https://h/", q},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "h", "no_proxy": "i"}, "http://h/", p},
		{map[string]string{"HTTP_PROXY": p, "http_proxy": ""}, "http://h/", p},
		{map[string]string{"HTTP_PROXY": p}, "http://a.localhost/", ""},
		{map[string]string{"HTTP_PROXY": p}, "http://A.LOCALHOST.:80/", ""},
		{map[string]string{"HTTP_PROXY": p}, "http://localhost.example/", p},
		{map[string]string{"HTTP_PROXY": p}, "http://127.0.0.2/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "a b\tc"}, "http://b/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "[2001:db8::1]"}, "http://[2001:db8::1]/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "[2001:db8::1]:80"}, "http://[2001:db8::1]/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "[2001:db8::1]:81"}, "http://[2001:db8::1]/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "2001:db8::1"}, "http://[2001:DB8:0::1]:8080/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "::ffff:10.1.2.3"}, "http://10.1.2.3/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": ".example.com"}, "http://example.com/", ""}, // as curl and Python
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": ".example.com"}, "http://notexample.com/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "*.example.com"}, "http://example.com/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "*example.com"}, "http://notexample.com/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com."}, "http://www.example.com/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com.:8080"}, "http://www.example.com:8080/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "example.com:8080"}, "http://www.example.com/", p},
		{map[string]string{"HTTPS_PROXY": p, "NO_PROXY": "example.com:443"}, "https://www.example.com/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": ",.,:80, ,[],*."}, "http://h/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "BÜCHER.example"}, "http://xn--bcher-kva.example/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "xn--bcher-kva.example"}, "http://www.bücher.example/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "192.168.0.0/24"}, "http://192.168.0.1:5000/", ""},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "172.16.1.1"}, "http://172.16.1.12/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "192.168.0.0"}, "http://192.168.0.1/", p},
		{map[string]string{"HTTP_PROXY": p, "NO_PROXY": "2001:db8::/32"}, "http://[2001:db8::1]/", ""},
	} {
		rule := proxiesOf(func(name string) string { return c.env[name] })
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if rule != nil {
			proxy, err := rule(u)
			if err != nil {
				t.Errorf("%v %s: %v", c.env, c.url, err)
			}
			if proxy != nil {
				got = proxy.String()
			}
		}
		if got != c.want {
			t.Errorf("%v, %s: %q, want %q", c.env, c.url, got, c.want)
		}
	}
	rule := proxiesOf(func(name string) string { return map[string]string{"http_proxy": "http://u:hunter2@h:bad:port"}[name] })
	if _, err := rule(&url.URL{Scheme: "http", Host: "h"}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// proxyGiven returns the proxy that the transport was told of.
func proxyGiven(t *testing.T, w *world) string {
	t.Helper()
	r := w.last()
	o := transport.OverridesFrom(r.Context())
	u, err := (*url.URL)(nil), transport.ErrNoRule
	for _, rule := range []proxyFunc{o.Proxy, o.EnvProxy} {
		if rule != nil && errors.Is(err, transport.ErrNoRule) {
			u, err = rule(r.URL)
		}
	}
	if err == transport.ErrNoRule {
		return "transport's"
	}
	if err != nil {
		t.Fatal(err)
	}
	if u == nil {
		return "none"
	}
	return u.Host
}

// What the call says, what the session says, what the environment says: in this order.
func TestProxyOrder(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://env:1")
	for _, c := range []struct {
		session Defaults
		url     string
		call    []Option
		want    string
	}{
		{nil, "http://h/", nil, "env:1"},
		{nil, "https://h/", nil, "none"},
		{Defaults{Proxy("http://session:1")}, "http://h/", nil, "session:1"},
		{Defaults{Proxy("http://session:1")}, "http://h/", []Option{Proxy("call:1")}, "call:1"},
		{Defaults{Proxy("http://session:1")}, "http://h/", []Option{NoProxy}, "none"},
		{nil, "http://h/", []Option{NoProxy}, "none"},
		{nil, "http://h/", []Option{NoEnv{Proxy: true}}, "transport's"},
		{Defaults{NoEnv{Proxy: true}}, "http://h/", []Option{Proxy("call:1")}, "call:1"},
		{Defaults{Proxies{"http": "all:1", "http://h": "host:1"}}, "http://h/", nil, "host:1"},
		{Defaults{Proxies{"http": "all:1", "http://h": "host:1"}}, "http://H.:80/", nil, "host:1"},
		{Defaults{Proxies{"http": "all:1", "http://h": "host:1"}}, "http://o/", nil, "all:1"},
		{Defaults{Proxies{"https": "s:1"}}, "http://o/", nil, "env:1"},
		{Defaults{Proxies{"https": "s:1"}, NoEnv{Proxy: true}}, "http://o/", nil, "transport's"},
		{Defaults{Proxies{"http://h": "host:1", "http://h:8080": "port:1"}}, "http://h:8080/", nil, "port:1"},
		{Defaults{Proxies{"http://h": "host:1", "http://h:8080": "port:1"}}, "http://h:8081/", nil, "host:1"},
		{Defaults{Proxies{"http://h:80": "port:1"}}, "http://h/", nil, "port:1"},
		{Defaults{Proxies{"all://h:80": "port:1"}}, "http://h/", nil, "port:1"},
		{Defaults{Proxies{"https://h:80": "port:1", "all": "all:1"}}, "http://h/", nil, "all:1"},
		{Defaults{Proxies{"HTTP://H./": "host:1"}}, "http://h/", nil, "host:1"},
		{Defaults{Proxies{"http://[2001:DB8::1]": "v6:1"}}, "http://[2001:db8::1]/", nil, "v6:1"},
		{Defaults{Proxies{"http://[2001:db8::1]:8080": "v6:1"}}, "http://[2001:db8::1]:8080/", nil, "v6:1"},
		{Defaults{Proxies{"http://10.0.0.1": "v4:1"}}, "http://[::ffff:10.0.0.1]/", nil, "v4:1"},
		{Defaults{Proxies{"http://ü.example": "name:1"}}, "http://xn--tda.example/", nil, "name:1"},
		{Defaults{Proxies{"http://xn--tda.example": "name:1"}}, "http://Ü.example/", nil, "name:1"},
		{Defaults{Proxy("one:1"), Proxies{"https": "s:1"}}, "http://o/", nil, "one:1"},
		{Defaults{Proxies{"http": ""}}, "http://o/", nil, "none"},
		{Defaults{Proxies{"all": "a:1", "all://h": "b:1"}}, "http://h/", nil, "b:1"},
		{Defaults{Proxies{"all": "a:1", "all://h": "b:1"}}, "https://o/", nil, "a:1"},
		{Defaults{Proxies{"all": "a:1"}}, "http://h/", []Option{Proxies{"http": "b:1"}}, "b:1"},
		{Defaults{Proxies{"all": "a:1"}}, "https://h/", []Option{Proxies{"http": "b:1"}}, "a:1"},
		{Defaults{Proxies{"http": "a:1", "http://[::1]": "b:1"}}, "http://[::1]:8080/", nil, "b:1"},
		{Defaults{Proxies{"http": "a:1", "HTTP://H.Example./": "b:1"}}, "http://h.example/", nil, "b:1"},
		{Defaults{Proxies{"http": "a:1", "http://bücher.example": "b:1"}}, "http://xn--bcher-kva.example/", nil, "b:1"},
	} {
		s, w := newWorld(ok)
		s.Defaults = c.session
		if _, err := s.Get(t.Context(), c.url, c.call...); err != nil {
			t.Errorf("%v %v: %v", c.session, c.call, err)
			continue
		}
		if got := proxyGiven(t, w); got != c.want {
			t.Errorf("%v, %s, %v: %s, want %s", c.session, c.url, c.call, got, c.want)
		}
	}
}

// A rule of a transport, be it the session's or a mounted one, is the session's word: it beats the
// environment's, and Proxies leave to it what they say nothing about.
func TestProxyOfATransport(t *testing.T) {
	proxy := func(name string) *httptest.Server {
		p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, name) }))
		t.Cleanup(p.Close)
		return p
	}
	env, own, call := proxy("env"), proxy("own"), proxy("call")
	t.Setenv("HTTP_PROXY", env.URL)
	u, _ := url.Parse(own.URL)
	rt := &transport.Transport{Proxy: http.ProxyURL(u)}
	defer rt.CloseIdleConnections()
	plain := new(transport.Transport)
	defer plain.CloseIdleConnections()
	mounted := map[string]http.RoundTripper{"http://h.example": rt}
	for _, c := range []struct {
		s    *Session
		opt  Option
		want string
	}{
		{&Session{Transport: plain}, nil, "env"},
		{&Session{Transport: rt}, nil, "own"},
		{&Session{Transport: rt}, Proxy(call.URL), "call"},
		{&Session{Transport: rt}, Proxies{"https": call.URL}, "own"},
		{&Session{Transport: rt}, Proxies{"http": call.URL}, "call"},
		{&Session{Transport: rt}, NoEnv{Proxy: true}, "own"},
		{&Session{Transport: plain, Mounts: mounted}, nil, "own"},
		{&Session{Transport: plain, Mounts: mounted}, Proxies{"https": call.URL}, "own"},
		{&Session{Transport: plain, Mounts: mounted}, Proxy(call.URL), "call"},
	} {
		res, err := c.s.Get(t.Context(), "http://h.example/", c.opt)
		if err != nil || string(res.Content) != c.want {
			t.Errorf("%v, mounted: %v: %v %v, want %s", c.opt, c.s.Mounts != nil, res, err, c.want)
		}
	}
}

func TestProxyRefused(t *testing.T) {
	s, w := newWorld(ok)
	for _, o := range []Option{
		Proxy("http://"), Proxy("http://h:0"), Proxy("http://u:hunter2@h:x"), Proxy("http://h/path"), Proxy("http://h?q"), Proxy("http://h h"), Proxy("http://[h]"),
		Proxies{"ftp": "h:1"},
		Proxies{"http://h/path": "h:1"},
		Proxies{"http://u@h": "h:1"},
		Proxies{"http://[h": "h:1"},
		Proxies{"example.com": "h:1"},
		Proxies{"http": "http://"},
		Proxies{"http://h:x": "h:1"},
		Proxies{"http://h/path": "h:1"},
		Proxies{"http://h?q": "h:1"},
		Proxies{"http://u:hunter2@h": "h:1"},
		Proxies{"http://*.h": "h:1"},
		Proxies{"all://*": "h:1"},
		Proxies{"http://a b": "h:1"},
		Proxies{"http://::1": "h:1"},
	} {
		_, err := s.Get(t.Context(), "http://h/", o)
		if !errors.Is(err, ErrRequest) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%#v: %v", o, err)
		}
	}
	if len(w.requests()) != 0 {
		t.Error("sent")
	}
}

// SSL_CERT_FILE and SSL_CERT_DIR stand in place of the system's roots, unless somebody else has
// said whom to trust. What cannot be read is an error, never a lack of verification.
func TestCAOfTheEnvironment(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(ok))
	defer server.Close()
	other := httptest.NewUnstartedServer(nil)
	other.Close()
	dir := t.TempDir()
	right, wrong, empty := filepath.Join(dir, "right.pem"), filepath.Join(dir, "missing.pem"), filepath.Join(dir, "empty.pem")
	writeCA(t, right, server)
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	writeCA(t, filepath.Join(folder, "ca.pem"), server)
	for _, c := range []struct {
		name      string
		file, dir string
		opts      []Option
		kind      Kind
	}{
		{"nothing", "", "", nil, ErrTLS},
		{"file", right, "", nil, ""},
		{"folder", "", folder, nil, ""},
		{"list of folders", "", folder + string(os.PathListSeparator) + folder, nil, ""},
		{"both", right, folder, nil, ""},
		{"missing", wrong, "", nil, ErrTLS},
		{"empty", empty, "", nil, ErrTLS},
		{"one of both missing", right, wrong, nil, ErrTLS},
		{"CA beats it", wrong, "", []Option{CA(right)}, ""},
		{"Insecure beats it", wrong, "", []Option{Insecure}, ""},
		{"NoEnv", right, "", []Option{NoEnv{CA: true}}, ErrTLS},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("SSL_CERT_FILE", c.file)
			t.Setenv("SSL_CERT_DIR", c.dir)
			s := &Session{Transport: &transport.Transport{}}
			defer s.Close()
			_, err := s.Get(t.Context(), server.URL, c.opts...)
			if c.kind == "" && err != nil || c.kind != "" && !errors.Is(err, c.kind) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("http does not need it", func(t *testing.T) {
		t.Setenv("SSL_CERT_FILE", wrong)
		plain := httptest.NewServer(http.HandlerFunc(ok))
		defer plain.Close()
		s := &Session{Transport: &transport.Transport{}}
		defer s.Close()
		if _, err := s.Get(t.Context(), plain.URL); err != nil {
			t.Error(err)
		}
	})
	t.Run("it is told", func(t *testing.T) {
		t.Setenv("SSL_CERT_FILE", right)
		var events log
		s := &Session{Transport: &transport.Transport{}, Tracer: &events}
		defer s.Close()
		if _, err := s.Get(t.Context(), server.URL); err != nil {
			t.Fatal(err)
		}
		if got := all[trace.Choice](&events); len(got) == 0 || got[0].What != "ca" || got[0].Rule != "SSL_CERT_FILE" {
			t.Errorf("%+v", got)
		}
	})
}

// writeNetrc makes a netrc the user's, in a home of its own or by NETRC.
// What is said of one origin, or of one transport, does not keep the environment from the others,
// nor the environment from them.
func TestCAOfTheEnvironmentForSome(t *testing.T) {
	b := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if back := r.URL.Query().Get("back"); back != "" {
			http.Redirect(w, r, back, http.StatusFound)
		}
	}))
	defer b.Close()
	a := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/start" {
			http.Redirect(w, r, b.URL+"/?back=http://"+r.Host+"/end", http.StatusFound)
		}
	}))
	defer a.Close()
	right := filepath.Join(t.TempDir(), "right.pem")
	writeCA(t, right, b)
	roots := b.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	knows := &transport.Transport{TLS: &tls.Config{RootCAs: roots}}
	defer knows.CloseIdleConnections()

	t.Setenv("SSL_CERT_FILE", right)
	s := &Session{Transport: &transport.Transport{}}
	defer s.Close()
	back := a.URL + "/start"
	if _, err := s.Get(t.Context(), back, Insecure, AllowDowngrade, Redirects(1)); !errors.Is(err, ErrRedirects) {
		t.Errorf("b is known to the environment: %v", err)
	}
	if _, err := s.Get(t.Context(), a.URL, TLS(&tls.Config{RootCAs: x509.NewCertPool()})); !errors.Is(err, ErrTLS) {
		t.Errorf("TLS beats the environment: %v", err)
	}

	t.Setenv("SSL_CERT_FILE", right+".missing")
	s = &Session{Transport: &transport.Transport{}, Mounts: map[string]http.RoundTripper{a.URL: knows}}
	defer s.Close()
	if _, err := s.Get(t.Context(), a.URL); err != nil {
		t.Errorf("a mounted transport knows whom to trust: %v", err)
	}
	if _, err := s.Get(t.Context(), a.URL+"/start"); !errors.Is(err, ErrTLS) || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Errorf("and the other one does not: %v", err)
	}
}

// The default is for whom the caller names, not for whom a redirect does.
func TestNetrcDefault(t *testing.T) {
	writeNetrc(t, "machine h login hl password hp\nmachine o login ol password op\ndefault login dl password dp\n", 0o600, false)
	const forH, forO, forAll = "Basic aGw6aHA=", "Basic b2w6b3A=", "Basic ZGw6ZHA="
	for _, c := range []struct{ url, want string }{
		{"http://x/", forAll},
		{"http://h/to?http://x/", forH + ", "},
		{"http://x/to?http://y/", forAll + ", "},
		{"http://x/to?http://x:81/", forAll + ", "},
		{"http://x/to?http://x./", forAll + ", "},
		{"http://x/to?http://o/", forAll + ", " + forO},
	} {
		s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/to" {
				w.Header().Set("Location", r.URL.RawQuery)
				w.WriteHeader(302)
			}
		})
		if _, err := s.Get(t.Context(), c.url); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range w.requests() {
			got = append(got, r.Header.Get("Authorization"))
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %q, want %q", c.url, s, c.want)
		}
	}
}

func writeNetrc(t *testing.T, text string, mode os.FileMode, named bool) {
	t.Helper()
	home := t.TempDir()
	path := filepath.Join(home, ".netrc")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	if named {
		t.Setenv("NETRC", path)
	}
}

// netrc has a say when nobody else has, for the host that is asked, and for no other.
func TestNetrc(t *testing.T) {
	writeNetrc(t, "machine h login hl password hp\nmachine o login ol password op\nmachine part login only\nmachine u login other password x\n", 0o600, false)
	const forH, forO = "Basic aGw6aHA=", "Basic b2w6b3A="
	for _, c := range []struct {
		name    string
		session Defaults
		url     string
		opts    []Option
		want    string // of each request, in order
	}{
		{"by host", nil, "http://h/", nil, forH},
		{"by host, any port", nil, "http://h:81/", nil, forH},
		{"in any letter case", nil, "http://H./", nil, forH},
		{"no entry", nil, "http://x/", nil, ""},
		{"an entry without password", nil, "http://part/", nil, ""},
		{"a header of the call", nil, "http://h/", []Option{Header{"Authorization": "own"}}, "own"},
		{"none wanted", nil, "http://h/", []Option{Auth(nil)}, ""},
		{"an Auth of the session", Defaults{Bearer("t")}, "http://h/", nil, "Bearer t"},
		{"NoEnv", Defaults{NoEnv{Netrc: true}}, "http://h/", nil, ""},
		{"NoEnv is not taken back", Defaults{NoEnv{Netrc: true}}, "http://h/", []Option{NoEnv{}}, ""},
		{"the URL's user", nil, "http://hl@h/", nil, forH},
		{"another user (CVE-2026-8926)", nil, "http://me@h/", nil, "Basic bWU6"},
		{"another user of the same host", nil, "http://me@u/", nil, "Basic bWU6"},
		{"the URL's password", nil, "http://hl:mine@h/", nil, "Basic aGw6bWluZQ=="},
		{"hop to another host", nil, "http://h/to?http://o/", nil, forH + ", " + forO},
		{"hop to a host without entry (CVE-2014-1829)", nil, "http://h/to?http://x/", nil, forH + ", "},
		{"hop to a host with half an entry (CVE-2024-11053)", nil, "http://h/to?http://part/", nil, forH + ", "},
		{"hop to another port", nil, "http://h/to?http://h:81/", nil, forH + ", "},
		{"hop after a token (CVE-2026-3783)", nil, "http://x/to?http://h/", []Option{Bearer("t")}, "Bearer t, "},
		{"hop after a field", nil, "http://x/to?http://h/", []Option{Header{"Authorization": "own"}}, "own, "},
	} {
		s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/to" {
				w.Header().Set("Location", r.URL.RawQuery)
				w.WriteHeader(302)
			}
		})
		s.Defaults = c.session
		if _, err := s.Get(t.Context(), c.url, c.opts...); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, r := range w.requests() {
			got = append(got, r.Header.Get("Authorization"))
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
}

// A file at home that cannot be used is a warning; one that was named is an error, and nothing
// is sent.
func TestNetrcUnusable(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		mode os.FileMode
	}{
		{"exposed", "machine h login l password hunter2\n", 0o644},
		{"damaged", "machine h login \"hunter2\n", 0o600},
	} {
		t.Run(c.name, func(t *testing.T) {
			writeNetrc(t, c.text, c.mode, false)
			s, w := newWorld(ok)
			var events log
			s.Tracer = &events
			for range 2 {
				if _, err := s.Get(t.Context(), "http://h/"); err != nil || w.last().Header.Get("Authorization") != "" {
					t.Errorf("%v: %v", err, w.last().Header)
				}
			}
			warnings := all[trace.Warning](&events)
			if len(warnings) != 1 || strings.Contains(warnings[0].Text, "hunter2") {
				t.Errorf("%+v", warnings)
			}
		})
		t.Run(c.name+", named", func(t *testing.T) {
			writeNetrc(t, c.text, c.mode, true)
			s, w := newWorld(ok)
			_, err := s.Get(t.Context(), "http://h/")
			if !errors.Is(err, ErrAuth) || len(w.requests()) != 0 || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v", err)
			}
			if _, err := s.Get(t.Context(), "http://h/", Auth(nil)); err != nil {
				t.Errorf("who does not need it is troubled: %v", err)
			}
		})
	}
	t.Run("named and missing", func(t *testing.T) {
		t.Setenv("NETRC", filepath.Join(t.TempDir(), "missing"))
		s, _ := newWorld(ok)
		if _, err := s.Get(t.Context(), "http://h/"); !errors.Is(err, ErrAuth) || !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
}
