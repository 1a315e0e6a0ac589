// What the environment says where nobody else has: proxies, whom to trust, netrc. Each session
// reads it once, when it first needs it.

package godwit

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"golang.org/x/net/http/httpproxy"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// NoEnv keeps what the environment says out of a call, one by one.
type NoEnv struct {
	// Proxy: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either letter case, of which
	// the lower one counts first. Without it they hold where no Proxy, Proxies or NoProxy and no
	// transport says otherwise; localhost, what is below it and loopback addresses are never
	// asked for through such a proxy.
	//
	// NO_PROXY is a list of names, which stand for what is below them too ("*.name" for that
	// alone), of addresses and of networks ("10.0.0.0/8"), each with a port or without; "*" is
	// everything.
	Proxy bool

	// Netrc: the file that NETRC names, or ~/.netrc. Without it, the file has a say where no
	// other credential was given.
	Netrc bool

	// CA: SSL_CERT_FILE and SSL_CERT_DIR. Without it they stand in place of the system's roots
	// where no CA, TLS or Insecure says otherwise.
	CA bool
}

// Apply adds to Request.NoEnv.
func (n NoEnv) Apply(r *Request) error {
	r.NoEnv.Proxy = r.NoEnv.Proxy || n.Proxy
	r.NoEnv.Netrc = r.NoEnv.Netrc || n.Netrc
	r.NoEnv.CA = r.NoEnv.CA || n.CA
	return nil
}

// proxyFunc says which proxy a request to a URL goes through; nil: none.
type proxyFunc func(*url.URL) (*url.URL, error)

// A proxyEnv is what the environment says of proxies.
type proxyEnv struct {
	once sync.Once
	rule proxyFunc // nil: there is none for anything
}

// of returns the rule.
func (e *proxyEnv) of() proxyFunc {
	e.once.Do(func() { e.rule = proxiesOf(os.Getenv) })
	return e.rule
}

// proxiesOf makes the rule of an environment.
func proxiesOf(getenv func(string) string) proxyFunc {
	first := func(names ...string) string {
		for _, name := range names {
			if v := strings.TrimSpace(getenv(name)); v != "" {
				return v
			}
		}
		return ""
	}
	all := first("all_proxy", "ALL_PROXY")
	config := httpproxy.Config{
		HTTPProxy:  first("http_proxy", "HTTP_PROXY"),
		HTTPSProxy: first("https_proxy", "HTTPS_PROXY"),
		NoProxy:    plainNoProxy(first("no_proxy", "NO_PROXY")),
	}
	if getenv("REQUEST_METHOD") != "" {
		// In a CGI script HTTP_PROXY is what the request of whoever calls it says in a field
		// Proxy (httpoxy, CVE-2016-5386). Windows does not tell it from http_proxy.
		if config.HTTPProxy = getenv("http_proxy"); runtime.GOOS == "windows" {
			config.HTTPProxy = ""
		}
	}
	if config.HTTPProxy == "" {
		config.HTTPProxy = all
	}
	if config.HTTPSProxy == "" {
		config.HTTPSProxy = all
	}
	if config.HTTPProxy == "" && config.HTTPSProxy == "" {
		return nil
	}
	// A value that is no URL would be passed over, and requests go out past the proxy that was
	// meant; here it stands for itself, so that NO_PROXY is asked first.
	unusable := map[string]error{}
	for scheme, value := range map[string]*string{"http": &config.HTTPProxy, "https": &config.HTTPSProxy} {
		if _, err := parseProxy(*value); err != nil {
			unusable[scheme] = fmt.Errorf("the environment's %s_proxy: %w", scheme, err)
			*value = "http://unusable.invalid"
		}
	}
	rule := config.ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		u = plainHost(u)
		if strings.HasSuffix(strings.ToLower(u.Hostname()), ".localhost") {
			return nil, nil // RFC 6761 6.3
		}
		proxy, err := rule(u)
		if err == nil && proxy != nil {
			err = unusable[u.Scheme]
		}
		if err != nil {
			return nil, err
		}
		return proxy, nil
	}
}

// plainNoProxy returns a NO_PROXY in which the entries stand as httpproxy has them: others write
// spaces between them as well, dots around names, and IPv6 addresses in brackets (CVE-2025-62718).
func plainNoProxy(list string) string {
	entries := strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	for i, e := range entries {
		if bare, ok := strings.CutPrefix(e, "["); ok && strings.HasSuffix(bare, "]") {
			entries[i] = bare[:len(bare)-1]
			continue
		}
		host, port, hasPort := strings.Cut(e, ":")
		if strings.Contains(port, ":") {
			continue // IPv6
		}
		if host != "*" {
			if host = strings.Trim(host, "."); host == "*" {
				host = "" // "*." is not everything
			}
		}
		if entries[i] = host; hasPort {
			entries[i] += ":" + port
		}
	}
	return strings.Join(entries, ",")
}

