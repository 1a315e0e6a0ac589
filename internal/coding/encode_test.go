package coding

// What the tests decode: every coding, encoded by somebody.

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const text = "The bar-tailed godwit flies from Alaska to Tasmania without a rest. "

// A flusher is an encoder at work.
type flusher interface {
	io.WriteCloser
	Flush() error
}

// An encoder makes a coded form. There may be more than one of a coding.
type encoder struct {
	name, coding string
	begin        func(io.Writer) flusher
}

var encoders = []encoder{
	{"gzip", "gzip", func(w io.Writer) flusher { return gzip.NewWriter(w) }},
	{"zlib", "deflate", func(w io.Writer) flusher { return zlib.NewWriter(w) }},
	{"raw deflate", "deflate", func(w io.Writer) flusher { return must(flate.NewWriter(w, 6)) }},
	{"br", "br", func(w io.Writer) flusher { return brotli.NewWriter(w) }},
	{"br, small window", "br", func(w io.Writer) flusher {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 5, LGWin: 10})
	}},
	{"br, large window", "br", func(w io.Writer) flusher {
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: 9, LGWin: 24})
	}},
	{"br, fast", "br", func(w io.Writer) flusher { return brotli.NewWriterLevel(w, brotli.BestSpeed) }},
	{"zstd", "zstd", zstdWith(zstd.WithZeroFrames(true))},
	{"zstd without a sum", "zstd", zstdWith(zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))},
	{"zstd, small window", "zstd", zstdWith(zstd.WithZeroFrames(true), zstd.WithWindowSize(1<<10))},
	{"zstd, the largest window", "zstd", zstdWith(zstd.WithZeroFrames(true), zstd.WithWindowSize(maxWindow))},
	{"zstd in one segment", "zstd", func(w io.Writer) flusher { return &oneSegment{w: w} }},
}

func zstdWith(opts ...zstd.EOption) func(io.Writer) flusher {
	return func(w io.Writer) flusher {
		return must(zstd.NewWriter(w, append(opts, zstd.WithEncoderConcurrency(1))...))
	}
}

// oneSegment writes a frame that says how much it holds, for each flush one.
type oneSegment struct {
	w     io.Writer
	text  bytes.Buffer
	wrote bool
}

func (o *oneSegment) Write(p []byte) (int, error) { return o.text.Write(p) }

func (o *oneSegment) Flush() error {
	enc := must(zstd.NewWriter(nil, zstd.WithSingleSegment(true), zstd.WithZeroFrames(true), zstd.WithEncoderConcurrency(1)))
	defer enc.Close()
	_, err := o.w.Write(enc.EncodeAll(o.text.Bytes(), nil))
	o.text.Reset()
	o.wrote = true
	return err
}

func (o *oneSegment) Close() error {
	if o.wrote && o.text.Len() == 0 {
		return nil
	}
	return o.Flush()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// encode returns the coded form of p.
func (e encoder) encode(p string) string {
	var b strings.Builder
	w := e.begin(&b)
	must(io.WriteString(w, p))
	must(0, w.Close())
	return b.String()
}

// encode returns p in the first form of a coding.
func encode(coding, p string) string {
	for _, e := range encoders {
		if e.coding == coding {
			return e.encode(p)
		}
	}
	panic(coding)
}

func gz(p string) string  { return encode("gzip", p) }
func zl(p string) string  { return encode("deflate", p) }
func raw(p string) string { return encoders[2].encode(p) }
func br(p string) string  { return encode("br", p) }
func zs(p string) string  { return encode("zstd", p) }

// bombs are n zeros in every coding, and as small as that coding gets.
func bombs(t testing.TB, n int64) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, e := range encoders {
		if all[e.coding] != "" {
			continue
		}
		var b strings.Builder
		w := e.begin(&b)
		if _, err := io.Copy(w, zeros(n)); err != nil {
			t.Fatal(err)
		}
		w.Close()
		all[e.coding] = b.String()
	}
	return all
}

// zeros yields n zeros.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A body notes whether it was closed and how much was read of it.
type body struct {
	io.Reader
	read   int
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += n
	return n, err
}

func (b *body) Close() error { b.closed = true; return nil }

// decoding returns a body of these bytes, decoded.
func decoding(t testing.TB, coding, coded string, limits Limits) io.ReadCloser {
	t.Helper()
	return reading(t, coding, strings.NewReader(coded), limits)
}

// reading returns a body that comes from r, decoded.
func reading(t testing.TB, coding string, r io.Reader, limits Limits) io.ReadCloser {
	t.Helper()
	rc, err := Decode(&body{Reader: r}, []string{coding}, nil, limits)
	if err != nil || rc == nil {
		t.Fatalf("%s: %v, %v", coding, rc, err)
	}
	return rc
}
