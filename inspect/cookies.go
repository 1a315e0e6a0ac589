package inspect

// Cookies as the format has them: apart from the fields that they came in. What is not understood
// is left out here; the fields have it.

import (
	"net/http"
	"strings"
	"time"

	"example.com/godwit/trace"
)

// sentCookies returns those of a request.
func (h *HAR) sentCookies(fields trace.Fields) []cookie {
	all := []cookie{}
	for _, value := range fields.Values("Cookie") {
		for part := range strings.SplitSeq(value, ";") {
			name, value, ok := strings.Cut(strings.Trim(part, " \t"), "=")
			if ok {
				all = append(all, cookie{Name: text(name), Value: h.cookieValue(value)})
			}
		}
	}
	return all
}

// setCookies returns those of a response. received is when it came: a Max-Age counts from then.
func (h *HAR) setCookies(fields trace.Fields, received time.Time) []cookie {
	all := []cookie{}
	for _, line := range fields.Values("Set-Cookie") {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		c := cookie{Name: text(strings.Trim(name, " \t")), Value: h.cookieValue(strings.Trim(value, " \t"))}
		c.take(attributes, received)
		all = append(all, c)
	}
	return all
}

// take reads the attributes of a cookie.
func (c *cookie) take(attributes string, received time.Time) {
	var aged bool
	for part := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(strings.Trim(part, " \t"), "=")
		value = text(strings.Trim(value, " \t"))
		switch strings.ToLower(strings.Trim(name, " \t")) {
		case "path":
			c.Path = value
		case "domain":
			c.Domain = value
		case "secure":
			c.Secure = true
		case "httponly":
			c.HTTPOnly = true
		case "samesite":
			c.SameSite = value
		case "max-age": // which counts more than Expires (RFC 6265 5.3)
			if age, err := time.ParseDuration(value + "s"); err == nil {
				c.Expires, aged = timeText(received.Add(max(0, age))), true
			}
		case "expires":
			if at, err := http.ParseTime(value); err == nil && !aged {
				c.Expires = timeText(at)
			}
		}
	}
}

// cookieValue returns a value as it is shown.
func (h *HAR) cookieValue(value string) string {
	if !h.ShowSecrets {
		return trace.Hidden
	}
	return text(value)
}

// timeText returns a time as the format has it (ISO 8601, with milliseconds).
func timeText(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }
