package coding

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// skipUnderRace skips what is much work, and all of it one goroutine's.
func skipUnderRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("it takes long, and there is nothing to race with")
	}
}

func TestBomb(t *testing.T) {
	skipUnderRace(t)
	const size = 8 << 20
	for coding, coded := range bombs(t, size) {
		for _, c := range []struct {
			name   string
			limits Limits
			boom   bool
		}{
			{"both passed", Limits{Bytes: 1 << 20, Ratio: 100}, true},
			{"small enough", Limits{}, false},
			{"ratio allowed", Limits{Bytes: 1 << 20, Ratio: size}, false},
			{"any size", Limits{Bytes: -1, Ratio: 1}, false},
			{"any ratio", Limits{Bytes: 1, Ratio: -1}, false},
		} {
			n, err := io.Copy(io.Discard, decoding(t, coding, coded, c.limits))
			e, boom := errors.AsType[*BombError](err)
			if boom != c.boom || (!c.boom && (err != nil || n != size)) {
				t.Errorf("%s, %s: %d bytes, %v", coding, c.name, n, err)
			}
			if boom && (e.Decoded < 1<<20 || e.Decoded > 2<<20 || e.Limits != c.limits) {
				t.Errorf("%s, %s: %+v", coding, c.name, e)
			}
		}
	}
}

// Without a word of anybody, a body ends soon after 64 MiB if it is a bomb.
func TestBombByDefault(t *testing.T) {
	skipUnderRace(t)
	for coding, coded := range bombs(t, 80<<20) {
		n, err := io.Copy(io.Discard, decoding(t, coding, coded, Limits{}))
		if _, boom := errors.AsType[*BombError](err); !boom || n > 65<<20 {
			t.Errorf("%s: %d bytes, %v", coding, n, err)
		}
	}
}

// What one stage inflates is bounded for each, though little comes of it in the end; and two that
// stay below the ratio each do not pass together.
func TestBombOfAnyStage(t *testing.T) {
	skipUnderRace(t)
	limits := Limits{Bytes: 1 << 20, Ratio: 200}
	all := bombs(t, 4<<20)
	for outer, coded := range all { // zeros, which the stage behind it does not take for data
		for inner, alone := range all {
			_, err := io.Copy(io.Discard, decoding(t, inner+","+outer, encode(outer, alone), limits))
			if e, ok := errors.AsType[*BombError](err); !ok || e.Decoded > 2<<20 {
				t.Errorf("%s in %s: %v", inner, outer, err)
			}
			if _, err := io.Copy(io.Discard, decoding(t, inner+","+outer, coded, limits)); err == nil {
				t.Errorf("zeros in %s, taken for %s: no error", outer, inner)
			}
		}
	}
	// Much gzip for little content.
	padded := strings.Repeat(gz("")+gz("x"), 100_000)
	for _, outer := range []string{"gzip", "br", "zstd", "deflate"} {
		n, err := io.Copy(io.Discard, decoding(t, "gzip, "+outer, encode(outer, padded), Limits{Bytes: 1 << 20, Ratio: 10}))
		if _, ok := errors.AsType[*BombError](err); !ok || n > 100_000 {
			t.Errorf("gzip in %s: %d bytes, %v", outer, n, err)
		}
	}
}

// Reading one byte of a bomb costs a window, Close costs nothing.
func TestOneByteIsCheap(t *testing.T) {
	skipUnderRace(t)
	window := map[string]uint64{"gzip": 1 << 20, "deflate": 1 << 20, "br": 9 << 20, "zstd": 10 << 20}
	for coding, coded := range bombs(t, 16<<20) {
		b := &body{Reader: strings.NewReader(coded)}
		rc, _ := Decode(b, []string{coding}, nil, Limits{})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := rc.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		read := b.read
		rc.Close()
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > window[coding] {
			t.Errorf("%s: one byte cost %d bytes of memory", coding, grown)
		}
		if b.read != read || read > readAhead || !b.closed {
			t.Errorf("%s: read %d bytes, then %d by Close, closed %v", coding, read, b.read-read, b.closed)
		}
	}
}

