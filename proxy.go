// Options for proxies, and which proxy a request goes through.

package godwit

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/godwit/internal/dial"
	"example.com/godwit/transport"
)

// Proxy is the URL of the proxy that every request of the call goes through, redirects
// included, whatever the environment says: "http://127.0.0.1:3128", with "user:password@" in
// front of the host if it asks for that. "": none. Without a scheme it is http; others are https
// (TLS to the proxy), socks5 and socks4, which look names up here, and socks5h and socks4a, which
// leave that to the proxy. A proxy that is down is an error ([ErrProxy]); no request goes past it.
type Proxy string

// NoProxy goes through no proxy, whatever the environment says.
const NoProxy Proxy = ""

// Apply sets Request.Proxy.
func (p Proxy) Apply(r *Request) error {
	u, err := parseProxy(string(p))
	if err != nil {
		return err
	}
	r.Proxy = func(*url.URL) (*url.URL, error) { return u, nil }
	return nil
}

// String returns the proxy's URL without its password.
func (p Proxy) String() string {
	if p == "" {
		return "NoProxy"
	}
	return printable(string(p))
}

// Format prints what String returns, whatever the verb.
func (p Proxy) Format(f fmt.State, verb rune) { format(f, verb, p.String()) }

// Proxies are proxies by what is asked for: "https://example.com" (that scheme and host),
// "https" (that scheme), "all://example.com" (that host), "all"; what fits best holds, in
// this order. With a port, a host is that port alone, and comes first. A value is as a [Proxy],
// so "" is none. "no_proxy" has a list for its value, as in the environment (see [NoEnv]): what is
// in it has no proxy, whatever else is said. For what nothing fits, an earlier option, the
// session's transport or the environment has its say.
type Proxies map[string]string

// Apply sets Request.Proxy.
func (p Proxies) Apply(r *Request) error {
	all := make(map[string]*url.URL, len(p))
	none := parseNoProxy(p["no_proxy"])
	for key, value := range p {
		if key == "no_proxy" {
			continue
		}
		to, err := proxyKey(key)
		if err != nil {
			return fmt.Errorf("Proxies: %s: %w", strconv.QuoteToASCII(clip(printable(key), 60)), err)
		}
		u, err := parseProxy(value)
		if err != nil {
			return err
		}
		if _, twice := all[to]; twice {
			return fmt.Errorf("Proxies: %s stands there twice", strconv.QuoteToASCII(clip(to, 60)))
		}
		all[to] = u
	}
	earlier := r.Proxy
	r.Proxy = func(u *url.URL) (*url.URL, error) {
		if none.has(u) {
			return nil, nil
		}
		host := proxyHost(u)
		with := host + ":" + port(u)
		for _, key := range [...]string{u.Scheme + "://" + with, u.Scheme + "://" + host, u.Scheme, "all://" + with, "all://" + host, "all"} {
			if proxy, ok := all[key]; ok {
				return proxy, nil
			}
		}
		if earlier == nil {
			return nil, transport.ErrNoRule
		}
		return earlier(u)
	}
	return nil
}

// String returns the option as it is written, without passwords.
func (p Proxies) String() string {
	var b strings.Builder
	b.WriteString("Proxies{")
	for i, key := range slices.Sorted(maps.Keys(p)) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q: %q", printable(key), printable(p[key]))
	}
	return b.String() + "}"
}

// Format prints what String returns, whatever the verb.
func (p Proxies) Format(f fmt.State, verb rune) { format(f, verb, p.String()) }

var (
	_ fmt.Formatter = Proxy("")
	_ fmt.Formatter = Proxies{}
)

// proxyKey returns a key of Proxies in the one form that it is looked for in.
func proxyKey(key string) (string, error) {
	scheme, host, _ := strings.Cut(key, "://")
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" && scheme != "all" {
		return "", errors.New("not http, https or all, nor one of them with a host, nor no_proxy")
	}
	if host == "" {
		return scheme, nil
	}
	u, err := parseURL("http://" + host)
	if err != nil {
		return "", err
	}
	if u.User != nil || strings.TrimPrefix(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("user info, a path, a query or a fragment in it")
	}
	if _, err := dial.ASCII(u.Hostname()); err != nil {
		return "", err // no URL would ever fit, and requests go past the proxy that was meant
	}
	if host = scheme + "://" + proxyHost(u); u.Port() != "" {
		host += ":" + u.Port()
	}
	return host, nil
}

// proxyHost returns the host of a URL in the form in which rules for proxies compare it.
func proxyHost(u *url.URL) string {
	host := hostOf(u)
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// parseProxy parses the URL of a proxy; nil for none. Errors hold nothing of it.
func parseProxy(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	if !strings.Contains(s, "://") {
		s = "http://" + s // as everybody writes it
	}
	u, err := parse(s)
	if err != nil {
		return nil, fmt.Errorf("Proxy: %w", err)
	}
	check := *u
	if check.Scheme != "https" {
		check.Scheme = "http" // which schemes there are is for the transport to say
	}
	if err := checkURL(&check); err != nil {
		return nil, fmt.Errorf("Proxy: %w", err)
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("Proxy: a path, a query or a fragment in its URL")
	}
	return u, nil
}

// overrideProxy says what the transport must know of the call's proxies.
func (c *call) overrideProxy(o *transport.Overrides) {
	r := c.request
	if o.Proxy = r.Proxy; !r.NoEnv.Proxy {
		o.EnvProxy = c.session.shared().proxy.of()
	}
	if len(r.secrets) > 0 {
		o.InClear = c.guardInClear
	}
	if o.ProxyAuth, o.ProxyHeader = r.ProxyAuth, r.ProxyHeader; o.ProxyAuth != nil || o.ProxyHeader != nil {
		o.ProxyAuthFor = c.mayProveTo
	}
	o.ProxyTLS = r.ProxyTLS
	if s := c.session.shared(); r.NoEnv.CA {
		o.EnvProxyCA = s.ca.forProxies(true)
	} else {
		o.EnvProxyCA = s.usualOverrides().EnvProxyCA
	}
}

// mayProveTo reports whether ProxyAuth and ProxyHeader are for a proxy. They are, for each that the first request of
// the call goes to; one that only a redirect brings into play (because it is the one for another
// scheme or host) knows us by the user info of its URL alone (CVE-2026-6253, CVE-2026-7168).
func (c *call) mayProveTo(proxy *url.URL) bool {
	origin := transport.Origin(proxy)
	c.mu.Lock()
	defer c.mu.Unlock()
	known := slices.Contains(c.proxies, origin)
	if !known && c.hop == 0 {
		c.proxies = append(c.proxies, origin)
		known = true
	}
	return known
}

// proxyOf returns the proxy that a transport which is not ours would send a request through, as
// far as that can be known.
func (c *call) proxyOf(rt http.RoundTripper, req *http.Request) (*url.URL, error) {
	if t, ok := rt.(*http.Transport); ok {
		if t.Proxy == nil {
			return nil, nil
		}
		return t.Proxy(req)
	}
	o := c.over.Load()
	for _, rule := range [...]proxyFunc{o.Proxy, o.EnvProxy} {
		if rule == nil {
			continue
		}
		if proxy, err := rule(req.URL); !errors.Is(err, transport.ErrNoRule) {
			return proxy, err
		}
	}
	return nil, nil
}
