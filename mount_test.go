package godwit

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/godwit/transport"
)

// Which URLs are below which prefix.
func TestMountPrefix(t *testing.T) {
	for _, c := range []struct {
		prefix, url string
		want        bool
	}{
		{"https://", "https://h/", true},
		{"https://", "http://h/", false},
		{"HTTP://", "http://h/", true},
		{"https://h", "https://h", true},
		{"https://h", "https://h/x", true},
		{"https://h/", "https://h", true},
		{"https://H.Example", "https://h.eXample/x", true},
		{"https://h", "https://h:8443/x", true},
		{"https://h:443", "https://h/x", true},
		{"https://h:443", "https://h:8443/x", false},
		{"https://h:8443", "https://h/x", false},
		{"https://h", "https://h.evil/x", false},
		{"https://h", "https://hh/x", false},
		{"https://h", "https://evil/https://h", false},
		{"https://h", "https://h@evil/", false},
		{"https://h/a", "https://h/a", true},
		{"https://h/a", "https://h/a/b", true},
		{"https://h/a/", "https://h/a/b", true},
		{"https://h/a", "https://h/ab", false},
		{"https://h/a", "https://h/A", false},
		{"https://h/a", "https://h/", false},
		{"https://h/a%2Fb", "https://h/a%2Fb/c", true},
		{"https://h/a%2Fb", "https://h/a/b/c", false},
		{"https://[::1]", "https://[::1]:8080/", true},
		{"https://[::1]", "https://[::2]/", false},
		{"https://[::1]", "https://[0:0:0:0:0:0:0:1]/", true},
		{"https://[::1]", "https://[::1%25eth0]/", false},
		{"https://h", "https://h./x", true},
		{"https://h.", "https://h/x", true},
		{"https://bücher.example", "https://xn--bcher-kva.example/", true},
		{"https://xn--bcher-kva.example", "https://BÜCHER.example/", true},
		{"https://h/api", "https://h/%61pi/x", true},
		{"https://h/%61pi", "https://h/api/x", true},
		{"https://h/a%2fb", "https://h/a%2Fb/c", true},
		{"https://h/api", "https://h/api/../admin", false},
		{"https://h/api", "https://h/api/%2e%2E/admin", false},
		{"https://h/api", "https://h/x/../api/y", true},
		{"https://h/api", "https://h/../api", true},
		{"https://h/api", "https://h/./api/.", true},
		{"https://h/api", "https://h/api/..", false},
		{"https://h/api/..", "https://h/x", true},
		{"https://h/api", "https://h//api", false},
		// However it is spelt.
		{"https://h", "https://h./x", true},
		{"https://h.", "https://h/x", true},
		{"https://ü.example", "https://xn--tda.example/", true},
		{"https://xn--tda.example", "https://Ü.example/", true},
		{"https://10.0.0.1", "https://[::ffff:10.0.0.1]/", true},
		{"https://[2001:DB8:0::1]", "https://[2001:db8::1]/", true},
		{"https://h", "https://x.h/", false},
	} {
		m, err := parsePrefix(c.prefix)
		if err != nil {
			t.Errorf("%s: %v", c.prefix, err)
			continue
		}
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.has(u); got != c.want {
			t.Errorf("%s is below %s: %v", c.url, c.prefix, got)
		}
	}
	for _, bad := range []string{"", "h", "h/x", "//h", "ftp://h", "https:///x", "https://u:p@h", "https://h/?q", "https://h/#f", "https://h:x", "https://*.h", "https://h..x"} {
		if m, err := parsePrefix(bad); err == nil {
			t.Errorf("%q: %v", bad, m)
		}
	}
}

// A host has one form in which it is compared, whose form is itself; and what is taken for a
// prefix, or for a key of Proxies, fits a URL.
func FuzzHostOf(f *testing.F) {
	for _, s := range []string{"http://h", "http://h.:80", "https://[2001:DB8::1]:8443/", "http://Ü.example", "http://xn--tda.example", "https://", "http://[::ffff:10.0.0.1]", "http://h。x", "http://*", "http://u:p@h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, prefix string) {
		m, err := parsePrefix(prefix)
		if err != nil || m.host == "" {
			return
		}
		u := &url.URL{Scheme: m.scheme, Host: m.host}
		if strings.Contains(m.host, ":") {
			u.Host = "[" + m.host + "]"
		}
		if err := checkURL(u); err != nil {
			t.Fatalf("%q is for %q: %v", prefix, m.host, err)
		}
		if again := hostOf(u); again != m.host {
			t.Errorf("%q is for %q, whose form is %q", prefix, m.host, again)
		}
		if key, err := proxyKey(m.scheme + "://" + u.Host); err != nil || key != m.scheme+"://"+u.Host {
			t.Errorf("%q is the key %q: %v", prefix, key, err)
		}
	})
}

