// Reading a Set-Cookie field (RFC 6265bis 5.6): octets in, octets out, nothing decoded, in one
// pass.

package cookiejar

import (
	"net/http"
	"strings"
	"time"
)

// A setCookie is what a Set-Cookie field says, before anybody has asked whether its host may.
type setCookie struct {
	name, value string

	domain string // as it came; "": none, or an empty one
	path   string // the same

	expires   time.Time // zero: none that can be read
	maxAge    time.Duration
	hasMaxAge bool // there was one that can be read

	secure, httpOnly, partitioned bool
	sameSite                      http.SameSite
}

// parse reads the value of one Set-Cookie field. rule says why it is to be ignored, "" if it
// is not.
func parse(line string) (s setCookie, rule Rule) {
	if hasControl(line) {
		return s, RuleControl
	}
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", pair
	}
	s.name, s.value = trim(name), trim(value)
	switch {
	case len(s.name)+len(s.value) > maxPair:
		return s, RuleLong
	case s.name == "" && s.value == "":
		return s, RuleEmpty
	}
	for attributes != "" {
		var attribute string
		attribute, attributes, _ = strings.Cut(attributes, ";")
		name, value, _ := strings.Cut(attribute, "=")
		if value = trim(value); len(value) <= maxAttribute {
			s.set(trim(name), value)
		}
	}
	return s, ""
}

// set takes one attribute. Of several with the same name the last one counts, but for those
// whose value cannot be read: they are as if they were not there.
func (s *setCookie) set(name, value string) {
	switch {
	case equalFold(name, "expires"):
		if t, ok := parseDate(value); ok {
			s.expires = t
		}
	case equalFold(name, "max-age"):
		if age, ok := parseMaxAge(value); ok {
			s.maxAge, s.hasMaxAge = age, true
		}
	case equalFold(name, "domain"):
		s.domain = value
	case equalFold(name, "path"):
		s.path = value
	case equalFold(name, "secure"):
		s.secure = true
	case equalFold(name, "httponly"):
		s.httpOnly = true
	case equalFold(name, "partitioned"):
		s.partitioned = true
	case equalFold(name, "samesite"):
		s.sameSite = parseSameSite(value)
	}
}

// parseMaxAge reads a number of seconds of any length: more than the limit is the limit, less
// than nothing is 0.
func parseMaxAge(value string) (age time.Duration, ok bool) {
	digits, negative := strings.CutPrefix(value, "-")
	if digits == "" {
		return 0, false
	}
	for i := range len(digits) {
		c := digits[i]
		if !isDigit(c) {
			return 0, false
		}
		if age < maxAge {
			age = 10*age + time.Duration(c-'0')*time.Second
		}
	}
	if negative {
		return 0, true
	}
	return min(age, maxAge), true
}

// sameSites are the values of SameSite, by http.SameSite. Any other value is as none.
var sameSites = [...]string{
	http.SameSiteLaxMode:    "Lax",
	http.SameSiteStrictMode: "Strict",
	http.SameSiteNoneMode:   "None",
}

func parseSameSite(value string) http.SameSite {
	for mode, name := range sameSites {
		if name != "" && equalFold(value, name) {
			return http.SameSite(mode)
		}
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
