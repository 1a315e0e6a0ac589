package transport_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
)

// The key that a server must show, and another one in reserve.
func ExampleParsePins() {
	srv := httptest.NewTLSServer(greet)
	defer srv.Close()
	sum := sha256.Sum256(srv.Certificate().RawSubjectPublicKeyInfo)
	own := "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
	const reserve = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

	tr := &transport.Transport{TLS: &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
	defer tr.Close()
	for _, texts := range [][]string{{own, reserve}, {reserve}} {
		pins, err := transport.ParsePins(texts...)
		if err != nil {
			fmt.Println(err)
			return
		}
		req, _ := http.NewRequest("GET", srv.URL, nil)
		req = req.WithContext(transport.With(req.Context(), &transport.Overrides{Pins: pins}))
		res, err := tr.RoundTrip(req)
		if e, ok := errors.AsType[*tlserr.PinError](err); ok {
			fmt.Println("pinned:", pins.List(), "got it:", e.Got[0] == own)
			return
		}
		fmt.Println(res.Status)
		res.Body.Close()
	}
	// Output:
	// 200 OK
	// pinned: [sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=] got it: true
}

// TLS 1.3 alone, without the key exchanges that do not fit in one packet.
func ExampleTLSSettings() {
	srv := httptest.NewTLSServer(greet)
	defer srv.Close()
	tr := &transport.Transport{TLS: &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
	defer tr.Close()

	o := &transport.Overrides{TLSSettings: &transport.TLSSettings{
		MinVersion: tls.VersionTLS13, NoPostQuantum: true, ServerName: "example.com",
	}}
	req, _ := http.NewRequest("GET", srv.URL, nil)
	res, err := tr.RoundTrip(req.WithContext(transport.With(req.Context(), o)))
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	fmt.Println(tls.VersionName(res.TLS.Version), res.TLS.CurveID, res.TLS.ServerName)
	// Output: TLS 1.3 X25519 example.com
}

func ExampleTLSSettings_Check() {
	for _, s := range []transport.TLSSettings{
		{MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS12},
		{MinVersion: tls.VersionTLS10},
		{ServerName: "a b"},
	} {
		fmt.Println(s.Check())
	}
	// Output:
	// a MaxVersion (TLS 1.2) below the MinVersion (TLS 1.3)
	// TLS 1.0 is broken (RFC 8996): where it has to be, use a tls.Config, which is for one origin alone
	// ServerName: host "a b" has a character that no host name may have
}

// In a container with nothing else in it, a Transport trusts these roots by itself. Here it is to
// trust no others anywhere.
func ExampleFallbackCA() {
	o := &transport.Overrides{CA: transport.FallbackCA()}
	fmt.Println(o.CA.Pool() != nil)
	// Output: true
}
