package cli

// --why: where each choice comes from, in the words of the command line.

import (
	"cmp"
	"io"
	"strings"

	"example.com/godwit/internal/cli/ledger"
	"example.com/godwit/transport"
)

// explain prints why a call went as it did, by the flags and settings that it had. The standard error
// stream has it, as the answer may be for a program.
func (r *records) explain(book *ledger.Ledger, o *options) {
	why := reasons{r.own, o}
	_, _ = io.WriteString(r.own.Stderr, book.Why(why.source, o.output.showSecrets))
}

// reasons are where the choices of a call may come from.
type reasons struct {
	env     *Env
	options *options
}

// source says where a choice comes from, and of flags that the file of settings has where they stand
// in it.
func (r *reasons) source(a ledger.Asked, b ledger.Because) string {
	text := r.sourceOf(a, b)
	for name, place := range r.options.config.from {
		flag := "--" + name
		before, after, ok := strings.Cut(text, flag)
		if next := strings.TrimLeft(after, flagLetters); ok && len(next) == len(after) {
			text = before + flag + " in " + place + after
		}
	}
	return text
}

// flagLetters are what names of flags are made of.
const flagLetters = "abcdefghijklmnopqrstuvwxyz0123456789-."

// sourceOf says that it is a flag, a variable, a file, or that nothing says otherwise.
func (r *reasons) sourceOf(a ledger.Asked, b ledger.Because) string {
	o := r.options
	switch b.What {
	case "proxy":
		return r.proxySource(a, b)
	case "ca":
		switch b.Rule {
		case "CA option":
			return "--verify"
		case "AddCA option":
			return "--add-ca"
		case "Insecure option":
			return "--verify=no"
		}
		return cmp.Or(b.Rule, "--verify, --add-ca and SSL_CERT_FILE say nothing else")
	case "credential":
		switch {
		case b.Rule == "Auth option" && (o.auth.text != nil || o.session.name == ""):
			return "--auth"
		case b.Rule == "Auth option":
			return "the session " + o.session.name
		case b.Rule == "" && b.Value == "none":
			return "no --auth, nobody in the URL, nothing for the host in a netrc"
		case b.Rule == "":
			return r.orSession("an item")
		}
	case "cookies":
		switch {
		case b.Rule == "the jar":
			return r.orSession("set by an answer of this run")
		case b.Rule == "" && b.Value != "none":
			return "an item"
		}
	case "protocol":
		if o.exchange.protocols != 0 {
			return b.Rule + "; " + o.exchange.protocolFlag()
		}
	case "redirect":
		if b.Rule == "" {
			return "--follow is not given"
		}
		return b.Rule + ", --follow"
	case "again":
		if strings.HasPrefix(b.Rule, "status ") || b.Rule != "challenge" && b.Rule != "resend" && o.limits.retry > 0 {
			return b.Rule + ", --retry"
		}
	case "decoding":
		if b.Rule == "" {
			return "nobody has asked for it"
		}
	}
	return b.Rule
}

// orSession adds the session, if there is one, to another source.
func (r *reasons) orSession(source string) string {
	if name := r.options.session.name; name != "" {
		return "the session " + name + ", or " + source
	}
	return source
}

// proxySource says where the proxy, or that there is none, comes from.
func (r *reasons) proxySource(a ledger.Asked, b ledger.Because) string {
	p := &r.options.proxies
	switch {
	case b.Rule == "the request's own rule" && b.Value == "none":
		return "--proxy or --noproxy"
	case b.Rule == "the request's own rule":
		return "--proxy"
	case b.Rule == "the environment" && b.Value == "none":
		return "NO_PROXY names the host, or it is this machine"
	case b.Rule == "the environment":
		for _, name := range proxyVariables(a.TLS) {
			if r.env.Getenv(name) != "" {
				return name
			}
		}
	case b.Rule == "" && (p.rules != nil || p.none != ""):
		return "--proxy and --noproxy name none for it"
	case b.Rule == "":
		return "neither --proxy nor a variable names one"
	}
	return b.Rule
}

// proxyVariables returns the names of the variables that name proxies, in the order in which they
// count.
func proxyVariables(encrypted bool) []string {
	if encrypted {
		return []string{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}
	}
	return []string{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}
}

// protocolFlag returns the flag that says which versions there may be.
func (e *exchangeOptions) protocolFlag() string {
	switch p := e.protocols; {
	case p == transport.HTTP10:
		return "--http1.0"
	case p == transport.HTTP1:
		return "--http1.1"
	case p == transport.HTTP2:
		return "--http2-prior-knowledge"
	case p == transport.HTTP1|transport.HTTP2:
		return "--http2"
	case p == transport.HTTP3:
		return "--http3-only"
	case p&transport.HTTP3 != 0:
		return "--http3"
	}
	return ""
}
