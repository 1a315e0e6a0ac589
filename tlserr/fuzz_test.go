package tlserr_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/godwit/tlserr"
)

// A source gives pieces of what a fuzzer has made up.
type source []byte

func (s *source) byte() byte {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return b
}

// text returns up to 255 bytes, or many times as many.
func (s *source) text() string {
	n := int(s.byte())
	times := 1
	if n > 250 {
		times = 1000
	}
	n = min(n, len(*s))
	t := string((*s)[:n])
	*s = (*s)[n:]
	return strings.Repeat(t, times)
}

func (s *source) texts() (all []string) {
	n := int(s.byte() % 8)
	for range n {
		all = append(all, s.text())
	}
	if s.byte() == 7 && len(all) > 0 {
		for range 5000 {
			all = append(all, all[0])
		}
	}
	return all
}

func (s *source) name() pkix.Name {
	return pkix.Name{CommonName: s.text(), Organization: s.texts(), OrganizationalUnit: s.texts()}
}

var fuzzKey, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)

// certificate returns one that no parser has seen: fields as they come, and now and then a
// signature that is good.
func (s *source) certificate() *x509.Certificate {
	c := &x509.Certificate{
		Raw: []byte(s.text()), Subject: s.name(), Issuer: s.name(), DNSNames: s.texts(),
		NotBefore: now.Add(time.Duration(int8(s.byte())) * time.Hour), NotAfter: now.Add(time.Duration(int8(s.byte())) * time.Hour),
		IssuingCertificateURL: s.texts(), PermittedDNSDomains: s.texts(), ExcludedDNSDomains: s.texts(),
		RawSubject: []byte{s.byte() % 4}, RawIssuer: []byte{s.byte() % 4}, RawTBSCertificate: []byte(s.text()),
		SignatureAlgorithm: x509.SignatureAlgorithm(s.byte() % 20), Signature: []byte(s.text()),
		Version: int(s.byte() % 4), IsCA: s.byte()%2 == 0, BasicConstraintsValid: s.byte()%2 == 0, KeyUsage: x509.KeyUsage(s.byte()),
	}
	switch s.byte() % 4 {
	case 0:
		c.PublicKey = &fuzzKey.PublicKey
	case 1:
		c.PublicKey = &rsa.PublicKey{N: new(big.Int).SetBytes([]byte(s.text())), E: int(s.byte())}
	case 2:
		c.PublicKey = &rsa.PublicKey{}
	}
	if s.byte()%3 == 0 {
		c.IPAddresses = []net.IP{[]byte(s.text())}
		c.UnhandledCriticalExtensions = []asn1.ObjectIdentifier{{1, int(s.byte()), 3}}
		c.PermittedIPRanges = []*net.IPNet{{IP: []byte(s.text()), Mask: []byte(s.text())}}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsage(s.byte())}
	}
	return c
}

// err returns an error of a type that From knows, or of none.
func (s *source) err(chain []*x509.Certificate) error {
	var c *x509.Certificate
	if len(chain) > 0 {
		c = chain[int(s.byte())%len(chain)]
	}
	switch s.byte() % 20 {
	case 0:
		if c == nil {
			c = new(x509.Certificate) // without one, even crypto/x509 panics
		}
		return x509.HostnameError{Certificate: c, Host: s.text()}
	case 1:
		return x509.UnknownAuthorityError{Cert: c}
	case 2, 3, 4:
		return x509.CertificateInvalidError{Cert: c, Reason: x509.InvalidReason(s.byte() % 13), Detail: s.text()}
	case 5:
		return x509.UnhandledCriticalExtension{}
	case 6:
		return x509.InsecureAlgorithmError(s.byte() % 20)
	case 7:
		return x509.ConstraintViolationError{}
	case 8:
		return x509.SystemRootsError{Err: errors.New(s.text())}
	case 9:
		return &tlserr.PinError{Got: s.texts(), Want: s.texts()}
	case 10:
		return &tlserr.RevokedError{At: now, Reason: int(s.byte())}
	case 11:
		return &tlserr.StapleError{Fault: tlserr.StapleFault(s.text()), Err: errors.New(s.text())}
	case 12:
		return tls.RecordHeaderError{Msg: s.text(), RecordHeader: [5]byte{s.byte(), s.byte(), s.byte(), s.byte(), s.byte()}, Conn: &net.TCPConn{}}
	case 13:
		return &tls.ECHRejectionError{}
	case 14:
		return &net.OpError{Op: s.text(), Err: errors.New(s.text())}
	case 15:
		return io.EOF
	case 16:
		return &tlserr.PlainError{First: []byte(s.text()), URL: s.text(), Err: errors.New("x")}
	}
	return errors.New(s.text())
}

