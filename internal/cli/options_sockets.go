package cli

// The flags for sockets and names, in curl's forms.

import (
	"fmt"
	"strings"

	"example.com/godwit"
)

// A sockets is what the flags say of which way connections are opened.
type sockets struct {
	hosts      godwit.Resolve
	unix       string // "": TCP
	local      string // where connections come from; "": the system chooses
	ipv4, ipv6 bool
	publicOnly bool
	doh        string // "": the system looks names up
}

// socketFlags say which way connections are opened.
var socketFlags = []flagRow[options]{
	{
		name: "resolve", arg: "HOST:PORT:ADDRESS", help: "connect to that address (or several, with commas between\nthem) in place of HOST, which may be *",
		apply: func(o *options, v string) error { return o.sockets.resolve(v) },
	},
	{
		name: "connect-to", arg: "HOST:PORT:HOST:PORT", help: "connect to the second host and port in place of the\nfirst; what is left out is any, and the same",
		apply: func(o *options, v string) error { return o.sockets.connectTo(v) },
	},
	{
		name: "unix-socket", arg: "PATH", help: "send everything to that socket (@NAME: an abstract one);\nso does the URL http+unix://%2Frun%2Fa.sock/path",
		apply: func(o *options, v string) error { o.sockets.unix = v; return nil },
	},
	{
		name: "interface", arg: "NAME|ADDRESS", help: "where connections come from",
		apply: func(o *options, v string) error { o.sockets.local = v; return nil },
	},
	{
		name: "ipv4", short: '4', help: "connect to IPv4 addresses alone",
		flip: func(o *options, on bool) { o.sockets.ipv4, o.sockets.ipv6 = on, o.sockets.ipv6 && !on },
	},
	{
		name: "ipv6", short: '6', help: "connect to IPv6 addresses alone",
		flip: func(o *options, on bool) { o.sockets.ipv6, o.sockets.ipv4 = on, o.sockets.ipv4 && !on },
	},
	{
		name: "doh-url", arg: "URL", help: "look names up there, by DNS over HTTPS",
		apply: func(o *options, v string) error { o.sockets.doh = v; return nil },
	},
	{
		name: "public-only", help: "connect to addresses of the public Internet alone, on\nredirects too",
		flip: func(o *options, on bool) { o.sockets.publicOnly = on },
	},
}

// settings returns the options that the flags stand for; trust says whom TLS with the server of
// --doh-url is to be trusted by.
func (s *sockets) settings(trust ...godwit.Option) []godwit.Option {
	var opts []godwit.Option
	if len(s.hosts) > 0 {
		opts = append(opts, s.hosts)
	}
	if s.unix != "" {
		opts = append(opts, godwit.UnixSocket(s.unix))
	}
	if s.local != "" {
		opts = append(opts, godwit.Interface(s.local))
	}
	if s.ipv4 {
		opts = append(opts, godwit.IPv4Only)
	}
	if s.ipv6 {
		opts = append(opts, godwit.IPv6Only)
	}
	if s.doh != "" {
		own := append(godwit.Defaults{godwit.NoEnv{Netrc: true}, s.hosts}, trust...)
		opts = append(opts, &godwit.DoH{URL: s.doh, Session: &godwit.Session{Defaults: own}})
	}
	if s.publicOnly {
		opts = append(opts, godwit.PublicOnly())
	}
	return opts
}

// resolve adds HOST:PORT:ADDRESS[,ADDRESS…]; HOST may be *.
func (s *sockets) resolve(v string) error {
	host, rest := cutHost(v)
	port, addrs, ok := strings.Cut(rest, ":")
	if !ok || host == "" || port == "" || addrs == "" {
		return fmt.Errorf("%q is not HOST:PORT:ADDRESS", v)
	}
	return s.add(host+":"+port, addrs)
}

// connectTo adds HOST:PORT:HOST:PORT, of which each part may be empty: the first two fit any then,
// and the others mean the same.
func (s *sockets) connectTo(v string) error {
	host, rest := cutHost(v)
	port, rest, ok := strings.Cut(rest, ":")
	toHost, toPort := cutHost(rest)
	if !ok || !strings.HasSuffix(v, ":"+toPort) || strings.Count(toPort, ":") > 0 {
		return fmt.Errorf("%q is not HOST:PORT:HOST:PORT", v)
	}
	if host == "" {
		host = "*"
	}
	if port != "" {
		host += ":" + port
	}
	if toPort != "" {
		toHost += ":" + toPort
	}
	if toHost == "" {
		return nil // to where it is anyhow
	}
	return s.add(host, toHost)
}

func (s *sockets) add(from, to string) error {
	var r godwit.Request
	one := godwit.Resolve{from: to}
	if err := one.Apply(&r); err != nil {
		return err
	}
	if s.hosts == nil {
		s.hosts = godwit.Resolve{}
	}
	s.hosts[from] = to
	return nil
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
