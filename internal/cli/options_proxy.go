package cli

// The flags of proxies, in the forms of HTTPie and curl.

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/transport"
)

// proxyOptions are what the flags of proxies say.
type proxyOptions struct {
	rules    godwit.Proxies     // "http", "https", "all"; nil: the environment has its say
	none     string             // hosts without a proxy; "": none
	user     string             // NAME:PASSWORD, or where that stands; "": what the URL says
	header   godwit.ProxyHeader // nil: none
	ca       []string           // paths; nil: as for origins
	cert     string             // path; "": none
	insecure bool
}

var proxyFlags = []flagRow[options]{
	{
		name: "proxy", arg: "[SCHEME:]URL", help: "go through this proxy (http, https, socks5, socks5h,\nsocks4, socks4a), for URLs of that scheme, http or\nhttps, or for all; \"\" is none (default: the\nenvironment's)",
		apply: func(o *options, v string) error { return o.proxies.add(v) },
	},
	{
		name: "noproxy", arg: "HOSTS", help: "hosts to ask without a proxy, as in NO_PROXY; * is all",
		apply: func(o *options, v string) error { o.proxies.none = v; return nil },
	},
	{
		name: "proxy-user", arg: "NAME:PASSWORD", help: "who is asking the proxy: itself, or a reference such as\n@env:NAME, which others do not see",
		apply: func(o *options, v string) error { o.proxies.user = v; return nil },
	},
	{
		name: "proxy-header", arg: "NAME:VALUE", help: "a header field for the proxy alone",
		apply: func(o *options, v string) error { return o.proxies.addHeader(v) },
	},
	{
		name: "proxy-cacert", arg: "FILE", help: "CAs to trust for https proxies; a file or a folder",
		apply: func(o *options, v string) error {
			o.proxies.ca = append(o.proxies.ca, v)
			return someFile(v)
		},
	},
	{
		name: "proxy-cert", arg: "FILE", help: "a client certificate for https proxies, with its key",
		apply: func(o *options, v string) error { o.proxies.cert = v; return someFile(v) },
	},
	{
		name: "proxy-insecure", help: "do not verify https proxies",
		flip: func(o *options, on bool) { o.proxies.insecure = on },
	},
}

// proxyKinds are the schemes that a transport knows for proxies. It would say so itself, but only
// when it is about to connect to one.
var proxyKinds = []string{"http", "https", "socks5", "socks5h", "socks4", "socks4a"}

// add adds a proxy: URL, or SCHEME:URL as HTTPie has it.
func (p *proxyOptions) add(v string) error {
	scheme, proxy, ok := strings.Cut(v, ":")
	if !ok || strings.HasPrefix(proxy, "//") || scheme != "http" && scheme != "https" && scheme != "all" {
		scheme, proxy = "all", v
	}
	var r godwit.Request
	if err := (godwit.Proxies{scheme: proxy}).Apply(&r); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "Proxy: "))
	}
	kind, _, ok := strings.Cut(proxy, "://")
	if ok && !slices.Contains(proxyKinds, strings.ToLower(kind)) {
		return transport.ErrProxyScheme
	}
	if p.rules == nil {
		p.rules = godwit.Proxies{}
	}
	p.rules[scheme] = proxy
	return nil
}

func (p *proxyOptions) addHeader(v string) error {
	name, value, ok := strings.Cut(v, ":")
	if value = strings.TrimSpace(value); !ok || name == "" || value == "" {
		return errors.New("it is not NAME:VALUE")
	}
	if p.header == nil {
		p.header = godwit.ProxyHeader{}
	}
	p.header[name] = value
	return nil
}

// options returns the options that the flags stand for.
func (p *proxyOptions) options(ctx context.Context, env *Env) ([]godwit.Option, error) {
	opts, err := p.login(ctx, env)
	if err != nil {
		return nil, err
	}
	if p.none != "" {
		opts = append(opts, godwit.Proxies{"no_proxy": p.none})
	}
	if p.header != nil {
		opts = append(opts, p.header)
	}
	var tls []godwit.Option
	if p.ca != nil {
		tls = append(tls, godwit.CA(p.ca...))
	}
	if p.cert != "" {
		tls = append(tls, godwit.ClientCert(p.cert, ""))
	}
	if p.insecure {
		tls = append(tls, godwit.Insecure)
	}
	if tls != nil {
		opts = append(opts, godwit.ProxyTLS(tls...))
	}
	return opts, nil
}

// login returns the options of the proxies, and of who asks them. SOCKS is told by the URL.
func (p *proxyOptions) login(ctx context.Context, env *Env) ([]godwit.Option, error) {
	if p.user == "" {
		if p.rules == nil {
			return nil, nil
		}
		return []godwit.Option{p.rules}, nil
	}
	text, err := secretText(ctx, env, "--proxy-user", p.user)
	if err != nil {
		return nil, err
	}
	name, password, ok := strings.Cut(text, ":")
	if !ok || name == "" {
		return nil, &usageError{"--proxy-user: it is not NAME:PASSWORD"}
	}
	rules := godwit.Proxies{}
	for scheme, proxy := range p.rules {
		if u, err := url.Parse(proxy); err == nil && strings.HasPrefix(u.Scheme, "socks") && u.User == nil {
			u.User = url.UserPassword(name, password)
			proxy = u.String()
		}
		rules[scheme] = proxy
	}
	return []godwit.Option{rules, godwit.Auth(auth.Proxy(auth.Any(name, password)))}, nil
}
