package dial

import (
	"crypto/tls"
	"net"
)

// DecryptedAhead reports whether a TLS connection, made by [Handshake] and read by nobody
// else, holds bytes that it has decrypted and nobody has read. They came in one record with
// others that were read, so that nothing of them is to be seen at the socket. It does not
// wait, and leaves the connection as it was unless it returns true.
func DecryptedAhead(nc net.Conn) bool {
	tc, ok := nc.(*tls.Conn)
	if !ok {
		return false
	}
	raw, ok := tc.NetConn().(*rawConn)
	if !ok {
		return false
	}
	raw.probing = true
	defer func() { raw.probing = false }()
	var b [1]byte
	n, _ := tc.Read(b[:])
	return n > 0
}

// errProbing is what the socket says while it is not to be read. It is a net.Error that
// passes, because crypto/tls takes any other for the end of the connection.
var errProbing net.Error = probing{}

type probing struct{}

func (probing) Error() string   { return "not to be read now" }
func (probing) Timeout() bool   { return true }
func (probing) Temporary() bool { return true }
