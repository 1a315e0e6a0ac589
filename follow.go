// Following redirects: one request for each hop.

package godwit

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
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
	if c == nil {
		return l.next.RoundTrip(req)
	}
	var past path
	if c.withheld != nil {
		past.dropped = []drop{*c.withheld}
	}
	c.setPath(req, 0, past)
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if c.request.Redirects == 0 || !follows(res) {
		return res, nil
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
		if err := c.leave(res, &past); err != nil {
			return nil, err
		}
		if req, err = c.nextRequest(hop, req, res, to, &past); err != nil {
			return nil, err
		}
		c.setPath(req, hop, past)
		c.tellRedirect(res.StatusCode, req)
		if res, err = l.next.RoundTrip(req); err != nil {
			return nil, blameLocation(err)
		}
		if !follows(res) {
			c.setPath(req, hop, past) // who sends several requests at once gets that of the answer
			return res, nil
		}
	}
}

// A path is how a request has come to where it is. It is not altered, but followed by another.
type path struct {
	history []*Response
	dropped []drop
}

// setPath notes where the call stands, and how it has come there. Middleware may begin anew.
func (c *call) setPath(req *http.Request, hop int, p path) {
	c.mu.Lock()
	c.sent, c.path, c.place = req, p, place{hop: hop}
	c.mu.Unlock()
}

// pathTaken returns it.
func (c *call) pathTaken() path {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.path
}

// A crossedContext is that of requests behind a redirect to another origin: what has been left
// behind there stays so, also on the way back (CVE-2024-45336). It is of the request, not of the
// call, since middleware may begin a call anew.
type crossedContext struct{ context.Context }

type crossedKey struct{}

// Value returns true for crossedKey.
func (x crossedContext) Value(key any) any {
	if key == (crossedKey{}) {
		return true
	}
	return x.Context.Value(key)
}

// hasCrossed reports whether a redirect has left the origin of the call's first request.
func hasCrossed(req *http.Request) bool {
	ctx := req.Context()
	if _, first := ctx.(*call); first {
		return false
	}
	return ctx.Value(crossedKey{}) != nil
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
func (c *call) leave(res *http.Response, p *path) error {
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
	past.Header, past.Trailer = cloneHeader(res.Header), cloneHeader(res.Trailer)
	past.Status, past.Proto = strings.Clone(res.Status), strings.Clone(res.Proto)
	r := new(Response)
	r.hold(&past, content)
	r.History, r.dropped, r.hide = p.history, p.dropped, c.request.secrets.hider()
	p.history = append(slices.Clip(p.history), r)
	return nil
}

// cloneHeader copies a header with its strings: they are parts of the whole head, which
// what outlives the response must not hold on to.
func cloneHeader(h http.Header) http.Header {
	if h == nil {
		return nil
	}
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
func (c *call) nextRequest(hop int, req *http.Request, res *http.Response, to target, p *path) (*http.Request, error) {
	ctx := req.Context()
	if to.crosses && !hasCrossed(req) {
		ctx = crossedContext{ctx}
	}
	next := req.WithContext(ctx)
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
			p.dropped = append(slices.Clip(p.dropped), c.drop(hop, to.url, dropped))
		}
		next.Host = to.url.Host
		c.crossed.Store(true)
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
		Call: c.id, What: "redirect", Value: req.Method + " " + trace.RedactURL(req.URL),
		Rule: http.StatusText(status),
	})
}
