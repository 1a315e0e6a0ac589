// Contender fasthttp: the fastest of the peers. It knows no context, and hands out objects
// that are used again; request and response are used again here as its own guide asks.
package main

import (
	"context"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"
)

type fastHTTPClient struct {
	fasthttp.HostClient
	target
}

func openFastHTTP(t target, inflight int) (client, error) {
	return &fastHTTPClient{target: t, HostClient: fasthttp.HostClient{
		Addr:      t.addr,
		IsTLS:     t.roots != nil,
		TLSConfig: t.tlsConfig(),
		MaxConns:  inflight + spareConns,
		// Not to be dialled anew while it is the others' turn.
		MaxIdleConnDuration: time.Hour,
	}}, nil
}

func (c *fastHTTPClient) worker(context.Context) (exchange, error) {
	req, resp := new(fasthttp.Request), new(fasthttp.Response)
	req.SetRequestURI(c.url())
	return func([]byte) (int, error) {
		if err := c.Do(req, resp); err != nil {
			return 0, err
		}
		if s := resp.StatusCode(); s != http.StatusOK {
			return 0, statusError(s)
		}
		return len(resp.Body()), nil
	}, nil
}

func (c *fastHTTPClient) close() { c.CloseIdleConnections() }
