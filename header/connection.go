// Connection (RFC 9110 7.6.1): what is about this connection only.

package header

import (
	"net/http"
	"slices"
)

// Connection is a Connection field: its options, in lower case. The usual ones are "close",
// "keep-alive" and "upgrade".
type Connection []string

// ParseConnection reads a Connection.
func ParseConnection(values []string) (Connection, error) {
	r := reader{field: "Connection"}
	var c Connection
	for element := range r.elements(values, plain) {
		if isToken(element) {
			c = append(c, lower(element))
		} else {
			r.fail("not an option", element)
		}
	}
	return c, r.first
}

// Has reports whether the option is among them. Options have no case.
func (c Connection) Has(option string) bool {
	option = lower(option)
	return slices.ContainsFunc(c, func(o string) bool { return lower(o) == option })
}

// hopByHop are the fields that are about one connection whether Connection lists them or not:
// those of RFC 9110 7.6.1, and what else httputil.ReverseProxy removes.
var hopByHop = [...]string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// HopByHop returns the names of the fields that a proxy removes before it passes the message
// on: those that are listed, and those that are always about one connection. Host and
// Content-Length are never among them, for without these it would be another message.
func (c Connection) HopByHop() []string {
	names := slices.Clone(hopByHop[:])
	for _, option := range c {
		name := http.CanonicalHeaderKey(option)
		if name != "Close" && name != "Host" && name != "Content-Length" && isToken(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// String writes the list.
func (c Connection) String() string {
	return lower(joinTokens(c))
}
