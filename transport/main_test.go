package transport

// What the tests of this package share: servers on the loopback and over pipes, and a
// Transport that is examined when its test is over.

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		beServer()
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	ok2    = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	noBody = "HTTP/1.1 204 No Content\r\n\r\n"
)

// examined returns t, and closes it at the end of the test. By then nothing may be left of
// what it counted.
func examined(tb testing.TB, t *Transport) *Transport {
	tb.Cleanup(func() {
		t.Close()
		// A proxy's handlers, and whatever has been hijacked, end a moment after their test.
		for range 1000 {
			if t.Stats() == (Stats{}) {
				break
			}
			<-tick()
		}
		checkEmpty(tb, t)
	})
	return t
}

func checkEmpty(tb testing.TB, t *Transport) {
	tb.Helper()
	if s := t.Stats(); s != (Stats{}) {
		tb.Errorf("left behind: %+v", s)
	}
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	if len(t.pool.hosts) != 0 || t.pool.idle.first != nil || t.pool.waiters.first != nil {
		tb.Errorf("left behind in the pool: %d hosts", len(t.pool.hosts))
	}
}

// serve listens on the loopback and runs handle for each connection, the n-th being n, on a
// goroutine of its own. It returns the address.
func serve(tb testing.TB, handle func(n int, c net.Conn)) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var (
		mu    sync.Mutex
		conns []net.Conn
		all   sync.WaitGroup
	)
	all.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			all.Go(func() {
				defer c.Close()
				handle(n, c)
			})
		}
	})
	tb.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().String()
}

// always answers each request of a connection with the same text.
func always(response string) func(int, net.Conn) {
	return func(_ int, c net.Conn) {
		r := bufio.NewReader(c)
		for {
			if _, err := readRequest(r); err != nil {
				return
			}
			if _, err := io.WriteString(c, response); err != nil {
				return
			}
		}
	}
}

// readRequest reads a request with its body.
func readRequest(r *bufio.Reader) (*http.Request, error) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(req.Body)
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	return req, err
}

// A piper dials pipes, to servers of its own. It counts them and keeps the addresses.
type piper struct {
	handle func(n int, c net.Conn)
	mu     sync.Mutex // guards the following
	addrs  []string
	closed atomic.Int32 // servers whose connection has come to its end
}

func (p *piper) Dial(_ context.Context, _, addr string) (net.Conn, error) {
	p.mu.Lock()
	p.addrs = append(p.addrs, addr)
	n := len(p.addrs)
	p.mu.Unlock()
	client, server := net.Pipe()
	go func() { // ends with the connection
		defer p.closed.Add(1)
		defer server.Close()
		p.handle(n, server)
	}()
	return client, nil
}

func (p *piper) dialled() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.addrs)
}

// request makes a request whose context ends with the test.
func request(tb testing.TB, method, url string, body io.Reader) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, url, body)
	if err != nil {
		tb.Fatal(err)
	}
	return req
}

// get sends a GET, reads the response to its end and returns its body.
func get(tb testing.TB, rt http.RoundTripper, url string) string {
	tb.Helper()
	return do(tb, rt, request(tb, "GET", url, nil))
}

func do(tb testing.TB, rt http.RoundTripper, req *http.Request) string {
	tb.Helper()
	res, err := rt.RoundTrip(req)
	if err != nil {
		tb.Fatal(err)
	}
	return body(tb, res)
}

func body(tb testing.TB, res *http.Response) string {
	tb.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// fails sends a request that must fail, and returns the error.
func fails(tb testing.TB, rt http.RoundTripper, req *http.Request) *Error {
	tb.Helper()
	res, err := rt.RoundTrip(req)
	if err == nil {
		res.Body.Close()
		tb.Fatalf("%s %s: status %d, want an error", req.Method, req.URL, res.StatusCode)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		tb.Fatalf("error %v is a %T", err, err)
	}
	if strings.ContainsAny(e.Error(), "\r\n") {
		tb.Errorf("message of more than a line: %q", e)
	}
	return e
}

// A closable is a request's body that notes how it was treated.
type closable struct {
	io.Reader
	closed, afterwards atomic.Int32
}

func newClosable(s string) *closable { return &closable{Reader: strings.NewReader(s)} }

func (c *closable) Read(p []byte) (int, error) {
	if c.closed.Load() > 0 {
		c.afterwards.Add(1)
	}
	return c.Reader.Read(p)
}

func (c *closable) Close() error {
	c.closed.Add(1)
	return nil
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }

var discardLog = log.New(io.Discard, "", 0)

// dialTo returns a Dial that leads to one address, whatever is asked for.
func dialTo(addr string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
}

// otherCert is a certificate that signs nothing of these tests.
func otherCert(tb testing.TB) *x509.Certificate { return newAuthority(tb).cert }

// An authority signs the certificates of servers.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var newAuthorityOnce = sync.OnceValues(func() (*authority, error) {
	a := &authority{}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	a.cert, err = x509.ParseCertificate(der)
	return a, err
})

// newAuthority returns the authority of this run of the tests.
func newAuthority(tb testing.TB) *authority {
	tb.Helper()
	a, err := newAuthorityOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// issue returns the PEM text of a certificate for 127.0.0.1, and that of its key.
func (a *authority) issue(tb testing.TB) (cert, key []byte) {
	tb.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, k.Public(), a.key)
	if err != nil {
		tb.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// serverConfig is what a TLS server of this authority uses.
func (a *authority) serverConfig(tb testing.TB) *tls.Config {
	tb.Helper()
	cert, err := tls.X509KeyPair(a.issue(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// awaitDead waits until an idle connection can be seen to be of no use.
func awaitDead(t *testing.T, c *pooled) {
	t.Helper()
	for range 5000 {
		if !c.Alive() {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Fatal("the end of the connection was not noticed")
}

// tick is for what can only be polled.
func tick() <-chan time.Time { return time.After(time.Millisecond) }
