package transport_test

// CAs, errors, and what else one needs once in a while.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"

	"software.sslmate.com/src/go-pkcs12"

	"example.com/godwit/transport"
)

// Trust one CA for one request, and for what it redirects to.
func ExampleParseCA() {
	srv := httptest.NewTLSServer(greet)
	defer srv.Close()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})

	ca, err := transport.ParseCA(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	tr := &transport.Transport{}
	defer tr.Close()
	req, _ := http.NewRequestWithContext(transport.With(context.Background(), &transport.Overrides{CA: ca}), "GET", srv.URL, nil)
	res, err := tr.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status, ca.Pool().Equal(srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs))
	// Output: 200 OK true
}

// From files, or from all files of a folder.
func ExampleLoadCA() {
	dir, _ := os.MkdirTemp("", "godwit")
	defer os.RemoveAll(dir)
	os.WriteFile(filepath.Join(dir, "empty.pem"), nil, 0o600)

	_, err := transport.LoadCA(filepath.Join(dir, "empty.pem"))
	fmt.Println(err != nil)
	var ca *transport.CA
	ca, err = transport.LoadCA("no/such.pem")
	fmt.Println(ca == nil, errors.Is(err, os.ErrNotExist))
	// Output:
	// true
	// true true
}

func ExampleErrEncryptedKey() {
	srv := httptest.NewTLSServer(greet)
	defer srv.Close()
	dir, _ := os.MkdirTemp("", "godwit")
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "client.pem")
	os.WriteFile(file, append(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("not to be read")})...), 0o600)

	_, err := transport.LoadCertificate(file, "", nil)
	fmt.Println(errors.Is(err, transport.ErrEncryptedKey))
	// Output: true
}

func ExampleErrKeyPassword() {
	dir, _ := os.MkdirTemp("", "godwit")
	defer os.RemoveAll(dir)
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, _ := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	cert, _ := x509.ParseCertificate(der)
	p12, _ := pkcs12.Modern.Encode(key, cert, nil, "correct horse")
	file := filepath.Join(dir, "client.p12")
	os.WriteFile(file, p12, 0o600)

	for _, word := range []string{"battery staple", "correct horse"} {
		_, err := transport.LoadCertificate(file, "", func() (string, error) { return word, nil })
		fmt.Println(errors.Is(err, transport.ErrKeyPassword), err == nil)
	}
	// Output:
	// true false
	// false true
}

// A Transport that is closed sends nothing any more; one whose idle connections are closed does.
func ExampleErrClosed() {
	srv := httptest.NewServer(greet)
	defer srv.Close()
	tr := &transport.Transport{}
	client := &http.Client{Transport: tr}

	res, _ := client.Get(srv.URL)
	res.Body.Close()
	tr.CloseIdleConnections()
	fmt.Println(tr.Stats() == transport.Stats{})

	tr.Close()
	_, err := client.Get(srv.URL)
	fmt.Println(errors.Is(err, transport.ErrClosed))
	// Output:
	// true
	// true
}

// The User-Agent is Godwit's, unless the request says otherwise.
func ExampleUserAgent() {
	fmt.Println(transport.UserAgent == "godwit/"+transport.Version)
	// Output: true
}

// hosts is a resolver that knows what it is told.
type hosts map[string]netip.Addr

func (h hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return []netip.Addr{h[host]}, nil
}

// Names may be looked up in any way.
func ExampleResolver() {
	srv := httptest.NewServer(greet)
	defer srv.Close()
	var resolver transport.Resolver = hosts{"api.example.com": netip.MustParseAddr("127.0.0.1")}
	tr := &transport.Transport{Resolver: resolver}
	defer tr.Close()

	port := netip.MustParseAddrPort(srv.Listener.Addr().String()).Port()
	req, _ := http.NewRequest("GET", fmt.Sprintf("http://api.example.com:%d/", port), nil)
	res, err := tr.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output: 200 OK
}

// ours is a context of one's own that brings overrides along.
type ours struct {
	context.Context
	over transport.Overrides
}

func (c *ours) Value(key any) any {
	if transport.IsOverridesKey(key) {
		return &c.over
	}
	return c.Context.Value(key)
}

// What a context says can be asked, whoever has put it there.
func ExampleIsOverridesKey() {
	ctx := transport.With(context.Background(), &transport.Overrides{NoGzip: true})
	fmt.Println(transport.OverridesFrom(ctx).NoGzip)
	fmt.Println(transport.OverridesFrom(&ours{Context: ctx}).NoGzip)
	fmt.Println(transport.OverridesFrom(context.Background()) == nil)
	// Output:
	// true
	// false
	// true
}
