// The jar as net/http knows it.

package cookiejar

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

var _ http.CookieJar = (*Jar)(nil)

// SetCookies keeps the cookies of a response from u. A cookie with its Raw field is taken from
// there, octet for octet, unless it has been changed since it was parsed. It is for http.Client;
// [Jar.Store] takes the fields as they came.
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	o, ok := originOf(u)
	if !ok {
		return
	}
	now := timeNow()
	for _, c := range cookies[:min(len(cookies), maxLines)] {
		if c == nil {
			continue
		}
		if s, ok := fromHTTP(c); ok {
			j.receive(&o, &s, now)
		}
	}
}

// fromHTTP returns what a cookie's Set-Cookie field says or would say.
func fromHTTP(c *http.Cookie) (s setCookie, ok bool) {
	if c.Raw != "" {
		if again, err := http.ParseSetCookie(c.Raw); err == nil && reflect.DeepEqual(c, again) {
			s, rule := parse(c.Raw)
			return s, rule == ""
		}
	}
	s = setCookie{
		name: c.Name, value: c.Value,
		domain: c.Domain, path: c.Path,
		secure: c.Secure, httpOnly: c.HttpOnly, partitioned: c.Partitioned,
	}
	if c.Quoted {
		s.value = `"` + c.Value + `"`
	}
	if c.MaxAge != 0 {
		s.hasMaxAge = true
		s.maxAge = time.Duration(min(max(c.MaxAge, 0), int(maxAge/time.Second))) * time.Second
	}
	if year := c.Expires.Year(); year >= 1601 { // as net/http writes it
		s.expires = c.Expires
	}
	if c.SameSite != http.SameSiteDefaultMode {
		s.sameSite = c.SameSite
	}
	return s, true
}

// Cookies returns the cookies for a request to u, with name, value and Quoted, as http.Client
// wants them. It writes them by its own rules; [Jar.Header] has the octets that came.
func (j *Jar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var room [32]*entry
	list := j.send(room[:0], u)
	if len(list) == 0 {
		return nil
	}
	cookies := make([]*http.Cookie, len(list))
	for i, e := range list {
		c := &http.Cookie{Name: e.Name, Value: e.Value}
		if v := e.Value; len(v) > 1 && strings.HasPrefix(v, `"`) && strings.HasSuffix(v, `"`) {
			c.Value, c.Quoted = v[1:len(v)-1], true
		}
		cookies[i] = c
	}
	return cookies
}
