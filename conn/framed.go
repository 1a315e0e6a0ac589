package conn

import (
	"bufio"
	"io"
	"strings"

	"example.com/godwit/internal/h1"
	"example.com/godwit/internal/message"
)

// Framed makes a body of bytes that are chunked already (RFC 9112 7.1): sizes, data, the last
// chunk and the trailer. They are read on their way out, more strictly than those of a server:
// what another reader could understand in another way is an error, and so are bytes behind the
// end. The connection is closed then.
func Framed(r io.Reader) io.Reader { return &framed{r} }

type framed struct{ r io.Reader }

func (f *framed) Read(p []byte) (int, error) { return f.r.Read(p) }

// A framer reads a body that is chunked, and hands it on.
type framer struct {
	h     *hand
	c     *Conn
	in    *bufio.Reader
	bound int   // of a line
	total int64 // bytes of data
}

// sendFramed sends a body as it is, as far as it is understood.
func (h *hand) sendFramed(c *Conn, f *framed) (int64, error) {
	if h.left >= 0 {
		return 0, h.fault(c, &RequestError{What: "body", Why: "is framed as chunked, and the head does not say so"})
	}
	if h.head.framed {
		return 0, h.fault(c, errBehindEnd)
	}
	if err := h.awaitGo(c); err != nil {
		return 0, err
	}
	fr := framer{h: h, c: c, in: bufio.NewReaderSize(f.r, blockSize), bound: h.x.bounds.ChunkLine}
	for {
		more, err := fr.chunk()
		if err != nil {
			if h.err == nil { // or it is the socket's, and noted
				err = h.fault(c, err)
			}
			return fr.total, err
		}
		if !more {
			break
		}
	}
	if _, err := fr.in.Peek(1); err == nil {
		return fr.total, h.fault(c, errBehindEnd)
	} else if err != io.EOF {
		return fr.total, h.fault(c, &BodyError{err})
	}
	h.head.framed = true
	return fr.total, h.flush(c)
}

var errBehindEnd = &RequestError{What: "body", Why: "has bytes behind its last chunk"}

// badFrame says what is wrong with the framing.
func badFrame(why string) error {
	return &RequestError{What: "body", Why: "its framing is wrong: " + why}
}

// chunk takes a chunk and sends it. Behind the last one it takes the trailer, and more is
// false.
func (f *framer) chunk() (more bool, err error) {
	line, err := f.line()
	if err != nil {
		return false, err
	}
	digits := strings.TrimLeft(line, "0123456789abcdefABCDEF")
	size, err := h1.ParseChunkLine(line)
	if err != nil || digits != "" && digits[0] != ';' {
		return false, badFrame("a chunk that does not begin with its size (RFC 9112 7.1)")
	}
	if err := f.send(line + "\r\n"); err != nil {
		return false, err
	}
	if size == 0 {
		return false, f.trailer()
	}
	if err := f.data(size); err != nil {
		return false, err
	}
	if line, err = f.line(); err != nil {
		return false, err
	}
	if line != "" {
		return false, badFrame("a chunk that is longer than its size (RFC 9112 7.1)")
	}
	return true, f.send("\r\n")
}

// line takes a line, and returns it without its end.
func (f *framer) line() (string, error) {
	line, err := f.in.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull, len(line) > f.bound:
		return "", badFrame("a line that is too long")
	case err == io.EOF:
		return "", badFrame("it ends in the middle")
	case err != nil:
		return "", &BodyError{err}
	case len(line) < 2 || line[len(line)-2] != '\r':
		return "", badFrame("a line that does not end in CRLF (RFC 9112 7.1)")
	}
	return string(line[:len(line)-2]), nil
}

// data takes as many bytes, and sends them.
func (f *framer) data(size int64) error {
	for size > 0 {
		p, err := f.in.Peek(int(min(size, int64(f.h.blockSize()), int64(f.in.Size()))))
		if err != nil && len(p) == 0 {
			if err == io.EOF {
				return badFrame("it ends in the middle")
			}
			return &BodyError{err}
		}
		if err := f.h.listen(f.c); err != nil {
			return err
		}
		if _, err := f.h.writePiece(f.c, p, ""); err != nil {
			return err
		}
		n, _ := f.in.Discard(len(p))
		size -= int64(n)
		f.total += int64(n)
	}
	return nil
}

// trailer takes the trailer section up to its end, and sends it.
func (f *framer) trailer() error {
	for {
		line, err := f.line()
		if err != nil {
			return err
		}
		if line == "" {
			return f.send("\r\n")
		}
		name, value, _ := strings.Cut(line, ":")
		if !h1.IsToken(name) || len(name) == len(line) || !h1.IsFieldValue(value) {
			return badFrame("a trailer line that is no field (RFC 9112 5)")
		}
		if err := message.CheckTrails(name); err != nil {
			return err
		}
		if err := f.send(line + "\r\n"); err != nil {
			return err
		}
	}
}

// send holds a line back, to leave with what follows it, or sends it if there is too much.
func (f *framer) send(line string) error {
	if f.h.held && len(f.h.x.work.out)+len(line) > mostHeld {
		if err := f.h.flush(f.c); err != nil {
			return err
		}
	}
	f.h.hold([]byte(line))
	return nil
}
