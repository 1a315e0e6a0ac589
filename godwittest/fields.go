// Header fields on their way between the two.

package godwittest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

var newlineToSpace = strings.NewReplacer("\r", " ", "\n", " ")

// cleanFields copies a handler's fields as a client gets them: names in canonical form,
// those that are none left out, values in one line.
func cleanFields(from http.Header) http.Header {
	to := make(http.Header, len(from)+3)
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if !isToken(name) { // http.TrailerPrefix has a colon in it
			continue
		}
		key := http.CanonicalHeaderKey(name)
		for _, v := range from[name] {
			to[key] = append(to[key], strings.Trim(newlineToSpace.Replace(v), " \t"))
		}
	}
	return to
}

// isToken reports whether text is a token (RFC 9110 5.6.2), as methods and names are.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return false
		}
		return r >= 0x80 || !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// notInValue reports whether a character has no place in a value (RFC 9110 5.5).
func notInValue(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }

// trails reports whether a field may stand in a trailer (RFC 9110 6.5.1).
func trails(name string) bool {
	switch name = http.CanonicalHeaderKey(name); name {
	case "Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Range",
		"Content-Type", "Expect", "Host", "Keep-Alive", "Max-Forwards", "Pragma", "Proxy-Authenticate",
		"Proxy-Authorization", "Proxy-Connection", "Range", "Realm", "Te", "Trailer", "Transfer-Encoding",
		"Www-Authenticate":
		return false
	}
	return isToken(name) && !strings.HasPrefix(name, "If-")
}

// hasToken reports whether a list has a token, whatever its letter case.
func hasToken(values []string, token string) bool {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.Trim(one, " \t"), token) {
				return true
			}
		}
	}
	return false
}
