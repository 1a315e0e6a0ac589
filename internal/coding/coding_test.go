package coding

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

const text = "The bar-tailed godwit flies from Alaska to Tasmania without a rest. "

func gz(p string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, p)
	w.Close()
	return b.String()
}

func zl(p string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, p)
	w.Close()
	return b.String()
}

func raw(p string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 6)
	io.WriteString(w, p)
	w.Close()
	return b.String()
}

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

func TestParse(t *testing.T) {
	for _, c := range []struct {
		fields []string
		want   []string
		err    error
	}{
		{nil, nil, nil},
		{[]string{"identity"}, nil, nil},
		{[]string{"", " , ,"}, nil, nil},
		{[]string{"gzip"}, []string{"gzip"}, nil},
		{[]string{"X-GZip"}, []string{"gzip"}, nil},
		{[]string{"DEFLATE,identity,\tgzip "}, []string{"deflate", "gzip"}, nil},
		{[]string{"gzip", "deflate", "gzip"}, []string{"gzip", "deflate", "gzip"}, nil},
		{[]string{"gzip, gzip", "gzip, gzip"}, nil, errTooMany},
		{[]string{"gzip", "gzip", "gzip", "gzip"}, nil, errTooMany},
		{[]string{"br"}, nil, errUnknown},
		{[]string{"gzip, \x1b[2J"}, nil, errUnknown},
		{[]string{strings.Repeat("x", 1<<16)}, nil, errUnknown},
	} {
		got, err := parse(c.fields)
		if !slices.Equal(got, c.want) || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("parse(%.40q) = %q, %v; want %q, %v", c.fields, got, err, c.want, c.err)
		}
		if err != nil && (len(err.Error()) > 200 || strings.ContainsRune(err.Error(), '\x1b')) {
			t.Errorf("parse(%.40q): error is not fit to print: %.300q", c.fields, err)
		}
	}
}

func TestUnknownCodingLeavesTheBody(t *testing.T) {
	b := &body{Reader: strings.NewReader("x")}
	rc, err := Decode(b, []string{"br"}, Limits{})
	if _, ok := errors.AsType[*Error](err); !ok || rc != nil || b.read != 0 || b.closed {
		t.Errorf("got %v, %v, read %d, closed %v", rc, err, b.read, b.closed)
	}
	if rc, err := Decode(b, []string{"identity"}, Limits{}); rc != nil || err != nil {
		t.Errorf("identity: got %v, %v", rc, err)
	}
}

// Each coded form is read whole, byte by byte from the wire, and byte by byte by the reader.
func TestDecode(t *testing.T) {
	long := strings.Repeat(text, 3000)
	for _, c := range []struct {
		name, coding, coded, want string
		err                       error // in the chain
	}{
		{"gzip", "gzip", gz(long), long, nil},
		{"x-gzip", "x-gzip", gz(text), text, nil},
		{"zlib", "deflate", zl(long), long, nil},
		{"raw deflate", "deflate", raw(long), long, nil},
		{"gzip over zlib over gzip", "gzip, deflate, gzip", gz(zl(gz(long))), long, nil},
		{"no bytes at all, gzip", "gzip", "", "", nil},
		{"no bytes at all, deflate", "deflate", "", "", nil},
		{"gzip of nothing", "gzip", gz(""), "", nil},
		{"zlib of nothing", "deflate", zl(""), "", nil},
		{"raw of nothing", "deflate", raw(""), "", nil},
		{"two members", "gzip", gz("one ") + gz("two"), "one two", nil},
		{"empty member between", "gzip", gz("one ") + gz("") + gz("two"), "one two", nil},
		{"zero padding, gzip", "gzip", gz(text) + strings.Repeat("\x00", 600), text, nil},
		{"garbage behind gzip", "gzip", gz(text) + "\x1f\x8bgarbage", text, nil},
		{"two bytes behind gzip", "gzip", gz(text) + "\x1f\x8b", text, nil},
		{"garbage behind zlib", "deflate", zl(text) + "garbage", text, nil},
		{"garbage behind raw", "deflate", raw(text) + "garbage", text, nil},
		{"too much behind gzip", "gzip", gz(text) + strings.Repeat("\x00", maxTrailing+1), text, errTrailing},
		{"too much behind zlib", "deflate", zl(text) + strings.Repeat("\x00", maxTrailing+1), text, errTrailing},
		{"second member cut", "gzip", gz("one ") + gz("two")[:5], "one ", io.ErrUnexpectedEOF},
		{"cut in the head", "gzip", gz(text)[:7], "", io.ErrUnexpectedEOF},
		{"one byte", "gzip", "\x1f", "", io.ErrUnexpectedEOF},
		{"cut in the check sum", "gzip", gz(text)[:len(gz(text))-3], text, io.ErrUnexpectedEOF},
		{"zlib cut in the check sum", "deflate", zl(text)[:len(zl(text))-3], text, io.ErrUnexpectedEOF},
		{"one byte, deflate", "deflate", "\x78", "", io.ErrUnexpectedEOF},
		{"1000 empty members", "gzip", strings.Repeat(gz(""), maxEmpty) + gz("x"), "x", nil},
		{"too many empty members", "gzip", strings.Repeat(gz(""), 20_000) + gz("x"), "", errEmpty},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, way := range []struct {
				name string
				wire func(io.Reader) io.Reader
				read func(io.Reader) io.Reader
			}{
				{"whole", func(r io.Reader) io.Reader { return r }, func(r io.Reader) io.Reader { return r }},
				{"wire by bytes", iotest.OneByteReader, func(r io.Reader) io.Reader { return r }},
				{"read by bytes", iotest.DataErrReader, iotest.OneByteReader},
			} {
				if way.name != "whole" && len(c.coded) > 1<<18 {
					continue
				}
				b := &body{Reader: way.wire(strings.NewReader(c.coded))}
				rc, err := Decode(b, []string{c.coding}, Limits{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(way.read(rc))
				if string(got) != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
					t.Errorf("%s: got %d bytes (%.60q), %v; want %d bytes, %v", way.name, len(got), got, err, len(c.want), c.err)
				}
				if _, ok := errors.AsType[*Error](err); err != nil && !ok {
					t.Errorf("%s: %v is a %T, not an *Error", way.name, err, err)
				}
				if n, again := rc.Read(make([]byte, 1)); n != 0 || again == nil {
					t.Errorf("%s: Read after the end: %d, %v", way.name, n, again)
				}
				if rc.Close(); !b.closed {
					t.Errorf("%s: body not closed", way.name)
				}
			}
		})
	}
}

