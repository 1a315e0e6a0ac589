package conn

import (
	"syscall"

	"example.com/godwit/internal/dial"
)

// socketOf returns the descriptor at the bottom of a connection, through whatever is wrapped
// around it; nil if there is none (a pipe).
func (c *link) socketOf() syscall.RawConn {
	s := dial.Socket(c.nc)
	if s == nil {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// truncated reports whether a body that ended with the connection may have been cut short:
// TLS was not ended by the peer (RFC 8446 6.1).
func (c *link) truncated() bool { return c.encrypted && dial.Truncated(c.nc) }

// decryptedAhead reports whether crypto/tls holds bytes that nobody has read. The next
// exchange would take them for its answer.
func (c *link) decryptedAhead() bool {
	return c.encrypted && c.used && dial.DecryptedAhead(c.nc, c.read)
}
