package conn

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"time"

	"example.com/godwit/trace"
)

// The ports that go without saying.
const (
	HTTPPort  = 80
	HTTPSPort = 443
)

// Options say how a connection made by [HTTP] or [HTTPS] is opened and used. The zero value is
// fine.
type Options struct {
	// Port is used if the host names none. 0: 80, or 443 for HTTPS.
	Port int

	// Timeout limits each phase that Limits says nothing of: finding the address, connecting,
	// the TLS handshake, one write, the wait for a response, one read. 0: the defaults of
	// [trace.Limits], 10 to 60 s. Negative: no limit.
	Timeout time.Duration
	// Limits are those of the single phases; Blocked means nothing here. In each field 0 means
	// Timeout, or else the default; a negative value means no limit.
	Limits trace.Limits
	// Bounds are how much of a head and of a body's framing is taken.
	Bounds Bounds
	// MaxBody is how many bytes of a body [Response.ReadAll] reads, and of a line
	// [Body.Lines]. 0: 64 MiB. Negative: no bound.
	MaxBody int64

	// SourceAddress is the address, and the port, that the connection comes from. Of an invalid
	// address, and of a port of 0, the system chooses one.
	SourceAddress netip.AddrPort
	// Dial, if it is set, opens the socket in place of this package: it is given "tcp" and
	// "host:port", and looks the name up itself.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is how [HTTPS] puts TLS over the socket; it is copied when that happens. nil: the
	// system's roots, TLS 1.2 or later. ServerName is the host unless it is set.
	TLS *tls.Config

	// BlockSize is how many bytes of a body are read and written at once. 0: 32 KiB.
	BlockSize int
	// NoReopen keeps a connection that has been closed from being opened again by the next
	// request, which fails with [ErrNotConnected] then. [Conn.Connect] still opens it.
	NoReopen bool
	// ObsFold makes [Conn.PutHeader] send several values as lines that continue the first one,
	// which is obsolete (RFC 9112 5.2), in place of a list.
	ObsFold bool

	// Debug, if it is set, gets a line for what is sent, for each status line and for each
	// field, as http.client prints them. What fields like Authorization and Cookie say is
	// hidden, unless DebugSecrets is set.
	Debug        io.Writer
	DebugSecrets bool
	// Tracer, if it is set, is told of each step.
	Tracer trace.Tracer
}

// limits returns the limits with d in place of zeros.
func (o *Options) limits(d time.Duration) trace.Limits {
	return o.Limits.Or(trace.Limits{DNS: d, Connect: d, TLS: d, Send: d, Wait: d, Receive: d})
}

// timed returns the phases that Timeout limits, a bit for each.
func (o *Options) timed() (phases uint8) {
	own := o.limits(-1)
	for p := trace.DNS; p <= trace.Receive; p++ {
		if o.Timeout > 0 && own.Of(p) == 0 {
			phases |= 1 << p
		}
	}
	return phases
}

// setting returns the name of what limits a phase.
func (o *ExchangeOptions) setting(p trace.Phase) string {
	if o.timed&(1<<p) != 0 {
		return "Options.Timeout"
	}
	return p.Setting()
}

// exchange returns the options of the exchanges.
func (o *Options) exchange() ExchangeOptions {
	opt := ExchangeOptions{
		Limits: o.limits(o.Timeout), Bounds: o.Bounds, Tracer: o.Tracer,
		blockSize: o.BlockSize, maxBody: o.MaxBody, timed: o.timed(),
	}
	if o.Debug != nil {
		opt.debug = &debugger{w: o.Debug, secrets: o.DebugSecrets}
		opt.Tracer = trace.Multi(opt.Tracer, opt.debug)
	}
	return opt
}
