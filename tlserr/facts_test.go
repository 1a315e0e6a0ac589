package tlserr_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/godwit/tlserr"
)

// as returns what From makes of an error and facts.
func as(t testing.TB, f tlserr.Facts, err error) *tlserr.Error {
	t.Helper()
	if f.Now.IsZero() {
		f.Now = now
	}
	e, ok := errors.AsType[*tlserr.Error](f.From(err))
	if !ok {
		t.Fatalf("%v stays as it is", err)
	}
	return e
}

// The same alert stands for several things. What had been said before tells which.
func TestAlerts(t *testing.T) {
	seen := func(first string) tlserr.Facts {
		return tlserr.Facts{Seen: true, Sent: 500, Received: int64(len(first)), First: []byte(first)}
	}
	const atOnce, ofSSL3 = "\x15\x03\x03\x00\x02\x02\x28", "\x15\x03\x00\x00\x02\x02\x28"
	hello := seen("\x16\x03\x03\x00\x5a\x02\x00\x00\x56\x03\x03" + strings.Repeat("r", 32) + "\x00\xc0\x2f")
	asked := hello
	asked.Asked = true
	for _, test := range []struct {
		name  string
		alert uint8
		facts tlserr.Facts
		want  tlserr.Cause
	}{
		{"handshake failure, nothing seen", 40, tlserr.Facts{}, tlserr.Refused},
		{"handshake failure at once", 40, seen(atOnce), tlserr.NoCommonCipher},
		{"handshake failure of SSL 3.0", 40, seen(ofSSL3), tlserr.NoCommonVersion},
		{"handshake failure after the hello", 40, hello, tlserr.Refused},
		{"handshake failure after a request for a certificate", 40, asked, tlserr.ClientCertificate},
		{"bad certificate, nothing seen", 42, tlserr.Facts{}, tlserr.ClientCertificate},
		{"bad certificate, which nobody asked for", 42, hello, tlserr.Refused},
		{"bad certificate", 42, asked, tlserr.ClientCertificate},
		{"unknown issuer", 48, asked, tlserr.ClientCertificate},
		{"certificate required", 116, hello, tlserr.ClientCertificate},
		{"protocol version", 70, tlserr.Facts{}, tlserr.NoCommonVersion},
		{"insufficient security", 71, tlserr.Facts{}, tlserr.NoCommonCipher},
		{"unrecognized name", 112, seen(atOnce), tlserr.Refused},
		{"unknown alert", 200, hello, tlserr.Refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			overTCP := as(t, test.facts, &net.OpError{Op: "remote error", Err: tls.AlertError(test.alert)})
			facts := test.facts
			facts.Alert = test.alert
			overQUIC := as(t, facts, errors.New("what a library says"))
			for _, e := range []*tlserr.Error{overTCP, overQUIC} {
				if e.Cause != test.want || e.Alert != test.alert {
					t.Errorf("cause %q, alert %d; want %q, %d", e.Cause, e.Alert, test.want, test.alert)
				}
				bounded(t, e)
			}
		})
	}
}

// Our own alerts are about what came.
func TestOwnAlerts(t *testing.T) {
	for _, err := range []error{
		&net.OpError{Op: "local error", Err: tls.AlertError(10)},
		tls.AlertError(50), errors.Join(errors.New("tls: a text"), tls.AlertError(47)),
	} {
		if e := as(t, tlserr.Facts{}, err); e.Cause != tlserr.Broken {
			t.Errorf("%v: %q", err, e.Cause)
		}
	}
}

