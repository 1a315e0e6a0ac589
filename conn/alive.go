package conn

// A verdict is what a look at an idle socket tells.
type verdict uint8

const (
	quiet   verdict = iota // open, and nothing has come
	pending                // something has come that nobody asked for
	hungUp                 // closed
)

// Alive reports whether an idle connection looks fit for another request. It does not wait.
// A connection that the peer has closed is not; neither is one on which something has come
// in, because that would be taken for the answer to the next request.
func (c *Conn) Alive() bool { return c.Idle() && c.fit() }

// fit is Alive for a connection that is known to be idle.
func (c *Conn) fit() bool {
	if c.socket != nil {
		switch look(c.socket) {
		case hungUp:
			return false
		case pending:
			// On TLS 1.3 tickets come after the handshake, and wait for the first read.
			if c.tls == nil || c.used {
				return false
			}
		}
	}
	return !c.decryptedAhead()
}
