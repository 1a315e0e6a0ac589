package transport

import (
	"crypto/tls"
	"net/url"

	"example.com/godwit/trace"
)

type Report struct {
	Timings trace.Timings
	Conn    trace.Conn
	Proxy   *url.URL
}

func LoadCertificate(certFile, keyFile string) (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(certFile, keyFile)
	return &c, err
}
