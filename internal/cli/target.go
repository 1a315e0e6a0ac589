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

	message *message // what they come to; nil: that has not been asked yet
}

// parseTarget sorts out [METHOD] URL [ITEM…]. The first of several arguments is the METHOD
// if it is a word of letters, in any case; only localhost is known to be none.
func parseTarget(args []string) (target, error) {
	if len(args) == 0 {
		return target{}, &usageError{"no URL"}
	}
	var tg target
	if len(args) > 1 && isMethod(args[0]) {
		tg.method = strings.ToUpper(args[0])
		args = args[1:]
	}
	if tg.method != "" && looksLikeItem(args[0]) {
		return target{}, &usageError{fmt.Sprintf("%q is no URL: %s was taken for the METHOD; if it is a host, write http://%[2]s",
			args[0], strings.ToLower(tg.method))}
	}
	var err error
	if tg.url, err = expandURL(args[0]); err != nil {
		return target{}, err
	}
	for _, arg := range args[1:] {
		it, err := parseItem(arg)
		if err != nil {
			return target{}, err
		}
		tg.items = append(tg.items, it)
	}
	return tg, nil
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
func expandURL(arg string) (string, error) {
	if arg == "" {
		return "", &usageError{"the URL is empty"}
	}
	if hasScheme(arg) {
		return arg, nil
	}
	arg = strings.TrimPrefix(arg, "://")
	if rest, ok := strings.CutPrefix(arg, ":"); ok && !strings.HasPrefix(rest, ":") {
		port, path := rest, ""
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			port, path = rest[:i], rest[i:]
		}
		if port != "" {
			port = ":" + port
		}
		return "http://localhost" + port + path, nil
	}
	arg = strings.TrimPrefix(arg, "//")
	if isLocal(arg) {
		return "http://" + arg, nil
	}
	return "https://" + arg, nil
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
