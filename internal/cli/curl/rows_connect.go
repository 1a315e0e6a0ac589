package curl

// The flags that say which way it goes: time, sockets, TLS, proxies, versions of HTTP.

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"example.com/godwit/transport"
)

type duration = time.Duration

func connectRows() []row {
	return []row{
		period("max-time", 'm', func(c *config) *duration { return &c.maxTime }),
		period("connect-timeout", 0, func(c *config) *duration { return &c.connectTimeout }),
		size("max-filesize", 0, func(c *config) *int64 { return &c.maxFileSize }),
		size("limit-rate", 0, func(c *config) *int64 { return &c.limitRate }),
		{name: "speed-limit", short: 'Y', set: func(p *parser, v string) (err error) {
			if p.cur().speedLimit, err = byteCount(v); p.cur().speedTime == 0 {
				p.cur().speedTime = defaultSpeedTime
			}
			return err
		}},
		{name: "speed-time", short: 'y', set: func(p *parser, v string) (err error) {
			if p.cur().speedTime, err = count(v, 0); p.cur().speedLimit == 0 {
				p.cur().speedLimit = 1
			}
			return err
		}},
		{name: "rate", set: func(p *parser, v string) (err error) { p.global.rate, err = rate(v); return err }},
		{name: "retry", set: func(p *parser, v string) (err error) { p.cur().retry, err = count(v, 0); return err }},
		period("retry-delay", 0, func(c *config) *duration { return &c.retryDelay }),
		period("retry-max-time", 0, func(c *config) *duration { return &c.retryMaxTime }),
		toggle("retry-connrefused", 0, func(c *config) *bool { return &c.retryRefused }),
		toggle("retry-all-errors", 0, func(c *config) *bool { return &c.retryAll }),

		version("http1.0", transport.HTTP10),
		version("http1.1", transport.HTTP1),
		version("http2", transport.HTTP1|transport.HTTP2),
		version("http2-prior-knowledge", transport.HTTP2),
		version("http3", transport.HTTP1|transport.HTTP2|transport.HTTP3First),
		version("http3-only", transport.HTTP3),
		{name: "no-alpn", flip: func(p *parser, _ bool) error { p.cur().http = transport.HTTP1; return nil }},

		{name: "ipv4", short: '4', flip: func(p *parser, on bool) error { p.cur().ipv4, p.cur().ipv6 = on, false; return nil }},
		{name: "ipv6", short: '6', flip: func(p *parser, on bool) error { p.cur().ipv6, p.cur().ipv4 = on, false; return nil }},
		text("interface", 0, func(c *config) *string { return &c.iface }),
		{name: "resolve", set: func(p *parser, v string) error { return p.cur().addResolve(v) }},
		{name: "connect-to", set: func(p *parser, v string) error { return p.cur().addConnectTo(v) }},
		text("unix-socket", 0, func(c *config) *string { return &c.unix }),
		{name: "abstract-unix-socket", set: func(p *parser, v string) error { p.cur().unix = "@" + v; return nil }},
		text("doh-url", 0, func(c *config) *string { return &c.doh }),
		toggle("doh-insecure", 0, func(c *config) *bool { return &c.dohInsecure }),
		{name: "no-keepalive", flip: func(*parser, bool) error { return nil }},
		nothing("keepalive", 0), nothingOf("keepalive-time", 0), nothing("tcp-nodelay", 0), nothing("tcp-fastopen", 0),
		nothingOf("happy-eyeballs-timeout-ms", 0),

		toggle("insecure", 'k', func(c *config) *bool { return &c.insecure }),
		list("cacert", 0, func(c *config) *[]string { return &c.cacert }),
		list("capath", 0, func(c *config) *[]string { return &c.cacert }),
		{name: "cert", short: 'E', set: func(p *parser, v string) error {
			p.cur().cert, p.cur().certPass = splitCert(v)
			return nil
		}},
		certType("cert-type"), certType("key-type"), certType("proxy-cert-type"), certType("proxy-key-type"),
		text("key", 0, func(c *config) *string { return &c.key }),
		text("pass", 0, func(c *config) *string { return &c.pass }),
		{name: "pinnedpubkey", set: func(p *parser, v string) error { return p.cur().addPins(v) }},
		tlsMin("tlsv1", 0), tlsMin("tlsv1.0", 0), tlsMin("tlsv1.1", 0), tlsMin("tlsv1.2", tls.VersionTLS12), tlsMin("tlsv1.3", tls.VersionTLS13),
		{name: "tls-max", set: func(p *parser, v string) (err error) { p.cur().tls.MaxVersion, err = tlsMax(v); return err }},
		{name: "ciphers", set: func(p *parser, v string) (err error) { p.cur().tls.CipherSuites, err = suites(v); return err }},
		{name: "curves", set: func(p *parser, v string) (err error) { p.cur().tls.Curves, err = curves(v); return err }},
		toggle("cert-status", 0, func(c *config) *bool { return &c.tls.RequireStaple }),
		nothing("ssl", 0), nothing("ssl-reqd", 0), nothing("no-sessionid", 0), nothing("sessionid", 0), nothing("no-npn", 0),
		nothing("ssl-allow-beast", 0), nothing("ssl-no-revoke", 0), nothing("ssl-revoke-best-effort", 0),

		option("proxy", 'x', func(c *config) **string { return &c.proxy }),
		text("proxy-user", 'U', func(c *config) *string { return &c.proxyUser }),
		{name: "proxy-basic", flip: func(p *parser, _ bool) error { p.cur().proxyDigest = false; return nil }},
		{name: "proxy-digest", flip: func(p *parser, on bool) error { p.cur().proxyDigest = on; return nil }},
		{name: "proxy-anyauth", flip: func(p *parser, on bool) error { p.cur().proxyDigest = on; return nil }},
		option("noproxy", 0, func(c *config) **string { return &c.noProxy }),
		socks("socks4", "socks4://"), socks("socks4a", "socks4a://"), socks("socks5", "socks5://"), socks("socks5-hostname", "socks5h://"),
		nothing("socks5-basic", 0),
		toggle("proxytunnel", 'p', func(c *config) *bool { return &c.tunnel }),
		toggle("proxy-insecure", 0, func(c *config) *bool { return &c.proxyTLS.insecure }),
		list("proxy-cacert", 0, func(c *config) *[]string { return &c.proxyTLS.ca }),
		list("proxy-capath", 0, func(c *config) *[]string { return &c.proxyTLS.ca }),
		{name: "proxy-cert", set: func(p *parser, v string) error {
			p.cur().proxyTLS.cert, p.cur().proxyTLS.pass = splitCert(v)
			return nil
		}},
		text("proxy-key", 0, func(c *config) *string { return &c.proxyTLS.key }),
		text("proxy-pass", 0, func(c *config) *string { return &c.proxyTLS.pass }),
		text("proxy-pinnedpubkey", 0, func(c *config) *string { return &c.proxyTLS.pin }),
	}
}

