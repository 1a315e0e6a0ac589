// From the text that a caller gives to the URL that a request goes to: strict, because two
// readings of one URL are how requests end up where they should not.

package godwit

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// resolve returns the URL that ref is, by itself or joined to base.
func resolve(base, ref string) (*url.URL, error) {
	if base == "" || isAbsolute(ref) {
		return parseURL(ref)
	}
	b, err := parseURL(base)
	if err != nil {
		return nil, fmt.Errorf("BaseURL: %w", err)
	}
	return join(b, ref)
}

// isAbsolute reports whether a reference names scheme and authority.
func isAbsolute(ref string) bool {
	i := strings.IndexAny(ref, ":/?#")
	return i > 0 && strings.HasPrefix(ref[i:], "://")
}

var errUnparsable = errors.New("it cannot be parsed")

// parse is url.Parse without the URL in its errors: there may be a password in it. Spaces
// around it are refused, since others strip them.
func parse(s string) (*url.URL, error) {
	if strings.Trim(s, " ") != s {
		return nil, errors.New("a space at its beginning or end")
	}
	if isSocketText(s) {
		return transport.ParseSocketURL(s)
	}
	u, err := url.Parse(s)
	if err == nil {
		return u, nil
	}
	if strings.Contains(s, "@") {
		return nil, errUnparsable // even what is wrong may be a part of the password
	}
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return nil, err
}

// parseURL parses an absolute URL and checks that a request can go there.
func parseURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, errors.New("it is empty")
	}
	u, err := parse(s)
	if err != nil {
		return nil, err
	}
	return u, checkURL(u)
}

// checkURL refuses what no request can go to, and drops an empty port.
func checkURL(u *url.URL) error {
	switch {
	case isSocketURL(u):
		_, err := transport.ParseSocketURL(u.String())
		return err
	case u.Scheme == "":
		return errors.New("no http:// or https:// in front")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("scheme %q is neither http nor https", clip(u.Scheme, 20))
	case u.Opaque != "" || u.Host == "":
		return errors.New("no host")
	}
	u.Host = strings.TrimSuffix(u.Host, ":") // RFC 3986 3.2.3: the same as none
	if err := checkHost(u); err != nil {
		return err
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return fmt.Errorf("port %q is not a number from 1 to 65535", clip(port, 20))
		}
	}
	return nil
}

// checkHost refuses hosts that others would read otherwise; whether a name can exist at all
// is for the resolver to say.
func checkHost(u *url.URL) error {
	host := u.Hostname()
	if host == "" {
		return errors.New("no host")
	}
	if u.Host[0] == '[' {
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
			return errors.New("what is in its brackets is no IPv6 address")
		}
		return nil
	}
	if isPlainHost(host) {
		return nil
	}
	if i := strings.IndexFunc(host, func(r rune) bool {
		return r <= ' ' || strings.ContainsRune(`<>"[]:\^|{}%@`+"`\x7f", r) || r == utf8.RuneError
	}); i >= 0 {
		return fmt.Errorf("character %q in its host", host[i])
	}
	return nil
}

// isPlainHost reports whether a host is made of what nobody reads otherwise. Nearly all are.
func isPlainHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// join joins a reference below the base's path. Its host, scheme and port stay those of the
// base whatever the reference is.
func join(base *url.URL, ref string) (*url.URL, error) {
	if len(ref) >= 2 && isSlash(ref[0]) && isSlash(ref[1]) {
		return nil, errors.New("a host without a scheme, which is not joined to a BaseURL")
	}
	r, err := parse(ref)
	if err != nil {
		return nil, err
	}
	if r.Scheme != "" || r.Host != "" || r.User != nil {
		return nil, errors.New("a scheme without a host, which is not joined to a BaseURL")
	}
	if climbs(r.Path) {
		return nil, errors.New("it climbs out of the BaseURL")
	}
	u := *base
	u.Fragment, u.RawFragment = r.Fragment, r.RawFragment
	u.RawQuery = joinQuery(base.RawQuery, r.RawQuery)
	if r.Path == "" {
		return &u, nil
	}
	escaped := strings.TrimSuffix(base.EscapedPath(), "/") + "/" + strings.TrimPrefix(r.EscapedPath(), "/")
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, err
	}
	below := base.ResolveReference(&url.URL{Path: path, RawPath: escaped}) // without its dot segments
	u.Path, u.RawPath = below.Path, below.RawPath
	return &u, nil
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }

// climbs reports whether the dot segments of a path lead above where it begins. The path is
// decoded, since servers take %2e%2e for dots as well.
func climbs(path string) bool {
	depth := 0
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		switch segment {
		case ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// sameOrigin reports whether scheme, host and port are the same (RFC 6454). A host in
// another form (a trailing dot, a zone) counts as another: that errs on the safe side.
func sameOrigin(a, b *url.URL) bool {
	return transport.Origin(a) == transport.Origin(b)
}

// sameHost reports whether two hosts are one, whatever their letter case and a dot at their end:
// that errs on the other side.
func sameHost(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// escapeQuery percent-encodes what must not stand in a request line and what browsers
// encode besides (WHATWG URL, query percent-encode set).
func escapeQuery(q string) string {
	bad := func(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' }
	i := 0
	for i < len(q) && !bad(q[i]) {
		i++
	}
	if i == len(q) {
		return q
	}
	var b strings.Builder
	b.WriteString(q[:i])
	for ; i < len(q); i++ {
		if bad(q[i]) {
			fmt.Fprintf(&b, "%%%02X", q[i])
		} else {
			b.WriteByte(q[i])
		}
	}
	return b.String()
}

// printable returns the text of a URL as it may stand in an error: without its password, in
// one line, of bounded length.
func printable(raw string) string {
	if at := strings.LastIndexByte(raw, '@'); at >= 0 {
		u, err := url.Parse(raw)
		switch {
		case err == nil && u.Opaque == "" && u.Host != "":
			raw = trace.RedactURL(u)
		case strings.Contains(raw[:at], "://"):
			raw = raw[:strings.Index(raw, "://")+3] + trace.Hidden + raw[at:]
		default:
			raw = trace.Hidden + raw[at:]
		}
	}
	return visible(clip(raw, 2000))
}

// visible shows what would act on a terminal instead of letting it act.
func visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}
