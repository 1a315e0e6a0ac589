// The Session: what calls have in common, and the ways to make one.

package godwit

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"example.com/godwit/cookiejar"
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
	// share. Limits, proxies and whom to trust reach only Godwit's own transport.
	Transport http.RoundTripper

	// Mounts carry the requests whose URL is below their key, in the Transport's place:
	// "https://", "https://host", "https://host:8443/path". The longest key wins; host and
	// scheme are in any letter case; a key without a port stands for all ports. See [Mount].
	Mounts map[string]http.RoundTripper

	// Jar keeps cookies from one request to the next; a *cookiejar.Jar, which NewSession puts
	// here, keeps them as they came. nil: nobody does.
	Jar http.CookieJar

	// Middleware wraps a call as the caller sees it, redirects and all; NetworkMiddleware
	// wraps each exchange as the wire sees it. The first is outermost.
	Middleware, NetworkMiddleware []Middleware

	// Tracer is told of every step. nil: nobody is, and nothing is spent on it.
	Tracer trace.Tracer

	built    atomic.Pointer[layers]      // the chain, once it has been needed
	building sync.Mutex                  // held while built is made
	common   atomic.Pointer[commonState] // see shared
}

// A commonState is what a session has in common with those that its With has made.
type commonState struct {
	warned  sync.Map // origin → struct{}: has been warned about
	budgets budgets
	proxy   proxyEnv
	ca      caEnv
	netrc   netrcEnv

	usualOnce sync.Once
	usual     transport.Overrides // see usualOverrides
}

// shared returns it; it is made when it is first needed.
func (s *Session) shared() *commonState {
	if c := s.common.Load(); c != nil {
		return c
	}
	s.common.CompareAndSwap(nil, new(commonState))
	return s.common.Load()
}

// sharedTransport serves every session that has none. Its zero value holds nothing.
var sharedTransport transport.Transport

// NewSession returns a session with the given defaults, and with a jar for cookies.
func NewSession(defaults ...Option) *Session {
	return &Session{Defaults: defaults, Jar: cookiejar.New()}
}

// With returns a session with further defaults, which shares s's cookies, connections and
// middleware.
func (s *Session) With(defaults ...Option) *Session {
	t := &Session{
		Defaults:          append(slices.Clip(s.Defaults), defaults...),
		Transport:         s.Transport,
		Mounts:            maps.Clone(s.Mounts), // to mount more in one is not to do so in the other
		Jar:               s.Jar,
		Middleware:        slices.Clip(s.Middleware),
		NetworkMiddleware: slices.Clip(s.NetworkMiddleware),
		Tracer:            s.Tracer,
	}
	t.common.Store(s.shared())
	return t
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
	p.fields = maps.Clone(req.Header)
	if err := p.show(req); err != nil {
		return nil, err
	}
	if b := p.request.Body; b != nil {
		p.body = &lazyBody{open: b.Open}
		req.Body = p.body
	}
	if req.GetBody != nil {
		req.GetBody = func() (io.ReadCloser, error) { return &lazyBody{open: p.request.Body.Open, of: p}, nil }
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

// Close closes the idle connections of the session's Transport and Mounts. It leaves those of
// the shared one alone. The session can still be used.
func (s *Session) Close() error {
	closeIdle(s.Transport)
	for _, rt := range s.Mounts {
		switch m := rt.(type) {
		case Mount:
			rt = m.Transport
		case *Mount:
			if rt = nil; m != nil {
				rt = m.Transport
			}
		}
		closeIdle(rt)
	}
	return nil
}

func closeIdle(rt http.RoundTripper) {
	if t, ok := rt.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
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
	if _, again := s.shared().warned.LoadOrStore(origin, struct{}{}); !again {
		s.Tracer.Trace(ctx, trace.Warning{Origin: origin, Text: "its certificate is not verified (Insecure)"})
	}
}

var (
	errNilContext = errors.New("the context is nil")
	errNilRequest = errors.New("the request is nil")
)
