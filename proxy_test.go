package godwit

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// asked is an option that lets a function say which proxy it is.
type asked func(*url.URL) (*url.URL, error)

func (f asked) Apply(r *Request) error {
	r.Proxy = f
	return nil
}

// A clearProxy is a proxy for plain http that answers by itself, and notes what it is sent.
type clearProxy struct {
	*httptest.Server
	url    *url.URL
	answer http.HandlerFunc // nil: 200 and nothing else

	mu   sync.Mutex
	seen []*http.Request
}

func newClearProxy(t *testing.T, answer http.HandlerFunc) *clearProxy {
	p := &clearProxy{answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r)
		p.mu.Unlock()
		if p.answer != nil {
			p.answer(w, r)
		}
	}))
	t.Cleanup(p.Server.Close)
	var err error
	if p.url, err = url.Parse(p.Server.URL); err != nil {
		t.Fatal(err)
	}
	return p
}

// took returns the targets that it was sent since it was asked last, with a field of theirs.
func (p *clearProxy) took(field string) (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.seen {
		all = append(all, strings.TrimSpace(r.RequestURI+" "+r.Header.Get(field)))
	}
	p.seen = nil
	return all
}

func checkTook(t *testing.T, p *clearProxy, field string, want ...string) {
	t.Helper()
	if got := p.took(field); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the proxy got %q, want %q", got, want)
	}
}

// A key of Proxies is found however the host is written there and in the URL; one that could
// never be found is an error, because what it is for would go past the proxy.
func TestProxiesKeys(t *testing.T) {
	for _, c := range []struct{ key, url, want string }{
		{"http://example.com", "http://example.com/", "p:1"},
		{"HTTP://Example.COM/", "http://example.com:80/", "p:1"},
		{"http://example.com", "http://www.example.com/", "transport's"},
		{"http://example.com", "https://example.com/", "transport's"},
		{"http://example.com.", "http://example.com/", "p:1"},
		{"http://example.com", "http://example.com./", "p:1"},
		{"http://[::1]", "http://[::1]/", "p:1"},
		{"http://[2001:DB8:0::1]", "http://[2001:db8::1]:8080/", "p:1"},
		{"https://bücher.example", "https://xn--bcher-kva.example/", "p:1"},
		{"https://xn--bcher-kva.example", "https://BÜCHER.example/", "p:1"},
		{"https://example.com:8443", "https://example.com:8443/", "p:1"},
		{"https://example.com:443", "https://example.com/", "p:1"},
		{"https://example.com:8443", "https://example.com/", "transport's"},
		{"all://example.com:8443", "http://example.com:8443/", "p:1"},
		{"all://", "https://example.com/", "p:1"},
		{"https://example.com/path", "", ""},
		{"https://example.com?q", "", ""},
		{"https://u:hunter2@example.com", "", ""},
		{"https://ex ample.com", "", ""},
		{"https://example.com:x", "", ""},
		{"https://[example]", "", ""},
		{"socks5://example.com", "", ""},
		{"", "", ""},
	} {
		s, w := newWorld(ok)
		if c.url == "" {
			_, err := s.Get(t.Context(), "https://example.com/", Proxies{c.key: "p:1"})
			if !errors.Is(err, ErrRequest) || strings.Contains(err.Error(), "hunter2") || len(w.requests()) != 0 {
				t.Errorf("%q: %v", c.key, err)
			}
			continue
		}
		if _, err := s.Get(t.Context(), c.url, Proxies{c.key: "p:1"}); err != nil {
			t.Errorf("%q: %v", c.key, err)
		} else if got := proxyGiven(t, w); got != c.want {
			t.Errorf("%q for %s: %s", c.key, c.url, got)
		}
	}
	s, w := newWorld(ok)
	if _, err := s.Get(t.Context(), "http://h/", Proxies{"http://H": "p:1", "http://h": "q:1"}); !errors.Is(err, ErrRequest) || len(w.requests()) != 0 {
		t.Errorf("%v", err)
	}
	_, err := s.Get(t.Context(), "http://h/", Proxies{"http://h:9": "p:1", "http://h:80": "q:1", "http://h": "r:1", "http": "s:1", "all://h:80": "t:1"})
	if got := proxyGiven(t, w); err != nil || got != "q:1" {
		t.Errorf("%s, %v", got, err)
	}
}

