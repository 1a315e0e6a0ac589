// HTTP/3: who opens its connections.

package transport

import (
	"context"
	"crypto/tls"
	"net/netip"
	"time"
)

// An HTTP3Dialer opens connections that speak HTTP/3. Package transport/h3 has one, by itself, so that only
// programs that import it contain an implementation of QUIC.
type HTTP3Dialer interface {
	// DialHTTP3 opens a connection to an address; to it belongs the whole handshake, that of TLS
	// included. The context is for that alone. What is wrong with the TLS of the server is a
	// *tlserr.Error.
	DialHTTP3(ctx context.Context, to netip.AddrPort, opt *HTTP3Options) (ClientConn, error)
}

// HTTP3Options are those of one connection. They must not be altered, nor kept.
type HTTP3Options struct {
	TLS    *tls.Config    // it names the server
	Addr   string         // "host:port" of the origin, for messages
	Source netip.AddrPort // to connect from; an invalid address, a port of 0: the system chooses

	MaxHeadBytes int           // bounds the head of a response, and its trailers. 0: 256 KiB
	Continue     time.Duration // how long to wait for "100 Continue". 0: not at all
}