// What a server only says of sizes costs little, and at most the largest window there is.
func TestMemory(t *testing.T) {
	skipUnderRace(t)
	const window8M = "\x68" // 2^(10+13)
	raw := "\x01\x00\x00"
	errAny := errors.New("any")
	for _, c := range []struct {
		name, coding, coded string
		most                uint64
		err                 error // in the chain
	}{
		{"window of 8 MiB", "zstd", zstdMagic + "\x00" + window8M + raw, 9 << 20, io.EOF},
		{"window of 9 MiB", "zstd", zstdMagic + "\x00\x69" + raw, 1 << 20, errWindow},
		{"window of 16 MiB", "zstd", zstdMagic + "\x00\x70" + raw, 1 << 20, errWindow},
		{"window of 3.75 TiB", "zstd", zstdMagic + "\x00\xff" + raw, 1 << 20, errWindow},
		{"segment of 8 MiB", "zstd", zstdMagic + "\xa0\x00\x00\x80\x00" + "\x01\x00\x00", 9 << 20, zstd.ErrFrameSizeMismatch},
		{"segment of more", "zstd", zstdMagic + "\xa0\x01\x00\x80\x00" + raw, 1 << 20, errWindow},
		{"segment of 2^64-1 bytes", "zstd", zstdMagic + "\xe0\xff\xff\xff\xff\xff\xff\xff\xff" + raw, 1 << 20, errWindow},
		{"content of 2^64-2 bytes", "zstd", zstdMagic + "\xc0\x00\xfe\xff\xff\xff\xff\xff\xff\xff" + raw, 1 << 20, zstd.ErrFrameSizeMismatch},
		{"dictionary", "zstd", zstdMagic + "\x01\x00\x07" + raw, 1 << 20, errDictionary},
		{"dictionary of 4 bytes", "zstd", zstdMagic + "\x03\x00\x00\x00\x00\x80" + raw, 1 << 20, errDictionary},
		{"dictionary 0, which is none", "zstd", zstdMagic + "\x01\x00\x00" + raw, 1 << 20, io.EOF},
		{"skipped 16 MiB", "zstd", "\x50\x2a\x4d\x18\x00\x00\x00\x01", 1 << 20, io.ErrUnexpectedEOF},
		{"large window of 1 GiB", "br", "\x11\x1e" + strings.Repeat("x", 50), 1 << 20, errAny},
		{"16 MiB announced in a window of as much", "br", "\xcf\xff\xff\xffdata", 17 << 20, nil},
		{"a long name", "gzip", "\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x00" + strings.Repeat("n", 1<<20), 1 << 20, errAny},
		{"a long comment", "gzip", "\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\x00" + strings.Repeat("n", 1<<20), 1 << 20, errAny},
		{"something extra", "gzip", "\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\x00\xff\xff" + strings.Repeat("n", 1<<10), 1 << 20, io.ErrUnexpectedEOF},
	} {
		runtime.GC() // empties the pools, in two steps
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		rc := decoding(t, c.coding, c.coded, Limits{})
		_, err := rc.Read(make([]byte, 1))
		runtime.ReadMemStats(&after)
		if (err == nil) != (c.err == nil) || c.err != errAny && !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > c.most {
			t.Errorf("%s: cost %d bytes of memory", c.name, grown)
		}
		rc.Close()
	}
}

// endless yields text again and again.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		m := copy(p[n:], e.text[e.at:])
		n, e.at = n+m, (e.at+m)%len(e.text)
	}
	return n, nil
}

// Codings have ways to go on for ever without saying anything.
func TestBarren(t *testing.T) {
	skipUnderRace(t)
	for _, c := range []struct{ name, coding, head, more string }{
		{"empty blocks", "gzip", gz("x")[:10], "\x00\x00\x00\xff\xff"},
		{"empty blocks", "deflate", "\x78\x9c", "\x00\x00\x00\xff\xff"},
		{"empty blocks", "deflate", "", "\x00\x00\x00\xff\xff"},
		{"empty metadata", "br", "\x0c", "\x06"},
		{"metadata", "br", "\x0c", "\x96\x00mmm"},
		{"empty blocks", "zstd", zstdMagic + "\x00\x00", "\x00\x00\x00"},
		{"frames to be skipped", "zstd", zs(""), "\x50\x2a\x4d\x18\x00\x00\x10\x00" + strings.Repeat("x", 1<<20)},
		{"a name without end", "gzip", "\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x00", "n"},
	} {
		b := &body{Reader: io.MultiReader(strings.NewReader(c.head), &endless{text: c.more})}
		rc, _ := Decode(b, []string{c.coding}, nil, Limits{})
		n, err := rc.Read(make([]byte, 1))
		if e, ok := errors.AsType[*Error](err); n != 0 || !ok || e.Coding != c.coding || b.read > maxBarren+readAhead {
			t.Errorf("%s, %s: %d, %v after %d bytes", c.coding, c.name, n, err, b.read)
		} else if e.Err != errBarren && c.name != "a name without end" {
			t.Errorf("%s, %s: %v", c.coding, c.name, err)
		}
		rc.Close()
	}
}

// A body is decoded for a single allocation: windows and tables are used again. The decoder of
// br has three more for what it reads of a body's contexts.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget at random under the race detector")
	}
	plain := strings.Repeat(text, 100)
	buf := make([]byte, 4<<10)
	for _, c := range []struct {
		coding string
		most   float64
	}{
		{"gzip", 1}, {"deflate", 1}, {"br", 4}, {"zstd", 1}, {"zstd, br, gzip", 1},
	} {
		coded := plain
		for coding := range strings.SplitSeq(c.coding, ", ") {
			coded = encode(coding, coded)
		}
		src := strings.NewReader("")
		b := &body{Reader: src}
		fields := []string{c.coding}
		allocs := testing.AllocsPerRun(200, func() {
			src.Reset(coded)
			rc, err := Decode(b, fields, nil, Limits{})
			for err == nil {
				_, err = rc.Read(buf)
			}
			if err != io.EOF {
				t.Error(err)
			}
			rc.Close()
		})
		if allocs > c.most {
			t.Errorf("%s: %v allocations", c.coding, allocs)
		}
	}
}