// Cut anywhere, no coded form passes for whole.
func TestCutAnywhere(t *testing.T) {
	for coding, coded := range map[string]string{"gzip": gz(text), "deflate": zl(text), "deflate ": raw(text)} {
		for n := 1; n < len(coded); n++ {
			rc, _ := Decode(&body{Reader: strings.NewReader(coded[:n])}, []string{coding}, Limits{})
			if got, err := io.ReadAll(rc); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s cut at %d: %q, %v", coding, n, got, err)
			}
		}
	}
}

func TestCorrupt(t *testing.T) {
	coded := []byte(gz(text))
	coded[len(coded)-6] ^= 1 // check sum
	for coding, p := range map[string]string{
		"gzip": string(coded), " gzip": "<html>", "deflate": "\x78\x9c\xff\xff\xff", " deflate": "\xff\xff\xff\xff",
		"gzip, gzip": gz("no gzip"),
	} {
		rc, err := Decode(&body{Reader: strings.NewReader(p)}, []string{coding}, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(rc)
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%s %q: %v", coding, p, err)
		}
	}
}

var errWire = errors.New("wire cut")

// A connection that fails is not a decoding error, wherever it fails.
func TestWireErrorPasses(t *testing.T) {
	coded := gz(text)
	for n := range len(coded) + 1 {
		rc := Gzip(&body{Reader: io.MultiReader(strings.NewReader(coded[:n]), iotest.ErrReader(errWire))})
		if _, err := io.ReadAll(rc); err != errWire {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

// zeros yields n zeros.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func bomb(t *testing.T, n int64) string {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if _, err := io.Copy(w, zeros(n)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.String()
}

func TestBomb(t *testing.T) {
	coded := bomb(t, 8<<20)
	for _, c := range []struct {
		name   string
		limits Limits
		boom   bool
	}{
		{"both passed", Limits{Bytes: 1 << 20, Ratio: 100}, true},
		{"small enough", Limits{}, false},
		{"ratio allowed", Limits{Bytes: 1 << 20, Ratio: 2000}, false},
		{"any size", Limits{Bytes: -1, Ratio: 1}, false},
		{"any ratio", Limits{Bytes: 1, Ratio: -1}, false},
	} {
		b := &body{Reader: strings.NewReader(coded)}
		rc, _ := Decode(b, []string{"gzip"}, c.limits)
		n, err := io.Copy(io.Discard, rc)
		e, boom := errors.AsType[*BombError](err)
		if boom != c.boom || (!c.boom && (err != nil || n != 8<<20)) {
			t.Errorf("%s: %d bytes, %v", c.name, n, err)
		}
		if boom && (e.Decoded < 1<<20 || e.Decoded > 2<<20 || e.Limits != c.limits) {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

// A bomb inside a coding that shrinks again is stopped at the stage that inflates.
func TestBombOfAnInnerStage(t *testing.T) {
	inner := strings.Repeat(gz("")+gz("x"), 100_000) // much gzip for little content
	rc, _ := Decode(&body{Reader: strings.NewReader(gz(inner))}, []string{"gzip, gzip"}, Limits{Bytes: 1 << 20, Ratio: 10})
	n, err := io.Copy(io.Discard, rc)
	if _, ok := errors.AsType[*BombError](err); !ok || n > 100_000 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// Reading one byte of a bomb costs a window, Close costs nothing.
func TestOneByteIsCheap(t *testing.T) {
	b := &body{Reader: strings.NewReader(bomb(t, 32<<20))}
	rc := Gzip(b)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := rc.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	read := b.read
	rc.Close()
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("one byte cost %d bytes of memory", grown)
	}
	if b.read != read || read > 16<<10 || !b.closed {
		t.Errorf("read %d bytes, then %d by Close, closed %v", read, b.read-read, b.closed)
	}
	if _, err := rc.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("Read after Close: %v", err)
	}
}

func TestNothingBeforeTheFirstRead(t *testing.T) {
	b := &body{Reader: strings.NewReader(gz(text))}
	rc := Gzip(b)
	rc.Close()
	if b.read != 0 {
		t.Errorf("read %d bytes", b.read)
	}
	if err := rc.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// Close while Read waits ends the Read, and the decoder is not given to anybody else.
func TestCloseDuringRead(t *testing.T) {
	pr, pw := io.Pipe()
	rc := Gzip(pr)
	done := make(chan error)
	go func() {
		_, err := io.ReadAll(rc)
		done <- err
	}()
	io.WriteString(pw, gz(text)[:20]) // returns once it has been read
	rc.Close()
	if err := <-done; !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Error(err)
	}
}

// Pooled decoders never mix the bodies of two callers up (CVE-2023-45286).
func TestPoolKeepsBodiesApart(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			want := strings.Repeat(string(rune('a'+i%26)), 10_000+i)
			for n := range 10 {
				coding, coded := "gzip", gz(want)
				if n%2 == 1 {
					coding, coded = "deflate", zl(want)
				}
				rc, _ := Decode(&body{Reader: strings.NewReader(coded)}, []string{coding}, Limits{})
				if n%3 == 0 {
					rc.Read(make([]byte, 10)) // and give it up
					rc.Close()
					rc.Close()
					continue
				}
				if got, err := io.ReadAll(rc); string(got) != want || err != nil {
					t.Errorf("%d: %d bytes, %v", i, len(got), err)
				}
				rc.Close()
				rc.Close()
			}
		})
	}
	wg.Wait()
}

// FuzzDecode: whatever comes, decoding ends, and what it yields is what encodes to it.
func FuzzDecode(f *testing.F) {
	f.Add(gz(text), uint8(0))
	f.Add(zl(text), uint8(1))
	f.Add(gz("a")+gz("b")+"x", uint8(0))
	f.Add(gz(zl(text)), uint8(2))
	f.Fuzz(func(t *testing.T, coded string, kind uint8) {
		coding := []string{"gzip", "deflate", "deflate, gzip"}[kind%3]
		limits := Limits{Bytes: 1 << 20, Ratio: 10}
		whole, _ := Decode(&body{Reader: strings.NewReader(coded)}, []string{coding}, limits)
		a, errA := io.ReadAll(whole)
		bytewise, _ := Decode(&body{Reader: iotest.OneByteReader(strings.NewReader(coded))}, []string{coding}, limits)
		b, errB := io.ReadAll(bytewise)
		_, bombA := errors.AsType[*BombError](errA)
		_, bombB := errors.AsType[*BombError](errB)
		if bombA || bombB {
			return // how much has been read ahead decides when
		}
		if (errA == nil) != (errB == nil) || (errA == nil && !bytes.Equal(a, b)) {
			t.Errorf("whole: %d bytes, %v; byte by byte: %d bytes, %v", len(a), errA, len(b), errB)
		}
		if len(a) > 3<<20 {
			t.Errorf("%d bytes got past the limits", len(a))
		}
	})
}

func BenchmarkGzip(b *testing.B) {
	coded := gz(strings.Repeat(text, 100))
	b.ReportAllocs()
	for b.Loop() {
		rc := Gzip(io.NopCloser(strings.NewReader(coded)))
		io.Copy(io.Discard, rc)
		rc.Close()
	}
}
