// Products that look into TLS, by the names of the roots that they sign with.

package tlserr

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
)

// A kind is what sort of product opens TLS.
type kind uint8

const (
	gateway   kind = iota // of the network: a company's proxy or firewall
	antivirus             // on this machine
	debugger              // on this machine, to look at what programs send
	developer             // no product in the way, but a server under development
	notorious             // came with a machine, and everybody has its key
)

// products are matched with the common names and organizations of issuers, in lower case; the
// first that is contained stands. The names are those of the roots as their makers document them.
var products = []struct {
	word, name string
	kind       kind
}{
	{"zscaler", "Zscaler", gateway},
	{"netskope", "Netskope", gateway},
	{"goskope", "Netskope", gateway},
	{"blue coat", "Blue Coat (Symantec)", gateway},
	{"bluecoat", "Blue Coat (Symantec)", gateway},
	{"cloudservices proxysg", "Blue Coat (Symantec)", gateway},
	{"symantec web security", "Symantec Web Security", gateway},
	{"palo alto", "Palo Alto Networks", gateway},
	{"fortinet", "Fortinet", gateway},
	{"fortigate", "Fortinet", gateway},
	{"cisco umbrella", "Cisco Umbrella", gateway},
	{"opendns", "Cisco Umbrella", gateway},
	{"cisco secure access", "Cisco Secure Access", gateway},
	{"ironport", "Cisco Web Security Appliance", gateway},
	{"sophos", "Sophos", gateway},
	{"forcepoint", "Forcepoint", gateway},
	{"websense", "Forcepoint", gateway},
	{"mcafee web gateway", "McAfee Web Gateway (Skyhigh)", gateway},
	{"skyhigh", "Skyhigh Security", gateway},
	{"check point", "Check Point", gateway},
	{"sonicwall", "SonicWall", gateway},
	{"watchguard", "WatchGuard", gateway},
	{"barracuda", "Barracuda", gateway},
	{"untangle", "Untangle", gateway},
	{"smoothwall", "Smoothwall", gateway},
	{"lightspeed", "Lightspeed", gateway},
	{"iboss", "iboss", gateway},
	{"contentkeeper", "ContentKeeper", gateway},
	{"cato networks", "Cato Networks", gateway},
	{"cloudflare gateway", "Cloudflare Gateway", gateway},
	{"gateway ca - cloudflare", "Cloudflare Gateway", gateway},
	{"menlo security", "Menlo Security", gateway},
	{"trend micro", "Trend Micro", gateway},
	{"juniper networks", "Juniper", gateway},
	{"pfsense", "pfSense", gateway},
	{"opnsense", "OPNsense", gateway},
	{"squid", "Squid", gateway},
	{"kaspersky", "Kaspersky", antivirus},
	{"avast", "Avast", antivirus},
	{"avg web/mail", "AVG", antivirus},
	{"avg technologies", "AVG", antivirus},
	{"eset ssl", "ESET", antivirus},
	{"bitdefender", "Bitdefender", antivirus},
	{"dr.web", "Dr.Web", antivirus},
	{"g data software", "G DATA", antivirus},
	{"adguard", "AdGuard", antivirus},
	{"net nanny", "Net Nanny", antivirus},
	{"covenant eyes", "Covenant Eyes", antivirus},
	{"mitmproxy", "mitmproxy", debugger},
	{"charles proxy", "Charles", debugger},
	{"xk72", "Charles", debugger},
	{"do_not_trust_fiddlerroot", "Fiddler", debugger},
	{"fiddler", "Fiddler", debugger},
	{"portswigger", "Burp Suite", debugger},
	{"proxyman", "Proxyman", debugger},
	{"http toolkit", "HTTP Toolkit", debugger},
	{"owasp zap", "ZAP", debugger},
	{"zed attack proxy", "ZAP", debugger},
	{"requestly", "Requestly", debugger},
	{"whistle.", "whistle", debugger},
	{"mkcert", "mkcert", developer},
	{"caddy local authority", "Caddy", developer},
	{"webpack-dev-server", "webpack-dev-server", developer},
	{"webpack dev server", "webpack-dev-server", developer},
	{"preact cli", "Preact CLI", developer},
	{"traefik default cert", "Traefik, which has no certificate for this host", developer},
	{"kubernetes ingress controller fake", "an ingress of Kubernetes that has no certificate for this host", developer},
	{"snakeoil", "a fresh installation of the system", developer},
	{"localhost.localdomain", "a fresh installation of the system", developer},
	{"superfish", "Superfish", notorious},
	{"edellroot", "eDellRoot", notorious},
	{"dsdtestprovider", "DSDTestProvider", notorious},
	{"komodia", "Komodia", notorious},
	{"privdog", "PrivDog", notorious},
}

// maxProductName bounds how much of a name is looked at.
const maxProductName = 256

// productOf returns the product that a certificate seems to come from, by the names of its
// issuer and its own. Names prove nothing: it is a guess, and called one.
func productOf(c *x509.Certificate) (name string, k kind) {
	if c == nil {
		return "", 0
	}
	for _, text := range append(words(c.Issuer), words(c.Subject)...) {
		text = strings.ToLower(text[:min(len(text), maxProductName)]) + " "
		for _, p := range products {
			if strings.Contains(text, p.word) {
				return p.name, p.kind
			}
		}
	}
	return "", 0
}

// words returns what of a name tells who made it.
func words(n pkix.Name) []string {
	all := append([]string{n.CommonName}, n.Organization[:min(len(n.Organization), 4)]...)
	return append(all, n.OrganizationalUnit[:min(len(n.OrganizationalUnit), 4)]...)
}
