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

// LoadCA reads a file of PEM certificates, or all such files of a folder. Nothing readable,
// or no certificate in it, is an error.
func LoadCA(path string) (*CA, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("CA: %w", err)
	}
	if !info.IsDir() {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("CA: %w", err)
		}
		ca, err := ParseCA(text)
		if err != nil {
			return nil, fmt.Errorf("%w in %s", err, path)
		}
		return ca, nil
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
	ca, err := ParseCA(all)
	if err != nil {
		return nil, fmt.Errorf("%w in folder %s", err, path)
	}
	return ca, nil
}

var errNoCertificate = errors.New("CA: no PEM certificate")

// ParseCA makes a CA of PEM certificates. A certificate that cannot be parsed is an error;
// blocks of other types are passed over.
func ParseCA(text []byte) (*CA, error) {
	ca := &CA{pool: x509.NewCertPool()}
	var sums [][sha256.Size]byte
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("CA: certificate %d: %w", len(sums)+1, err)
		}
		ca.pool.AddCert(cert)
		sums = append(sums, sha256.Sum256(cert.Raw))
	}
	if len(sums) == 0 {
		return nil, errNoCertificate
	}
	slices.SortFunc(sums, func(a, b [sha256.Size]byte) int { return slices.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, sum := range slices.Compact(sums) {
		h.Write(sum[:])
	}
	h.Sum(ca.sum[:0])
	return ca, nil
}
