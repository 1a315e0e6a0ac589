// The forms in which a secret may stand in a text.

package godwittest

import (
	"html"
	"net/url"
	"strconv"
	"strings"
)

// codedForms returns the value as it stands in URLs, in JSON and in HTML, where that is another
// text.
func codedForms(value string) []string {
	if !strings.ContainsFunc(value, mayBeCoded) {
		return nil // as most are
	}
	query, path := url.QueryEscape(value), url.PathEscape(value)
	full, ascii := inJSON(strconv.Quote(value)), inJSON(strconv.QuoteToASCII(value))
	slashed := strings.NewReplacer("/", `\/`) // as PHP has it
	angles := strings.NewReplacer("&", `\u0026`, "<", `\u003c`, ">", `\u003e`)
	page := html.EscapeString(value)
	return []string{
		query, smallHex(query), path, smallHex(path),
		full, ascii, slashed.Replace(full), slashed.Replace(ascii), angles.Replace(full), angles.Replace(ascii),
		page, strings.ReplaceAll(page, "&#34;", "&quot;"),
	}
}

// mayBeCoded reports whether a character may be written otherwise.
func mayBeCoded(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("-._", r)
}

// inJSON makes of a Go literal what stands between the quotation marks of a JSON string. That is
// the same for all but control characters, which no field has.
func inJSON(literal string) string { return literal[1 : len(literal)-1] }

// smallHex writes the hexadecimal digits of percent-encoding in small letters.
func smallHex(text string) string {
	b := []byte(text)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], strings.ToLower(text[i+1:i+3]))
			i += 2
		}
	}
	return string(b)
}
