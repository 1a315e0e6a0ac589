// Names and versions of protocols, and Upgrade (RFC 9110 7.8), which lists them.

package header

import "strings"

// A Protocol is the name of a protocol with its version: HTTP/1.1, websocket.
type Protocol struct {
	Name    string
	Version string // "" if none is said
}

// String writes the name, and the version after a slash; "" if either is no token.
func (p Protocol) String() string {
	switch {
	case !isToken(p.Name):
		return ""
	case p.Version == "":
		return p.Name
	case !isToken(p.Version):
		return ""
	}
	return p.Name + "/" + p.Version
}

// parseProtocol reads a name with a version or without.
func parseProtocol(s string) (p Protocol, ok bool) {
	name, version, versioned := strings.Cut(s, "/")
	return Protocol{name, version}, isToken(name) && (!versioned || isToken(version))
}

// Upgrade is an Upgrade field: the protocols that a client wants to go on with, or that a
// server takes or demands, the preferred one first.
type Upgrade []Protocol

// ParseUpgrade reads an Upgrade.
func ParseUpgrade(values []string) (Upgrade, error) {
	r := reader{field: "Upgrade"}
	var u Upgrade
	for element := range r.elements(values, plain) {
		if p, ok := parseProtocol(element); ok {
			u = append(u, p)
		} else {
			r.fail("not a protocol", element)
		}
	}
	return u, r.first
}

// Has reports whether the protocol is among them, in whatever version. Names have no case.
func (u Upgrade) Has(name string) bool {
	name = lower(name)
	for _, p := range u {
		if lower(p.Name) == name {
			return true
		}
	}
	return false
}

// String writes the list.
func (u Upgrade) String() string {
	var b []byte
	for _, p := range u {
		if text := p.String(); text != "" {
			b = append(appendSeparator(b), text...)
		}
	}
	return string(b)
}
