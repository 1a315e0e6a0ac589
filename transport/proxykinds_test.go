package transport

// Proxies of every kind, for the tests that are about all of them: each lets everything through
// to one origin, and keeps all that it reads before it does.

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// proxyKinds are the schemes of proxies.
var proxyKinds = []string{"http", "https", "socks5", "socks5h", "socks4", "socks4a"}

// A kindProxy is one of any kind. What is not zero makes it a bad one.
type kindProxy struct {
	kind     string
	upstream string // where all tunnels, and requests in clear text, lead
	config   *tls.Config

	login  string                            // "user:password" that it wants ("user" in SOCKS4); "": nothing
	refuse bool                              // whatever it is asked for
	speak  func(r *bufio.Reader, c net.Conn) // in place of all else, after TLS

	addr string
	mu   sync.Mutex // guards the following
	read strings.Builder
	used int
}

// start listens until the end of the test. CA is whom to trust with an https proxy.
func (p *kindProxy) start(t testing.TB) *kindProxy {
	if p.kind == "https" && p.config == nil {
		p.config = newAuthority(t).serverConfig(t)
	}
	p.addr = serve(t, func(_ int, c net.Conn) {
		p.mu.Lock()
		p.used++
		p.mu.Unlock()
		if p.kind == "https" {
			c = tls.Server(c, p.config)
		}
		p.handle(bufio.NewReader(&tee{c, p}), c)
	})
	return p
}

// A tee notes what a proxy reads.
type tee struct {
	net.Conn
	p *kindProxy
}

func (t *tee) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.p.read.Write(b[:n])
	return n, err
}

// seen returns all that the proxy has read, what went through tunnels included, and the number of
// connections to it.
func (p *kindProxy) seen() (string, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.read.String(), p.used
}

// url returns the proxy's URL, with a user if that is not "".
func (p *kindProxy) url(user string) *url.URL {
	u := &url.URL{Scheme: p.kind, Host: p.addr}
	if name, password, ok := strings.Cut(user, ":"); ok {
		u.User = url.UserPassword(name, password)
	} else if user != "" {
		u.User = url.User(name)
	}
	return u
}

// rule has everything go through it.
func (p *kindProxy) rule(user string) func(*url.URL) (*url.URL, error) {
	return func(*url.URL) (*url.URL, error) { return p.url(user), nil }
}

// isSocks reports whether it speaks SOCKS.
func (p *kindProxy) isSocks() bool { return strings.HasPrefix(p.kind, "socks") }

func (p *kindProxy) handle(r *bufio.Reader, c net.Conn) {
	switch {
	case p.speak != nil:
		p.speak(r, c)
	case p.kind == "socks4" || p.kind == "socks4a":
		p.socks4(r, c)
	case p.isSocks():
		p.socks5(r, c)
	default:
		p.http(r, c)
	}
}

func (p *kindProxy) socks4(r *bufio.Reader, c net.Conn) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil {
		return
	}
	user, _ := r.ReadString(0)
	if string(head[4:7]) == "\x00\x00\x00" {
		_, _ = r.ReadString(0) // the name
	}
	switch {
	case p.login != "" && user != p.login+"\x00":
		_, _ = io.WriteString(c, "\x00\x5d\x00\x00\x00\x00\x00\x00")
	case p.refuse:
		_, _ = io.WriteString(c, "\x00\x5b\x00\x00\x00\x00\x00\x00")
	default:
		_, _ = io.WriteString(c, "\x00\x5a\x00\x00\x00\x00\x00\x00")
		p.splice(r, c)
	}
}

func (p *kindProxy) socks5(r *bufio.Reader, c net.Conn) {
	readN := func(n int) string {
		b := make([]byte, n)
		_, _ = io.ReadFull(r, b)
		return string(b)
	}
	methods := readN(int(readN(2)[1]))
	if p.login != "" {
		if !strings.Contains(methods, "\x02") {
			_, _ = io.WriteString(c, "\x05\xff")
			return
		}
		_, _ = io.WriteString(c, "\x05\x02")
		user := readN(int(readN(2)[1]))
		if user+":"+readN(int(readN(1)[0])) != p.login {
			_, _ = io.WriteString(c, "\x01\x01")
			return
		}
		_, _ = io.WriteString(c, "\x01\x00")
	} else {
		_, _ = io.WriteString(c, "\x05\x00")
	}
	switch readN(4)[3] {
	case 1:
		readN(4)
	case 3:
		readN(int(readN(1)[0]))
	case 4:
		readN(16)
	}
	if readN(2); p.refuse {
		_, _ = io.WriteString(c, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00")
		return
	}
	_, _ = io.WriteString(c, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
	p.splice(r, c)
}

func (p *kindProxy) http(r *bufio.Reader, c net.Conn) {
	for {
		head, err := readHead(r)
		if err != nil {
			return
		}
		word := "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(p.login)) + "\r\n"
		switch {
		case p.login != "" && !strings.Contains(head, word):
			_, _ = io.WriteString(c, "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n")
		case p.refuse:
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		case strings.HasPrefix(head, "CONNECT "):
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Route: 7\r\n\r\n")
			p.splice(r, c)
			return
		default:
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Clear: yes\r\n\r\nok")
		}
	}
}

// splice connects c to the upstream, until one of both ends.
func (p *kindProxy) splice(r io.Reader, c net.Conn) {
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

// A kindOrigin is an origin, with TLS or without, that keeps all it reads.
type kindOrigin struct {
	url string
	ca  *CA

	mu   sync.Mutex // guards the following
	read strings.Builder
	used int
}

// newKindOrigin starts one that answers ok2 to each head.
func newKindOrigin(t testing.TB, scheme string) *kindOrigin {
	a := newAuthority(t)
	config := a.serverConfig(t)
	o := &kindOrigin{ca: parseCAOf(t, a)}
	addr := serve(t, func(_ int, c net.Conn) {
		o.mu.Lock()
		o.used++
		o.mu.Unlock()
		if scheme == "https" {
			c = tls.Server(c, config)
		}
		r := bufio.NewReader(c)
		for {
			head, err := readHead(r)
			o.mu.Lock()
			o.read.WriteString(head)
			o.mu.Unlock()
			if err != nil {
				return
			}
			if _, err := io.WriteString(c, ok2); err != nil {
				return
			}
		}
	})
	o.url = fmt.Sprintf("%s://%s", scheme, addr)
	return o
}

func (o *kindOrigin) addr() string { return o.url[strings.LastIndex(o.url, "/")+1:] }

// seen returns all that the origin has read, and the number of connections to it.
func (o *kindOrigin) seen() (string, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.read.String(), o.used
}
