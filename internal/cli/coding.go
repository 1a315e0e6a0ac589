package cli

// Bodies that are sent in gzip.

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"

	"example.com/godwit"
)

// maxPacked is how long a body may be to be compressed before it is sent, so that its length
// is known.
const maxPacked = 1 << 20

// coding returns the options that have the body compressed.
func (b *bodyOptions) coding() []godwit.Option {
	switch {
	case b.compress == 0:
		return nil
	case b.compress > 1:
		return []godwit.Option{godwit.CompressBody, godwit.OptionFunc(packAnyway)}
	}
	return []godwit.Option{godwit.CompressBody}
}

var errCodedTwice = errors.New("--compress, and a Content-Encoding: leave out one of them")

// packAnyway compresses a body that the library would leave as it is: one that is short, or
// that does not get any shorter.
func packAnyway(r *godwit.Request) error {
	b := r.Body
	switch {
	case b == nil || b.Size == 0:
		return nil
	case b.Size < 0 || b.Size > maxPacked:
		unsized := *b
		unsized.Size = -1 // which is compressed while it is sent
		r.Body = &unsized
		return nil
	}
	if _, set := r.Header["Content-Encoding"]; set {
		return errCodedTwice
	}
	rc, err := b.Open()
	if err != nil {
		return err
	}
	defer rc.Close()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.Copy(w, rc); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	r.CompressBody = false
	r.Header["Content-Encoding"] = []string{"gzip"}
	r.Body = godwit.Bytes(out.Bytes(), b.Type)
	return nil
}
