// Which proxy a request would go through, and who says so, for a diagnosis.

package godwit

import (
	"errors"
	"net/url"
	"os"
	"strings"

	"example.com/godwit/diagnosis"
	"example.com/godwit/transport"
)

// describeProxy says which proxy there is, and why.
func (d *diagnoser) describeProxy(seen *sighting) diagnosis.Proxy {
	p := diagnosis.Proxy{URL: shown(seen.proxy), Rule: seen.rule, OK: true}
	r, variable := d.request, ""
	if !r.NoEnv.Proxy {
		variable = proxyVariable(os.Getenv, d.url.Scheme)
	}
	switch {
	case seen.proxy != "":
		if p.Rule == "the environment" && variable != "" {
			p.Rule = variable
		}
	case ruled(r.Proxy, d.url):
		p.Rule = "an option says that there is none"
	case d.transport.Proxy != nil:
		p.Rule = "the transport says that there is none"
	case variable != "":
		p.Rule = variable + " is not for this URL: NO_PROXY, or an address of this machine"
	case r.NoEnv.Proxy:
		p.Rule = "NoEnv: the environment has no say"
	default:
		p.Rule = "nobody names one"
	}
	return p
}

// ruled reports whether a rule has something to say about a URL.
func ruled(rule proxyFunc, u *url.URL) bool {
	if rule == nil {
		return false
	}
	_, err := rule(u)
	return !errors.Is(err, transport.ErrNoRule)
}

// proxyVariable returns the variable of the environment that names the proxy for a scheme, ""
// if none does; see proxiesOf.
func proxyVariable(getenv func(string) string, scheme string) string {
	names := []string{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}
	switch {
	case scheme == "https":
		names[0], names[1] = "https_proxy", "HTTPS_PROXY"
	case getenv("REQUEST_METHOD") != "":
		names[1] = "http_proxy" // the other one may be anybody's word
	}
	for _, name := range names {
		if strings.TrimSpace(getenv(name)) != "" {
			return name
		}
	}
	return ""
}
