package tlserr_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"example.com/godwit/tlserr"
)

// hostile is what a name may hold to take over a terminal, to turn a line around or to
// speak in our words.
const hostile = "good\" (verified)\x1b]0;owned\x07\x1b[2J\r\n\u202egnirts\u2066\u0085 \x7f"

func TestHostileCertificates(t *testing.T) {
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprintf("host-%d.example", i)
	}
	long := strings.Repeat("\x1b", 5_000)
	ca := newCA(t, hostile, nil)
	longCA := newCA(t, long, nil)

	for _, test := range []struct {
		name  string
		roots *signer
		leaf  *signer
		want  string
	}{
		{
			"issuer", nil, issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: hostile}, DNSNames: []string{"a.example"}}, ca),
			`unknown issuer "good\" (verified)\x1b]0;owned\a\x1b[2J\r\n\u202egnirts\u2066\u0085 \x7f"`,
		},
		{
			"long issuer", nil, issue(t, &x509.Certificate{DNSNames: []string{"a.example"}}, longCA),
			`issuer "` + strings.Repeat(`\x1b`, 20) + `…"`,
		},
		{
			"names", ca, issue(t, &x509.Certificate{DNSNames: []string{"\x1b[2J\r\n.example", long}}, ca),
			`is for "\x1b[2J\r\n.example", "\x1b\x1b`,
		},
		{
			"10,000 names", ca, issue(t, &x509.Certificate{DNSNames: many}, ca),
			`is for "host-0.example", "host-1.example", "host-2.example", "host-3.example", "host-4.example" and 9995 more, not for "a.example"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := handshake(t, trusting(test.roots, "a.example"), &tls.Config{Certificates: []tls.Certificate{test.leaf.chain(ca, ca, ca, ca, ca, ca, ca)}})
			e, ok := errors.AsType[*tlserr.Error](tlserr.From(raw, "a.example:443", now))
			if !ok {
				t.Fatalf("%T %v, want a *tlserr.Error", raw, raw)
			}
			line, text := e.Error(), e.Explain()
			if !strings.Contains(line, test.want) {
				t.Errorf("no %q in\n%s", test.want, line)
			}
			if len(line) > 1<<10 || len(text) > 8<<10 {
				t.Errorf("%d and %d bytes", len(line), len(text))
			}
			harmless(t, line)
			harmless(t, strings.ReplaceAll(text, "\n", " "))
			if n := strings.Count(text, "\n"); n > 40 {
				t.Errorf("%d lines", n)
			}
		})
	}
}

func harmless(t testing.TB, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("not UTF-8: %q", s)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			t.Errorf("%U in %q", r, s)
			return
		}
	}
}

// A chain of certificates that name each other as issuers is shown once and ends.
func TestLoop(t *testing.T) {
	a := newCA(t, "A", nil)
	b := newCA(t, "B", a)
	aByB := issue(t, &x509.Certificate{Subject: pkix.Name{CommonName: "A"}, IsCA: true, BasicConstraintsValid: true}, b)
	leaf := issue(t, &x509.Certificate{DNSNames: []string{"a.example"}}, aByB)
	raw := handshake(t, trusting(nil, "a.example"), &tls.Config{Certificates: []tls.Certificate{leaf.chain(aByB, b, aByB, b)}})
	e, ok := errors.AsType[*tlserr.Error](tlserr.From(raw, "a.example:443", now))
	if !ok || e.Cause != tlserr.UnknownIssuer {
		t.Fatalf("%v", raw)
	}
	if n := strings.Count(e.Explain(), "subject"); n != 5 {
		t.Errorf("%d certificates shown, 5 were sent", n)
	}
}
