// What the decoders have in common: their pools, and what may stand around coded data.

package coding

import (
	"bufio"
	"errors"
	"io"
	"sync"
)

// A decoder undoes one coding. Its Read ends in io.EOF only where the coded data is whole.
type decoder interface {
	io.Reader
	reset(src io.Reader)
	drop() // lets go of the source, so that a decoder in a pool holds on to nobody's body
}

// Decoders are used again: they have tables and windows of up to 16 MiB.
var (
	gzipPool    = sync.Pool{New: func() any { return &gunzip{src: bufio.NewReader(nil)} }}
	deflatePool = sync.Pool{New: func() any { return &inflate{src: bufio.NewReader(nil)} }}
	brotliPool  = sync.Pool{New: func() any { return newUnbrotli() }}
	zstdPool    = sync.Pool{New: func() any { return newUnzstd() }}
)

// poolOf returns the decoders of a coding; nil if it is none of ours.
func poolOf(name string) *sync.Pool {
	switch name {
	case "gzip":
		return &gzipPool
	case "deflate":
		return &deflatePool
	case "br":
		return &brotliPool
	case "zstd":
		return &zstdPool
	}
	return nil
}

const (
	// maxEmpty bounds the gzip members or zstd frames without content that may follow each
	// other. No encoder makes them; a million of them stand for nothing but work
	// (CVE-2022-30631).
	maxEmpty = 1000

	// maxTrailing bounds the bytes that may follow the coded data. Some servers pad with
	// zeros, and browsers and curl let that pass.
	maxTrailing = 64 << 10
)

var (
	errEmpty    = errors.New("too many members without content")
	errTrailing = errors.New("data after the end")
)

// nothing is what a decoder in a pool reads from.
type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

// skipTrailing reads what is left, so that the connection can serve again, and returns
// io.EOF unless reading fails or there is too much.
func skipTrailing(src *bufio.Reader) error {
	if _, err := src.Discard(maxTrailing); err != nil {
		return err
	}
	if _, err := src.Peek(1); err != nil {
		return err
	}
	return errTrailing
}

// unexpected makes an end where there must not be one an error.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
