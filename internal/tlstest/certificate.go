package tlstest

// Making certificates of every kind, bad ones too. Templates are those of crypto/x509; what
// it refuses to make is made here by hand.

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// A Signer is a certificate with its key. It may be an authority or not.
type Signer struct {
	Cert *x509.Certificate
	Key  crypto.Signer
}

// An Edit alters the template of a certificate before it is signed.
type Edit func(*x509.Certificate)

// NewRoot makes an authority that has signed itself.
func NewRoot(t testing.TB, name string, edits ...Edit) *Signer {
	t.Helper()
	return Issue(t, authority(name), nil, nil, edits...)
}

// Intermediate makes an authority below s.
func (s *Signer) Intermediate(t testing.TB, name string, edits ...Edit) *Signer {
	t.Helper()
	return Issue(t, authority(name), s, nil, edits...)
}

// Leaf makes a server's certificate for a host: a name, or an address.
func (s *Signer) Leaf(t testing.TB, host string, edits ...Edit) *Signer {
	t.Helper()
	return Issue(t, server(host), s, nil, edits...)
}

// Client makes a client's certificate.
func (s *Signer) Client(t testing.TB, name string, edits ...Edit) *Signer {
	t.Helper()
	return Issue(t, &x509.Certificate{
		Subject:  pkix.Name{CommonName: name},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, s, nil, edits...)
}

// SelfSigned makes a server's certificate that has signed itself.
func SelfSigned(t testing.TB, host string, edits ...Edit) *Signer {
	t.Helper()
	return Issue(t, server(host), nil, nil, edits...)
}

// Issue makes a certificate for a template, by nobody else if by is nil, with a new P-256 key
// if key is nil. It is valid from 30 days ago for 90 days if the template does not say.
func Issue(t testing.TB, template *x509.Certificate, by *Signer, key crypto.Signer, edits ...Edit) *Signer {
	t.Helper()
	for _, edit := range edits {
		edit(template)
	}
	if key == nil {
		key = newKey(t)
	}
	if template.SerialNumber == nil {
		serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
		if err != nil {
			t.Fatal(err)
		}
		template.SerialNumber = serial
	}
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().AddDate(0, 0, -30), time.Now().AddDate(0, 0, 60)
	}
	parent := &Signer{template, key}
	if by != nil {
		parent = by
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Cert, key.Public(), parent.Key)
	if err != nil {
		t.Fatal(err)
	}
	return &Signer{parse(t, der), key}
}

// Days sets for how long a certificate is valid, counted from now.
func Days(from, to int) Edit {
	return func(c *x509.Certificate) {
		// An hour off, so that no test looks at a day that is just over.
		c.NotBefore = time.Now().UTC().AddDate(0, 0, from).Add(-time.Hour)
		c.NotAfter = time.Now().UTC().AddDate(0, 0, to).Add(-time.Hour)
	}
}

// AIA names where the issuer's certificate can be had (RFC 5280 4.2.2.1).
func AIA(url string) Edit {
	return func(c *x509.Certificate) { c.IssuingCertificateURL = []string{url} }
}

func authority(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Godwit tests"}},
		IsCA:    true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func server(host string) *x509.Certificate {
	c := &x509.Certificate{
		Subject:  pkix.Name{CommonName: host},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if len(host) > 64 { // RFC 5280 A.1, ub-common-name
		c.Subject.CommonName = ""
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else if host != "" {
		c.DNSNames = []string{host}
	}
	return c
}

// Chain returns what a server sends: its own certificate, then the issuers given.
func (s *Signer) Chain(issuers ...*Signer) tls.Certificate {
	c := tls.Certificate{Certificate: [][]byte{s.Cert.Raw}, PrivateKey: s.Key}
	for _, i := range issuers {
		c.Certificate = append(c.Certificate, i.Cert.Raw)
	}
	return c
}

// PEM returns the certificate as a file has it.
func (s *Signer) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Cert.Raw})
}

