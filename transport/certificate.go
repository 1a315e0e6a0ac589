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

// Why a client certificate cannot be used. Neither shows anything of the file or the password.
var (
	// ErrEncryptedKey says that a private key is encrypted, and that there is no password.
	ErrEncryptedKey = errors.New("the private key is encrypted, and there is no password")
	// ErrKeyPassword says that the password is not that of the private key.
	ErrKeyPassword = errors.New("the password is not that of the private key")
)

// LoadCertificate reads a client certificate and its private key from files: PEM, or PKCS#12 with
// both in it. In PEM the first certificate of certFile is the client's own; those that follow lead
// to its issuer. The key may stand in the same file: keyFile is "" then. In place of a path there
// may be the text of a file itself.
//
// password is asked for the password, once, if the key is encrypted (PKCS#8, PKCS#12, or the older
// form of OpenSSL). nil: there is none.
//
// Errors name the file, and show nothing that is in it. [ErrEncryptedKey] and [ErrKeyPassword] are
// among them.
func LoadCertificate(certFile, keyFile string, password func() (string, error)) (*tls.Certificate, error) {
	cert, err := readPart(certFile)
	if err != nil {
		return nil, fmt.Errorf("client certificate: %w", err)
	}
	key := cert
	if keyFile != "" && keyFile != certFile {
		if key, err = readPart(keyFile); err != nil {
			return nil, fmt.Errorf("client certificate: private key: %w", err)
		}
	}
	return pair(cert, key, password)
}

// A part is a certificate or a key, as a file has it.
type part struct {
	file string // "": it comes from memory
	text []byte
}

func readPart(file string) (part, error) {
	if isContent(file) {
		return part{text: []byte(file)}, nil
	}
	text, err := os.ReadFile(file)
	return part{file, text}, err
}

// wrong returns an error that names the files.
func wrong(err error, files ...string) error {
	if files = slices.DeleteFunc(slices.Compact(files), func(f string) bool { return f == "" }); len(files) == 0 {
		return fmt.Errorf("client certificate: %w", err)
	}
	return fmt.Errorf("client certificate: %s: %w", strings.Join(files, " and "), err)
}

var errNoCert = errors.New("no PEM certificate")

// pair makes a certificate of its parts.
func pair(cert, key part, password func() (string, error)) (*tls.Certificate, error) {
	if !isPEM(cert.text) && isSequence(cert.text) {
		c, err := unpack(cert.text, password)
		if err != nil {
			return nil, wrong(err, cert.file)
		}
		return c, nil
	}
	if !slices.Contains(pemTypes(cert.text), "CERTIFICATE") {
		return nil, wrong(errNoCert, cert.file)
	}
	keyText, err := plainKey(key.text, password)
	if err != nil {
		return nil, wrong(err, key.file)
	}
	c, err := tls.X509KeyPair(cert.text, keyText)
	if err != nil {
		return nil, wrong(errPair(cert.text), cert.file, key.file)
	}
	return &c, nil
}

// isSequence reports whether a text begins as a structure of ASN.1 does, which PKCS#12 is.
func isSequence(text []byte) bool { return len(text) > 1 && text[0] == 0x30 && text[1] >= 0x80 }

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
