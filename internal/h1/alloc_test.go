package h1

// What may be allocated: a head costs the same however many lines it has, and the bytes of
// a body nothing.

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// checkAllocs fails the test if f allocates more often than most.
func checkAllocs(t *testing.T, what string, most float64, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(200, f); got > most {
		t.Errorf("%s: %v allocations, want %v at most", what, got, most)
	}
}

func TestAllocsOfHead(t *testing.T) {
	many := "HTTP/1.1 200 OK\r\n"
	for i := range 100 {
		many += fmt.Sprintf("X-Field-%d: %d\r\n", i, i)
	}
	many += "\r\n"
	for name, message := range map[string]string{"usual": usualHead, "hundred fields": many, "no fields": "HTTP/1.1 204 No Content\r\n\r\n"} {
		src := strings.NewReader(message)
		r := newReader(src)
		bounds := defaults()
		var warm ResponseHead
		read := func(h *ResponseHead) {
			src.Reset(message)
			r.Reset(src)
			if err := h.Read(r, bounds); err != nil {
				t.Fatal(err)
			}
		}
		read(&warm)
		checkAllocs(t, name, 1, func() { read(&warm) })
		checkAllocs(t, name+", for the first time", 3, func() {
			var h ResponseHead
			read(&h)
		})
	}
}

func TestAllocsOfHeader(t *testing.T) {
	var h ResponseHead
	if err := h.Read(whole(usualHead), defaults()); err != nil {
		t.Fatal(err)
	}
	checkAllocs(t, "8 fields", 4, func() { _ = h.Header() })
	for i := range h.Fields { // as HTTP/2 gateways send them
		h.Fields[i].Name = strings.ToLower(h.Fields[i].Name)
	}
	checkAllocs(t, "8 fields in lower case", 4, func() { _ = h.Header() })
}

func TestAllocsOfFraming(t *testing.T) {
	var h ResponseHead
	if err := h.Read(whole(usualHead), defaults()); err != nil {
		t.Fatal(err)
	}
	checkAllocs(t, "ResponseFraming", 0, func() {
		if f, err := ResponseFraming("GET", h.Minor, h.Code, h.Fields); err != nil || f.Kind != ByLength {
			t.Fatal(f, err)
		}
	})
}

func TestAllocsOfRequest(t *testing.T) {
	fields := trace.Fields{{Name: "Host", Value: "example.com"}, {Name: "User-Agent", Value: "godwit"}, {Name: "Accept", Value: "*/*"}}
	buf := make([]byte, 0, 4096)
	checkAllocs(t, "AppendRequestHead", 0, func() {
		if _, err := AppendRequestHead(buf[:0], "GET", "/path?query", 1, fields); err != nil {
			t.Fatal(err)
		}
	})
	checkAllocs(t, "chunks", 0, func() {
		if _, err := AppendLastChunk(AppendChunkSize(buf[:0], 1<<20), fields); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAllocsOfBody(t *testing.T) {
	for _, c := range []struct {
		name, message string
		f             Framing
		most          float64
	}{
		{"length", strings.Repeat("x", 10_000), Framing{ByLength, 10_000, false}, 0},
		{"until close", strings.Repeat("x", 10_000), Framing{UntilClose, -1, true}, 0},
		{"chunked", strings.Repeat("1\r\na\r\n9\r\n123456789\r\nf\r\n0123456789abcde\r\n", 500) + "0\r\n\r\n", chunked, 1},
	} {
		src := strings.NewReader(c.message)
		r := bufio.NewReaderSize(src, MinBuffer)
		bounds := defaults()
		p := make([]byte, 1000)
		var b Body
		checkAllocs(t, c.name, c.most, func() {
			src.Reset(c.message)
			r.Reset(src)
			b.Reset(r, c.f, bounds)
			for {
				if _, err := b.Read(p); err == io.EOF {
					return
				} else if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A response cannot make us pay for what it has only announced: not for a length, not for
// a chunk's size, and not for lines of which there are too many.
func TestAllocsOfAnnouncements(t *testing.T) {
	p := make([]byte, 64)
	for _, f := range []Framing{{ByLength, 1<<63 - 1, false}, chunked} {
		message := "7fffffffffffffff\r\nhello"
		bytes := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var body Body
				body.Reset(whole(message), f, defaults())
				for {
					if _, err := body.Read(p); err != nil {
						break
					}
				}
			}
		}).AllocedBytesPerOp()
		if bytes > 2*MinBuffer {
			t.Errorf("%+v: %d bytes", f, bytes)
		}
	}
}
