package curl

// The flags that say what is written where, and those that are refused.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func outputRows() []row {
	return []row{
		{name: "output", short: 'o', set: func(p *parser, v string) error { p.cur().addOutput(v, false); return nil }},
		{name: "remote-name", short: 'O', flip: func(p *parser, on bool) error { p.cur().addOutput("", on); return nil }},
		toggle("remote-name-all", 0, func(c *config) *bool { return &c.remoteNames }),
		toggle("remote-header-name", 'J', func(c *config) *bool { return &c.disposition }),
		text("output-dir", 0, func(c *config) *string { return &c.outputDir }),
		toggle("create-dirs", 0, func(c *config) *bool { return &c.createDirs }),
		{name: "create-file-mode", set: func(p *parser, v string) error {
			n, err := strconv.ParseUint(v, 8, 9)
			if err != nil {
				return fmt.Errorf("%q is not an octal mode", v)
			}
			p.cur().createMode = int(n)
			return nil
		}},
		{name: "clobber", flip: func(p *parser, on bool) error { p.cur().noClobber = !on; return nil }},
		toggle("remove-on-error", 0, func(c *config) *bool { return &c.removeOnError }),
		toggle("remote-time", 'R', func(c *config) *bool { return &c.remoteTime }),
		{name: "continue-at", short: 'C', set: func(p *parser, v string) error {
			n := int64(-1)
			if v != "-" {
				var err error
				if n, err = strconv.ParseInt(v, 10, 64); err != nil || n < 0 {
					return fmt.Errorf("%q is no offset", v)
				}
			}
			p.cur().continueAt = &n
			return nil
		}},
		toggle("include", 'i', func(c *config) *bool { return &c.include }),
		text("dump-header", 'D', func(c *config) *string { return &c.dumpHeader }),
		toggle("suppress-connect-headers", 0, func(c *config) *bool { return &c.noConnectHead }),
		failure_("fail", 'f', failFast), failure_("fail-with-body", 0, failWithBody),
		overall("fail-early", 0, func(g *global) *bool { return &g.failEarly }),
		overall("silent", 's', func(g *global) *bool { return &g.silent }),
		overall("show-error", 'S', func(g *global) *bool { return &g.showError }),
		overall("progress-bar", '#', func(g *global) *bool { return &g.bar }),
		{name: "progress-meter", flip: func(p *parser, on bool) error { p.global.noMeter = !on; return nil }},
		nothing("no-buffer", 'N'), nothing("buffer", 0), overall("styled-output", 0, func(g *global) *bool { return &g.styled }),
		{name: "stderr", set: func(p *parser, v string) error { p.global.stderr = v; return nil }},
		overall("verbose", 'v', func(g *global) *bool { return &g.verbose }),
		{name: "trace", set: func(p *parser, v string) error { p.global.trace, p.global.traceASCII = v, false; return nil }},
		{name: "trace-ascii", set: func(p *parser, v string) error { p.global.trace, p.global.traceASCII = v, true; return nil }},
		overall("trace-time", 0, func(g *global) *bool { return &g.traceTime }),
		{name: "write-out", short: 'w', set: func(p *parser, v string) (err error) { p.cur().writeOut, err = p.textOrFile(v); return err }},
	}
}

func failure_(name string, short byte, mode failMode) row {
	return row{name: name, short: short, flip: func(p *parser, on bool) error {
		switch {
		case !on:
			p.cur().fail = failNever
		case p.cur().fail != failNever && p.cur().fail != mode:
			return errors.New("--fail and --fail-with-body exclude each other")
		default:
			p.cur().fail = mode
		}
		return nil
	}}
}

func otherRows() []row {
	return []row{
		overall("parallel", 'Z', func(g *global) *bool { return &g.parallel }),
		{name: "parallel-max", set: func(p *parser, v string) (err error) {
			if p.global.parallelMax, err = count(v, 0); p.global.parallelMax == 0 || p.global.parallelMax > 300 {
				p.global.parallelMax = defaultParallel
			}
			return err
		}},
		nothing("parallel-immediate", 0),
		overall("version", 'V', func(g *global) *bool { return &g.version }),
		overall("help", 'h', func(g *global) *bool { return &g.help }),
	}
}

// textOrFile returns an argument, or what the file that stands behind its @ holds.
func (p *parser) textOrFile(v string) (string, error) {
	path, ok := strings.CutPrefix(v, "@")
	if !ok {
		return v, nil
	}
	data, err := p.read(path)
	return string(data), err
}

// maxArgument bounds the files that arguments are read from.
const maxArgument = 1 << 30

// read returns the contents of a file, "-" being the standard input.
func (p *parser) read(path string) ([]byte, error) {
	in := p.env.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, &failure{code: exitRead, err: fmt.Errorf("cannot read %q: %w", path, cause(err))}
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxArgument+1))
	if err == nil && len(data) > maxArgument {
		err = errors.New("more than 1 GiB")
	}
	if err != nil {
		return nil, &failure{code: exitRead, err: fmt.Errorf("cannot read %q: %w", path, cause(err))}
	}
	return data, nil
}

// refusedRows are flags of curl's that are known and not spoken: each says why, so that nobody
// takes silence for consent.
func refusedRows() []row {
	const (
		otherProtocol = "it is for a protocol other than HTTP, and only HTTP is spoken here"
		microsoft     = "NTLM, Negotiate and Kerberos are not spoken here"
		notHere       = "there is no such thing here"
	)
	var all []row
	for reason, flags := range map[string]string{
		otherProtocol: "append compressed-ssh disable-eprt disable-epsv eprt epsv ftp-account ftp-alternative-to-user ftp-create-dirs ftp-method ftp-pasv ftp-port ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-ccc-mode ftp-ssl-control hostpubmd5 hostpubsha256 list-only login-options mail-auth mail-from mail-rcpt mail-rcpt-allowfails metalink pubkey quote sasl-authzid sasl-ir telnet-option tftp-blksize tftp-no-options use-ascii",
		microsoft:     "delegation krb negotiate ntlm ntlm-wb proxy-negotiate proxy-ntlm proxy-service-name service-name socks5-gssapi socks5-gssapi-nec socks5-gssapi-service",
		notHere:       "alt-svc aws-sigv4 crlfile dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-cert-status egd-file engine false-start haproxy-protocol hsts http0.9 ignore-content-length libcurl local-port manual preproxy proxy-ciphers proxy-crlfile proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-tlsv1 proxy1.0 random-file ssl-auto-client-cert sslv2 sslv3 tls13-ciphers tlsauthtype tlspassword tlsuser tr-encoding xattr",
	} {
		for name := range strings.FieldsSeq(flags) {
			all = append(all, row{name: name, refused: reason, short: refusedShort[name]})
		}
	}
	return all
}

var refusedShort = map[string]byte{
	"append": 'a', "ftp-port": 'P', "list-only": 'l', "quote": 'Q', "telnet-option": 't', "use-ascii": 'B', "sslv2": '2', "sslv3": '3', "manual": 'M',
}
