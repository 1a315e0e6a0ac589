// zstd (RFC 8878), with windows of 8 MiB at most (RFC 9659) and without dictionaries.

package coding

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/zstd"
)

// unzstd undoes zstd, in the caller's goroutine.
type unzstd struct {
	frames frames
	z      *zstd.Decoder
}

func newUnzstd() *unzstd {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		panic(err) // the options are constants: it cannot fail
	}
	return &unzstd{frames: frames{src: bufio.NewReader(nil)}, z: z}
}

func (u *unzstd) reset(src io.Reader) {
	u.frames.reset(src)
	_ = u.z.Reset(&u.frames) // an error would be one of Close, which nobody calls
}

func (u *unzstd) drop() { u.frames.src.Reset(nothing{}) }

func (u *unzstd) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	u.frames.content = u.frames.content || n > 0
	if err != nil && u.frames.err != nil {
		err = u.frames.err // the decoder takes some of them for the end
	}
	return n, err
}
