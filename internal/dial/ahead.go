package dial

import (
	"crypto/tls"
	"net"
)

// DecryptedAhead reports whether a layer of TLS, made by [Handshake] and read by nobody else,
// holds what nobody has read: bytes that it has decrypted, or the peer's word that it is over.
// They came in one piece with bytes that were read, so that nothing of them is to be seen at
// the socket. It does not wait, and leaves the connection as it was unless it returns true.
//
// read is how many bytes have been read of nc so far. With one layer of TLS 1.3 that mostly tells
// all, and crypto/tls need not be asked.
func DecryptedAhead(nc net.Conn, read int64) bool {
	counts := countsOf(nc)
	if counts != nil && counts.allRead(read) {
		return false
	}
	for range maxLayers {
		if tc, ok := nc.(*tls.Conn); ok && holds(tc) {
			return true
		}
		below, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		nc = below.NetConn()
	}
	if counts != nil {
		counts.begin(read)
	}
	return false
}

// countsOf returns what is counted of a connection; nil: nothing.
func countsOf(nc net.Conn) *records {
	tc, ok := nc.(*tls.Conn)
	if !ok {
		return nil
	}
	raw, ok := tc.NetConn().(*rawConn)
	if !ok || raw.uncounted {
		return nil
	}
	return &raw.records
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
