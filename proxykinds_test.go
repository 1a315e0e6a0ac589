package godwit

// Proxies of every kind, as a call meets them.

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/auth"
	"example.com/godwit/internal/tlstest"
	"example.com/godwit/trace"
)

// An anyProxy speaks SOCKS4, SOCKS5 and HTTP, with TLS or without, as it is spoken to. It lets
// everything through to one address, and notes who asks.
type anyProxy struct {
	addr, upstream string
	login          string // "user:password" that it wants of SOCKS5; "": nothing
	root           *tlstest.Signer
	config         *tls.Config

	mu   sync.Mutex // guards the following
	seen []string   // "socks5 mona:pw", or the head of a request
}

func newAnyProxy(t *testing.T, upstream string) *anyProxy {
	p := &anyProxy{upstream: upstream, root: tlstest.NewRoot(t, "proxies")}
	p.config = &tls.Config{Certificates: []tls.Certificate{p.root.Leaf(t, "127.0.0.1").Chain()}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	var all sync.WaitGroup
	var conns sync.Map
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Store(c, true)
			all.Go(func() {
				defer c.Close()
				p.serve(c, bufio.NewReader(c), "")
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		conns.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
		all.Wait()
	})
	return p
}

// caFileOf returns a file with who has signed a server's certificate.
func caFileOf(t *testing.T, s *httptest.Server) string {
	path := filepath.Join(t.TempDir(), "ca.pem")
	writeCA(t, path, s)
	return path
}

// ca returns a file with who has signed its certificate.
func (p *anyProxy) ca(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "proxy.pem")
	if err := os.WriteFile(path, p.root.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p *anyProxy) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, fmt.Sprintf(format, args...))
}

func (p *anyProxy) took() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen
	p.seen = nil
	return seen
}

// A behind is a connection of which something has been read ahead.
type behind struct {
	net.Conn
	r io.Reader
}

func (b behind) Read(p []byte) (int, error) { return b.r.Read(p) }

func (p *anyProxy) serve(c net.Conn, r *bufio.Reader, over string) {
	first, err := r.Peek(1)
	if err != nil {
		return
	}
	readN := func(n int) string {
		b := make([]byte, n)
		_, _ = io.ReadFull(r, b)
		return string(b)
	}
	switch first[0] {
	case 0x16:
		s := tls.Server(behind{c, r}, p.config)
		p.serve(s, bufio.NewReader(s), "https ")
	case 4:
		head := readN(8)
		user, _ := r.ReadString(0)
		name := ""
		if strings.HasPrefix(head[4:], "\x00\x00\x00") {
			name, _ = r.ReadString(0)
		}
		p.note("socks4 %s %s", strings.Trim(user, "\x00"), strings.Trim(name, "\x00"))
		_, _ = io.WriteString(c, "\x00\x5a\x00\x00\x00\x00\x00\x00")
		p.splice(c, r)
	case 5:
		login := ""
		if strings.Contains(readN(int(readN(2)[1])), "\x02") {
			_, _ = io.WriteString(c, "\x05\x02")
			user := readN(int(readN(2)[1]))
			login = user + ":" + readN(int(readN(1)[0]))
			if p.login != "" && login != p.login {
				_, _ = io.WriteString(c, "\x01\x01")
				return
			}
			_, _ = io.WriteString(c, "\x01\x00")
		} else if _, _ = io.WriteString(c, map[bool]string{true: "\x05\x00", false: "\x05\xff"}[p.login == ""]); p.login != "" {
			return
		}
		name := ""
		switch readN(4)[3] {
		case 1:
			readN(4)
		case 3:
			name = readN(int(readN(1)[0]))
		case 4:
			readN(16)
		}
		readN(2)
		p.note("socks5 %s %s", login, name)
		_, _ = io.WriteString(c, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
		p.splice(c, r)
	default:
		for {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			p.note("%s%s %s %s %s", over, req.Method, req.RequestURI, req.Header.Get("Proxy-Authorization"), req.Header.Get("X-Team"))
			if req.Method == "CONNECT" {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
				p.splice(c, r)
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclear")
		}
	}
}

func (p *anyProxy) splice(c net.Conn, r io.Reader) {
	up, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	defer up.Close()
	done := make(chan struct{})
	go func() { // ends with up
		defer close(done)
		_, _ = io.Copy(c, up)
		c.Close()
	}()
	_, _ = io.Copy(up, r)
	up.Close()
	<-done
}

// What a call says with each kind of proxy, be it an option's or the environment's.
func TestKindsOfProxies(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "origin "+r.Header.Get("Proxy-Authorization")+r.Header.Get("X-Team"))
	})
	plain, secure := httptest.NewServer(echo), httptest.NewTLSServer(echo)
	defer plain.Close()
	defer secure.Close()
	dir := t.TempDir()
	writeCA(t, filepath.Join(dir, "origin.pem"), secure)
	for kind, said := range map[string]string{
		"http": "CONNECT X Basic bW9uYTpwdw==", "https": "https CONNECT X Basic bW9uYTpwdw==",
		"socks5": "socks5 mona:pw", "socks5h": "socks5 mona:pw", "socks4": "socks4 mona", "socks4a": "socks4 mona",
	} {
		for _, origin := range []*httptest.Server{plain, secure} {
			addr := origin.Listener.Addr().String()
			p := newAnyProxy(t, addr)
			user := "mona:pw@"
			if strings.HasPrefix(kind, "socks4") {
				user = "mona@"
			}
			proxy := kind + "://" + user + p.addr
			want := strings.Replace(said, "X", addr, 1)
			body := "origin "
			if origin == plain && !strings.HasPrefix(kind, "socks") {
				want = strings.Replace(strings.Replace(want, "CONNECT", "GET", 1), addr, origin.URL+"/", 1)
				body = "clear"
			}
			ca := []Option{CA(filepath.Join(dir, "origin.pem")), ProxyTLS(CA(p.ca(t)))}
			for name, opts := range map[string][]Option{
				"Proxy":   {Proxy(proxy)},
				"Proxies": {Proxies{"all": proxy}},
				"letters": {Proxy(strings.ToUpper(kind) + "://" + user + p.addr)},
			} {
				s := newRealSession(t)
				s.Defaults = ca
				for range 2 {
					res, err := s.Get(t.Context(), origin.URL, opts...)
					if err != nil || res.Text() != body || (res.TLS != nil) != (origin == secure) {
						t.Fatalf("%s, %s: %v, %v", proxy, name, res, err)
					}
					if a := res.Attempts[0]; a.Proxy == nil || a.Proxy.String() != kind+"://"+p.addr {
						t.Errorf("%s, %s: %v", proxy, name, a.Proxy)
					}
				}
				got := p.took()
				for _, line := range got {
					if strings.TrimSpace(line) != want {
						t.Errorf("%s, %s: %q, want %q", proxy, name, line, want)
					}
				}
				if times := 1 + map[bool]int{true: 1}[body == "clear"]; len(got) != times {
					t.Errorf("%s, %s: %q", proxy, name, got)
				}
			}
		}
	}
}

