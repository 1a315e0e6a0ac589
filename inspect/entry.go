package inspect

// An exchange as an entry of the archive.

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"time"

	"example.com/godwit/trace"
)

// entry returns an exchange as the format has it.
func (h *HAR) entry(x *exchange) entry {
	now := x.end
	if now.IsZero() {
		now = time.Now()
	}
	e := entry{
		Started: timeText(x.start), Call: x.call,
		Request: h.request(x), Response: h.response(x), Trailers: h.pairs(x.trailer),
	}
	e.Timings, e.Time = timingsOf(x.spans, now)
	switch {
	case x.done == nil:
		e.Comment = "not over"
	case x.done.Err != nil:
		e.Error = text(x.done.Err.Error())
		if pe, ok := errors.AsType[*trace.Error](x.done.Err); ok {
			e.ErrorPhase = pe.Phase.String()
		}
		if x.response == nil {
			e.Response.Error = e.Error
		}
	}
	if x.request != nil {
		e.connect(&x.request.Conn)
	} else if e.Comment == "" {
		e.Comment = "not sent"
	}
	for i := range x.interim {
		r := &x.interim[i]
		e.Interim = append(e.Interim, interim{r.Status, text(r.Reason), h.pairs(r.Fields)})
	}
	for i := range x.tunnels {
		t := &x.tunnels[i]
		e.Tunnels = append(e.Tunnels, tunnel{text(t.Proxy), text(t.Target), t.Status, text(t.Reason), h.pairs(t.Fields)})
	}
	return e
}

// connect says which connection it was.
func (e *entry) connect(c *trace.Conn) {
	e.Connection = strconv.FormatUint(c.ID, 10)
	e.Reused = c.Reused
	if c.Remote.IsValid() {
		e.ServerIP = c.Remote.Addr().String()
	}
	if s := c.TLS; s != nil {
		e.TLS = &tlsState{
			Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite),
			Protocol: s.NegotiatedProtocol, ServerName: text(s.ServerName), Resumed: s.DidResume,
		}
	}
}

// request returns the request as it was sent, or, if it was not, as much as is known of it.
func (h *HAR) request(x *exchange) request {
	if x.request == nil {
		r := request{Method: x.method, Cookies: []cookie{}, Headers: []pair{}, HeadersSize: -1}
		r.URL, r.QueryString = h.shownURL(x.url)
		return r
	}
	sent := x.request
	r := request{
		Method: text(sent.Method), HTTPVersion: sent.Proto,
		Cookies: h.sentCookies(sent.Fields), Headers: h.pairs(sent.Fields), PostData: h.postData(x),
		HeadersSize: h.headSize(sent.Proto, len(sent.Method)+1+len(sent.Target)+1+len(sent.Proto), sent.Fields),
		BodySize:    x.sent.size,
	}
	r.URL, r.QueryString = h.shownURL(sent.URL)
	return r
}

// response returns the response as it came. One that did not has the status 0.
func (h *HAR) response(x *exchange) response {
	r := response{Cookies: []cookie{}, Headers: []pair{}, Content: x.contentOf(), HeadersSize: -1, BodySize: -1}
	if x.response == nil {
		return r
	}
	came := x.response
	line := len(fmt.Sprintf("%s %03d %s", came.Proto, came.Status, came.Reason))
	r = response{
		Status: came.Status, StatusText: text(came.Reason), HTTPVersion: came.Proto,
		Cookies: h.setCookies(came.Fields, x.start), Headers: h.pairs(came.Fields), Content: r.Content,
		HeadersSize: h.headSize(came.Proto, line, came.Fields), BodySize: x.received.size,
	}
	if came.Status/100 == 3 {
		r.RedirectURL = text(h.shown(came.Fields).Get("Location"))
	}
	r.TransferSize = max(0, r.HeadersSize) + r.BodySize
	return r
}
