package tlstest

// Servers whom a client must talk to: strictness that shuts these out is a mistake as well.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
)

// Passing returns the servers that a client must talk to. Those with large RSA keys are left
// out with -short.
func Passing(t testing.TB) []*Fixture {
	t.Helper()
	m := &maker{t: t, root: NewRoot(t, "Godwit test root")}
	m.keys()
	m.chains()
	m.goodNames()
	m.settings()
	m.encryptedWell()
	return m.fixtures
}

func (m *maker) keys() {
	t, root := m.t, m.root
	key := func(name string, k crypto.Signer) *Fixture {
		return m.add(Fixture{Name: name}, Issue(t, server(host), root, k).Chain())
	}
	curve := func(c elliptic.Curve) crypto.Signer {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	key("ecc256", curve(elliptic.P256()))
	key("ecc384", curve(elliptic.P384()))
	key("ecc521", curve(elliptic.P521()))
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key("ed25519", edwards)
	key("rsa1024", RSAKey(t, 1024)) // crypto/rsa's least; no public CA has signed such a key since 2014
	key("rsa2048", RSAKey(t, 2048))
	if !testing.Short() {
		key("rsa4096", RSAKey(t, 4096)).Slow = true
		key("rsa8192", RSAKey(t, 8192)).Slow = true
	}
	ca := Issue(t, authority("RSA root"), nil, RSAKey(t, 2048))
	for name, algorithm := range map[string]x509.SignatureAlgorithm{
		"sha256": x509.SHA256WithRSA, "sha384": x509.SHA384WithRSA, "sha512": x509.SHA512WithRSA, "pss": x509.SHA256WithRSAPSS,
	} {
		m.add(Fixture{Name: name, CA: ca.PEM()}, ca.Leaf(t, host, func(c *x509.Certificate) { c.SignatureAlgorithm = algorithm }).Chain())
	}
	// A root's own signature proves nothing and is not looked at.
	old := Issue(t, authority("SHA-1 root"), nil, RSAKey(t, 2048), func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })
	m.add(Fixture{Name: "sha1-root", CA: old.PEM()}, old.Leaf(t, host).Chain(old))
}

func (m *maker) chains() {
	t, root := m.t, m.root
	leaf := root.Leaf(t, host)
	m.add(Fixture{Name: "no-intermediate"}, leaf.Chain())
	m.add(Fixture{Name: "root-sent-too"}, leaf.Chain(root))
	m.add(Fixture{Name: "leaf-as-root", CA: leaf.PEM()}, leaf.Chain()) // who trusts it trusts it
	self := SelfSigned(t, host)
	m.add(Fixture{Name: "self-signed-and-trusted", CA: self.PEM()}, self.Chain())

	one := root.Intermediate(t, "Intermediate 1")
	two := one.Intermediate(t, "Intermediate 2")
	deep := two.Leaf(t, host)
	m.add(Fixture{Name: "two-intermediates"}, deep.Chain(two, one))
	m.add(Fixture{Name: "reversed-chain"}, deep.Chain(root, one, two))
	m.add(Fixture{Name: "strangers-in-chain"}, deep.Chain(NewRoot(t, "Stranger"), one, two, one))

	line, last := []*Signer(nil), root
	for i := range 10 {
		last = last.Intermediate(t, fmt.Sprintf("Link %d", i+1))
		line = append(line, last)
	}
	slices.Reverse(line)
	m.add(Fixture{Name: "ten-intermediates"}, last.Leaf(t, host).Chain(line...))

	// Two ways up, one of which is not trusted and comes first.
	other := NewRoot(t, "Another root")
	shared := newKey(t)
	trusted := Issue(t, authority("Crossed"), root, shared)
	crossed := Issue(t, authority("Crossed"), other, shared)
	m.add(Fixture{Name: "cross-signed"}, trusted.Leaf(t, host).Chain(crossed, other, trusted))
	stale := Issue(t, authority("Crossed"), root, shared, Days(-900, -30))
	m.add(Fixture{Name: "cross-signed-expired"}, trusted.Leaf(t, host).Chain(stale, trusted))

	policy := func(c *x509.Certificate) { // extended validation, as the CA/Browser forum marks it
		oid, err := x509.OIDFromInts([]uint64{2, 23, 140, 1, 1})
		if err != nil {
			t.Fatal(err)
		}
		c.Policies = []x509.OID{oid}
		c.PolicyIdentifiers = []asn1.ObjectIdentifier{{2, 23, 140, 1, 1}}
	}
	m.add(Fixture{Name: "extended-validation"}, root.Leaf(t, host, policy).Chain())
	limited := root.Intermediate(t, "Constrained", func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.ExcludedDNSDomains = []string{"example"}, []string{"b.example"}
		c.PermittedDNSDomainsCritical = true
	})
	m.add(Fixture{Name: "constraint-kept"}, limited.Leaf(t, host).Chain(limited))
}