// The environment's proxies are of every kind; names that they look up are looked up nowhere else.
func TestKindsOfProxiesOfTheEnvironment(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(ok))
	defer origin.Close()
	p := newAnyProxy(t, origin.Listener.Addr().String())
	for _, c := range []struct {
		name, value, want string
		kind              Kind
	}{
		{"ALL_PROXY", "socks5h://mona:pw@" + p.addr, "socks5 mona:pw a.example", ""},
		{"all_proxy", "socks4a://" + p.addr, "socks4  a.example", ""},
		{"HTTP_PROXY", "socks5h://" + p.addr, "socks5  a.example", ""},
		{"http_proxy", p.addr, "GET http://a.example/", ""},
		{"HTTPS_PROXY", "socks5h://" + p.addr, "", ErrResolve},
		{"http_proxy", "socks://" + p.addr, "", ErrProxy},
		{"http_proxy", "ftp://" + p.addr, "", ErrProxy},
		{"http_proxy", "https://" + p.addr, "", ErrProxy}, // nobody trusts it
		{"http_proxy", "socks5h://127.0.0.1:1", "", ErrProxy},
		{"http_proxy", "socks4://" + p.addr, "", ErrResolve}, // the name is looked up here
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Setenv(c.name, c.value)
			_, err := newRealSession(t).Get(t.Context(), "http://a.example/")
			if c.kind == "" && err != nil || c.kind != "" && !errors.Is(err, c.kind) {
				t.Error(err)
			}
			if err != nil && strings.Contains(err.Error(), "pw") {
				t.Error(err)
			}
			if got := strings.TrimSpace(strings.Join(p.took(), ", ")); got != c.want {
				t.Errorf("the proxy got %q, want %q", got, c.want)
			}
			// Explicit beats environment.
			if _, err := newRealSession(t).Get(t.Context(), origin.URL, NoProxy); err != nil {
				t.Error(err)
			}
		})
	}
}