// Whatever comes, what is said of it has an end, is harmless and begins with its first line; no
// remedy names what would end the verification.
func FuzzExplain(f *testing.F) {
	f.Add([]byte(hostile))
	f.Add([]byte("\x02\x10zscaler root ca!" + hostile + strings.Repeat("\xff\x03abc", 40)))
	for i := range 20 {
		f.Add(append([]byte{byte(i), byte(i)}, strings.Repeat(string(rune('a'+i))+"\x07\xfb", 60)...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := source(data)
		var chain []*x509.Certificate
		for range s.byte() % 10 {
			chain = append(chain, s.certificate())
		}
		facts := &tlserr.Facts{
			Host: s.text(), Now: now, Chain: chain, Seen: s.byte()%2 == 0, Sent: int64(s.byte()) * 16, Received: int64(s.byte()),
			First: []byte(s.text()), Alert: s.byte(), Asked: s.byte()%2 == 0, Issuers: s.texts(), Given: s.texts(), Shown: s.byte()%2 == 0,
			MaxVersion: uint16(s.byte()) | 0x300,
		}
		err := s.err(chain)
		if s.byte()%2 == 0 {
			err = &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
		}
		e, ok := errors.AsType[*tlserr.Error](facts.From(err))
		if !ok {
			t.Fatalf("%v", err)
		}
		bounded(t, e)
		for _, r := range e.Remedies() {
			harmless(t, r.Text+r.Go+r.Flag)
			if r.Text == "" {
				t.Errorf("%+v", r)
			}
		}
	})
}

// What the first bytes say is the same however they are cut behind what matters, and nothing
// makes a cause of bytes that are none of TLS.
func FuzzFirst(f *testing.F) {
	for _, first := range []string{
		"\x15\x03\x00\x00\x02\x02\x28", "\x80\x03\x00\x00\x01", "HTTP/1.1 200 OK",
		"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01" + strings.Repeat("\x00", 32) + "\x00\x00\x33\x00",
		"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" + strings.Repeat("\x00", 24) + "DOWNGRD\x01\x20" + strings.Repeat("s", 32) + "\xc0\x2f\x00",
	} {
		f.Add([]byte(first))
	}
	f.Fuzz(func(t *testing.T, first []byte) {
		cause := func(first []byte) tlserr.Cause {
			facts := &tlserr.Facts{Seen: true, Sent: 1, Received: int64(len(first)), First: first}
			e, ok := errors.AsType[*tlserr.Error](facts.From(errors.New("tls: something")))
			if !ok {
				t.Fatal("no error")
			}
			bounded(t, e)
			return e.Cause
		}
		got := cause(first)
		switch got {
		case tlserr.NoCommonVersion, tlserr.NoCommonCipher, tlserr.Downgrade, tlserr.Broken:
		case tlserr.Other:
			if len(first) > 0 {
				t.Errorf("%q: %s", first, got)
			}
		default:
			t.Errorf("%q: %s", first, got)
		}
		if len(first) >= tlserr.MaxFirst {
			if short := cause(first[:tlserr.MaxFirst]); short != got {
				t.Errorf("%q: %s, and %s of the first %d bytes", first, got, short, tlserr.MaxFirst)
			}
		}
	})
}
