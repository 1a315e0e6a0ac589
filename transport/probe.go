// Looking at the way to a server without sending a request.

package transport

import (
	"net"
	"net/http"
	"net/netip"

	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// Connect opens a connection as RoundTrip would for a request, by the same settings and with the
// same errors, and gives it to the caller: over TLS it is a *tls.Conn after its handshake; without
// TLS, who is at its other end may be a proxy that waits for requests. Nothing of the request has
// been sent on it. It is neither one of the pool's nor counted among them.
//
// Connect is for those who want to know how a server is reached and what it shows. What is spoken
// on the connection is what the server has chosen by ALPN, which may be HTTP/2.
func (t *Transport) Connect(req *http.Request) (net.Conn, error) {
	r, err := t.probe(req)
	if err != nil {
		return nil, err
	}
	return r.dial()
}

// Addresses returns where RoundTrip would connect to for a request, in the order in which it would
// try it: the addresses of the server, or of the proxy if there is one. None, without an error,
// means that they do not matter: there is a unix socket, or a Dial of the caller's own.
func (t *Transport) Addresses(req *http.Request) ([]netip.AddrPort, error) {
	r, err := t.probe(req)
	if err != nil {
		return nil, err
	}
	d := r.dialer()
	if d.Unix != "" || d.Dial != nil {
		return nil, nil
	}
	x := &dial.Exchange{Limits: r.opt.Limits, Tracer: r.opt.Tracer, ID: r.opt.ID, Timings: r.timings}
	host, port := r.key.host, r.key.port
	if r.login != nil {
		host, port, x.Proxy = r.login.proxy.host, r.login.proxy.port, true
		d.Guards = nil // they are for the origin
	}
	return d.LookUp(r.ctx, host, port, x)
}

// probe begins a trip that sends nothing.
func (t *Transport) probe(req *http.Request) (*trip, error) {
	own := *req
	own.Body, own.GetBody, own.ContentLength = nil, nil, 0 // is not ours to close
	r := &trip{t: t, req: &own, given: &own, ctx: req.Context(), overrides: OverridesFrom(req.Context())}
	if err := r.setKey(); err != nil {
		return nil, err
	}
	if isSocketURL(own.URL) {
		r.given = withoutSocket(&own)
		r.req = r.given
	}
	t.once.Do(t.begin)
	r.setOptions()
	if err := r.setRoute(); err != nil {
		return nil, err
	}
	if err := r.setProxy(); err != nil {
		return nil, err
	}
	if r.opt.Tracer != nil {
		o := *r.opt
		o.ID = trace.NextID()
		r.opt = &o
	}
	r.beginReport()
	return r, nil
}
