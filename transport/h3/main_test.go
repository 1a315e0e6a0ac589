package h3

// What the tests share: a server of quic-go's, and connections to it.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"go.uber.org/goleak"

	"example.com/godwit/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// authority signs the certificates of all tests.
var authority = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		DNSNames:     []string{"localhost"},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
})

// issue makes a certificate that an authority has signed.
func issue(template *x509.Certificate, ca tls.Certificate) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Leaf, key.Public(), ca.PrivateKey)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A server is one of quic-go's.
type server struct {
	*http3.Server
	addr netip.AddrPort
	tr   *quic.Transport
}

// start starts a server on the loopback. alter, if there is one, may alter its settings.
func start(tb testing.TB, h http.HandlerFunc, alter func(*http3.Server)) *server {
	tb.Helper()
	return startAt(tb, netip.MustParseAddrPort("127.0.0.1:0"), h, alter)
}

func startAt(tb testing.TB, at netip.AddrPort, h http.HandlerFunc, alter func(*http3.Server)) *server {
	tb.Helper()
	cert, _ := authority()
	s := &server{Server: &http3.Server{
		Handler:    h,
		TLSConfig:  http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{cert}}),
		QUICConfig: &quic.Config{Allow0RTT: true},
	}}
	if alter != nil {
		alter(s.Server)
	}
	pc, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		tb.Fatal(err)
	}
	s.addr = pc.LocalAddr().(*net.UDPAddr).AddrPort()
	s.tr = &quic.Transport{Conn: quiet(pc), StatelessResetKey: &quic.StatelessResetKey{1}}
	l, err := s.tr.ListenEarly(s.TLSConfig, s.QUICConfig)
	if err != nil {
		tb.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.ServeListener(l) })
	tb.Cleanup(func() {
		_ = s.Close()
		_ = l.Close()
		s.kill()
		serving.Wait()
	})
	return s
}

// kill ends the server without a word to anybody.
func (s *server) kill() {
	_ = s.tr.Conn.Close()
	_ = s.tr.Close()
}

// options trust the server.
func options() *transport.HTTP3Options {
	_, pool := authority()
	return &transport.HTTP3Options{
		TLS:          &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"},
		Addr:         "127.0.0.1:443",
		Listen:       listenOn(""),
		MaxHeadBytes: 256 << 10,
	}
}

// listenOn opens sockets at an address of this machine; "": of the system's choice.
func listenOn(host string) func(context.Context, netip.AddrPort) (net.PacketConn, error) {
	return func(ctx context.Context, to netip.AddrPort) (net.PacketConn, error) {
		network := "udp6"
		if to.Addr().Is4() {
			network = "udp4"
		}
		return new(net.ListenConfig).ListenPacket(ctx, network, net.JoinHostPort(host, "0"))
	}
}

// open opens a connection, which is closed at the end of the test. Nothing may be left open then.
func open(tb testing.TB, d *Dialer, to netip.AddrPort, opt *transport.HTTP3Options) *conn {
	tb.Helper()
	c, err := d.DialHTTP3(tb.Context(), to, opt)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		c.Close()
		if n := c.InFlight(); n != 0 {
			tb.Errorf("%d exchanges are left", n)
		}
	})
	return c.(*conn)
}

// get sends a GET and returns the body.
func get(tb testing.TB, c *conn, path string) string {
	tb.Helper()
	res := roundTrip(tb, c, request(tb, "GET", path, nil))
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

func request(tb testing.TB, method, path string, body io.Reader) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, "https://127.0.0.1"+path, body)
	if err != nil {
		tb.Fatal(err)
	}
	return req
}

func roundTrip(tb testing.TB, c *conn, req *http.Request) *http.Response {
	tb.Helper()
	res, err := c.RoundTrip(req)
	if err != nil {
		tb.Fatal(err)
	}
	return res
}

// released waits until a Dialer has no socket open.
func released(tb testing.TB, d *Dialer) {
	tb.Helper()
	for range 2000 {
		d.sockets.mu.Lock()
		n := len(d.sockets.open)
		d.sockets.mu.Unlock()
		if n == 0 {
			return
		}
		<-time.After(time.Millisecond)
	}
	tb.Error("a socket is left open")
}
