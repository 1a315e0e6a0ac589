package inspect

// What is not shown unless it is asked for. What is secret, package trace decides.

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/godwit/trace"
)

// shown returns fields as they may be shown.
func (h *HAR) shown(fields trace.Fields) trace.Fields {
	if h.ShowSecrets {
		return fields
	}
	fields = trace.Redact(fields)
	for i, f := range fields {
		switch strings.ToLower(f.Name) {
		case "location", "content-location", "referer":
			if shown, _ := h.shownURL(f.Value); !f.Secret && shown != text(f.Value) {
				fields[i].Value, fields[i].Secret = shown, true
			}
		}
	}
	return fields
}

// pairs returns fields as the format has them.
func (h *HAR) pairs(fields trace.Fields) []pair {
	fields = h.shown(fields)
	out := make([]pair, 0, len(fields))
	for _, f := range fields {
		out = append(out, pair{text(f.Name), text(f.Value)})
	}
	return out
}

// hides reports whether something of the fields is not shown. Their size is not told then: it
// would tell that of the secret.
func (h *HAR) hides(fields trace.Fields) bool {
	if h.ShowSecrets {
		return false
	}
	return slices.ContainsFunc(h.shown(fields), func(f trace.Field) bool { return f.Secret })
}

// params takes a query or a form apart. shown is it as it may be shown.
func (h *HAR) params(raw string) (all []pair, shown string) {
	if shown = raw; !h.ShowSecrets {
		shown = trace.RedactQuery(raw)
	}
	all = []pair{}
	for part := range strings.SplitSeq(shown, "&") {
		if name, value, _ := strings.Cut(part, "="); part != "" {
			all = append(all, pair{unescape(name), unescape(value)})
		}
	}
	return all, shown
}

// unescape decodes a name or a value, and leaves alone what is not encoded right.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return text(s)
}

// shownURL returns a URL as it may be shown, and the parameters of its query.
func (h *HAR) shownURL(u string) (string, []pair) {
	base, fragment, _ := strings.Cut(u, "#")
	base, query, ok := strings.Cut(base, "?")
	params, query := h.params(query)
	if ok {
		base += "?" + query
	}
	if fragment != "" {
		base += "#" + fragment
	}
	return text(base), params
}

// text returns s if it is UTF-8, and what its bytes are in ISO-8859-1 if not, which is what fields
// were in once: JSON has no bytes.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out := make([]rune, 0, len(s))
	for i := range len(s) {
		out = append(out, rune(s[i]))
	}
	return string(out)
}
