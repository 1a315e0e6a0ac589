package godwit_test

// How TLS is spoken, and with whom: what is shown in docs/tls.md.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"example.com/godwit"
	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
)

// A tlsSite is a server with TLS, whose certificate no system trusts.
type tlsSite struct {
	*httptest.Server
	CA string // its certificate, in PEM
}

func serveTLS() tlsSite {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			who = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		fmt.Fprintf(w, "hello, %s", who)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	return tlsSite{server, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))}
}

// clientPair makes a client's certificate and its key.
func clientPair(name string) (certPEM string, der []byte, key *ecdsa.PrivateKey) {
	key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	template.Subject.CommonName = name
	der, _ = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), der, key
}

// The company's CA besides the system's. It may be a file, a folder, or the text itself, here.
func ExampleAddCA() {
	server := serveTLS()
	defer server.Close()
	companyCA := server.CA // as by //go:embed

	session := godwit.NewSession(godwit.AddCA(companyCA))
	defer session.Close()
	res, err := session.Get(ctx, server.URL)
	fmt.Println(res.Text(), err)
	// Output: hello, nobody <nil>
}

// Only the key that is expected, or the one that will take its place.
func ExamplePin() {
	server := serveTLS()
	defer server.Close()
	sum := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
	current := "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
	const next = "sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE="

	session := godwit.NewSession(godwit.CA(server.CA), godwit.Pin(current, next))
	defer session.Close()
	res, err := session.Get(ctx, server.URL)
	fmt.Println(res.Text(), err)

	_, err = session.Get(ctx, server.URL, godwit.Insecure, godwit.Pin(next))
	if e, ok := errors.AsType[*tlserr.PinError](err); ok {
		fmt.Println("another key:", e.Got[0] == current)
	}
	// Output:
	// hello, nobody <nil>
	// another key: true
}

// What one call says comes on top of what the session says.
func ExampleTLSSettings() {
	server := serveTLS()
	defer server.Close()

	session := godwit.NewSession(godwit.CA(server.CA), godwit.TLSSettings{MinVersion: tls.VersionTLS13})
	defer session.Close()
	res, err := session.Get(ctx, server.URL, godwit.TLSSettings{ServerName: "example.com", NoPostQuantum: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tls.VersionName(res.TLS.Version), res.TLS.CurveID, res.TLS.ServerName)
	// Output: TLS 1.3 X25519 example.com
}

// The secrets of the connections, for those who look at what was recorded of them.
func ExampleTLSSettings_keyLog() {
	server := serveTLS()
	defer server.Close()
	path, remove := tempFile("keys.log", "")
	defer remove()

	log := godwit.TLSSettings{KeyLog: path} // or os.Getenv("SSLKEYLOGFILE")
	_, err := godwit.Get(ctx, server.URL, godwit.CA(server.CA), log)
	info, _ := os.Stat(path)
	fmt.Println(info.Mode(), info.Size() > 0, err)
	// Output: -rw------- true <nil>
}

// A key that is encrypted: the password is a text, a Secret, or a function that is asked for it.
func ExampleClientCert_password() {
	ask := func() (string, error) { return os.Getenv("CLIENT_KEY_PASSWORD"), nil }
	for _, cert := range []godwit.Option{
		godwit.ClientCert("client.pem", "client.key", godwit.Secret("correct horse")),
		godwit.ClientCert("client.p12", "", ask),
	} {
		_, err := godwit.Get(ctx, "https://api.example.com/", cert)
		switch {
		case errors.Is(err, transport.ErrEncryptedKey):
			fmt.Println("a password is needed")
		case errors.Is(err, transport.ErrKeyPassword):
			fmt.Println("that is not the password")
		case err != nil:
			fmt.Println(err)
		}
	}
	// Output:
	// GET https://api.example.com/: client certificate: open client.pem: no such file or directory
	// GET https://api.example.com/: client certificate: open client.p12: no such file or directory
}

// A device is a key that cannot be had, as of a smart card: it signs what it is given.
type device struct{ crypto.Signer }

// A key that never leaves its device.
func ExampleClientCert_device() {
	server := serveTLS()
	defer server.Close()
	_, der, key := clientPair("the device")
	card := device{key}

	cert := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: card} // card is a crypto.Signer
	show := godwit.OptionFunc(func(r *godwit.Request) error {
		r.Certificate = cert
		return nil
	})
	res, err := godwit.Get(ctx, server.URL, godwit.CA(server.CA), show)
	fmt.Println(res.Text(), err)
	// Output: hello, the device <nil>
}

// Both in memory.
func ExampleClientCert_memory() {
	server := serveTLS()
	defer server.Close()
	certPEM, _, key := clientPair("client")
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))

	cert := godwit.ClientCert(certPEM, keyPEM)
	res, err := godwit.Get(ctx, server.URL, godwit.CA(server.CA), cert)
	fmt.Println(res.Text(), err)
	fmt.Println(cert)
	// Output:
	// hello, client <nil>
	// ClientCert("(text)", "(text)")
}

// docs/tls.md: an old device, and nobody else, with what is broken.
func Example_oldVersion() {
	server := serveTLS()
	defer server.Close()

	old := &tls.Config{MinVersion: tls.VersionTLS10} // keep it: each tls.Config has its own connections
	res, err := godwit.Get(ctx, server.URL, godwit.CA(server.CA), godwit.TLS(old))
	fmt.Println(res.Text(), err)
	// Output: hello, nobody <nil>
}
