package curl

// What the flags say of the way: connections, TLS, proxies, limits, redirects.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

// A client is what the transfers of a config share.
type client struct {
	transport *transport.Transport
	settings  []godwit.Option
	doh       *godwit.DoH
}

// newClient makes the client of a config. Its connections are those of all configs whose
// transports are the same.
func (r *runner) newClient(ctx context.Context, c *config) (*client, error) {
	if c.tunnel {
		return nil, usageErrorf("option --proxytunnel: http URLs are not tunnelled here; https ones always are")
	}
	if err := r.password(ctx, c); err != nil {
		return nil, err
	}
	tr := &transport.Transport{Protocols: c.http, ExpectContinueTimeout: c.expectTimeout}
	if c.http&transport.HTTP3 != 0 {
		tr.HTTP3 = &h3.Dialer{}
	}
	if c.http == 0 {
		tr.Protocols = transport.HTTP1 | transport.HTTP2
	}
	cl := &client{transport: tr}
	r.clients = append(r.clients, cl)
	for _, part := range []func(*client) ([]godwit.Option, error){c.limits, c.sockets, c.trust, c.proxies, c.redirects} {
		opts, err := part(cl)
		if err != nil {
			return nil, err
		}
		cl.settings = append(cl.settings, opts...)
	}
	cl.settings = append(cl.settings, godwit.NoEnv{Netrc: !c.netrc || c.user != nil || c.bearer != ""})
	return cl, nil
}

// password asks for the password of -u, if it has none.
func (r *runner) password(ctx context.Context, c *config) error {
	if c.user == nil || strings.Contains(*c.user, ":") {
		return nil
	}
	if r.env.Prompt == nil {
		return usageErrorf("option -u: no password, and nobody to ask: write NAME:PASSWORD, or have a netrc file say it (-n)")
	}
	password, err := r.env.Prompt(ctx, fmt.Sprintf("Enter host password for user '%s':", *c.user))
	if err != nil {
		return &failure{code: exitUsage, err: fmt.Errorf("option -u: %w", err)}
	}
	user := *c.user + ":" + password
	c.user = &user
	return nil
}

func (cl *client) close() error {
	err := cl.transport.Close()
	if cl.doh != nil {
		err = errors.Join(err, cl.doh.Close())
	}
	return err
}

// noLimit is for what curl waits for as long as it takes.
const noLimit = -1

// defaultConnectTimeout is curl's.
const defaultConnectTimeout = 300 * time.Second

func (c *config) limits(*client) ([]godwit.Option, error) {
	connect := cmp.Or(c.connectTimeout, defaultConnectTimeout)
	return []godwit.Option{
		godwit.Limits{Blocked: noLimit, DNS: connect, Connect: connect, TLS: connect, Send: noLimit, Wait: noLimit, Receive: noLimit},
	}, nil
}

func (c *config) sockets(cl *client) ([]godwit.Option, error) {
	var opts []godwit.Option
	if hosts := c.hosts(); len(hosts) > 0 {
		opts = append(opts, hosts)
	}
	if c.unix != "" {
		opts = append(opts, godwit.UnixSocket(c.unix))
	}
	if c.iface != "" {
		opts = append(opts, godwit.Interface(c.iface))
	}
	if c.ipv4 {
		opts = append(opts, godwit.IPv4Only)
	}
	if c.ipv6 {
		opts = append(opts, godwit.IPv6Only)
	}
	if c.doh != "" {
		own := godwit.Defaults{godwit.NoEnv{Netrc: true}, c.hosts()}
		if len(c.cacert) > 0 {
			own = append(own, godwit.CA(c.cacert...))
		}
		if c.dohInsecure {
			own = append(own, godwit.Insecure)
		}
		cl.doh = &godwit.DoH{URL: c.doh, Session: &godwit.Session{Defaults: own}}
		opts = append(opts, cl.doh)
	}
	return opts, nil
}

