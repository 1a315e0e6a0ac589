// Making text from the other side harmless: what a terminal would obey is shown instead,
// and everything has an end.

package tlserr

import (
	"crypto/x509/pkix"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxName bounds one name in a message, in bytes after escaping.
const maxName = 80

// ellipsis stands where text was cut.
const ellipsis = "…"

// escape returns s with every rune that is not printable written as in a Go string
// (\x1b, \u202e), cut to at most limit bytes and an ellipsis.
func escape(s string, limit int) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		piece := s[:size]
		if r == utf8.RuneError && size == 1 || !strconv.IsPrint(r) {
			piece = strconv.Quote(piece)
			piece = piece[1 : len(piece)-1]
		}
		if b.Len()+len(piece) > limit {
			b.WriteString(ellipsis)
			break
		}
		b.WriteString(piece)
		s = s[size:]
	}
	return b.String()
}

// quote returns s escaped and in quotation marks. Those within are escaped as well, so
// that a name cannot end the quotation and go on in our words.
func quote(s string, limit int) string {
	return `"` + escape(quoteMarks.Replace(clip(s, limit)), limit) + `"`
}

var quoteMarks = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// clip cuts s after at most limit bytes, between two runes, and adds an ellipsis.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + ellipsis
}

// nameOf returns what people call the holder of a name, quoted.
func nameOf(n pkix.Name) string {
	switch {
	case n.CommonName != "":
		return quote(n.CommonName, maxName)
	case len(n.Organization) > 0:
		return quote(n.Organization[0], maxName)
	case len(n.Names) > 0:
		return quote(n.String(), maxName)
	}
	return "without a name"
}

// distinguished returns what people call the holder of a name, as it is in the certificate: it
// is still to be quoted.
func distinguished(n pkix.Name) string {
	switch {
	case n.CommonName != "":
		return n.CommonName
	case len(n.Organization) > 0:
		return n.Organization[0]
	case len(n.OrganizationalUnit) > 0:
		return n.OrganizationalUnit[0]
	}
	return clip(n.String(), 1<<10)
}

// list quotes the first few of some texts, and says how many more there are.
func list(texts []string, more int) string {
	const most = 3
	var b strings.Builder
	for i, text := range texts {
		if i == most {
			more += len(texts) - most
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(text, maxName))
	}
	if more > 0 {
		b.WriteString(" and " + strconv.Itoa(more) + " more")
	}
	return b.String()
}