// defaultSpeedTime is for how long a transfer may be slow, unless it is said.
const defaultSpeedTime = 30

func version(name string, v transport.Protocols) row {
	f := row{name: name, flip: func(p *parser, _ bool) error { p.cur().http = v; return nil }}
	if v == transport.HTTP10 {
		f.short = '0'
	}
	return f
}

// tlsMin says the oldest version. What is older than 1.2 is not offered: the flags say "or
// greater", and 1.2 is.
func tlsMin(name string, v uint16) row {
	f := row{name: name, flip: func(p *parser, _ bool) error { p.cur().tls.MinVersion = v; return nil }}
	if name == "tlsv1" {
		f.short = '1'
	}
	return f
}

func tlsMax(v string) (uint16, error) {
	switch v {
	case "default":
		return 0, nil
	case "1.2":
		return tls.VersionTLS12, nil
	case "1.3":
		return tls.VersionTLS13, nil
	case "1.0", "1.1":
		return 0, fmt.Errorf("TLS %s is broken (RFC 8996) and not spoken", v)
	}
	return 0, fmt.Errorf("%q is no version of TLS", v)
}

func socks(name, scheme string) row {
	return row{name: name, set: func(p *parser, v string) error {
		if !strings.Contains(v, "://") {
			v = scheme + v
		}
		p.cur().proxy = &v
		return nil
	}}
}

