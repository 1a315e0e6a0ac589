package dial

import (
	"crypto/tls"
	"net"
)

// DecryptedAhead reports whether a layer of TLS, made by [Handshake] and read by nobody else,
// holds what nobody has read: bytes that it has decrypted, or the peer's word that it is over.
// They came in one piece with bytes that were read, so that nothing of them is to be seen at
// the socket. It does not wait, and leaves the connection as it was unless it returns true.
func DecryptedAhead(nc net.Conn) bool {
	for range maxLayers {
		if tc, ok := nc.(*tls.Conn); ok && holds(tc) {
			return true
		}
		below, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return false
		}
		nc = below.NetConn()
	}
	return false
}

// holds is DecryptedAhead for one layer.
func holds(tc *tls.Conn) bool {
	raw, ok := tc.NetConn().(*rawConn)
	if !ok {
		return false
	}
	raw.probing = true
	defer func() { raw.probing = false }()
	var b [1]byte
	n, err := tc.Read(b[:])
	return n > 0 || err != errProbing
}

// errProbing is what the socket says while it is not to be read. It is a net.Error that
// passes, because crypto/tls takes any other for the end of the connection.
var errProbing net.Error = probing{}

type probing struct{}

func (probing) Error() string   { return "not to be read now" }
func (probing) Timeout() bool   { return true }
func (probing) Temporary() bool { return true }