// No print of the options has a password in it.
func TestProxiesArePrintedWithoutPasswords(t *testing.T) {
	values := []any{
		Proxy("http://u:hunter2@h:1"), Proxy("u:hunter2@h:1"),
		Proxies{"http": "http://u:hunter2@h:1", "https": "u:hunter2@h"},
		[]Option{Proxy("http://u:hunter2@h:1")},
		Defaults{Proxies{"all": "http://u:hunter2@h:1"}},
		struct{ P Proxy }{"http://u:hunter2@h:1"},
	}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%t"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "hunter2") || !strings.Contains(text, "h") {
				t.Errorf("%s: %s", verb, text)
			}
		}
		if text := fmt.Sprintf("%x", v); strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("%%x: %s", text)
		}
	}
	if got := fmt.Sprint(Proxies{"https": "", "http": "http://u:p@h:1"}); got != `Proxies{"http": "http://u:•••@h:1", "https": ""}` {
		t.Error(got)
	}
}

// A rule of the transport that carries a request, a mount's too, is what somebody has said in
// code: it beats the environment, and stands for what no rule of the call is for.
func TestProxyOfAMount(t *testing.T) {
	p := newClearProxy(t, nil)
	carrier := func() *transport.Transport { return &transport.Transport{Proxy: http.ProxyURL(p.url)} }
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	for name, s := range map[string]*Session{
		"transport":          {Transport: carrier()},
		"mount":              {Mounts: map[string]http.RoundTripper{"http://a.example": carrier()}},
		"mount with options": {Mounts: map[string]http.RoundTripper{"http://a.example": Mount{Transport: carrier()}}},
	} {
		for _, o := range []Option{Proxies{"https": "http://127.0.0.1:2"}, Proxies{}, NoEnv{Proxy: true}} {
			if _, err := s.Get(t.Context(), "http://a.example/", o); err != nil {
				t.Errorf("%s, %v: %v", name, o, err)
			}
			checkTook(t, p, "", "http://a.example/")
		}
		if _, err := s.Get(t.Context(), "http://a.example/", Proxy("http://127.0.0.1:2")); !errors.Is(err, ErrProxy) {
			t.Errorf("%s: %v", name, err)
		}
		_, err := s.Get(t.Context(), "http://a.example/", Header{"X-Key": Secret(hunter)})
		if !errors.Is(err, ErrSecret) || errors.Is(err, ErrProxy) {
			t.Errorf("%s: %v", name, err)
		}
		checkTook(t, p, "")
		_ = s.Close()
	}
	s := &Session{Transport: &http.Transport{Proxy: http.ProxyURL(p.url)}}
	defer s.Close()
	if _, err := s.Get(t.Context(), "http://a.example/", Header{"X-Key": Secret(hunter)}); !errors.Is(err, ErrSecret) {
		t.Errorf("net/http's: %v", err)
	}
	checkTook(t, p, "")
}

// A rule that changes its mind does not get a Secret to a proxy, nor does its error show one.
func TestSecretAndARuleThatChangesItsMind(t *testing.T) {
	p := newClearProxy(t, nil)
	for n := range 4 {
		s := newRealSession(t)
		calls := 0
		_, err := s.Get(t.Context(), "http://127.0.0.1:1/", Header{"X-Key": Secret(hunter)}, asked(func(*url.URL) (*url.URL, error) {
			if calls++; calls <= n {
				return nil, nil
			}
			return p.url, nil
		}))
		if n == 0 != errors.Is(err, ErrSecret) || n > 0 != errors.Is(err, ErrConnect) {
			t.Errorf("%d: %v", n, err)
		}
		checkTook(t, p, "")
	}
	s := newRealSession(t)
	for _, secret := range []Option{nil, Header{"X-Key": Secret(hunter)}} {
		_, err := s.Get(t.Context(), "http://a.example/", secret, asked(func(*url.URL) (*url.URL, error) {
			return nil, errors.New("no way to http://u:hunter2@h")
		}))
		if !errors.Is(err, ErrProxy) || strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
	}
}

