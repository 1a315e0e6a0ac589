// Contender transport: Godwit's engine alone, as an http.RoundTripper.
package main

import (
	"context"

	"example.com/godwit/transport"
)

func openTransport(t target, _ int) (client, error) {
	tr := &transport.Transport{TLS: t.tlsConfig(), DisableKeepAlives: t.renewal != kept}
	return &roundTripper{tr, t, func() { tr.Close() }}, nil
}

func fillTransport(ctx context.Context, t target, n int) (func(), error) {
	tr := &transport.Transport{TLS: t.tlsConfig(), MaxIdleConns: n, MaxIdleConnsPerHost: n}
	return func() { tr.Close() }, fillPool(ctx, tr, t, n)
}
