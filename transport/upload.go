package transport

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// An upload is the body of a request on a stream. The connection reads from it on a goroutine of
// its own, and closes it whenever it has had enough.
type upload struct {
	s       *stream
	body    io.ReadCloser
	trailer http.Header // of the request; what is in it is known when the body is over
	length  int64       // announced; -1: none has been
	sent    int64
	paces   pacer        // nil: the connection takes as much as there is
	inHand  atomic.Int64 // bytes that have been read last, and may not have been written

	asked chan struct{} // closed when the server wants the body (Expect); nil: it was not asked
	ended chan struct{} // closed by Close
	all   chan struct{} // closed when the body has come to its end
	shut  chan struct{} // closed when the body itself has been closed

	mu      sync.Mutex    // guards the following
	touched bool          // something has been read
	reading bool          // something is being read
	quiet   chan struct{} // closed when that has returned; nil: nobody waits for it
	closed  bool          // by the connection
	gone    bool          // the body itself has been closed, or is being
	granted bool          // asked is closed
	whole   bool          // it has come to its end
}

var _ io.ReadCloser = (*upload)(nil)

func newUpload(s *stream, req *http.Request, length int64) *upload {
	u := &upload{s: s, body: req.Body, trailer: req.Trailer, length: length, ended: make(chan struct{}), all: make(chan struct{}), shut: make(chan struct{})}
	if u.body == nil {
		u.body = http.NoBody
	}
	u.paces, _ = s.c.many.ClientConn.(pacer)
	if message.Holds(req.Header, "Expect", "100-continue") {
		u.asked = make(chan struct{})
	}
	return u
}

var errUploadClosed = errors.New("the request's body is not wanted any more")

// Read reads from the body. While it does, no limit of ours holds: the body is the caller's.
func (u *upload) Read(p []byte) (int, error) {
	s := u.s
	if u.asked != nil {
		if err := u.awaitAsked(); err != nil {
			return 0, err
		}
	}
	if u.paces != nil {
		u.handOver()
		u.paces.await(s.done, u.ended)
		p = p[:min(len(p), mostAtOnce)]
	}
	if !u.beginRead() {
		return 0, errUploadClosed
	}
	s.sendBy.Store(noTime)
	n, err := u.body.Read(p)
	u.endRead()
	if u.sent += int64(n); u.paces != nil {
		u.take(n)
	}
	if err = u.judge(err); err != nil && err != io.EOF {
		s.spoil(u, err)
		return n, err
	}
	if n > 0 && s.opt.Tracer != nil {
		s.emit(trace.Data{Exchange: s.opt.ID, Up: true, P: p[:n]})
	}
	if err == io.EOF {
		u.mu.Lock()
		was := u.whole
		u.whole = true
		u.mu.Unlock()
		if !was {
			close(u.all)
		}
		u.closeBody()
	}
	s.limit(&s.sendBy, trace.Send)
	return n, err
}

// beginRead notes that the body is about to be read, unless it is closed.
func (u *upload) beginRead() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.touched, u.reading = true, true
	return true
}

func (u *upload) endRead() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.reading = false; u.quiet != nil {
		close(u.quiet)
		u.quiet = nil
	}
}

// handOver notes that what was read before has been written.
func (u *upload) handOver() {
	if n := u.inHand.Swap(0); n > 0 {
		u.paces.hand(-int(n))
	}
}

// take notes that n bytes have been read.
func (u *upload) take(n int) {
	u.inHand.Add(int64(n))
	u.paces.hand(n)
	u.mu.Lock()
	closed := u.closed
	u.mu.Unlock()
	if closed {
		u.handOver() // nobody writes them any more
	}
}

// A pacer is a ClientConn that wants to be asked before more of a request's body is read.
type pacer interface {
	await(done, ended <-chan struct{})
	hand(n int)
}

// judge looks at what a read of the body came to.
func (u *upload) judge(err error) error {
	switch {
	case u.length >= 0 && u.sent > u.length:
		return message.LengthError(u.length, u.length+1)
	case err == io.EOF && u.length >= 0 && u.sent < u.length:
		return message.LengthError(u.length, u.sent)
	case err == io.EOF && len(u.trailer) > 0:
		if bad := message.CheckTrailer(u.trailer); bad != nil {
			return bad
		}
		if s := u.s; s.opt.Tracer != nil {
			s.emit(trace.Trailer{Exchange: s.opt.ID, Up: true, Fields: fieldsOf(u.trailer)})
		}
	case err != nil && err != io.EOF:
		return &conn.BodyError{Err: err}
	}
	return err
}

