// The chain as it came: who has signed whom, by the signatures and not by the names, and where
// it breaks.

package tlserr

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"reflect"
	"slices"
)

// A step is a certificate of the chain, and what is known of the one that has signed it.
type step struct {
	cert   *x509.Certificate
	issuer *x509.Certificate // that has signed it, or else one of the right name that has not; nil: neither was sent
	flaw   flaw
}

// A flaw is why a signature does not count.
type flaw uint8

const (
	flawless     flaw = iota
	notSent           // there is no certificate of the issuer's name
	itself            // it has signed itself
	notSigned         // there are certificates of that name, but they have not signed it
	weakHash          // it is signed with MD5 or SHA-1
	shortKey          // the issuer's key is too short
	notAuthority      // the issuer may not sign certificates
)

// Bounds: what a server sends may be long, and to check a signature takes time.
const (
	maxSteps  = 16
	maxChecks = 48
)

// The sizes of RSA keys, in bits: the shortest that crypto/rsa takes, and the longest that
// crypto/tls lets through. With longer ones nothing is computed: it would take for ever.
const (
	leastRSA = 1024
	mostRSA  = 8192
)

// path walks from the server's own certificate to the last issuer there is, and returns the
// steps; the flaw of the last one is never flawless. Certificates that were not parsed, as tests
// make them, have no path. known are candidates for issuers besides those in the chain.
func path(chain []*x509.Certificate, known ...*x509.Certificate) (steps []step) {
	known = slices.DeleteFunc(known, func(k *x509.Certificate) bool { return slices.ContainsFunc(chain, k.Equal) })
	checks := 0
	for c := first(chain); c != nil && len(c.RawTBSCertificate) > 0 && len(steps) < maxSteps; {
		s := step{cert: c, flaw: notSent}
		for _, candidate := range append(known[:len(known):len(known)], chain...) {
			if candidate == c || candidate.Equal(c) || !bytes.Equal(candidate.RawSubject, c.RawIssuer) || visited(steps, candidate) {
				continue
			}
			if checks++; checks > maxChecks {
				break
			}
			if f := judge(c, candidate); s.issuer == nil || better(f, s.flaw) {
				s.issuer, s.flaw = candidate, f
			}
		}
		if s.issuer == nil && bytes.Equal(c.RawIssuer, c.RawSubject) {
			if s.flaw = notSigned; selfSigned(c) {
				s.flaw = itself
			}
		}
		steps = append(steps, s)
		if s.flaw != flawless {
			return steps
		}
		c = s.issuer
	}
	return steps
}

// better reports whether one flaw leaves more of a signature than another: any is better than
// that of somebody who has not signed at all.
func better(a, b flaw) bool { return a == flawless || b == notSigned && a != notSigned }

func visited(steps []step, c *x509.Certificate) bool {
	for _, s := range steps {
		if s.cert.Equal(c) {
			return true
		}
	}
	return false
}

// judge says what is wrong with the signature of one certificate by another, as
// x509.Certificate.CheckSignatureFrom does, but in the order of what says most.
func judge(c, issuer *x509.Certificate) flaw {
	if weak(c.SignatureAlgorithm) != "" {
		return weakHash // MD5 is not even computed
	}
	if tooShort(issuer) {
		return shortKey // nor is this
	}
	if !signedBy(c, issuer) {
		return notSigned
	}
	if !mayIssue(issuer) {
		return notAuthority
	}
	return flawless
}

// mayIssue reports whether a certificate is one of an authority (RFC 5280 4.2.1.9, 4.2.1.3).
func mayIssue(c *x509.Certificate) bool {
	if c.Version == 3 && !c.BasicConstraintsValid || c.BasicConstraintsValid && !c.IsCA {
		return false
	}
	return c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageCertSign != 0
}

// weak returns the name of a hash that is broken, "" for any other.
func weak(a x509.SignatureAlgorithm) string {
	switch a {
	case x509.MD2WithRSA:
		return "MD2"
	case x509.MD5WithRSA:
		return "MD5"
	case x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return "SHA-1"
	}
	return ""
}

// tooShort reports whether the key of a certificate proves nothing.
func tooShort(c *x509.Certificate) bool {
	bits := rsaBits(c)
	return bits > 0 && bits < leastRSA
}

// rsaBits returns the size of the key if it is one of RSA, else 0.
func rsaBits(c *x509.Certificate) int {
	if c == nil {
		return 0
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok || key.N == nil {
		return 0
	}
	return key.N.BitLen()
}

func first(chain []*x509.Certificate) *x509.Certificate {
	if len(chain) == 0 {
		return nil
	}
	return chain[0]
}

// selfSigned reports whether the certificate names itself as its issuer and the signature
// is its own. The name alone proves nothing: anybody may write any name.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && signedBy(c, c)
}

// signedBy reports whether the signature of a certificate was made with the key of another.
func signedBy(c, issuer *x509.Certificate) bool {
	return rsaBits(issuer) <= mostRSA && issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// hint returns the certificate that crypto/x509 took for the issuer before it saw that it is
// not, nil if there was none. It may be one that is trusted and was not sent; it is in a field
// that is not exported. Name and kind are checked, and a test notices should they change.
func hint(err x509.UnknownAuthorityError) *x509.Certificate {
	field := reflect.ValueOf(err).FieldByName("hintCert")
	if !field.IsValid() || field.Kind() != reflect.Pointer || field.IsNil() || field.Type() != reflect.TypeFor[*x509.Certificate]() {
		return nil
	}
	c, parseErr := x509.ParseCertificate(field.Elem().FieldByName("Raw").Bytes())
	if parseErr != nil {
		return nil
	}
	return c
}