// Each failure with a proxy is ErrProxy, and of the kind of its phase; what would end in the same way
// another time is not tried again.
func TestKindsOfFailuresOfProxies(t *testing.T) {
	origin := newShower(t)
	p := newAnyProxy(t, origin.Listener.Addr().String())
	p.login = "mona:pw"
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		proxy string
		opts  []Option
		kinds []Kind
		again bool
	}{
		{"socks5://mona:hunter2@" + p.addr, nil, []Kind{ErrConnect}, false},
		{"socks5h://" + p.addr, nil, []Kind{ErrConnect}, false},
		{"socks5h://u:" + strings.Repeat("hunter2", 40) + "@" + p.addr, nil, []Kind{ErrConnect}, false},
		{"socks4://u:hunter2@" + p.addr, nil, []Kind{ErrConnect}, false},
		{"socks5h://u:hunter2@" + closed.Addr().String(), nil, []Kind{ErrConnect}, true},
		{"https://u:hunter2@" + closed.Addr().String(), nil, []Kind{ErrConnect}, true},
		{"socks4a://" + closed.Addr().String(), nil, []Kind{ErrConnect}, true},
		{"socks5h://u:hunter2@no-such-host.invalid:1", nil, []Kind{ErrResolve, ErrConnect}, false},
		{"https://u:hunter2@no-such-host.invalid", nil, []Kind{ErrResolve, ErrConnect}, false},
		{"https://u:hunter2@" + p.addr, nil, []Kind{ErrTLS, ErrConnect}, false},
		{"https://u:hunter2@" + p.addr, []Option{Insecure}, []Kind{ErrTLS, ErrConnect}, false},
		{"https://u:hunter2@" + p.addr, []Option{ProxyTLS(Pin(otherPin), Insecure)}, []Kind{ErrTLS, ErrConnect}, false},
		{"socks5h://u:hunter2@" + silent.Addr().String(), []Option{Limits{Connect: 20 * time.Millisecond}}, []Kind{ErrTimeout, ErrConnect}, true},
		{"socks4://u@" + silent.Addr().String(), []Option{Limits{Connect: 20 * time.Millisecond}}, []Kind{ErrTimeout, ErrConnect}, true},
		{"http://u:hunter2@" + silent.Addr().String(), []Option{Limits{Connect: 20 * time.Millisecond}}, []Kind{ErrTimeout, ErrConnect}, true},
		{"https://u:hunter2@" + silent.Addr().String(), []Option{Limits{TLS: 20 * time.Millisecond}}, []Kind{ErrTimeout, ErrTLS, ErrConnect}, true},
		{"socks://u:hunter2@" + p.addr, nil, []Kind{ErrConnect}, false},
	} {
		s := newRealSession(t)
		var events log
		s.Tracer = &events
		s.Defaults = Defaults{Proxy(c.proxy), Retry{Max: 2, Backoff: func(int) time.Duration { return 0 }}, CA(caFileOf(t, origin.Server))}
		_, err := s.Get(t.Context(), origin.URL, append(c.opts, Header{"X-Key": "origin-secret"})...)
		e, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, ErrProxy) || e.Sent != Unsent {
			t.Errorf("%s: %v", c.proxy, err)
			continue
		}
		for _, kind := range allKinds {
			want := kind == ErrProxy
			for _, k := range c.kinds {
				want = want || k == kind
			}
			if got := errors.Is(err, kind); got != want && kind != ErrRetry {
				t.Errorf("%s: %v is %q: %v", c.proxy, err, kind, got)
			}
		}
		if text := err.Error(); strings.Contains(text, "hunter2") || strings.Contains(text, "secret") {
			t.Errorf("%s: %s", c.proxy, text)
		}
		if again := len(all[trace.Attempt](&events)) > 0; again != c.again {
			t.Errorf("%s: tried again: %v (%v)", c.proxy, again, err)
		}
	}
	if got := origin.took(); got != "" {
		t.Errorf("the origin got %q", got)
	}
}

