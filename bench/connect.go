// Mode -connect: a connection for each request. What is measured is opening it, the handshake
// of TLS before all, and one exchange.
package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
)

// A renewal is what becomes of connections between requests.
type renewal string

const (
	kept    renewal = ""
	full    renewal = "a new connection each" // with a full handshake
	resumed renewal = "a new connection each, sessions resumed"
)

// mostTickets is more than a run has servers.
const mostTickets = 8

// tlsConfig is how a target is to be trusted, nil on plain TCP.
func (t target) tlsConfig() *tls.Config {
	if t.roots == nil {
		return nil
	}
	c := &tls.Config{RootCAs: t.roots}
	switch t.renewal {
	case full:
		c.SessionTicketsDisabled = true
	case resumed:
		c.ClientSessionCache = tls.NewLRUClientSessionCache(mostTickets)
	}
	return c
}

// freshWorker is raw's when each request has its connection.
func (c *rawClient) freshWorker(ctx context.Context) (exchange, error) {
	dial := new(net.Dialer).DialContext
	if config := c.tlsConfig(); config != nil {
		dial = (&tls.Dialer{Config: config}).DialContext
	}
	room := make([]byte, c.size+4<<10)
	return func([]byte) (int, error) {
		conn, err := dial(ctx, "tcp", c.addr)
		if err != nil {
			return 0, err
		}
		body, err := rawGet(conn, c.resource, room)
		if err == nil && len(body) != c.size {
			err = io.ErrUnexpectedEOF
		}
		conn.Close()
		return len(body), err
	}, nil
}
