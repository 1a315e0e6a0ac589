package curl

// The flags that say what is asked for, and with which body.

import (
	"errors"
	"fmt"
)

func requestRows() []row {
	return []row{
		{name: "url", set: func(p *parser, v string) error { p.cur().addURL(v); return nil }},
		{name: "url-query", set: func(p *parser, v string) error {
			q, err := p.urlQuery(v)
			p.cur().queries = append(p.cur().queries, q)
			return err
		}},
		toggle("globoff", 'g', func(c *config) *bool { return &c.globOff }),
		toggle("path-as-is", 0, func(c *config) *bool { return &c.pathAsIs }),
		text("request", 'X', func(c *config) *string { return &c.request }),
		text("request-target", 0, func(c *config) *string { return &c.requestPath }),
		text("proto-default", 0, func(c *config) *string { return &c.defaultProto }),
		text("proto", 0, func(c *config) *string { return &c.protocols }),
		text("proto-redir", 0, func(c *config) *string { return &c.redirProtos }),
		{name: "data", short: 'd', set: func(p *parser, v string) error { return p.addData(v, dataText) }},
		{name: "data-ascii", set: func(p *parser, v string) error { return p.addData(v, dataText) }},
		{name: "data-binary", set: func(p *parser, v string) error { return p.addData(v, dataBinary) }},
		{name: "data-raw", set: func(p *parser, v string) error { return p.addData(v, dataRaw) }},
		{name: "data-urlencode", set: func(p *parser, v string) error { return p.addData(v, dataEncoded) }},
		{name: "json", set: func(p *parser, v string) error { return p.addData(v, dataJSON) }},
		toggle("get", 'G', func(c *config) *bool { return &c.dataInURL }),
		toggle("head", 'I', func(c *config) *bool { return &c.head }),
		{name: "form", short: 'F', set: func(p *parser, v string) error { return p.addForm(v, false) }},
		{name: "form-string", set: func(p *parser, v string) error { return p.addForm(v, true) }},
		toggle("form-escape", 0, func(c *config) *bool { return &c.formEscape }),
		{name: "upload-file", short: 'T', set: func(p *parser, v string) error { p.cur().addUpload(v); return nil }},
		toggle("crlf", 0, func(c *config) *bool { return &c.crlf }),
		period("expect100-timeout", 0, func(c *config) *duration { return &c.expectTimeout }),
		{name: "next", short: ':', flip: func(p *parser, _ bool) error {
			if len(p.cur().targets) == 0 {
				return errors.New("there is no URL before it")
			}
			p.configs = append(p.configs, newConfig())
			return nil
		}},
		{name: "config", short: 'K', set: func(p *parser, v string) error { return p.configFile(v) }},
		nothing("disable", 'q'),
		{name: "variable", set: func(p *parser, v string) error { return p.setVariable(v) }},
	}
}

func headerRows() []row {
	return []row{
		{name: "header", short: 'H', set: func(p *parser, v string) error {
			return p.addHeader(v, func(c *config) *[]string { return &c.headers })
		}},
		{name: "proxy-header", set: func(p *parser, v string) error {
			return p.addHeader(v, func(c *config) *[]string { return &c.proxyHeaders })
		}},
		option("user-agent", 'A', func(c *config) **string { return &c.userAgent }),
		{name: "referer", short: 'e', set: func(p *parser, v string) error { p.cur().setReferer(v); return nil }},
		{name: "range", short: 'r', set: func(p *parser, v string) error {
			if v != "" && !isRange(v) {
				return fmt.Errorf("%q is not a range", v)
			}
			if v != "" && !containsDash(v) {
				p.warnings = append(p.warnings, "a range without a dash; a \"-\" is put behind it")
				v += "-"
			}
			p.cur().rangeOf = v
			return nil
		}},
		text("time-cond", 'z', func(c *config) *string { return &c.timeCond }),
		toggle("compressed", 0, func(c *config) *bool { return &c.compressed }),
		toggle("raw", 0, func(c *config) *bool { return &c.raw }),
		{name: "cookie", short: 'b', set: func(p *parser, v string) error { p.cur().addCookie(v); return nil }},
		text("cookie-jar", 'c', func(c *config) *string { return &c.cookieJar }),
		toggle("junk-session-cookies", 'j', func(c *config) *bool { return &c.junkSession }),
		option("user", 'u', func(c *config) **string { return &c.user }),
		scheme("basic", authBasic), scheme("digest", authDigest), scheme("anyauth", authAny),
		text("oauth2-bearer", 0, func(c *config) *string { return &c.bearer }),
		toggle("netrc", 'n', func(c *config) *bool { return &c.netrc }),
		toggle("netrc-optional", 0, func(c *config) *bool { return &c.netrc }),
		text("netrc-file", 0, func(c *config) *string { return &c.netrcFile }),
		toggle("disallow-username-in-url", 0, func(c *config) *bool { return &c.noUserInURL }),
		text("etag-save", 0, func(c *config) *string { return &c.etagSave }),
		text("etag-compare", 0, func(c *config) *string { return &c.etagCompare }),
		toggle("location", 'L', func(c *config) *bool { return &c.follow }),
		{name: "location-trusted", flip: func(p *parser, on bool) error {
			p.cur().follow, p.cur().trusted = on, on
			return nil
		}},
		{name: "max-redirs", set: func(p *parser, v string) (err error) {
			p.cur().maxRedirs, err = count(v, -1)
			return err
		}},
		toggle("post301", 0, func(c *config) *bool { return &c.keepPost[0] }),
		toggle("post302", 0, func(c *config) *bool { return &c.keepPost[1] }),
		toggle("post303", 0, func(c *config) *bool { return &c.keepPost[2] }),
	}
}

func scheme(name string, s authScheme) row {
	return row{name: name, flip: func(p *parser, on bool) error {
		if on {
			p.cur().authScheme = s
		}
		return nil
	}}
}