// What proves to a proxy who is asking does not go to a proxy that only a redirect brings into
// play, and to no origin. Those of the first request all get it, whatever attempts it takes.
func TestProxyAuthOnEachHop(t *testing.T) {
	to := ""
	redirect := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the proxy got an Authorization")
		}
		if r.Host == "a.example" {
			http.Redirect(w, r, to, http.StatusFound)
		}
	}
	one, two := newClearProxy(t, redirect), newClearProxy(t, redirect)
	rules := Proxies{"http://a.example": one.URL, "http://b.example": "http://v:w@" + two.url.Host, "http://c.example": one.URL, "http://d.example": two.URL}
	vw := "Basic djp3"
	for _, c := range []struct {
		to   string
		auth auth.Auth
		two  []string
	}{
		{"http://b.example/", auth.Basic("u", "p"), []string{"http://b.example/ " + vw}},
		{"http://d.example/", auth.Basic("u", "p"), []string{"http://d.example/"}},
		{"http://d.example/", auth.Any("u", "p"), []string{"http://d.example/"}},
		{"http://c.example/", auth.Basic("u", "p"), nil},
	} {
		s := newRealSession(t)
		to = c.to
		res, err := s.Get(t.Context(), "http://a.example/", Auth(auth.Proxy(c.auth)), rules)
		if err != nil || len(res.History) != 1 {
			t.Fatalf("%v", err)
		}
		want := []string{"http://a.example/ Basic dTpw"}
		if c.two == nil {
			want = append(want, "http://c.example/ Basic dTpw")
		}
		if _, ok := c.auth.(auth.Challenger); ok {
			want = []string{"http://a.example/"} // which has not asked
		}
		checkTook(t, one, "Proxy-Authorization", want...)
		checkTook(t, two, "Proxy-Authorization", c.two...)
	}

	// The first request, tried again by way of another proxy.
	s := newRealSession(t)
	n := 0
	_, err := s.Get(t.Context(), "http://d.example/", Auth(auth.Proxy(auth.Basic("u", "p"))), Retry{Max: 2, Backoff: func(int) time.Duration { return 0 }}, asked(func(*url.URL) (*url.URL, error) {
		if n++; n == 1 {
			return url.Parse("http://127.0.0.1:1")
		}
		return two.url, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	checkTook(t, two, "Proxy-Authorization", "http://d.example/ Basic dTpw")
}

// The environment names one proxy for each scheme: credentials of one go nowhere else, and
// the caller's go only to the first.
func TestProxiesOfTheEnvironmentOnEachHop(t *testing.T) {
	one := newClearProxy(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://b.example/", http.StatusFound)
	})
	two := newClearProxy(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
	t.Setenv("HTTP_PROXY", "http://u:p@"+one.url.Host)
	t.Setenv("HTTPS_PROXY", two.URL)
	for _, o := range []Option{nil, Auth(auth.Proxy(auth.Basic("u", "p"))), Header{"Proxy-Authorization": "Basic dTpw"}} {
		s := newRealSession(t)
		_, err := s.Get(t.Context(), "http://a.example/", o)
		if !errors.Is(err, ErrProxy) {
			t.Errorf("%v", err)
		}
		checkTook(t, one, "Proxy-Authorization", "http://a.example/ Basic dTpw")
		checkTook(t, two, "Proxy-Authorization", "b.example:443")
	}
}

// A mistake with a proxy is none the next time either.
func TestProxyMistakesAreNotTriedAgain(t *testing.T) {
	s := newRealSession(t)
	for _, o := range []Option{Proxy("socks://h:1"), Proxy("ftp://h:1"), asked(func(*url.URL) (*url.URL, error) { return nil, errors.New("none") })} {
		var events log
		s.Tracer = &events
		_, err := s.Get(t.Context(), "http://a.example/", o, Retry{Max: 3, Backoff: func(int) time.Duration { return 0 }})
		if !errors.Is(err, ErrProxy) || len(all[trace.Attempt](&events)) != 0 {
			t.Errorf("%v: %v", o, err)
		}
	}
}

// newTunnelProxy returns a proxy that opens every tunnel it is asked for.
func newTunnelProxy(t *testing.T) *httptest.Server { return newTunnelProxyTo(t, "") }

// newTunnelProxyTo returns one whose tunnels all lead to addr, if that is not "".
func newTunnelProxyTo(t *testing.T, addr string) *httptest.Server {
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := net.Dial("tcp", cmp.Or(addr, r.RequestURI))
		if err != nil || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer to.Close()
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			return
		}
		back := make(chan struct{})
		go func() { // ends with c, or with to
			defer close(back)
			_, _ = io.Copy(c, to)
			c.Close()
		}()
		_, _ = io.Copy(to, c)
		to.Close()
		<-back
	}))
	t.Cleanup(p.Close)
	return p
}
