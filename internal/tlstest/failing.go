package tlstest

// Servers whose certificate must not be accepted: the groups "certificate" and "known bad
// roots" of badssl.com, and what the vulnerabilities of other clients teach.

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net"
	"net/url"
	"testing"

	"example.com/godwit/tlserr"
)

// Failing returns the servers that a client must not talk to.
func Failing(t testing.TB) []*Fixture {
	t.Helper()
	m := &maker{t: t, root: NewRoot(t, "Godwit test root")}
	m.dates()
	m.issuers()
	m.interceptors()
	m.names()
	m.constraints()
	m.weak()
	m.uses()
	m.protocols()
	m.encrypted()
	m.raw()
	return m.fixtures
}

// A maker collects fixtures. The client trusts root unless a fixture says otherwise.
type maker struct {
	t        testing.TB
	root     *Signer
	fixtures []*Fixture
}

// host is whom the client asks for where the name does not matter.
const host = "a.example"

// add completes a fixture whose server sends the certificates, and keeps it.
func (m *maker) add(f Fixture, sent tls.Certificate) *Fixture {
	f.Config = &tls.Config{Certificates: []tls.Certificate{sent}, MinVersion: tls.VersionTLS10}
	return m.keep(f)
}

func (m *maker) keep(f Fixture) *Fixture {
	if f.Host == "" {
		f.Host = host
	}
	if f.CA == nil {
		f.CA = m.root.PEM()
	}
	m.fixtures = append(m.fixtures, &f)
	return &f
}

func (m *maker) dates() {
	t, root := m.t, m.root
	stale := root.Intermediate(t, "Stale issuer", Days(-900, -365))
	m.add(Fixture{Name: "expired", Want: tlserr.Expired, Says: []string{"expired 3 days ago", "clock"}},
		root.Leaf(t, host, Days(-30, -3)).Chain())
	m.add(Fixture{Name: "not-yet-valid", Want: tlserr.NotYetValid, Says: []string{"not valid before", "clock"}},
		root.Leaf(t, host, Days(3, 30)).Chain())
	m.add(Fixture{Name: "expired-intermediate", Want: tlserr.Expired, Says: []string{`issuer "Stale issuer" expired`}},
		stale.Leaf(t, host).Chain(stale))
	old := NewRoot(t, "Old root", Days(-900, -30))
	m.add(Fixture{Name: "expired-root", CA: old.PEM(), Want: tlserr.Expired, Says: []string{`"Old root" expired`}},
		old.Leaf(t, host).Chain())
}

func (m *maker) issuers() {
	t, root := m.t, m.root
	other := NewRoot(t, "Another root")
	between := root.Intermediate(t, "Intermediate")
	aia := AIA("http://ca.example/intermediate.crt")
	self := SelfSigned(t, host)

	m.add(Fixture{Name: "self-signed", Want: tlserr.SelfSigned, Trust: self.PEM(), Says: []string{"signed by itself"}}, self.Chain())
	m.add(Fixture{Name: "untrusted-root", Want: tlserr.UnknownIssuer, Trust: other.PEM(), Says: []string{`unknown issuer "Another root"`, "self-signed"}},
		other.Leaf(t, host).Chain(other))
	m.add(Fixture{Name: "untrusted-root-not-sent", Want: tlserr.UnknownIssuer, Trust: other.PEM(), Says: []string{`"Another root"`, "was not sent"}},
		other.Leaf(t, host).Chain())
	far := other.Intermediate(t, "Far intermediate")
	m.add(Fixture{Name: "untrusted-root-above-intermediate", Want: tlserr.UnknownIssuer, Trust: other.PEM(), Says: []string{`"Another root"`, "was not sent"}},
		far.Leaf(t, host).Chain(far))
	m.add(Fixture{Name: "incomplete-chain", Want: tlserr.MissingIntermediate, Trust: between.PEM(), Says: []string{`"Intermediate"`, "was not sent", "http://ca.example/intermediate.crt"}},
		between.Leaf(t, host, aia).Chain())
	m.add(Fixture{Name: "incomplete-chain-no-aia", Want: tlserr.UnknownIssuer, Trust: between.PEM(), Says: []string{`"Intermediate"`, "was not sent"}},
		between.Leaf(t, host).Chain())
	m.add(Fixture{Name: "wrong-intermediate", Want: tlserr.MissingIntermediate, Trust: between.PEM(), Says: []string{`"Intermediate"`, "was not sent"}},
		between.Leaf(t, host).Chain(root.Intermediate(t, "Other intermediate")))
	twin := root.Intermediate(t, "Intermediate") // the same name with another key
	m.add(Fixture{Name: "wrong-signature", Want: tlserr.UnknownIssuer, Says: []string{"has not signed"}},
		between.Leaf(t, host, func(c *x509.Certificate) { c.AuthorityKeyId = nil }).Chain(twin))
	m.add(Fixture{Name: "forged", Want: tlserr.UnknownIssuer, Says: []string{`"Godwit test root"`, "has not signed"}},
		root.Leaf(t, host).Forged(t).Chain())
}

