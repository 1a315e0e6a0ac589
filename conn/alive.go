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
			if !c.encrypted || c.used {
				return false
			}
		}
	}
	return !c.decryptedAhead()
}

// usable is fit for a connection that may not have been used yet: what has come on such a one
// is taken for the answer of a server in a hurry.
func (c *link) usable() bool {
	if c.used {
		return c.fit()
	}
	return c.socket == nil || look(c.socket) != hungUp
}
