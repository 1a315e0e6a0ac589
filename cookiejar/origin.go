// Whose cookies a URL may set and get: deciding, from values alone.

package cookiejar

import (
	"net/url"
	"strings"
	"time"
)

// An origin is what counts of a URL for cookies.
type origin struct {
	host
	path   string // as it is sent, beginning with a slash
	secure bool
}

// originOf returns the origin of a URL; ok is false if such URLs have no cookies.
func originOf(u *url.URL) (o origin, ok bool) {
	if u == nil {
		return o, false
	}
	switch {
	case equalFold(u.Scheme, "https"), equalFold(u.Scheme, "wss"):
		o.secure = true
	case equalFold(u.Scheme, "http"), equalFold(u.Scheme, "ws"):
	default:
		return o, false
	}
	o.path = requestPath(u)
	o.host, ok = canonical(u.Hostname())
	return o, ok
}

// requestPath returns the path that a request for u is sent with. It is not decoded: /a%2Fb is
// not below /a.
func requestPath(u *url.URL) string {
	path := u.EscapedPath()
	if u.Opaque != "" {
		path = u.Opaque
		if rest, ok := strings.CutPrefix(path, "//"); ok {
			path = afterHost(rest)
		}
		path, _, _ = strings.Cut(path, "?")
	}
	if !strings.HasPrefix(path, "/") {
		return "/"
	}
	return path
}

// afterHost returns what follows the first slash, with it.
func afterHost(s string) string {
	if i := strings.IndexByte(s, '/'); i >= 0 {
		return s[i:]
	}
	return ""
}

// defaultPath returns the path of a cookie that names none (5.1.4): the folder of the
// request's.
func defaultPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// pathMatch reports whether a cookie's path covers that of a request (5.1.4): not /any covers
// /anybad.
func pathMatch(path, cookiePath string) bool {
	if !strings.HasPrefix(path, cookiePath) {
		return false
	}
	return len(path) == len(cookiePath) || cookiePath[len(cookiePath)-1] == '/' || path[len(cookiePath)] == '/'
}

// isBelow reports whether a name is below a domain, label by label. An address is below
// nothing: whoever asks has looked.
func isBelow(name, domain string) bool {
	rest, ok := strings.CutSuffix(name, domain)
	return ok && strings.HasSuffix(rest, ".")
}

// receive makes the cookie of what a response of o says (5.7, steps 1 to 22), but for what
// depends on the cookies that there are. Its strings are parts of those that came.
func (s *setCookie) receive(o *origin, now time.Time) (c Cookie, rule Rule) {
	c = Cookie{
		Name: s.name, Value: s.value,
		Path:   defaultPath(o.path),
		Secure: s.secure, HTTPOnly: s.httpOnly, Partitioned: s.partitioned, SameSite: s.sameSite,
		Expires: s.expiry(now),
		Created: now, LastUsed: now,
	}
	if strings.HasPrefix(s.path, "/") {
		c.Path = s.path
	}
	if c.Domain, c.HostOnly, rule = s.scope(o); rule != "" {
		return c, rule
	}
	if c.Secure && !o.secure {
		return c, RuleInsecure
	}
	if s.path != "/" && hasPrefixFold(c.Name, "__Host-") { // "/" by default is not enough
		return c, RulePrefix
	}
	return c, c.checkContent()
}

// expiry returns when the cookie ends, zero if with the session. A year before the first is
// nobody's: what has ended, ended long ago.
func (s *setCookie) expiry(now time.Time) time.Time {
	switch {
	case s.hasMaxAge && s.maxAge == 0:
		return time.Unix(0, 0).UTC()
	case s.hasMaxAge:
		return now.Add(s.maxAge)
	case s.expires.IsZero():
		return time.Time{}
	}
	return clamp(s.expires, now)
}

// clamp bounds how long a cookie lives.
func clamp(expires, now time.Time) time.Time {
	if latest := now.Add(maxAge); expires.After(latest) {
		return latest
	}
	return expires.Round(0).UTC()
}

// scope returns which hosts the cookie is for, and whether o may say so (5.7, steps 7 to 10).
func (s *setCookie) scope(o *origin) (domain string, hostOnly bool, rule Rule) {
	name := strings.TrimPrefix(s.domain, ".")
	if name == "" {
		return o.name, true, ""
	}
	if len(name) > maxName || !isASCII(name) {
		return "", false, RuleDomain
	}
	switch name = strings.ToLower(name); {
	case o.ip && o.isAddress(name):
		return o.name, true, ""
	case o.ip:
		return "", false, RuleDomain
	case name == o.name:
		return o.name, isPublicSuffix(name), ""
	case !isBelow(o.name, name):
		return "", false, RuleDomain
	case isPublicSuffix(name):
		return "", false, RulePublicSuffix
	}
	return name, false, ""
}
