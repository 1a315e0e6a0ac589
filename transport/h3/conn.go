// A connection: how many exchanges it carries, and when it carries no more.

package h3

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/transport"
)

// maxStreams is how many exchanges a connection carries at once. It is what servers should let it
// have at the least (RFC 9114 6.1), and what nearly all do. What a server allows quic-go does not
// tell; should it be less, RoundTrip waits.
const maxStreams = 100

// A conn is a connection over which exchanges go.
type conn struct {
	quic    *quic.Conn
	opt     transport.HTTP3Options
	http    *http3.ClientConn
	tickets *tickets      // nil: there are none
	window  time.Duration // see watch

	mu       sync.Mutex // guards the following
	inFlight int        // what is reserved included
	reserved int
	err      error // why it takes no more exchanges; nil: it does
	suspect  bool  // the server has not acknowledged a request
	hook     func(*http.ClientConn)
	calling  bool // of hook
	again    bool // it is to be called once more, for something has changed since
}

var _ transport.ClientConn = (*conn)(nil)

func newConn(qc *quic.Conn, t *tickets, opt *transport.HTTP3Options) *conn {
	h := http3.Transport{MaxResponseHeaderBytes: opt.MaxHeadBytes, DisableCompression: true}
	c := &conn{quic: qc, opt: *opt, http: h.NewClientConn(qc), tickets: t, window: 1500 * time.Millisecond}
	context.AfterFunc(qc.Context(), func() {
		c.end(failure(context.Cause(qc.Context()), c.opt.Addr, now(c.opt.TLS)))
	})
	return c
}

// end notes that the connection takes no more exchanges, and tells so.
func (c *conn) end(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	c.changed()
}

// changed calls the hook, or has whoever is calling it call it once more: the hook may well close the
// connection, which is a change as well.
func (c *conn) changed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.again = true
	if c.calling {
		return
	}
	c.calling = true
	for c.again && c.hook != nil {
		c.again = false
		hook := c.hook
		c.mu.Unlock()
		hook(nil)
		c.mu.Lock()
	}
	c.calling = false
}

// SetStateHook has f called when something about the connection is not as it was.
func (c *conn) SetStateHook(f func(*http.ClientConn)) {
	c.mu.Lock()
	c.hook = f
	ended := c.err != nil
	c.mu.Unlock()
	if ended {
		go c.changed() // ends with f
	}
}

// Err returns why the connection takes no more exchanges, nil if it does.
func (c *conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Available returns how many more exchanges there may be.
func (c *conn) Available() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.available()
}

// available is Available. c.mu is held.
func (c *conn) available() int {
	if c.err != nil || c.suspect {
		return 0
	}
	return max(0, maxStreams-c.inFlight)
}

// InFlight returns how many exchanges there are, what is reserved included.
func (c *conn) InFlight() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inFlight
}

// Reserve counts one more exchange in.
func (c *conn) Reserve() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.available() == 0 {
		if c.err != nil {
			return c.err
		}
		return &Error{Err: errNoStream, unsent: true}
	}
	c.inFlight++
	c.reserved++
	return nil
}

// Release takes back what Reserve has done.
func (c *conn) Release() {
	c.mu.Lock()
	was := c.available()
	if c.reserved > 0 {
		c.reserved--
		c.inFlight--
	}
	tell := was == 0 && c.available() > 0 && c.hook != nil
	c.mu.Unlock()
	if tell {
		go c.changed() // ends with the hook
	}
}

// enter begins an exchange, reserved or not.
func (c *conn) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reserved > 0 {
		c.reserved--
	} else {
		c.inFlight++
	}
}

// leave ends an exchange.
func (c *conn) leave() {
	c.mu.Lock()
	c.inFlight--
	c.mu.Unlock()
	c.changed()
}

// Close closes the connection. Exchanges that are under way fail.
func (c *conn) Close() error {
	c.end(&Error{Err: errClosed})
	return c.quic.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
}

// doubt notes that the server may be gone.
func (c *conn) doubt() {
	c.mu.Lock()
	c.suspect = true
	c.mu.Unlock()
	c.changed()
}

// LocalAddr returns our address.
func (c *conn) LocalAddr() net.Addr { return c.quic.LocalAddr() }

// RemoteAddr returns the server's address.
func (c *conn) RemoteAddr() net.Addr { return c.quic.RemoteAddr() }

// ConnectionState returns what is known of the connection's TLS, once the handshake is over.
func (c *conn) ConnectionState() tls.ConnectionState {
	if c.isEarly() {
		return tls.ConnectionState{} // quic-go would wait
	}
	return c.quic.ConnectionState().TLS
}
