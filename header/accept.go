// Accept (RFC 9110 12.5.1): which media types somebody would take, and choosing among them.

package header

import "strings"

// Accept is an Accept field. Its values are media ranges: text/html, text/*, */*.
type Accept []Preference

// ParseAccept reads an Accept. A lone "*", which old clients send, is "*/*".
func ParseAccept(values []string) (Accept, error) {
	r := reader{field: "Accept"}
	list := r.preferences(values, func(s string) bool { return s == "*" || isMediaType(s) })
	for i := range list {
		if list[i].Value == "*" {
			list[i].Value = "*/*"
		}
	}
	return list, r.first
}

// Quality returns how gladly the media type, which may have parameters, is taken: from 0 (not
// at all) to 1. The most specific range that covers it decides, of several the one with the
// greatest weight. Without any range everything is taken.
func (a Accept) Quality(mediaType string) float64 {
	if len(a) == 0 {
		return 1
	}
	offered, _ := ParseContentType(mediaType)
	best, quality := -1, 0.0
	for _, p := range a {
		switch s := specificity(p, offered); {
		case s > best:
			best, quality = s, p.quality()
		case s == best && s >= 0:
			quality = max(quality, p.quality())
		}
	}
	return quality
}

// specificity returns how narrowly the range covers what is offered; -1: not at all.
func specificity(p Preference, offered ContentType) int {
	for _, param := range p.Params {
		if !offered.Params.has(param.Name) || lower(offered.Params.Get(param.Name)) != lower(param.Value) {
			return -1
		}
	}
	value := lower(p.Value)
	major, isRange := strings.CutSuffix(value, "/*")
	switch {
	case offered.MediaType == "":
		return -1
	case value == offered.MediaType:
		return 2 + len(p.Params)
	case value == "*/*":
		return 0
	case isRange && strings.HasPrefix(offered.MediaType, major+"/"):
		return 1
	}
	return -1
}

// Best returns that of the media types on offer that is taken most gladly, the first of those
// that are equal; "" if none is taken.
func (a Accept) Best(offers ...string) string {
	best, quality := "", 0.0
	for _, offer := range offers {
		if q := a.Quality(offer); q > quality {
			best, quality = offer, q
		}
	}
	return best
}

// String writes the list.
func (a Accept) String() string { return string(appendPreferences(nil, a, isMediaType)) }
