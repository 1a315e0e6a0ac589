package tlserr_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/tlserr"
)

// Of all names the one that was probably meant is named, and none where none is near.
func TestNearest(t *testing.T) {
	for _, test := range []struct {
		host  string
		names string
		want  string // "": none
	}{
		{"www.a.example", "b.example a.example", "a.example"},
		{"a.example", "b.example www.a.example", "www.a.example"},
		{"A.Example.", "b.example www.a.example", "www.a.example"},
		{"x.y.a.example", "*.a.example y.example", "*.a.example"},
		{"a.example", "*.a.example", "*.a.example"},
		{"exmaple.test", "other.test example.test", "example.test"},
		{"gogle.example", "google.example", "google.example"},
		{"x.a.example", "q.a.example www.b.example", "q.a.example"},
		{"shop.deep.a.example", "www.deep.a.example www.a.example", "www.deep.a.example"},
		{"b.example", "a.example", "a.example"}, // one letter
		{"b.test", "wholly.other.example", ""},
		{"a.example", "", ""},
		{"a.example", "* *.", ""},
		{"a.example", "*.example", ""}, // a whole top-level domain says nothing
		{"localhost", "127.0.0.1", "127.0.0.1"},
		{"127.0.0.1", "localhost", "localhost"},
		{"::1", "LOCALHOST", "LOCALHOST"},
		{"10.0.0.1", "localhost a.example", ""},
		{"10.0.0.1", "10.0.0.1.example", ""},
		{strings.Repeat("a", 300), strings.Repeat("a", 299), ""},
	} {
		c := &x509.Certificate{}
		for _, name := range strings.Fields(test.names) {
			if ip := net.ParseIP(name); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, name)
			}
		}
		e := as(t, tlserr.Facts{Host: test.host}, x509.HostnameError{Certificate: c, Host: test.host})
		_, got, ok := strings.Cut(e.Explain(), "The nearest name is \"")
		got, _, _ = strings.Cut(got, `"`)
		if ok != (test.want != "") || got != test.want {
			t.Errorf("%s of %q: %q, want %q", test.host, test.names, got, test.want)
		}
		bounded(t, e)
	}
}

// Ten thousand names of any length are looked at in no time.
func TestNearestOfMany(t *testing.T) {
	c := &x509.Certificate{DNSNames: make([]string, 10_000)}
	for i := range c.DNSNames {
		c.DNSNames[i] = fmt.Sprintf("%s.%d.example", strings.Repeat("a", i%250), i)
	}
	bounded(t, as(t, tlserr.Facts{}, x509.HostnameError{Certificate: c, Host: strings.Repeat("a", 100) + ".example"}))
}

// The name that is nearest is what is advised, with the port that was asked.
func TestNameRemedies(t *testing.T) {
	c := &x509.Certificate{DNSNames: []string{"www.a.example"}}
	for host, want := range map[string]string{
		"a.example:443":  "https://www.a.example/",
		"a.example:8443": "https://www.a.example:8443/",
		"a.example":      "https://www.a.example/",
	} {
		e := as(t, tlserr.Facts{Host: host}, x509.HostnameError{Certificate: c, Host: "a.example"})
		r := e.Remedies()
		if r[0].Flag != want || r[1].Flag != "--server-name=www.a.example" || !r[2].Owner {
			t.Errorf("%+v", r)
		}
	}
	for _, name := range []string{"*.a.example", "a.example\x1b", "a.example/x", `"a.example`} {
		e := as(t, tlserr.Facts{}, x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{name}}, Host: "b.a.example"})
		if slices.ContainsFunc(e.Remedies(), func(r tlserr.Remedy) bool { return r.Flag != "" }) {
			t.Errorf("%q: %+v", name, e.Remedies())
		}
	}
}

// Issuers are called by these names where these products are at work.
func TestProducts(t *testing.T) {
	for _, test := range []struct{ cn, o, want string }{
		{"Zscaler Intermediate Root CA (zscalertwo.net)", "Zscaler Inc.", "Zscaler"},
		{"ca.acme.goskope.com", "Acme", "Netskope"},
		{"certadmin", "netSkope Inc", "Netskope"},
		{"Blue Coat ProxySG CA", "", "Blue Coat"},
		{"Palo Alto Decryption", "", "Palo Alto Networks"},
		{"FG100FTK21000000", "Fortinet", "Fortinet"},
		{"Cisco Umbrella Secondary SubCA", "Cisco", "Cisco Umbrella"},
		{"Sophos SSL CA_C1B", "Sophos", "Sophos"},
		{"Kaspersky Anti-Virus Personal Root Certificate", "AO Kaspersky Lab", "Kaspersky"},
		{"Avast Web/Mail Shield Root", "Avast Web/Mail Shield", "Avast"},
		{"ESET SSL Filter CA", "ESET, spol. s r. o.", "ESET"},
		{"Bitdefender Personal CA.Net-Defender", "Bitdefender", "Bitdefender"},
		{"mitmproxy", "mitmproxy", "mitmproxy"},
		{"Charles Proxy CA (1 Jan 2026, mac.local)", "XK72 Ltd", "Charles"},
		{"DO_NOT_TRUST_FiddlerRoot", "DO_NOT_TRUST", "Fiddler"},
		{"PortSwigger CA", "PortSwigger", "Burp Suite"},
		{"squid-ca.corp", "", "Squid"},
		{"mkcert me@host (Me)", "mkcert development CA", "mkcert"},
		{"Kubernetes Ingress Controller Fake Certificate", "Acme Co", "an ingress of Kubernetes"},

		{"Preset Corp Root", "Somerset Council", ""},
		{"Big Data Root", "Big Data Inc", ""},
		{"R3", "Let's Encrypt", ""},
		{"Corp Root", "Acme", ""},
		{strings.Repeat("x", 10_000) + "zscaler", "", ""}, // nobody reads that far
	} {
		leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "a.example"}, Issuer: pkix.Name{CommonName: test.cn}}
		if test.o != "" {
			leaf.Issuer.Organization = []string{test.o}
		}
		e := as(t, tlserr.Facts{}, &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{leaf}, Err: x509.UnknownAuthorityError{Cert: leaf}})
		_, got, ok := strings.Cut(e.Explain(), "That looks like ")
		if ok != (test.want != "") || !strings.Contains(got, test.want) {
			t.Errorf("%s, %s: %q, want %q", test.cn, test.o, got, test.want)
		}
		bounded(t, e)
	}
}
