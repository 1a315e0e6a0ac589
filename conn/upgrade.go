package conn

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// asksUpgrade reports whether the request asks for another protocol (RFC 9110 7.8).
func (x *Exchange) asksUpgrade() bool {
	if x.hand != nil {
		return x.hand.head.upgrade && x.hand.head.connectionUpgrade
	}
	return len(x.req.Header["Upgrade"]) > 0 && message.Holds(x.req.Header, "Connection", "upgrade")
}

// upgrade makes a response whose body is the connection itself: after a 101, and after a
// 2xx to CONNECT.
func (x *Exchange) upgrade() (*http.Response, error) {
	x.framing = h1.Framing{Kind: h1.UntilClose, Close: true}
	res := &x.newResponse().Response
	s, err := x.handOver()
	if err != nil {
		return nil, err
	}
	if x.sender != nil {
		s.body = x.req.Body
	} else {
		x.closeBody() // the server did not ask for it (Expect)
	}
	res.Body = s
	return res, nil
}

// handOver ends the exchange, and HTTP on its connection. From here on there is neither a
// limit nor a context.
func (x *Exchange) handOver() (*stream, error) {
	x.step(h1.GotSwitch)
	s, err := x.part()
	x.over = err == nil
	return s, err
}

// part makes a connection without HTTP of x's, and of what has been read ahead. It fails if the
// context has ended meanwhile: whoever hears of that sets deadlines.
func (x *Exchange) part() (*stream, error) {
	c := x.conn
	if !x.unwatch() {
		return nil, cmp.Or(trace.Ended(x.ctx), ErrNotConnected) // Close takes the watch down, too
	}
	c.endWatch()
	c.clearDeadlines()
	s := c.stream(x.work.in)
	x.traceDone(nil)
	c.x = nil
	return s, nil
}

// Hijack hands the connection over, at whatever point it is, between two exchanges or in the
// middle of one; what has been read ahead comes first. It has no deadlines, and is the
// caller's to close. c is closed after that, for all that it knows.
func (c *Conn) Hijack() (net.Conn, error) {
	l := c.link
	if l.machine.Client == h1.Switched {
		return nil, l.machine.OutOfTurn("Hijack") // Response.Stream it is
	}
	if l.nc == nil || l.closed.Swap(true) {
		return nil, &Error{Phase: trace.Connect, Addr: l.addr(), Err: ErrNotConnected}
	}
	_ = l.machine.Step(h1.SawClose)
	x := l.x
	if x == nil {
		l.endWatch()
		l.clearDeadlines()
		return &stream{Conn: l.nc, conn: l, hijacked: true}, nil
	}
	if x.sender != nil {
		x.sender.stop()
	}
	if c.hand != nil && c.hand.x == x {
		c.hand.x = nil
	}
	if x.given != nil {
		x.given.leave()
	}
	s, err := x.part()
	if err != nil {
		l.x = nil
		l.nc.Close()
		return nil, &Error{Phase: x.phase, Addr: l.addr(), Sent: x.sent, Answered: x.answered, Err: err}
	}
	s.hijacked = true
	return s, nil
}

// stream makes a connection without HTTP of c, and of what has been read ahead.
func (c *link) stream(in *bufio.Reader) *stream {
	early, _ := in.Peek(in.Buffered())
	return &stream{Conn: c.nc, conn: c, early: append([]byte(nil), early...)}
}

// A stream is a connection after HTTP. It is a net.Conn, so that who gets it as a response's
// body can set deadlines and ask for addresses.
type stream struct {
	net.Conn
	conn  *link
	body  io.Closer // of the request, if it is being sent still; nil: none is
	once  sync.Once
	mu    sync.Mutex // guards early
	early []byte     // what was read ahead

	hijacked bool // conn takes itself for closed
}

var _ io.ReadWriteCloser = (*stream)(nil)

// Read reads what was read ahead, then the connection.
func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	if len(s.early) > 0 {
		n := copy(p, s.early)
		s.early = s.early[n:]
		s.mu.Unlock()
		return n, nil
	}
	s.mu.Unlock()
	return s.Conn.Read(p)
}

// Buffered returns how many bytes have been read ahead. More than 0 after a CONNECT came with its
// answer, before anybody behind the proxy has been spoken to.
func (s *stream) Buffered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.early)
}

// CloseWrite tells the peer that nothing more will be sent. If the connection cannot, the
// error is errors.ErrUnsupported.
func (s *stream) CloseWrite() error {
	if w, ok := s.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Close closes the connection.
func (s *stream) Close() error {
	err := s.conn.close()
	if s.hijacked {
		err = s.Conn.Close()
	}
	s.once.Do(func() {
		if s.body != nil {
			go s.body.Close() // which may wait for a Read under way
		}
		if k := s.conn.keeper; k != nil {
			_ = k.Keep(false)
		}
	})
	return err
}
