package godwit

import (
	"errors"
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
	rule := transport.OverridesFrom(r.Context()).Proxy
	if rule == nil {
		return "transport's"
	}
	u, err := rule(r.URL)
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
		{Defaults{Proxies{"https": "s:1"}, NoEnv{Proxy: true}}, "http://o/", nil, "none"},
		{Defaults{Proxy("one:1"), Proxies{"https": "s:1"}}, "http://o/", nil, "one:1"},
		{Defaults{Proxies{"http": ""}}, "http://o/", nil, "none"},
		{Defaults{Proxies{"all": "a:1", "all://h": "b:1"}}, "http://h/", nil, "b:1"},
		{Defaults{Proxies{"all": "a:1", "all://h": "b:1"}}, "https://o/", nil, "a:1"},
		{Defaults{Proxies{"all": "a:1"}}, "http://h/", []Option{Proxies{"http": "b:1"}}, "b:1"},
		{Defaults{Proxies{"all": "a:1"}}, "https://h/", []Option{Proxies{"http": "b:1"}}, "a:1"},
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
	// A rule of the session's own transport is the session's word.
	s := &Session{Transport: &transport.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "own:1"})}}
	c := &call{session: s, request: new(Request)}
	if c.proxyRule() != nil {
		t.Error("the environment beats a transport's rule")
	}
}

func TestProxyRefused(t *testing.T) {
	s, w := newWorld(ok)
	for _, o := range []Option{
		Proxy("http://"), Proxy("http://h:0"), Proxy("http://u:hunter2@h:x"), Proxy("http://h/path"), Proxy("http://h?q"), Proxy("http://h h"), Proxy("http://[h]"),
		Proxies{"ftp": "h:1"}, Proxies{"example.com": "h:1"}, Proxies{"http": "http://"},
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