// What is said of TLS with the proxy is not said of the origin, nor the other way round, and who is
// not verified is warned of.
func TestProxyTLS(t *testing.T) {
	origin := newShower(t)
	p := newAnyProxy(t, origin.Listener.Addr().String())
	originCA, proxyCA := CA(caFileOf(t, origin.Server)), CA(p.ca(t))
	proxy := Proxy("https://" + p.addr)
	for name, c := range map[string]struct {
		opts  []Option
		proxy bool // whose TLS fails; only if fails
		fails bool
	}{
		"both":                    {[]Option{originCA, ProxyTLS(proxyCA)}, false, false},
		"in the other order":      {[]Option{ProxyTLS(proxyCA), originCA}, false, false},
		"AddCA for both":          {[]Option{CA(caFileOf(t, origin.Server)), AddCA(p.ca(t))}, false, false},
		"one CA of two files":     {[]Option{CA(caFileOf(t, origin.Server), p.ca(t))}, false, false},
		"insecure proxy":          {[]Option{originCA, ProxyTLS(Insecure)}, false, false},
		"insecure origin":         {[]Option{Insecure, ProxyTLS(proxyCA)}, false, false},
		"all insecure":            {[]Option{Insecure, ProxyTLS(Insecure)}, false, false},
		"a pin":                   {[]Option{originCA, ProxyTLS(proxyCA, Pin(pinOf(p.root.Cert)))}, false, false},
		"a Config":                {[]Option{originCA, ProxyTLS(TLS(&tls.Config{ServerName: "127.0.0.1"}), proxyCA)}, false, false},
		"Insecure is no proxy's":  {[]Option{Insecure}, true, true},
		"ProxyTLS is no origin's": {[]Option{ProxyTLS(proxyCA)}, false, true},
		"taken back":              {[]Option{originCA, ProxyTLS(Insecure), ProxyTLS()}, true, true},
		"another pin":             {[]Option{originCA, ProxyTLS(proxyCA, Pin(otherPin))}, true, true},
		"another name":            {[]Option{originCA, ProxyTLS(proxyCA, TLSSettings{ServerName: "p.example"})}, true, true},
	} {
		s := newRealSession(t)
		var events log
		s.Tracer = &events
		_, err := s.Get(t.Context(), origin.URL, append([]Option{proxy}, c.opts...)...)
		if (err != nil) != c.fails || c.fails && (!errors.Is(err, ErrTLS) || errors.Is(err, ErrProxy) != c.proxy) {
			t.Errorf("%s: %v", name, err)
		}
		warned := false
		for _, w := range all[trace.Warning](&events) {
			warned = warned || w.Origin == "https://"+p.addr
		}
		if want := strings.Contains(name, "insecure proxy") || name == "all insecure"; warned != want {
			t.Errorf("%s: warned %v", name, warned)
		}
	}
	// The environment's CAs are for proxies too, also if the origin needs none.
	t.Setenv("SSL_CERT_FILE", p.ca(t))
	if res, err := newRealSession(t).Get(t.Context(), "http://a.example/", proxy); err != nil || res.Text() != "clear" {
		t.Errorf("%v, %v", res, err)
	}
	if res, err := newRealSession(t).Get(t.Context(), origin.URL, proxy, Insecure); err != nil {
		t.Errorf("%v, %v", res, err)
	}
	if _, err := newRealSession(t).Get(t.Context(), "http://a.example/", proxy, NoEnv{CA: true}); !errors.Is(err, ErrTLS) || !errors.Is(err, ErrProxy) {
		t.Error(err)
	}
	t.Setenv("SSL_CERT_FILE", filepath.Join(t.TempDir(), "none"))
	if _, err := newRealSession(t).Get(t.Context(), "http://a.example/", proxy); !errors.Is(err, ErrProxy) || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Error(err)
	}
	if _, err := newRealSession(t).Get(t.Context(), "http://a.example/", Proxy(p.addr)); err != nil {
		t.Error(err)
	}
}

func TestProxyTLSRefused(t *testing.T) {
	s, w := newWorld(ok)
	for _, o := range []Option{
		ProxyTLS(Timeout(time.Second)), ProxyTLS(Header{"A": "hunter2"}), ProxyTLS(Proxy("p:1")), ProxyTLS(ProxyTLS(Insecure)),
		ProxyTLS(CA("missing.pem")), ProxyTLS(Pin("hunter2")), ProxyTLS(TLS(&tls.Config{InsecureSkipVerify: true})), ProxyTLS(OnRequest(func(*http.Request) error { return nil })),
		ProxyTLS(Auth(auth.Basic("u", "hunter2"))), ProxyTLS(Redirects(3)),
	} {
		_, err := s.Get(t.Context(), "http://h/", o)
		if !errors.Is(err, ErrRequest) || !strings.Contains(err.Error(), "ProxyTLS") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", o, err)
		}
	}
	if len(w.requests()) != 0 {
		t.Error("sent")
	}
}

