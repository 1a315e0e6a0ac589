package h1

// Bodies that end after so many bytes, with the connection, or at once; and what a reader
// of any body is told.

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/trace"
)

// readBody reads a body in every way it can arrive in, with buffers of several sizes.
func readBody(t *testing.T, f Framing, message, want string, trailer trace.Fields) {
	t.Helper()
	for _, size := range []int{1, 2, 3, 7, 64, 2 * MinBuffer} {
		for _, a := range arrivals(message) {
			var b Body
			b.Reset(a.r, f, defaults())
			got, err := readAll(&b, size)
			if err != nil || got != want {
				t.Fatalf("%s, %d bytes at a time: %.80q, %v; want %.80q", a.name, size, got, err, want)
			}
			if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF || b.Err() != io.EOF {
				t.Errorf("%s: after the end: %d, %v, %v", a.name, n, err, b.Err())
			}
			if b.Count() != int64(len(want)) || b.Left() != 0 {
				t.Errorf("%s: Count %d, Left %d, want %d, 0", a.name, b.Count(), b.Left(), len(want))
			}
			if !equalFields(b.Trailer(), trailer) {
				t.Errorf("%s: trailer %v, want %v", a.name, b.Trailer(), trailer)
			}
			a.checkRest(t)
		}
	}
}

// refuseBody expects so much data and then the same error in every way a body can arrive in.
func refuseBody(t *testing.T, f Framing, message, data string, want error) {
	t.Helper()
	refuseArrivals(t, arrivals, f, message, data, want)
}

// refuseCutBody is refuseBody for a body that nothing follows.
func refuseCutBody(t *testing.T, f Framing, message, data string, want error) {
	t.Helper()
	refuseArrivals(t, cutArrivals, f, message, data, want)
}

func refuseArrivals(t *testing.T, arrivals func(string) []arrival, f Framing, message, data string, want error) {
	t.Helper()
	for _, size := range []int{1, 3, 64} {
		for _, a := range arrivals(message) {
			var b Body
			b.Reset(a.r, f, defaults())
			got, err := readAll(&b, size)
			a.checkError(t, err, want)
			if got != data || b.Count() != int64(len(data)) {
				t.Errorf("%s, %d bytes at a time: data %.80q, Count %d; want %.80q", a.name, size, got, b.Count(), data)
			}
			// The error stays.
			if n, again := b.Read(make([]byte, 1)); n != 0 || again != err || b.Err() != err || b.Left() != 0 {
				t.Errorf("%s: read again: %d, %v; Err %v, Left %d", a.name, n, again, b.Err(), b.Left())
			}
		}
	}
}

func equalFields(a, b trace.Fields) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestNoBody(t *testing.T) {
	for _, f := range []Framing{{NoBody, -1, false}, {NoBody, 5, false}, {ByLength, 0, false}} {
		readBody(t, f, "", "", nil)
	}
}

func TestBodyByLength(t *testing.T) {
	readBody(t, Framing{ByLength, 11, false}, "hello world", "hello world", nil)
	readBody(t, Framing{ByLength, 1, false}, "\x00", "\x00", nil)
	readBody(t, Framing{ByLength, 19, true}, "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", nil)
	long := strings.Repeat("0123456789abcdef", MinBuffer/4)
	readBody(t, Framing{ByLength, int64(len(long)), false}, long, long, nil)
}

func TestBodyByLengthCut(t *testing.T) {
	const all = "hello world"
	for i := range len(all) {
		refuseCutBody(t, Framing{ByLength, 11, false}, all[:i], all[:i], &IncompleteReadError{Partial: int64(i), Expected: 11})
	}
	// An announced length costs nothing, however large.
	refuseCutBody(t, Framing{ByLength, 1<<63 - 1, false}, all, all, &IncompleteReadError{Partial: 11, Expected: 1<<63 - 1})
}

func TestBodyUntilClose(t *testing.T) {
	for _, data := range []string{"", "h", "hello world", strings.Repeat("x", 3*MinBuffer), "5\r\nhello\r\n0\r\n\r\n"} {
		for _, size := range []int{1, 5, 2 * MinBuffer} {
			for _, a := range cutArrivals(data) {
				var b Body
				b.Reset(a.r, Framing{UntilClose, -1, true}, defaults())
				if b.Left() != -1 {
					t.Errorf("Left %d at the beginning", b.Left())
				}
				got, err := readAll(&b, size)
				if err != nil || got != data || b.Err() != io.EOF || b.Count() != int64(len(data)) || b.Left() != 0 {
					t.Errorf("%s, %d bytes at a time: %.80q, %v; %v, %d, %d", a.name, size, got, err, b.Err(), b.Count(), b.Left())
				}
			}
		}
	}
}

// An end that the layer below does not vouch for is no end (RFC 9112 9.8).
func TestBodyUntilCloseCut(t *testing.T) {
	var b Body
	b.Reset(newReader(io.MultiReader(strings.NewReader("hello"), failing{io.ErrUnexpectedEOF})), Framing{UntilClose, -1, true}, defaults())
	got, err := readAll(&b, 64)
	e, ok := errors.AsType[*IncompleteReadError](err)
	if got != "hello" || !ok || *e != (IncompleteReadError{Partial: 5, Expected: -1}) {
		t.Errorf("%q, %v", got, err)
	}
}

