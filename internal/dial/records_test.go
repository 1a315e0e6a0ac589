package dial

// What the heads of TLS records tell.

import (
	"bytes"
	"slices"
	"testing"
)

func record(kind byte, n int) []byte {
	return append([]byte{kind, 3, 3, byte(n >> 8), byte(n)}, make([]byte, n)...)
}

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		stream []byte
		most   int64
	}{
		"nothing":        {nil, 0},
		"data":           {record(23, 17+100), 100},
		"a ticket, data": {slices.Concat(record(23, 17+200), record(23, 17+100)), 300},
		"padded, empty":  {record(23, 17), 0},
		"an alert":       {record(21, 2), 2},
		"too short":      {record(23, 16), 16},
		"the largest":    {record(23, 1<<14+256), 1<<14 + 256 - 17},
	} {
		// At once, byte by byte, in pieces that end within a head.
		for _, size := range []int{len(c.stream) + 1, 1, 3, 7} {
			var r records
			for piece := range slices.Chunk(c.stream, size) {
				r.seen(piece)
			}
			if !r.whole() || r.most != c.most || r.allRead(c.most) {
				t.Errorf("%s in pieces of %d: %+v", name, size, r)
			}
			r.begin(40)
			if !r.allRead(40) || r.allRead(39) || r.allRead(41) {
				t.Errorf("%s: %+v", name, r)
			}
			r.seen(record(23, 17+10))
			if r.allRead(40) || !r.allRead(50) {
				t.Errorf("%s: %+v", name, r)
			}
			for n := 1; n < len(record(23, 18)); n++ { // cut anywhere
				part := r
				part.seen(record(23, 18)[:n])
				if part.allRead(50) || part.allRead(51) || part.whole() {
					t.Errorf("%s: cut after %d bytes: %+v", name, n, part)
				}
				if part.begin(50); part.begun {
					t.Errorf("%s: a count begins within a record", name)
				}
			}
		}
	}
}

// However a stream comes, it counts the same, and never fewer bytes than it can bring.
func FuzzRecords(f *testing.F) {
	f.Add(slices.Concat(record(22, 5), record(23, 40)), uint8(3))
	f.Add([]byte{23, 3, 3, 0xff, 0xff}, uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		var whole, pieces records
		whole.seen(bytes.Clone(stream))
		for piece := range slices.Chunk(stream, int(size)+1) {
			pieces.seen(piece)
		}
		if whole.most != pieces.most || whole.whole() != pieces.whole() || whole.most < 0 {
			t.Fatalf("%+v, %+v", whole, pieces)
		}
	})
}