// KeyPEM returns the private key as a file has it (PKCS#8, not encrypted).
func (s *Signer) KeyPEM(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// WithMD5 returns the certificate signed with MD5 and RSA, which crypto/x509 does not do. by
// must have an RSA key. The object identifiers of the two signatures have the same length.
func (s *Signer) WithMD5(t testing.TB, by *Signer) *Signer {
	t.Helper()
	sha256RSA := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b}
	md5RSA := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04}
	tbs := bytes.Replace(s.Cert.RawTBSCertificate, sha256RSA, md5RSA, 1)
	if bytes.Equal(tbs, s.Cert.RawTBSCertificate) {
		t.Fatal("not signed with RSA and SHA-256")
	}
	sum := md5.Sum(tbs)
	signature, err := rsa.SignPKCS1v15(rand.Reader, by.Key.(*rsa.PrivateKey), crypto.MD5, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return s.signed(t, tbs, x509.MD5WithRSA, signature)
}

// Forged returns the certificate with a signature that is not its issuer's.
func (s *Signer) Forged(t testing.TB) *Signer {
	t.Helper()
	key := newKey(t)
	signature, err := x509.CreateCertificate(rand.Reader, server("x"), server("x"), key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return s.signed(t, s.Cert.RawTBSCertificate, s.Cert.SignatureAlgorithm, parse(t, signature).Signature)
}

// signed puts a certificate together of what is signed and the signature.
func (s *Signer) signed(t testing.TB, tbs []byte, algorithm x509.SignatureAlgorithm, signature []byte) *Signer {
	t.Helper()
	id := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}} // ECDSA with SHA-256
	if algorithm == x509.MD5WithRSA {
		id = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}, Parameters: asn1.NullRawValue}
	}
	der, err := asn1.Marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, id, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
	if err != nil {
		t.Fatal(err)
	}
	return &Signer{parse(t, der), s.Key}
}

// A shortKey is an RSA key of fewer bits than crypto/rsa uses (1024), for servers that have
// one nevertheless. It signs as PKCS #1 v1.5 has it.
type shortKey struct {
	public  rsa.PublicKey
	private *big.Int
}

// ShortKey makes an RSA key of so many bits.
func ShortKey(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	one := big.NewInt(1)
	for {
		p, err := rand.Prime(rand.Reader, bits/2)
		if err != nil {
			t.Fatal(err)
		}
		q, err := rand.Prime(rand.Reader, bits/2)
		if err != nil {
			t.Fatal(err)
		}
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		k := &shortKey{public: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}}
		k.private = new(big.Int).ModInverse(big.NewInt(65537), phi)
		if k.private != nil && p.Cmp(q) != 0 && k.public.N.BitLen() == bits {
			return k
		}
	}
}

// Public returns the public key, an *rsa.PublicKey.
func (k *shortKey) Public() crypto.PublicKey { return &k.public }

// Sign signs a SHA-256 digest.
func (k *shortKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	size := (k.public.N.BitLen() + 7) / 8
	prefix := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	text := append(prefix, digest...)
	block := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, size-len(text)-3)...)
	block = append(append(block, 0), text...)
	signature := new(big.Int).Exp(new(big.Int).SetBytes(block), k.private, k.public.N)
	return signature.FillBytes(make([]byte, size)), nil
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// rsaKeys are made once for all tests of a program: they take a while.
var rsaKeys sync.Map // bits: func() (*rsa.PrivateKey, error)

// RSAKey returns an RSA key of so many bits, the same each time.
func RSAKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	once, _ := rsaKeys.LoadOrStore(bits, sync.OnceValues(func() (*rsa.PrivateKey, error) {
		if bits <= 2048 {
			return rsa.GenerateKey(rand.Reader, bits)
		}
		//lint:ignore SA1019 of more and smaller primes: good for nothing but tests, and there much sooner
		return rsa.GenerateMultiPrimeKey(rand.Reader, bits/1024, bits)
	}))
	key, err := once.(func() (*rsa.PrivateKey, error))()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func parse(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pool returns the certificates of a PEM text.
func pool(text []byte) *x509.CertPool {
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(text)
	return p
}
