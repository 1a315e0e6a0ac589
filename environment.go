// What the environment says where nobody else has: proxies, whom to trust, netrc. Each session
// reads it once, when it first needs it.

package godwit

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

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
	// Their values are as a [Proxy]. NO_PROXY is a list of names, which stand for what is below
	// them too ("*.name" for that alone), of addresses and of networks ("10.0.0.0/8"), names and
	// addresses with a port or without; "*" is everything.
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
	rules := map[string]string{"http": first("http_proxy", "HTTP_PROXY"), "https": first("https_proxy", "HTTPS_PROXY")}
	if getenv("REQUEST_METHOD") != "" {
		// In a CGI script HTTP_PROXY is what the request of whoever calls it says in a field
		// Proxy (httpoxy, CVE-2016-5386). Windows does not tell it from http_proxy.
		if rules["http"] = first("http_proxy"); runtime.GOOS == "windows" {
			rules["http"] = ""
		}
	}
	all := first("all_proxy", "ALL_PROXY")
	proxies, unusable := map[string]*url.URL{}, map[string]error{}
	for scheme, text := range rules {
		u, err := parseProxy(cmp.Or(text, all))
		switch {
		case err != nil: // requests are not to go out past the proxy that was meant
			unusable[scheme] = fmt.Errorf("the environment's %s_proxy: %w", scheme, err)
		case u != nil:
			proxies[scheme] = u
		}
	}
	if len(proxies)+len(unusable) == 0 {
		return nil
	}
	none := parseNoProxy(first("no_proxy", "NO_PROXY"))
	return func(u *url.URL) (*url.URL, error) {
		if isLocal(u) || none.has(u) {
			return nil, nil
		}
		return proxies[u.Scheme], unusable[u.Scheme]
	}
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

// forProxies returns what says whom to trust where nobody else has, for https proxies.
func (e *caEnv) forProxies(no bool) func() (*transport.CA, error) {
	return func() (ca *transport.CA, err error) {
		if no {
			ca, _, err = e.without()
		} else {
			ca, _, err = e.of()
		}
		if err != nil {
			err = kindError{ErrTLS, err.Error()}
		}
		return ca, err
	}
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
