// Warning (RFC 7234 5.5), which RFC 9111 has given up, and servers have not.

package header

import (
	"fmt"
	"strings"
	"time"
)

// Warnings is a Warning field, which may hold several.
type Warnings []Warning

// A Warning is what a cache, a proxy or an API has to say about a response.
type Warning struct {
	Code  int       // 110 for a stale response, 299 for anything; always of three digits
	Agent string    // who warns: a host, or a pseudonym; "" is written as "-"
	Text  string    // for people
	Date  time.Time // when; zero if that is not said
}

// ParseWarnings reads a Warning. A text without quotation marks is taken.
func ParseWarnings(values []string) (Warnings, error) {
	r := reader{field: "Warning"}
	var w Warnings
	for element := range r.elements(values, plain) {
		code, rest := cutSpace(element)
		n, ok := digits(code, 3, 3)
		agent, rest := cutSpace(rest)
		if !ok || agent == "" || !isAgent(agent) {
			r.fail("not a warning", element)
			continue
		}
		warning := Warning{Code: n, Agent: agent}
		text, rest, quoted := cutQuoted(rest)
		rest = trim(rest)
		if !quoted {
			text, rest = strings.Trim(rest, `"`), ""
		}
		warning.Text = text
		if rest != "" {
			date, after, quoted := cutQuoted(rest)
			var err error
			warning.Date, err = ParseTime(date)
			if !quoted || err != nil || after != "" {
				r.fail("not a date", rest)
			}
		}
		w = append(w, warning)
	}
	return w, r.first
}

// String writes the list. A warning whose code does not have three digits is left out.
func (w Warnings) String() string {
	var b []byte
	for _, warning := range w {
		agent := warning.Agent
		if agent == "" {
			agent = "-"
		}
		if warning.Code < 0 || warning.Code > 999 || !isAgent(agent) || !isText(warning.Text) {
			continue
		}
		b = fmt.Appendf(appendSeparator(b), "%03d %s ", warning.Code, agent)
		b = appendQuoted(b, warning.Text)
		if !warning.Date.IsZero() {
			b = append(b, ` "`+FormatTime(warning.Date)+`"`...)
		}
	}
	return string(b)
}

// isAgent reports whether s can stand between spaces in a list.
func isAgent(s string) bool {
	return isText(s) && !strings.ContainsAny(s, " \t,\"")
}
