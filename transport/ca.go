package transport

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A CA is a set of certificates to trust, in place of the system's or besides. Two sets of the
// same certificates are the same to the connection pool, wherever they were read from.
type CA struct {
	anchors []anchor
	pool    *x509.CertPool
	sum     [sha256.Size]byte // of the certificates, sorted: what the pool tells sets apart by
	from    string
}

// String says where the certificates are from: the paths, "(text)" for what was no path.
func (c *CA) String() string { return c.from }

// An anchor is a certificate, and what chains that lead to it must comply with besides.
type anchor struct {
	cert       *x509.Certificate
	constraint func(chain []*x509.Certificate) error // nil: nothing
}

func (a anchor) addTo(pool *x509.CertPool) {
	if a.constraint == nil {
		pool.AddCert(a.cert)
		return
	}
	pool.AddCertWithConstraint(a.cert, a.constraint)
}

// addTo adds the certificates to others.
func (c *CA) addTo(pool *x509.CertPool) {
	for _, a := range c.anchors {
		a.addTo(pool)
	}
}

// Pool returns the certificates as a new pool.
func (c *CA) Pool() *x509.CertPool { return c.pool.Clone() }

// sumOf tells lists of sets apart.
func sumOf(all []*CA) [sha256.Size]byte {
	if len(all) == 1 {
		return all[0].sum
	}
	var sums []byte
	for _, ca := range all {
		sums = append(sums, ca.sum[:]...)
	}
	return sha256.Sum256(sums)
}

// LoadCA reads files of certificates, in PEM or one in DER, and all such files of folders. In place
// of a path there may be the text of a file itself. A path with nothing readable, or no certificate
// in it, is an error.
func LoadCA(paths ...string) (*CA, error) {
	set := newCASet()
	for _, path := range paths {
		if isContent(path) {
			set.from = append(set.from, fromText)
			if err := set.add([]byte(path)); err != nil {
				return nil, err
			}
			continue
		}
		set.from = append(set.from, path)
		before := len(set.anchors)
		if err := set.load(path); err != nil {
			return nil, err
		}
		if len(set.anchors) == before {
			return nil, fmt.Errorf("%w in %s", errNoCertificate, path)
		}
	}
	return set.done()
}

// load adds what is in a file, or in all files of a folder.
func (s *caSet) load(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("CA: %w", err)
	}
	if !info.IsDir() {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("CA: %w", err)
		}
		return s.addFile(path, text)
	}
	files, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("CA: %w", err)
	}
	for _, f := range files {
		name := filepath.Join(path, f.Name())
		// A folder made for OpenSSL holds links and files of other kinds beside the
		// certificates, so what cannot be read is passed over.
		text, err := os.ReadFile(name)
		if err != nil || !isPEM(text) && !isDER(text) {
			continue
		}
		if err := s.addFile(name, text); err != nil {
			return err
		}
	}
	return nil
}

// addFile adds the certificates of a file.
func (s *caSet) addFile(name string, text []byte) error {
	if err := s.add(text); err != nil && err != errNoCertificate {
		return fmt.Errorf("%w in %s", err, name)
	}
	return nil
}

var errNoCertificate = errors.New("CA: no certificate")

// ParseCA makes a CA of the text of a file: certificates in PEM, or one in DER. A certificate that
// cannot be parsed is an error; blocks of PEM of other types are passed over.
func ParseCA(text []byte) (*CA, error) {
	set := newCASet()
	set.from = []string{fromText}
	if err := set.add(text); err != nil {
		return nil, err
	}
	return set.done()
}

// isContent reports whether a text is that of a file, and not the path of one. No path has a zero
// byte in it, and all certificates in DER have.
func isContent(text string) bool {
	return strings.Contains(text, "-----BEGIN ") || strings.IndexByte(text, 0) >= 0
}

// isPEM reports whether there is PEM in a text.
func isPEM(text []byte) bool { return bytes.Contains(text, []byte("-----BEGIN ")) }

// isDER reports whether a text is a single certificate in DER.
func isDER(text []byte) bool {
	_, err := x509.ParseCertificate(text)
	return err == nil
}

// A caSet is a CA in the making.
type caSet struct {
	anchors []anchor
	pool    *x509.CertPool
	sums    [][sha256.Size]byte
	from    []string
}

// fromText stands for the path of what was no file.
const fromText = "(text)"

func newCASet() *caSet { return &caSet{pool: x509.NewCertPool()} }

// add adds the certificates of a text, which must have one at least.
func (s *caSet) add(text []byte) error {
	if !isPEM(text) {
		cert, err := x509.ParseCertificate(text)
		if err != nil {
			return errNoCertificate
		}
		s.addCert(anchor{cert: cert})
		return nil
	}
	for n := 0; ; {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			if n == 0 {
				return errNoCertificate
			}
			return nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		n++
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("CA: certificate %d: %w", n, err)
		}
		s.addCert(anchor{cert: cert})
	}
}

// addCert adds a certificate.
func (s *caSet) addCert(a anchor) {
	s.anchors = append(s.anchors, a)
	a.addTo(s.pool)
	s.sums = append(s.sums, sha256.Sum256(a.cert.Raw))
}

// done returns the CA, which must have a certificate.
func (s *caSet) done() (*CA, error) {
	if len(s.sums) == 0 {
		return nil, errNoCertificate
	}
	return s.ca(), nil
}

// ca returns the CA.
func (s *caSet) ca() *CA {
	slices.SortFunc(s.sums, func(a, b [sha256.Size]byte) int { return slices.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, sum := range slices.Compact(s.sums) {
		h.Write(sum[:])
	}
	ca := &CA{anchors: s.anchors, pool: s.pool, from: strings.Join(s.from, ", ")}
	h.Sum(ca.sum[:0])
	return ca
}
