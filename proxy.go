// Options for proxies, and which proxy a request goes through.

package godwit

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/godwit/internal/dial"
	"example.com/godwit/transport"
)

// Proxy is the URL of the proxy that every request of the call goes through, redirects
// included, whatever the environment says: "http://127.0.0.1:3128", with "user:password@" in
// front of the host if it asks for that. "": none. A proxy that is down is an error; no request
// goes past it.
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

// Proxies are proxies by what is asked for: "https://example.com" (that scheme and host),
// "https" (that scheme), "all://example.com" (that host), "all"; what fits best holds, in
// this order. A host may have a port, and stands for all ports without. A value is as a [Proxy],
// so "" is none. For what nothing fits, an earlier option or the environment has its say.
type Proxies map[string]string

// Apply sets Request.Proxy.
func (p Proxies) Apply(r *Request) error {
	all := make(map[asked]*url.URL, len(p))
	for key, value := range p {
		a, err := parseAsked(key)
		if err != nil {
			return fmt.Errorf("Proxies: %q: %w", clip(printable(key), 60), err)
		}
		if all[a], err = parseProxy(value); err != nil {
			return err
		}
	}
	earlier := r.Proxy
	r.Proxy = func(u *url.URL) (*url.URL, error) {
		host, port := nameOf(u), port(u)
		for _, scheme := range [...]string{u.Scheme, "all"} {
			for _, a := range [...]asked{{scheme, host, port}, {scheme, host, ""}, {scheme, "", ""}} {
				if proxy, ok := all[a]; ok {
					return proxy, nil
				}
			}
		}
		if earlier == nil {
			return nil, errAskEnvironment
		}
		return earlier(u)
	}
	return nil
}

// asked is what a proxy of Proxies is for; "" stands for all hosts, or all ports.
type asked struct{ scheme, host, port string }

// parseAsked takes a key of Proxies apart. What no URL could ever fit is an error: requests
// would go past the proxy that it was meant for.
func parseAsked(key string) (asked, error) {
	scheme, rest, _ := strings.Cut(key, "://")
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" && scheme != "all" {
		return asked{}, errors.New("not http, https or all, nor one of them with a host")
	}
	if rest == "" {
		return asked{scheme: scheme}, nil
	}
	u, err := parseURL("http://" + rest)
	if err != nil {
		return asked{}, err
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return asked{}, errors.New("more than a host and a port in it")
	}
	if _, err := dial.ASCII(u.Hostname()); err != nil {
		return asked{}, err
	}
	return asked{scheme, nameOf(u), u.Port()}, nil
}

// errAskEnvironment says that a rule has nothing to say.
var errAskEnvironment = errors.New("no rule")

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

// proxyRule returns the rule that the call's requests follow, nil if it is the transport's.
func (c *call) proxyRule() proxyFunc {
	own := c.request.Proxy
	var env proxyFunc
	if !c.request.NoEnv.Proxy && !c.session.hasProxy() {
		env = c.session.shared().proxy.of()
	}
	switch {
	case own == nil && c.request.NoEnv.Proxy && !c.session.hasProxy():
		return nil
	case own == nil:
		return env
	}
	return func(u *url.URL) (*url.URL, error) {
		proxy, err := own(u)
		if err != errAskEnvironment {
			return proxy, err
		}
		if env == nil {
			return nil, nil
		}
		return env(u)
	}
}

// proxyOf returns the proxy that a request goes through, as far as the session can know.
func (c *call) proxyOf(req *http.Request) (*url.URL, error) {
	if rule := c.over.Proxy; rule != nil {
		return rule(req.URL)
	}
	if t, ok := c.session.transport().(*transport.Transport); ok && t.Proxy != nil {
		return t.Proxy(req)
	}
	return nil, nil
}

// hasProxy reports whether the session's own transport has a rule, which beats the
// environment's.
func (s *Session) hasProxy() bool {
	t, ok := s.Transport.(*transport.Transport)
	return ok && t.Proxy != nil
}
