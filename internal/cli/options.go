package cli

// The flags of a request.

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/godwit/transport"
)

// options are what the flags of a request say.
type options struct {
	form, json  bool
	ignoreStdin bool

	print       string // letters of parts; "": those that fit the output
	verbose     bool
	pretty      string // "": what fits the output
	all         bool
	showSecrets bool

	follow         bool
	maxRedirects   int
	allowDowngrade bool
	checkStatus    bool
	timeout        time.Duration // for Connect, Wait and Receive; 0: the library's; < 0: none
	maxTime        time.Duration // 0: none
	sockets        sockets
	protocols      transport.Protocols

	tls     tlsOptions
	proxies proxyOptions

	help, version bool
}

// defaultMaxRedirects is HTTPie's, and more than the library follows by itself.
const defaultMaxRedirects = 30

func newOptions() *options {
	return &options{maxRedirects: defaultMaxRedirects, tls: tlsOptions{verify: "yes"}}
}

// The parts of the output: the letters of --print.
const (
	partRequestHead  = 'H'
	partRequestBody  = 'B'
	partResponseHead = 'h'
	partResponseBody = 'b'
	partMeta         = 'm'
	allParts         = "HBhbm"
)

var prettyNames = []string{"all", "colors", "format", "none"}

// requestFlags is the table, in the order of the help.
var requestFlags = slices.Concat(exchangeFlags, tlsFlags, proxyFlags, lastFlags)

var exchangeFlags = []flagRow[options]{
	{
		name: "json", short: 'j', help: "send fields as a JSON object, which is the default, and\nask for JSON even if there are none",
		flip: func(o *options, on bool) { o.json, o.form = on, o.form && !on },
	},
	{
		name: "form", short: 'f', help: "send fields as a form",
		flip: func(o *options, on bool) { o.form, o.json = on, o.json && !on },
	},
	{
		name: "ignore-stdin", help: "do not read a body from the standard input",
		flip: func(o *options, on bool) { o.ignoreStdin = on },
	},
	{
		name: "print", short: 'p', arg: "WHAT", help: "what to print: H and B for the request's head and body,\nh and b for the response's, m for its timings\n(default: hb on a terminal, b otherwise)",
		apply: func(o *options, v string) error {
			if i := strings.IndexFunc(v, func(r rune) bool { return !strings.ContainsRune(allParts, r) }); i >= 0 {
				return fmt.Errorf("%q is none of the letters %s", v[i:i+1], allParts)
			}
			if v == "" {
				return errors.New("it needs some of the letters " + allParts)
			}
			o.print = v
			return nil
		},
	},
	{
		name: "verbose", short: 'v', help: "--print=HBhb --all",
		flip: func(o *options, on bool) { o.verbose, o.all = on, on },
	},
	{
		name: "headers", short: 'h', help: "--print=h",
		flip: func(o *options, on bool) { o.print = onlyIf(on, "h") },
	},
	{
		name: "body", short: 'b', help: "--print=b",
		flip: func(o *options, on bool) { o.print = onlyIf(on, "b") },
	},
	{
		name: "all", help: "print the exchanges that led to the last one too",
		flip: func(o *options, on bool) { o.all = on },
	},
	{
		name: "show-secrets", help: "print credentials in request heads (Authorization,\nCookie, …), which are hidden otherwise",
		flip: func(o *options, on bool) { o.showSecrets = on },
	},
	{
		name: "pretty", arg: "HOW", help: "all, colors, format or none\n(default: all on a terminal, none otherwise)",
		apply: func(o *options, v string) error {
			if !slices.Contains(prettyNames, v) {
				return fmt.Errorf("%q is none of %s", v, strings.Join(prettyNames, ", "))
			}
			o.pretty = v
			return nil
		},
	},
	{
		name: "follow", short: 'F', help: "follow redirects",
		flip: func(o *options, on bool) { o.follow = on },
	},
	{
		name: "max-redirects", arg: "N", help: "how many to follow (default: 30)",
		apply: func(o *options, v string) (err error) {
			o.maxRedirects, err = strconv.Atoi(v)
			if err != nil || o.maxRedirects < 0 {
				return fmt.Errorf("%q is not a number of redirects", v)
			}
			return nil
		},
	},
	{
		name: "allow-downgrade", help: "follow redirects from https to http too",
		flip: func(o *options, on bool) { o.allowDowngrade = on },
	},
	{
		name: "check-status", help: "end with 3, 4 or 5 if the answer is a 3xx, 4xx or 5xx",
		flip: func(o *options, on bool) { o.checkStatus = on },
	},
	{
		name: "timeout", arg: "SECONDS", help: "how long to wait for a connection, for the answer, and\nfor each further piece of it; 0: for ever\n(default: 10, 60, and for ever)",
		apply: func(o *options, v string) (err error) {
			if o.timeout, err = seconds(v); o.timeout == 0 {
				o.timeout = -1
			}
			return err
		},
	},
	{
		name: "max-time", arg: "SECONDS", help: "how long all of it may take; 0: for ever (the default)",
		apply: func(o *options, v string) (err error) { o.maxTime, err = seconds(v); return err },
	},
}

// lastFlags come after those of TLS.
var lastFlags = []flagRow[options]{
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
	{
		name: "http1.1", help: "speak HTTP/1.1 alone",
		flip: func(o *options, on bool) { o.protocols = onlyIf(on, transport.HTTP1) },
	},
	{
		name: "http2", help: "speak HTTP/2, or HTTP/1.1 if the server prefers that,\nwhich is the default",
		flip: func(o *options, on bool) { o.protocols = onlyIf(on, transport.HTTP1|transport.HTTP2) },
	},
	{
		name: "http2-prior-knowledge", help: "speak HTTP/2 alone, over http at once and unasked",
		flip: func(o *options, on bool) { o.protocols = onlyIf(on, transport.HTTP2) },
	},
	{
		name: "http3", help: "try HTTP/3 first, and fall back on HTTP/2 and HTTP/1.1",
		flip: func(o *options, on bool) {
			o.protocols = onlyIf(on, transport.HTTP1|transport.HTTP2|transport.HTTP3First)
		},
	},
	{
		name: "http3-only", help: "speak HTTP/3 alone",
		flip: func(o *options, on bool) { o.protocols = onlyIf(on, transport.HTTP3) },
	},
	{
		name: "help", help: "print this help",
		flip: func(o *options, on bool) { o.help = on },
	},
	{
		name: "version", help: "print the version",
		flip: func(o *options, on bool) { o.version = on },
	},
}

func onlyIf[T any](on bool, v T) (chosen T) {
	if on {
		chosen = v
	}
	return chosen
}

// seconds reads a number of seconds, with or without a fraction. The shortest time but
// none is a millisecond.
func seconds(text string) (time.Duration, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n != 0 && n < 0.001 || n > 1e9 {
		return 0, fmt.Errorf("%q is not a number of seconds", text)
	}
	return time.Duration(n * float64(time.Second)), nil
}

// wants reports whether a part is to be printed.
func (o *options) wants(part rune, tty bool) bool {
	parts := o.print
	if parts == "" {
		switch {
		case o.verbose:
			parts = "HBhb"
		case tty:
			parts = "hb"
		default:
			parts = "b"
		}
	}
	return strings.ContainsRune(parts, part)
}
