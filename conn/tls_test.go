package conn_test

// Connections over TLS, with a throw-away authority: how a body's end is told from an
// attacker's, and what may wait in a record.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
)

// authority makes a certificate for example.com that is its own root.
var authority = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "conn's tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"example.com"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})

// secure returns a connection over TLS, over TCP, and the peer that follows the script.
// CloseWrite sends close_notify; Close breaks off without.
func secure(t *testing.T, version uint16, script ...any) (*conn.Conn, *peer) {
	t.Helper()
	near, far := tcpPair(t)
	server := tls.Server(far, &tls.Config{
		Certificates: []tls.Certificate{authority()}, MaxVersion: version,
		DynamicRecordSizingDisabled: true, // what is sent at once is one record
		// Without, tickets come with the server's Finished, and the handshake reads them.
		ClientAuth: tls.RequestClientCert,
	})
	shaken := make(chan error, 1)
	go func() { shaken <- server.Handshake() }() // ends with the handshake, or with the connection
	roots := x509.NewCertPool()
	roots.AddCert(authority().Leaf)
	config := &tls.Config{
		RootCAs: roots, ServerName: "example.com",
		ClientSessionCache: tls.NewLRUClientSessionCache(1), // for it to be sent tickets
	}
	client, err := dial.Handshake(t.Context(), near, config, "example.com:443", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	return joined(t, client, &abrupt{server, far}, script)
}

// An abrupt connection is closed without close_notify.
type abrupt struct {
	*tls.Conn
	below net.Conn
}

func (a *abrupt) Close() error { return a.below.Close() }

func TestUntilCloseOverTLS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, response := range []string{"HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello"} {
			c, p := secure(t, version, Expect(plainGet), Send(response), CloseWrite{})
			o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
			if o.failure() != nil || o.body != "hello" || o.kept {
				t.Errorf("with close_notify: %q, %v", o.body, o.failure())
			}
			if o.res.TLS == nil || o.res.TLS.Version != version {
				t.Errorf("TLS: %+v", o.res.TLS)
			}

			c, p = secure(t, version, Expect(plainGet), Send(response), Close{})
			o = exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
			e := wantError[*conn.IncompleteReadError](t, o.readErr)
			if o.body != "hello" || e.Partial != 5 || e.Expected != -1 || !errors.Is(o.readErr, io.ErrUnexpectedEOF) {
				t.Errorf("without: %q, %#v", o.body, e)
			}
		}
	}
}

// A body whose end is marked needs no close_notify.
func TestMarkedEndOverTLS(t *testing.T) {
	for _, response := range []string{ok2, "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"} {
		c, p := secure(t, tls.VersionTLS13, Expect(plainGet), Send(response), Close{})
		if o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{}); o.failure() != nil || o.body != "ok" {
			t.Errorf("%q, %v", o.body, o.failure())
		}
	}
}

// And one that is cut, or has not begun, is cut with it and without.
func TestCutOverTLS(t *testing.T) {
	for _, end := range []any{Close{}, CloseWrite{}} {
		for _, n := range []int{0, 20, len(ok2) - 1} {
			c, p := secure(t, tls.VersionTLS13, Expect(plainGet), Send(ok2[:n]), end)
			o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{})
			if n == 0 {
				if !errors.Is(o.err, conn.ErrRemoteDisconnected) {
					t.Errorf("%T at %d: %v", end, n, o.err)
				}
				continue
			}
			wantError[*conn.IncompleteReadError](t, o.failure())
		}
	}
}

// A second response in the same record as the first is to be seen neither in our buffer, if
// that was too small for it, nor at the socket. It is never delivered.
func TestSecondResponseInTheSameRecord(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	// With one of these lengths head and body fill the buffer just so, and the rest stays below.
	lengths := []int{2, 5000, 8000}
	for n := 4096 - len(head(4096)) - 2; n <= 4096; n++ {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		body := make([]byte, n)
		c, _ := secure(t, tls.VersionTLS13, Expect(plainGet), Send(head(n)+string(body)+evil), Stall(0))
		res, err := c.RoundTrip(get(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(readBody(t, res)); got != n {
			t.Errorf("%d bytes of %d", got, n)
		}
		if c.Alive() {
			t.Errorf("body of %d bytes: alive", n)
		}
		if res, err := c.RoundTrip(get(t)); err == nil {
			t.Errorf("body of %d bytes: %q was delivered", n, readBody(t, res))
		}
	}
}

func head(n int) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + big.NewInt(int64(n)).String() + "\r\n\r\n"
}

// TLS 1.3 tickets wait on a connection that is new, and are no verdict; a connection that has
// been used stays fit for use.
func TestTicketsAreNoVerdict(t *testing.T) {
	c, p := secure(t, tls.VersionTLS13, Expect(plainGet), Send(ok2), Expect(plainGet), Send(ok2))
	if !c.Alive() {
		t.Error("a new connection is not alive")
	}
	res, err := c.RoundTrip(get(t))
	if err != nil {
		t.Fatal(err)
	}
	readBody(t, res)
	if !c.Alive() {
		t.Error("a used connection is not alive")
	}
	if o := exchangeOn(t, c, p, get(t), conn.ExchangeOptions{}); o.body != "ok" || !o.kept {
		t.Errorf("%q, %v, kept %v", o.body, o.failure(), o.kept)
	}
}

// Cancelling works through crypto/tls as well.
func TestCancelOverTLS(t *testing.T) {
	begun := make(chan struct{})
	c, p := secure(t, tls.VersionTLS13, Expect(plainGet), Send(ok2[:20]), Tell(begun), Stall(0))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // ends with the peer's step
		<-begun
		cancel()
	}()
	o := exchangeOn(t, c, p, get(t).WithContext(ctx), conn.ExchangeOptions{})
	if !errors.Is(o.err, context.Canceled) {
		t.Error(o.err)
	}
}

// What crypto/tls has grown for a large response it keeps, and the pool wants to know.
func TestSwollen(t *testing.T) {
	large := head(64<<10) + string(make([]byte, 64<<10))
	c, _ := secure(t, tls.VersionTLS13, Expect(plainGet), Send(ok2), Expect(plainGet), Send(large), Expect(plainGet), Send(ok2))
	for i, want := range []bool{false, true, true} {
		res, err := c.RoundTrip(get(t))
		if err != nil {
			t.Fatal(err)
		}
		readBody(t, res)
		if c.Swollen() != want || c.TLS() != res.TLS {
			t.Errorf("exchange %d: swollen %v", i, c.Swollen())
		}
	}
	plain, _ := loopback(t, Expect(plainGet), Send(large))
	res, err := plain.RoundTrip(get(t))
	if err != nil {
		t.Fatal(err)
	}
	readBody(t, res)
	if plain.Swollen() || plain.TLS() != nil {
		t.Error("swollen without TLS")
	}
}
