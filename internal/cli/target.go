package cli

// Which of the arguments is the METHOD and which the URL, and what a short URL stands for.

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// A target is where to send what: the arguments that are no flags, sorted out.
type target struct {
	method string // "": GET, or POST if there is a body
	url    string
	items  []item

	message *message      // what they come to; nil: that has not been asked yet
	user    *url.Userinfo // what the URL said, if that was taken out of it; nil: nothing was
	several bool          // it is one of several
}

// targets sorts out [METHOD] URL [URL|ITEM…]. The first of several arguments is the METHOD if it
// is a word of letters, in any case; only localhost is known to be none. METHOD and items are
// those of all URLs.
func (a *askOptions) targets(args []string) ([]target, error) {
	if len(args) == 0 {
		return nil, &usageError{"no URL"}
	}
	var tg target
	if len(args) > 1 && isMethod(args[0]) {
		tg.method = strings.ToUpper(args[0])
		args = args[1:]
	}
	if tg.method != "" && looksLikeItem(args[0]) {
		return nil, &usageError{fmt.Sprintf("%q is no URL: %s was taken for the METHOD; if it is a host, write http://%[2]s",
			args[0], strings.ToLower(tg.method))}
	}
	urls := args[:1:1]
	for _, arg := range args[1:] {
		if isFurtherURL(arg) {
			urls = append(urls, arg)
			continue
		}
		it, err := parseItem(arg)
		if err != nil {
			return nil, err
		}
		tg.items = append(tg.items, it)
	}
	all := make([]target, len(urls))
	for i, u := range urls {
		all[i] = tg
		var err error
		if all[i].url, err = a.url(u); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// isFurtherURL reports whether an argument after the first URL is another one. It must look
// like nothing else: it has a scheme of ours, or it is :port, :port/path or :/path, which as an
// item would be a header without a name.
func isFurtherURL(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	if !ok {
		return isShort(arg)
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "http+unix", "https+unix", "":
		return true
	}
	return false
}

// isShort reports whether an argument is a URL of this machine without its host.
func isShort(arg string) bool {
	rest, ok := strings.CutPrefix(arg, ":")
	port := strings.TrimLeft(rest, "0123456789")
	switch {
	case !ok || rest == "":
		return false
	case port == "":
		return true
	case port == rest:
		return port[0] == '/'
	}
	return strings.IndexByte("/?#", port[0]) >= 0
}

// isMethod reports whether an argument before the URL is a METHOD: letters, and in capitals
// also what VERSION-CONTROL and M-SEARCH have.
func isMethod(arg string) bool {
	upper, letters := true, true
	for i := range len(arg) {
		switch c := arg[i]; {
		case c >= 'A' && c <= 'Z':
		case c >= 'a' && c <= 'z':
			upper = false
		case i > 0 && (c == '-' || c == '_' || c >= '0' && c <= '9'):
			letters = false
		default:
			return false
		}
	}
	return arg != "" && (upper || letters) && !strings.EqualFold(arg, "localhost")
}

// looksLikeItem reports whether an argument in the URL's place is an item without any doubt:
// it has a = where a URL has its host.
func looksLikeItem(arg string) bool {
	host, _, _ := strings.Cut(arg, "?")
	host, _, _ = strings.Cut(host, "/")
	return strings.Contains(host, "=")
}

// expandURL writes a short URL out: ":8000/path" and ":/path" are on localhost, and a host
// without a scheme is asked over https, or over http if it is this machine.
func expandURL(arg string) (string, error) { return new(askOptions).url(arg) }

// url is expandURL with what the flags say.
func (a *askOptions) url(arg string) (string, error) {
	if arg == "" {
		return "", &usageError{"the URL is empty"}
	}
	if !hasScheme(arg) {
		arg = a.withScheme(arg)
	}
	if a.asIs {
		return arg, nil
	}
	return withoutDots(arg), nil
}

// withScheme puts the scheme, and localhost if it is to be understood, in front of a URL that
// has none.
func (a *askOptions) withScheme(arg string) string {
	arg = strings.TrimPrefix(arg, "://")
	scheme := a.scheme
	if rest, ok := strings.CutPrefix(arg, ":"); ok && !strings.HasPrefix(rest, ":") {
		port, path := rest, ""
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			port, path = rest[:i], rest[i:]
		}
		if port != "" {
			port = ":" + port
		}
		arg = "localhost" + port + path
	}
	arg = strings.TrimPrefix(arg, "//")
	if scheme == "" {
		scheme = "https"
		if isLocal(arg) {
			scheme = "http"
		}
	}
	return scheme + "://" + arg
}

// withoutDots returns a URL in whose path "." and ".." have been followed (RFC 3986 5.2.4), as
// browsers, curl and HTTPie do before they send it.
func withoutDots(url string) string {
	start := strings.Index(url, "://") + len("://")
	i := strings.IndexAny(url[start:], "/?#")
	if i < 0 || url[start+i] != '/' {
		return url
	}
	start += i
	end := len(url)
	if i := strings.IndexAny(url[start:], "?#"); i >= 0 {
		end = start + i
	}
	segments := strings.Split(url[start+1:end], "/")
	var out []string
	dots := false
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".":
		case "..":
			out = out[:max(0, len(out)-1)]
		default:
			out = append(out, segment)
			continue
		}
		dots = true
		if last {
			out = append(out, "") // it names a folder
		}
	}
	if !dots {
		return url
	}
	return url[:start] + "/" + strings.Join(out, "/") + url[end:]
}

// hasScheme reports whether the argument begins with a scheme (RFC 3986 3.1) and "://".
func hasScheme(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	if !ok || scheme == "" {
		return false
	}
	for i := range len(scheme) {
		c := scheme[i] | 0x20 // letters in lower case
		if !(c >= 'a' && c <= 'z' || i > 0 && strings.IndexByte("0123456789+-.", scheme[i]) >= 0) {
			return false
		}
	}
	return true
}

// isLocal reports whether the host at the beginning of arg is this machine: localhost, a
// name below it (RFC 6761 6.3), or a loopback address.
func isLocal(arg string) bool {
	u, err := url.Parse("http://" + arg)
	if err != nil {
		return false // whoever sends it will say why
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