// named is a transport that says its name.
func named(name string) http.RoundTripper {
	return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"By": {name}}, Request: req}, nil
	})
}

func TestMounts(t *testing.T) {
	s := &Session{Transport: named("rest"), Mounts: map[string]http.RoundTripper{
		"https://":                named("https"),
		"https://h":               named("host"),
		"https://h:8443":          named("port"),
		"https://h/api":           named("path"),
		"https://h/api/v2":        named("longer"),
		"http://only.options/":    Mount{Options: Defaults{Header{"X": "mount"}}},
		"http://pointer.options/": &Mount{Transport: named("pointer"), Options: Defaults{Header{"X": "mount"}, Timeout(time.Hour)}},
	}}
	for _, c := range []struct{ url, want string }{
		{"http://h/", "rest"},
		{"https://other/", "https"},
		{"https://h/", "host"},
		{"https://h:8443/", "port"},
		{"https://h/api/x", "path"},
		{"https://h/api/v2/x", "longer"},
		{"https://H/apix", "host"},
		{"http://only.options/", "rest"},
		{"http://pointer.options/", "pointer"},
	} {
		res, err := s.Get(t.Context(), c.url)
		if err != nil || res.Header.Get("By") != c.want {
			t.Errorf("%s: %v, %v", c.url, res, err)
		}
	}
	for _, c := range []struct {
		url  string
		opts []Option
		want string
	}{
		{"http://only.options/", nil, "mount"},
		{"http://only.options/", []Option{Header{"X": "call"}}, "call"},
		{"http://pointer.options/", nil, "mount"},
		{"http://other/", nil, ""},
	} {
		req, err := s.Prepare(t.Context(), "GET", c.url, c.opts...)
		if err != nil || req.Header.Get("X") != c.want {
			t.Errorf("%s: %v, %v", c.url, req, err)
		}
	}
	with := s.With(Header{"Y": 1})
	if res, err := with.Get(t.Context(), "https://h/api"); err != nil || res.Header.Get("By") != "path" {
		t.Errorf("With loses mounts: %v, %v", res, err)
	}
}

// Session, mount, call: the last word stands. It is so for the requests of others, too.
func TestMountOptionsAreInBetween(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{Header{"A": "session", "B": "session", "C": "session"}}
	s.Mounts = map[string]http.RoundTripper{"http://h": Mount{Transport: w, Options: Defaults{Header{"B": "mount", "C": "mount"}}}}
	if _, err := s.Get(t.Context(), "http://h/", Header{"C": "call"}); err != nil {
		t.Fatal(err)
	}
	if h := w.last().Header; h.Get("A") != "session" || h.Get("B") != "mount" || h.Get("C") != "call" {
		t.Errorf("%v", h)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://h/", nil)
	req.Header.Set("C", "call")
	if _, err := s.Send(req); err != nil {
		t.Fatal(err)
	}
	if h := w.last().Header; h.Get("A") != "session" || h.Get("B") != "mount" || h.Get("C") != "call" {
		t.Errorf("%v", h)
	}
}

// Each hop goes by the mount of its own URL.
func TestMountPerHop(t *testing.T) {
	s := &Session{
		Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"http://mounted/"}}}, nil
		}),
		Mounts: map[string]http.RoundTripper{"http://mounted": named("mounted")},
	}
	if res, err := s.Get(t.Context(), "http://h/"); err != nil || res.Header.Get("By") != "mounted" {
		t.Errorf("%v, %v", res, err)
	}
}

func TestMountRefused(t *testing.T) {
	s := &Session{Transport: named("rest"), Mounts: map[string]http.RoundTripper{"h": named("x")}}
	if _, err := s.Get(t.Context(), "http://h/"); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
	if _, err := s.Prepare(t.Context(), "GET", "http://h/"); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
	if _, err := s.HTTPClient().Get("http://h/"); !errors.Is(err, ErrRequest) {
		t.Error(err)
	}
	// A mount that returns nonsense is held to the contract like any transport.
	s = &Session{Mounts: map[string]http.RoundTripper{"http://h": RoundTripFunc(func(*http.Request) (*http.Response, error) { return nil, nil })}}
	if _, err := s.Get(t.Context(), "http://h/"); !errors.Is(err, errNoResponse) {
		t.Error(err)
	}
}

var _ http.RoundTripper = &transport.Transport{}
