package tlserr_test

import (
	"crypto/tls"
	"errors"
	"io"
	"testing"
	"time"

	"example.com/godwit/tlserr"
)

func TestInputs(t *testing.T) {
	day := time.Date(2026, 11, 17, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		err  error
		want string
	}{
		{&tlserr.PinError{Got: []string{"sha256//a", "sha256//b"}, Want: []string{"sha256//c", "sha256//d"}}, "none of the 2 pinned keys: got sha256//a"},
		{&tlserr.PinError{Want: []string{"sha256//c"}}, "none of the 1 pinned keys: it has shown no certificate"},
		{&tlserr.RevokedError{At: day, Reason: 1}, "the certificate was revoked on 2026-11-17 (its key is no longer secret)"},
		{&tlserr.RevokedError{At: day}, "the certificate was revoked on 2026-11-17"},
		{&tlserr.RevokedError{At: day, Reason: 99}, "the certificate was revoked on 2026-11-17"},
		{&tlserr.StapleError{Fault: tlserr.StapleMissing, Required: true}, "OCSP response missing, and one is demanded"},
		{&tlserr.StapleError{Fault: tlserr.StapleExpired, NextUpdate: day}, "OCSP response expired (on 2026-11-17)"},
		{&tlserr.StapleError{Fault: tlserr.StapleExpired}, "OCSP response expired"},
		{&tlserr.StapleError{Fault: tlserr.StapleEarly, ThisUpdate: day}, "OCSP response not yet valid (before 2026-11-17)"},
		{&tlserr.StapleError{Fault: tlserr.StapleForged}, "OCSP response signed by the wrong one"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		// As transport wraps them: the chain is with them, and they are found again.
		wrapped := tlserr.From(&tls.CertificateVerificationError{Err: c.err}, "a.example:443", day)
		if !errors.Is(wrapped, c.err) {
			t.Errorf("%v is lost in %v", c.err, wrapped)
		}
	}
	if !errors.Is(&tlserr.StapleError{Err: io.EOF}, io.EOF) {
		t.Error("StapleError hides its cause")
	}
}
