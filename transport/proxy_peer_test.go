package transport

// A proxy for the tests that does what its script says, and notes all that it is sent; and those
// who prove to it who is asking.

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.com/godwit/auth"
)

// proxyOn returns a rule that has everything go through an http proxy.
func proxyOn(hostPort string) func(*url.URL) (*url.URL, error) {
	return func(*url.URL) (*url.URL, error) { return url.Parse("http://" + hostPort) }
}

// A scriptedProxy answers the n-th head it gets, counted from 0, with answers[n], the last one
// from then on. "TUNNEL" stands for a tunnel to where upstream is; before it there may be the
// answer's text.
type scriptedProxy struct {
	addr     string
	upstream string // of tunnels
	mu       sync.Mutex
	answers  []string
	heads    []string // as they came
	conns    int
	rest     strings.Builder // what came on connections on which no tunnel was opened
}

const (
	tunnel     = "HTTP/1.1 200 Connection established\r\n\r\nTUNNEL"
	challenged = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Test\r\nContent-Length: 2\r\n\r\nno"
	refusal    = "HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nSet-Cookie: a=b\r\n\r\nno way\n"
)

func newScriptedProxy(t testing.TB, upstream string, answers ...string) *scriptedProxy {
	p := &scriptedProxy{upstream: upstream, answers: answers}
	p.addr = serve(t, func(n int, c net.Conn) {
		p.mu.Lock()
		p.conns = n
		p.mu.Unlock()
		p.handle(c)
	})
	return p
}

func (p *scriptedProxy) handle(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		head, err := readHead(r)
		if err != nil {
			p.mu.Lock()
			p.rest.WriteString(head)
			p.mu.Unlock()
			return
		}
		p.mu.Lock()
		answer := p.answers[min(len(p.heads), len(p.answers)-1)]
		p.heads = append(p.heads, head)
		p.mu.Unlock()
		text, tunnel := strings.CutSuffix(answer, "TUNNEL")
		text, end := strings.CutSuffix(text, "CLOSE")
		if _, err := io.WriteString(c, text); err != nil || end {
			return
		}
		if tunnel {
			p.splice(c, r)
			return
		}
	}
}

func (p *scriptedProxy) splice(c net.Conn, r io.Reader) {
	up, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	defer up.Close()
	done := make(chan struct{})
	go func() { // ends with up
		defer close(done)
		io.Copy(c, up)
		c.Close()
	}()
	io.Copy(up, r)
	up.Close()
	<-done
}

// readHead reads up to an empty line. What it returns with an error is what came before that.
func readHead(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return b.String(), err
		}
		if line == "\r\n" {
			return b.String(), nil
		}
	}
}

// took returns the heads that the proxy got since it was asked last.
func (p *scriptedProxy) took() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	heads := p.heads
	p.heads, p.answers = nil, p.answers[min(len(heads), len(p.answers)-1):]
	return heads
}

// rule has everything go through the proxy, as user if that is not "".
func (p *scriptedProxy) rule(user string) func(*url.URL) (*url.URL, error) {
	if user != "" {
		user += "@"
	}
	return proxyOn(user + p.addr)
}

// says is an Auth that always says the same.
func says(value string) auth.Auth {
	return auth.Func(func(req *http.Request) error {
		req.Header.Set("Proxy-Authorization", value)
		return nil
	})
}

// A testChallenger answers a 407 of the scheme Test with its word, and notes what it was asked.
type testChallenger struct {
	word string
	mu   sync.Mutex
	seen []string // "Authorize METHOD opaque", "Answer STATUS"
	at   string   // the URL's scheme and host, and the request's Host
}

func (c *testChallenger) Authorize(req *http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, "Authorize "+req.Method+" "+req.URL.Opaque)
	c.at = req.URL.Scheme + "://" + req.URL.Host + " " + req.Host
	if len(req.Header) != 0 {
		return errors.New("there are fields")
	}
	return nil
}

func (c *testChallenger) Answer(req *http.Request, res *http.Response) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, "Answer "+res.Header.Get("Proxy-Authenticate"))
	if c.word == "" {
		return false, nil
	}
	req.Header.Set("Proxy-Authorization", c.word)
	return true, nil
}

func (c *testChallenger) took() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.seen
	c.seen = nil
	return seen
}

// A funcChallenger cannot be compared.
type funcChallenger struct {
	auth.Func
	word string
}

func (c funcChallenger) Answer(req *http.Request, _ *http.Response) (bool, error) {
	req.Header.Set("Proxy-Authorization", c.word)
	return true, nil
}

type authFunc = auth.Func

// A panickyChallenger panics at once, or when it is to answer.
type panickyChallenger struct{ atOnce bool }

func (c panickyChallenger) Authorize(*http.Request) error {
	if c.atOnce {
		panic("Authorize")
	}
	return nil
}

func (c panickyChallenger) Answer(*http.Request, *http.Response) (bool, error) { panic("Answer") }

// A failingChallenger fails, at the latest when it is to answer.
type failingChallenger struct {
	auth.Func
	err error
}

func (c failingChallenger) Answer(*http.Request, *http.Response) (bool, error) { return false, c.err }

// differentAuths are each another than the one before.
func differentAuths() []auth.Auth {
	return []auth.Auth{
		says("Basic YTph"), says("Basic YTpi"), &testChallenger{word: "x"}, &testChallenger{word: "x"},
		funcChallenger{Func: func(*http.Request) error { return nil }},
		says("x"),
	}
}

// tlsServerOver is the server's end of a connection with TLS.
func tlsServerOver(c net.Conn, config *tls.Config) net.Conn { return tls.Server(c, config) }

// parseCAOf returns the CA that an authority is.
func parseCAOf(t testing.TB, a *authority) *CA {
	ca, err := ParseCA(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// noResolver finds nothing.
type noResolver struct{}

func (noResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

// clientCertificate returns one that the authority of the tests has issued.
func clientCertificate(t testing.TB) *tls.Certificate {
	cert, err := tls.X509KeyPair(newAuthority(t).issue(t))
	if err != nil {
		t.Fatal(err)
	}
	return &cert
}