// certType takes the formats that are told apart by looking at the file.
func certType(name string) row {
	return row{name: name, set: func(_ *parser, v string) error {
		switch strings.ToUpper(v) {
		case "PEM", "P12":
			return nil
		}
		return fmt.Errorf("%q is neither PEM nor P12", v)
	}}
}

// splitCert takes the password from FILE:PASSWORD; "\:" is a colon, and so is one behind a drive.
func splitCert(v string) (path, pass string) {
	if strings.HasPrefix(v, "pkcs11:") || !strings.ContainsAny(v, `:\`) {
		return v, ""
	}
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] == '\\' && i+1 < len(v) && (v[i+1] == ':' || v[i+1] == '\\'):
			i++
			b.WriteByte(v[i])
		case v[i] == ':' && !(i == 1 && os.PathSeparator == '\\'):
			return b.String(), v[i+1:]
		default:
			b.WriteByte(v[i])
		}
	}
	return b.String(), ""
}

// addPins reads hashes with ";" between them. A file of the key itself is what curl takes too;
// its hash says the same.
func (c *config) addPins(v string) error {
	if _, err := transport.ParsePins(strings.Split(v, ";")...); err != nil {
		if !strings.Contains(v, "sha256//") {
			return errors.New("it must be sha256// and a hash, not a file with the key")
		}
		return err
	}
	c.pins = strings.Split(v, ";")
	return nil
}

// rate reads how many transfers there may be in a time: 2/s, 3/m, 10/h, 100/d, 5 (an hour).
func rate(v string) (time.Duration, error) {
	number, unit, _ := strings.Cut(v, "/")
	per, ok := map[string]time.Duration{"": time.Hour, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[unit]
	n, err := count(number, 1)
	if err != nil || !ok {
		return 0, fmt.Errorf("%q is not a number of transfers, as in 2/s, 3/m, 10/h", v)
	}
	return per / time.Duration(n), nil
}

// suites reads names of cipher suites, IANA's or OpenSSL's.
func suites(v string) (ids []uint16, err error) {
	known := map[string]uint16{}
	for _, s := range tls.CipherSuites() {
		known[s.Name] = s.ID
		known[opensslName(s.Name)] = s.ID
	}
	for _, name := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(": ,", r) }) {
		id, ok := known[strings.ToUpper(name)]
		if !ok {
			return nil, fmt.Errorf("%q is not offered by this TLS", name)
		}
		ids = append(ids, id)
	}
	if ids == nil {
		return nil, errors.New("it names no cipher suite")
	}
	return ids, nil
}

// opensslName returns how OpenSSL calls a suite: ECDHE-RSA-AES128-GCM-SHA256.
func opensslName(iana string) string {
	name := strings.TrimPrefix(iana, "TLS_")
	name = strings.NewReplacer("_WITH_", "_", "AES_", "AES", "_CBC", "").Replace(name)
	name = strings.ReplaceAll(name, "CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305")
	return strings.ReplaceAll(name, "_", "-")
}

// curves reads names of key exchanges, as OpenSSL or as crypto/tls has them.
func curves(v string) (ids []tls.CurveID, err error) {
	known := map[string]tls.CurveID{
		"X25519": tls.X25519, "P-256": tls.CurveP256, "PRIME256V1": tls.CurveP256, "SECP256R1": tls.CurveP256,
		"P-384": tls.CurveP384, "SECP384R1": tls.CurveP384, "P-521": tls.CurveP521, "SECP521R1": tls.CurveP521,
		"X25519MLKEM768": tls.X25519MLKEM768,
	}
	for _, name := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(": ,", r) }) {
		id, ok := known[strings.ToUpper(name)]
		if !ok {
			return nil, fmt.Errorf("%q is not offered by this TLS", name)
		}
		ids = append(ids, id)
	}
	if ids == nil {
		return nil, errors.New("it names no key exchange")
	}
	return ids, nil
}
