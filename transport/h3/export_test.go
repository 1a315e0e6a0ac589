package h3

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// Certificate returns that of the servers, which is its own authority.
func Certificate() tls.Certificate {
	cert, _ := authority()
	return cert
}

// ServeHTTP3 starts a server.
func ServeHTTP3(h http.HandlerFunc) (addr netip.AddrPort, roots *x509.CertPool, stop func()) {
	return ServeHTTP3As(Certificate(), h)
}

// ServeHTTP3After starts a server whose handshakes wait until the channel is closed.
func ServeHTTP3After(hold chan bool, h http.HandlerFunc) (addr netip.AddrPort, roots *x509.CertPool, stop func()) {
	config := &tls.Config{Certificates: []tls.Certificate{Certificate()}}
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		<-hold
		return nil, nil
	}
	return serve(config, h)
}

// ServeHTTP3As starts a server that shows a certificate.
func ServeHTTP3As(cert tls.Certificate, h http.HandlerFunc) (addr netip.AddrPort, roots *x509.CertPool, stop func()) {
	return serve(&tls.Config{Certificates: []tls.Certificate{cert}}, h)
}

func serve(config *tls.Config, h http.HandlerFunc) (addr netip.AddrPort, roots *x509.CertPool, stop func()) {
	pc, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(err)
	}
	return serveOn(pc, config, h)
}

func serveOn(pc *net.UDPConn, config *tls.Config, h http.HandlerFunc) (addr netip.AddrPort, roots *x509.CertPool, stop func()) {
	_, pool := authority()
	s := &http3.Server{Handler: h, TLSConfig: http3.ConfigureTLSConfig(config)}
	tr := &quic.Transport{Conn: quiet(pc)}
	l, err := tr.ListenEarly(s.TLSConfig, &quic.Config{Allow0RTT: true})
	if err != nil {
		panic(err)
	}
	over := make(chan bool)
	go func() {
		defer close(over)
		_ = s.ServeListener(l)
	}()
	return pc.LocalAddr().(*net.UDPAddr).AddrPort(), pool, func() {
		s.Close()
		l.Close()
		tr.Close()
		pc.Close()
		<-over
	}
}

// ServeAll starts a server of all three versions on one port, of TCP and of UDP. It says over TCP that
// it speaks HTTP/3.
func ServeAll() (url string, roots *x509.CertPool, stop func()) {
	for {
		srv := httptest.NewUnstartedServer(nil)
		addr := srv.Listener.Addr().(*net.TCPAddr)
		pc, err := net.ListenUDP("udp4", &net.UDPAddr{IP: addr.IP, Port: addr.Port})
		if err != nil { // somebody else has that port
			srv.Listener.Close()
			continue
		}
		hello := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Alt-Svc", fmt.Sprintf(`h3=":%d"; ma=3600`, addr.Port))
			fmt.Fprint(w, "hello")
		}
		config := &tls.Config{Certificates: []tls.Certificate{Certificate()}}
		_, roots, stopUDP := serveOn(pc, config.Clone(), hello)
		srv.Config.Handler, srv.TLS, srv.EnableHTTP2 = http.HandlerFunc(hello), config, true
		srv.StartTLS()
		return srv.URL, roots, func() {
			srv.Close()
			stopUDP()
		}
	}
}

// CertificateFor returns one of the same authority for another host.
func CertificateFor(host string) tls.Certificate {
	ca := Certificate()
	template := *ca.Leaf
	template.IPAddresses, template.DNSNames, template.IsCA = nil, []string{host}, false
	return issue(&template, ca)
}

// ServeRaw starts a server that answers each request, the n-th being n, with what it is given.
func ServeRaw(tb testing.TB, answer func(c *quic.Conn, n int, s *quic.Stream)) netip.AddrPort {
	return rawServer{answer: answer}.start(tb)
}

// Headers and Data make frames.
var (
	Headers = headers
	Data    = data
)

// Quiet is quiet.
var Quiet = quiet
