package cli

// The flags that say how an exchange goes: redirects, time, versions of HTTP.

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// An exchangeOptions is what they say.
type exchangeOptions struct {
	follow         bool
	stay           bool // --no-follow: not even where following is the default
	maxRedirects   int
	allowDowngrade bool
	checkStatus    bool
	connectTimeout time.Duration // for DNS, Connect and TLS each; as timeout
	stallTimeout   time.Duration // for Send and Receive; as timeout
	timeout        time.Duration // for Connect, Wait and Receive; 0: the library's; < 0: none
	maxTime        time.Duration // 0: none
	protocols      transport.Protocols
}

// defaultMaxRedirects is HTTPie's, and more than the library follows by itself.
const defaultMaxRedirects = 30

// exchangeFlags say how an exchange goes.
var exchangeFlags = []flagRow[options]{
	{
		name: "follow", short: 'F', help: "follow redirects",
		flip: func(o *options, on bool) { o.exchange.follow, o.exchange.stay = on, !on },
	},
	{
		name: "max-redirects", arg: "N", help: "how many to follow (default: 30)",
		apply: func(o *options, v string) (err error) {
			o.exchange.maxRedirects, err = strconv.Atoi(v)
			if err != nil || o.exchange.maxRedirects < 0 {
				return fmt.Errorf("%q is not a number of redirects", v)
			}
			return nil
		},
	},
	{
		name: "allow-downgrade", help: "follow redirects from https to http too",
		flip: func(o *options, on bool) { o.exchange.allowDowngrade = on },
	},
	{
		name: "check-status", help: "end with 3, 4 or 5 if the answer is a 3xx, 4xx or 5xx",
		flip: func(o *options, on bool) { o.exchange.checkStatus = on },
	},
	{
		name: "timeout", arg: "SECONDS", help: "how long to wait for a connection, for the answer, and\nfor each further piece of it; 0: for ever\n(default: 10, 60, and for ever)",
		apply: func(o *options, v string) (err error) {
			o.exchange.timeout, err = secondsOrEver(v)
			return err
		},
	},
	{
		name: "connect-timeout", arg: "SECONDS", help: "how long looking a name up, connecting, and agreeing on\nTLS may take each; 0: for ever (default: 10)",
		apply: func(o *options, v string) (err error) {
			o.exchange.connectTimeout, err = secondsOrEver(v)
			return err
		},
	},
	{
		name: "stall-timeout", arg: "SECONDS", help: "how long nothing may move while a body is sent or\nreceived; 0: for ever (default: 30, and for ever)",
		apply: func(o *options, v string) (err error) {
			o.exchange.stallTimeout, err = secondsOrEver(v)
			return err
		},
	},
	{
		name: "max-time", arg: "SECONDS", help: "how long all of it may take; 0: for ever (the default)",
		apply: func(o *options, v string) (err error) { o.exchange.maxTime, err = seconds(v); return err },
	},
	{
		name: "http1.0", help: "speak HTTP/1.0 alone: one request for each connection,\nand no body of unknown length",
		flip: func(o *options, on bool) { o.exchange.protocols = onlyIf(on, transport.HTTP10) },
	},
	{
		name: "http1.1", help: "speak HTTP/1.1 alone",
		flip: func(o *options, on bool) { o.exchange.protocols = onlyIf(on, transport.HTTP1) },
	},
	{
		name: "http2", help: "speak HTTP/2, or HTTP/1.1 if the server prefers that,\nwhich is the default",
		flip: func(o *options, on bool) { o.exchange.protocols = onlyIf(on, transport.HTTP1|transport.HTTP2) },
	},
	{
		name: "http2-prior-knowledge", help: "speak HTTP/2 alone, over http at once and unasked",
		flip: func(o *options, on bool) { o.exchange.protocols = onlyIf(on, transport.HTTP2) },
	},
	{
		name: "http3", help: "try HTTP/3 first, and fall back on HTTP/2 and HTTP/1.1",
		flip: func(o *options, on bool) {
			o.exchange.protocols = onlyIf(on, transport.HTTP1|transport.HTTP2|transport.HTTP3First)
		},
	},
	{
		name: "http3-only", help: "speak HTTP/3 alone",
		flip: func(o *options, on bool) { o.exchange.protocols = onlyIf(on, transport.HTTP3) },
	},
}

// settings returns the options that the flags stand for.
func (e *exchangeOptions) settings() []godwit.Option {
	opts := []godwit.Option{godwit.NoRedirects}
	if e.follow {
		opts[0] = godwit.Redirects(e.maxRedirects)
	}
	if e.allowDowngrade {
		opts = append(opts, godwit.AllowDowngrade)
	}
	if e.timeout != 0 {
		opts = append(opts, godwit.Limits{Connect: e.timeout, Wait: e.timeout, Receive: e.timeout})
	}
	if d := e.connectTimeout; d != 0 {
		opts = append(opts, godwit.Limits{DNS: d, Connect: d, TLS: d})
	}
	if d := e.stallTimeout; d != 0 {
		opts = append(opts, godwit.Limits{Send: d, Receive: d})
	}
	if e.maxTime > 0 {
		opts = append(opts, godwit.Timeout(e.maxTime))
	}
	return opts
}

// secondsOrEver is seconds, with a negative number for 0, which means no limit.
func secondsOrEver(text string) (time.Duration, error) {
	d, err := seconds(text)
	if err == nil && d == 0 {
		d = -1
	}
	return d, err
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
