package conn

import (
	"net"
	"net/http"
	"strings"
	"syscall"

	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// A Response is what a server has answered to a request that was put by hand. It, its Fields
// and its Informational are valid until the next request on the connection begins; who keeps
// them longer makes a [Response.Clone]. Strings in it, and what was read of the body, are the
// caller's.
type Response struct {
	Status  int    // 100 to 999
	Reason  string // as sent, without white space around it; "" if there is none
	Version int    // 10 for HTTP/1.0, 11 for HTTP/1.1 and any later one (RFC 9110 2.5)

	// Fields are those of the head, in order, spelt as they came; but white space around a
	// value is gone, and a value that was folded over lines is one line.
	Fields Fields

	// Length is how long the body is, -1 if nobody has said so. In the answer to a HEAD it is
	// what a GET would have got, if the server says that.
	Length int64
	// Chunked says that the body came in chunks, and may have a [Response.Trailer].
	Chunked bool
	// WillClose says that the connection is closed at the end of the body.
	WillClose bool

	// Informational are the 1xx responses that came before, 100 (Continue) among them.
	Informational []Informational

	// Body is the body, never nil. Read it to its end or close it: that is the end of the
	// exchange, and the connection can carry the next.
	Body *Body

	// Stream is the connection, once it is not HTTP's any more: after a 101 (Switching
	// Protocols) that was asked for, and after a 2xx to CONNECT; otherwise nil. It has no
	// deadlines and no context, and is the caller's to close.
	Stream net.Conn

	base, method, target string // of the request
	socket               syscall.RawConn
}

// An Informational is the head of a 1xx response.
type Informational struct {
	Status int
	Reason string
	Fields Fields
}

// Response waits for the response to the request that has been sent, and returns it when its
// head has come. It returns the first error of the steps before, if there was one. Without a
// request, or one whose head or chunked body has not been ended, it is a [StateError]; a body
// that is shorter than its Content-Length is a [RequestError], and the connection is closed.
// 1xx responses are skipped, and kept in Informational.
//
// If the socket would not take all of the request, the server may have answered and closed:
// Response listens for 1 s, and returns the answer if there is one.
func (c *Conn) Response() (*Response, error) {
	h := c.byHand()
	if late := h.late; late != nil {
		h.late = nil
		return nil, late
	}
	if err := h.finishRequest(c); err != nil {
		return nil, err
	}
	x := h.x
	x.inDo = true
	defer x.leaveDo()
	x.enter(trace.Wait)
	var framing h1.Framing
	var switched bool
	err := x.awaitAnswer()
	if err == nil {
		framing, switched, err = x.readFinal()
	}
	if err == nil {
		var res *Response
		if res, err = h.respond(c, framing, switched); err == nil {
			h.err, h.listens = nil, false
			return res, nil
		}
	}
	ahead := x.ahead
	e := error(x.fail(err))
	if h.listens && !ahead {
		e = h.err // which came first
	}
	h.err, h.listens = nil, false
	return nil, e
}

// finishRequest sees to it that the request has been sent, as far as that can be.
func (h *hand) finishRequest(c *Conn) error {
	m := &c.link.machine
	if h.x != nil && h.x.conn != nil {
		m = &h.x.conn.machine // which may be that of a connection before
	}
	switch x := h.x; {
	case x == nil && h.err != nil:
		err := h.err
		h.err = nil
		return err
	case x == nil:
		return c.outOfTurn("Response")
	case h.listens:
		x.close, x.plan.expect = true, false // what the server takes for the rest, nobody knows
		x.unheard = !x.ahead
		_ = m.Step(h1.EndBody)
	case h.cutOff(c):
		err := h.fault(c, ErrNotConnected)
		h.err = nil
		return err
	case m.Client == h1.Head, m.Client == h1.InBody && h.left < 0 && !h.head.framed:
		return c.outOfTurn("Response")
	case m.Client == h1.InBody:
		if err := h.guarded(c, func() error { return h.endBody(c, nil) }); err != nil {
			if h.listens {
				return h.finishRequest(c)
			}
			h.err = nil
			return err
		}
	}
	return nil
}

// respond makes the response of the head that has come.
func (h *hand) respond(c *Conn, framing h1.Framing, switched bool) (*Response, error) {
	x, head, res := h.x, h.x.head, &h.res
	x.framing = framing
	x.close = x.close || framing.Close
	res.Status, res.Reason, res.Version = head.Code, trimmed(head.Reason), 10+min(head.Minor, 1)
	res.Fields = head.Fields
	res.Length, res.Chunked, res.WillClose = framing.Length, framing.Kind == h1.Chunked, x.close
	res.Body, res.Stream = noBody, nil
	res.base, res.method, res.target, res.socket = h.base, x.method, x.target, x.conn.socket
	if switched {
		s, err := x.handOver()
		if err != nil {
			return nil, err
		}
		h.x = nil
		res.Stream, res.Length, res.WillClose = s, 0, true
		return res, nil
	}
	if framing.Kind == h1.NoBody && x.method != "HEAD" {
		res.Length = 0
	}
	if framing.HasBody() {
		x.given = h.newBody()
		res.Body = x.given
		// From here on it is the body's, which anybody may read and close at any time.
		h.x, x.letGo = nil, true
		x.endless = res.Length < 0 && endless(res.Fields.Get("Content-Type"))
	}
	x.settled = x.begin()
	return res, nil
}

// newBody returns a body that nobody has had: whoever holds one may close it at any time, also
// in the middle of the next exchange. From the second request on they are made several at once.
func (h *hand) newBody() *Body {
	if len(h.bodies) == 0 {
		n := manyBodies
		if h.bodies == nil { // it may be the only request
			n = 1
		}
		h.bodies = make([]Body, n)
	}
	b := &h.bodies[0]
	h.bodies = h.bodies[1:]
	b.most, b.block = h.most, h.block
	return b
}

// manyBodies is little enough for one that is kept to keep the others.
const manyBodies = 8

// trimmed returns a reason phrase without white space around it, of which there is hardly any.
func trimmed(reason string) string {
	if reason == "" || reason[0] > ' ' && reason[len(reason)-1] > ' ' {
		return reason
	}
	return strings.Trim(reason, " \t")
}

// Header returns the fields as net/http has them: by canonical name, without their order. It
// is made anew by each call.
func (r *Response) Header() http.Header { return h1.Header(r.Fields) }

// Joined returns the values of all fields of a name joined by ", ", and def if there is none.
func (r *Response) Joined(name, def string) string { return r.Fields.Joined(name, def) }

// Trailer returns the fields that followed a chunked body, once that has been read to its end.
// They are as the server sent them: what they say of the message's framing or of who may see it
// means nothing (RFC 9110 6.5.1).
func (r *Response) Trailer() Fields {
	if !r.Body.Closed() || r.Body.trailer == nil {
		return nil
	}
	return *r.Body.trailer
}

// URL returns the URL of the request, as far as the connection knows it; the target of a
// CONNECT is no URL, and returned as it was.
func (r *Response) URL() string { return urlOf(r.base, r.method, r.target) }

// ReadAll reads what is left of the body, into the memory of buf if that is large enough, and
// returns it. With an error comes what had been read. A body of more than [Options.MaxBody]
// bytes is a [BoundError], and the body is closed.
func (r *Response) ReadAll(buf []byte) ([]byte, error) { return r.Body.ReadAll(buf) }

// SyscallConn returns the socket for calls of the system, as syscall.Conn has it. While an
// exchange is under way, its deadlines are the connection's.
//
// A Conn has no such method: os.File.WriteTo, and so io.Copy, would find the socket by it and
// send a file past all framing.
func (r *Response) SyscallConn() (syscall.RawConn, error) {
	if r.socket == nil {
		return nil, syscall.EINVAL
	}
	return r.socket, nil
}

// Clone returns a copy that stays as it is when the next request begins. The body is not
// copied.
func (r *Response) Clone() *Response {
	out := *r
	out.Fields, out.Informational = r.Fields.Clone(), nil
	for _, i := range r.Informational {
		out.Informational = append(out.Informational, Informational{i.Status, strings.Clone(i.Reason), i.Fields.Clone()})
	}
	return &out
}
