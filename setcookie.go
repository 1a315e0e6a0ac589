// The cookies that a response sets, octet for octet.

package godwit

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Cookies returns the cookies that the response sets, as the Set-Cookie fields have them:
// it drops none, whatever a jar may think of them, and alters nothing. A Value keeps the
// quotes that came with it, and Raw is the whole field. net/http's method of that name, which
// this one takes the place of, leaves out what it does not like (a[b]=1, =v, v) and takes
// quotes off.
func (r *Response) Cookies() []*http.Cookie { return setCookies(r.Header["Set-Cookie"]) }

// Cookies returns the cookies that the response sets; see [Response.Cookies].
func (s *Stream) Cookies() []*http.Cookie { return setCookies(s.Header["Set-Cookie"]) }

// setCookies parses Set-Cookie fields (RFC 6265bis 5.6). One without name and value is none.
func setCookies(fields []string) []*http.Cookie {
	var all []*http.Cookie
	for _, field := range fields {
		pair, attributes, _ := strings.Cut(field, ";")
		name, value, named := strings.Cut(pair, "=")
		if !named {
			name, value = "", pair
		}
		c := &http.Cookie{Name: trimBlanks(name), Value: trimBlanks(value), Raw: field}
		if c.Name == "" && c.Value == "" {
			continue
		}
		for attributes != "" {
			var attribute string
			attribute, attributes, _ = strings.Cut(attributes, ";")
			key, value, _ := strings.Cut(attribute, "=")
			setAttribute(c, trimBlanks(key), trimBlanks(value), trimBlanks(attribute))
		}
		all = append(all, c)
	}
	return all
}

func trimBlanks(s string) string { return strings.Trim(s, " \t") }

// setAttribute sets what an attribute says. The last of two counts; what says nothing that
// we know goes to Unparsed.
func setAttribute(c *http.Cookie, key, value, whole string) {
	switch strings.ToLower(key) {
	case "":
		return
	case "path":
		c.Path = value
		return
	case "domain":
		c.Domain = value
		return
	case "secure":
		c.Secure = true
		return
	case "httponly":
		c.HttpOnly = true
		return
	case "partitioned":
		c.Partitioned = true
		return
	case "samesite":
		c.SameSite = sameSite(value)
		return
	case "max-age":
		if n, err := strconv.Atoi(value); err == nil {
			if c.MaxAge = n; n <= 0 {
				c.MaxAge = -1 // how http.Cookie says "now"
			}
			return
		}
	case "expires":
		c.RawExpires = value
		if at, ok := cookieDate(value); ok {
			c.Expires = at
			return
		}
	}
	c.Unparsed = append(c.Unparsed, whole)
}

func sameSite(value string) http.SameSite {
	switch strings.ToLower(value) {
	case "lax":
		return http.SameSiteLaxMode
	case "strict":
		return http.SameSiteStrictMode
	case "none":
		return http.SameSiteNoneMode
	}
	return http.SameSiteDefaultMode
}

// cookieDate reads the forms of a date that servers send; RawExpires has the others.
func cookieDate(value string) (time.Time, bool) {
	if at, err := http.ParseTime(value); err == nil {
		return at.UTC(), true
	}
	for _, layout := range []string{"Mon, 02-Jan-2006 15:04:05 MST", "Mon, 02-Jan-06 15:04:05 MST", time.RFC1123Z} {
		if at, err := time.Parse(layout, value); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
