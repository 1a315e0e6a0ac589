// What a cookie is, and which cookies there cannot be. Whatever enters a jar, from a response,
// a file or a program, passes the checks of this file.

package cookiejar

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The bounds of RFC 6265bis.
const (
	maxPair      = 4096 // octets of name and value together, 5.6
	maxAttribute = 1024 // octets of an attribute's value, 5.6
	maxAge       = 400 * 24 * time.Hour
)

// A Cookie is one cookie of a [Jar]. The octets of name, value and path are as they came;
// they need not be UTF-8.
type Cookie struct {
	// Name may be empty: then the Cookie field has the value alone.
	Name, Value string

	// Domain is a host in lower case with its international labels as A-labels, without a
	// dot at either end, or an address as netip writes it. The cookie is sent to this host
	// and, unless HostOnly, to all hosts below it.
	Domain   string
	HostOnly bool

	// Path is where the cookie is sent to: this path and what is below it. It begins with a
	// slash.
	Path string

	Secure   bool // it is sent over https and wss only
	HTTPOnly bool // it is not for scripts: kept, and of no effect here

	// Partitioned and SameSite are kept and not enforced. 0: there was no SameSite, or none
	// that is known.
	Partitioned bool
	SameSite    http.SameSite

	// Expires is when the cookie ends. Zero: with the session, see [Jar.EndSession].
	Expires time.Time

	// Created orders the cookies of a request. LastUsed is when the cookie was set or sent
	// last.
	Created, LastUsed time.Time
}

// A Rule names the rule that a cookie breaks.
type Rule string

// The rules for cookies.
const (
	RuleEmpty        Rule = "has neither name nor value"
	RuleControl      Rule = "has a control character"
	RuleSyntax       Rule = "has a character that cannot be in a name or value, or white space around them"
	RuleLong         Rule = "has more than 4096 octets of name and value"
	RuleURL          Rule = "has a URL that has no cookies: neither http nor https, or without a proper host"
	RuleDomain       Rule = "has a domain that is no host, or not one that its host may set cookies for"
	RulePublicSuffix Rule = "has a domain that is a public suffix: it must be host-only"
	RuleAddress      Rule = "has a domain that is an address: it must be host-only"
	RulePath         Rule = "has a path that does not begin with a slash or is longer than 1024 octets"
	RuleInsecure     Rule = "is Secure and comes over an insecure connection"
	RulePrefix       Rule = "has a prefix in its name that promises what its attributes do not keep"
	RuleSameSite     Rule = "has an unknown SameSite"
)

// An Error says which rule a cookie breaks. It does not show the cookie's value.
type Error struct {
	Name string // the cookie's
	Rule Rule
}

// Error returns the name, quoted and cut short if it is long, and the rule.
func (e *Error) Error() string { return "cookie " + excerpt(e.Name) + " " + string(e.Rule) }

// excerpt quotes somebody else's text for a message.
func excerpt(s string) string {
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return strconv.QuoteToASCII(s)
}

// expired reports whether the cookie is over.
func (c *Cookie) expired(now time.Time) bool {
	return !c.Expires.IsZero() && !now.Before(c.Expires)
}

// checkContent returns the rule that the cookie breaks whatever its domain is, "" if none.
func (c *Cookie) checkContent() Rule {
	switch {
	case c.Name == "" && c.Value == "":
		return RuleEmpty
	case len(c.Name)+len(c.Value) > maxPair:
		return RuleLong
	case hasControl(c.Name) || hasControl(c.Value) || hasControl(c.Path):
		return RuleControl
	case strings.ContainsAny(c.Name, "=;") || strings.IndexByte(c.Value, ';') >= 0:
		return RuleSyntax
	case trim(c.Name) != c.Name || trim(c.Value) != c.Value:
		return RuleSyntax
	case c.Path == "" || c.Path[0] != '/' || len(c.Path) > maxAttribute:
		return RulePath
	case c.SameSite < 0 || c.SameSite > http.SameSiteNoneMode:
		return RuleSameSite
	case !c.keepsPrefix():
		return RulePrefix
	}
	return ""
}

// checkDomain brings the domain into its form, and returns the rule that it breaks, "" if
// none.
func (c *Cookie) checkDomain() Rule {
	h, ok := canonical(c.Domain)
	if !ok {
		return RuleDomain
	}
	c.Domain = h.name
	switch {
	case c.HostOnly:
		return ""
	case h.ip:
		return RuleAddress
	case isPublicSuffix(h.name):
		return RulePublicSuffix
	}
	return ""
}

// keepsPrefix reports whether the cookie is what its name's prefix promises (5.7, steps 20 to
// 22; layered cookies 4.1.3 for the prefixes with Http).
func (c *Cookie) keepsPrefix() bool {
	switch {
	case c.Name == "":
		// The server would take the value for a name. Some skip what stands before it.
		value := strings.TrimLeft(c.Value, "= \t")
		return !hasPrefixFold(value, "__Secure-") && !hasPrefixFold(value, "__Host-") && !hasPrefixFold(value, "__Http-")
	case len(c.Name) < 2 || c.Name[:2] != "__":
		return true
	case hasPrefixFold(c.Name, "__Host-Http-"):
		return c.Secure && c.HTTPOnly && c.HostOnly && c.Path == "/"
	case hasPrefixFold(c.Name, "__Host-"):
		return c.Secure && c.HostOnly && c.Path == "/"
	case hasPrefixFold(c.Name, "__Http-"):
		return c.Secure && c.HTTPOnly
	case hasPrefixFold(c.Name, "__Secure-"):
		return c.Secure
	}
	return true
}

// hasPrefixFold is strings.HasPrefix for a prefix of ASCII letters in any case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && equalFold(s[:len(prefix)], prefix)
}

// equalFold compares octets; strings.EqualFold takes U+212A for a k.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// hasControl reports whether s has a control character other than the tab (5.6, step 1).
func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

// trim removes spaces and tabs at both ends, and nothing else.
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
