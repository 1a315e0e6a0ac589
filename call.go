// A call is what one Do leads to: its state, from the first request to the last byte.

package godwit

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"example.com/godwit/cookiejar"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// A call travels as the context of each request that it leads to, so the layers of the
// chain and the transport find what they need in one place, for one allocation.
type call struct {
	context.Context // the caller's, with the Timeout and what the transport must know

	caller  context.Context // the caller's, without the Timeout
	session *Session
	request *Request
	over    atomic.Pointer[transport.Overrides] // not altered any more, and shared by plain calls
	cancel  context.CancelFunc                  // nil: no Timeout
	id      uint64                              // for the tracer; 0: there is none

	firstHost string         // of the first request, as its URL has it
	withheld  *drop          // from the first request; nil: nothing
	jar       *cookiejar.Jar // of a call without a session; nil: there is nothing to keep yet
	bytes     atomic.Int64   // of the body, that the caller has got
	crossed   atomic.Bool    // a redirect has left the origin of the first request
	ended     atomic.Bool    // CallDone has been told and the context is let go
	streaming atomic.Bool    // the caller reads the body at a pace of its own
	reader    reader
	caAsked   bool // the environment, for certificates. Guarded by mu

	mu sync.Mutex // guards the following: middleware may send several requests at once

	sent *http.Request // the one under way: a redirect brings another
	path path          // how it has come there

	sendings   int32 // how many exchanges have begun
	retries    int32 // so far
	retriesFor [len(reasonNames)]int32
	tryUntil   time.Time // when the last attempt may begin; zero: there is no such time

	proxies []string   // that the first request has gone to; see mayProveTo
	place              // where the call stands
	one     [1]Attempt // the first of them; the others are in more
	more    []*Attempt

	first    http.Request // what was made of request; with the rest it is one allocation
	response Response
}

// reader says who reads the body of the response.
type reader uint8

const (
	readByCall   reader = iota // Do and Send
	readByCaller               // Stream and Open
)

type callKey struct{}

// Value returns c itself for callKey, and hides what is about the call that it is a part of from
// sessions further down: the prepared request, and where redirects have led.
func (c *call) Value(key any) any {
	switch key.(type) {
	case callKey:
		return c
	case preparedKey, crossedKey:
		return nil
	}
	if transport.IsOverridesKey(key) {
		return c.over.Load()
	}
	return c.Context.Value(key)
}

// callOf returns the call that a request belongs to. It is nil if somebody has replaced
// the request's context; the layers then let the request pass.
func callOf(req *http.Request) *call { return callIn(req.Context()) }

// callIn returns the call that a context is, or is of; nil if there is none.
func callIn(ctx context.Context) *call {
	if c, ok := ctx.(*call); ok {
		return c
	}
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// errTimeout is the cause of a context that the Timeout has ended.
var errTimeout error = kindError{ErrTimeout, "the Timeout has passed"}

// start makes a call of what Do was given.
func (s *Session) start(ctx context.Context, method, rawURL string, opts []Option, rd reader) (*call, *http.Request, error) {
	if ctx == nil {
		return nil, nil, refuse(ErrRequest, method, rawURL, errNilContext)
	}
	if len(s.Defaults) == 0 && len(opts) == 0 && s.Tracer == nil {
		if c, req, err := s.startPlain(ctx, method, rawURL, rd); c != nil || err != nil {
			return c, req, err
		}
	}
	one := new(struct {
		call    call
		request Request
	})
	c, r := &one.call, &one.request
	u, err := s.fill(r, method, rawURL, opts)
	if err != nil {
		return nil, nil, err
	}
	c.begin(ctx, s, r, u, rd)
	req := &c.first
	err = r.build(c, req, u)
	if err == nil && r.Body != nil {
		err = r.openBody(req)
	}
	if err != nil {
		return nil, nil, c.end(0, err)
	}
	return c, req, nil
}

// What a call has for its Request if nobody asked for anything. Such calls share it, and
// nobody alters it.
var (
	plainRequest = Request{Redirects: maxRedirects, netrc: true, asked: true}
	plainHead    = Request{Redirects: maxRedirects, netrc: true} // a response to HEAD has no body to decode
)

// startPlain is start for a call without options, at a third of the memory. It leaves a URL
// with user info in it to start, and returns nothing.
func (s *Session) startPlain(ctx context.Context, method, rawURL string, rd reader) (*call, *http.Request, error) {
	chain := s.chain()
	if chain.err != nil || len(chain.mounts) > 0 {
		return nil, nil, nil
	}
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, nil, refuse(ErrURL, cmp.Or(method, http.MethodGet), rawURL, err)
	}
	if u.User != nil {
		return nil, nil, nil
	}
	r := Request{Method: cmp.Or(method, http.MethodGet), URL: rawURL, Header: make(http.Header, 4)}
	c := new(call)
	req := &c.first
	if err := r.build(c, req, u); err != nil {
		return nil, nil, err
	}
	shared := &plainHead
	if r.asked {
		shared = &plainRequest
	}
	c.begin(ctx, s, shared, u, rd)
	return c, req, nil
}

