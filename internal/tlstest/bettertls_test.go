package tlstest_test

// What BetterTLS asks of every client: to find a way up if there is one, to take none that is
// broken, and to keep the name constraints of whoever is on it.

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
)

// An edge is a certificate of below, signed by above.
type edge struct{ below, above string }

// A graph is what has signed what. "leaf" is the server's certificate, and names in capitals
// are roots, of which those in trusted are trusted.
type graph struct {
	name    string
	edges   []edge
	trusted string
}

var graphs = []graph{
	{"linear", []edge{{"leaf", "a"}, {"a", "b"}, {"b", "R"}}, "R"},
	{"two roots", []edge{{"leaf", "a"}, {"a", "R"}, {"a", "S"}}, "RS"},
	{"one of two roots", []edge{{"leaf", "a"}, {"a", "R"}, {"a", "S"}}, "S"},
	{"cross-signed", []edge{{"leaf", "a"}, {"a", "R"}, {"a", "b"}, {"b", "S"}}, "RS"},
	{"bridge", []edge{{"leaf", "a"}, {"a", "b"}, {"b", "c"}, {"c", "b"}, {"c", "R"}}, "R"},
	{"figure seven", []edge{{"leaf", "a"}, {"a", "b"}, {"b", "R"}, {"a", "c"}, {"c", "b"}}, "R"},
	{"circle", []edge{{"leaf", "a"}, {"a", "b"}, {"b", "a"}, {"b", "R"}}, "R"},
	{"nobody trusted", []edge{{"leaf", "a"}, {"a", "b"}, {"b", "a"}, {"b", "R"}}, ""},
}

// A breakage makes a certificate one that must not be on the way.
type breakage struct {
	name string
	edit tlstest.Edit
	leaf bool // it can be done to the server's own certificate as well
}

var breakages = []breakage{
	{"expired", tlstest.Days(-300, -3), true},
	{"name constraint", func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"other.example"} }, false},
	{"usage", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }, true},
	{"no basic constraints", func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = false, false }, false},
	{"no authority", func(c *x509.Certificate) { c.IsCA = false }, false},
	{"SHA-1", func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, true},
	{"critical extension", critical, true},
}

func critical(c *x509.Certificate) {
	c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
}

// reaches reports whether there is a way up of unbroken edges. No name is passed twice.
func (g *graph) reaches(from string, broken map[edge]bool, passed []string) bool {
	for _, e := range g.edges {
		if e.below != from || broken[e] || slices.Contains(passed, e.above) {
			continue
		}
		if strings.ToUpper(e.above) == e.above {
			if strings.Contains(g.trusted, e.above) {
				return true
			}
			continue
		}
		if g.reaches(e.above, broken, append(passed, e.above)) {
			return true
		}
	}
	return false
}

func TestPathBuilding(t *testing.T) {
	for _, g := range graphs {
		for _, how := range breakages {
			t.Run(g.name+", "+how.name, func(t *testing.T) {
				for set := range 1 << len(g.edges) {
					broken := map[edge]bool{}
					for i, e := range g.edges {
						if set&(1<<i) != 0 && (how.leaf || e.below != "leaf") {
							broken[e] = true
						}
					}
					if len(broken) == 0 && set != 0 {
						continue
					}
					err := g.verify(t, how, broken)
					if want := g.reaches("leaf", broken, []string{"leaf"}); (err == nil) != want {
						t.Fatalf("broken: %v: %v", broken, err)
					}
					if err != nil && !checked(t, err) {
						t.Errorf("broken: %v: %v", broken, err)
					}
				}
			})
		}
	}
}

// checked reports whether the error is one about the certificate, in harmless words.
func checked(t *testing.T, err error) bool {
	t.Helper()
	e, ok := errors.AsType[*tlserr.Error](err)
	if !ok || !e.Cause.Certificate() || e.Cert == nil {
		return false
	}
	return len(e.Error()) < 1<<10 && len(e.Explain()) < 8<<10
}

