package conn

import (
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"slices"
	"time"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// A reader is a connection as its bufio.Reader sees it: each read has the deadline of the
// phase that the exchange is in, and the first byte ends the wait.
type reader link

func (r *reader) Read(p []byte) (int, error) {
	c := (*link)(r)
	x := c.x
	var n int
	var err error
	if x.unsent {
		n, err = x.writeThenRead(p)
	} else {
		if x.phase == trace.Receive && x.given == nil && !x.armed {
			// A head that comes in pieces has the time of one read, or it could take for ever.
			c.armReads(x, x.opt.Limits.Of(trace.Receive))
		}
		c.armRead(x)
		n, err = c.nc.Read(p)
	}
	c.read += int64(n)
	if n > 0 && x.phase == trace.Wait {
		if !x.answered && x.client != nil && x.client.GotFirstResponseByte != nil {
			x.client.GotFirstResponseByte()
		}
		x.answered = true
		x.enter(trace.Receive)
	}
	return n, err
}

// receive reads heads up to the final one, and makes a response of that.
func (x *Exchange) receive() (*http.Response, error) {
	x.enter(trace.Wait)
	if x.plan.expect {
		x.waits100()
	}
	framing, switched, err := x.readFinal()
	switch {
	case err != nil:
		return nil, err
	case switched:
		return x.upgrade()
	}
	return x.respond(framing), nil
}

// readFinal reads heads up to the final one, and says what follows it: a body, or another
// protocol.
func (x *Exchange) readFinal() (framing h1.Framing, switched bool, err error) {
	head := x.head
	for !x.ahead {
		if x.plan.expect {
			if err := x.awaitContinue(); err != nil {
				return framing, false, err
			}
		}
		if err := x.readHead(); err != nil {
			return framing, false, err
		}
	}
	x.enter(trace.Receive)
	if head.Code == http.StatusSwitchingProtocols {
		if !x.asksUpgrade() {
			return framing, false, &ProtocolError{Rule: RuleUnasked101}
		}
		return framing, true, nil
	}
	framing, err = h1.ResponseFraming(x.method, head.Minor, head.Code, head.Fields)
	return framing, err == nil && x.method == "CONNECT" && head.Code < 300, err
}

// awaitAnswer waits for the first head to begin.
func (x *Exchange) awaitAnswer() error {
	if x.ahead || x.plan.expect {
		return nil
	}
	_, err := x.work.in.Peek(1)
	if err == io.EOF {
		err = ErrRemoteDisconnected
	}
	return err
}

// readHead reads one head. If it is the final one, x is ahead.
func (x *Exchange) readHead() error {
	head := x.head
	err := head.Read(x.work.in, x.bounds)
	if err == io.EOF {
		err = ErrRemoteDisconnected
	}
	if err != nil {
		return x.noHead(err)
	}
	if x.armed {
		x.conn.armReads(x, 0)
	}
	x.answered = true
	x.traceResponse()
	if head.Code >= 200 || head.Code == http.StatusSwitchingProtocols {
		x.ahead = true
		return nil
	}
	if x.interim++; x.interim > x.bounds.Interim {
		return &BoundError{What: "interim responses", Limit: x.bounds.Interim, Setting: "Bounds.Interim"}
	}
	x.step(h1.GotInterim)
	if err := x.gotInterim(); err != nil {
		return err
	}
	if x.work.in.Buffered() == 0 { // else the next head has begun to come
		x.enter(trace.Wait)
	}
	return nil
}

// noHead returns why there is no head. A server that speaks TLS answers plain HTTP with an alert.
func (x *Exchange) noHead(err error) error {
	bad, ok := err.(*BadStatusLineError)
	if !ok || x.conn.encrypted || !bad.IsTLS() {
		return err
	}
	plain := &tlserr.PlainError{First: []byte(bad.Line), Err: err}
	if x.opt.ToOrigin && x.req != nil && x.req.URL.Host != "" {
		plain.URL = "https://" + x.req.URL.Host + "/"
	}
	return tlserr.From(plain, x.server(), time.Time{})
}

// waits100 tells httptrace that the wait for the server's word begins.
func (x *Exchange) waits100() {
	if x.client != nil && x.client.Wait100Continue != nil {
		x.client.Wait100Continue()
	}
}

// awaitContinue waits for the server to ask for the body, or to answer without. If it does
// neither for a while, the body is sent all the same (RFC 9110 10.1.1).
func (x *Exchange) awaitContinue() error {
	wait := x.opt.Continue
	if wait == 0 {
		wait = time.Second
	}
	if !x.conn.armReads(x, wait) {
		// A server that knows nothing of Expect would keep us waiting for ever.
		x.conn.armReads(x, 0)
		x.goAhead()
		return nil
	}
	_, err := x.work.in.Peek(1)
	x.conn.armReads(x, 0)
	switch {
	case err == nil:
		return nil // the head that has begun to come in says whether to send
	case errors.Is(err, os.ErrDeadlineExceeded) && x.ctx.Err() == nil:
		x.goAhead()
		return nil
	case err == io.EOF:
		return ErrRemoteDisconnected
	}
	return err
}

// gotInterim passes a 1xx on to who listens, and sends the body if that was asked for.
func (x *Exchange) gotInterim() error {
	head := x.head
	if t := x.client; t != nil {
		if head.Code == http.StatusContinue && t.Got100Continue != nil {
			t.Got100Continue()
		}
		if t.Got1xxResponse != nil {
			if err := t.Got1xxResponse(head.Code, textproto.MIMEHeader(head.Header())); err != nil {
				return err
			}
		}
	}
	if x.hand != nil {
		x.hand.gotInterim(head)
	}
	if x.plan.expect && head.Code == http.StatusContinue {
		x.goAhead()
	}
	return nil
}

// goAhead ends the wait for "100 Continue": the body is sent.
func (x *Exchange) goAhead() {
	if x.plan.expect = false; x.hand == nil {
		x.startSender()
	}
}

// A response is what the caller gets. It is not the exchange's memory, which others use
// while the caller still holds this.
type response struct {
	http.Response
	body   Body
	values [usualFields]string // of the header
}

// usualFields is how many fields most responses have at the most.
const usualFields = 8

// respond makes the response. If it has no body, the exchange is over.
func (x *Exchange) respond(framing h1.Framing) *http.Response {
	x.framing = framing
	x.close = x.close || framing.Close
	x.settleSending(x.head.Code)
	x.res = x.newResponse()
	res := &x.res.Response
	x.given = &x.res.body
	if x.begin() {
		res.Body = x.given
	} else {
		res.Body = http.NoBody
	}
	return res
}

// begin begins the response's body, which x.given is to be. If there is none, the exchange is
// over, and the result false.
func (x *Exchange) begin() bool {
	if !x.framing.HasBody() {
		x.step(h1.GotHeadOnly)
		x.finish(nil)
		return false
	}
	x.step(h1.GotHead)
	x.body.Reset(x.work.in, x.framing, x.bounds)
	x.given.conn, x.given.x = x.conn, x
	x.conn.reading.Store(x.given)
	return true
}

// settleSending decides what becomes of a request's body whose answer has come already.
func (x *Exchange) settleSending(code int) {
	if x.plan.expect {
		// It was not asked for, and so it is not sent; but the server may be waiting for it
		// still, and must not take the next request for it (CVE-2024-24791).
		x.close = true
		x.closeBody()
		x.wroteRequest(nil)
		x.step(h1.EndBody)
		return
	}
	// A 2xx may be an answer to what has come so far, with more to follow (net/http's HTTP/2
	// draws the line there too). Otherwise the server does not want the body, unless it has
	// all of it: to go on would only cost time.
	if x.sender != nil && code >= 300 && !x.sender.ending.Load() {
		x.sender.stop()
	}
}

// newResponse fills in all but the body.
func (x *Exchange) newResponse() *response {
	head, res := x.head, new(response)
	res.Status, res.StatusCode = head.Status, head.Code
	res.Proto, res.ProtoMajor, res.ProtoMinor = "HTTP/1.1", 1, 1
	if head.Minor != 1 {
		res.Proto, res.ProtoMinor = "HTTP/1."+string(rune('0'+head.Minor)), head.Minor
	}
	res.Header = h1.HeaderIn(res.values[:], head.Fields)
	res.Request = x.req
	res.TLS = x.conn.tls
	res.Close = x.framing.Close
	switch x.framing.Kind {
	case h1.ByLength:
		res.ContentLength = x.framing.Length
	case h1.NoBody:
		if x.method == "HEAD" {
			res.ContentLength = x.framing.Length
		}
	case h1.Chunked:
		res.ContentLength = -1
		res.TransferEncoding = chunkedList[:]
		delete(res.Header, "Content-Length")
		res.Trailer = message.Announced(res.Header["Trailer"])
	case h1.UntilClose:
		res.ContentLength = -1
	}
	// net/http keeps these apart from the header, so its users expect them there.
	delete(res.Header, "Transfer-Encoding")
	delete(res.Header, "Trailer")
	return res
}

var chunkedList = [1]string{"chunked"}

// traceResponse tells the tracer of the head that has come.
func (x *Exchange) traceResponse() {
	if !x.told || x.opt.Tracer == nil {
		return
	}
	head := x.head
	x.emit(trace.ResponseHead{
		Exchange: x.opt.ID,
		Proto:    "HTTP/1." + string(rune('0'+head.Minor)),
		Status:   head.Code, Reason: head.Reason,
		Fields: slices.Clone(head.Fields),
	})
}
