package h1

// What the tests of this package share: the ways in which bytes arrive.

import (
	"bufio"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stale is what a server may have sent ahead of its turn. A parser that takes a byte of it
// takes a byte too many.
const stale = "HTTP/1.1 500 Stale\r\nContent-Length: 5\r\n\r\nstale"

// An arrival is one way in which a message reaches a parser.
type arrival struct {
	name string
	r    *bufio.Reader
	rest string // what follows the message
}

// arrivals returns the ways in which a complete message is read: at once, byte by byte,
// with the end of the connection in the same read as the last byte, and with trailing bytes.
func arrivals(message string) []arrival {
	return append(
		cutArrivals(message),
		arrival{"with trailing bytes", whole(message + stale), stale},
		arrival{"byte by byte with trailing bytes", bytewise(message + stale), stale},
	)
}

// cutArrivals is for a message that ends too early, so that nothing can follow.
func cutArrivals(message string) []arrival {
	atOnce := iotest.DataErrReader(strings.NewReader(message))
	return []arrival{
		{"whole", whole(message), ""},
		{"byte by byte", bytewise(message), ""},
		{"end with the last byte", bufio.NewReaderSize(atOnce, MinBuffer), ""},
	}
}

func whole(s string) *bufio.Reader {
	return bufio.NewReaderSize(strings.NewReader(s), MinBuffer)
}

func bytewise(s string) *bufio.Reader {
	return bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(s)), MinBuffer)
}

// checkRest fails the test unless what follows the message is all that is left.
func (a arrival) checkRest(t *testing.T) {
	t.Helper()
	rest, err := io.ReadAll(a.r)
	if err != nil || string(rest) != a.rest {
		t.Errorf("%s: left in the reader: %.60q, %v; want %q", a.name, rest, err, a.rest)
	}
}

// checkError fails the test unless got is an error of the same type and content as want.
func (a arrival) checkError(t *testing.T, got, want error) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: error\n\t%#v\nwant\t%#v", a.name, got, want)
	}
}

// defaults are the bounds that nobody has moved.
func defaults() *Bounds {
	b := Bounds{}.Defaults()
	return &b
}

// readAll reads a body to its end with buffers of the given size. The end comes back as nil.
func readAll(b *Body, size int) (data string, err error) {
	var all strings.Builder
	p := make([]byte, size)
	for {
		n, err := b.Read(p)
		all.Write(p[:n])
		switch {
		case err == io.EOF:
			return all.String(), nil
		case err != nil:
			return all.String(), err
		}
	}
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, MinBuffer) }

// failing is a reader that has nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