// Fields for proxies go to those of the first request, and to no origin.
func TestProxyHeaderOfACall(t *testing.T) {
	origin := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header) }))
	defer origin.Close()
	p := newAnyProxy(t, origin.Listener.Addr().String())
	team := ProxyHeader{"x-team": "blue"}
	ca := CA(caFileOf(t, origin))
	s := newRealSession(t)
	if res, err := s.Get(t.Context(), origin.URL, Proxy(p.addr), team, ca); err != nil || strings.Contains(res.Text(), "blue") {
		t.Fatal(res, err)
	}
	if got := p.took(); len(got) != 1 || !strings.HasSuffix(got[0], " blue") {
		t.Errorf("the proxy got %q", got)
	}
	// A redirect to what another proxy is for.
	other := newClearProxy(t, nil)
	first := newClearProxy(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://b.example/", http.StatusFound)
	})
	if _, err := s.Get(t.Context(), "http://a.example/", Proxies{"http://a.example": first.URL, "all": other.URL}, team); err != nil {
		t.Fatal(err)
	}
	checkTook(t, first, "X-Team", "http://a.example/ blue")
	checkTook(t, other, "X-Team", "http://b.example/")
	for name, h := range map[string]ProxyHeader{
		"host": {"Host": "hunter2"}, "who": {"Proxy-Authorization": "Basic hunter2"}, "line": {"X": "hunter2\r\nY: z"}, "name": {"X Y": "hunter2"},
	} {
		if _, err := s.Get(t.Context(), "http://a.example/", Proxy(p.addr), h); !errors.Is(err, ErrRequest) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(format, ProxyHeader{"X-Key": "hunter2"}); strings.Contains(text, "hunter2") || !strings.Contains(text, "X-Key") {
			t.Errorf("%s: %s", format, text)
		}
	}
}

// A Secret for an http origin is not shown to a SOCKS proxy either, which could read it.
func TestSecretsAndSOCKS(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(ok))
	defer origin.Close()
	p := newAnyProxy(t, origin.Listener.Addr().String())
	for _, kind := range []string{"socks5", "socks5h", "socks4", "https"} {
		_, err := newRealSession(t).Get(t.Context(), origin.URL, Proxy(kind+"://"+p.addr), Header{"X-Key": Secret(hunter)})
		if !errors.Is(err, ErrSecret) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if got := p.took(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// Each hop has the proxy of its URL, and that one's credentials alone (CVE-2026-6253,
// CVE-2020-28168).
func TestKindsOfProxiesOnEachHop(t *testing.T) {
	secure := newShower(t)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, secure.URL, http.StatusFound)
	}))
	defer plain.Close()
	one, two := newAnyProxy(t, plain.Listener.Addr().String()), newAnyProxy(t, secure.Listener.Addr().String())
	s := newRealSession(t)
	res, err := s.Get(t.Context(), plain.URL, CA(caFileOf(t, secure.Server)), Proxies{
		"http": "socks5h://mona:one@" + one.addr, "https": "http://eve:two@" + two.addr,
	})
	if err != nil || len(res.History) != 1 {
		t.Fatal(res, err)
	}
	if got := one.took(); len(got) != 1 || got[0] != "socks5 mona:one " {
		t.Errorf("%q", got)
	}
	if got := two.took(); len(got) != 1 || !strings.Contains(got[0], " Basic ZXZlOnR3bw==") || !strings.HasPrefix(got[0], "CONNECT ") {
		t.Errorf("%q", got)
	}
}

// A proxy that dies in the midst of a response costs that, and no request goes past it.
func TestProxyThatDies(t *testing.T) {
	release := make(chan struct{})
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		<-release
	}))
	defer origin.Close()
	defer close(release)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &anyProxy{upstream: origin.Listener.Addr().String()}
	died := make(chan struct{})
	go func() { // ends when its only connection does
		defer close(died)
		c, err := l.Accept()
		if err != nil {
			return
		}
		l.Close()
		up, err := net.Dial("tcp", p.upstream)
		if err != nil {
			return
		}
		r := bufio.NewReader(c)
		_, _ = io.ReadFull(r, make([]byte, 3))
		_, _ = io.WriteString(c, "\x05\x00")
		_, _ = io.ReadFull(r, make([]byte, 10))
		_, _ = io.WriteString(c, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
		head, _ := http.ReadRequest(r)
		_ = head.Write(up)
		in := bufio.NewReader(up)
		for line := ""; line != "\r\n"; {
			line, _ = in.ReadString('\n')
			_, _ = io.WriteString(c, line)
		}
		_, _ = io.CopyN(c, in, 4)
		up.Close()
		c.Close()
	}()
	s := newRealSession(t)
	_, err = s.Get(context.Background(), origin.URL, Proxy("socks5://"+l.Addr().String()))
	<-died
	if !errors.Is(err, ErrProtocol) || errors.Is(err, ErrProxy) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if _, err := s.Get(context.Background(), origin.URL, Proxy("socks5://"+l.Addr().String())); !errors.Is(err, ErrProxy) {
		t.Error(err)
	}
}
