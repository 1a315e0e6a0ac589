package conn

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// ExchangeOptions say how exchanges are carried out. The zero value is fine. They must not be
// altered while an exchange that was prepared with them lasts; many may share them, unless
// Timings is set.
type ExchangeOptions struct {
	Limits trace.Limits // Send, Wait and Receive are looked at
	Bounds Bounds

	// Streaming, while it is set and true, makes a Receive of 0 mean no limit: somebody reads
	// the body as it comes, however long that takes. nil: 0 means the default.
	Streaming *atomic.Bool

	Tracer trace.Tracer // nil: nobody is told
	ID     uint64       // the exchange's number for the tracer
	Call   uint64       // that of the call

	// Timings gets the durations of Send, Wait and Receive added; nil: nobody measures. It
	// must not be read before the exchange is over.
	Timings *trace.Timings

	// Order names header fields in the order, and in the letter case, in which they are
	// sent; Host comes first unless it is named.
	Order []string

	UserAgent string // sent if the request says nothing of User-Agent; "": none is
	Gzip      bool   // sends Accept-Encoding: gzip
	ToOrigin  bool   // leaves Proxy-Authorization out, which is for proxies: the server is none
	Close     bool   // asks the server to close the connection afterwards

	// HTTP10 sends the request as one of HTTP/1.0: the connection is closed afterwards, and a
	// body whose length is not known is refused.
	HTTP10 bool

	// Continue is how long to wait for "100 Continue" before a body is sent whose request
	// says "Expect: 100-continue". 0: 1s. Negative: as long as Limits.Wait.
	Continue time.Duration

	blockSize int       // bytes of a body that are read and written at once; 0: blockSize
	maxBody   int64     // see Options.MaxBody
	timed     uint8     // see Options.timed
	debug     *debugger // is one of the tracers; nil: none is
}

// A Keeper gets a connection back at the end of each exchange, on whatever goroutine ended
// it. ok says that the connection can carry another; if it cannot, it has been closed.
// The error says why the connection was not kept all the same.
type Keeper interface {
	Keep(ok bool) error
}

// Prepare makes an exchange of a request: everything about the request that can be wrong is
// found here, before there is a connection. On an error the request's body has been closed.
// What is prepared must be sent by [Conn.Do] or given up by [Exchange.Discard], and not be
// touched after that.
func Prepare(req *http.Request, opt *ExchangeOptions) (*Exchange, error) {
	x := newExchange()
	x.req, x.ctx, x.opt, x.timings = req, req.Context(), opt, opt.Timings
	x.bounds = withDefaults(opt.Bounds)
	x.told = opt.Tracer != nil || opt.Timings != nil
	x.head = &x.work.head
	x.phase = trace.Send
	if x.method = req.Method; x.method == "" {
		x.method = "GET"
	}
	x.close = opt.Close || opt.HTTP10 || req.Close || message.Holds(req.Header, "Connection", "close")
	x.client = httptrace.ContextClientTrace(x.ctx)
	if err := x.prepare(); err != nil {
		x.Discard()
		return nil, &Error{Phase: trace.Send, Err: err}
	}
	return x, nil
}

// withDefaults returns bounds with the defaults filled in. Nearly all exchanges share one.
func withDefaults(b Bounds) *Bounds {
	if b == (Bounds{}) {
		return &defaultBounds
	}
	own := b.Defaults() // and not b, which every call would pay for
	return &own
}

var defaultBounds = Bounds{}.Defaults() // not to be altered

func (x *Exchange) prepare() (err error) {
	if x.req.URL == nil {
		return &RequestError{What: "URL", Why: "none"}
	}
	if x.plan, err = planBody(x.req); err != nil {
		return err
	}
	if x.plan.probe {
		if err := x.probe(); err != nil {
			return err
		}
	}
	minor := 1
	if x.opt.HTTP10 {
		if minor = 0; x.plan.chunked {
			return &RequestError{What: "body", Why: "of unknown length or with a trailer, neither of which HTTP/1.0 has"}
		}
		x.plan.expect = false // which it does not have either (RFC 9110 10.1.1)
	}
	if err = x.setHead(); err != nil {
		return err
	}
	w := &x.work
	if w.out, err = h1.AppendRequestHead(w.out[:0], x.method, x.target, minor, w.fields); err != nil {
		return err
	}
	x.headLen = len(w.out)
	if x.plan.inline {
		w.out, err = readInline(w.out, x.plan)
	}
	return err
}

// Measure has the durations of Send, Wait and Receive added to t in place of the options'
// Timings, which many exchanges may share. It must be called before the exchange is sent.
func (x *Exchange) Measure(t *trace.Timings) {
	x.timings = t
	x.told = t != nil || x.opt.Tracer != nil
}

// ClientTrace returns the httptrace hooks of the request's context, nil if there are none.
func (x *Exchange) ClientTrace() *httptrace.ClientTrace { return x.client }

// Discard gives up an exchange that has not been sent, and closes its request's body.
func (x *Exchange) Discard() {
	x.closeBody()
	x.recycle()
}