// addResolve reads [+]HOST:PORT:ADDRESS[,ADDRESS…]. One with a - in front, which takes a name out
// of curl's cache, has nothing to do here.
func (c *config) addResolve(v string) error {
	if strings.HasPrefix(v, "-") {
		return nil
	}
	host, rest := cutHost(strings.TrimPrefix(v, "+"))
	port, addrs, ok := strings.Cut(rest, ":")
	if !ok || host == "" || addrs == "" {
		return &failure{code: exitResolveFlag, err: fmt.Errorf("couldn't parse --resolve entry %q: it is HOST:PORT:ADDRESS", v)}
	}
	return addHost(&c.resolve, host+":"+port, addrs)
}

// exitResolveFlag is curl's CURLE_SETOPT_OPTION_SYNTAX.
const exitResolveFlag = 49

// addConnectTo reads HOST1:PORT1:HOST2:PORT2, of which each may be empty.
func (c *config) addConnectTo(v string) error {
	host, rest := cutHost(v)
	port, rest, ok := strings.Cut(rest, ":")
	toHost, toPort := cutHost(rest)
	if !ok {
		return fmt.Errorf("%q is not HOST1:PORT1:HOST2:PORT2", v)
	}
	from, to := cmp.Or(host, "*"), toHost
	if port != "" {
		from += ":" + port
	}
	if toPort != "" {
		to += ":" + toPort
	}
	if to == "" {
		return nil // to where it is anyhow
	}
	return addHost(&c.connectTo, from, to)
}

// addHost notes where to connect to. Of several that say it of one host the first counts, as in
// curl.
func addHost(to *godwit.Resolve, host, address string) error {
	var probe godwit.Request
	if err := (godwit.Resolve{host: address}).Apply(&probe); err != nil {
		return err
	}
	if *to == nil {
		*to = godwit.Resolve{}
	}
	if _, known := (*to)[host]; !known {
		(*to)[host] = address
	}
	return nil
}

// hosts returns both in one: what --connect-to leads to is looked up by --resolve.
func (c *config) hosts() godwit.Resolve {
	all := maps.Clone(c.resolve)
	if all == nil {
		all = godwit.Resolve{}
	}
	for from, to := range c.connectTo {
		if address, ok := c.resolve[to]; ok {
			_, port := cutHost(to)
			to = address
			if _, has := cutHost(address); has == "" {
				to = address + ":" + port
			}
		}
		all[from] = to
	}
	return all
}

// cutHost returns the host at the beginning of a text, an IPv6 address in its brackets, and what
// follows the colon behind it.
func cutHost(v string) (host, rest string) {
	if end := strings.IndexByte(v, ']'); strings.HasPrefix(v, "[") && end > 0 {
		return v[:end+1], strings.TrimPrefix(v[end+1:], ":")
	}
	host, rest, _ = strings.Cut(v, ":")
	return host, rest
}

func (c *config) trust(*client) ([]godwit.Option, error) {
	var opts []godwit.Option
	if len(c.cacert) > 0 {
		opts = append(opts, godwit.CA(c.cacert...))
		if err := try(opts[0], exitCAFile); err != nil && !c.insecure {
			return nil, err
		}
	}
	if c.insecure {
		opts = []godwit.Option{godwit.Insecure} // whatever CAs there are
	}
	if len(c.pins) > 0 {
		opts = append(opts, godwit.Pin(c.pins...))
	}
	if c.cert != "" {
		cert := clientCert(c.cert, c.key, cmp.Or(c.pass, c.certPass))
		if err := try(cert, exitLocalCert); err != nil {
			return nil, err
		}
		opts = append(opts, cert)
	}
	if !c.tls.IsZero() {
		if err := try(godwit.TLSSettings(c.tls), exitTLSConnect); err != nil {
			return nil, err
		}
		opts = append(opts, godwit.TLSSettings(c.tls))
	}
	return opts, nil
}

// try applies an option before anything is sent, so that what is wrong with it has the number that
// curl has for it.
func try(opt godwit.Option, code int) error {
	probe := godwit.Request{Header: http.Header{}}
	if err := opt.Apply(&probe); err != nil {
		return &failure{code: code, err: err}
	}
	if probe.TLSSettings != nil {
		if err := probe.TLSSettings.Check(); err != nil {
			return &failure{code: code, err: err}
		}
	}
	return nil
}

func clientCert(cert, key, pass string) godwit.Option {
	if pass == "" {
		return godwit.ClientCert(cert, key)
	}
	return godwit.ClientCert(cert, key, pass)
}

