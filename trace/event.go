package trace

import (
	"context"
	"crypto/tls"
	"net/netip"
	"sync/atomic"
	"time"
)

// A Tracer is told of events while they happen. Trace runs on the goroutine that does the
// work, so it must be quick and must not block; it may be called from many goroutines at
// once. ctx is the context of the request.
type Tracer interface {
	Trace(ctx context.Context, ev Event)
}

// Func is a Tracer made of a function.
type Func func(ctx context.Context, ev Event)

// Trace calls f.
func (f Func) Trace(ctx context.Context, ev Event) { f(ctx, ev) }

// Multi returns a Tracer that tells each of the given ones in turn. nil ones are left out;
// if none remains, it returns nil.
func Multi(tracers ...Tracer) Tracer {
	var all multi
	for _, t := range tracers {
		if t != nil {
			all = append(all, t)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

type multi []Tracer

func (m multi) Trace(ctx context.Context, ev Event) {
	for _, t := range m {
		t.Trace(ctx, ev)
	}
}

var lastID atomic.Uint64

// NextID returns a number for a call, an exchange or a connection that no other in this
// process has.
func NextID() uint64 { return lastID.Add(1) }

// An Event is one of the types of this package that end up at a [Tracer]. An exchange is
// one request on one connection and what came back; a call may lead to several (redirects,
// retries, challenges).
type Event interface{ event() }

type (
	// PhaseStart and PhaseDone bracket a phase of an exchange. Addr is the host or the
	// address that the phase is about, where there is one.
	PhaseStart struct {
		Exchange uint64
		Phase    Phase
		Addr     string
	}
	// PhaseDone says that a phase is over, and how it failed if it did.
	PhaseDone struct {
		Exchange uint64
		Phase    Phase
		Addr     string
		Err      error
	}

	// RequestHead carries a request's head as it went over the wire. URL holds no password.
	RequestHead struct {
		Exchange, Call uint64
		Conn           Conn
		Method         string
		Target         string // as in the request line
		URL            string
		Proto          string // "HTTP/1.1"
		Fields         Fields
	}
	// ResponseHead carries a response's head as it came; a status below 200 is that of an
	// interim response.
	ResponseHead struct {
		Exchange uint64
		Proto    string
		Status   int
		Reason   string
		Fields   Fields
	}
	// Tunnel carries what a proxy has answered to CONNECT, by which it is asked for a way to an
	// origin. Unless the status is a 2xx there is none, and it may be asked again.
	Tunnel struct {
		Exchange uint64
		Proxy    string // its URL, without user info
		Target   string // "example.com:443"
		Status   int
		Reason   string
		Fields   Fields
	}
	// Data carries body bytes, up to the server or down from it, as framed by the protocol
	// (before a content coding is undone, without chunk sizes). P must not be kept.
	Data struct {
		Exchange uint64
		Up       bool
		P        []byte
	}
	// Content carries bytes of a response's body after its content coding was undone, as the caller
	// gets them. Where none was undone, there is Data alone. Exchange is 0 if it was undone above
	// the transport, for the last response of the call. P must not be kept.
	Content struct {
		Exchange, Call uint64
		P              []byte
	}
	// Trailer carries the fields that followed a body.
	Trailer struct {
		Exchange uint64
		Up       bool
		Fields   Fields
	}
	// Done closes an exchange: its body has been read, or it was given up.
	Done struct {
		Exchange, Call uint64
		Timings        Timings
		Err            error
	}

	// CallStart opens a call. Path has no query.
	CallStart struct {
		Call                 uint64
		Method, Origin, Path string
	}
	// CallDone closes a call. Bytes counts what the caller got of the body; Kind is the
	// error's kind in words, "" if there was no error.
	CallDone struct {
		Call                 uint64
		Method, Origin, Path string
		Status               int
		Bytes                int64
		Attempts, Hops       int
		Kind                 string
		Err                  error
	}
	// Attempt says that a request failed, or was answered in a way that asks for another
	// attempt, and that it is sent again after Wait. Kind is the error's kind in words, or
	// "status 503" for instance; "challenge", if it is sent again with credentials; and
	// "resend", if the transport does so by itself because an idle connection was of no use.
	Attempt struct {
		Call   uint64
		Hop, N int
		Kind   string
		Err    error
		Wait   time.Duration
	}
	// Choice says what was chosen and which rule chose it. What is one of "proxy", "ca",
	// "credential", "cookies" (their names), "connection", "protocol", "header dropped",
	// "redirect", "retry", "decoding".
	Choice struct {
		Call              uint64
		What, Value, Rule string
	}
	// Warning is something that a person should know about an origin.
	Warning struct {
		Origin, Text string
	}
)

func (PhaseStart) event()   {}
func (PhaseDone) event()    {}
func (RequestHead) event()  {}
func (ResponseHead) event() {}
func (Tunnel) event()       {}
func (Data) event()         {}
func (Content) event()      {}
func (Trailer) event()      {}
func (Done) event()         {}
func (CallStart) event()    {}
func (CallDone) event()     {}
func (Attempt) event()      {}
func (Choice) event()       {}
func (Warning) event()      {}

// Conn describes the connection of an exchange.
type Conn struct {
	ID            uint64
	Protocol      string         // "HTTP/1.1"
	Local, Remote netip.AddrPort // invalid if the socket has no such address (a pipe, a unix socket)
	Unix          string         // the path of the unix socket; "": it is none
	TLS           *tls.ConnectionState
	Reused        bool          // it has carried an exchange before
	Idle          time.Duration // how long it had been waiting for this one
}
