// Package message is what all versions of HTTP have in common: what a request asks for and of whom,
// and which fields may stand in it and behind it (RFC 9110).
package message

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"example.com/godwit/internal/dial"
	"example.com/godwit/internal/h1"
)

// Target returns what a request asks for: what stands in its request line (RFC 9112 3.2). url.URL escapes the
// path but lets a query be; here what must not be in a target is escaped, and what must not
// be anywhere is refused.
func Target(req *http.Request) (string, error) {
	target := req.URL.RequestURI()
	if h1.IsTarget(target) && isASCII(target) {
		return target, nil
	}
	var b strings.Builder
	for i := range len(target) {
		switch c := target[i]; {
		case c == ' ' || c >= 0x80:
			fmt.Fprintf(&b, "%%%02X", c)
		case c < ' ' || c == 0x7f:
			return "", &h1.RequestError{What: "target", Why: "control character in it (RFC 9112 3.2)"}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Host returns the value of Host: the request's own, or the URL's without the port
// that goes without saying and without an IPv6 zone, which means nothing to the server.
func Host(req *http.Request) (string, error) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	if isUsualHost(host) {
		return host, nil
	}
	name, port := splitPort(host)
	if req.Method == "CONNECT" {
		// Its target is the host and the port, whatever that is (RFC 9112 3.2.3).
	} else if host == req.URL.Host && (port == "80" && req.URL.Scheme == "http" || port == "443" && req.URL.Scheme == "https") {
		port = ""
	}
	if literal, ok := strings.CutPrefix(name, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		literal, _, _ = strings.Cut(literal, "%")
		if name = "[" + literal + "]"; !ok || !isAddress(literal) {
			return "", errHost
		}
	} else if !isPlainHost(name) {
		ascii, err := dial.ASCII(name)
		if err != nil || !isPlainHost(ascii) {
			return "", errHost
		}
		name = ascii
	}
	if port == "" {
		return name, nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errHost
	}
	if len(name)+1+len(port) == len(host) {
		return host, nil // nothing had to be taken away
	}
	return name + ":" + port, nil
}

var errHost = &h1.RequestError{What: "host", Why: "empty or malformed (RFC 9110 7.2)"}

// isUsualHost reports whether a host can be sent as it is: a plain one, without a port or
// with one that is nobody's default.
func isUsualHost(host string) bool {
	n := 0
	for n < len(host) && isHostByte[host[n]] {
		n++
	}
	if n == len(host) || n == 0 {
		return n > 0
	}
	port := host[n+1:]
	if host[n] != ':' || len(port) == 0 || len(port) > 5 || port[0] == '0' || port == "80" || port == "443" ||
		len(port) == 5 && port > "65535" {
		return false
	}
	for i := range len(port) {
		if !isDigit(port[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func splitPort(host string) (name, port string) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") {
		return host, ""
	}
	return host[:i], host[i+1:]
}

// isPlainHost reports whether s is a registered name of ASCII letters, digits and marks
// (RFC 3986 3.2.2), which is sent as it is.
func isPlainHost(s string) bool {
	for i := range len(s) {
		if !isHostByte[s[i]] {
			return false
		}
	}
	return s != ""
}

var isHostByte = func() (t [256]bool) {
	for c := range t {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range "-._~!$&'()*+,;=" {
		t[c] = true
	}
	return t
}()

func isAddress(s string) bool {
	for i := range len(s) {
		if strings.IndexByte("0123456789abcdefABCDEF:.", s[i]) < 0 {
			return false
		}
	}
	return strings.Contains(s, ":")
}
