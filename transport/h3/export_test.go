package h3

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"

	"github.com/quic-go/quic-go/http3"
)

// ServeHTTP3 starts a server for examples.
func ServeHTTP3(h http.HandlerFunc) (addr netip.AddrPort, roots *x509.CertPool, stop func()) {
	cert, pool := authority()
	pc, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(err)
	}
	s := &http3.Server{Handler: h, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}}
	over := make(chan bool)
	go func() {
		defer close(over)
		_ = s.Serve(quiet(pc))
	}()
	return pc.LocalAddr().(*net.UDPAddr).AddrPort(), pool, func() {
		s.Close()
		pc.Close()
		<-over
	}
}
