package transport

import (
	"crypto/tls"
	"net"

	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// open opens a connection by leave of the pool's.
func (r *trip) open(h *host) (grant, error) {
	if h.key.protocols == HTTP3 {
		return r.openHTTP3(h)
	}
	p := &r.t.pool
	c := &pooled{pool: p, host: h}
	nc, err := r.dial()
	if err != nil {
		p.forsake(h, trace.Ended(r.ctx) == nil)
		return grant{}, err
	}
	later, err := r.speaksHTTP2(nc)
	switch {
	case err != nil:
		nc.Close()
		p.forsake(h, true)
		return grant{}, err
	case later:
		return r.openHTTP2(h, nc)
	}
	c.Conn, c.tunnel = conn.New(nc), r.tunnel
	c.SetKeeper(c)
	if r.login != nil && !r.readByProxy() {
		c.SetName(r.key.addr())
	}
	if h.multi {
		p.opened(h)
	}
	return grant{conn: c, host: h}, nil
}

// dial opens a socket, or a way through a proxy, and puts TLS over it if the request asks for
// that.
func (r *trip) dial() (net.Conn, error) {
	k := &r.key
	x := &dial.Exchange{Limits: r.opt.Limits, Tracer: r.opt.Tracer, ID: r.opt.ID, Timings: r.timings}
	d := r.dialer()
	var nc net.Conn
	var config *tls.Config
	var err error
	if k.scheme == "https" {
		if config, err = r.t.tlsConfig(k, r.overrides); err != nil {
			return nil, err
		}
	}
	if r.login == nil {
		nc, err = d.DialContext(r.ctx, k.host, k.port, x)
	} else {
		nc, err = r.dialProxy(&d, x)
	}
	if err != nil || config == nil {
		return nc, err
	}
	r.choseRoots(config)
	tc, err := dial.Handshake(r.ctx, nc, config, k.addr(), x)
	if err != nil {
		return nil, err // and not a *tls.Conn that is nil
	}
	return tc, nil
}
