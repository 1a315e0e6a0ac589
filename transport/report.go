package transport

import (
	"net"
	"net/netip"
	"net/url"
	"time"

	"example.com/godwit/trace"
)

// A Report says what one exchange took, and over which connection it went. Who asks for it (see
// [Overrides]) needs no tracer: it costs a few looks at the clock, and a little memory once
// for each connection.
//
// Everything is written on the goroutine that runs RoundTrip or reads the response's body, and
// nothing once the body has been read to its end or closed, or the exchange has failed. After
// that Timings is complete, and anybody may read the Report. Before that, who waits for RoundTrip
// to return may read Conn and Proxy.
//
// A request that is sent again is another exchange, with a Report of its own.
type Report struct {
	Timings trace.Timings
	Conn    trace.Conn // zero, if the exchange failed before it had one
	Proxy   *url.URL   // without user info; must not be altered. nil: none

	// Tunnel is what the proxy had answered to CONNECT when Conn was opened, with no more of its
	// fields than 4 KiB. It must not be altered. nil: Conn has not been opened by CONNECT.
	Tunnel *trace.Tunnel
}

// beginReport gets the attempt its report, if somebody wants one.
func (r *trip) beginReport() {
	r.timings, r.report = nil, nil
	if r.overrides == nil || r.overrides.Report == nil {
		return
	}
	if r.report = r.overrides.Report(r.ctx); r.report == nil {
		return
	}
	*r.report = Report{Timings: trace.Timings{Start: time.Now()}}
	if r.login != nil {
		r.report.Proxy = r.login.proxy.shown
	}
	r.timings = &r.report.Timings
}

// describe notes the connection that the exchange is about to go over.
func (p *Report) describe(g grant) {
	c := g.conn
	p.Tunnel = c.tunnel
	if c.many != nil {
		p.Conn = c.many.about
		p.Conn.Reused, p.Conn.Idle = g.reused, g.idle
		return
	}
	p.Conn = *c.description()
	if p.Conn.Reused = c.Used(); p.Conn.Reused {
		// It may have come back only while the request waited for one.
		p.Conn.Idle = max(0, c.idleFor(int64(p.Timings.Start.Sub(base))))
	}
}

// description returns what is the same for all exchanges of the connection. It is made when it is
// first asked for.
func (c *pooled) description() *trace.Conn {
	if c.about == nil {
		nc := c.NetConn()
		c.about = &trace.Conn{
			ID:       c.ID(),
			Protocol: "HTTP/1.1",
			Local:    addrPort(nc.LocalAddr()),
			Remote:   addrPort(nc.RemoteAddr()),
			Unix:     socketPath(nc.RemoteAddr()),
			TLS:      c.TLS(),
		}
	}
	return c.about
}

func socketPath(a net.Addr) string {
	if u, ok := a.(*net.UnixAddr); ok && u != nil {
		return u.Name
	}
	return ""
}

func addrPort(a net.Addr) netip.AddrPort {
	switch t := a.(type) {
	case *net.TCPAddr:
		if t != nil {
			return t.AddrPort()
		}
	case *net.UDPAddr:
		if t != nil {
			return t.AddrPort()
		}
	}
	return netip.AddrPort{}
}
