// The Session: what calls have in common, and the ways to make one.

package godwit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// A Session sends requests that have something in common: defaults, cookies, connections.
//
// The zero value works. Its fields must not be altered after its first call; then it is
// safe for concurrent use. What two requests of one session may differ in is an [Option];
// what the session has one of is a field.
type Session struct {
	// Defaults are applied to every request before its own options. With a [BaseURL] among
	// them, header fields and cookies in them belong to its origin: a call to the absolute
	// URL of another origin goes without, but for the harmless ones (see [KeepHeaders]).
	Defaults Defaults

	// Transport carries requests. nil: one *transport.Transport that all such sessions
	// share. Limits, CA and Insecure reach only Godwit's own transport.
	Transport http.RoundTripper

	// Jar keeps cookies from one request to the next. nil: it does not.
	Jar http.CookieJar

	// Middleware wraps a call as the caller sees it, redirects and all; NetworkMiddleware
	// wraps each exchange as the wire sees it. The first is outermost.
	Middleware, NetworkMiddleware []Middleware

	// Tracer is told of every step. nil: nobody is, and nothing is spent on it.
	Tracer trace.Tracer

	built    atomic.Pointer[layers] // the chain, once it has been needed
	building sync.Mutex             // held while built is made
	warned   sync.Map               // origin → struct{}: has been warned about
}

// sharedTransport serves every session that has none. Its zero value holds nothing.
var sharedTransport transport.Transport

// NewSession returns a session with the given defaults.
func NewSession(defaults ...Option) *Session { return &Session{Defaults: defaults} }

// With returns a session with further defaults, which shares s's cookies, connections and
// middleware.
func (s *Session) With(defaults ...Option) *Session {
	return &Session{
		Defaults:          append(s.Defaults[:len(s.Defaults):len(s.Defaults)], defaults...),
		Transport:         s.Transport,
		Jar:               s.Jar,
		Middleware:        s.Middleware,
		NetworkMiddleware: s.NetworkMiddleware,
		Tracer:            s.Tracer,
	}
}

// Get sends a GET request and reads the response; see [Session.Do].
func (s *Session) Get(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return s.Do(ctx, "GET", url, opts...)
}

// Options sends an OPTIONS request and reads the response; see [Session.Do].
func (s *Session) Options(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return s.Do(ctx, "OPTIONS", url, opts...)
}

// Head sends a HEAD request and reads the response; see [Session.Do].
func (s *Session) Head(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return s.Do(ctx, "HEAD", url, opts...)
}

// Post sends a POST request and reads the response; see [Session.Do].
func (s *Session) Post(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return s.Do(ctx, "POST", url, opts...)
}

// Put sends a PUT request and reads the response; see [Session.Do].
func (s *Session) Put(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return s.Do(ctx, "PUT", url, opts...)
}

// Patch sends a PATCH request and reads the response; see [Session.Do].
func (s *Session) Patch(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return s.Do(ctx, "PATCH", url, opts...)
}

// Delete sends a DELETE request and reads the response; see [Session.Do].
func (s *Session) Delete(ctx context.Context, url string, opts ...Option) (*Response, error) {
	return s.Do(ctx, "DELETE", url, opts...)
}

// Do sends a request and reads the response to its end. method is any token (RFC 9110 9.1),
// in the letter case in which it is to be sent; "" means GET. A status of 400 and above is
// no error unless [RaiseForStatus] says so. Errors are of type *[Error] or *[StatusError].
func (s *Session) Do(ctx context.Context, method, url string, opts ...Option) (*Response, error) {
	c, req, err := s.start(ctx, method, url, opts, readByCall)
	if err != nil {
		return nil, err
	}
	return c.do(req)
}

// Stream is Do, but returns as soon as the head of the response is in. Close the stream.
//
// After a 101, or a 2xx to CONNECT, its Body is the connection, an io.ReadWriteCloser without
// limits; Do, and Finish, close that one unread.
func (s *Session) Stream(ctx context.Context, method, url string, opts ...Option) (*Stream, error) {
	c, req, err := s.start(ctx, method, url, opts, readByCaller)
	if err != nil {
		return nil, err
	}
	return c.stream(req)
}