// defaultProxyPort is curl's.
const defaultProxyPort = "1080"

func (c *config) proxies(*client) ([]godwit.Option, error) {
	rules := godwit.Proxies{}
	if c.proxy != nil {
		proxy, err := proxyURL(*c.proxy, c.proxyUser, c.proxyDigest)
		if err != nil {
			return nil, err
		}
		rules["all"] = proxy
	}
	if c.noProxy != nil {
		rules["no_proxy"] = *c.noProxy
		if *c.noProxy == "" && c.proxy == nil {
			delete(rules, "no_proxy")
		}
	}
	var opts []godwit.Option
	if len(rules) > 0 {
		opts = append(opts, rules)
	}
	if c.proxyDigest && c.proxyUser != "" {
		name, password, _ := strings.Cut(c.proxyUser, ":")
		opts = append(opts, godwit.Auth(auth.Proxy(auth.Any(name, password))))
	}
	header := godwit.ProxyHeader{}
	for _, line := range c.proxyHeaders {
		f, ok, err := parseHeader(line)
		if err != nil {
			return nil, err
		}
		if ok && !f.remove {
			header[f.name] = f.value
		}
	}
	if len(header) > 0 {
		opts = append(opts, header)
	}
	return append(opts, c.proxyTLS.options()...), nil
}

// proxyURL returns the URL of a proxy with curl's default port, and with who is asking.
func proxyURL(text, user string, digest bool) (string, error) {
	if text == "" {
		return "", nil
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return "", &failure{code: exitProxyName, err: errors.New("unsupported proxy syntax")}
	}
	if u.Port() == "" {
		port := defaultProxyPort
		if u.Scheme == "https" {
			port = "443"
		}
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	if user != "" && !digest {
		name, password, _ := strings.Cut(user, ":")
		u.User = url.UserPassword(name, password)
	}
	u.Path = ""
	return u.String(), nil
}

func (t *proxyTLS) options() []godwit.Option {
	var opts []godwit.Option
	if t.insecure {
		opts = append(opts, godwit.Insecure)
	}
	if len(t.ca) > 0 {
		opts = append(opts, godwit.CA(t.ca...))
	}
	if t.cert != "" {
		opts = append(opts, clientCert(t.cert, t.key, t.pass))
	}
	if t.pin != "" {
		opts = append(opts, godwit.Pin(strings.Split(t.pin, ";")...))
	}
	if opts == nil {
		return nil
	}
	return []godwit.Option{godwit.ProxyTLS(opts...)}
}

// unbounded stands for --max-redirs -1.
const unbounded = 1 << 20

func (c *config) redirects(*client) ([]godwit.Option, error) {
	if !c.follow {
		return []godwit.Option{godwit.NoRedirects}, nil
	}
	n := c.maxRedirs
	if n < 0 {
		n = unbounded
	}
	opts := []godwit.Option{godwit.Redirects(n)}
	if c.trusted {
		keep := godwit.KeepHeaders{"Authorization", "Cookie", "Referer"}
		for _, line := range c.headers {
			if f, ok, err := parseHeader(line); ok && err == nil {
				keep = append(keep, f.name)
			}
		}
		opts = append(opts, keep)
	}
	return opts, nil
}

// methods is the layer that has the library treat redirects as curl does: what --post301 and its
// kin say, and that a body goes with -d's POST, whatever -X calls it.
func (c *config) methods(next http.RoundTripper) http.RoundTripper {
	return godwit.RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(req)
		if err != nil || !c.follow || res.Header.Get("Location") == "" {
			return res, err
		}
		i := res.StatusCode - http.StatusMovedPermanently
		if i < 0 || i > 2 {
			return res, err
		}
		isPost := len(c.form) > 0 || c.hasData && !c.dataInURL
		switch {
		case isPost && c.keepPost[i] && req.Body != nil && req.Body != http.NoBody:
			res.StatusCode = http.StatusTemporaryRedirect
		case isPost && !c.keepPost[i] && req.Method != http.MethodHead:
			res.StatusCode = http.StatusSeeOther
		}
		return res, err
	})
}
