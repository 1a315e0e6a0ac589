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
	res, err := r.sendAny()
	if err == nil && res.StatusCode == http.StatusProxyAuthRequired && r.readByProxy() {
		res, err = r.answerProxy(res)
	}
	if err != nil {
		return nil, err
	}
	res.Request = req
	if r.opt.Gzip {
		r.undoGzip(res)
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
	conn      *pooled               // of the last attempt
	checked   *checked              // the request for a connection that carries many; nil: nobody has looked
	sameBody  bool                  // see stream.again
	http10    bool                  // it is sent as one of HTTP/1.0
	http3     bool                  // it may also go over HTTP/3
	eager     bool                  // whether or not anybody has said that this is spoken
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
	if t.Tracer == nil && !r.http10 && (o == nil || o.saysNothing()) {
		return
	}
	own := *r.opt
	r.opt = &own
	own.HTTP10 = r.http10
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

// beginAttempt gives an attempt what tells it from others.
func (r *trip) beginAttempt() {
	r.beginReport()
	if r.opt.Tracer != nil {
		own := *r.opt // because an attempt before this one may have left a sender behind
		own.ID = trace.NextID()
		r.opt = &own
		if r.timings == nil {
			r.timings = &trace.Timings{Start: time.Now()}
		}
	}
}

// attempt sends the request once, over a connection that was opened after since (0: over any).
// again says whether, and for what reason, it may be sent once more.
func (r *trip) attempt(since int64) (res *http.Response, again resend, err error) {
	r.beginAttempt()
	x, err := r.prepare()
	if err != nil {
		return nil, no, err
	}
	for {
		g, err := r.connect(since)
		if err != nil {
			r.giveUp(x, err)
			return nil, no, err
		}
		c := g.conn
		if r.conn = c; c.many != nil {
			return r.carry(g)
		}
		if x == nil {
			if x, err = r.prepareHTTP1(); err != nil {
				_ = c.Keep(true)
				return nil, no, err
			}
		}
		reused := c.Used()
		res, err = c.Do(x)
		switch {
		case err == nil:
			return res, no, nil
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
		if ok && reused && mayResend(r.req, e) {
			again = lost
		}
		return nil, again, err
	}
}

// prepare makes an exchange of the request, before there is a connection. If it may be that it
// goes over one that carries many exchanges, it is only looked at, and the result is nil.
func (r *trip) prepare() (*conn.Exchange, error) {
	if r.key.protocols == 0 {
		return r.prepareHTTP1()
	}
	r.client, r.checked = httptrace.ContextClientTrace(r.ctx), nil
	if r.t.pool.kindOf(&r.key) == ofOne {
		return nil, nil // it will be found out, of one message in place of two, before anything is sent
	}
	return nil, r.check()
}

func (r *trip) prepareHTTP1() (*conn.Exchange, error) {
	x, err := conn.Prepare(r.req, r.opt)
	if err != nil {
		return nil, err
	}
	x.Measure(r.timings)
	r.client = x.ClientTrace()
	return x, nil
}

// giveUp ends an attempt that has found no connection. x may be nil.
func (r *trip) giveUp(x *conn.Exchange, err error) {
	if x != nil {
		x.Discard()
	} else {
		closeBody(r.req)
	}
	r.emitDone(err)
}

// emitDone tells that an attempt has come to nothing.
func (r *trip) emitDone(err error) {
	if r.opt.Tracer != nil {
		r.emit(trace.Done{Exchange: r.opt.ID, Call: r.opt.Call, Timings: *r.timings, Err: err})
	}
}

// send sends the request, and again if it fails for a reason that lies with its connection.
func (r *trip) send() (*http.Response, error) {
	res, again, err := r.attempt(0)
	if again == no && (err != nil || res.StatusCode != http.StatusMisdirectedRequest) {
		return res, err
	}
	var n resends
	for tried := 2; ; tried++ {
		if err == nil && res.StatusCode == http.StatusMisdirectedRequest && mayRewind(r.given) {
			again = misdirected
		}
		if again == no || !n.allow(again, r.conn.many != nil && r.conn.many.served.Load()) {
			if again == unlooked && r.sameBody {
				closeBody(r.req)
			}
			return res, err
		}
		body, ok := r.req.Body, true
		if again != unlooked || !r.sameBody {
			body, ok = rewound(r.given)
		}
		if !ok {
			return res, err
		}
		if res != nil {
			r.disown(res)
		}
		if r.opt.Tracer != nil {
			r.emit(trace.Attempt{Call: r.opt.Call, N: tried, Kind: again.String(), Err: err})
		}
		since := r.since(again)
		if err := r.address(body); err != nil {
			if body != nil {
				body.Close()
			}
			return nil, err
		}
		if res, again, err = r.attempt(since); again == no && (err != nil || res.StatusCode != http.StatusMisdirectedRequest) {
			return res, err
		}
	}
}

// since returns how new the connection has to be that the request is sent over once more.
func (r *trip) since(why resend) int64 {
	switch {
	case why == unlooked:
		return 0
	case r.conn.many != nil:
		return r.checked.began // any that was opened since has not failed with this one
	}
	return ticks()
}

// disown gives up a response, and sees to it that its connection is not used again.
func (r *trip) disown(res *http.Response) {
	p := &r.t.pool
	if r.conn.many != nil {
		p.retire(r.conn)
	}
	res.Body.Close()
	p.discard(r.conn)
}

func (r *trip) emit(ev trace.Event) { r.opt.Tracer.Trace(r.ctx, ev) }

// undoGzip undoes the coding that we asked for, as net/http does.
func (r *trip) undoGzip(res *http.Response) {
	codings := res.Header["Content-Encoding"]
	if len(codings) != 1 || !strings.EqualFold(codings[0], "gzip") || res.Body == http.NoBody {
		return
	}
	if _, tunnel := res.Body.(io.Writer); tunnel {
		return // it is not HTTP any more
	}
	res.Body = coding.Gzip(res.Body)
	if r.opt.Tracer != nil {
		res.Body = &toldContent{res.Body, r}
	}
	delete(res.Header, "Content-Encoding")
	delete(res.Header, "Content-Length")
	res.ContentLength = -1
	res.Uncompressed = true
}

// A toldContent is a body of whose content a tracer is told.
type toldContent struct {
	io.ReadCloser
	trip *trip
}

func (b *toldContent) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		opt := b.trip.opt
		b.trip.emit(trace.Content{Exchange: opt.ID, Call: opt.Call, P: p[:n]})
	}
	return n, err
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
