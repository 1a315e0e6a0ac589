package dial

// What is noted of a TLS handshake while it lasts, so that an error can say what happened:
// crypto/tls has types for a few failures only.

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"example.com/godwit/tlserr"
)

// A notebook is kept while a handshake lasts.
type notebook struct {
	facts tlserr.Facts
	first [tlserr.MaxFirst]byte
}

// received notes what came.
func (n *notebook) received(p []byte) {
	if n.facts.Received < int64(len(n.first)) {
		copy(n.first[n.facts.Received:], p)
	}
	n.facts.Received += int64(len(p))
}

// watch makes the connection under a handshake, and the configuration for it, such that what
// happens is noted.
func watch(nc net.Conn, config *tls.Config) (*rawConn, *tls.Config) {
	raw := &rawConn{Conn: nc, notes: new(notebook)}
	raw.notes.facts.Seen = true
	return raw, raw.notes.facts.Watch(config)
}

// forget ends the notes, once the handshake is over. If the server has asked for a certificate
// it has yet to judge what it got (RFC 8446 4.4.2.4), and what it asked for is kept for that.
func (c *rawConn) forget() {
	c.asked, c.notes = c.notes, nil
	if !c.asked.facts.Asked {
		c.asked = nil
	}
}

// failure makes an error of what crypto/tls returned for the connection.
func (c *rawConn) failure(tc *tls.Conn, err error, addr string, now time.Time) error {
	n := c.notes
	if n == nil {
		n = c.asked
	}
	if n == nil {
		return tlserr.From(err, addr, now)
	}
	f := n.facts // the error keeps it, and the connection goes on
	f.Host, f.Now = addr, now
	f.First = append([]byte(nil), n.first[:min(f.Received, int64(len(n.first)))]...)
	f.Chain = tc.ConnectionState().PeerCertificates
	return f.From(err)
}

// IsTLS reports whether crypto/tls itself ended a connection, by an alert of either side or for a
// record that is none. What the socket below it returns is no such failure.
func IsTLS(err error) bool {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "remote error" || op.Op == "local error")
}

// Failure makes a *tlserr.Error of what a TLS connection returned after its handshake: in TLS 1.3
// the server judges the client's certificate only then. addr is for messages only. What is not
// about TLS is returned as it is.
func Failure(nc net.Conn, err error, addr string, now time.Time) error {
	if leg, ok := nc.(*ProxyLeg); ok {
		nc = leg.Conn
	}
	if tc, ok := nc.(*tls.Conn); ok {
		if raw, ok := tc.NetConn().(*rawConn); ok {
			return raw.failure(tc, err, addr, now)
		}
	}
	return tlserr.From(err, addr, now)
}