// verify makes the certificates, and verifies the server's as a handshake does.
func (g *graph) verify(t *testing.T, how breakage, broken map[edge]bool) error {
	t.Helper()
	signers := map[string]*tlstest.Signer{} // one certificate for each name, for its key
	for _, e := range g.edges {
		for _, name := range []string{e.below, e.above} {
			if signers[name] == nil {
				signers[name] = tlstest.NewRoot(t, name)
			}
		}
	}
	var sent []*x509.Certificate
	roots := x509.NewCertPool()
	for name, s := range signers {
		if strings.Contains(g.trusted, name) {
			roots.AddCert(s.Cert)
		}
	}
	for _, e := range g.edges {
		var edits []tlstest.Edit
		if broken[e] {
			edits = append(edits, how.edit)
		}
		above := signers[e.above]
		if e.below == "leaf" {
			sent = append([]*x509.Certificate{above.Leaf(t, "a.example", edits...).Cert}, sent...)
			continue
		}
		edits = append([]tlstest.Edit{func(c *x509.Certificate) { c.Subject = signers[e.below].Cert.Subject }}, edits...)
		template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
		sent = append(sent, tlstest.Issue(t, template, above, signers[e.below].Key, edits...).Cert)
	}
	return verify(sent, roots, "a.example")
}

// verify does what crypto/tls does with what a server has sent.
func verify(sent []*x509.Certificate, roots *x509.CertPool, host string) error {
	others := x509.NewCertPool()
	for _, c := range sent[1:] {
		others.AddCert(c)
	}
	_, err := sent[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: others, DNSName: host})
	if err == nil {
		return nil
	}
	return (&tlserr.Facts{Host: host}).From(&tls.CertificateVerificationError{UnverifiedCertificates: sent, Err: err})
}

// A subtree is what an authority may sign, or may not: of names and of addresses.
type subtree struct {
	dns string // "": nothing is said of names
	ip  net.IP // nil: nor of addresses
}

func (s subtree) hasName() bool { return s.dns == "example" }

func (s subtree) hasAddress() bool { return s.ip != nil && s.ip[0] == 127 }

func (s subtree) ranges() []*net.IPNet {
	if s.ip == nil {
		return nil
	}
	return []*net.IPNet{{IP: s.ip, Mask: net.CIDRMask(8, 32)}}
}

func (s subtree) names() []string {
	if s.dns == "" {
		return nil
	}
	return []string{s.dns}
}

// subtrees are all that can be said, of which the host is in some.
func subtrees() (all []subtree) {
	for _, dns := range []string{"", "example", "other"} {
		for _, ip := range []net.IP{nil, {127, 0, 0, 0}, {10, 0, 0, 0}} {
			all = append(all, subtree{dns, ip})
		}
	}
	return all
}

func TestNameConstraints(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	roots := x509.NewCertPool()
	roots.AddCert(root.Cert)
	addr := net.IP{127, 0, 0, 1}
	for _, may := range subtrees() {
		for _, mayNot := range subtrees() {
			ca := root.Intermediate(t, "limited", func(c *x509.Certificate) {
				c.PermittedDNSDomains, c.PermittedIPRanges = may.names(), may.ranges()
				c.ExcludedDNSDomains, c.ExcludedIPRanges = mayNot.names(), mayNot.ranges()
			})
			names := (may.dns == "" || may.hasName()) && !mayNot.hasName()
			addresses := (may.ip == nil || may.hasAddress()) && !mayNot.hasAddress()
			for _, has := range []struct{ name, addr bool }{{true, false}, {false, true}, {true, true}, {false, false}} {
				for _, common := range []string{"", "a.example", "127.0.0.1", "other.test"} {
					leaf := ca.Leaf(t, "", func(c *x509.Certificate) {
						c.Subject.CommonName = common // has no say
						if has.name {
							c.DNSNames = []string{"a.example"}
						}
						if has.addr {
							c.IPAddresses = []net.IP{addr}
						}
					})
					kept := (!has.name || names) && (!has.addr || addresses)
					for host, listed := range map[string]bool{"a.example": has.name, "127.0.0.1": has.addr} {
						err := verify([]*x509.Certificate{leaf.Cert, ca.Cert}, roots, host)
						what := fmt.Sprintf("%s: may %v, may not %v, has %+v, common name %q: %v", host, may, mayNot, has, common, err)
						if (err == nil) != (kept && listed) {
							t.Fatal(what)
						}
						if err != nil && !checked(t, err) {
							t.Error(what)
						}
						if e, ok := errors.AsType[*tlserr.Error](err); ok && listed && e.Cause != tlserr.NameConstraint {
							t.Errorf("%s: cause %q", what, e.Cause)
						}
					}
				}
			}
		}
	}
}
