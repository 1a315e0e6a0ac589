package transport

import (
	"crypto/tls"
	"net"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
)

// newPooled makes a connection of the pool's of a socket.
func (r *trip) newPooled(nc net.Conn, h *host) *pooled {
	c := &pooled{Conn: conn.New(nc), pool: &r.t.pool, host: h}
	c.SetKeeper(c)
	return c
}

// dial opens a socket, and puts TLS over it if the request asks for that.
func (r *trip) dial() (net.Conn, error) {
	k := &r.key
	x := &dial.Exchange{Limits: r.opt.Limits, Tracer: r.opt.Tracer, ID: r.opt.ID, Timings: r.opt.Timings}
	d := dial.Dialer{Resolver: r.t.Resolver, Dial: r.t.Dial}
	nc, err := d.DialContext(r.ctx, k.host, k.port, x)
	if err != nil || k.scheme != "https" {
		return nc, err
	}
	tc, err := dial.Handshake(r.ctx, nc, r.t.tlsConfig(k, r.overrides), k.addr(), x)
	if err != nil {
		return nil, err // and not a *tls.Conn that is nil
	}
	return tc, nil
}

// tlsConfig returns the configuration of a handshake: the request's or the Transport's, and
// on top of it what the key says. It is a copy.
func (t *Transport) tlsConfig(k *key, o *Overrides) *tls.Config {
	base := t.TLS
	if k.trust.config != nil {
		base = k.trust.config
	}
	config := dial.ClientConfig(base, k.host)
	if k.trust.hasCA {
		config.RootCAs = o.CA.pool
	}
	if k.trust.insecure {
		config.InsecureSkipVerify = true
	}
	if config.ClientSessionCache == nil || k.trust.hasCA || k.trust.insecure {
		// A ticket must not open what the settings that it was got with would not have
		// (CVE-2025-68121), so each set of settings has its own.
		config.ClientSessionCache = t.sessions.cache(k.trust)
	}
	return config
}
