// Package h3 lets a transport speak HTTP/3 (RFC 9114), by github.com/quic-go/quic-go, which is
// linked only into programs that import this package:
//
//	t := &transport.Transport{HTTP3: &h3.Dialer{}}
//
// That is enough to speak it with servers that say that they do (RFC 7838), and with those that the
// DNS lists if the resolver can tell. transport.Protocols can ask for it in any case, or for nothing
// else. If it does not work, the request goes over TCP.
package h3

import (
	"time"

	"example.com/godwit/transport"
)

// A Dialer opens the connections of HTTP/3 of one Transport, or of several. Its zero value is ready
// for use. It must not be copied, nor its fields altered, once it has been used; it is safe for
// concurrent use. Its connections share a UDP socket for each family of addresses, which is open as
// long as any of them is, so that a Dialer needs no closing.
type Dialer struct {
	// Early sends GET and HEAD requests that carry neither a body nor credentials together with
	// the handshake, where the server has been met before and lets us (0-RTT, RFC 8470). Whoever
	// is on the way can send them to the server once more, so they must do no harm if they come
	// twice. A certificate that has been replaced is found out only after they have been sent.
	Early bool

	sockets sockets
	window  time.Duration // see watch; 0: 1.5s
}

var _ transport.HTTP3Dialer = (*Dialer)(nil)
