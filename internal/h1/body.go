package h1

import (
	"bufio"
	"bytes"
	"io"
	"math"

	"example.com/godwit/trace"
)

// A Body reads the body of a response up to its end and not a byte further. With the last
// byte comes io.EOF if that can be known without waiting; so a reader that stops when it
// has all it wants leaves the connection fit for use.
type Body struct {
	r       *bufio.Reader
	bounds  *Bounds
	framing Framing
	read    int64 // bytes given out so far
	left    int64 // bytes until the end of the body, or of the chunk
	balance int   // see chunkLine
	where   position
	err     error // what every further Read returns; io.EOF: the body is complete
	trailer trace.Fields
}

// A position is where in a chunked body the reader stands.
type position uint8

const (
	atSize    position = iota // before a chunk-size line
	inData                    // in a chunk
	atDataEnd                 // before the CRLF that ends a chunk's data
	atTrailer                 // behind the last chunk's line
)

// Reset prepares b to read a body that is framed as f says. bounds must have its defaults
// filled in, and must stay as it is.
func (b *Body) Reset(r *bufio.Reader, f Framing, bounds *Bounds) {
	*b = Body{r: r, bounds: bounds, framing: f}
	switch f.Kind {
	case NoBody:
		b.err = io.EOF
	case ByLength:
		if b.left = f.Length; b.left == 0 {
			b.err = io.EOF
		}
	case UntilClose:
		b.left = math.MaxInt64
	}
}

// Err returns what ended the body: io.EOF if it is complete, nil if there is more to read.
func (b *Body) Err() error { return b.err }

// Left returns how many bytes are still to come, -1 if that is not known.
func (b *Body) Left() int64 {
	switch {
	case b.err != nil:
		return 0
	case b.framing.Kind == ByLength:
		return b.left
	}
	return -1
}

// Count returns how many bytes have been given out.
func (b *Body) Count() int64 { return b.read }

// Trailer returns the fields that followed a chunked body, after Read has returned io.EOF.
func (b *Body) Trailer() trace.Fields { return b.trailer }

// Read reads up to len(p) bytes. A body that is cut short is an [IncompleteReadError].
// Errors other than the protocol's come back as the reader gave them, and may pass.
func (b *Body) Read(p []byte) (n int, err error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if b.framing.Kind == Chunked {
		n, err = b.readChunked(p)
	} else {
		n, err = b.readPlain(p)
	}
	b.read += int64(n)
	if err != nil && isFinal(err) {
		b.err = err
		if e, ok := err.(*IncompleteReadError); ok {
			b.fillIn(e)
		}
	}
	return n, err
}

// isFinal reports whether an error ends the body: the end of it does, and what breaks the
// protocol. Other errors of the reader (a deadline) need not.
func isFinal(err error) bool {
	if err == io.EOF {
		return true
	}
	is, ok := err.(interface{ Is(error) bool })
	return ok && is.Is(ErrHTTP)
}

// fillIn says how much of the body had come when it was cut.
func (b *Body) fillIn(e *IncompleteReadError) {
	e.Partial, e.Expected, e.Head = b.read, -1, false
	if b.framing.Kind == ByLength {
		e.Expected = b.framing.Length
	}
}

func (b *Body) readPlain(p []byte) (int, error) {
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	switch {
	case b.framing.Kind == UntilClose && err == io.EOF:
		return n, io.EOF
	case b.left == 0:
		return n, io.EOF
	}
	return n, cut(err)
}

// readChunked fills p with the data of one or more chunks. It waits for the server only
// while it has nothing to return.
func (b *Body) readChunked(p []byte) (n int, err error) {
	for {
		switch b.where {
		case inData:
			if n == len(p) {
				return n, nil
			}
			if n > 0 && b.r.Buffered() == 0 {
				return n, nil
			}
			q := p[n:]
			if int64(len(q)) > b.left {
				q = q[:b.left]
			}
			m, err := b.r.Read(q)
			n += m
			if b.left -= int64(m); b.left == 0 {
				b.where = atDataEnd
			}
			if err != nil || m == 0 {
				return n, cut(err)
			}
		case atDataEnd:
			if n > 0 && b.r.Buffered() < 2 {
				return n, nil
			}
			if err := b.dataEnd(); err != nil {
				return n, err
			}
			b.where = atSize
		case atSize:
			if n > 0 && !b.lineBuffered() {
				return n, nil
			}
			if err := b.chunkLine(); err != nil {
				return n, err
			}
		case atTrailer:
			// A trailer section that is empty is a lone CRLF; any other may have to be waited
			// for, which is for the next call if this one has data.
			if n > 0 && !b.emptyLineBuffered() {
				return n, nil
			}
			return n, b.readTrailer()
		}
	}
}

// cut makes the end of the connection an error: it came before the end of the body.
// (crypto/tls says io.ErrUnexpectedEOF if it ended in the middle of a record.)
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &IncompleteReadError{}
	}
	return err
}

func (b *Body) lineBuffered() bool {
	window, _ := b.r.Peek(b.r.Buffered())
	return bytes.IndexByte(window, '\n') >= 0
}

func (b *Body) emptyLineBuffered() bool {
	if b.r.Buffered() < 2 {
		return false
	}
	window, _ := b.r.Peek(2)
	return window[0] == '\r' && window[1] == '\n'
}

func (b *Body) readTrailer() error {
	s := scanner{bounds: b.bounds, section: trailerFields}
	trailer, err := readBlock(b.r, &s)
	if err != nil {
		if trailer.torn {
			b.err = err
		}
		return err
	}
	if trailer.lines > 0 {
		l := cutter{text: trailer.text}
		if b.trailer, err = parseFields(make(trace.Fields, 0, trailer.lines), &l); err != nil {
			return err
		}
	}
	return io.EOF
}
