// Contender conn: one connection for each worker, its requests put by hand. What is left of
// Godwit below the pool and net/http's types.
package main

import (
	"context"
	"net/http"
	"sync"

	"example.com/godwit/conn"
)

type connClient struct {
	target
	mu    sync.Mutex
	conns []*conn.Conn
}

func openConn(t target, _ int) (client, error) { return &connClient{target: t}, nil }

func (c *connClient) worker(ctx context.Context) (exchange, error) {
	open, opt := conn.HTTP, conn.Options{}
	if cfg := c.tlsConfig(); cfg != nil {
		open, opt.TLS = conn.HTTPS, cfg
	}
	cn, err := open(c.addr, opt)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.conns = append(c.conns, cn)
	c.mu.Unlock()
	return func(buf []byte) (int, error) {
		if err := cn.Request(ctx, http.MethodGet, c.path, nil, nil); err != nil {
			return 0, err
		}
		resp, err := cn.Response()
		if err != nil {
			return 0, err
		}
		if resp.Status != http.StatusOK {
			return 0, statusError(resp.Status)
		}
		if c.size > downloadFrom {
			return readThrough(resp.Body, buf)
		}
		body, err := resp.ReadAll(buf)
		return len(body), err
	}, nil
}

func (c *connClient) close() {
	for _, cn := range c.conns {
		cn.Close()
	}
}
