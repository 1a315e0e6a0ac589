// The layer that sends the cookies of the session's jar, and keeps those that come.

package godwit

import (
	"maps"
	"net/http"
	"strings"
)

// keepCookies returns the layer, nil if the session has no jar.
func keepCookies(s *Session) Middleware {
	if s.Jar == nil {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper { return cookies{next, s.Jar} }
}

type cookies struct {
	next http.RoundTripper
	jar  http.CookieJar
}

// RoundTrip sends a copy of req with the jar's cookies for its URL. What chooses them is
// the URL's host, never a Host field.
func (l cookies) RoundTrip(req *http.Request) (*http.Response, error) {
	u := req.URL
	if given, ok := req.Header["Cookie"]; !ok || len(given) > 0 { // else the caller wants none
		if kept := l.jar.Cookies(u); len(kept) > 0 {
			req = withCookies(req, kept)
		}
	}
	res, err := l.next.RoundTrip(req)
	if err != nil || len(res.Header["Set-Cookie"]) == 0 {
		return res, err
	}
	set := res.Cookies()
	for _, c := range set {
		// They outlive the response, and are parts of its whole head.
		c.Name, c.Value = strings.Clone(c.Name), strings.Clone(c.Value)
		c.Path, c.Domain = strings.Clone(c.Path), strings.Clone(c.Domain)
		c.Raw, c.RawExpires, c.Unparsed = "", "", nil
	}
	if len(set) > 0 {
		l.jar.SetCookies(u, set)
	}
	return res, nil
}

// withCookies returns a copy of the request with further cookies, the request itself if none
// can be sent. One that the caller set by itself stands.
func withCookies(req *http.Request, kept []*http.Cookie) *http.Request {
	given := req.Header["Cookie"]
	var b strings.Builder
	b.WriteString(strings.Join(given, "; "))
	own := req.Cookies()
	for _, c := range kept {
		value := c.Value
		if c.Quoted {
			value = `"` + value + `"`
		}
		if !isCookie(c.Name, value) || hasCookie(own, c.Name) {
			continue
		}
		writeCookie(&b, c.Name, value)
	}
	if b.Len() == 0 {
		return req
	}
	out := req.WithContext(req.Context())
	out.Header = maps.Clone(req.Header)
	out.Header["Cookie"] = []string{b.String()}
	return out
}

func hasCookie(cookies []*http.Cookie, name string) bool {
	for _, c := range cookies {
		if c.Name == name {
			return true
		}
	}
	return false
}
