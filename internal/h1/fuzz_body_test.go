package h1

// Properties that hold for whatever bytes come: of chunked bodies and of trailers.

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/trace"
)

// decoded is all that can be said of a chunked body.
type decoded struct {
	data    string
	trailer trace.Fields
	err     error // nil at the end
	taken   int   // bytes
}

// decode reads a chunked body from a source that delivers it as it likes, with buffers of
// the sizes that size returns, 8 KiB at most.
func decode(input string, src io.Reader, bounds *Bounds, size func() int) decoded {
	r := newReader(src)
	var b Body
	b.Reset(r, chunked, bounds)
	var d decoded
	var all bytes.Buffer
	p := make([]byte, 8<<10)
	for {
		n, err := b.Read(p[:size()])
		all.Write(p[:n])
		if err != nil {
			if err != io.EOF {
				d.err = err
			}
			break
		}
	}
	d.data, d.trailer, d.taken = all.String(), b.Trailer(), taken(input, r)
	return d
}

// scattered delivers between 1 and 9 bytes at a time.
type scattered struct {
	r   io.Reader
	rnd *rand.Rand
}

func (s scattered) Read(p []byte) (int, error) {
	return s.r.Read(p[:min(len(p), 1+s.rnd.IntN(9))])
}

func always(n int) func() int { return func() int { return n } }

// checkReadings decodes the same body in several ways and expects them to agree in all; of
// a body in error, what was taken has no meaning.
func checkReadings(t *testing.T, input string, bounds *Bounds, seed uint64) decoded {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	want := decode(input, strings.NewReader(input), bounds, always(8<<10))
	for _, way := range []struct {
		name string
		src  io.Reader
		size func() int
	}{
		{"byte by byte", iotest.OneByteReader(strings.NewReader(input)), always(8 << 10)},
		{"byte by byte on both sides", iotest.OneByteReader(strings.NewReader(input)), always(1)},
		{"at once, out byte by byte", strings.NewReader(input), always(1)},
		{"end with the last byte", iotest.DataErrReader(strings.NewReader(input)), always(100)},
		{"scattered", scattered{strings.NewReader(input), rnd}, func() int { return 1 + rnd.IntN(20) }},
	} {
		name, got := way.name, decode(input, way.src, bounds, way.size)
		if got.data != want.data || !reflect.DeepEqual(got.trailer, want.trailer) {
			t.Fatalf("%s: %q, %v; at once %q, %v", name, got.data, got.trailer, want.data, want.trailer)
		}
		if (got.err == nil) != (want.err == nil) || bounds != narrow && !reflect.DeepEqual(got.err, want.err) {
			t.Fatalf("%s: %v; at once %v", name, got.err, want.err)
		}
		if want.err == nil && got.taken != want.taken {
			t.Fatalf("%s: %d bytes taken, at once %d", name, got.taken, want.taken)
		}
	}
	return want
}

