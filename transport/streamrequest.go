package transport

import (
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"example.com/godwit/conn"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// A shown is what tracers are told of a request.
type shown struct {
	method, target string
	url            *url.URL
	fields         trace.Fields
}

// A checked is what of a request goes over HTTP/2, found to be in order.
type checked struct {
	host    string
	path    *url.URL
	length  int64 // of the body; -1: nobody knows
	header  http.Header
	dropped []string // fields that are left out
	began   int64    // when the attempt began, in ticks
}

// check finds everything that is wrong with a request that may be sent over HTTP/2, before there
// is a connection.
func (r *trip) check() (err error) {
	if r.checked, err = r.checkRequest(); err != nil {
		closeBody(r.req)
		return &Error{Phase: trace.Send, Err: err}
	}
	return nil
}

func (r *trip) checkRequest() (*checked, error) {
	req, c := r.req, new(checked)
	err := message.CheckMethod(req.Method)
	if err == nil {
		c.host, err = message.Host(req)
	}
	if err == nil {
		c.path, err = message.Path(req, c.host)
	}
	if err == nil {
		c.length, err = bodyLength(req)
	}
	if err == nil {
		err = message.CheckTrailer(req.Trailer)
	}
	if err == nil {
		later := message.Later{UserAgent: r.opt.UserAgent, Gzip: r.opt.Gzip, ToOrigin: r.opt.ToOrigin}
		c.header, c.dropped, err = later.Header(req.Header)
	}
	return c, err
}

// streamRequest makes the request that the connection is given.
func (r *trip) streamRequest(s *stream) (*http.Request, error) {
	if r.checked == nil { // it was thought that it would go over HTTP/1.1
		var err error
		if r.checked, err = r.checkRequest(); err != nil {
			return nil, err
		}
	}
	c := r.checked
	if s.opt.Tracer != nil {
		s.shown.target = c.path.RequestURI()
		slices.Sort(c.dropped)
		for _, name := range c.dropped {
			r.emit(trace.Choice{Call: r.opt.Call, What: "header dropped", Value: name, Rule: "it is for HTTP/1.1 alone"})
		}
	}
	req := r.req
	own := req.WithContext(s)
	own.Host, own.URL, own.Header = c.host, c.path, c.header
	own.ContentLength, own.Body, own.GetBody = c.length, nil, nil
	own.TransferEncoding, own.Close = nil, false
	if req.Body != nil && req.Body != http.NoBody || c.length != 0 {
		s.up = newUpload(s, req, c.length)
		s.hooks.WroteRequest = s.wroteRequest
		own.Body = s.up
	}
	return own, nil
}

// bodyLength returns the length of a request's body as net/http's Request documents it: 0: it has
// none, -1: nobody knows.
func bodyLength(req *http.Request) (int64, error) {
	n := req.ContentLength
	if req.Body == nil || req.Body == http.NoBody {
		if n > 0 {
			return 0, &conn.RequestError{What: "body", Why: fmt.Sprintf("none, though ContentLength is %d", n)}
		}
		if n = 0; len(req.Trailer) > 0 {
			n = -1 // a trailer needs a body to follow, be it empty
		}
	} else if n == 0 || len(req.Trailer) > 0 {
		n = -1
	}
	for _, coding := range req.TransferEncoding {
		if coding != "chunked" && coding != "identity" {
			return 0, &conn.UnknownTransferEncodingError{Coding: coding}
		}
	}
	for _, v := range req.Header["Content-Length"] {
		if n >= 0 && strings.TrimSpace(v) != fmt.Sprint(n) {
			return 0, &conn.RequestError{What: "field value", Name: "Content-Length", Why: fmt.Sprintf("the body has %d bytes", n)}
		}
	}
	return n, nil
}

// wroteField is a hook: a field has been written, if the request is.
func (s *stream) wroteField(name string, values []string) {
	if !strings.HasPrefix(name, ":") || name == ":authority" {
		for _, v := range values {
			s.shown.fields = append(s.shown.fields, trace.Field{Name: name, Value: v})
		}
	}
	if s.client != nil && s.client.WroteHeaderField != nil {
		s.client.WroteHeaderField(name, values)
	}
}

// wroteHeaders is a hook: the request's head has been written.
func (s *stream) wroteHeaders() {
	if c, ok := s.c.many.ClientConn.(interface{ opened() uint32 }); ok {
		s.id.Store(c.opened())
	}
	s.sent.Store(true)
	if s.opt.Tracer != nil {
		about := s.c.many.about
		about.Reused = s.reused
		s.emit(trace.RequestHead{
			Exchange: s.opt.ID, Call: s.opt.Call, Conn: about,
			Method: s.shown.method, Target: s.shown.target, URL: trace.RedactURL(s.shown.url), Proto: about.Protocol,
			Fields: s.shown.fields,
		})
		close(s.wrote)
	}
	if s.client != nil && s.client.WroteHeaders != nil {
		s.client.WroteHeaders()
	}
	if s.up == nil {
		s.await()
	}
}

// await begins the wait for the response: all of the request has been sent.
func (s *stream) await() {
	s.sendBy.Store(noTime)
	if s.final.Load() {
		return
	}
	s.limit(&s.recvBy, trace.Wait)
	s.enter(trace.Wait)
}

// gotInterim is a hook: a response before the final one has come.
func (s *stream) gotInterim(code int, header textproto.MIMEHeader) error {
	s.answered.Store(true)
	s.traceResponse(code, http.Header(header))
	if code == http.StatusSwitchingProtocols { // RFC 9113 8.6
		return &conn.ProtocolError{Rule: conn.RuleUnasked101}
	}
	most := s.opt.Bounds.Defaults().Interim
	if s.interim++; s.interim > most {
		return &conn.BoundError{What: "interim responses", Limit: most, Setting: "Bounds.Interim"}
	}
	if s.client != nil && s.client.Got1xxResponse != nil {
		if err := s.client.Got1xxResponse(code, header); err != nil {
			return err
		}
	}
	if s.recvBy.Load() != noTime {
		s.limit(&s.recvBy, trace.Wait)
	}
	if code == http.StatusContinue && s.up != nil {
		s.up.goOn()
	}
	return nil
}

// traceResponse tells the tracer of a head that has come. In which order its fields came nobody
// has told us; they are told by name.
func (s *stream) traceResponse(code int, header http.Header) {
	if s.opt.Tracer == nil {
		return
	}
	<-s.wrote
	if s.allSent() {
		s.enter(trace.Wait) // the hook that does may be late
	}
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	var fields trace.Fields
	for _, name := range names {
		for _, v := range header[name] {
			fields = append(fields, trace.Field{Name: strings.ToLower(name), Value: v})
		}
	}
	s.emit(trace.ResponseHead{
		Exchange: s.opt.ID, Proto: s.c.many.about.Protocol, Status: code, Fields: fields,
	})
}