// Prepare makes the very request that would be sent, and does not send it. It may be
// altered, and sent any number of times, at once too, if its body can be read again.
func (s *Session) Prepare(ctx context.Context, method, url string, opts ...Option) (*http.Request, error) {
	if ctx == nil {
		return nil, refuse(ErrRequest, method, url, errNilContext)
	}
	p := &prepared{Context: ctx}
	u, err := s.fill(&p.request, method, url, opts)
	if err != nil {
		return nil, err
	}
	req := new(http.Request)
	if err := p.request.build(p, req, u); err != nil {
		return nil, err
	}
	if b := p.request.Body; b != nil {
		p.body = &lazyBody{open: b.Open}
		req.Body = p.body
	}
	return req, nil
}

// Send sends a request and reads the response to its end. Any *http.Request will do: one
// that [Session.Prepare] did not make gets the session's defaults, but no header field,
// cookie or parameter in place of its own. Send does not alter req.
func (s *Session) Send(req *http.Request) (*Response, error) {
	c, req, err := s.adopt(req, readByCall)
	if err != nil {
		return nil, err
	}
	return c.do(req)
}

// Open is Send, but returns as soon as the head of the response is in. Close the stream.
func (s *Session) Open(req *http.Request) (*Stream, error) {
	c, req, err := s.adopt(req, readByCaller)
	if err != nil {
		return nil, err
	}
	return c.stream(req)
}

// HTTPClient returns an http.Client whose requests are sent by [Session.Open], for code
// that wants one. Redirects are followed by the session; [RaiseForStatus] is ignored, as
// such code looks at the status itself.
func (s *Session) HTTPClient() *http.Client {
	return &http.Client{Transport: sessionTransport{s}, CheckRedirect: useLastResponse}
}

// useLastResponse keeps http.Client from following what the session has not.
func useLastResponse(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// sessionTransport is a Session as a transport.
type sessionTransport struct{ s *Session }

var _ http.RoundTripper = sessionTransport{}

// RoundTrip sends req through the session.
func (t sessionTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c, req, err := t.s.adopt(req, readByCaller)
	if err != nil {
		return nil, err
	}
	return c.open(req)
}

// CloseIdleConnections is what http.Client's method of that name calls.
func (t sessionTransport) CloseIdleConnections() { _ = t.s.Close() }

// Close closes the idle connections of the session's Transport. It leaves those of the
// shared one alone. The session can still be used.
func (s *Session) Close() error {
	if t, ok := s.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil
}

// transport returns what carries requests.
func (s *Session) transport() http.RoundTripper {
	if s.Transport != nil {
		return s.Transport
	}
	return &sharedTransport
}

// warnInsecure says once for each origin that it is not verified.
func (s *Session) warnInsecure(ctx context.Context, origin string) {
	if s.Tracer == nil {
		return
	}
	if _, again := s.warned.LoadOrStore(origin, struct{}{}); !again {
		s.Tracer.Trace(ctx, trace.Warning{Origin: origin, Text: "its certificate is not verified (Insecure)"})
	}
}

// fill makes a request of the session's defaults and the call's options, and returns the
// URL that it goes to.
func (s *Session) fill(r *Request, method, rawURL string, opts []Option) (*url.URL, error) {
	r.init(method, rawURL)
	if err := r.apply(s.Defaults); err != nil {
		return nil, err
	}
	base, auth := r.BaseURL, r.Header["Authorization"]
	if err := r.apply(opts); err != nil {
		return nil, err
	}
	if err := r.expandURL(); err != nil {
		return nil, err
	}
	u, err := resolve(r.BaseURL, r.URL)
	if err != nil {
		return nil, refuse(ErrURL, r.Method, r.URL, err)
	}
	if base != "" && (base != r.BaseURL || isAbsolute(r.URL)) {
		b, err := parseURL(base)
		if err != nil {
			return nil, refuse(ErrURL, r.Method, base, err)
		}
		if !sameOrigin(b, u) {
			if err := s.fillForeign(r, method, rawURL, opts); err != nil {
				return nil, err
			}
			auth = nil
		}
	}
	return u, r.takeUserInfo(u, auth)
}

// fillForeign is fill for a URL of another origin than the session's BaseURL: what the
// session would add is not meant for it.
func (s *Session) fillForeign(r *Request, method, rawURL string, opts []Option) error {
	*r = Request{}
	r.init(method, rawURL)
	if err := r.apply(s.Defaults); err != nil {
		return err
	}
	r.Header, r.withheld = crossOrigin(r.Header, r.KeepHeaders, false)
	r.Insecure = false
	if err := r.apply(opts); err != nil {
		return err
	}
	if len(r.Cookies) > 0 {
		r.Cookies, r.withheld = nil, append(r.withheld, "Cookie")
	}
	return nil
}

var (
	errNilContext = errors.New("the context is nil")
	errNilRequest = errors.New("the request is nil")
)
