// Contender raw: the floor. Bytes built before are written to a socket, and read until the
// answer is complete; nothing is parsed that need not be.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
)

type rawClient struct {
	target
	mu    sync.Mutex
	conns []net.Conn
}

func openRaw(t target, _ int) (client, error) { return &rawClient{target: t}, nil }

func (c *rawClient) worker(ctx context.Context) (exchange, error) {
	if c.renewal != kept {
		return c.freshWorker(ctx)
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.conns = append(c.conns, conn)
	c.mu.Unlock()
	// The first exchange finds out how long an answer is; the head of every later one is
	// as long, so that the loop has only bytes to count.
	buf := make([]byte, c.size+4<<10)
	if _, err := rawGet(conn, c.resource, buf); err != nil {
		return nil, err
	}
	whole := bytes.Index(buf, endOfHead) + len(endOfHead) + c.size
	request := rawRequest(c.resource)
	return func(buf []byte) (int, error) {
		if _, err := conn.Write(request); err != nil {
			return 0, err
		}
		for n := 0; n < whole; {
			m, err := conn.Read(buf)
			if err != nil {
				return 0, err
			}
			n += m
		}
		return c.size, nil
	}, nil
}

func (c *rawClient) close() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

// dial connects to the target, over TLS if that is where it is.
func (t target) dial(ctx context.Context) (net.Conn, error) {
	if cfg := t.tlsConfig(); cfg != nil {
		return (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", t.addr)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", t.addr)
}

// rawRequest is a request with the lines that net/http would send.
func rawRequest(r resource) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: raw\r\nAccept-Encoding: gzip\r\n\r\n", r.path)
}

// rawGet does one exchange by hand and returns the body, a part of buf, which must have
// room for the whole answer.
func rawGet(c net.Conn, r resource, buf []byte) ([]byte, error) {
	if _, err := c.Write(rawRequest(r)); err != nil {
		return nil, err
	}
	for n := 0; n < len(buf); {
		m, err := c.Read(buf[n:])
		if err != nil {
			return nil, err
		}
		n += m
		head, body, ok := bytes.Cut(buf[:n], endOfHead)
		if !ok {
			continue
		}
		size, err := contentLength(head)
		if err != nil {
			return nil, err
		}
		if len(body) >= size {
			return body[:size], nil
		}
	}
	return nil, io.ErrShortBuffer
}

var errNoLength = errors.New("no Content-Length in the answer")

func contentLength(head []byte) (int, error) {
	_, rest, ok := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !ok {
		return 0, errNoLength
	}
	digits, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return strconv.Atoi(string(digits))
}
