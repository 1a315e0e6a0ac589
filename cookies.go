// The layer that sends the cookies of the session's jar, and keeps those that come.

package godwit

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/godwit/cookiejar"
	"example.com/godwit/trace"
)

// keepCookies returns the layer, nil if the session has no jar.
func keepCookies(s *Session) Middleware {
	switch {
	case s == &plain:
		return func(next http.RoundTripper) http.RoundTripper { return ownCookies{next} }
	case s.Jar == nil:
		return nil
	}
	jar, ok := s.Jar.(octetJar)
	if !ok {
		jar = parsingJar{s.Jar}
	}
	return func(next http.RoundTripper) http.RoundTripper { return cookies{next, jar} }
}

// An octetJar keeps cookies octet for octet, as *cookiejar.Jar does. The other kind of jar is
// told what net/http makes of them.
type octetJar interface {
	// Store takes the values of Set-Cookie as they came.
	Store(u *url.URL, setCookie []string)
	// Header returns the value of Cookie, "" if there is none.
	Header(u *url.URL) string
}

type cookies struct {
	next http.RoundTripper
	jar  octetJar
}

// RoundTrip sends a copy of req with the jar's cookies for its URL. What chooses them is
// the URL's host, never a Host field.
func (l cookies) RoundTrip(req *http.Request) (*http.Response, error) {
	u := req.URL
	if given, ok := req.Header["Cookie"]; !ok || len(given) > 0 { // else the caller wants none
		if kept := l.jar.Header(u); kept != "" {
			req = withCookies(req, kept)
			if c := callOf(req); c != nil && c.session.Tracer != nil {
				c.tell(trace.Choice{Call: c.id, What: "cookies", Value: strings.Join(cookieNames(kept), ", "), Rule: "the jar"})
			}
		}
	}
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if set := res.Header["Set-Cookie"]; len(set) > 0 {
		l.jar.Store(u, set)
	}
	return res, nil
}

// ownCookies is the layer for a call that belongs to no session: what its redirects, and the
// challenges that it answers, set is for what it sends after them, and is gone with it.
type ownCookies struct{ next http.RoundTripper }

func (l ownCookies) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req)
	if c == nil {
		return l.next.RoundTrip(req)
	}
	if c.jar != nil {
		return cookies{l.next, c.jar}.RoundTrip(req)
	}
	res, err := l.next.RoundTrip(req)
	if err != nil || res.StatusCode < 300 || len(res.Header["Set-Cookie"]) == 0 {
		return res, err // most calls end here, and need no jar
	}
	c.jar = cookiejar.New()
	c.jar.Store(req.URL, res.Header["Set-Cookie"])
	return res, nil
}

// keepsCookies reports whether what a response sets is sent with the next request.
func (c *call) keepsCookies() bool { return c.session.Jar != nil || c.session == &plain }

// withoutSet takes the cookies that a response sets out of the Cookie field of the next request:
// those that the caller has brought along are older.
func withoutSet(h http.Header, setCookie []string) {
	given := h["Cookie"]
	if len(given) == 0 || len(setCookie) == 0 {
		return
	}
	var left []string
	for pair := range strings.SplitSeq(strings.Join(given, ";"), ";") {
		pair = trimBlanks(pair)
		name, _, _ := strings.Cut(pair, "=")
		if pair != "" && !slices.ContainsFunc(setCookie, func(field string) bool { return setsName(field, name) }) {
			left = append(left, pair)
		}
	}
	if len(left) == 0 {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = []string{strings.Join(left, "; ")}
}

// setsName reports whether a Set-Cookie field is for the cookie of that name.
func setsName(field, name string) bool {
	pair, _, _ := strings.Cut(field, ";")
	set, _, named := strings.Cut(pair, "=")
	return named && trimBlanks(set) == trimBlanks(name)
}

// withCookies returns a copy of the request with further cookies, the request itself if there
// is none to add. One that the caller has set by itself stands.
func withCookies(req *http.Request, kept string) *http.Request {
	value := kept
	if given := req.Header["Cookie"]; len(given) > 0 {
		value = strings.Join(given, "; ")
		own := cookieNames(value)
		for pair := range strings.SplitSeq(kept, "; ") {
			if name, _, _ := strings.Cut(pair, "="); !slices.Contains(own, name) {
				value += "; " + pair
			}
		}
	}
	out := req.WithContext(req.Context())
	out.Header = maps.Clone(req.Header)
	out.Header["Cookie"] = []string{value}
	return out
}

// cookieNames returns the names in the value of a Cookie field.
func cookieNames(value string) []string {
	var names []string
	for pair := range strings.SplitSeq(value, ";") {
		name, _, _ := strings.Cut(strings.Trim(pair, " \t"), "=")
		names = append(names, name)
	}
	return names
}

// A parsingJar is an http.CookieJar as an octetJar.
type parsingJar struct{ jar http.CookieJar }

func (p parsingJar) Store(u *url.URL, setCookie []string) {
	res := http.Response{Header: http.Header{"Set-Cookie": setCookie}}
	set := res.Cookies()
	for _, c := range set {
		// They outlive the response, and are parts of its whole head.
		c.Name, c.Value = strings.Clone(c.Name), strings.Clone(c.Value)
		c.Path, c.Domain = strings.Clone(c.Path), strings.Clone(c.Domain)
		c.Raw, c.RawExpires, c.Unparsed = "", "", nil
	}
	if len(set) > 0 {
		p.jar.SetCookies(u, set)
	}
}

func (p parsingJar) Header(u *url.URL) string {
	var b strings.Builder
	for _, c := range p.jar.Cookies(u) {
		value := c.Value
		if c.Quoted {
			value = `"` + value + `"`
		}
		if isCookie(c.Name, value) {
			writeCookie(&b, c.Name, value)
		}
	}
	return b.String()
}
