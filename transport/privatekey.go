package transport

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

var (
	errNoKey   = errors.New("no PEM private key")
	errBadKey  = errors.New("the encrypted private key cannot be parsed")
	errPKCS12  = errors.New("it is neither PEM nor PKCS#12 with a certificate and its key")
	errKeyWays = errors.New("the private key is encrypted in a way that is not supported; openssl pkcs8 -topk8 -v2 aes256 encrypts it in one that is")
	errP12Ways = errors.New("the PKCS#12 file is made in a way that is not supported; openssl pkcs12 -export makes it in one that is")
)

// ask returns the password.
func ask(password func() (string, error)) (string, error) {
	if password == nil {
		return "", ErrEncryptedKey
	}
	text, err := password()
	if err != nil {
		return "", fmt.Errorf("the private key's password: %w", err)
	}
	return text, nil
}

// plainKey returns the first private key in a text, in PEM that is not encrypted.
func plainKey(text []byte, password func() (string, error)) ([]byte, error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, errNoKey
		}
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY":
			return decryptPKCS8(block.Bytes, password)
		case block.Type != "PRIVATE KEY" && !strings.HasSuffix(block.Type, " PRIVATE KEY"):
		case strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return decryptLegacy(block, password)
		default:
			return pem.EncodeToMemory(block), nil
		}
	}
}

// decryptLegacy decrypts a key as OpenSSL wrote them before there was PKCS#8 (RFC 1423). Nothing
// protects it but the password; and that it is so, its owner knows.
func decryptLegacy(block *pem.Block, password func() (string, error)) ([]byte, error) {
	text, err := ask(password)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 it is for files that there are
	der, err := x509.DecryptPEMBlock(block, []byte(text))
	switch {
	case errors.Is(err, x509.IncorrectPasswordError):
		return nil, ErrKeyPassword
	case err != nil:
		return nil, errKeyWays
	case !isKey(der): // the padding may be right by chance
		return nil, ErrKeyPassword
	}
	return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
}

// isKey reports whether what was decrypted is a private key.
func isKey(der []byte) bool {
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return true
	}
	if _, err := x509.ParseECPrivateKey(der); err == nil {
		return true
	}
	_, err := x509.ParsePKCS8PrivateKey(der)
	return err == nil
}

// decryptPKCS8 decrypts a key (RFC 5958 3, RFC 8018 6.2).
func decryptPKCS8(der []byte, password func() (string, error)) ([]byte, error) {
	if password == nil {
		return nil, ErrEncryptedKey
	}
	if err := checkPBES2(der); err != nil {
		return nil, err
	}
	text, err := ask(password)
	if err != nil {
		return nil, err
	}
	key, err := pkcs8.ParsePKCS8PrivateKey(der, []byte(text))
	if err != nil {
		return nil, ErrKeyPassword
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, errBadKey
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain}), nil
}

// What there is in PBES2 (RFC 8018 B.1, B.2; RFC 7914 7) and the parser of keys has.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}

	knownPRFs    = []string{"", "1.2.840.113549.2.7", "1.2.840.113549.2.9"} // HMAC with SHA-1, which is the default, and with SHA-256
	knownCiphers = map[string]int{                                          // by the size of their blocks
		"1.2.840.113549.3.7":      8, // 3DES
		"2.16.840.1.101.3.4.1.2":  aesBlock,
		"2.16.840.1.101.3.4.1.22": aesBlock,
		"2.16.840.1.101.3.4.1.42": aesBlock,
	}
)

const (
	aesBlock = 16
	// mostRounds bounds what a file can make us compute: so many take a second or two. OpenSSL
	// does two thousand, careful people a million.
	mostRounds = 4_000_000
	// mostScrypt bounds the memory that it goes through, 128·N·r·p. OpenSSL's is 16 MiB.
	mostScrypt = 256 << 20
)

// checkPBES2 refuses what the parser of keys cannot read, and what it trips over.
func checkPBES2(der []byte) error {
	var info struct {
		Algorithm struct {
			ID     asn1.ObjectIdentifier
			Params asn1.RawValue `asn1:"optional"`
		}
		Data []byte
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return errBadKey
	}
	if !info.Algorithm.ID.Equal(oidPBES2) {
		return errKeyWays
	}
	var params struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	if _, err := asn1.Unmarshal(info.Algorithm.Params.FullBytes, &params); err != nil {
		return errBadKey
	}
	size, known := knownCiphers[params.Cipher.Algorithm.String()]
	if !known {
		return errKeyWays
	}
	var iv []byte
	if _, err := asn1.Unmarshal(params.Cipher.Parameters.FullBytes, &iv); err != nil || len(iv) != size || len(info.Data) == 0 || len(info.Data)%size != 0 {
		return errBadKey
	}
	return checkKDF(params.KDF)
}

func checkKDF(kdf pkix.AlgorithmIdentifier) error {
	switch {
	case kdf.Algorithm.Equal(oidPBKDF2):
		var p struct {
			Salt   []byte
			Rounds int
			PRF    pkix.AlgorithmIdentifier `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil || p.Rounds < 1 || p.Rounds > mostRounds {
			return errKeyWays
		}
		for _, prf := range knownPRFs {
			if p.PRF.Algorithm.String() == prf {
				return nil
			}
		}
	case kdf.Algorithm.Equal(oidScrypt):
		var p struct {
			Salt    []byte
			N, R, P int
		}
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err == nil && p.N > 1 && p.R > 0 && p.P > 0 && p.R <= 64 && p.P <= 64 && p.N <= mostScrypt/128/p.R/p.P {
			return nil
		}
	}
	return errKeyWays
}

// unpack reads PKCS#12 (RFC 7292). Where there is no password there often is an empty one.
func unpack(der []byte, password func() (string, error)) (*tls.Certificate, error) {
	key, leaf, others, err := pkcs12.DecodeChain(der, "")
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		text, asking := ask(password)
		if asking != nil {
			return nil, asking
		}
		key, leaf, others, err = pkcs12.DecodeChain(der, text)
	}
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return nil, ErrKeyPassword
	case err != nil:
		if _, ok := errors.AsType[pkcs12.NotImplementedError](err); ok {
			return nil, errP12Ways
		}
		return nil, errPKCS12
	}
	return chainOf(key, append([]*x509.Certificate{leaf}, others...))
}

// chainOf puts the certificate of a key before those that lead to its issuer: in a file they may
// stand in any order.
func chainOf(key any, certs []*x509.Certificate) (*tls.Certificate, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errBadPair
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return nil, errBadPair
	}
	out := &tls.Certificate{PrivateKey: key}
	for _, cert := range certs {
		if out.Leaf == nil && public.Equal(cert.PublicKey) {
			out.Leaf = cert
		}
	}
	if out.Leaf == nil {
		return nil, errBadPair
	}
	out.Certificate = append(out.Certificate, out.Leaf.Raw)
	for _, cert := range certs {
		if !bytes.Equal(cert.Raw, out.Leaf.Raw) {
			out.Certificate = append(out.Certificate, cert.Raw)
		}
	}
	return out, nil
}