// plainHost returns the URL with its host as NO_PROXY spells it: without a dot at its end, and
// an IPv4 address as one (CVE-2025-62718, CVE-2026-44492).
func plainHost(u *url.URL) *url.URL {
	host := strings.TrimSuffix(u.Hostname(), ".")
	if a, err := netip.ParseAddr(host); err == nil && a.Is4In6() {
		host = a.Unmap().String()
	}
	if host == u.Hostname() {
		return u
	}
	own := *u
	if own.Host = host; u.Port() != "" {
		own.Host += ":" + u.Port()
	}
	return &own
}

// A caEnv is what the environment says of whom to trust.
type caEnv struct {
	once, systemOnce sync.Once

	ca         *transport.CA // nil: it says nothing
	rule       string        // which variable says so
	err        error
	system     *transport.CA // the roots that there are without it; nil: those of crypto/x509
	systemRule string
	systemErr  error
}

// of returns the certificates that SSL_CERT_FILE and SSL_CERT_DIR name, a file and a list of
// folders, as OpenSSL has it.
func (e *caEnv) of() (ca *transport.CA, rule string, err error) {
	e.once.Do(func() {
		var paths, names []string
		if file := os.Getenv("SSL_CERT_FILE"); file != "" {
			paths, names = append(paths, file), append(names, "SSL_CERT_FILE")
		}
		if dirs := os.Getenv("SSL_CERT_DIR"); dirs != "" {
			paths, names = append(paths, filepath.SplitList(dirs)...), append(names, "SSL_CERT_DIR")
		}
		if len(paths) == 0 {
			return
		}
		e.rule = strings.Join(names, " and ")
		if e.ca, e.err = transport.LoadCA(paths...); e.err != nil {
			e.err = fmt.Errorf("%s: %w", e.rule, e.err)
		}
	})
	return e.ca, e.rule, e.err
}

// without returns the system's roots, for those who will not have the environment's.
func (e *caEnv) without() (ca *transport.CA, rule string, err error) {
	e.systemOnce.Do(func() { e.system, e.systemRule, e.systemErr = systemCA() })
	return e.system, e.systemRule, e.systemErr
}

// A netrcEnv is the user's netrc.
type netrcEnv struct {
	once    sync.Once
	file    *auth.Netrc // nil: there is none, or none to be used
	err     error       // of a file that NETRC names
	warning string      // about the one at home; "": none
	warned  atomic.Bool
}

// of returns the file. One that NETRC names must be there and in order; about the one at home
// there is a warning, and it is not used.
func (e *netrcEnv) of(c *call) (*auth.Netrc, error) {
	e.once.Do(func() {
		file, err := auth.ReadNetrc("")
		if err == nil {
			e.file = file
			return
		}
		if ne, ok := errors.AsType[*auth.NetrcError](err); ok && ne.Named {
			e.err = err
		} else if !errors.Is(err, fs.ErrNotExist) {
			e.warning = err.Error() + ": it is not used"
		}
	})
	if e.warning != "" && c.session.Tracer != nil && !e.warned.Swap(true) {
		c.tell(trace.Warning{Text: e.warning})
	}
	return e.file, e.err
}

// systemBundles is where systems keep the roots that crypto/x509 would read if the environment
// did not lead it elsewhere.
var systemBundles = [...]string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",             // OpenSUSE
	"/etc/ssl/cert.pem",                  // Alpine, BSD, macOS
}

// systemCA returns the system's roots, whatever the environment says; nil if the environment
// does not matter here. Where there are none at all, it is those that stand in for them.
func systemCA() (ca *transport.CA, rule string, err error) {
	if os.Getenv("SSL_CERT_FILE") == "" && os.Getenv("SSL_CERT_DIR") == "" || runtime.GOOS == "windows" {
		return nil, "NoEnv", nil
	}
	for _, path := range systemBundles {
		if _, err := os.Stat(path); err == nil {
			ca, err = transport.LoadCA(path)
			return ca, "NoEnv", err
		}
	}
	return transport.FallbackCA(), "NoEnv; the fall-back bundle, because the system has no roots", nil
}
