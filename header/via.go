// Via (RFC 9110 7.6.3): whom a message has passed.

package header

import "strings"

// Via is a Via field: the gateways and proxies that a message has passed, the first one first.
type Via []Hop

// A Hop is a gateway or proxy that a message has passed.
type Hop struct {
	Protocol Protocol // in which it has received the message; with no name, HTTP
	By       string   // who it says it is: a host with a port perhaps, or a pseudonym
	Comment  string   // what software it is, mostly; without parentheses around it
}

// ParseVia reads a Via. The protocol's name is always set in what it returns, to HTTP where
// the field omits it. A hop without a name, as in "1.1 (Apache/1.1)", is taken.
func ParseVia(values []string) (Via, error) {
	r := reader{field: "Via"}
	var v Via
	for element := range r.elements(values, comments) {
		if hop, ok := parseHop(element); ok {
			v = append(v, hop)
		} else {
			r.fail("not a hop", element)
		}
	}
	return v, r.first
}

func parseHop(s string) (hop Hop, ok bool) {
	protocol, rest := cutSpace(s)
	hop.Protocol, ok = parseProtocol(protocol)
	if hop.Protocol.Version == "" {
		hop.Protocol = Protocol{"HTTP", hop.Protocol.Name}
	}
	if !strings.HasPrefix(rest, "(") {
		hop.By, rest = cutSpace(rest)
		ok = ok && isReceivedBy(hop.By)
	}
	if rest != "" {
		end := 0
		if rest[0] == '(' {
			end = commentEnd(rest)
		}
		if end != len(rest) {
			return hop, false
		}
		hop.Comment = unescape(rest[1 : end-1])
	}
	return hop, ok && (hop.By != "" || hop.Comment != "")
}

// cutSpace splits s at the first white space.
func cutSpace(s string) (word, rest string) {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimLeft(s[i:], " \t")
	}
	return s, ""
}

// isReceivedBy reports whether s may name a hop: a token, or a host with its port, which may
// be an IPv6 address.
func isReceivedBy(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) && strings.IndexByte(":[]@/", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// String writes the list.
func (v Via) String() string {
	var b []byte
	for _, hop := range v {
		name, version := hop.Protocol.Name, hop.Protocol.Version
		if !isToken(version) || name != "" && !isToken(name) || hop.By != "" && !isReceivedBy(hop.By) ||
			!isText(hop.Comment) || hop.By == "" && hop.Comment == "" {
			continue
		}
		b = appendSeparator(b)
		if name != "" && lower(name) != "http" {
			b = append(append(b, name...), '/')
		}
		b = append(b, version...)
		if hop.By != "" {
			b = append(append(b, ' '), hop.By...)
		}
		if hop.Comment != "" {
			b = appendComment(append(b, ' '), hop.Comment)
		}
	}
	return string(b)
}
