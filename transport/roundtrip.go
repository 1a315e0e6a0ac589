package transport

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/coding"
	"example.com/godwit/trace"
)

// RoundTrip sends a request and returns its response, as http.RoundTripper has it. The
// connection is free again when the response's body has been read to the end or closed. An
// error is an [Error].
//
// A request that fails on a connection that had been idle, before anything of a response had
// come, is sent once more on a new one, if nothing of it had been written, or if it is
// idempotent, and if its body can be had again.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	r := trip{t: t, req: req, given: req, ctx: ctx, overrides: OverridesFrom(ctx)}
	if err := r.setKey(); err != nil {
		closeBody(req)
		return nil, err
	}
	if isSocketURL(req.URL) {
		r.given = withoutSocket(req)
		r.req = r.given
	}
	t.once.Do(t.begin)
	r.setOptions()
	if err := r.setRoute(); err != nil {
		closeBody(req)
		return nil, err
	}
	if err := r.setProxy(); err != nil {
		return nil, err
	}
	res, err := r.send()
	if err == nil && res.StatusCode == http.StatusProxyAuthRequired && r.readByProxy() {
		res, err = r.answerProxy(res)
	}
	if err != nil {
		return nil, err
	}
	res.Request = req
	if r.opt.Gzip {
		undoGzip(res)
	}
	return res, nil
}

// begin prepares a Transport for its first request.
func (t *Transport) begin() {
	t.setBounds()
	t.setRoute()
	t.plain = conn.ExchangeOptions{
		Limits: t.Limits, Bounds: t.Bounds, Tracer: t.Tracer,
		UserAgent: UserAgent,
		ToOrigin:  true,
		Close:     t.DisableKeepAlives,
		Continue:  t.ExpectContinueTimeout,
	}
	t.gzip = t.plain
	t.gzip.Gzip = true
}

// A trip is one request on its way, through one connection or two.
type trip struct {
	t         *Transport
	given     *http.Request // the caller's
	req       *http.Request // as it is sent: given, or a copy
	ctx       context.Context
	overrides *Overrides // nil: none
	client    *httptrace.ClientTrace
	key       key
	route     *route                // the Transport's, or the request's own
	login     *login                // with the proxy; nil: there is no proxy
	tunnel    *trace.Tunnel         // that was dug last; nil: none was
	opt       *conn.ExchangeOptions // shared, if nobody traces and nothing is overridden
	timings   *trace.Timings        // of the attempt; nil: nobody measures
	report    *Report               // nil: nobody wants one
}

// setOptions puts together what the Transport and the request's context say.
func (r *trip) setOptions() {
	t, o := r.t, r.overrides
	r.opt = &t.plain
	if !t.DisableCompression && (o == nil || !o.NoGzip) && mayAskForGzip(r.req) {
		r.opt = &t.gzip
	}
	if t.Tracer == nil && (o == nil || o.saysNothing()) {
		return
	}
	own := *r.opt
	r.opt = &own
	if o == nil {
		return
	}
	own.Limits = o.Limits.Or(t.Limits)
	own.Call, own.Order, own.Streaming = o.Call, o.Order, o.Streaming
	if o.Tracer != nil {
		own.Tracer = o.Tracer
	}
	if own.Tracer != nil && len(o.Secrets) > 0 {
		own.Tracer = &hider{own.Tracer, o.Secrets}
	}
}

// saysNothing reports whether exchanges go as they would without the overrides, but for gzip.
// That is so for most calls, which then share what the others are told.
func (o *Overrides) saysNothing() bool {
	return o.Tracer == nil && o.Streaming == nil && len(o.Order) == 0 && o.Limits == trace.Limits{}
}

// mayAskForGzip reports whether a request leaves it to us what codings to accept.
func mayAskForGzip(req *http.Request) bool {
	if req.Method == "HEAD" {
		return false
	}
	for name := range req.Header { // in whatever spelling
		if strings.EqualFold(name, "Accept-Encoding") || strings.EqualFold(name, "Range") {
			return false
		}
	}
	return true
}

// attempt sends the request once. again says that its failure was the connection's, and that
// another attempt does no harm.
// since demands a connection that was opened after that; 0: any will do.
func (r *trip) attempt(since int64) (res *http.Response, again bool, err error) {
	r.beginReport()
	if r.opt.Tracer != nil {
		own := *r.opt // because an attempt before this one may have left a sender behind
		own.ID = trace.NextID()
		r.opt = &own
		if r.timings == nil {
			r.timings = &trace.Timings{Start: time.Now()}
		}
	}
	x, err := conn.Prepare(r.req, r.opt)
	if err != nil {
		return nil, false, err
	}
	x.Measure(r.timings)
	r.client = x.ClientTrace()
	for {
		g, err := r.connect(since)
		if err != nil {
			x.Discard()
			if r.opt.Tracer != nil {
				r.emit(trace.Done{Exchange: r.opt.ID, Call: r.opt.Call, Timings: *r.timings, Err: err})
			}
			return nil, false, err
		}
		c := g.conn
		reused := c.Used()
		res, err = c.Do(x)
		switch {
		case err == nil:
			return res, false, nil
		case err == conn.ErrStale:
			if r.report != nil {
				r.report.Conn = trace.Conn{}
			}
			continue // it was closed while it was idle
		}
		e, ok := err.(*Error)
		if ok && e.Phase == trace.TLS && r.readByProxy() {
			e.Proxy = true // it judges our certificate after the handshake is over for us
		}
		return nil, ok && reused && mayResend(r.req, e), err
	}
}

// send sends the request, and once more, on a new connection, if it fails for a reason that lies
// with the old one.
func (r *trip) send() (*http.Response, error) {
	res, again, err := r.attempt(0)
	if !again {
		return res, err
	}
	body, ok := rewound(r.given)
	if !ok {
		return nil, err
	}
	if r.opt.Tracer != nil {
		r.emit(trace.Attempt{Call: r.opt.Call, N: 2, Kind: "resend", Err: err})
	}
	if err := r.address(body); err != nil {
		if body != nil {
			body.Close()
		}
		return nil, err
	}
	res, _, err = r.attempt(ticks())
	return res, err
}

func (r *trip) emit(ev trace.Event) { r.opt.Tracer.Trace(r.ctx, ev) }

// undoGzip undoes the coding that we asked for, as net/http does.
func undoGzip(res *http.Response) {
	codings := res.Header["Content-Encoding"]
	if len(codings) != 1 || !strings.EqualFold(codings[0], "gzip") || res.Body == http.NoBody {
		return
	}
	if _, tunnel := res.Body.(io.Writer); tunnel {
		return // it is not HTTP any more
	}
	res.Body = coding.Gzip(res.Body)
	delete(res.Header, "Content-Encoding")
	delete(res.Header, "Content-Length")
	res.ContentLength = -1
	res.Uncompressed = true
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