// A text is not looked at: what was seen tells.
func TestSeen(t *testing.T) {
	hello := func(version, random, cipher string) string {
		return "\x16\x03\x01\x00\x2a\x02\x00\x00\x26" + version + random + "\x00" + cipher + "\x00"
	}
	random, lowered := strings.Repeat("r", 32), strings.Repeat("r", 24)+"DOWNGRD\x01"
	for _, test := range []struct {
		name  string
		first string
		facts tlserr.Facts
		want  tlserr.Cause
		line  string
	}{
		{"TLS 1.0", hello("\x03\x01", random, "\xc0\x13"), tlserr.Facts{}, tlserr.NoCommonVersion, "the server chose TLS 1.0, which is not offered (TLS 1.2 to TLS 1.3)"},
		{"TLS 1.0, offered", hello("\x03\x01", random, "\xc0\x13"), tlserr.Facts{MinVersion: tls.VersionTLS10}, tlserr.Broken, ""},
		{"TLS 1.2, too old", hello("\x03\x03", random, "\xc0\x2f"), tlserr.Facts{MinVersion: tls.VersionTLS13}, tlserr.NoCommonVersion, "the server chose TLS 1.2, which is not offered (TLS 1.3)"},
		{"TLS 1.3, which is hidden", hello("\x03\x03", random, "\x13\x01"), tlserr.Facts{MinVersion: tls.VersionTLS13}, tlserr.Broken, ""},
		{"TLS 1.3, too new", hello("\x03\x03", random, "\x13\x01"), tlserr.Facts{MaxVersion: tls.VersionTLS12}, tlserr.NoCommonVersion, "the server chose TLS 1.3, which is not offered (TLS 1.2)"},
		{"lowered", hello("\x03\x03", lowered, "\xc0\x2f"), tlserr.Facts{}, tlserr.Downgrade, "TLS 1.3 with the server was lowered to TLS 1.2 by somebody on the way"},
		{"lowered, and no more was offered", hello("\x03\x03", lowered, "\xc0\x2f"), tlserr.Facts{MaxVersion: tls.VersionTLS12}, tlserr.Broken, ""},
		{"a cipher of old", hello("\x03\x03", random, "\x00\x05"), tlserr.Facts{}, tlserr.NoCommonCipher, "the server chose the cipher TLS_RSA_WITH_RC4_128_SHA, which is not offered"},
		{"a cipher that was left out", hello("\x03\x03", random, "\xc0\x2f"), tlserr.Facts{CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}, tlserr.NoCommonCipher, ""},
		{"a cipher of TLS 1.3 that nobody leaves out", hello("\x03\x03", random, "\x13\x01"), tlserr.Facts{CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}, tlserr.Broken, ""},
		{"all is well", hello("\x03\x03", random, "\xc0\x2f"), tlserr.Facts{}, tlserr.Broken, "what the server sent breaks the rules of TLS: tls: a text"},
		{"nothing came", "", tlserr.Facts{}, tlserr.Other, "tls: a text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for cut := range len(test.first) + 1 { // at every byte, which must not say anything else than less
				f := test.facts
				f.Seen, f.Sent, f.Received, f.First = true, 500, int64(cut), []byte(test.first[:cut])
				e := as(t, f, errors.New("tls: a text"))
				bounded(t, e)
				if cut < len(test.first) {
					switch e.Cause {
					case test.want, tlserr.Broken, tlserr.Other, tlserr.NoCommonVersion:
					default:
						t.Errorf("%d bytes: %q", cut, e.Cause)
					}
					continue
				}
				if e.Cause != test.want || test.line != "" && e.Error() != test.line {
					t.Errorf("%q, want %q\ngot  %s\nwant %s", e.Cause, test.want, e, test.line)
				}
			}
		})
	}
}

func TestDemanded(t *testing.T) {
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "a.example"}, DNSNames: []string{"a.example"}}
	for _, test := range []struct {
		err  error
		want tlserr.Cause
		line string
		says []string
	}{
		{
			&tlserr.PinError{Got: []string{"sha256//AAAA", "sha256//BBBB"}, Want: []string{"sha256//CCCC"}}, tlserr.PinMismatch,
			"a.example:443 has none of the pinned keys, but sha256//AAAA",
			[]string{"The pinned keys: sha256//CCCC.", "sha256//AAAA, sha256//BBBB", `godwit.Pin("sha256//AAAA")`, "--pin=sha256//AAAA", "by another way"},
		},
		{&tlserr.PinError{}, tlserr.PinMismatch, "a.example:443 has none of the pinned keys", nil},
		{
			&tlserr.RevokedError{At: now.AddDate(0, 0, -3), Reason: 1}, tlserr.Revoked,
			"certificate of a.example:443 was revoked on 2026-11-17: its key is no longer secret",
			[]string{"Do not talk to this server."},
		},
		{&tlserr.RevokedError{}, tlserr.Revoked, "certificate of a.example:443 was revoked", nil},
		{
			&tlserr.StapleError{Fault: tlserr.StapleMissing, Required: true}, tlserr.Staple,
			"a.example:443 sent no proof that its certificate is not revoked (OCSP), and one is demanded",
			[]string{"staples a fresh OCSP response"},
		},
		{
			&tlserr.StapleError{Fault: tlserr.StapleExpired, NextUpdate: now}, tlserr.Staple,
			"the proof of a.example:443 that its certificate is not revoked does not count: OCSP response expired (on 2026-11-20)", nil,
		},
		{
			&tlserr.PlainError{First: []byte("\x15\x03\x03\x00\x02\x02\x46"), URL: "https://a.example/", Err: io.ErrUnexpectedEOF}, tlserr.OnlyTLS,
			"a.example:443 speaks TLS on this port, and was asked in plain HTTP",
			[]string{`godwit.Get(ctx, "https://a.example/")`},
		},
		{
			x509.SystemRootsError{Err: errors.New("none")},
			tlserr.NoRoots,
			"this machine has no certificates by which a.example:443 could be verified",
			[]string{"ca-certificates", "--verify=ca.pem"},
		},
		{
			x509.InsecureAlgorithmError(x509.MD5WithRSA), tlserr.WeakSignature,
			"certificate of a.example:443 is signed with MD5, which proves nothing", nil,
		},
	} {
		for _, err := range []error{test.err, &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{leaf}, Err: test.err}} {
			e := as(t, tlserr.Facts{Host: "a.example:443", Chain: []*x509.Certificate{leaf}}, err)
			if e.Cause != test.want || e.Error() != test.line {
				t.Errorf("cause %q, want %q\ngot  %s\nwant %s", e.Cause, test.want, e, test.line)
			}
			if e.Cause.Certificate() != (e.Cert == leaf) {
				t.Errorf("%q: at fault is %v", e.Cause, e.Cert)
			}
			text := e.Explain()
			for _, want := range test.says {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			bounded(t, e)
		}
	}
}

