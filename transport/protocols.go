package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Protocols is a set of versions of HTTP: those that may be spoken.
type Protocols uint8

// The versions. HTTP2 is agreed on during the TLS handshake (ALPN, RFC 9113 3.2). Where there is
// no TLS it is spoken only if HTTP1 is not in the set: at once and unasked (RFC 9113 3.3), so
// the server must be known to understand it.
const (
	HTTP1 Protocols = 1 << iota // HTTP/1.1
	HTTP2                       // HTTP/2
	HTTP3                       // HTTP/3, by Transport.HTTP3
	first
	old

	// HTTP10 is HTTP/1.0 alone, for servers that take nothing else: without chunked bodies, and
	// with one request for each connection. Whatever else is in the set is left aside.
	HTTP10 = HTTP1 | old

	// HTTP3First is HTTP3, which is tried before the others whether or not the server has said
	// that it speaks it.
	HTTP3First = HTTP3 | first

	defaultProtocols = HTTP1 | HTTP2 // what 0 means
)

var protocolNames = [...]string{"HTTP/1.1", "HTTP/2", "HTTP/3"}

// String lists the versions: "HTTP/1.1, HTTP/2".
func (p Protocols) String() string {
	if p&old != 0 {
		return "HTTP/1.0"
	}
	var names []string
	for i, name := range protocolNames {
		if p&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// ErrProtocol says that none of the protocols that a request may be sent by will do: the server
// does not speak them, or they cannot carry what is asked for.
var ErrProtocol = errors.New("none of the allowed protocols will do")

// setProtocols notes in the key which protocols the request may be sent by. It is 0 if that is
// HTTP/1.1 alone, so that such requests share connections whatever else they would have allowed.
func (r *trip) setProtocols() error {
	p := r.t.Protocols
	if o := r.overrides; o != nil && o.Protocols != 0 {
		p = o.Protocols
	}
	if p == 0 {
		if p = defaultProtocols; r.t.HTTP3 != nil {
			p |= HTTP3
		}
	}
	if p&old != 0 {
		p, r.http10 = HTTP1, true
	}
	eager := p&first != 0
	p &^= first
	if r.key.scheme == "http" {
		if p &^= HTTP3; p&HTTP1 != 0 {
			p = HTTP1
		}
	}
	if p&^HTTP1 != 0 && needsHTTP1(r.req.Method, r.req.Header) {
		p &= HTTP1
	}
	if p&HTTP3 != 0 && p != HTTP3 {
		r.http3, r.eager = true, eager
		p &^= HTTP3
	}
	switch p {
	case 0:
		return &Error{Err: errNeedsOther}
	case HTTP1:
		p = 0
	}
	r.key.protocols = p
	return nil
}

var errNeedsOther = fmt.Errorf("%w: CONNECT and Upgrade need HTTP/1.1, and HTTP/3 needs https", ErrProtocol)

// offer has the client offer the server what it may speak over TLS (ALPN, RFC 7301).
func (p Protocols) offer(config *tls.Config) *tls.Config {
	switch {
	case p&HTTP2 == 0: // which is what the configuration says
	case p&HTTP1 == 0:
		config.NextProtos = []string{"h2"}
	default:
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	return config
}

// needsHTTP1 reports whether a request asks for what is done over HTTP/1.1 alone here: to make
// something else of the connection (RFC 9110 7.8, 9.3.6), a WebSocket for instance. Over HTTP/2
// that takes an extended CONNECT (RFC 8441), which net/http does not let through.
func needsHTTP1(method string, h http.Header) bool {
	if method == "CONNECT" {
		return true
	}
	for name := range h { // in whatever spelling
		if len(name) == len("Upgrade") && strings.EqualFold(name, "Upgrade") {
			return true
		}
	}
	return false
}