// begin sets the call up and tells the tracer.
func (c *call) begin(ctx context.Context, s *Session, r *Request, u *url.URL, rd reader) {
	c.caller, c.session, c.request, c.reader = ctx, s, r, rd
	c.firstHost = u.Hostname()
	if r.Timeout > 0 {
		ctx, c.cancel = context.WithTimeoutCause(ctx, r.Timeout, errTimeout)
	}
	c.Context = ctx
	c.override(u)
	if r.Retry.Max > 0 {
		s.shared().budgets.earn(transport.Origin(u), time.Now())
	}
	if s.Tracer != nil {
		c.tellStart(u)
	}
	if len(r.withheld) > 0 {
		d := c.drop(0, u, r.withheld)
		c.withheld = &d
	}
}

// override says what the transport must know of the call. Calls that ask for nothing unusual
// share it.
func (c *call) override(u *url.URL) {
	s, r := c.session, c.request
	if c.reader == readByCall && s.Tracer == nil && !r.overrides() {
		c.over.Store(s.shared().usualOverrides())
		return
	}
	o := &transport.Overrides{
		NoGzip: true, Limits: r.Limits, Order: r.Order, Report: reportTo, Secrets: r.secrets.texts(),
		CA: r.CA, AddCA: r.AddCA, TLSSettings: r.TLSSettings, Protocols: r.Protocols,
	}
	c.overrideProxy(o)
	r.overrideSockets(o)
	if c.reader == readByCaller {
		o.Streaming = &c.streaming // false as yet: the bodies of redirects have a limit
	}
	if s.Tracer != nil {
		c.id = trace.NextID()
		o.Tracer, o.Call = s.Tracer, c.id
	}
	if o.CA != nil {
		c.trusts(r.CA.String(), "CA option")
	}
	for _, ca := range o.AddCA {
		c.trusts(ca.String(), "AddCA option")
	}
	if r.forOrigin() {
		o.Origin, o.Crossed = transport.Origin(u), &c.crossed
		o.Insecure, o.TLS, o.Certificate, o.Pins = r.Insecure, r.TLS, r.Certificate, r.Pins
	}
	c.over.Store(o)
	if r.Insecure && u.Scheme == "https" {
		c.trusts("none, whoever it is", "Insecure option")
		s.warnInsecure(c, o.Origin)
	}
}

// overrides reports whether the request asks for something that the transport must know.
func (r *Request) overrides() bool {
	return r.Limits != trace.Limits{} || r.Protocols != 0 || len(r.Order) > 0 || len(r.secrets) > 0 || r.CA != nil || len(r.AddCA) > 0 ||
		r.forOrigin() || !r.TLSSettings.IsZero() || r.Proxy != nil || r.ProxyAuth != nil || r.NoEnv.Proxy ||
		r.ProxyTLS != nil || len(r.ProxyHeader) > 0 || r.opensOtherwise()
}

// usualOverrides returns what the transport must know of calls that ask for nothing unusual.
func (c *commonState) usualOverrides() *transport.Overrides {
	c.usualOnce.Do(func() {
		c.usual = transport.Overrides{NoGzip: true, Report: reportTo, EnvProxy: c.proxy.of(), EnvProxyCA: c.ca.forProxies(false)}
	})
	return &c.usual
}

