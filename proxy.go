// Options for proxies, and which proxy a request goes through.

package godwit

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

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
// this order. A value is as a [Proxy], so "" is none. For what nothing fits, an earlier option
// or the environment has its say.
type Proxies map[string]string

// Apply sets Request.Proxy.
func (p Proxies) Apply(r *Request) error {
	all := make(map[string]*url.URL, len(p))
	for key, value := range p {
		whose, err := proxyKey(key)
		if err != nil {
			return fmt.Errorf("Proxies: %q: %w", clip(key, 60), err)
		}
		if all[whose], err = parseProxy(value); err != nil {
			return err
		}
	}
	earlier := r.Proxy
	r.Proxy = func(u *url.URL) (*url.URL, error) {
		host := hostOf(u)
		for _, key := range [...]string{u.Scheme + "://" + host, u.Scheme, "all://" + host, "all"} {
			if proxy, ok := all[key]; ok {
				return proxy, nil
			}
		}
		if earlier == nil {
			return nil, errAskEnvironment
		}
		return earlier(u)
	}
	return nil
}

// proxyKey returns a key of Proxies in the form in which it is looked for.
func proxyKey(key string) (string, error) {
	scheme, host, _ := strings.Cut(key, "://")
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" && scheme != "all" {
		return "", errors.New("not http, https or all, nor one of them with a host")
	}
	if host == "" {
		return scheme, nil
	}
	u, err := parseURL("http://" + host)
	switch {
	case err != nil:
		return "", err
	case u.Port() != "" || u.User != nil || strings.TrimPrefix(u.Path, "/")+u.RawQuery+u.Fragment != "":
		return "", errors.New("more than a scheme and a host, which is all that is looked at")
	}
	return scheme + "://" + hostOf(u), nil
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

// proxyRule returns the rule that the call's requests follow, nil if there is none: the call's
// own, and the environment's for what that says nothing about.
func (c *call) proxyRule() proxyFunc {
	own := c.request.Proxy
	var env proxyFunc
	if !c.request.NoEnv.Proxy {
		env = c.session.shared().proxy.of()
	}
	if own == nil {
		return env
	}
	return proxyFunc(own).orElse(env)
}

// orElse returns a rule that asks another one, nil for none, where this one has nothing to say.
func (f proxyFunc) orElse(other proxyFunc) proxyFunc {
	return func(u *url.URL) (*url.URL, error) {
		proxy, err := f(u)
		switch {
		case err != errAskEnvironment:
			return proxy, err
		case other == nil:
			return nil, nil
		}
		return other(u)
	}
}

// proxyBy returns the rule for a request that goes by a transport with a rule of its own, which
// beats the environment's; nil: that one.
func (c *call) proxyBy(rule func(*http.Request) (*url.URL, error), req *http.Request) proxyFunc {
	if c.request.Proxy == nil {
		return nil
	}
	return proxyFunc(c.request.Proxy).orElse(func(*url.URL) (*url.URL, error) { return rule(req) })
}

// proxyOf returns the proxy that a request goes through by a transport, as far as the session can
// know.
func (c *call) proxyOf(rt http.RoundTripper, req *http.Request) (*url.URL, error) {
	if s, ok := rt.(sound); ok {
		rt = s.next
	}
	rule := c.over.Proxy
	switch t := rt.(type) {
	case *transport.Transport:
		if t.Proxy != nil {
			if rule = c.proxyBy(t.Proxy, req); rule == nil {
				return t.Proxy(req)
			}
		}
	case *http.Transport:
		if t.Proxy != nil {
			return t.Proxy(req)
		}
	}
	if rule == nil {
		return nil, nil
	}
	return rule(req.URL)
}
