package conn

import (
	"io"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// Write sends some of the request's body: as a chunk if the head says "chunked", and as it is
// if it says how long the body is; a body that gets longer is an error, of which nothing is
// sent. An empty p is no chunk and does nothing.
//
// If the head says "Expect: 100-continue", the first Write waits until the server asks for the
// body, but no longer than 1 s. If it answers in place of that, the error is [ErrUnwanted], and
// [Conn.Response] returns the answer.
func (c *Conn) Write(p []byte) (int, error) {
	h, err := c.step(h1.Write, "Write")
	if err != nil {
		return 0, err
	}
	var n int
	err = h.guarded(c, func() (err error) {
		n, err = h.write(c, p)
		return err
	})
	return n, err
}

// write is Write for who has taken the step.
func (h *hand) write(c *Conn, p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	if h.head.framed {
		return 0, h.fault(c, errBehindEnd)
	}
	if h.left >= 0 && int64(len(p)) > h.left {
		return 0, h.fault(c, message.LengthError(h.head.length, h.head.length-h.left+int64(len(p))))
	}
	if err := h.awaitGo(c); err != nil {
		return 0, err
	}
	end := ""
	if h.left < 0 {
		var size [20]byte
		h.hold(h1.AppendChunkSize(size[:0], len(p)))
		end = "\r\n"
	}
	for n < len(p) {
		if err := h.listen(c); err != nil {
			return n, err
		}
		piece, tail := p[n:], end
		if size := h.blockSize(); len(piece) > size {
			piece, tail = piece[:size], ""
		}
		m, err := h.writePiece(c, piece, tail)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// hold keeps bytes back, to leave with what follows them.
func (h *hand) hold(p []byte) {
	x := h.x
	if !h.held {
		x.work.out = x.work.out[:0]
	}
	x.work.out, h.held = append(x.work.out, p...), true
}

// writePiece sends a piece of the body, behind what is held back, and what follows the piece.
func (h *hand) writePiece(c *Conn, p []byte, tail string) (int, error) {
	x := h.x
	if err := h.aboard(c); err != nil {
		return 0, err
	}
	x.traceData(p)
	if held := len(x.work.out); h.held && held > sizeRoom && held+len(p) > mostHeld {
		if err := h.flush(c); err != nil {
			return 0, err
		}
	}
	out, before := p, 0
	if h.held || tail != "" {
		h.hold(nil)
		before = len(x.work.out)
		x.work.out = append(append(x.work.out, p...), tail...)
		out = x.work.out
	}
	h.held = false
	if n, err := h.writeOut(out); err != nil {
		return min(max(0, n-before), len(p)), err
	}
	x.work.out = x.work.out[:0]
	h.sent += len(p)
	if h.left >= 0 {
		h.left -= int64(len(p))
	}
	return len(p), nil
}

// listenEvery is how much is sent between two looks for an answer.
const listenEvery = 32 << 10

// listen finds out, now and then while a large body is being sent, whether the server has
// answered already: with a status of 300 or above it does not want the rest. It does not wait
// for an answer to begin. Over TLS nobody can tell what has come without reading it.
func (h *hand) listen(c *Conn) error {
	x := h.x
	if x.conn == nil || x.ahead || h.sent < listenEvery || x.conn.encrypted || x.conn.socket == nil {
		return nil
	}
	h.sent = 0
	if x.work.in.Buffered() == 0 && look(x.conn.socket) != pending {
		return nil
	}
	x.enter(trace.Wait)
	if err := x.readHead(); err != nil {
		return h.fault(c, x.phaseError(x.phase, err))
	}
	x.enter(trace.Send)
	return h.unwanted(300)
}

// unwanted ends the sending if the server has answered, with that status or above.
func (h *hand) unwanted(least int) error {
	if x := h.x; !x.ahead || x.head.Code < least {
		return nil
	}
	h.err = &Error{Phase: trace.Send, Addr: h.x.conn.addr(), Sent: true, Answered: true, Err: ErrUnwanted}
	h.listens = true
	h.x.wroteRequest(h.err)
	return h.err
}

// mostHeld is how much of a head and a body leaves together.
const mostHeld = mostInline

func (h *hand) blockSize() int {
	if n := h.opt.blockSize; n > 0 {
		return n
	}
	return blockSize
}

// awaitGo waits for "100 Continue", if that is expected.
func (h *hand) awaitGo(c *Conn) error {
	x := h.x
	if !x.plan.expect {
		return nil
	}
	if err := h.flush(c); err != nil {
		return err
	}
	x.enter(trace.Wait)
	x.waits100()
	for x.plan.expect && !x.ahead {
		err := x.awaitContinue()
		if err == nil && x.plan.expect {
			err = x.readHead()
		}
		if err != nil {
			return h.fault(c, x.phaseError(x.phase, err))
		}
	}
	x.enter(trace.Send)
	return h.unwanted(0)
}

// EndBody ends the body: with the last chunk, and behind that the trailer fields, if the head
// says "chunked". A body that is shorter than the head says is an error, and the connection is
// closed. For a body whose length is known, and that is complete, [Conn.Response] does it too.
func (c *Conn) EndBody(trailer ...Field) error {
	h, err := c.step(h1.Write, "EndBody") // which has its place where EndBody has
	if err != nil {
		return err
	}
	return h.guarded(c, func() error { return h.endBody(c, trailer) })
}

func (h *hand) endBody(c *Conn, trailer Fields) error {
	if err := h.checkTrailer(trailer); err != nil {
		return h.fault(c, err)
	}
	if h.left > 0 {
		return h.fault(c, message.LengthError(h.head.length, h.head.length-h.left))
	}
	x := h.x
	if h.left < 0 && !h.head.framed {
		if err := h.awaitGo(c); err != nil {
			return err
		}
		out, err := h1.AppendLastChunk(x.work.out, trailer)
		if err != nil {
			return h.fault(c, err)
		}
		x.work.out, h.held = out, true
		if err := h.aboard(c); err != nil {
			return err
		}
		if len(trailer) > 0 && h.opt.Tracer != nil {
			x.emit(trace.Trailer{Exchange: x.opt.ID, Up: true, Fields: trailer})
		}
	}
	if err := h.flush(c); err != nil {
		return err
	}
	x.step(h1.EndBody)
	x.wroteRequest(nil)
	return nil
}

// checkTrailer refuses fields that frame or route a message: behind the body, they come too
// late (RFC 9110 6.5.1).
func (h *hand) checkTrailer(trailer Fields) error {
	if len(trailer) > 0 && (h.left >= 0 || h.head.framed) {
		return &RequestError{What: "trailer field", Name: trailer[0].Name, Why: "only a body that we chunk can have one (RFC 9112 7.1.2)"}
	}
	for _, f := range trailer {
		if err := message.CheckTrails(f.Name); err != nil {
			return err
		}
	}
	return nil
}

// ReadFrom sends all of r as body, as [Conn.Write] does. A file goes straight from the disk to
// a plain TCP socket where the system can do that (sendfile). A body of [Framed] bytes is
// checked and sent as it is, and is all of the body.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	h, err := c.step(h1.Write, "ReadFrom")
	if err != nil {
		return 0, err
	}
	var n int64
	err = h.guarded(c, func() (err error) {
		n, err = h.readFrom(c, r)
		return err
	})
	return n, err
}

var _ interface {
	io.Writer
	io.ReaderFrom
} = (*Conn)(nil)

func (h *hand) readFrom(c *Conn, r io.Reader) (int64, error) {
	switch body := r.(type) {
	case *framed:
		return h.sendFramed(c, body)
	case *sequence:
		return h.sendSequence(c, body)
	}
	if h.left <= 0 || !isFile(r) {
		return h.copyFrom(c, r)
	}
	n, err := h.sendFile(c, r)
	if err != nil {
		return n, err
	}
	var one [1]byte
	if m, _ := r.Read(one[:]); m > 0 {
		return n, h.fault(c, message.LengthError(h.head.length, h.head.length+1))
	}
	return n, nil
}

// copyFrom sends what r has, block by block.
func (h *hand) copyFrom(c *Conn, r io.Reader) (total int64, err error) {
	block, done := newBlock(h.opt.blockSize)
	defer done()
	for empty := 0; ; {
		n, readErr := r.Read(block)
		if n > 0 {
			m, err := h.write(c, block[:n])
			if total += int64(m); err != nil {
				return total, err
			}
			empty = 0
		}
		switch {
		case readErr == io.EOF:
			return total, nil
		case readErr != nil:
			return total, h.fault(c, &BodyError{readErr})
		case n == 0:
			if empty++; empty > mostEmpty {
				return total, h.fault(c, &BodyError{io.ErrNoProgress})
			}
		}
	}
}

// mostEmpty is how often a body may have nothing to give in a row.
const mostEmpty = 100
