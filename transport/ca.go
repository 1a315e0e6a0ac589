package transport

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A CA is a set of certificates to trust in place of the system's. Two sets of the same
// certificates are the same to the connection pool, wherever they were read from.
type CA struct {
	pool *x509.CertPool
	sum  [sha256.Size]byte // of the certificates, sorted: what the pool tells sets apart by
}

// Pool returns the certificates as a new pool.
func (c *CA) Pool() *x509.CertPool { return c.pool.Clone() }

// LoadCA reads files of PEM certificates, and all such files of folders. A path with nothing
// readable, or no certificate in it, is an error.
func LoadCA(paths ...string) (*CA, error) {
	var set caSet
	for _, path := range paths {
		text, err := readCA(path)
		if err != nil {
			return nil, err
		}
		if err := set.add(text); err != nil {
			return nil, fmt.Errorf("%w in %s", err, path)
		}
	}
	return set.done()
}

// readCA returns the text of a file, or of all files of a folder.
func readCA(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("CA: %w", err)
	}
	if !info.IsDir() {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("CA: %w", err)
		}
		return text, nil
	}
	files, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("CA: %w", err)
	}
	var all []byte
	for _, f := range files {
		// A folder made for OpenSSL holds links and files of other kinds beside the
		// certificates, so what cannot be read is passed over.
		if text, err := os.ReadFile(filepath.Join(path, f.Name())); err == nil {
			all = append(append(all, text...), '\n')
		}
	}
	return all, nil
}

var errNoCertificate = errors.New("CA: no PEM certificate")

// ParseCA makes a CA of PEM certificates. A certificate that cannot be parsed is an error;
// blocks of other types are passed over.
func ParseCA(text []byte) (*CA, error) {
	var set caSet
	if err := set.add(text); err != nil {
		return nil, err
	}
	return set.done()
}

// A caSet is a CA in the making.
type caSet struct {
	pool *x509.CertPool
	sums [][sha256.Size]byte
}

// add adds the certificates of a text, which must have one at least.
func (s *caSet) add(text []byte) error {
	if s.pool == nil {
		s.pool = x509.NewCertPool()
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
		s.pool.AddCert(cert)
		s.sums = append(s.sums, sha256.Sum256(cert.Raw))
	}
}

// done returns the CA.
func (s *caSet) done() (*CA, error) {
	if len(s.sums) == 0 {
		return nil, errNoCertificate
	}
	slices.SortFunc(s.sums, func(a, b [sha256.Size]byte) int { return slices.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, sum := range slices.Compact(s.sums) {
		h.Write(sum[:])
	}
	ca := &CA{pool: s.pool}
	h.Sum(ca.sum[:0])
	return ca, nil
}