// What a verifier of the system's says, and nobody knows the type of, is about the certificate
// nevertheless.
func TestStrangeVerifier(t *testing.T) {
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "a.example"}}
	e := as(t, tlserr.Facts{}, &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{leaf}, Err: errors.New("x509: \x1b[31mno")})
	if e.Cause != tlserr.Invalid || e.Cert != leaf || !strings.Contains(e.Error(), `\x1b[31mno`) {
		t.Errorf("%q %v", e.Cause, e)
	}
}

// Watch does what crypto/tls would do by itself, and notes it.
func TestWatch(t *testing.T) {
	ca := newCA(t, "Client CA", nil)
	mine := issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "me"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, ca).chain()
	stranger := issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "stranger"}}, newCA(t, "Other CA", nil)).chain()
	name := func(cn string) []byte {
		der, err := asn1.Marshal(pkix.Name{CommonName: cn}.ToRDNSequence())
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	info := func(cas ...[]byte) *tls.CertificateRequestInfo {
		return &tls.CertificateRequestInfo{AcceptableCAs: cas, Version: tls.VersionTLS13, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}}
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{stranger, mine}}

	var f tlserr.Facts
	got, err := f.Watch(config).GetClientCertificate(info(ca.cert.RawSubject, []byte("garbage")))
	if err != nil || !(&x509.Certificate{Raw: got.Certificate[0]}).Equal(&x509.Certificate{Raw: mine.Certificate[0]}) {
		t.Errorf("%v, %v", got, err)
	}
	if !f.Asked || !f.Shown || len(f.Issuers) != 1 || f.Issuers[0] != "Client CA" || f.MoreIssuers != 1 || f.MinVersion != tls.VersionTLS13 || strings.Join(f.Given, ",") != "Other CA,Client CA" {
		t.Errorf("%+v", f)
	}
	if config.GetClientCertificate != nil {
		t.Error("the configuration was altered")
	}

	f = tlserr.Facts{}
	got, err = f.Watch(config).GetClientCertificate(info(name("Third CA")))
	if err != nil || len(got.Certificate) != 0 || f.Shown {
		t.Errorf("%v, %v, %+v", got, err, f)
	}

	f = tlserr.Facts{}
	many := make([][]byte, 1000)
	for i := range many {
		many[i] = name(hostile + strings.Repeat("x", 300))
	}
	own := &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, io.ErrNoProgress }}
	if _, err = f.Watch(own).GetClientCertificate(info(many...)); err != io.ErrNoProgress || f.Shown {
		t.Errorf("%v", err)
	}
	if len(f.Issuers)+f.MoreIssuers != 1000 || len(f.Issuers) > 10 {
		t.Errorf("%d and %d issuers", len(f.Issuers), f.MoreIssuers)
	}
	f.Now = time.Now()
	f.Seen = true
	bounded(t, as(t, f, &net.OpError{Op: "remote error", Err: tls.AlertError(116)}))
	if f.Watch(nil) == nil {
		t.Error("no configuration for none")
	}
}

// What a server sends may be long, and each certificate of it may have issued each other.
func TestLongChain(t *testing.T) {
	ca := newCA(t, "Same", nil)
	leaf := issue(t, &x509.Certificate{DNSNames: []string{"a.example"}}, ca)
	chain := []*x509.Certificate{leaf.cert}
	for range 300 {
		chain = append(chain, newCA(t, "Same", nil).cert)
	}
	e := as(t, tlserr.Facts{}, &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: x509.UnknownAuthorityError{Cert: leaf.cert}})
	if e.Cause != tlserr.UnknownIssuer {
		t.Errorf("%q", e.Cause)
	}
	bounded(t, e)
	if text := e.Explain(); !strings.Contains(text, "and 295 more") {
		t.Error(text)
	}
}
