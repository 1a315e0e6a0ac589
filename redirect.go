// Where a redirect leads, and what goes along: decisions only. follow.go acts on them.

package godwit

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// maxLocation bounds the Location field. It is used whole or not at all.
const maxLocation = 64 << 10

// isRedirect reports whether the status is one that is followed. 300, 304, 305 and 306 are
// not, whatever their Location says (RFC 9110 15.4).
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follows reports whether the response is a redirect that leads somewhere.
func follows(res *http.Response) bool {
	return isRedirect(res.StatusCode) && res.Header.Get("Location") != ""
}

// A target is what a redirect asks for.
type target struct {
	url      *url.URL
	method   string
	keepBody bool // the body is sent again
	crosses  bool // it is another origin than that of the request before
}

// redirectTarget returns what the redirect asks for, or why that is refused.
func redirectTarget(from *url.URL, method string, res *http.Response, downgrade bool) (target, error) {
	location, err := location(res.Header)
	if err != nil {
		return target{}, err
	}
	if isSocketText(location) {
		return target{}, kindErrorf(ErrLocation, "redirect to a unix socket")
	}
	u, err := from.Parse(location)
	if escape, ok := errors.AsType[url.EscapeError](err); ok && len(escape) > 0 {
		u, err = from.Parse(escapePercent(location)) // browsers let a stray % pass
	}
	if err != nil {
		return target{}, kindErrorf(ErrLocation, "redirect to a URL that cannot be parsed")
	}
	u.User = nil // never becomes a credential, never shown (RFC 9110 4.2.4)
	if isSocketURL(u) && !sameOrigin(from, u) {
		return target{}, kindErrorf(ErrLocation, "redirect to a unix socket")
	}
	if err := checkURL(u); err != nil {
		return target{}, kindErrorf(ErrLocation, "redirect to a URL that cannot be followed: %v", err)
	}
	if usesTLS(from) && !usesTLS(u) && !downgrade {
		return target{}, kindErrorf(ErrLocation, "redirect from https to http (allowed by AllowDowngrade)")
	}
	if u.Fragment == "" {
		u.Fragment, u.RawFragment = from.Fragment, from.RawFragment // RFC 9110 10.2.2
	}
	u.RawQuery = escapeQuery(u.RawQuery)
	t := target{url: u, crosses: !sameOrigin(from, u)}
	t.method, t.keepBody = redirectMethod(method, res.StatusCode)
	return t, nil
}

// location returns the Location as browsers read it. It is a copy: what is made of it
// outlives the response's head.
func location(h http.Header) (string, error) {
	values := h["Location"]
	for _, v := range values[1:] {
		if v != values[0] {
			return "", kindErrorf(ErrLocation, "redirect with several Locations")
		}
	}
	l := values[0]
	if len(l) > maxLocation {
		return "", kindErrorf(ErrLocation, "redirect with a Location of %d bytes, more than %d", len(l), maxLocation)
	}
	if !isFieldValue(l) {
		return "", kindErrorf(ErrLocation, "redirect with a control character in its Location")
	}
	l = strings.Clone(strings.Trim(l, " \t"))
	// WHATWG URL: a backslash is a slash, up to the query.
	path, rest := l, ""
	if i := strings.IndexAny(l, "?#"); i >= 0 {
		path, rest = l[:i], l[i:]
	}
	path = strings.ReplaceAll(path, `\`, "/")
	if strings.Contains(path, ":") && path[0] != '/' && !isLetter(path[0]) {
		path = "./" + path // RFC 3986 4.2: a scheme begins with a letter, so this is none
	}
	return path + rest, nil
}

// usesTLS reports whether a URL is one of https, over a unix socket or not.
func usesTLS(u *url.URL) bool { return strings.HasPrefix(u.Scheme, "https") }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// escapePercent escapes each percent sign that begins no escape.
func escapePercent(s string) string {
	isHex := func(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

// redirectMethod returns the method of the next request and whether it has the body of the
// last (RFC 9110 15.4): POST becomes GET by habit after 301 and 302; all but HEAD becomes
// GET after 303; nothing changes after 307 and 308.
func redirectMethod(method string, status int) (string, bool) {
	switch {
	case status == http.StatusSeeOther && method != http.MethodHead:
		return http.MethodGet, false
	case status == http.StatusSeeOther:
		return method, false
	case method == http.MethodPost && (status == http.StatusMovedPermanently || status == http.StatusFound):
		return http.MethodGet, false
	}
	return method, true
}

// sameOriginHeader returns the header of the next request to the same origin.
func sameOriginHeader(h http.Header, keepBody bool) http.Header {
	next := make(http.Header, len(h))
	for name, values := range h {
		if keepBody || !describesBody(name) {
			next[name] = values
		}
	}
	return next
}

// crossOrigin returns the header of the next request to another origin, and the names of
// those that stay behind. It is an allow-list: no list of secret names is ever complete.
func crossOrigin(h http.Header, keep []string, keepBody bool) (next http.Header, dropped []string) {
	next = make(http.Header, len(h))
	for name, values := range h {
		switch {
		case describesBody(name):
			if keepBody {
				next[name] = values
			}
		case isHarmless(name) || keeps(keep, name) || len(values) == 0:
			next[name] = values
		default:
			dropped = append(dropped, name)
		}
	}
	slices.Sort(dropped)
	return next, dropped
}

// keeps reports whether a caller named the field in KeepHeaders.
func keeps(keep []string, name string) bool {
	return slices.ContainsFunc(keep, func(k string) bool { return strings.EqualFold(k, name) })
}

// isHarmless reports whether a field says nothing about who is asking.
func isHarmless(name string) bool {
	name = textproto.CanonicalMIMEHeaderKey(name)
	switch name {
	case "User-Agent", "Range", "If-Range", "Cache-Control", "Pragma", "Traceparent", "Tracestate":
		return true
	}
	return name == "Accept" || strings.HasPrefix(name, "Accept-")
}

// describesBody reports whether a field belongs to the body and goes with it.
func describesBody(name string) bool {
	name = textproto.CanonicalMIMEHeaderKey(name)
	switch name {
	case "Transfer-Encoding", "Trailer", "Expect", "Digest", "Repr-Digest":
		return true
	}
	return strings.HasPrefix(name, "Content-")
}

// tooMany is the error for one redirect more than are followed.
func tooMany(n int) error {
	return kindError{ErrRedirects, fmt.Sprintf("too many redirects: the limit is %d (set by Redirects)", n)}
}
