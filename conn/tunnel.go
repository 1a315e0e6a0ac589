package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// A tunnel is what a proxy is asked for.
type tunnel struct {
	whom   authority
	header Fields
}

// SetTunnel makes the host that the connection was made for a proxy, which is asked for a
// tunnel (CONNECT, RFC 9110 9.3.6) to another host: "name", "name:port", "[::1]:8080". The
// requests, and TLS with [HTTPS], are for that one. The header goes to the proxy and to nobody
// else: Proxy-Authorization, for instance. It must be called before the connection is opened,
// otherwise the error is a [StateError].
//
// A proxy that refuses is a [TunnelError] of whatever opens the connection.
func (c *Conn) SetTunnel(host string, header Fields) error {
	if c.dial == nil || c.link.nc != nil && !c.link.closed.Load() || c.hand.putting() {
		return &StateError{Step: "SetTunnel", State: "the connection is open, or a request has been begun", Expected: "SetTunnel before that, on a connection made by HTTP or HTTPS"}
	}
	o := c.dial
	whom, err := parseAuthority(host, 0, o.def)
	if err != nil {
		return err
	}
	var given headFacts
	for _, f := range header {
		if err := given.note(f.Name, f.Value); err != nil {
			return err
		}
		if given.hasLength || given.chunked {
			return &RequestError{What: "field name", Name: f.Name, Why: "a CONNECT has no body (RFC 9110 9.3.6)"}
		}
	}
	t := &tunnel{whom: whom}
	if !given.host {
		t.header = Fields{{Name: "Host", Value: whom.String()}}
	}
	t.header = append(t.header, header.Clone()...)
	if _, err := h1.AppendFields(nil, t.header); err != nil {
		return err
	}
	o.tunnel, o.through = t, nil
	c.hand.setHost(schemeOf(o.secure), o.hostField())
	return nil
}

// ProxyResponse returns what the proxy answered to CONNECT when the connection was opened last,
// nil if there is no tunnel. It has no body: what follows it is the tunnel.
func (c *Conn) ProxyResponse() *Response {
	if c.dial == nil {
		return nil
	}
	return c.dial.through
}

// mostRefusal is how much of a refusal's body is kept.
const mostRefusal = 64 << 10

// A TunnelError says that a proxy refused a tunnel.
type TunnelError struct {
	Target string // "example.com:443"
	Status int
	Reason string
	Fields Fields
	Body   []byte // what of it came within 1 s, at most 64 KiB
}

// Error names the target and the status.
func (e *TunnelError) Error() string {
	text := fmt.Sprintf("no tunnel to %s: %d", e.Target, e.Status)
	if e.Reason != "" {
		reason := strconv.QuoteToASCII(e.Reason)
		text += " " + reason[1:len(reason)-1]
	}
	return text
}

// Is makes it an ErrHTTP.
func (e *TunnelError) Is(target error) bool { return target == ErrHTTP }

// dig asks the proxy at the other end of nc for the tunnel. If there is none, nc is closed.
// The limit of Connect is that of the whole.
func (o *opener) dig(ctx context.Context, nc net.Conn, h *hand) error {
	limit := h.opt.Limits.Of(trace.Connect)
	limited, cancel := ctx, context.CancelFunc(func() {})
	if limit > 0 {
		limited, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	res, err := o.connect(limited, nc, h)
	if err == nil {
		o.through = res
		return nil
	}
	nc.Close()
	e := &Error{Phase: trace.Connect, Addr: o.whom.String(), Proxy: true, Err: err}
	if inner, ok := errors.AsType[*Error](err); ok {
		e.Err = inner.Err
	}
	if _, refused := err.(*TunnelError); !refused && limited.Err() != nil && ctx.Err() == nil {
		e.Limit, e.Setting, e.Err = limit, h.opt.setting(trace.Connect), os.ErrDeadlineExceeded
	}
	return e
}

// connect sends a CONNECT and returns the answer that lets us through.
func (o *opener) connect(ctx context.Context, nc net.Conn, h *hand) (*Response, error) {
	c := New(nc)
	opt := h.opt // without limits of its own: ctx has one for all of it
	opt.Limits = trace.Limits{Send: -1, Wait: -1, Receive: -1}
	c.hand = newHand(opt, "http", "")
	if err := c.PutRequest(ctx, "CONNECT", o.tunnel.whom.String(), SkipHost, SkipAcceptEncoding); err != nil {
		return nil, err
	}
	for _, f := range o.tunnel.header {
		if err := c.PutHeader(f.Name, f.Value); err != nil {
			return nil, err
		}
	}
	if err := c.EndHeaders(); err != nil {
		return nil, err
	}
	res, err := c.Response()
	if err != nil {
		return nil, err
	}
	if res.Stream == nil {
		stop := time.AfterFunc(lastWords, c.link.wake) // the refusal stands, whatever it says besides
		body, _ := io.ReadAll(io.LimitReader(res.Body, mostRefusal))
		stop.Stop()
		c.link.kill()
		res.Body.Close()
		return nil, &TunnelError{Target: o.tunnel.whom.String(), Status: res.Status, Reason: res.Reason, Fields: res.Fields, Body: body}
	}
	if s := res.Stream.(*stream); len(s.early) > 0 {
		// Nobody at the other end has been spoken to yet.
		return nil, &ProtocolError{Rule: RuleEarlyTunnel}
	}
	res.Stream = nil
	return res, nil
}
