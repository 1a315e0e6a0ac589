// HTTP/3: who opens its connections.

package transport

import (
	"context"
	"crypto/tls"
	"net"
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

// HTTP3Options are those of one connection.
type HTTP3Options struct {
	TLS  *tls.Config // it names the server. Not to be altered
	Addr string      // "host:port" of the origin, for messages

	// Listen opens the UDP socket. One that is open is used instead, if it is of the family that
	// is needed, and was opened for the same From: that says in words where connections come from.
	Listen func(ctx context.Context, to netip.AddrPort) (net.PacketConn, error)
	From   string

	MaxHeadBytes int           // bounds the head of a response, and its trailers. 0: 10 MiB
	Continue     time.Duration // how long to wait for "100 Continue". 0: not at all
}
