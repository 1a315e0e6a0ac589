package conn

import (
	"bytes"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"

	"example.com/godwit/internal/message"
	"example.com/godwit/trace"
)

// Seq makes a body of pieces: each is sent as a chunk of its own, empty ones not at all. A piece
// must stay as it is until the next one is asked for.
func Seq(pieces iter.Seq[[]byte]) io.Reader { return &sequence{pieces: pieces} }

// A sequence is a body of pieces.
type sequence struct {
	pieces iter.Seq[[]byte]

	mu   sync.Mutex            // held while a piece is made; guards the following
	next func() ([]byte, bool) // for Read; nil: it has not begun
	stop func()
	rest []byte
	err  error // what every further Read returns
}

// Read is for those who take the sequence for any other reader.
func (s *sequence) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	if s.next == nil {
		s.next, s.stop = iter.Pull(s.pieces)
	}
	for len(s.rest) == 0 {
		var ok bool
		if s.rest, ok = s.next(); !ok {
			s.err = io.EOF
			return 0, s.err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Close ends the reading. It waits for a Read under way: the pieces come from one at a time.
func (s *sequence) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil
	}
	s.err = http.ErrBodyReadAfterClose
	if s.stop != nil {
		s.stop()
	}
	return nil
}

// begun reports whether somebody has read from it, or closed it.
func (s *sequence) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next != nil || s.err != nil
}

func (h *hand) sendSequence(c *Conn, s *sequence) (total int64, err error) {
	if s.begun() {
		return h.copyFrom(c, s) // what is left of it
	}
	for piece := range s.pieces {
		var n int
		if n, err = h.write(c, piece); err != nil {
			return total + int64(n), err
		}
		total += int64(n)
	}
	return total, nil
}

// sizeOf returns how many bytes a body has, -1 if that is not known.
func sizeOf(body io.Reader) int64 {
	switch b := body.(type) {
	case *bytes.Reader:
		return int64(b.Len())
	case *bytes.Buffer:
		return int64(b.Len())
	case *strings.Reader:
		return int64(b.Len())
	case *os.File:
		return sizeOfFile(b)
	}
	return -1
}

// sizeOfFile returns how much of a regular file is still to be read.
func sizeOfFile(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return -1
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1
	}
	if info.Size() == 0 { // or so it says: what is in /proc has no size, and something in it
		if n, _ := f.ReadAt(make([]byte, 1), at); n > 0 {
			return -1
		}
	}
	return max(0, info.Size()-at)
}

// isFile reports whether the system may be able to send r by itself: a regular file, and no pipe,
// which somebody has to fill. (io.Copy hands over a file in a wrapping of its own.)
func isFile(r io.Reader) bool {
	f, ok := r.(interface {
		fs.File
		io.Seeker
		syscall.Conn
	})
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// unreadable returns why a file cannot be read: the system does not tell whether it was the file
// or the socket that failed.
func unreadable(r io.Reader) error {
	at, ok := r.(io.ReaderAt)
	if !ok {
		return nil
	}
	if _, err := at.ReadAt(make([]byte, 1), 0); err != io.EOF {
		return err
	}
	return nil
}

// fileSlice is how much of a file is sent under one limit of Send.
const fileSlice = 256 << 10

// sendFile sends as much of a file as the head says the body is long. It is the system that
// copies, if the socket is plain and nobody wants to see the bytes.
func (h *hand) sendFile(c *Conn, r io.Reader) (total int64, err error) {
	if err := unreadable(r); err != nil {
		return 0, h.fault(c, &BodyError{err})
	}
	if err := h.awaitGo(c); err != nil {
		return 0, err
	}
	if err := h.flush(c); err != nil {
		return 0, err
	}
	tcp, ok := h.x.conn.nc.(*net.TCPConn)
	if !ok || h.opt.Tracer != nil {
		return h.copyFrom(c, io.LimitReader(r, h.left))
	}
	for h.left > 0 {
		if err := h.listen(c); err != nil {
			return total, err
		}
		h.x.conn.armWrite(h.opt.Limits.Of(trace.Send))
		n, err := tcp.ReadFrom(&io.LimitedReader{R: r, N: min(h.left, fileSlice)})
		total, h.left, h.sent = total+n, h.left-n, h.sent+int(n)
		switch {
		case err != nil:
			return total, h.broken(err)
		case n == 0:
			return total, h.fault(c, message.LengthError(h.head.length, h.head.length-h.left))
		}
	}
	return total, nil
}
