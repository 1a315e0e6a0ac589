package transport

import (
	"net/url"
	"strconv"
	"strings"
	"unique"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
)

// A key says which requests may share a connection: those for which it would have been
// opened, encrypted and trusted in the same way. What all requests of a Transport have in
// common (its own resolver, for instance) is not in it.
type key struct {
	scheme string
	host   string // in lower case, as an A-label, with its IPv6 zone, without brackets
	port   string
	route  unique.Handle[routeID] // which way sockets are opened; zero: the Transport's

	protocols Protocols // that may be spoken; 0: HTTP/1.1 alone

	via   via
	trust trustID
}

// A via is the proxy that a connection goes through, and what it has been told about who asks.
// Its zero value is none.
type via struct {
	scheme string  // what it speaks
	addr   string  // host:port
	login  string  // what proves who asks, unless who says it
	who    any     // who answers the proxy's challenges; nil: nobody
	header string  // the fields that the proxy is sent; "": none
	trust  trustID // of TLS with the proxy; zero: there is none
}

// addr returns the address to dial.
func (k *key) addr() string { return joinHostPort(k.host, k.port) }

// keyOf checks a URL, and returns what its connection is looked for by, but for whom TLS
// trusts.
func keyOf(u *url.URL) (key, error) {
	k := key{scheme: u.Scheme}
	switch u.Scheme {
	case "https", "http":
	case schemeUnix, schemeUnixTLS:
		return keyOfSocket(u)
	case "":
		return key{}, urlError("no scheme: http:// or https:// is wanted")
	default:
		return key{}, urlError("scheme is neither http nor https")
	}
	k.host, k.port = u.Hostname(), u.Port()
	if k.port == "" {
		k.port = defaultPort(u.Scheme)
	}
	if n, err := strconv.ParseUint(k.port, 10, 16); err != nil || n == 0 || k.port[0] == '0' {
		return key{}, urlError("port is not a number from 1 to 65535")
	}
	if k.host == "" {
		return key{}, urlError("no host")
	}
	if !isNormal(k.host) {
		host, err := dial.ASCII(k.host)
		if err != nil {
			return key{}, &conn.Error{Err: &conn.RequestError{What: "URL", Why: err.Error()}}
		}
		k.host = host
	}
	return k, nil
}

func urlError(why string) error {
	return &conn.Error{Err: &conn.RequestError{What: "URL", Why: why}}
}

// isNormal reports whether a host is in the form that dial.ASCII would bring it in: a name of
// lower-case letters without A-labels, or an IPv4 address. Nearly all are.
func isNormal(host string) bool {
	if isIPv4(host) {
		return true
	}
	for i := range len(host) {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', c == '-':
		case '0' <= c && c <= '9', c == '.':
			// At the beginning of a label a digit may be that of a number, which some
			// resolvers take for an address.
			if i == 0 || host[i-1] == '.' {
				return false
			}
		default:
			return false
		}
	}
	// In a host no longer than a label may be, none is too long.
	return len(host) <= 63 && !strings.HasPrefix(host, "xn--") && !strings.Contains(host, ".xn--")
}

// isIPv4 reports whether s is four numbers from 0 to 255, without leading zeros.
func isIPv4(s string) bool {
	dots, digits, n := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			if digits++; digits > 1 && n == 0 {
				return false
			}
			if n = n*10 + int(c-'0'); n > 255 {
				return false
			}
		case c == '.' && digits > 0:
			dots, digits, n = dots+1, 0, 0
		default:
			return false
		}
	}
	return dots == 3 && digits > 0
}
