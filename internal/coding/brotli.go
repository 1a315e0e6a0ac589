// br (RFC 7932). Its windows have 16 MiB at most: the large ones of a later format are refused.

package coding

import (
	"bufio"
	"bytes"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
)

// unbrotli undoes br.
type unbrotli struct {
	src  source
	z    *brotli.Reader
	done bool
}

func newUnbrotli() *unbrotli { return &unbrotli{z: new(brotli.Reader)} }

func (b *unbrotli) reset(src io.Reader) {
	b.src, b.done = source{r: src}, false
	_ = b.z.Reset(&b.src) // it returns nil
}

func (b *unbrotli) drop() { b.src.r = nothing{} }

func (b *unbrotli) Read(p []byte) (int, error) {
	if b.done {
		return 0, b.trailing()
	}
	for range maxIdle {
		n, err := b.z.Read(p)
		switch {
		case err == excess():
			if b.done = true; n == 0 {
				return 0, b.trailing()
			}
			return n, nil
		case err == io.ErrUnexpectedEOF && !b.src.begun:
			return 0, io.EOF // no bytes, no content
		case n > 0 || err != nil:
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// maxIdle is how often a decoder or its source may return nothing at all, as in bufio.
const maxIdle = 100

// trailing is skipTrailing. What the decoder has read ahead is gone already.
func (b *unbrotli) trailing() error { return skipTrailing(bufio.NewReader(&b.src)) }

// source notes whether anything has come.
type source struct {
	r     io.Reader
	begun bool
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.begun = s.begun || n > 0
	return n, err
}

// excess returns the error by which a brotli.Reader says that the stream is whole and that bytes
// trail behind. It has no name, so it is called forth once, by a stream without content and one
// byte more.
var excess = sync.OnceValue(func() error {
	_, err := brotli.NewReader(bytes.NewReader([]byte{0x06, 0})).Read(make([]byte, 1))
	return err
})
