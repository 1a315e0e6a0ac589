package conn

// A verdict is what a look at an idle socket tells.
type verdict uint8

const (
	quiet   verdict = iota // open, and nothing has come
	pending                // something has come that nobody asked for
	hungUp                 // closed
)

// fit reports whether an idle connection can carry another exchange, as far as can be seen
// without waiting.
func (c *link) fit() bool {
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
