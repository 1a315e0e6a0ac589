package transport

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// ErrProxyScheme says that a proxy is of a kind that this package does not speak to.
var ErrProxyScheme = errors.New("the scheme of a proxy must be http, https, socks5, socks5h, socks4 or socks4a (with h and a it is the proxy that looks names up)")

// A ProxyError says that a request's proxy cannot be used, or could not be found. Nothing has
// been dialled then: a request that is to go through a proxy never goes without it.
type ProxyError struct {
	Proxy string // scheme and host of its URL; "": there is nothing to show
	Err   error
}

// Error says which proxy it is, and what is wrong with it. What the function that was to find it
// returned is left out if it may hold a password.
func (e *ProxyError) Error() string {
	text := e.Err.Error()
	if strings.Contains(text, "@") {
		text = "could not be found (the reason is not shown: it may hold a password)"
	}
	if e.Proxy == "" {
		return "proxy: " + text
	}
	return "proxy " + e.Proxy + ": " + text
}

// Unwrap returns the cause.
func (e *ProxyError) Unwrap() error { return e.Err }

// A proxy is one that has been looked at.
type proxy struct {
	scheme, urlHost, user string // of the URL as it was given: what the memo is found by

	host, port     string   // to be dialled
	name, password string   // of the user info; "": none
	basic          string   // what they come to as Proxy-Authorization; "": nothing
	shown          *url.URL // without user info
}

// proxyPort returns the port of a proxy whose URL has none; "": no proxy is of that scheme.
func proxyPort(scheme string) string {
	switch scheme {
	case "socks5", "socks5h", "socks4", "socks4a":
		return "1080" // RFC 1928 3
	}
	return defaultPort(scheme)
}

// isSocks reports whether it speaks SOCKS, and not HTTP.
func (p *proxy) isSocks() bool { return strings.HasPrefix(p.shown.Scheme, "socks") }

// addr returns the address to dial.
func (p *proxy) addr() string { return joinHostPort(p.host, p.port) }

// ErrNoRule is what [Overrides].Proxy returns if it has nothing to say about a URL.
var ErrNoRule = errors.New("no rule says which proxy it is")

// proxyFor returns the URL of the proxy of a request, nil if there is none, and who has said so.
func (t *Transport) proxyFor(req *http.Request, o *Overrides) (u *url.URL, rule string, err error) {
	if o != nil && o.Proxy != nil {
		u, err = o.Proxy(req.URL)
		if rule = "the request's own rule"; !errors.Is(err, ErrNoRule) {
			return u, rule, err
		}
	}
	switch {
	case t.Proxy != nil:
		u, err = t.Proxy(req)
		return u, "the rule of the transport", err
	case o != nil && o.EnvProxy != nil:
		u, err = o.EnvProxy(req.URL)
		return u, "the environment", err
	}
	return nil, "", nil
}

// proxyOf is proxyFor, and looks at the proxy.
func (t *Transport) proxyOf(req *http.Request, o *Overrides) (p *proxy, rule string, err error) {
	u, rule, err := t.proxyFor(req, o)
	if err != nil {
		return nil, "", proxyError("", &ProxyError{Err: err})
	}
	if u == nil {
		return nil, rule, nil
	}
	user := userOf(u)
	if m := t.lastProxy.Load(); m != nil && m.scheme == u.Scheme && m.urlHost == u.Host && m.user == user && u.Opaque == "" {
		return m, rule, nil
	}
	if p, err = newProxy(u); err != nil {
		return nil, "", proxyError("", err)
	}
	p.scheme, p.urlHost, p.user = strings.Clone(u.Scheme), strings.Clone(u.Host), user
	t.lastProxy.Store(p)
	return p, rule, nil
}

// userOf returns the user info of a URL, "" if there is none: neither a name nor a password.
func userOf(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	return u.User.String()
}

