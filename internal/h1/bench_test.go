package h1

// How fast the bytes of usual responses go through.

import (
	"io"
	"strings"
	"testing"
)

func BenchmarkReadResponseHead(b *testing.B) {
	src := strings.NewReader(usualHead)
	r := newReader(src)
	bounds := defaults()
	var h ResponseHead
	b.SetBytes(int64(len(usualHead)))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(usualHead)
		r.Reset(src)
		if err := h.Read(r, bounds); err != nil || len(h.Fields) != 8 {
			b.Fatal(err, h)
		}
	}
}

func BenchmarkHeader(b *testing.B) {
	var h ResponseHead
	if err := h.Read(whole(usualHead), defaults()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(h.Header()) != 8 {
			b.Fatal("fields are missing")
		}
	}
}

func benchmarkBody(b *testing.B, f Framing, message string) {
	src := strings.NewReader(message)
	r := newReader(src)
	bounds := defaults()
	p := make([]byte, 32<<10)
	var body Body
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(message)
		r.Reset(src)
		body.Reset(r, f, bounds)
		for {
			if _, err := body.Read(p); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkChunked(b *testing.B) {
	for name, chunk := range map[string]string{
		"1":     "1\r\na\r\n",
		"15":    "f\r\n0123456789abcde\r\n",
		"4096":  "1000\r\n" + strings.Repeat("a", 4096) + "\r\n",
		"32768": "8000\r\n" + strings.Repeat("a", 32768) + "\r\n",
	} {
		b.Run(name, func(b *testing.B) {
			benchmarkBody(b, chunked, strings.Repeat(chunk, 1<<20/len(chunk))+"0\r\n\r\n")
		})
	}
}

func BenchmarkLength(b *testing.B) {
	benchmarkBody(b, Framing{ByLength, 1 << 20, false}, strings.Repeat("a", 1<<20))
}
