package tlserr_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
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

func ExampleError_Remedies() {
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "a.example"}, Issuer: pkix.Name{CommonName: "Corp Root"}}
	e, _ := errors.AsType[*tlserr.Error](tlserr.From(&tls.CertificateVerificationError{
		UnverifiedCertificates: []*x509.Certificate{leaf}, Err: x509.UnknownAuthorityError{Cert: leaf},
	}, "a.example:443", time.Now()))

	for _, r := range e.Remedies() {
		fmt.Printf("%q, go %q, flag %q, owner %v\n", r.Text, r.Go, r.Flag, r.Owner)
	}
	// Output:
	// "If you know this issuer, a company's or a test's own for instance, get its certificate from a source you trust and name it:", go "godwit.CA(\"ca.pem\")", flag "--verify=ca.pem", owner false
	// "The server sent no issuer's certificate; if there is one between it and a known root, the server's owner has to add it.", go "", flag "", owner true
}

func ExampleFacts() {
	// What was seen of a handshake: the server's first bytes are a ServerHello of TLS 1.0.
	hello := "\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01" + strings.Repeat("\x00", 32) + "\x00\xc0\x13\x00"
	facts := &tlserr.Facts{Host: "a.example:443", Seen: true, Sent: 300, Received: int64(len(hello)), First: []byte(hello)}
	config := facts.Watch(&tls.Config{ServerName: "a.example"}) // for tls.Client, which notes the rest
	fmt.Println(config.ServerName)

	fmt.Println(facts.From(errors.New("tls: what crypto/tls says")))
	// Output:
	// a.example
	// a.example:443 chose TLS 1.0, which is not offered (TLS 1.2 to TLS 1.3)
}
