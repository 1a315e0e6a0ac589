// Contenders net/http, the counterpart of transport, and net/http-client, the counterpart
// of godwit.
package main

import (
	"context"
	"io"
	"net/http"
)

// newNetHTTP is a Transport that keeps every connection it opens.
func newNetHTTP(t target, conns int) *http.Transport {
	return &http.Transport{
		TLSClientConfig:     t.tlsConfig(),
		ForceAttemptHTTP2:   t.http2,
		DisableKeepAlives:   t.renewal != kept,
		MaxIdleConns:        conns,
		MaxIdleConnsPerHost: conns,
	}
}

// Sixteen more than in flight: net/http dials ahead when a connection is late to come back,
// and the spare one must not cost a close.
const spareConns = 16

func openNetHTTP(t target, inflight int) (client, error) {
	tr := newNetHTTP(t, inflight+spareConns)
	return &roundTripper{tr, t, tr.CloseIdleConnections}, nil
}

// netHTTPClient is what most programs write: http.Client.Do and io.ReadAll.
type netHTTPClient struct {
	http.Client
	target
}

func openNetHTTPClient(t target, inflight int) (client, error) {
	return &netHTTPClient{http.Client{Transport: newNetHTTP(t, inflight+spareConns)}, t}, nil
}

func (c *netHTTPClient) worker(ctx context.Context) (exchange, error) {
	url := c.url()
	return func([]byte) (int, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return 0, err
		}
		resp, err := c.Do(req)
		if err != nil {
			return 0, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil && resp.StatusCode != http.StatusOK {
			err = statusError(resp.StatusCode)
		}
		return len(body), err
	}, nil
}

func (c *netHTTPClient) close() { c.CloseIdleConnections() }