func FuzzChunked(f *testing.F) {
	for _, seed := range []string{
		"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n" + stale, "5\r\nhello\r\n6;a=\"b\"\r\n world\r\n000\r\nA: b\r\n c\r\n\r\n",
		"5\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5;\n\r\nhello\r\n0\r\n\r\n",
		"7fffffffffffffff\r\nhello", "ffffffffffffffff\r\nhello", "1;" + strings.Repeat("x", 100) + "\r\na\r\n0\r\n\r\n", "2 \t\r\nhi\r\n0\r\n\n",
		"A\r\n0123456789\r\na;\r\nabcdefghij\r\n0;\r\nContent-Length: 5\r\n\r\n", "0\r\n \r\n\r\n", "0\r\nA\r\n\r\n", "0\r\nA: \x00\r\n\r\n",
	} {
		f.Add(seed, uint64(1))
	}
	f.Fuzz(func(t *testing.T, input string, seed uint64) {
		if len(input) > 32<<10 {
			return
		}
		checkReadings(t, input, narrow, seed)
		got := checkReadings(t, input, defaults(), seed)
		if len(got.data) > len(input) {
			t.Fatalf("%d bytes of data in %d", len(got.data), len(input))
		}
		if got.err != nil {
			if !errors.Is(got.err, ErrHTTP) {
				t.Fatalf("untyped: %v", got.err)
			}
			if e, ok := errors.AsType[*IncompleteReadError](got.err); ok && (e.Partial != int64(len(got.data)) || e.Expected != -1 || e.Head) {
				t.Fatalf("%#v after %d bytes", e, len(got.data))
			}
			return
		}
		if !strings.HasSuffix(input[:got.taken], "\r\n") {
			t.Fatalf("the body ends in %q", input[:got.taken])
		}
		// What follows makes no difference.
		if more := decode(input[:got.taken]+stale, strings.NewReader(input[:got.taken]+stale), defaults(), always(64)); !reflect.DeepEqual(more, got) {
			t.Fatalf("with trailing bytes %+v, without %+v", more, got)
		}
		checkEncoded(t, got, rand.New(rand.NewPCG(seed, 2)))
	})
}

// checkEncoded writes a body again, in other chunks, and expects to read the same.
func checkEncoded(t *testing.T, want decoded, rnd *rand.Rand) {
	t.Helper()
	var out []byte
	for rest := want.data; rest != ""; {
		n := 1 + rnd.IntN(len(rest))
		out = AppendChunkSize(out, n)
		out = append(append(out, rest[:n]...), '\r', '\n')
		rest = rest[n:]
	}
	out, err := AppendLastChunk(out, want.trailer)
	if err != nil {
		t.Fatalf("the trailer cannot be written: %v", err)
	}
	got := decode(string(out), bytes.NewReader(out), defaults(), always(50))
	if got.err != nil || got.data != want.data || !equalFields(got.trailer, want.trailer) || got.taken != len(out) {
		t.Fatalf("encoded as %q and read as %+v", out, got)
	}
}

func FuzzTrailer(f *testing.F) {
	for _, seed := range []string{
		"\r\n", "A: b\r\n\r\n" + stale, "A: b\r\nA : c\r\n d\r\n\r\n", "\n", "A: b\n\r\n", "A: b\r\n\n", "A: b\r\n\r\r\n", " A: b\r\n\r\n", "A\r\n\r\n",
		": b\r\n\r\n", "Transfer-Encoding : x\r\n\r\n", "Content-Length: 1\r\n 2\r\n\r\n", "A: \x00\r\n\r\n", strings.Repeat("A: b\r\n", 9) + "\r\n", "A: b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		if len(lines) > 32<<10 {
			return
		}
		input := "0\r\n" + lines
		checkReadings(t, input, narrow, 1)
		got := checkReadings(t, input, defaults(), 1)
		if got.err != nil {
			if !errors.Is(got.err, ErrHTTP) {
				t.Fatalf("untyped: %v", got.err)
			}
			return
		}
		section := lines[:got.taken-3]
		if section != "\r\n" && strings.Index("\r\n"+section, "\r\n\r\n") != len(section)-2 {
			t.Fatalf("a trailer section that does not end at its first empty line: %q", section)
		}
		if strings.Count(section, "\n") != strings.Count(section, "\r\n") || strings.Count(section, "\r") != strings.Count(section, "\r\n") {
			t.Fatalf("lone line ends pass: %q", section)
		}
		checkEncoded(t, got, nil)
		// A head of the same lines has the same fields.
		if section == "\r\n" {
			return
		}
		var h ResponseHead
		if err := h.Read(whole("HTTP/1.1 200 OK\r\n"+section), defaults()); err != nil || !equalFields(h.Fields, got.trailer) {
			t.Fatalf("in a head %v, %v; in a trailer %v", h.Fields, err, got.trailer)
		}
	})
}
