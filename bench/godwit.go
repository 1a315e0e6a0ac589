// Contender godwit: the front door, as a program uses it. A small answer is read by Get; a
// download is streamed, as by the other contenders, which do not keep the body either.
package main

import (
	"context"
	"net/http"

	"example.com/godwit"
	"example.com/godwit/transport"
)

type godwitClient struct {
	target
	session *godwit.Session // nil: godwit.Get
}

func openGodwit(t target, _ int) (client, error) {
	c := &godwitClient{target: t}
	if cfg := t.tlsConfig(); cfg != nil {
		// The certificate is not one that godwit.Get trusts without an option, and the
		// option would be measured too.
		c.session = &godwit.Session{Transport: &transport.Transport{TLS: cfg}}
	}
	return c, nil
}

func (c *godwitClient) worker(ctx context.Context) (exchange, error) {
	url, get := c.url(), godwit.Get
	if c.session != nil {
		get = c.session.Get
	}
	if c.size > downloadFrom {
		return c.download(ctx, url), nil
	}
	return func([]byte) (int, error) {
		res, err := get(ctx, url)
		if err != nil {
			return 0, err
		}
		if res.StatusCode != http.StatusOK {
			return 0, statusError(res.StatusCode)
		}
		return len(res.Content), nil
	}, nil
}

// downloadFrom is the size from which on an answer is not held in memory.
const downloadFrom = 64 << 10

func (c *godwitClient) download(ctx context.Context, url string) exchange {
	session := c.session
	if session == nil {
		session = new(godwit.Session)
	}
	return func(buf []byte) (int, error) {
		res, err := session.Stream(ctx, "GET", url)
		if err != nil {
			return 0, err
		}
		defer res.Close()
		if res.StatusCode != http.StatusOK {
			return 0, statusError(res.StatusCode)
		}
		return readThrough(res.Body, buf)
	}
}

// close leaves godwit.Get's connections to their idle limit: they are the process's, not
// this client's.
func (c *godwitClient) close() {
	if c.session != nil {
		c.session.Transport.(*transport.Transport).Close()
	}
}