// openBody opens the body for one sending.
func (r *Request) openBody(req *http.Request) error {
	b := r.Body
	rc, err := b.Open()
	if err != nil {
		return r.refuse(ErrRequest, err)
	}
	if b.Size == 0 { // net/http takes a body of length 0 for one of unknown length
		if !b.memory {
			err = isEmpty(rc)
		}
		rc.Close()
		if err != nil {
			return refuse(ErrRequest, req.Method, req.URL.String(), err)
		}
		rc = http.NoBody
	}
	req.Body = rc
	return nil
}

// isEmpty returns an error if there is something in a body that is said to be empty.
func isEmpty(body io.Reader) error {
	switch n, err := body.Read(make([]byte, 1)); {
	case n > 0:
		return errors.New("a body with bytes in it, and a Size of 0 (-1: it is not known)")
	case err != nil && err != io.EOF:
		return err
	}
	return nil
}

// do sends the request and reads the response.
func (c *call) do(req *http.Request) (*Response, error) {
	res, err := c.roundTrip(req)
	if err != nil {
		return nil, err
	}
	return c.finish(res)
}

// finish reads the body and ends the call.
func (c *call) finish(res *http.Response) (*Response, error) {
	content, err := c.readBody(res)
	if c.reader == readByCall { // else the live body has counted
		c.bytes.Store(int64(len(content)))
	}
	res.Body.Close()
	if err != nil {
		return nil, c.end(res.StatusCode, c.explain(res.Request, err))
	}
	r := &c.response
	past := c.pathTaken()
	r.History, r.dropped, r.hide, r.Attempts = past.history, past.dropped, c.request.secrets.hider(), c.attempts()
	r.hold(res, content)
	if c.request.RaiseForStatus {
		if err := r.ErrorForStatus(); err != nil {
			return nil, c.end(res.StatusCode, err)
		}
	}
	return r, c.end(res.StatusCode, nil)
}

// stream sends the request and returns when the head of its response is in.
func (c *call) stream(req *http.Request) (*Stream, error) {
	res, err := c.open(req)
	if err != nil {
		return nil, err
	}
	st := &Stream{Response: res, call: c, first: req}
	if c.request.RaiseForStatus && res.StatusCode >= 400 {
		_, err := st.Finish()
		return nil, err
	}
	return st, nil
}

// open is stream for those who want an http.Response.
func (c *call) open(req *http.Request) (*http.Response, error) {
	res, err := c.roundTrip(req)
	if err != nil {
		return nil, err
	}
	c.streaming.Store(true)
	if !switched(res) { // there the body can be written to
		res.Body = &liveBody{ReadCloser: res.Body, call: c, res: res}
	}
	return res, nil
}

// switched reports whether the connection is the caller's now: after 101, and after a 2xx to
// CONNECT. Such a response has no content, and what can be read in its body's place has
// neither end nor limit.
func switched(res *http.Response) bool {
	return res.StatusCode == http.StatusSwitchingProtocols ||
		(res.StatusCode/100 == 2 && res.Request.Method == http.MethodConnect)
}

// roundTrip sends the request down the chain.
func (c *call) roundTrip(req *http.Request) (*http.Response, error) {
	c.sent = req // nobody else has the call as yet
	over := false
	defer func() {
		if !over && c.cancel != nil {
			c.cancel() // something of the user's has panicked
		}
	}()
	res, err := c.session.chain().top.RoundTrip(req)
	over = true
	if err != nil {
		return nil, c.end(0, c.explain(c.lastSent(), err))
	}
	return res, nil
}

// lastSent returns the request that is, or was, under way.
func (c *call) lastSent() *http.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}

// explain makes an error of the chain, or of a body, one of the call.
func (c *call) explain(req *http.Request, err error) error {
	if e, ok := err.(*Error); ok {
		return e
	}
	if c.request.Timeout > 0 && context.Cause(c) == errTimeout {
		err = &timeoutError{c.request.Timeout.String(), err}
	}
	e := failed(req, err)
	e.hideWith(c.request.secrets)
	e.Sent, e.Attempts = c.state(), c.attempts()
	return e
}

// end closes the call, once, and returns err.
func (c *call) end(status int, err error) error {
	if c.ended.Swap(true) {
		return err
	}
	if c.cancel != nil {
		c.cancel()
	}
	if c.session.Tracer != nil {
		c.tellDone(status, err)
	}
	return err
}
