// Bodies of requests: recipes, which can be read once for each time they are sent.

package godwit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"example.com/godwit/internal/jsonx"
)

// A Body is a recipe for the bytes of a request's body.
//
// Open is called once for each time that the request is sent: a redirect or a lost
// connection may ask for it again. Whoever called it closes what it returns.
type Body struct {
	Type string // the Content-Type, unless the header has one; "": none
	Size int64  // how many bytes there are; 0: none; -1: unknown, so they are sent in chunks
	Open func() (io.ReadCloser, error)

	once     bool   // Open can be called but once
	memory   bool   // Open returns a *byteBody
	file     bool   // Open returns an *os.File, whose size is asked for when the body is used
	boundary string // what keeps the parts of a multipart body apart
}

// Apply sets Request.Body.
func (b *Body) Apply(r *Request) error {
	b, err := b.usable()
	if err != nil {
		return err
	}
	r.Body = b
	return nil
}

var errNoOpen = errors.New("a Body without Open")

// usable returns the body with its size, if that is to be asked for; nil if there is none.
func (b *Body) usable() (*Body, error) {
	switch {
	case b == nil:
		return nil, nil
	case b.Open == nil:
		return nil, errNoOpen
	case b.file:
		return b.measured()
	}
	return b, nil
}

// JSON is a body that is v in JSON (application/json), as encoding/json writes it but for <, >
// and &, which stay as they are. It is encoded when the option is applied.
func JSON(v any) Option { return jsonBody{v} }

type jsonBody struct{ v any }

// Apply sets Request.Body.
func (j jsonBody) Apply(r *Request) error {
	text, err := jsonx.Marshal(j.v)
	if err != nil {
		return err
	}
	return Bytes(text, "application/json").Apply(r)
}

// Bytes is a body of bytes, which must not be altered any more.
func Bytes(p []byte, contentType string) *Body {
	return &Body{Type: contentType, Size: int64(len(p)), memory: true, Open: func() (io.ReadCloser, error) {
		b := &byteBody{all: p}
		b.Reset(p)
		return b, nil
	}}
}

type byteBody struct {
	bytes.Reader
	all []byte
}

func (*byteBody) Close() error { return nil }

// bytes returns what the body consists of, if that is in memory. It looks at what Open
// returns, since that may have become another's.
func (b *Body) bytes() ([]byte, bool) {
	if !b.memory {
		return nil, false
	}
	rc, err := b.Open()
	if err != nil {
		return nil, false
	}
	defer rc.Close()
	if bb, ok := rc.(*byteBody); ok && int64(len(bb.all)) == b.Size {
		return bb.all, true
	}
	return nil, false
}

// An exactReader reads what must have a certain length: a byte less is an error, and so is
// one more.
type exactReader struct {
	io.ReadCloser
	size, left int64 // negative: any number will do
}

func exactly(rc io.ReadCloser, size int64) exactReader { return exactReader{rc, size, size} }

// Read reads.
func (r *exactReader) Read(p []byte) (int, error) {
	if r.size < 0 {
		return r.ReadCloser.Read(p)
	}
	if int64(len(p)) > r.left+1 { // a byte more, to notice that there is one
		p = p[:r.left+1]
	}
	n, err := r.ReadCloser.Read(p)
	switch {
	case int64(n) > r.left:
		n, err = int(r.left), fmt.Errorf("a body of more than %d bytes, which it was said to have", r.size)
	case err == io.EOF && int64(n) < r.left:
		err = fmt.Errorf("a body of %d bytes, which was said to have %d", r.size-r.left+int64(n), r.size)
	}
	r.left -= int64(n)
	return n, err
}

// Reader is a body that is what rd yields from where it stands.
//
// If rd can be rewound (a file, a bytes.Reader), its length is sent, it is read again as
// often as needed (by several calls at once if it is an io.ReaderAt too), and closing it
// remains its owner's business. Anything else can be sent but once, in chunks, and is closed
// then if it is an io.Closer; if it is needed again the call ends in [ErrUnrewindable].
func Reader(rd io.Reader, contentType string) *Body {
	switch x := rd.(type) {
	case nil:
		return &Body{Type: contentType} // which Apply refuses
	case *bytes.Buffer:
		return Bytes(x.Bytes(), contentType)
	}
	if s, ok := rd.(io.Seeker); ok {
		if b := seekable(s, rd); b != nil {
			b.Type = contentType
			return b
		}
	}
	var used atomic.Bool
	return &Body{Type: contentType, Size: -1, once: true, Open: func() (io.ReadCloser, error) {
		if used.Swap(true) {
			return nil, errUsedUp
		}
		if rc, ok := rd.(io.ReadCloser); ok {
			return rc, nil
		}
		return io.NopCloser(rd), nil
	}}
}

// seekable returns the recipe for what can be rewound, nil if it cannot (a pipe has a Seek,
// but it fails).
func seekable(s io.Seeker, rd io.Reader) *Body {
	start, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil
	}
	end, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	if _, err := s.Seek(start, io.SeekStart); err != nil {
		return nil
	}
	size := max(end-start, 0)
	b := &Body{Size: size}
	if at, ok := rd.(io.ReaderAt); ok {
		// Each sending reads at places of its own, so they can go on at the same time.
		b.Open = func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(at, start, size)), nil
		}
		return b
	}
	b.Open = func() (io.ReadCloser, error) {
		if _, err := s.Seek(start, io.SeekStart); err != nil {
			return nil, err
		}
		return io.NopCloser(io.LimitReader(rd, size)), nil
	}
	return b
}

var errUsedUp = kindError{ErrUnrewindable, "the body comes from a reader that can be read but once"}

// lazyBody stands in a prepared request for a body that is opened when somebody reads it:
// the session opens another for each time that it sends the request.
type lazyBody struct {
	open func() (io.ReadCloser, error)
	of   *prepared // whose GetBody has returned it; nil: none has

	mu     sync.Mutex // guards the following
	rc     io.ReadCloser
	closed bool
}

func (b *lazyBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, errBodyClosed
	}
	if b.rc == nil {
		rc, err := b.open()
		if err != nil {
			return 0, err
		}
		b.rc = rc
	}
	return b.rc.Read(p)
}

func (b *lazyBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.rc == nil {
		return nil
	}
	return b.rc.Close()
}

var errBodyClosed = errors.New("the body is closed")
