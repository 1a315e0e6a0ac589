package godwit

// The options for proxies against tinyproxy and Apache, with nginx behind them.

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/auth"
	"example.com/godwit/conn"
	"example.com/godwit/internal/realserver"
	"example.com/godwit/transport"
)

func TestRealProxies(t *testing.T) {
	nginx := realserver.Nginx(t)
	open, basic := realserver.Tinyproxy(t), realserver.Tinyproxy(t, "BasicAuth godwit secret")
	digest := realserver.ApacheProxy(t, "godwit", "secret")
	squid, asks, dante := realserver.Squid(t, "", "", ""), realserver.Squid(t, "Digest", "godwit", "secret"), realserver.Dante(t)
	addr := func(p *realserver.Server) string { return strings.TrimPrefix(p.Plain, "http://") }
	for name, o := range map[string]Option{
		"Proxy":                       Proxy(open.Plain),
		"Proxy without a scheme":      Proxy(addr(open)),
		"Proxy with a password":       Proxy("http://godwit:secret@" + addr(basic)),
		"auth.Proxy of Basic":         Defaults{Proxy(basic.Plain), Auth(auth.Proxy(auth.Basic("godwit", "secret")))},
		"auth.Proxy of Any":           Defaults{Proxy(basic.Plain), Auth(auth.Proxy(auth.Any("godwit", "secret")))},
		"auth.Proxy beats the URL":    Defaults{Proxy("http://a:b@" + addr(basic)), Auth(auth.Proxy(auth.Basic("godwit", "secret")))},
		"a field":                     Defaults{Proxy(basic.Plain), Header{"Proxy-Authorization": "Basic Z29kd2l0OnNlY3JldA=="}},
		"auth.Proxy of Digest":        Defaults{Proxy(digest.Plain), Auth(auth.Proxy(auth.Digest("godwit", "secret")))},
		"auth.Proxy of Any by Digest": Defaults{Proxy(digest.Plain), Auth(auth.Proxy(auth.Any("godwit", "secret")))},
		"Proxies by scheme":           Proxies{"http": open.Plain, "https": "http://godwit:secret@" + addr(basic)},
		"Proxies by host":             Proxies{"all": "http://127.0.0.1:1", "all://127.0.0.1": open.Plain},
		"TLS to Squid":                Defaults{Proxy(squid.Secure), ProxyTLS(CA(squid.CAFile))},
		"TLS to Squid, insecure":      Defaults{Proxy(squid.Secure), ProxyTLS(Insecure)},
		"TLS to Squid and Digest":     Defaults{Proxy(asks.Secure), ProxyTLS(CA(asks.CAFile)), Auth(auth.Proxy(auth.Any("godwit", "secret")))},
		"TLS to Apache and Digest":    Defaults{Proxy(digest.Secure), ProxyTLS(CA(digest.CAFile)), Auth(auth.Proxy(auth.Digest("godwit", "secret")))},
		"a field for Squid":           Defaults{Proxy(squid.Plain), ProxyHeader{"X-Team": "blue"}},
		"socks5h":                     Proxy(dante.Plain),
		"socks5":                      Proxy(strings.Replace(dante.Plain, "5h:", "5:", 1)),
		"socks4":                      Proxy(strings.Replace(dante.Plain, "5h:", "4:", 1)),
		"socks4a":                     Proxy(strings.Replace(dante.Plain, "5h:", "4a:", 1)),
		"SOCKS, and HTTP for https":   Proxies{"http": dante.Plain, "https": squid.Plain},
		"credentials for the origin too": Defaults{
			Proxy(digest.Plain), Auth(auth.Proxy(auth.Digest("godwit", "secret"))), BasicAuth("for", "origin"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newRealSession(t)
			s.Defaults = Defaults{CA(nginx.CAFile), o}
			for _, origin := range []string{nginx.Plain, nginx.Secure} {
				for range 2 {
					res, err := s.Get(t.Context(), origin+"/small.txt")
					if err != nil || res.StatusCode != 200 || res.Text() != "small\n" {
						t.Fatalf("%v, %v", res, err)
					}
					if a := res.Attempts[len(res.Attempts)-1]; a.Proxy == nil || a.Proxy.User != nil {
						t.Errorf("%+v", a.Proxy)
					}
				}
				// nginx says what it has been sent of this field.
				if res, err := s.Get(t.Context(), origin+"/proxy-authorization"); err != nil || res.Text() != "" {
					t.Errorf("the origin got %v, %v", res, err)
				}
				if res, err := s.Get(t.Context(), origin+"/large.bin"); err != nil || string(res.Content) != string(nginx.Large) {
					t.Errorf("%v", err)
				}
				big := strings.Repeat("x", 1<<20)
				if res, err := s.Post(t.Context(), origin+"/post", Bytes([]byte(big), "")); err != nil || res.Text() != "posted\n" {
					t.Errorf("%v, %v", res, err)
				}
				if res, err := s.Head(t.Context(), origin+"/small.txt"); err != nil || res.ContentLength != 6 || len(res.Content) != 0 {
					t.Errorf("%v, %v", res, err)
				}
			}
		})
	}
	t.Run("wrong password", func(t *testing.T) {
		for name, c := range map[string]struct {
			o      Option
			status int
		}{
			"none":   {Proxy(basic.Plain), 407},
			"URL":    {Proxy("http://godwit:hunter2@" + addr(basic)), 401}, // tinyproxy says so
			"Basic":  {Defaults{Proxy(basic.Plain), Auth(auth.Proxy(auth.Basic("godwit", "hunter2")))}, 401},
			"Any":    {Defaults{Proxy(basic.Plain), Auth(auth.Proxy(auth.Any("godwit", "hunter2")))}, 401},
			"Digest": {Defaults{Proxy(digest.Plain), Auth(auth.Proxy(auth.Digest("godwit", "hunter2")))}, 407},
		} {
			s := newRealSession(t)
			s.Defaults = Defaults{CA(nginx.CAFile), c.o}
			_, err := s.Get(t.Context(), nginx.Secure+"/small.txt", BasicAuth("for", "origin"))
			if te, ok := errors.AsType[*conn.TunnelError](err); !ok || te.Status != c.status || !errors.Is(err, ErrProxy) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", name, err)
			}
			res, err := s.Get(t.Context(), nginx.Plain+"/small.txt")
			if err != nil || res.StatusCode != c.status {
				t.Errorf("%s: %v, %v", name, res, err)
			}
		}
	})
}

