// Certificates and handshakes for the tests: real ones, over a pipe.

package tlserr_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is the clock of all tests in this package.
var now = time.Date(2026, 11, 20, 16, 39, 0, 0, time.UTC)

// A signer is a certificate with its key.
type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate for the template; by nil: signed by itself.
func issue(t testing.TB, template *x509.Certificate, by *signer) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(1)
	}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = now.AddDate(0, 0, -30), now.AddDate(0, 0, 60)
	}
	parent, parentKey := template, key
	if by != nil {
		parent, parentKey = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{cert, key}
}

func newCA(t testing.TB, name string, by *signer) *signer {
	t.Helper()
	return issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}, by)
}

// chain returns what a server sends: its certificate, then the issuers given.
func (s *signer) chain(issuers ...*signer) tls.Certificate {
	c := tls.Certificate{Certificate: [][]byte{s.cert.Raw}, PrivateKey: s.key}
	for _, i := range issuers {
		c.Certificate = append(c.Certificate, i.cert.Raw)
	}
	return c
}

// handshake returns how the client's handshake with such a server fails. In TLS 1.3 the
// server may still object after it, so one read belongs to it.
func handshake(t testing.TB, client, server *tls.Config) error {
	t.Helper()
	client.Time = func() time.Time { return now }
	return against(t, client, func(nc net.Conn) {
		if tls.Server(nc, server).Handshake() == nil {
			nc.Read(make([]byte, 1))
		}
	})
}

// against returns how the client's handshake with the peer fails, nil if it does not. The
// peer's connection is closed when the peer returns.
func against(t testing.TB, client *tls.Config, peer func(net.Conn)) error {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() { // ends when the client closes its end
		defer close(done)
		ahead := readAhead(far)
		peer(ahead)
		far.Close()
		<-ahead.done
	}()
	defer func() { near.Close(); <-done }()
	tc := tls.Client(near, client)
	if err := tc.Handshake(); err != nil {
		return err
	}
	if client.MinVersion == readAfter {
		_, err := tc.Read(make([]byte, 1))
		return err
	}
	return nil
}

// readAfter as the client's least version says that the error comes after the handshake.
const readAfter = tls.VersionTLS13

func trusting(s *signer, name string) *tls.Config {
	pool := x509.NewCertPool()
	if s != nil {
		pool.AddCert(s.cert)
	}
	return &tls.Config{RootCAs: pool, ServerName: name}
}

// An aheadConn reads on while nobody asks, as a socket does, so that two ends that write
// at once do not wait for each other.
type aheadConn struct {
	net.Conn
	got  chan []byte
	rest []byte
	done chan struct{}
}

func readAhead(nc net.Conn) *aheadConn {
	c := &aheadConn{Conn: nc, got: make(chan []byte, 1000), done: make(chan struct{})}
	go func() { // ends when either end is closed
		defer close(c.done)
		defer close(c.got)
		for {
			p := make([]byte, 16<<10)
			n, err := nc.Read(p)
			if err != nil {
				return
			}
			c.got <- p[:n]
		}
	}()
	return c
}

func (c *aheadConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		var ok bool
		if c.rest, ok = <-c.got; !ok {
			return 0, io.EOF
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
