// CompressBody: bodies that are sent in gzip.

package godwit

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// leastCompressed is how long a body must be to be compressed. What is shorter goes into
// one packet with the head as it is.
const leastCompressed = 1 << 10

var errCodedTwice = errors.New("CompressBody and a Content-Encoding of the caller's: leave out one of them")

// compress puts the body into gzip, if that is worth it. A body that is in memory stays
// there, with its length known; any other is compressed while it is sent, in chunks.
func (r *Request) compress() error {
	b := r.Body
	if _, set := r.Header["Content-Encoding"]; set {
		return errCodedTwice
	}
	if b.Size >= 0 && b.Size < leastCompressed {
		return nil
	}
	coded := &Body{Type: b.Type, Size: -1, once: b.once, Open: func() (io.ReadCloser, error) {
		rc, err := b.Open()
		if err != nil {
			return nil, err
		}
		return &gzipBody{src: exactly(rc, b.Size)}, nil
	}}
	if plain, ok := b.bytes(); ok {
		packed := pack(plain)
		if len(packed) >= len(plain) {
			return nil // it is coded, or encrypted, already
		}
		coded = Bytes(packed, b.Type)
	}
	r.Body = coded
	r.Header["Content-Encoding"] = []string{"gzip"}
	return nil
}

// pack returns a text in gzip.
func pack(text []byte) []byte {
	p := packers.Get().(*packer)
	defer packers.Put(p)
	p.reset()
	_, _ = p.gzip.Write(text) // into memory
	_ = p.gzip.Close()
	return bytes.Clone(p.out.Bytes())
}

// A packer is an encoder, with its room: 300 KB that are not to be made for each body.
type packer struct {
	gzip *gzip.Writer
	out  bytes.Buffer
	in   [32 << 10]byte
}

var packers = sync.Pool{New: func() any {
	p := new(packer)
	p.gzip = gzip.NewWriter(&p.out)
	return p
}}

func (p *packer) reset() {
	p.out.Reset()
	p.gzip.Reset(&p.out)
}

// A gzipBody is a body that is compressed as it is read. What comes from its source is held
// back until there is enough of it to be a block.
type gzipBody struct {
	src    exactReader
	packer *packer // nil: not begun, or over
	err    error   // why it is over
}

// Read reads. It alone touches the packer, and gives it back, because Close may be called
// meanwhile.
func (b *gzipBody) Read(p []byte) (int, error) {
	if b.packer == nil && b.err == nil {
		b.packer = packers.Get().(*packer)
		b.packer.reset()
	}
	for b.err == nil && b.packer.out.Len() == 0 {
		b.err = b.fill()
	}
	if b.packer != nil {
		if n, _ := b.packer.out.Read(p); n > 0 || len(p) == 0 {
			return n, nil
		}
		packers.Put(b.packer)
		b.packer = nil
	}
	return 0, b.err
}

// fill compresses what the source yields. The error is io.EOF when all of it is in out.
func (b *gzipBody) fill() error {
	n, err := b.src.Read(b.packer.in[:])
	if _, werr := b.packer.gzip.Write(b.packer.in[:n]); werr != nil {
		return werr
	}
	if err == io.EOF {
		if werr := b.packer.gzip.Close(); werr != nil {
			return werr
		}
	}
	return err
}

// Close closes the source.
func (b *gzipBody) Close() error { return b.src.Close() }