// interceptors are products that sit in the way and sign with a root of their own, and roots
// whose keys everybody has.
func (m *maker) interceptors() {
	t := m.t
	name := func(cn, o string) Edit {
		return func(c *x509.Certificate) {
			c.Subject = pkix.Name{CommonName: cn}
			if o != "" {
				c.Subject.Organization = []string{o}
			}
		}
	}
	for _, p := range []struct {
		fixture, cn, o, says string
		open                 bool // everybody has the key
	}{
		{"known-interception", "Zscaler Root CA", "Zscaler Inc.", "Zscaler", false},
		{"blocked-interception", "FGT60ETK18000000", "Fortinet", "Fortinet", false},
		{"mitm-software", "mitmproxy", "mitmproxy", "mitmproxy", false},
		{"superfish", "Superfish, Inc.", "Superfish, Inc.", "Superfish", true},
		{"edellroot", "eDellRoot", "", "eDellRoot", true},
		{"dsdtestprovider", "DSDTestProvider", "", "DSDTestProvider", true},
		{"preact-cli", "Preact CLI", "", "Preact CLI", false},
		{"webpack-dev-server", "webpack-dev-server", "", "webpack", false},
	} {
		ca := NewRoot(t, p.cn, name(p.cn, p.o))
		f := m.add(Fixture{Name: p.fixture, Want: tlserr.UnknownIssuer, Says: []string{p.says}}, ca.Leaf(t, host).Chain(ca))
		if !p.open {
			f.Trust = ca.PEM()
		}
	}
}

func (m *maker) names() {
	t, root := m.t, m.root
	mismatch := func(name, host string, says []string, edits ...Edit) {
		leaf := root.Leaf(t, "", edits...)
		m.add(Fixture{Name: name, Host: host, Want: tlserr.NameMismatch, Says: says}, leaf.Chain())
	}
	dns := func(names ...string) Edit { return func(c *x509.Certificate) { c.DNSNames = names } }
	ips := func(addrs ...net.IP) Edit { return func(c *x509.Certificate) { c.IPAddresses = addrs } }
	common := func(name string) Edit { return func(c *x509.Certificate) { c.Subject.CommonName = name } }

	mismatch("wrong.host", "wrong.a.example", []string{`not for "wrong.a.example"`, `nearest`, `"a.example"`}, dns("b.example", "a.example"))
	m.fixtures[len(m.fixtures)-1].Fix = "the name that it has"
	mismatch("wildcard-depth", "x.y.a.example", []string{`"*.a.example"`, "one label"}, dns("*.a.example"))
	mismatch("wildcard-parent", "a.example", []string{`"*.a.example"`}, dns("*.a.example"))
	mismatch("captive-portal", "a.example", []string{`"login.wifi.test"`}, dns("login.wifi.test"))
	mismatch("no-subject", "a.example", []string{"names no host"})
	mismatch("common-name-only", "a.example", []string{"names no host"}, common("a.example"))
	mismatch("common-name-in-organization", "a.example", []string{"names no host"}, func(c *x509.Certificate) {
		c.Subject.Organization = []string{"x,CN=a.example"} // CVE-2014-3577
	})
	mismatch("nul", "a.example", []string{`\x00`}, dns("a.example\x00.b.example")) // CVE-2009-2417
	mismatch("wildcard-all", "a.example", []string{`"*"`}, dns("*", "*."))
	mismatch("wildcard-partial", "ab.a.example", []string{`"a*.a.example"`}, dns("a*.a.example"))
	mismatch("wildcard-in-a-label", "xn--n1aae7f7o.example", nil, dns("xn--*.example", "x*.example")) // CVE-2023-28321
	mismatch("uri-name", "a.example", []string{"names no host"}, func(c *x509.Certificate) {
		c.URIs = []*url.URL{{Scheme: "https", Host: "a.example", Path: "/"}} // CVE-2021-44531
	})
	mismatch("no-ip", "127.0.0.1", []string{`not for "127.0.0.1"`}, dns("localhost"))
	m.fixtures[len(m.fixtures)-1].Fix = "the name that it has"
	mismatch("wrong-ip", "127.0.0.1", []string{`"127.0.0.2"`}, ips(net.IPv4(127, 0, 0, 2)))
	mismatch("ip-as-name", "127.0.0.1", []string{`not for "127.0.0.1"`}, dns("127.0.0.1", "*.0.0.1"), common("127.0.0.1")) // CVE-2014-0139
}

func (m *maker) constraints() {
	t, root := m.t, m.root
	violated := func(name, host string, limit Edit, edits ...Edit) {
		ca := root.Intermediate(t, "Constrained", limit)
		m.add(Fixture{Name: "constraint-" + name, Host: host, Want: tlserr.NameConstraint, Says: []string{"may not sign for"}},
			ca.Leaf(t, host, edits...).Chain(ca))
	}
	permitted := func(names ...string) Edit { return func(c *x509.Certificate) { c.PermittedDNSDomains = names } }
	excluded := func(names ...string) Edit { return func(c *x509.Certificate) { c.ExcludedDNSDomains = names } }
	also := func(names ...string) Edit {
		return func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, names...) }
	}
	loopback := []*net.IPNet{{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}}
	private := []*net.IPNet{{IP: net.IPv4(10, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}}

	violated("permitted", "a.example", permitted("b.example"))
	violated("excluded", "a.example", excluded("example"))
	violated("wildcard", "a.example", excluded("x.example"), also("*.example")) // CVE-2025-61727
	violated("letters", "a.example", excluded("x.example"), also("Y.X.EXAMPLE"))
	violated("permitted-ip", "127.0.0.1", func(c *x509.Certificate) { c.PermittedIPRanges = private })
	violated("excluded-ip", "127.0.0.1", func(c *x509.Certificate) { c.ExcludedIPRanges = loopback })
}