// awaitAsked waits for the server to ask for the body. If it does not, nor answers, the body is
// sent after a while all the same (RFC 9110 10.1.1).
func (u *upload) awaitAsked() error {
	u.mu.Lock()
	granted := u.granted
	u.mu.Unlock()
	if granted {
		return nil
	}
	s := u.s
	s.sendBy.Store(noTime)
	if s.client != nil && s.client.Wait100Continue != nil {
		s.client.Wait100Continue()
	}
	wait := s.opt.Continue
	if wait == 0 {
		wait = time.Second
	}
	var over <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	} else {
		s.limit(&s.recvBy, trace.Wait)
	}
	for {
		select {
		case <-u.asked:
			return nil
		case <-over:
			if s.final.Load() {
				over = nil // it has answered without
				continue
			}
			u.goOn()
			return nil
		case <-u.ended:
			return errUploadClosed
		case <-s.done:
			return s.Err()
		}
	}
}

// goOn ends the wait for the server: the body is sent.
func (u *upload) goOn() {
	if u.asked == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.granted {
		u.granted = true
		close(u.asked)
	}
}

// Close is called by the connection, which may want to send the body elsewhere if it has not been
// touched: so the body itself is closed only if it has been. Somebody may be reading it, or just
// be about to; and there are bodies whose Close waits for that, those of a server's requests among
// them, which a proxy hands on. So then it is closed beside us, and not at once.
func (u *upload) Close() error {
	u.mu.Lock()
	was := u.closed
	u.closed = true
	touched, reading := u.touched, u.reading
	if reading && u.quiet == nil {
		u.quiet = make(chan struct{})
	}
	quiet := u.quiet
	u.mu.Unlock()
	if !was {
		close(u.ended)
	}
	if u.paces != nil {
		u.handOver()
	}
	switch {
	case reading && !was:
		go func() { // ends with the Read under way at the latest
			await(quiet, moment)
			u.closeBody()
		}()
	case touched && !reading:
		u.closeBody()
	}
	return nil
}

// closeBody closes the body itself, once.
func (u *upload) closeBody() {
	u.mu.Lock()
	was := u.gone
	u.gone = true
	u.mu.Unlock()
	if !was {
		u.body.Close()
		close(u.shut)
	}
}

// abandon gives the body up, whether it has been touched or not.
func (u *upload) abandon() {
	u.Close()
	if _, untouched := u.finished(); untouched {
		u.closeBody()
		return
	}
	await(u.shut, patience)
}

// finished reports whether all of the body has been read, and whether nothing of it has.
func (u *upload) finished() (whole, untouched bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.whole, !u.touched
}

// soon waits for the rest of the body to be read, if that is being done.
func (u *upload) soon() bool {
	if u.asked != nil {
		select {
		case <-u.asked:
		default:
			return false
		}
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-u.all:
		return true
	case <-u.ended:
	case <-timer.C:
	}
	return false
}

// patience is how long to wait for what nobody wants any more.
const patience = 50 * time.Millisecond

// moment is how long a read of the body may take to return by itself, before it is closed under it.
const moment = 5 * time.Millisecond

// await waits for the channel to be closed, but not for long.
func await(done <-chan struct{}, long time.Duration) bool {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// spoil notes that the request's body cannot be sent.
func (s *stream) spoil(u *upload, err error) {
	u.mu.Lock()
	closed := u.closed
	u.mu.Unlock()
	if closed {
		return // that is why
	}
	s.mu.Lock()
	s.spoilt = err
	s.mu.Unlock()
}

// wroteRequest is a hook: all of the request has been written, or no more of it will be.
func (s *stream) wroteRequest(info httptrace.WroteRequestInfo) {
	if info.Err == nil {
		s.await()
	} else {
		s.sendBy.Store(noTime)
	}
	if s.client != nil && s.client.WroteRequest != nil {
		s.client.WroteRequest(info)
	}
}
