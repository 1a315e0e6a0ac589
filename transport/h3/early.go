// Requests that are sent together with the handshake (0-RTT, RFC 8470).

package h3

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"sync"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// earlyMethod is what quic-go calls the methods that it may send before the handshake is over.
var earlyMethod = map[string]string{"GET": http3.MethodGet0RTT, "HEAD": http3.MethodHead0RTT}

// mayBeEarly reports whether a request may be sent before the handshake is over, if the caller
// wants that at all: it must do no harm if somebody sends it again (RFC 8470 2), and there must be
// nothing in it that is worth stealing.
func mayBeEarly(req *http.Request) bool {
	if req.Method != "" && earlyMethod[req.Method] == "" || req.Body != nil && req.Body != http.NoBody {
		return false
	}
	for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
		if req.Header.Get(name) != "" {
			return false
		}
	}
	return true
}

// isEarly reports whether the handshake is not over yet.
func (c *conn) isEarly() bool { return isEarly(c.quic) }

func isEarly(qc *quic.Conn) bool {
	select {
	case <-qc.HandshakeComplete():
		return false
	default:
		return true
	}
}

func (c *conn) awaitHandshake(ctx context.Context) error {
	select {
	case <-c.quic.HandshakeComplete():
		return nil
	case <-c.quic.Context().Done():
		return context.Cause(c.quic.Context())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rejects reports whether err, or what becomes of the handshake that was still under way (early), means
// that the server has not looked at what was sent before that was over. The connection is then of no use: quic-go can go on
// with it, but its HTTP/3 does not survive that. The ticket is dropped, so that the next connection
// does without.
func (c *conn) rejects(ctx context.Context, early bool, err error) bool {
	if !errors.Is(err, quic.Err0RTTRejected) && (!early || c.awaitHandshake(ctx) != nil || c.quic.ConnectionState().Used0RTT) {
		return false
	}
	c.tickets.drop()
	c.end(&Error{Err: errEarly})
	_ = c.quic.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
	return true
}

// tickets is a cache of TLS sessions of which one connection makes use. They are kept apart from
// those of TLS over TCP, which know nothing of QUIC.
type tickets struct {
	tls.ClientSessionCache
	mu   sync.Mutex // guards the following
	used string     // the key of the one that was asked for; "": none was
}

// newTickets returns what connections with the configuration use; nil: they use none.
func newTickets(config *tls.Config) *tickets {
	if config.ClientSessionCache == nil {
		return nil
	}
	return &tickets{ClientSessionCache: config.ClientSessionCache}
}

// Get returns a session.
func (t *tickets) Get(key string) (*tls.ClientSessionState, bool) {
	t.mu.Lock()
	t.used = "h3 " + key
	t.mu.Unlock()
	return t.ClientSessionCache.Get("h3 " + key)
}

// Put keeps a session.
func (t *tickets) Put(key string, s *tls.ClientSessionState) {
	t.ClientSessionCache.Put("h3 "+key, s)
}

// drop forgets the session that was used.
func (t *tickets) drop() {
	if t == nil {
		return
	}
	t.mu.Lock()
	used := t.used
	t.mu.Unlock()
	t.ClientSessionCache.Put(used, nil)
}
