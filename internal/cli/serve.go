package cli

// godwit serve: a server to try things on.

import (
	"context"
	"fmt"
	"net"
	"strings"

	"example.com/godwit/internal/cli/testserver"
)

type serveOptions struct {
	testserver.Options
	help bool
}

var serveFlags = []flagRow[serveOptions]{
	{
		name: "http", arg: "HOST:PORT", help: "where to serve HTTP (default: 127.0.0.1 and a free\nport)",
		apply: func(o *serveOptions, v string) error { o.HTTP = v; return hostPort(v) },
	},
	{
		name: "https", arg: "HOST:PORT", help: "where to serve HTTPS (default: 127.0.0.1 and a free\nport)",
		apply: func(o *serveOptions, v string) error { o.HTTPS = v; return hostPort(v) },
	},
	{
		name: "ca", arg: "FILE", help: "where to write the certificate of the CA, a file that\ndoes not exist yet (default: one in a new folder)",
		apply: func(o *serveOptions, v string) error { o.CAFile = v; return nil },
	},
	{
		name: "help", short: 'h', help: "print this help",
		flip: func(o *serveOptions, on bool) { o.help = on },
	},
}

// hostPort refuses what is no address to listen at.
func hostPort(v string) error {
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("HOST:PORT is wanted, not %q", v)
	}
	return nil
}

const serveHelp = `usage: godwit serve [flags]

Serves httpbin's endpoints (/get, /post, /redirect/3, /status/404, /stream/10, …) over
HTTP, and over HTTPS with a certificate of a CA that is made for the occasion, until it
is interrupted. Then the file with the CA's certificate is removed.

Flags:
`

// runServe serves until ctx ends.
func runServe(ctx context.Context, env *Env, args []string) (err error) {
	var o serveOptions
	rest, err := parseFlags(serveFlags, args, &o)
	switch {
	case err != nil:
		return err
	case o.help:
		var b strings.Builder
		b.WriteString(serveHelp)
		writeFlags(&b, serveFlags)
		return printText(env, b.String())
	case len(rest) > 0:
		return &usageError{fmt.Sprintf("serve takes no argument %q; a host of that name is http://serve", rest[0])}
	}
	s, err := testserver.Start(o.Options)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(); err == nil {
			err = cerr
		}
	}()
	if err := printText(env, serveText(s)); err != nil {
		return err
	}
	<-ctx.Done() // which is how it is meant to end
	return nil
}

// serveText says where the server is and how to ask it.
func serveText(s *testserver.Server) string {
	return strings.Join([]string{
		"HTTP   " + s.HTTP,
		"HTTPS  " + s.HTTPS,
		"CA     " + s.CAFile,
		"",
		"godwit " + shellQuote(s.HTTP+"/get"),
		"godwit " + shellQuote("--verify="+s.CAFile) + " " + shellQuote(s.HTTPS+"/get"),
		"",
		"Ctrl-C ends it.", "",
	}, "\n")
}

// shellQuote returns arg as a POSIX shell must be given it.
func shellQuote(arg string) string {
	plain := arg != "" && strings.IndexFunc(arg, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+=:,./-", r))
	}) < 0
	if plain {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
