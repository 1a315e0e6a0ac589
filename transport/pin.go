package transport

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/godwit/tlserr"
)

// Pins are the public keys of which one must be in a server's chain of certificates, by their
// SHA-256 sums. They come on top of all else that is verified, and hold where nothing else is.
// The zero value is none. Two are equal if they are of the same keys.
type Pins struct {
	sums string // of SubjectPublicKeyInfo, sorted, one after another
}

const pinPrefix = "sha256//"

var errPin = errors.New(`it is "sha256//" and the SHA-256 of a public key (SubjectPublicKeyInfo) in base64`)

// ParsePins reads pins as curl writes them, "sha256//" and 44 characters of base64. One text may
// have several, with semicolons between them, and "sha256/" will do, as OkHttp has it. No text at
// all is no pins.
func ParsePins(texts ...string) (Pins, error) {
	var sums []string
	n := 0
	for _, text := range texts {
		for pin := range strings.SplitSeq(text, ";") {
			n++
			pin = strings.TrimSpace(pin)
			encoded, ok := strings.CutPrefix(pin, pinPrefix)
			if !ok {
				encoded, ok = strings.CutPrefix(pin, "sha256/")
			}
			sum, err := base64.StdEncoding.Strict().DecodeString(encoded)
			if !ok || err != nil || len(sum) != sha256.Size {
				return Pins{}, fmt.Errorf("pin %d is not one: %w", n, errPin)
			}
			sums = append(sums, string(sum))
		}
	}
	slices.Sort(sums)
	return Pins{strings.Join(slices.Compact(sums), "")}, nil
}

// List returns the pins, as they are written.
func (p Pins) List() []string {
	var list []string
	for sum := range slices.Chunk([]byte(p.sums), sha256.Size) {
		list = append(list, pinPrefix+base64.StdEncoding.EncodeToString(sum))
	}
	return list
}

// has reports whether the key of a certificate is pinned.
func (p Pins) has(cert *x509.Certificate) bool {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	for rest := p.sums; rest != ""; rest = rest[sha256.Size:] {
		if rest[:sha256.Size] == string(sum[:]) {
			return true
		}
	}
	return false
}

// check returns a *tlserr.PinError if no certificate that counts has a pinned key. Those of
// verified chains count, and none that the server has sent besides (CVE-2016-2402); where nothing
// was verified, the server has proven to have the key of its own certificate, and of no other.
func (p Pins) check(s *tls.ConnectionState) error {
	chains := s.VerifiedChains
	if len(chains) == 0 && len(s.PeerCertificates) > 0 {
		chains = [][]*x509.Certificate{s.PeerCertificates[:1]}
	}
	for _, chain := range chains {
		if slices.ContainsFunc(chain, p.has) {
			return nil
		}
	}
	e := &tlserr.PinError{Want: p.List()}
	for _, chain := range chains {
		for _, cert := range chain {
			if pin := pinOf(cert); !slices.Contains(e.Got, pin) {
				e.Got = append(e.Got, pin)
			}
		}
	}
	return e
}

// pinOf returns the pin of a certificate's key.
func pinOf(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return pinPrefix + base64.StdEncoding.EncodeToString(sum[:])
}
