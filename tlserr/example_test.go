package tlserr_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"

	"example.com/godwit/tlserr"
)

func ExampleFrom() {
	// What a program got from net/http, or from a handshake of its own.
	err := error(&tls.CertificateVerificationError{
		UnverifiedCertificates: []*x509.Certificate{{
			Subject: pkix.Name{CommonName: "a.example"}, Issuer: pkix.Name{CommonName: "Corp Root"},
			DNSNames: []string{"a.example"},
		}},
		Err: x509.UnknownAuthorityError{Cert: &x509.Certificate{Issuer: pkix.Name{CommonName: "Corp Root"}}},
	})
	err = tlserr.From(err, "a.example:443", time.Now())
	fmt.Println(err)

	if e, ok := errors.AsType[*tlserr.Error](err); ok && e.Cause == tlserr.UnknownIssuer {
		fmt.Println("cause:", e.Cause)
	}
	// Output:
	// certificate of a.example:443 is signed by an unknown issuer "Corp Root"
	// cause: unknown issuer
}

func ExampleError_Explain() {
	day := func(s string) time.Time { t, _ := time.Parse(time.DateOnly, s); return t }
	leaf := &x509.Certificate{
		Raw:      []byte("the certificate's bytes"),
		Subject:  pkix.Name{CommonName: "a.example"},
		Issuer:   pkix.Name{CommonName: "Corp Root"},
		DNSNames: []string{"a.example"}, NotBefore: day("2026-08-19"), NotAfter: day("2026-11-17"),
	}
	err := tlserr.From(&tls.CertificateVerificationError{
		UnverifiedCertificates: []*x509.Certificate{leaf},
		Err:                    x509.CertificateInvalidError{Cert: leaf, Reason: x509.Expired},
	}, "a.example:443", day("2026-11-20"))
	if e, ok := errors.AsType[*tlserr.Error](err); ok {
		fmt.Print(e.Explain())
	}
	// Output:
	// certificate expired 3 days ago (2026-11-17; is this machine's clock (2026-11-20 00:00 UTC) right?)
	//
	// what the server sent
	//   1. subject "a.example", issuer "Corp Root"
	//      is for "a.example"
	//      valid from 2026-08-19 to 2026-11-17 (expired)
	//      sha256 ca6b68a1a60085936c3339e4e21b6b5c4227ab4e81a7936c9429a42602cfd34e
	//
	// what to do
	//   - Set this machine's clock if it is wrong.
	//   - If it is right, only the server's owner can help: the certificate has to be replaced.
}
