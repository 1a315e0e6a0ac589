// Multipart bodies: how they are laid out, and read without being held in memory.

package godwit

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"strings"
	"sync"
)

const (
	// mostCopied is how long a part in memory may be to be copied in between its
	// neighbours; a longer one stays where it is.
	mostCopied = 4 << 10

	// mostWhole is how long a body in memory may be to be made one piece, which is sent
	// with the head in one write.
	mostWhole = 16 << 10
)

// A multipartLayout is what stands where in a multipart body.
type multipartLayout struct {
	boundary string
	chosen   bool   // by the caller
	text     []byte // what follows the segments
	segments []segment
	size     int64 // of the segments; -1: unknown
	begun    bool  // there is a part
	live     bool  // there is a segment that is not in memory
	once     bool  // there is one that can be read but once
}

// A segment of a multipart body is text, or the body of a part.
type segment struct {
	text []byte
	body *Body  // nil: text is it
	part string // whose body it is
}

// add adds a part.
func (l *multipartLayout) add(p Part) error {
	if p.err != nil {
		return p.err
	}
	body, err := p.Body.usable()
	if err != nil {
		return err
	}
	if body == nil {
		return errNoBody
	}
	if l.begun {
		l.text = append(l.text, "\r\n"...)
	}
	l.begun = true
	l.text = append(append(append(l.text, "--"...), l.boundary...), "\r\n"...)
	if l.text, err = p.appendHead(l.text); err != nil {
		return err
	}
	text, inMemory := body.bytes()
	if !inMemory {
		l.live, l.once = true, l.once || body.once
		return l.put(segment{body: body, part: p.Name}, body.Size)
	}
	if l.chosen && bytes.Contains(text, []byte("--"+l.boundary)) {
		return errBoundaryUsed
	}
	if len(text) <= mostCopied {
		l.text = append(l.text, text...)
		return nil
	}
	return l.put(segment{text: text}, int64(len(text)))
}

// put puts a segment behind the text so far.
func (l *multipartLayout) put(s segment, size int64) (err error) {
	if len(l.text) > 0 {
		l.segments = append(l.segments, segment{text: l.text})
		if l.size, err = addSizes(l.size, int64(len(l.text))); err != nil {
			return err
		}
		l.text = nil
	}
	l.segments = append(l.segments, s)
	l.size, err = addSizes(l.size, size)
	return err
}

// body ends the layout and returns the body that it describes.
func (l *multipartLayout) body() (*Body, error) {
	if l.begun {
		l.text = append(l.text, "\r\n"...)
	}
	last := append(append(append(l.text, "--"...), l.boundary...), "--\r\n"...)
	l.text = nil
	if err := l.put(segment{text: last}, int64(len(last))); err != nil {
		return nil, err
	}
	var b *Body
	if !l.live && l.size <= mostWhole {
		b = Bytes(l.whole(), "")
	} else {
		segments := l.segments
		b = &Body{Size: l.size, once: l.once, Open: func() (io.ReadCloser, error) {
			return &multipartReader{segments: segments}, nil
		}}
	}
	b.Type, b.boundary = multipartType(l.boundary), l.boundary
	return b, nil
}

// whole returns a body that is in memory in one piece.
func (l *multipartLayout) whole() []byte {
	if len(l.segments) == 1 {
		return l.segments[0].text
	}
	all := make([]byte, 0, l.size)
	for _, s := range l.segments {
		all = append(all, s.text...)
	}
	return all
}

// multipartType returns the Content-Type.
func multipartType(boundary string) string {
	if !isToken(boundary) {
		boundary = `"` + boundary + `"` // it has neither quote nor backslash
	}
	return "multipart/form-data; boundary=" + boundary
}

// hasBoundary reports whether a Content-Type is a multipart one with that boundary.
func hasBoundary(contentType, boundary string) bool {
	t, params, err := mime.ParseMediaType(contentType)
	return err == nil && strings.HasPrefix(t, "multipart/") && params["boundary"] == boundary
}

// A multipartReader reads a multipart body once. It opens the body of a part when it comes
// to it and closes it behind it, so a thousand files take one descriptor.
type multipartReader struct {
	segments []segment // those that are left, behind the one that is being read
	text     []byte    // what is left of it, if it is text
	part     *partReader

	mu     sync.Mutex // guards the following; it is not held while anything is read
	open   io.Closer  // what Close has to close; nil: nothing
	closed bool
}

// A partReader reads the body of a part.
type partReader struct {
	exactReader
	name string
}

// Read fills p across parts. It does not wait for more where a part has brought something.
func (r *multipartReader) Read(p []byte) (n int, err error) {
	if r.isClosed() {
		return 0, errBodyClosed
	}
	for n < len(p) {
		switch {
		case len(r.text) > 0:
			k := copy(p[n:], r.text)
			r.text, n = r.text[k:], n+k
		case r.part != nil:
			k, err := r.part.Read(p[n:])
			n += k
			if err == io.EOF {
				err = r.leave()
			} else if err == nil && (k == 0 || r.part.left != 0) {
				return n, nil
			}
			if err != nil {
				return n, err
			}
		case len(r.segments) == 0:
			return n, io.EOF
		default:
			if err := r.enter(r.segments[0]); err != nil {
				return n, err
			}
			r.segments = r.segments[1:]
		}
	}
	return n, nil
}

// Read reads, and makes an error one of the part.
func (r *partReader) Read(p []byte) (int, error) {
	n, err := r.exactReader.Read(p)
	if err != nil && err != io.EOF {
		err = partError(r.name, err)
	}
	return n, err
}

func partError(name string, err error) error { return fmt.Errorf("part %q: %w", clip(name, 60), err) }

// enter begins with a segment.
func (r *multipartReader) enter(s segment) error {
	if s.body == nil {
		r.text = s.text
		return nil
	}
	rc, err := s.body.Open()
	if err != nil {
		return partError(s.part, err)
	}
	if !r.hold(rc) {
		rc.Close()
		return errBodyClosed
	}
	r.part = &partReader{exactly(rc, s.body.Size), s.part}
	return nil
}

// hold has Close close rc, and reports false if it has been called already.
func (r *multipartReader) hold(rc io.Closer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.open = rc
	}
	return !r.closed
}

func (r *multipartReader) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// leave ends the part that is being read.
func (r *multipartReader) leave() error {
	name := r.part.name
	r.part = nil
	r.mu.Lock()
	open := r.open
	r.open = nil
	r.mu.Unlock()
	if open == nil {
		return errBodyClosed // Close has been here
	}
	if err := open.Close(); err != nil {
		return partError(name, err)
	}
	return nil
}

// Close closes the part that is being read.
func (r *multipartReader) Close() error {
	r.mu.Lock()
	open := r.open
	r.open, r.closed = nil, true
	r.mu.Unlock()
	if open == nil {
		return nil
	}
	return open.Close()
}
