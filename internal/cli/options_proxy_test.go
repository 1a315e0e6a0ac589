package cli

// The flags of proxies, against a proxy that notes what it is asked.

import (
	"bufio"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A flagProxy answers requests in clear text itself, and opens tunnels to bin. It may want Basic
// credentials.
type flagProxy struct {
	*httptest.Server
	login string // "Basic …"; "": nothing is wanted
	mu    sync.Mutex
	seen  []string
}

func newFlagProxy(t *testing.T, secure bool) *flagProxy {
	p := &flagProxy{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := r.Header.Get("Proxy-Authorization")
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			who = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		p.mu.Lock()
		p.seen = append(p.seen, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+who+" "+r.Header.Get("X-Team")))
		p.mu.Unlock()
		if p.login != "" && who != p.login {
			w.Header().Set("Proxy-Authenticate", `Basic realm="p"`)
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method != "CONNECT" {
			_, _ = io.WriteString(w, "clear")
			return
		}
		to, err := net.Dial("tcp", r.RequestURI)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, c); to.Close() }() // ends with c
		_, _ = io.Copy(c, to)
		c.Close()
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		p.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	return p
}

func (p *flagProxy) took() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.seen = nil }()
	return strings.Join(p.seen, "; ")
}

func TestProxyFlags(t *testing.T) {
	p, asks, secure := newFlagProxy(t, false), newFlagProxy(t, false), newFlagProxy(t, true)
	asks.login = "Basic bW9uYTpodW50ZXIy" // mona:hunter2
	site, root := newTLSSite(t)
	originCA := site.file("ca.pem", root.PEM())
	proxyCA := site.file("proxy.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	me := root.Client(t, "me")
	cert := site.file("me.pem", append(me.PEM(), me.KeyPEM(t)...))
	word := site.file("word", []byte("mona:hunter2\n"))
	origin := strings.TrimPrefix(site.url, "https://")
	at := func(p *flagProxy) string { return p.Listener.Addr().String() }
	tls := "https://" + at(secure)
	socks := socksServer(t, origin)
	getenv := func(name string) string { return map[string]string{"PW": "mona:hunter2"}[name] }

	for _, c := range []struct {
		args string
		p    *flagProxy // whose notes are compared
		want string
		err  string
		code ExitCode
	}{
		{"--proxy=http://" + at(p) + " http://a.example/", p, "GET http://a.example/", "", 0},
		{"--proxy=" + at(p) + " http://a.example/", p, "GET http://a.example/", "", 0},
		{"--proxy=http:http://" + at(p) + " http://a.example/", p, "GET http://a.example/", "", 0},
		{"--proxy=http:" + at(p) + " http://a.example/", p, "GET http://a.example/", "", 0},
		{"--proxy=all:http://" + at(p) + " http://a.example/", p, "GET http://a.example/", "", 0},
		{"--proxy=http://127.0.0.1:1 --proxy=http:http://" + at(p) + " http://a.example/", p, "GET http://a.example/", "", 0},
		{"--proxy=https:http://" + at(p) + " --verify=" + originCA + " " + site.url, p, "CONNECT " + origin, "", 0},
		{"--proxy=" + at(p) + " --noproxy=127.0.0.0/8 --verify=" + originCA + " " + site.url, p, "", "", 0},
		{"--proxy=" + at(p) + " --noproxy=* --verify=" + originCA + " " + site.url, p, "", "", 0},
		{"--proxy=" + at(p) + " --noproxy=a.example,b.example --verify=" + originCA + " " + site.url, p, "CONNECT " + origin, "", 0},
		{"--proxy=" + at(p) + " --proxy= --verify=" + originCA + " " + site.url, p, "", "", 0},
		{"--proxy=http://127.0.0.1:1 --proxy=https: --verify=" + originCA + " " + site.url, p, "", "", 0},
		{"--proxy=" + at(p) + " --proxy-header=X-Team:blue --verify=" + originCA + " " + site.url, p, "CONNECT " + origin + "  blue", "", 0},
		{"--proxy=http://mona:hunter2@" + at(asks) + " --verify=" + originCA + " " + site.url, asks, "CONNECT " + origin + " " + asks.login, "", 0},
		{"--proxy=" + at(asks) + " --proxy-user=mona:hunter2 --verify=" + originCA + " " + site.url, asks, "CONNECT " + origin + "; CONNECT " + origin + " " + asks.login, "", 0},
		{"--proxy=" + at(asks) + " --proxy-user=@env:PW --verify=" + originCA + " " + site.url, asks, "CONNECT " + origin + "; CONNECT " + origin + " " + asks.login, "", 0},
		{"--proxy=" + at(asks) + " --proxy-user=@file:" + word + " --verify=" + originCA + " " + site.url, asks, "CONNECT " + origin + "; CONNECT " + origin + " " + asks.login, "", 0},
		{"--proxy=socks5h://" + socks + " --proxy-user=mona:hunter2 --verify=" + originCA + " " + site.url, p, "", "", 0},
		{"--proxy=socks5h://mona:hunter2@" + socks + " --proxy-user=eve:x --verify=" + originCA + " " + site.url, p, "", "", 0},
		{"--proxy=" + tls + " --proxy-cacert=" + proxyCA + " --verify=" + originCA + " " + site.url, secure, "CONNECT " + origin, "", 0},
		{"--proxy=" + tls + " --proxy-insecure --verify=" + originCA + " " + site.url, secure, "CONNECT " + origin, tls + ": the certificate of this proxy is not verified", 0},
		{"--proxy=" + tls + " --proxy-cacert=" + proxyCA + " --proxy-cert=" + cert + " --verify=" + originCA + " " + site.url, secure, "CONNECT " + origin + " me", "", 0},

		{"--proxy=" + tls + " --verify=" + originCA + " " + site.url, secure, "", "--proxy-cacert=", ExitProxy},
		{"--proxy=" + tls + " --verify=no " + site.url, secure, "", "godwit.ProxyTLS(godwit.CA(", ExitProxy},
		{"--proxy=http://127.0.0.1:1 http://a.example/", p, "", "proxy 127.0.0.1:1: connection refused", ExitProxy},
		{"--proxy=socks5://127.0.0.1:1 http://127.0.0.1:2/", p, "", "proxy 127.0.0.1:1: connection refused", ExitProxy},
		{"--proxy=socks5h://" + socks + " " + site.url, p, "", "wants to know who is asking", ExitProxy},
		{"--proxy=socks5h://mona:hunter3@" + socks + " " + site.url, p, "", "does not accept the name and the password", ExitProxy},
		{"--proxy=http://no-such-host.invalid:1 http://a.example/", p, "", "looking up proxy", ExitProxy},
		{"--proxy=" + at(asks) + " --verify=" + originCA + " " + site.url, asks, "CONNECT " + origin, "407", ExitProxy},
		{"--proxy=socks://" + at(p) + " http://a.example/", p, "", "--proxy: the scheme of a proxy must be http, https, socks5", ExitUsage},
		{"--proxy=https:foo://u:hunter2@h http://a.example/", p, "", "--proxy: the scheme of a proxy must be", ExitUsage},
		{"--proxy=SOCKS5H://" + socks + " http://a.example/", p, "", "wants to know who is asking", ExitProxy},

		{"--proxy=http://u:hunter2@h:x http://a.example/", p, "", "cannot be parsed", ExitUsage},
		{"--proxy=http: --proxy=http://h/path http://a.example/", p, "", "path", ExitUsage},
		{"--proxy-header=X http://a.example/", p, "", "NAME:VALUE", ExitUsage},
		{"--proxy=" + at(p) + " --proxy-header=Host:x http://a.example/", p, "", "Host", ExitUsage},
		{"--proxy-user=mona http://a.example/", p, "", "NAME:PASSWORD", ExitUsage},
		{"--proxy-user=@env:NONE http://a.example/", p, "", "not set", ExitUsage},
		{"--proxy-cacert= http://a.example/", p, "", "file", ExitUsage},
		{"--proxy-cacert=" + filepath.Join(os.TempDir(), "none.pem") + " http://a.example/", p, "", "ProxyTLS", ExitUsage},
	} {
		res := runEnv(t, Env{Getenv: getenv}, strings.Fields(c.args)...)
		if res.code != c.code || !strings.Contains(res.err, c.err) || c.err == "" && res.err != "" {
			t.Errorf("%s: %d, %q", c.args, res.code, res.err)
		}
		if got := c.p.took(); got != c.want {
			t.Errorf("%s: the proxy got %q, want %q", c.args, got, c.want)
		}
		if strings.Contains(res.err+res.out, "hunter2") {
			t.Errorf("%s: %q", c.args, res.err+res.out)
		}
		for _, other := range []*flagProxy{p, asks, secure} {
			_ = other.took()
		}
	}
}

// socksServer is a SOCKS5 proxy that wants mona:hunter2, and leads everybody to one address.
func socksServer(t *testing.T, addr string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer c.Close(); serveSocks(c, addr) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String()
}

func serveSocks(c net.Conn, addr string) {
	r := bufio.NewReader(c)
	read := func(n byte) string {
		b := make([]byte, n)
		_, _ = io.ReadFull(r, b)
		return string(b)
	}
	if !strings.Contains(read(read(2)[1]), "\x02") {
		_, _ = io.WriteString(c, "\x05\xff")
		return
	}
	_, _ = io.WriteString(c, "\x05\x02")
	login := fmt.Sprintf("%s:%s", read(read(2)[1]), read(read(1)[0]))
	if login != "mona:hunter2" {
		_, _ = io.WriteString(c, "\x01\x01")
		return
	}
	_, _ = io.WriteString(c, "\x01\x00")
	switch read(4)[3] {
	case 1:
		read(6)
	case 3:
		read(read(1)[0] + 2)
	}
	_, _ = io.WriteString(c, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	to, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer to.Close()
	done := make(chan struct{})
	go func() { // ends with to
		defer close(done)
		_, _ = io.Copy(c, to)
		c.Close()
	}()
	_, _ = io.Copy(to, r)
	to.Close()
	<-done
}