// proxyError makes the error of what went wrong before, or while, a proxy let us through.
func proxyError(addr string, err error) error {
	return &Error{Phase: trace.Connect, Addr: addr, Proxy: true, Err: err}
}

// newProxy looks at the URL of a proxy.
func newProxy(u *url.URL) (*proxy, error) {
	switch {
	case u.Opaque != "":
		// "user:password@host" has the user for its scheme: nothing of it is shown.
		return nil, &ProxyError{Err: errNoProxyHost}
	case proxyPort(u.Scheme) == "":
		return nil, &ProxyError{shownProxy(u), ErrProxyScheme}
	case u.Hostname() == "":
		return nil, &ProxyError{Err: errNoProxyHost}
	}
	host, err := dial.ASCII(u.Hostname())
	if err != nil {
		return nil, &ProxyError{shownProxy(u), err}
	}
	port := u.Port()
	if port == "" {
		port = proxyPort(u.Scheme)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return nil, &ProxyError{shownProxy(u), errProxyPort}
	}
	p := &proxy{host: strings.Clone(host), port: strconv.FormatUint(n, 10)}
	p.shown = &url.URL{Scheme: strings.Clone(u.Scheme), Host: p.addr()}
	if u.User != nil {
		password, _ := u.User.Password()
		p.name, p.password = strings.Clone(u.User.Username()), strings.Clone(password)
	}
	if p.name != "" || p.password != "" {
		p.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(p.name+":"+p.password))
	}
	return p, nil
}

var (
	errNoProxyHost = errors.New("its URL has no host: http://host:port is wanted")
	errProxyPort   = errors.New("its port is not a number from 1 to 65535")
)

const mostShown = 100 // of a proxy's URL

// shownProxy returns what of a proxy's URL can be shown in an error.
func shownProxy(u *url.URL) string {
	text := u.Scheme + "://" + u.Host
	if strings.Contains(text, "@") {
		return ""
	}
	text = strconv.QuoteToASCII(text[:min(len(text), mostShown)])
	return text[1 : len(text)-1]
}

// absolute returns a URL whose RequestURI is what a proxy is asked for (RFC 9112 3.2.2): the
// whole URL of the target, without user info and fragment. The host in it is the one that the key
// has been made for, whatever the path looks like.
func absolute(method string, u *url.URL, k *key) (*url.URL, error) {
	path := u.Opaque
	rest, own := strings.CutPrefix(u.Opaque, "//"+u.Host)
	switch {
	case u.Opaque == "":
		path = u.EscapedPath()
	case own && (rest == "" || rest[0] == '/' || rest[0] == '?'):
		path = rest
	case u.Opaque != "*" && (u.Opaque[0] != '/' || strings.HasPrefix(u.Opaque, "//")):
		return nil, urlError("its opaque part is no path of its host, and a proxy would go by it")
	}
	switch {
	case path == "*" && method == "OPTIONS":
		path = "" // RFC 9112 3.2.4
	case path == "" || path[0] != '/':
		path = "/" + path
	}
	return &url.URL{
		Scheme: "http", Host: u.Host,
		Opaque:     "//" + k.authority() + strings.ReplaceAll(path, "#", "%23"),
		RawQuery:   strings.ReplaceAll(u.RawQuery, "#", "%23"),
		ForceQuery: u.ForceQuery,
	}, nil
}

// authority returns the host and the port of the target, without a zone, which means nothing to
// a proxy, and without a port that goes without saying.
func (k *key) authority() string {
	if k.port == defaultPort(k.scheme) {
		return k.bareHost()
	}
	return k.bareHost() + ":" + k.port
}

// tunnelTarget returns what a proxy is asked to connect us to (RFC 9112 3.2.3).
func (k *key) tunnelTarget() string { return k.bareHost() + ":" + k.port }

// bareHost returns the host as it stands in a URL, without a zone.
func (k *key) bareHost() string {
	host, _, _ := strings.Cut(k.host, "%")
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