// The end comes with the last byte where it can be known without waiting, so that a reader
// that has all it wants leaves the connection fit for use.
func TestBodyEndWithLastByte(t *testing.T) {
	for _, c := range []struct {
		f       Framing
		message string
	}{
		{Framing{ByLength, 5, false}, "hello"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n0\r\n\r\n"},
		{Framing{Chunked, -1, false}, "2\r\nhe\r\n3\r\nllo\r\n000;x\r\n\r\n"},
	} {
		var b Body
		b.Reset(whole(c.message+stale), c.f, defaults())
		p := make([]byte, 5)
		if n, err := b.Read(p); n != 5 || err != io.EOF || string(p) != "hello" {
			t.Errorf("%q: %d, %v, %q", c.message, n, err, p)
		}
	}
}

// A body never waits for more while it has something to give.
func TestBodyDoesNotWait(t *testing.T) {
	for _, c := range []struct {
		f    Framing
		came string
	}{
		{Framing{ByLength, 6, false}, "hello"},
		{Framing{UntilClose, -1, true}, "hello"},
		{Framing{Chunked, -1, false}, "6\r\nhello"},
		{Framing{Chunked, -1, false}, "5\r\nhello"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n0"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n0\r"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n0\r\n"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n0\r\n\r"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n0\r\nA: b\r\n"},
		{Framing{Chunked, -1, false}, "3\r\nhel\r\n2;" + strings.Repeat("x", 100) + "\r\nlo"},
	} {
		waited := errors.New("waited")
		var b Body
		b.Reset(newReader(io.MultiReader(strings.NewReader(c.came), failing{waited})), c.f, defaults())
		p := make([]byte, 64)
		if n, err := b.Read(p); n != 5 || err != nil {
			t.Errorf("%q: %d, %v", c.came, n, err)
		}
		if n, err := b.Read(p); n != 0 || err != waited {
			t.Errorf("%q, again: %d, %v", c.came, n, err)
		}
	}
}

// hesitant reads byte by byte, and before each byte a deadline passes.
type hesitant struct {
	r    io.Reader
	turn bool
}

func (h *hesitant) Read(p []byte) (int, error) {
	if h.turn = !h.turn; h.turn {
		return 0, os.ErrDeadlineExceeded
	}
	return h.r.Read(p)
}

// A deadline that passes, wherever it does, is not the end of a body: the next Read goes on
// where the last one stood.
func TestBodyGoesOnAfterDeadline(t *testing.T) {
	for _, c := range []struct {
		f       Framing
		message string
	}{
		{Framing{ByLength, 5, false}, "hello"},
		{Framing{Chunked, -1, false}, "2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n0\r\n\r\n"},
		{Framing{Chunked, -1, false}, "5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n"},
	} {
		var b Body
		r := newReader(&hesitant{r: iotest.OneByteReader(strings.NewReader(c.message + stale))})
		b.Reset(r, c.f, defaults())
		var got strings.Builder
		p := make([]byte, 3)
		passed := 0
		for {
			n, err := b.Read(p)
			got.Write(p[:n])
			if err == io.EOF {
				break
			}
			if err == os.ErrDeadlineExceeded {
				passed++
				continue
			}
			if err != nil {
				t.Fatalf("%q: %v", c.message, err)
			}
		}
		if got.String() != "hello" || passed < 5 {
			t.Errorf("%q: %q after %d deadlines", c.message, got.String(), passed)
		}
		if passed < len(c.message) { // each byte has been waited for
			t.Errorf("%q: %d deadlines for %d bytes", c.message, passed, len(c.message))
		}
	}
}

func TestBodyOfNothingAsked(t *testing.T) {
	var b Body
	b.Reset(whole("hello"), Framing{ByLength, 5, false}, defaults())
	if n, err := b.Read(nil); n != 0 || err != nil || b.Left() != 5 {
		t.Errorf("%d, %v, Left %d", n, err, b.Left())
	}
	if n, err := b.Read(make([]byte, 2)); n != 2 || err != nil || b.Left() != 3 || b.Count() != 2 || b.Err() != nil {
		t.Errorf("%d, %v, Left %d, Count %d, Err %v", n, err, b.Left(), b.Count(), b.Err())
	}
}

// Reset leaves nothing of the body before.
func TestBodyReset(t *testing.T) {
	var b Body
	b.Reset(whole("1\r\na\r\n0\r\nA: b\r\n\r\n"), Framing{Chunked, -1, false}, defaults())
	if got, err := readAll(&b, 8); got != "a" || err != nil || len(b.Trailer()) != 1 {
		t.Fatalf("%q, %v, %v", got, err, b.Trailer())
	}
	if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF || len(b.Trailer()) != 1 {
		t.Errorf("after the end: %d, %v, %v", n, err, b.Trailer())
	}
	b.Reset(whole("zz"), Framing{ByLength, 2, false}, defaults())
	if b.Err() != nil || b.Count() != 0 || b.Left() != 2 || b.Trailer() != nil {
		t.Errorf("after Reset: %v, %d, %d, %v", b.Err(), b.Count(), b.Left(), b.Trailer())
	}
}