func (m *maker) goodNames() {
	t, root := m.t, m.root
	name := func(fixture, host string, edits ...Edit) {
		edits = append([]Edit{func(c *x509.Certificate) { c.Subject.CommonName = "" }}, edits...)
		m.add(Fixture{Name: fixture, Host: host}, root.Leaf(t, "", edits...).Chain())
	}
	dns := func(names ...string) Edit { return func(c *x509.Certificate) { c.DNSNames = names } }
	numbered := func(n int) []string {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("host%d.example", i)
		}
		return names
	}
	name("no-common-name", "a.example", dns("a.example"))
	name("wildcard", "b.a.example", dns("*.a.example"))
	name("letters", "a.example", dns("A.Example"))
	name("one-of-two", "a.example", dns("b.example", "a.example"))
	name("1000-sans", "host999.example", dns(numbered(1000)...))
	name("10000-sans", "host9999.example", dns(numbered(10_000)...)) // 200 KiB, of 256 that crypto/tls takes
	m.fixtures[len(m.fixtures)-1].Slow = true
	name("long-label", strings.Repeat("a", 63)+".example", dns(strings.Repeat("a", 63)+".example"))
	long := strings.Repeat(strings.Repeat("a", 60)+".", 4) + "example"
	name("long-name", long, dns(long))
	name("xn--n1aae7f7o", "xn--n1aae7f7o.example", dns("xn--n1aae7f7o.example"))
	name("ip", "127.0.0.1", func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} })
	name("ip-v6", "::1", func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv6loopback} })
}

func (m *maker) settings() {
	t, root := m.t, m.root
	good := root.Leaf(t, host).Chain()
	byRSA := Issue(t, server(host), root, RSAKey(t, 2048)).Chain()
	set := func(name string, cert tls.Certificate, min, max uint16, ciphers ...uint16) *Fixture {
		f := m.add(Fixture{Name: name}, cert)
		f.Config.MinVersion, f.Config.MaxVersion, f.Config.CipherSuites = min, max, ciphers
		return f
	}
	set("tls-v1-2", good, tls.VersionTLS12, tls.VersionTLS12)
	set("tls-v1-3", good, tls.VersionTLS13, 0)
	set("mozilla-modern", good, tls.VersionTLS13, 0)
	set("mozilla-intermediate", good, tls.VersionTLS12, 0)
	set("mozilla-old", byRSA, tls.VersionTLS10, 0)
	set("cbc", byRSA, 0, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA).HTTP1 = true
	set("chacha20", byRSA, 0, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)
	set("no-post-quantum", good, 0, 0).Config.CurvePreferences = []tls.CurveID{tls.X25519}
	set("p521", good, 0, 0).Config.CurvePreferences = []tls.CurveID{tls.CurveP521}
	set("no-tickets", good, 0, 0).Config.SessionTicketsDisabled = true
	set("client-cert-wished", good, 0, 0).Config.ClientAuth = tls.RequestClientCert
}
