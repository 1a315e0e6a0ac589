package transport

import (
	"context"
	"io"
	"net/http"
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
	o := OverridesFrom(ctx)
	k, err := keyOf(req, o)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	opt := t.options(req, o)
	res, again, err := t.attempt(req, &k, &opt, false)
	if again {
		var body io.ReadCloser
		if body, again = rewound(req); again {
			opt.traceResend(ctx, err)
			res, err = t.resend(req, body, &k, &opt)
		}
	}
	if err != nil {
		return nil, err
	}
	if opt.Gzip {
		undoGzip(res)
	}
	return res, nil
}

// resend sends a request once more, on a new connection.
func (t *Transport) resend(req *http.Request, body io.ReadCloser, k *key, opt *options) (*http.Response, error) {
	copied := *req
	copied.Body = body
	res, _, err := t.attempt(&copied, k, opt, true)
	if err == nil {
		res.Request = req
	}
	return res, err
}

// options are a connection's, and what is done with them here.
type options struct{ conn.ExchangeOptions }

func (o *options) traceResend(ctx context.Context, err error) {
	if o.Tracer != nil {
		o.Tracer.Trace(ctx, trace.Attempt{Call: o.Call, N: 2, Kind: "resend", Err: err})
	}
}

// options puts together what the Transport and the request's context say of an exchange.
func (t *Transport) options(req *http.Request, o *Overrides) options {
	opt := options{conn.ExchangeOptions{
		Limits: t.Limits, Bounds: t.Bounds, Tracer: t.Tracer,
		UserAgent: UserAgent,
		Close:     t.DisableKeepAlives,
		Continue:  t.ExpectContinueTimeout,
	}}
	gzip := !t.DisableCompression
	if o != nil {
		opt.Limits = o.Limits.Or(t.Limits)
		opt.Call, opt.Order, opt.Streaming = o.Call, o.Order, o.Streaming
		if o.Tracer != nil {
			opt.Tracer = o.Tracer
		}
		gzip = gzip && !o.NoGzip
	}
	if gzip && req.Method != "HEAD" {
		_, accepts := req.Header["Accept-Encoding"]
		_, ranges := req.Header["Range"]
		opt.Gzip = !accepts && !ranges
	}
	return opt
}

// attempt sends a request once. again says that its failure was the connection's, and that
// another attempt does no harm.
func (t *Transport) attempt(req *http.Request, k *key, opt *options, fresh bool) (res *http.Response, again bool, err error) {
	if opt.Tracer != nil {
		opt.ID = trace.NextID()
		opt.Timings = &trace.Timings{Start: time.Now()}
	}
	x, err := conn.Prepare(req, opt.ExchangeOptions)
	if err != nil {
		return nil, false, err
	}
	c, err := t.connect(req, k, opt, fresh)
	if err != nil {
		x.Discard()
		if opt.Tracer != nil {
			opt.Tracer.Trace(req.Context(), trace.Done{Exchange: opt.ID, Timings: *opt.Timings, Err: err})
		}
		return nil, false, err
	}
	reused := c.Used()
	res, err = c.Do(x)
	if err == nil {
		return res, false, nil
	}
	e, ok := err.(*Error)
	return nil, ok && reused && mayResend(req, e), err
}

// undoGzip undoes the coding that we asked for, as net/http does.
func undoGzip(res *http.Response) {
	codings := res.Header["Content-Encoding"]
	if len(codings) != 1 || !strings.EqualFold(codings[0], "gzip") || res.Body == http.NoBody {
		return
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
