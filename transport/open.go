package transport

import (
	"context"
	"crypto/tls"
	"net"
	"strings"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
)

// open opens a connection, for which the pool has given leave.
func (t *Transport) open(ctx context.Context, h *host, k *key, o *Overrides, opt *options) (*pooled, error) {
	nc, err := t.dial(ctx, k, o, opt)
	if err != nil {
		t.pool.release(h)
		return nil, err
	}
	c := &pooled{Conn: conn.New(nc), pool: &t.pool, host: h}
	c.SetKeeper(c)
	return c, nil
}

func (t *Transport) dial(ctx context.Context, k *key, o *Overrides, opt *options) (net.Conn, error) {
	x := &dial.Exchange{Limits: opt.Limits, Tracer: opt.Tracer, ID: opt.ID, Timings: opt.Timings}
	d := dial.Dialer{Resolver: t.Resolver, Dial: t.Dial}
	nc, err := d.DialContext(ctx, k.host, k.port, x)
	if err != nil || k.scheme != "https" {
		return nc, err
	}
	return dial.Handshake(ctx, nc, t.tlsConfig(k, o), k.addr(), x)
}

// tlsConfig returns the configuration of a handshake: the request's or the Transport's, and
// on top of it what the key says. It is a copy.
func (t *Transport) tlsConfig(k *key, o *Overrides) *tls.Config {
	base := t.TLS
	if k.trust.config != nil {
		base = k.trust.config
	}
	config := base.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = strings.Cut(strings.TrimSuffix(k.host, "."), "%")
	}
	if k.trust.hasCA {
		config.RootCAs = o.CA.pool
	}
	if k.trust.insecure {
		config.InsecureSkipVerify = true
	}
	config.NextProtos = []string{"http/1.1"}
	if config.ClientSessionCache == nil || k.trust.hasCA || k.trust.insecure {
		// A ticket must not open what the settings that it was got with would not have
		// (CVE-2025-68121), so each set of settings has its own.
		config.ClientSessionCache = t.sessions.cache(k.trust)
	}
	return config
}
