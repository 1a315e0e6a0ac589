// Facts: what is known of a handshake besides the error that it ended with. crypto/tls has
// types for a few failures only; for the others these say what happened.

package tlserr

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

// Facts are what is known of a handshake besides its error. Whoever makes a connection fills in
// what it has seen; the zero value is that nothing is known. It must not be altered once From
// has been called.
type Facts struct {
	Host string    // with whom, "name" or "name:port", for the message only
	Now  time.Time // the clock by which certificates were judged; zero: the time of the call

	Proxy bool // the server is a proxy, on the way to another

	// Chain is what the server sent, its own certificate first, where the error does not hold
	// it: the PeerCertificates of the tls.ConnectionState.
	Chain []*x509.Certificate

	// MinVersion and MaxVersion are the versions offered, and CipherSuites what was offered for
	// TLS 1.2 and less. 0, nil: what crypto/tls offers by itself.
	MinVersion, MaxVersion uint16
	CipherSuites           []uint16

	// Seen says that the following are known.
	Seen     bool
	Sent     int64  // how many bytes the client has sent; 0: it did not come to that
	Received int64  // how many have come
	First    []byte // the first of them, as many as a ServerHello has (MaxFirst) if there are

	// Alert is the one that the server sent (RFC 8446 6), where the error does not hold it:
	// over QUIC. 0: none.
	Alert uint8

	// Asked says that the server asked for a client certificate, and Issuers whom it accepts;
	// none: anybody's, or it does not say. MoreIssuers is how many are left out.
	Asked       bool
	Issuers     []string
	MoreIssuers int
	Given       []string // the issuers of the client certificates at hand
	Shown       bool     // one was shown to the server
}

// MaxFirst is how many bytes Facts.First has at most: a record and a ServerHello up to the
// cipher (RFC 8446 5.1, 4.1.3).
const MaxFirst = 5 + 4 + 2 + 32 + 1 + 32 + 2

// maxIssuers bounds how many issuers of client certificates are kept.
const maxIssuers = 8

// Watch returns a copy of a client's configuration that notes here what is offered, and what the
// server wants of the client. It is for one handshake.
func (f *Facts) Watch(config *tls.Config) *tls.Config {
	c := config.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	f.MinVersion, f.MaxVersion, f.CipherSuites = c.MinVersion, c.MaxVersion, c.CipherSuites
	for _, cert := range c.Certificates {
		if leaf := leafOf(&cert); leaf != nil && len(f.Given) < maxIssuers {
			f.Given = append(f.Given, distinguished(leaf.Issuer))
		}
	}
	certificates, choose := c.Certificates, c.GetClientCertificate
	c.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		f.asked(info)
		var chosen *tls.Certificate
		var err error
		if choose != nil {
			chosen, err = choose(info)
		} else {
			chosen = suitable(certificates, info)
		}
		f.Shown = chosen != nil && len(chosen.Certificate) > 0
		return chosen, err
	}
	return c
}

// leafOf returns the first certificate of a chain, nil if there is none.
func leafOf(c *tls.Certificate) *x509.Certificate {
	if c.Leaf != nil || len(c.Certificate) == 0 {
		return c.Leaf
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return nil
	}
	return leaf
}

// suitable returns the certificate that crypto/tls would choose: the first that suits, or one
// that is empty.
func suitable(certificates []tls.Certificate, info *tls.CertificateRequestInfo) *tls.Certificate {
	for i := range certificates {
		if info.SupportsCertificate(&certificates[i]) == nil {
			return &certificates[i]
		}
	}
	return new(tls.Certificate)
}

// asked notes whose certificates the server takes.
func (f *Facts) asked(info *tls.CertificateRequestInfo) {
	f.Asked, f.Issuers, f.MoreIssuers = true, nil, 0
	for _, der := range info.AcceptableCAs {
		if len(f.Issuers) == maxIssuers {
			f.MoreIssuers++
			continue
		}
		var sequence pkix.RDNSequence
		if rest, err := asn1.Unmarshal(der, &sequence); err != nil || len(rest) > 0 {
			f.MoreIssuers++
			continue
		}
		var name pkix.Name
		name.FillFromRDNSequence(&sequence)
		f.Issuers = append(f.Issuers, distinguished(name))
	}
}

// versions returns the versions offered. The defaults are those of a client of crypto/tls.
func (f *Facts) versions() (least, most uint16) {
	least, most = f.MinVersion, f.MaxVersion
	if least == 0 {
		least = tls.VersionTLS12
	}
	if most == 0 {
		most = tls.VersionTLS13
	}
	return least, most
}

// offered reports whether a cipher was offered.
func (f *Facts) offered(cipher uint16) bool {
	if f.CipherSuites != nil {
		for _, c := range f.CipherSuites {
			if c == cipher {
				return true
			}
		}
	}
	for _, c := range tls.CipherSuites() {
		if c.ID == cipher && (f.CipherSuites == nil || c.SupportedVersions[0] == tls.VersionTLS13) {
			return true
		}
	}
	return false
}