func (m *maker) weak() {
	t := m.t
	strong := RSAKey(t, 2048)
	root := Issue(t, authority("RSA root"), nil, strong)
	between := Issue(t, authority("RSA intermediate"), root, strong)
	sha1 := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }
	weakBetween := Issue(t, authority("SHA-1 intermediate"), root, strong, sha1)
	weak := func(name, says string, sent tls.Certificate) {
		m.add(Fixture{Name: name, CA: root.PEM(), Want: tlserr.WeakSignature, Says: []string{says}}, sent)
	}
	weak("sha1-2016", "SHA-1", root.Leaf(t, host, sha1, Days(-30, 10)).Chain())
	weak("sha1-2017", "SHA-1", between.Leaf(t, host, sha1, Days(-30, 300)).Chain(between))
	weak("sha1-intermediate", `"SHA-1 intermediate"`, weakBetween.Leaf(t, host).Chain(weakBetween))
	weak("sha1-ecdsa", "SHA-1", m.root.Leaf(t, host, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }).Chain())
	m.fixtures[len(m.fixtures)-1].CA = m.root.PEM()
	weak("md5", "MD5", root.Leaf(t, host).WithMD5(t, root).Chain())

	short := Issue(t, server(host), m.root, ShortKey(t, 512))
	m.add(Fixture{Name: "rsa512", Want: tlserr.WeakKey, Raw: tlserr.Other, Says: []string{"512 bits"}}, short.Chain()).
		Config.MaxVersion = tls.VersionTLS12
}

func (m *maker) uses() {
	t, root := m.t, m.root
	use := func(uses ...x509.ExtKeyUsage) Edit { return func(c *x509.Certificate) { c.ExtKeyUsage = uses } }
	mail := root.Intermediate(t, "Mail issuer", use(x509.ExtKeyUsageEmailProtection))
	m.add(Fixture{Name: "client-usage", Want: tlserr.WrongUsage, Says: []string{"not meant for TLS servers"}},
		root.Leaf(t, host, use(x509.ExtKeyUsageClientAuth)).Chain())
	m.add(Fixture{Name: "wrong-usage-of-intermediate", Want: tlserr.WrongUsage, Says: []string{`"Mail issuer"`}},
		mail.Leaf(t, host).Chain(mail))

	last := root.Intermediate(t, "Last", func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true })
	below := last.Intermediate(t, "Below the last")
	m.add(Fixture{Name: "too-many-intermediates", Want: tlserr.Invalid, Says: []string{`"Last"`, "more issuers"}},
		below.Leaf(t, host).Chain(below, last))
	m.add(Fixture{Name: "critical-extension", Want: tlserr.Invalid, Says: []string{"critical extension", "1.2.3.4"}},
		root.Leaf(t, host, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}).Chain())

	// It may not sign: the certificate in the middle is a server's, as in CVE-2002-0862.
	plain := root.Leaf(t, "signer.example")
	m.add(Fixture{Name: "no-authority", Want: tlserr.Invalid, Says: []string{"may not sign"}},
		plain.Leaf(t, host).Chain(plain))
	noSign := root.Intermediate(t, "May not sign", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	m.add(Fixture{Name: "no-certificate-sign", Want: tlserr.Invalid, Says: []string{"may not sign"}},
		noSign.Leaf(t, host).Chain(noSign))

	// A signature of somebody else's with a key that is not the certificate's ("goto fail").
	stolen := root.Leaf(t, host).Chain()
	stolen.PrivateKey = liar{newKey(t), stolen.PrivateKey}
	m.add(Fixture{Name: "not-its-key", Want: tlserr.Broken, Raw: tlserr.Other, Says: []string{"signature"}}, stolen)
	m.add(Fixture{Name: "not-its-key-tls-v1-2", Want: tlserr.Broken, Raw: tlserr.Other, Says: []string{"signature"}}, stolen).
		Config.MaxVersion = tls.VersionTLS12

	huge := bytes.Repeat([]byte("x"), 300<<10) // crypto/tls takes 256 KiB of certificates
	m.add(Fixture{Name: "too-large", Want: tlserr.Broken, Raw: tlserr.Other}, root.Leaf(t, host, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 5}, Value: huge}}
	}).Chain())
}

// A liar signs with one key and says that it has another.
type liar struct {
	crypto.Signer
	claimed crypto.PrivateKey
}

// Public returns the public key that it claims to have.
func (l liar) Public() crypto.PublicKey { return l.claimed.(crypto.Signer).Public() }
