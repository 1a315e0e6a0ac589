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
	p := &r.t.pool
	c := &pooled{pool: p, host: h}
	nc, err := r.dial()
	if err != nil {
		p.forsake(h, trace.Ended(r.ctx) == nil)
		return grant{}, err
	}
	c.Conn = conn.New(nc)
	c.SetKeeper(c)
	if r.login != nil && r.key.scheme == "https" {
		c.SetName(r.key.addr())
	}
	if h.multi {
		p.opened(h)
	}
	return grant{conn: c, host: h}, nil
}

// dial opens a socket, or a tunnel through a proxy, and puts TLS over it if the request asks for
// that.
func (r *trip) dial() (net.Conn, error) {
	k := &r.key
	x := &dial.Exchange{Limits: r.opt.Limits, Tracer: r.opt.Tracer, ID: r.opt.ID, Timings: r.timings}
	d := dial.Dialer{Resolver: r.t.Resolver, Dial: r.t.Dial}
	host, port := k.host, k.port
	if r.login != nil {
		host, port, x.Proxy = r.login.proxy.host, r.login.proxy.port, true
		if k.scheme == "https" {
			d.Tunnel = r.newDigger().dig
		}
	}
	var config *tls.Config
	if k.scheme == "https" {
		var err error
		if config, err = r.t.tlsConfig(k, r.overrides); err != nil {
			return nil, err
		}
	}
	nc, err := d.DialContext(r.ctx, host, port, x)
	if err != nil || config == nil {
		return nc, err
	}
	x.Proxy = false
	r.choseRoots(config)
	tc, err := dial.Handshake(r.ctx, nc, config, k.addr(), x)
	if err != nil {
		return nil, err // and not a *tls.Conn that is nil
	}
	return tc, nil
}
