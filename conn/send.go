package conn

import (
	"errors"
	"io"
	"net/http/httptrace"
	"os"
	"sync/atomic"
	"time"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// send writes the head, with the body if that is small, and otherwise has the body sent by a
// goroutine; if the server is to be asked first, that begins when it has answered.
func (x *Exchange) send() error {
	if err := trace.Ended(x.ctx); err != nil {
		if x.opt.Tracer != nil {
			x.emit(trace.PhaseStart{Exchange: x.opt.ID, Phase: trace.Send}) // its end is told, too
		}
		return err
	}
	traced := x.opt.Tracer != nil || x.client != nil
	whole := x.plan.body == nil || x.plan.inline
	if whole && !traced && x.conn.plain {
		x.unsent = true // see writeThenRead
	} else {
		if x.reused && !x.conn.fit() {
			return ErrStale
		}
		if traced {
			x.traceHead()
		}
		if _, err := x.write(x.work.out); err != nil {
			x.wroteRequest(err)
			return err
		}
		x.wroteHeaders()
	}
	if !whole {
		x.step(h1.EndHead)
		if !x.plan.expect {
			x.startSender()
		}
		return nil
	}
	if x.plan.inline {
		x.traceData(x.work.out[x.headLen:])
		x.step(h1.EndHead)
		x.step(h1.EndBody)
	} else {
		x.step(h1.EndHeadOnly)
	}
	x.closeBody()
	x.wroteRequest(nil)
	return nil
}

// step moves the connection's states on. The exchange takes its steps in turn.
func (x *Exchange) step(e h1.Event) {
	if err := x.conn.machine.Step(e); err != nil {
		panic("conn: " + err.Error())
	}
}

// readInline appends a body that is in memory to what is to be sent.
func readInline(out []byte, p bodyPlan) ([]byte, error) {
	start := len(out)
	out = append(out, make([]byte, p.length)...)
	n, err := io.ReadFull(p.body, out[start:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return out, &BodyError{err}
	}
	if int64(n) < p.length {
		return out, message.LengthError(p.length, int64(n))
	}
	var one [1]byte
	if n, _ := p.body.Read(one[:]); n > 0 {
		return out, message.LengthError(p.length, p.length+1)
	}
	return out, nil
}

// write writes p to the socket under the limit of Send.
func (x *Exchange) write(p []byte) (int, error) {
	x.conn.armWrite(x.opt.Limits.Of(trace.Send))
	n, err := x.conn.nc.Write(p)
	if n > 0 {
		x.sent = true
	}
	return n, err
}

func (x *Exchange) wroteHeaders() {
	if x.client != nil && x.client.WroteHeaders != nil {
		x.client.WroteHeaders()
	}
}

func (x *Exchange) wroteRequest(err error) {
	if x.client != nil && x.client.WroteRequest != nil {
		x.client.WroteRequest(httptrace.WroteRequestInfo{Err: err})
	}
}

func (x *Exchange) traceData(p []byte) {
	if x.opt.Tracer != nil && len(p) > 0 {
		x.emit(trace.Data{Exchange: x.opt.ID, Up: true, P: p})
	}
}

// A sender sends a body while its exchange waits for the answer.
type sender struct {
	x      *Exchange
	over   chan struct{} // closed when it is through
	err    error         // why the body was not sent in whole; read after over
	doing  atomic.Int32  // one of the following
	ending atomic.Bool   // the last of the body is being written, or has been
}

const (
	senderWrites  int32 = iota // or is about to do anything else but reading
	senderReads                // from the body
	senderStopped              // nobody wants the rest any more
)

func (x *Exchange) startSender() {
	s := &sender{x: x, over: make(chan struct{})}
	x.sender, x.sending = s, true
	go s.run() // ends with the body, when it is stopped, or when the connection is woken
}

// run sends the body, and says to the exchange how that went.
func (s *sender) run() {
	x, c := s.x, s.x.conn
	fromBody, err := s.send()
	x.closeBody()
	x.wroteRequest(err)
	s.err = err

	s.sent(err)
	// From here on the exchange may end, and the connection may be another's.
	close(s.over)
	if (fromBody || errors.Is(err, os.ErrDeadlineExceeded)) && !s.stopped() {
		c.wake() // which is safe, because after such an error the connection is nobody's
	}
}

// sent says that the wait for the answer begins, because all of the body has been sent, or
// because the sending ended with an error.
func (s *sender) sent(err error) {
	x, c := s.x, s.x.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	x.sending, x.unheard = false, err != nil
	if x.phase == trace.Wait && !s.stopped() {
		c.setReadLimit(x.readLimit())
	}
}

// lastWords is how long to listen to a server that we cannot write to any more. It may have
// answered, and closed.
const lastWords = time.Second

// send copies the body to the socket, framed as planned. fromBody tells an error of the
// body's own from one of the socket.
func (s *sender) send() (fromBody bool, err error) {
	x, p := s.x, &s.x.plan
	block := getBlock()
	defer putBlock(block)
	buf := *block
	var sent int64
	for {
		q := buf[sizeRoom : sizeRoom+blockSize]
		if left := p.length - sent; !p.chunked && p.length >= 0 && left < int64(len(q)) {
			q = q[:left+1] // a byte more, to notice that there is one
		}
		n, readErr := s.read(q)
		if sent += int64(n); !p.chunked && p.length >= 0 && sent > p.length {
			return true, message.LengthError(p.length, sent)
		}
		if s.stopped() {
			return false, errUnsent
		}
		if n > 0 {
			s.ending.Store(sent == p.length)
			x.traceData(q[:n])
			data := q[:n]
			if p.chunked {
				data = frame(buf, n)
			}
			if err := s.write(data); err != nil {
				return false, err
			}
			if sent == p.length {
				s.sent(nil) // whenever the body says that this was all
			}
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return true, &BodyError{readErr}
		}
	}
	if !p.chunked {
		if p.length >= 0 && sent < p.length {
			return true, message.LengthError(p.length, sent)
		}
		return false, nil
	}
	last, err := h1.AppendLastChunk(buf[:0], x.trailer())
	if err != nil {
		return true, err
	}
	s.ending.Store(true)
	return false, s.write(last)
}

// read reads from the body, unless the sender has been stopped: a body that has been closed
// may be somebody else's by then.
func (s *sender) read(p []byte) (int, error) {
	if !s.doing.CompareAndSwap(senderWrites, senderReads) {
		return 0, errUnsent
	}
	n, err := s.x.plan.body.Read(p)
	s.doing.CompareAndSwap(senderReads, senderWrites)
	return n, err
}

// frame makes a chunk of the n bytes at sizeRoom, and returns it.
func frame(buf []byte, n int) []byte {
	var size [sizeRoom]byte
	line := h1.AppendChunkSize(size[:0], n)
	start := sizeRoom - len(line)
	copy(buf[start:], line)
	copy(buf[sizeRoom+n:], "\r\n")
	return buf[start : sizeRoom+n+2]
}

// write is the exchange's, without its note that something was sent: that is true already.
func (s *sender) write(p []byte) error {
	s.x.conn.armWrite(s.x.opt.Limits.Of(trace.Send))
	_, err := s.x.conn.nc.Write(p)
	return err
}

// trailer returns the fields to send behind the body, in alphabetical order.
func (x *Exchange) trailer() Fields {
	if len(x.req.Trailer) == 0 {
		return nil
	}
	var f Fields
	for _, name := range appendNames(nil, x.req.Trailer) {
		for _, value := range x.req.Trailer[name] {
			f = append(f, Field{Name: name, Value: value})
		}
	}
	if x.opt.Tracer != nil {
		x.emit(trace.Trailer{Exchange: x.opt.ID, Up: true, Fields: f})
	}
	return f
}

// stop makes the sender give up: whoever it sends for has had enough.
func (s *sender) stop() {
	was := s.doing.Swap(senderStopped)
	s.x.conn.mute()
	switch was {
	case senderReads:
		// It may be just about to read. A body that is closed at that moment would be read after
		// its Close, so that the sender, which closes it itself, is given the chance to notice.
		if !waitUpTo(moment, s.over) {
			wait(s.x.abandonBody())
		}
	case senderWrites:
		wait(s.over) // it closes the body itself
	}
}

func (s *sender) stopped() bool { return s.doing.Load() == senderStopped }

// failure returns why the body could not be sent, nil if it could, or if the sending goes
// on or was given up.
func (s *sender) failure() *Error {
	select {
	case <-s.over:
		if !s.stopped() && s.err != nil {
			return s.x.phaseError(trace.Send, s.err)
		}
	default:
	}
	return nil
}

// patience is how long the end of an exchange waits for the sender to notice that it is
// through, and for a body to be closed. It has been through for a while if the server answered
// what we sent.
const patience = 50 * time.Millisecond

// moment is how long a read of the body may take to return by itself. It bounds what a body that
// blocks adds to a cancelled exchange.
const moment = 5 * time.Millisecond

// wait waits for the channel to be closed, but not for long.
func wait(done <-chan struct{}) { waitUpTo(patience, done) }

// waitUpTo waits for the channel to be closed, and reports whether it has been.
func waitUpTo(most time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// join ends the sender, and reports whether it had sent the whole body. If the exchange
// went well so far, the sender is given a moment.
func (s *sender) join(well bool) bool {
	if well && !s.stopped() {
		wait(s.over)
	}
	select {
	case <-s.over:
		if s.err == nil && !s.stopped() {
			s.x.step(h1.EndBody)
			return true
		}
		return false
	default:
		s.stop()
		return false
	}
}
