package tlserr_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"testing"

	"example.com/godwit/tlserr"
)

// Details are what Explain says between the first line and the remedies.
func TestDetails(t *testing.T) {
	ca := newCA(t, "Godwit test CA", nil)
	leaf := issue(t, &x509.Certificate{DNSNames: []string{"a.example"}}, ca)
	unknown := handshake(t, trusting(nil, "a.example"), &tls.Config{Certificates: []tls.Certificate{leaf.chain(ca)}})
	for _, tt := range []struct {
		err  error
		says string
	}{
		{unknown, "what the server sent\n  1. subject"},
		{tls.RecordHeaderError{RecordHeader: [5]byte{'H', 'T', 'T', 'P', '/'}}, ""},
		{io.EOF, ""},
	} {
		e, ok := errors.AsType[*tlserr.Error](tlserr.From(tt.err, "a.example:443", now))
		if !ok {
			t.Fatalf("%T", tt.err)
		}
		got := e.Details()
		if !strings.HasPrefix(got, tt.says) || (got == "") != (tt.says == "") {
			t.Errorf("%v: %q", tt.err, got)
		}
		if strings.Contains(got, "what to do") || strings.Contains(got, e.Error()) {
			t.Errorf("%v: too much in %q", tt.err, got)
		}
		if !strings.Contains(e.Explain(), got) {
			t.Errorf("%v: Explain does not say %q", tt.err, got)
		}
	}
}
