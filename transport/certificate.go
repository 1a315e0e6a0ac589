package transport

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"example.com/godwit/trace"
)

// ErrEncryptedKey says that a private key is encrypted, which LoadCertificate cannot undo.
var ErrEncryptedKey = errors.New("the private key is encrypted; openssl pkey -in FILE -out FILE decrypts it")

// LoadCertificate reads a client certificate and its private key from PEM files. The first
// certificate of certFile is the client's own; those that follow lead to its issuer. The key may
// stand in the same file: keyFile is "" then.
//
// Errors name the file, and show nothing that is in it. One of an encrypted key is an
// [ErrEncryptedKey].
func LoadCertificate(certFile, keyFile string) (*tls.Certificate, error) {
	if keyFile == "" {
		keyFile = certFile
	}
	certText, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("client certificate: %w", err)
	}
	keyText := certText
	if keyFile != certFile {
		if keyText, err = os.ReadFile(keyFile); err != nil {
			return nil, fmt.Errorf("client certificate: private key: %w", err)
		}
	}
	if !slices.Contains(pemTypes(certText), "CERTIFICATE") {
		return nil, fmt.Errorf("client certificate: no PEM certificate in %s", certFile)
	}
	if err := checkKey(keyText); err != nil {
		return nil, fmt.Errorf("client certificate: %w in %s", err, keyFile)
	}
	cert, err := tls.X509KeyPair(certText, keyText)
	if err != nil {
		return nil, fmt.Errorf("client certificate: %s and %s: %w", certFile, keyFile, errPair(certText))
	}
	return &cert, nil
}

// pemTypes returns the types of the blocks in a text.
func pemTypes(text []byte) (types []string) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return types
		}
		types = append(types, block.Type)
	}
}

var errNoKey = errors.New("no PEM private key")

// checkKey looks at the first private key in a text.
func checkKey(text []byte) error {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return errNoKey
		}
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return ErrEncryptedKey
		case block.Type == "PRIVATE KEY", strings.HasSuffix(block.Type, " PRIVATE KEY"):
			return nil
		}
	}
}

var (
	errBadCertificate = errors.New("the certificate cannot be parsed")
	errBadPair        = errors.New("the private key cannot be parsed, or is not that of the certificate")
)

// errPair returns why a certificate and a key are no pair, in words of our own: those of others
// might show what is in the files.
func errPair(certText []byte) error {
	for {
		var block *pem.Block
		if block, certText = pem.Decode(certText); block == nil {
			return errBadPair
		}
		if block.Type == "CERTIFICATE" {
			if _, err := x509.ParseCertificate(block.Bytes); err != nil {
				return errBadCertificate
			}
		}
	}
}

// certSums tells client certificates apart by what is in them. The sum made last is kept, because
// as a rule it is asked for again and costs more than a comparison.
type certSums struct{ last atomic.Pointer[certSum] }

type certSum struct {
	chain [][]byte
	key   equaler
	sum   [sha256.Size]byte
}

// An equaler is what each private key of the standard library is.
type equaler interface{ Equal(crypto.PrivateKey) bool }

var errKeyKind = errors.New("client certificate: its private key is none that TLS can use")

// of returns the sum of a certificate with its chain and its key.
func (s *certSums) of(c *tls.Certificate) ([sha256.Size]byte, error) {
	if m := s.last.Load(); m != nil && slices.EqualFunc(m.chain, c.Certificate, bytes.Equal) && m.key.Equal(c.PrivateKey) {
		return m.sum, nil
	}
	var sum [sha256.Size]byte
	signer, ok := c.PrivateKey.(crypto.Signer)
	if !ok {
		return sum, &Error{Phase: trace.TLS, Err: errKeyKind}
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return sum, &Error{Phase: trace.TLS, Err: errKeyKind}
	}
	h := sha256.New()
	for _, part := range append(slices.Clone(c.Certificate), public) {
		one := sha256.Sum256(part)
		h.Write(one[:])
	}
	h.Sum(sum[:0])
	if key, ok := c.PrivateKey.(equaler); ok {
		m := &certSum{key: key, sum: sum}
		for _, der := range c.Certificate {
			m.chain = append(m.chain, bytes.Clone(der))
		}
		s.last.Store(m)
	}
	return sum, nil
}
