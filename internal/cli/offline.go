package cli

// --offline: what would be sent, and nothing is. The request goes all the way through the
// library, into a connection in memory, so that what is printed is what the engine writes.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// offline prints what would be sent to the target.
func (c *client) offline(ctx context.Context, tg *target) error {
	opts, err := callOptions(ctx, c.env, c.options, tg)
	if err != nil {
		return err
	}
	rec := c.recorder()
	show := &show{options: c.options, printer: newPrinter(&c.options.output, c.env), env: c.env}
	wire := &memoryWire{protocols: transport.HTTP1, secrets: c.options.output.showSecrets, done: make(chan struct{})}
	if c.options.exchange.protocols&transport.HTTP10 == transport.HTTP10 {
		wire.protocols = transport.HTTP10
	}
	if p := show.printer; !p.safe && !p.format {
		rec.bodies = false // it goes where it shall while it is sent
		wire.head = func() error {
			if all := rec.exchanges(); show.wants(partRequestHead) && len(all) > 0 {
				return p.requestHead(&all[len(all)-1].request)
			}
			return nil
		}
		if show.wants(partRequestBody) {
			wire.body = &p.out
		}
	}
	s, err := c.sessionFor(ctx, rec, tg)
	if err != nil {
		return err
	}
	s.Transport, s.Middleware, s.NetworkMiddleware = wire, nil, nil // which slow down, for a server's sake
	stream, err := s.Stream(ctx, tg.method, tg.url, append(c.options.download.before(opts), godwit.OptionFunc(goNowhere))...)
	if stream != nil {
		_ = stream.Close() // there is nothing in it
	}
	if werr := wire.close(); werr != nil {
		return werr // which is why the call failed
	}
	if err != nil || wire.head != nil {
		return err
	}
	all := rec.exchanges()
	return show.exchange(&all[len(all)-1])
}

// goNowhere takes out of a request all that has to do with the way to a server.
func goNowhere(r *godwit.Request) error {
	r.Redirects, r.Retry = 0, godwit.Retry{}
	r.Sockets, r.Resolver, r.Dialer = transport.Sockets{}, nil, nil
	r.CA, r.AddCA, r.TLSSettings, r.TLS, r.Certificate, r.Pins, r.Insecure = nil, nil, nil, nil, nil, transport.Pins{}, false
	r.Proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
	return nil
}

// A memoryWire is a transport for one request. It sends that over HTTP/1.1, which can be read, to
// nobody: as soon as the request is written there is an answer without content.
type memoryWire struct {
	protocols transport.Protocols // HTTP1 or HTTP10
	secrets   bool                // show them
	// head, if it is set, is called when the head is written. What follows goes to body, in its
	// framing; nil: nowhere.
	head func() error
	body io.Writer

	begun bool          // there has been a request
	done  chan struct{} // closed when err stands
	err   error         // of head or body
}

var _ http.RoundTripper = (*memoryWire)(nil)

// RoundTrip writes the request into memory.
func (w *memoryWire) RoundTrip(req *http.Request) (*http.Response, error) {
	if w.begun {
		return nil, errors.New("a second request, and no answer to the first")
	}
	w.begun = true
	ours, theirs := net.Pipe()
	written := make(chan struct{})
	go w.serve(theirs, written) // ends when ours is closed

	own := &transport.Overrides{Protocols: w.protocols}
	if o := transport.OverridesFrom(req.Context()); o != nil {
		own.Tracer, own.Call, own.Order, own.NoGzip = o.Tracer, o.Call, o.Order, o.NoGzip
		if !w.secrets {
			own.Secrets = o.Secrets
		}
	}
	var once sync.Once
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { once.Do(func() { close(written) }) },
	})
	tr := &transport.Transport{
		Dial:                  func(context.Context, string, string) (net.Conn, error) { return ours, nil },
		ExpectContinueTimeout: time.Millisecond, // nobody is going to say so
	}
	res, err := tr.RoundTrip(inClear(req.WithContext(transport.With(ctx, own))))
	once.Do(func() { close(written) }) // it may have failed before
	_ = ours.Close()
	_ = tr.Close()
	return res, err
}

// inClear returns the request as one over http, which takes no TLS. It stays the same to the
// byte: Host is what it would have been.
func inClear(req *http.Request) *http.Request {
	u := *req.URL
	switch {
	case req.Host != "" && req.Host != u.Host:
	case u.Scheme == "https":
		req.Host = strings.TrimSuffix(u.Host, ":443")
	case strings.HasSuffix(u.Scheme, "+unix"):
		req.Host = "localhost"
		u.Host = "localhost"
	}
	u.Scheme = "http"
	req.URL = &u
	return req
}

// serve reads what is sent, and answers when it has been written. It ends when the other end
// is closed.
func (w *memoryWire) serve(c net.Conn, written <-chan struct{}) {
	defer close(w.done)
	defer c.Close()
	go func() { // ends when somebody has read it, or with c
		<-written
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}()
	var head bytes.Buffer // what has come before its end was there
	inHead := w.head != nil
	buf := make([]byte, 32<<10)
	for {
		n, err := c.Read(buf)
		p := buf[:n]
		if inHead && n > 0 {
			_, _ = head.Write(p)
			_, rest, ended := bytes.Cut(head.Bytes(), []byte("\r\n\r\n"))
			if !ended {
				p = nil
			} else {
				p, inHead = rest, false
				if w.err = w.head(); w.err != nil {
					return
				}
			}
		}
		if w.body != nil && len(p) > 0 {
			if _, w.err = w.body.Write(p); w.err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// close waits for the end, and returns how what was sent could not be printed.
func (w *memoryWire) close() error {
	if !w.begun {
		return nil
	}
	<-w.done
	return w.err
}
