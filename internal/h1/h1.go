// Package h1 is the grammar of HTTP/1.1 (RFC 9112): messages to bytes, bytes to messages.
//
// It reads from a bufio.Reader that somebody else owns and appends to a byte slice that
// somebody else writes. It opens nothing, closes nothing, waits for nothing, starts no
// goroutine and knows no time; so all of it is tested with strings.
//
// It is strict where leniency lets a response be read in two ways, because then somebody
// between the server and us may have read it in the other way (response splitting and
// smuggling), and it bounds everything that a server can make long.
package h1

// Bounds guards against a peer that never stops. A field that is 0 means the default; a
// negative one means no bound.
type Bounds struct {
	Head      int // bytes of a response head, of each interim head, of a trailer section; 0: 256 KiB
	Line      int // bytes of one line of those; 0: 64 KiB
	Fields    int // lines of those; 0: 1,000
	Interim   int // 1xx responses before the final one; 0: 16
	ChunkLine int // bytes of a chunk-size line with its extensions; 0: 4 KiB
}

// Defaults returns the bounds with defaults in place of zeros.
func (b Bounds) Defaults() Bounds {
	return Bounds{
		Head:      orDefault(b.Head, 256<<10),
		Line:      orDefault(b.Line, 64<<10),
		Fields:    orDefault(b.Fields, 1000),
		Interim:   orDefault(b.Interim, 16),
		ChunkLine: orDefault(b.ChunkLine, 4<<10),
	}
}

const maxInt = int(^uint(0) >> 1)

func orDefault(n, def int) int {
	switch {
	case n == 0:
		return def
	case n < 0:
		return maxInt
	}
	return n
}

// MinBuffer is the least size of the bufio.Reader that this package reads from: a
// chunk-size line must fit in.
const MinBuffer = 4 << 10