// Names that only the proxies of the environment know.
func TestProxiesOfTheEnvironmentEndToEnd(t *testing.T) {
	origin := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Host+" "+r.Header.Get("Proxy-Authorization")+r.TLS.ServerName)
	}))
	defer origin.Close()
	pool := origin.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	clear := newClearProxy(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "clear "+r.Host) })
	tunnels := newTunnelProxyTo(t, origin.Listener.Addr().String())
	t.Setenv("http_proxy", "u:p@"+clear.url.Host)
	t.Setenv("HTTPS_PROXY", tunnels.URL)
	t.Setenv("NO_PROXY", "direct.example.com")
	s := &Session{Transport: &transport.Transport{TLS: &tls.Config{RootCAs: pool}}}
	defer s.Close()
	for u, want := range map[string]string{
		"http://example.com/":       "clear example.com",
		"http://EXAMPLE.com:80/a?b": "clear example.com",
		"https://example.com/":      "example.com example.com",
		"https://www.example.com/":  "www.example.com www.example.com",
	} {
		res, err := s.Get(t.Context(), u)
		if err != nil || res.Text() != want && !strings.EqualFold(res.Text(), want) {
			t.Errorf("%s: %v, %v", u, res, err)
		}
	}
	if got := clear.took("Proxy-Authorization"); len(got) != 2 || !strings.HasSuffix(got[0], " Basic dTpw") {
		t.Errorf("%q", got)
	}
	if _, err := s.Get(t.Context(), "https://other.example/"); !errors.Is(err, ErrTLS) || errors.Is(err, ErrProxy) {
		t.Errorf("a name that is not in the certificate: %v", err)
	}
	if _, err := s.Get(t.Context(), "http://direct.example.com/"); !errors.Is(err, ErrResolve) {
		t.Errorf("%v", err)
	}
	if _, err := s.Get(t.Context(), "http://example.com/", NoProxy); !errors.Is(err, ErrResolve) {
		t.Errorf("%v", err)
	}
	if _, err := s.Get(t.Context(), "http://example.com/", NoEnv{Proxy: true}); !errors.Is(err, ErrResolve) {
		t.Errorf("%v", err)
	}
	// What the proxy answers to CONNECT is nobody's cookie, redirect or challenge.
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=b"}
		w.Header().Set("Location", "http://evil.example/")
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(map[string]int{"a.example.com:443": 302, "b.example.com:443": 401, "c.example.com:443": 503}[r.RequestURI])
	}))
	defer refuses.Close()
	for _, host := range []string{"a", "b", "c"} {
		s := NewSession(BasicAuth("u", "p"), Proxy(refuses.URL))
		s.Transport = &transport.Transport{}
		u, _ := url.Parse("https://" + host + ".example.com")
		_, err := s.Get(t.Context(), u.String())
		e, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, ErrProxy) || e.Sent != Unsent || len(e.Attempts) != 1 || len(s.Jar.Cookies(u)) != 0 {
			t.Errorf("%s: %v", host, err)
		}
		_ = s.Close()
	}
}
