// Following redirects: one request for each hop.

package godwit

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// maxHopBody bounds what is read and kept of a redirect's body. It is not decoded: nobody
// asked for it, and it may be a bomb.
const maxHopBody = 64 << 10

// followRedirects is the layer that sends one request for each hop.
func followRedirects(next http.RoundTripper) http.RoundTripper { return redirects{next} }

type redirects struct{ next http.RoundTripper }

// RoundTrip sends req, and whatever its answers ask for.
func (l redirects) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req)
	res, err := l.next.RoundTrip(req)
	if err != nil || c == nil || c.request.Redirects == 0 || !follows(res) {
		return res, err
	}
	for hop := 1; ; hop++ {
		if hop > c.request.Redirects {
			res.Body.Close()
			return nil, tooMany(c.request.Redirects)
		}
		to, err := redirectTarget(req.URL, req.Method, res, c.request.AllowDowngrade)
		if err != nil {
			res.Body.Close()
			return nil, err
		}
		if err := c.leave(res); err != nil {
			return nil, err
		}
		if req, err = c.nextRequest(hop, req, res, to); err != nil {
			return nil, err
		}
		c.sent = req
		c.setPlace(place{hop: hop})
		c.tellRedirect(res.StatusCode, req)
		if res, err = l.next.RoundTrip(req); err != nil {
			return nil, blameLocation(err)
		}
		if !follows(res) {
			return res, nil
		}
	}
}

// blameLocation makes what only the engine finds wrong with a URL the redirect's fault: the
// caller has not written it.
func blameLocation(err error) error {
	if e, ok := errors.AsType[*conn.RequestError](err); ok && errors.Is(e, conn.ErrInvalidURL) {
		return kindErrorf(ErrLocation, "redirect to a URL that cannot be followed: %v", e)
	}
	return err
}

// leave puts the response into the history, with as much of its body as is wanted, and lets
// its connection go.
func (c *call) leave(res *http.Response) error {
	var content []byte
	if res.ContentLength <= maxHopBody {
		var err error
		content, err = io.ReadAll(io.LimitReader(res.Body, maxHopBody))
		if err != nil && c.Err() != nil {
			res.Body.Close()
			return err
		}
		// A body cut short changes nothing about where it leads.
	}
	res.Body.Close()
	past := *res
	past.Header = cloneHeader(res.Header)
	r := new(Response)
	r.hold(&past, content)
	r.History, r.dropped, r.secrets = c.history[:len(c.history):len(c.history)], c.dropped, c.request.secrets
	c.history = append(c.history, r)
	return nil
}

// cloneHeader copies a header with its strings: they are parts of the whole head, which
// what outlives the response must not hold on to.
func cloneHeader(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		all := make([]string, len(values))
		for i, v := range values {
			all[i] = strings.Clone(v)
		}
		out[strings.Clone(name)] = all
	}
	return out
}

// nextRequest makes the request that a redirect asks for.
func (c *call) nextRequest(hop int, req *http.Request, res *http.Response, to target) (*http.Request, error) {
	next := req.WithContext(req.Context())
	next.URL, next.Method = to.url, to.method
	next.Response = nil
	if to.crosses {
		var dropped []string
		next.Header, dropped = crossOrigin(req.Header, c.request.KeepHeaders, to.keepBody)
		if req.Host != "" && req.Host != req.URL.Host {
			dropped = append(dropped, "Host")
		}
		dropped = append(dropped, c.request.secrets.withoutSecrets(next.Header, transport.Origin(to.url))...)
		if len(dropped) > 0 {
			c.drop(hop, to.url, dropped)
		}
		next.Host, c.crossed = to.url.Host, true
	} else {
		next.Header = sameOriginHeader(req.Header, to.keepBody)
		if c.keepsCookies() {
			withoutSet(next.Header, res.Header["Set-Cookie"])
		}
	}
	hasBody := req.Body != nil && req.Body != http.NoBody
	switch {
	case !to.keepBody:
		next.Body, next.GetBody, next.ContentLength, next.TransferEncoding, next.Trailer = nil, nil, 0, nil, nil
	case hasBody && req.GetBody == nil:
		return nil, kindErrorf(ErrUnrewindable, "redirect %d asks for the body again, and it can be read but once", hop)
	case hasBody:
		body, err := req.GetBody()
		if err != nil {
			return nil, bodyError(err)
		}
		next.Body = body
	}
	return next, nil
}

// bodyError says that a body could not be opened again.
func bodyError(err error) error {
	if errors.Is(err, ErrUnrewindable) {
		return err
	}
	return &reopenError{err}
}

type reopenError struct{ err error }

func (e *reopenError) Error() string        { return "opening the body again: " + e.err.Error() }
func (e *reopenError) Unwrap() error        { return e.err }
func (e *reopenError) Is(target error) bool { return target == ErrUnrewindable }

// tellRedirect tells the tracer where a redirect leads.
func (c *call) tellRedirect(status int, req *http.Request) {
	if c.session.Tracer == nil {
		return
	}
	c.tell(trace.Choice{
		Call: c.over.Call, What: "redirect", Value: req.Method + " " + c.request.secrets.hide(trace.RedactURL(req.URL)),
		Rule: http.StatusText(status),
	})
}
