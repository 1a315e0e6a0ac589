package conn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// In TLS 1.3 the server refuses a client without a certificate when the handshake is over
// for the client: the first read says so, and it must say that it is about TLS.
func TestClientCertificateWantedAfterHandshake(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	nc, err := tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com"})
	if err != nil {
		t.Fatal(err)
	}
	c := New(nc)
	defer c.Close()
	req, _ := http.NewRequest("GET", "https://example.com/", nil)
	_, err = c.RoundTrip(req)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Phase != trace.TLS {
		t.Fatalf("%#v, want an Error of the phase TLS", err)
	}
	te, ok := errors.AsType[*tlserr.Error](err)
	if !ok || te.Cause != tlserr.ClientCertificate {
		if _, reset := errors.AsType[*net.OpError](err); reset {
			t.Logf("the server's alert was lost in its reset")
		}
		t.Fatalf("%v, want the cause %q", err, tlserr.ClientCertificate)
	}
	if errors.Is(err, ErrHTTP) {
		t.Error("a failure of TLS is an ErrHTTP")
	}
}
