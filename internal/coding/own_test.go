package coding

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

// rot13 undoes, and does, rot13.
type rot13 struct{ r io.Reader }

func newRot13(r io.Reader) (io.Reader, error) { return rot13{r}, nil }

func (r rot13) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	for i, c := range p[:n] {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'm':
			p[i] += 13
		case 'n' <= c|0x20 && c|0x20 <= 'z':
			p[i] -= 13
		}
	}
	return n, err
}

func rotate(p string) string {
	return string(must(io.ReadAll(rot13{strings.NewReader(p)})))
}

// own returns a body of these bytes, decoded with what the caller brings along.
func own(t testing.TB, coding, coded string, set Set, limits Limits) (io.ReadCloser, *body) {
	t.Helper()
	b := &body{Reader: strings.NewReader(coded)}
	rc, err := Decode(b, []string{coding}, set, limits)
	if err != nil || rc == nil {
		t.Fatalf("%s: %v, %v", coding, rc, err)
	}
	return rc, b
}

func TestOwn(t *testing.T) {
	errOwn := errors.New("own")
	half := func(r io.Reader) (io.Reader, error) { return io.LimitReader(r, 4), nil }
	for _, c := range []struct {
		name, coding, coded, want string
		own                       func(io.Reader) (io.Reader, error)
		err                       error // in the chain
	}{
		{"alone", "x-rot13", rotate(text), text, newRot13, nil},
		{"in upper case", "X-ROT13", rotate(text), text, newRot13, nil},
		{"in front", "x-rot13, gzip", gz(rotate(text)), text, newRot13, nil},
		{"behind", "zstd, x-rot13", rotate(zs(text)), text, newRot13, nil},
		{"between", "br, x-rot13, gzip", gz(rotate(br(text))), text, newRot13, nil},
		{"thrice", "x-rot13, x-rot13, x-rot13", rotate(text), text, newRot13, nil},
		{"no bytes at all", "x-rot13", "", "", func(io.Reader) (io.Reader, error) { panic("there is nothing to decode") }, nil},
		{"nothing in gzip", "x-rot13, gzip", gz(""), "", func(io.Reader) (io.Reader, error) { panic("there is nothing to decode") }, nil},
		{"bytes behind", "x-rot13", "texttrailing", "text", half, nil},
		{"too much behind", "x-rot13", strings.Repeat("x", 2*maxTrailing), "xxxx", half, errTrailing},
		{"cut below", "x-rot13, gzip", gz(rotate(text))[:30], "", newRot13, io.ErrUnexpectedEOF},
		{"refused", "x-rot13", "x", "", func(io.Reader) (io.Reader, error) { return nil, errOwn }, errOwn},
		{"its head cut", "x-rot13", "x", "", func(io.Reader) (io.Reader, error) { return nil, io.EOF }, io.ErrUnexpectedEOF},
		{"nothing made", "x-rot13", "x", "", func(io.Reader) (io.Reader, error) { return nil, nil }, errNoReader},
		{"failing", "x-rot13", "x", "", func(io.Reader) (io.Reader, error) { return iotest.ErrReader(errOwn), nil }, errOwn},
	} {
		for _, way := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader} {
			rc, err := Decode(&body{Reader: way(strings.NewReader(c.coded))}, []string{c.coding}, Set{"x-rot13": c.own}, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(rc)
			if string(got) != c.want && c.name != "cut below" || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%s: %q, %v; want %q, %v", c.name, got, err, c.want, c.err)
			}
			if _, ok := errors.AsType[*Error](err); err != nil && !ok {
				t.Errorf("%s: %v is a %T, not an *Error", c.name, err, err)
			}
			rc.Close()
		}
	}
}

// What a caller brings along comes before ours, under each of its names.
func TestOwnBeforeOurs(t *testing.T) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		rc, _ := own(t, name, rotate(text), Set{name: newRot13}, Limits{})
		if got, err := io.ReadAll(rc); string(got) != text || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		rc.Close()
	}
	rc, _ := own(t, "x-gzip", rotate(text), Set{"gzip": newRot13}, Limits{})
	if got, err := io.ReadAll(rc); string(got) != text || err != nil {
		t.Errorf("x-gzip: %q, %v", got, err)
	}
	rc.Close()
}

// expander makes n bytes of each.
type expander struct {
	r *bufio.Reader
	n int
}

func (e *expander) Read(p []byte) (int, error) {
	if _, err := e.r.ReadByte(); err != nil {
		return 0, err
	}
	n := min(len(p), e.n)
	clear(p[:n])
	return n, nil
}

func TestOwnBomb(t *testing.T) {
	grow := Set{"x-grow": func(r io.Reader) (io.Reader, error) { return &expander{bufio.NewReader(r), 1000}, nil }}
	limits := Limits{Bytes: 1 << 20, Ratio: 200}
	rc, _ := own(t, "x-grow", strings.Repeat("x", 10_000), grow, limits)
	n, err := io.Copy(io.Discard, rc)
	if e, ok := errors.AsType[*BombError](err); !ok || n > 2<<20 || e.Decoded != n {
		t.Errorf("%d bytes, %v", n, err)
	}
	rc.Close()
	// Below one of ours, which makes little of it.
	rc, _ = own(t, "gzip, x-grow", strings.Repeat("x", 10_000), grow, limits)
	if _, err := io.Copy(io.Discard, rc); err == nil {
		t.Error("zeros taken for gzip")
	}
	rc.Close()
	// Above one of ours, each below the ratio.
	for _, outer := range []string{"gzip", "br", "zstd", "deflate"} {
		rc, _ = own(t, "x-grow, "+outer, encode(outer, strings.Repeat(text, 200)), grow, limits)
		n, err := io.Copy(io.Discard, rc)
		if _, ok := errors.AsType[*BombError](err); !ok || n > 2<<20 {
			t.Errorf("in %s: %d bytes, %v", outer, n, err)
		}
		rc.Close()
	}
}

// A closer notes how often it was closed, and whether Read ran meanwhile.
type closer struct {
	io.Reader
	closed atomic.Int32
	inside atomic.Int32
	bad    atomic.Bool
}

func (c *closer) Read(p []byte) (int, error) {
	c.inside.Add(1)
	defer c.inside.Add(-1)
	return c.Reader.Read(p)
}

func (c *closer) Close() error {
	c.closed.Add(1)
	if c.inside.Load() != 0 {
		c.bad.Store(true)
	}
	return errors.New("nobody hears this")
}

// A decoder that can be closed is closed once, with the body, however that ends.
func TestOwnIsClosed(t *testing.T) {
	for name, read := range map[string]func(io.Reader){
		"unread": nil,
		"a byte": func(r io.Reader) { r.Read(make([]byte, 1)) },
		"whole":  func(r io.Reader) { io.ReadAll(r) },
	} {
		var made *closer
		rc, _ := own(t, "x", "text", Set{"x": func(r io.Reader) (io.Reader, error) {
			made = &closer{Reader: r}
			return made, nil
		}}, Limits{})
		if read != nil {
			read(rc)
		}
		if made != nil && made.closed.Load() != 0 {
			t.Errorf("%s: closed before the body is", name)
		}
		rc.Close()
		rc.Close()
		if (made == nil) != (read == nil) || made != nil && made.closed.Load() != 1 {
			t.Errorf("%s: %+v", name, made)
		}
	}
}

// Close during a Read leaves it to that to close the decoder.
func TestOwnIsClosedAfterRead(t *testing.T) {
	for range 100 {
		pr, pw := io.Pipe()
		var made *closer
		rc, _ := Decode(pr, []string{"x"}, Set{"x": func(r io.Reader) (io.Reader, error) {
			made = &closer{Reader: r}
			return made, nil
		}}, Limits{})
		done := make(chan error)
		go func() {
			_, err := io.ReadAll(rc)
			done <- err
		}()
		io.WriteString(pw, "text")
		rc.Close()
		if err := <-done; !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Error(err)
		}
		if made.closed.Load() != 1 || made.bad.Load() {
			t.Errorf("closed %d times, during Read: %v", made.closed.Load(), made.bad.Load())
		}
	}
}

// A decoder may read in goroutines of its own, as zstd's does unless it is told otherwise; what it
// reads may be a decoder of ours, which is somebody else's as soon as it is in the pool again.
func TestOwnGoroutines(t *testing.T) {
	busy := Set{"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(4)) }}
	noise := make([]byte, 4<<20) // so that the decoder has begun before all of it is there
	random := rand.NewChaCha8([32]byte{1})
	random.Read(noise)
	long := string(noise)
	coded := gz(zs(long))
	for i := range 30 {
		rc, b := own(t, "zstd, gzip", coded, busy, Limits{})
		if i%3 != 0 {
			io.ReadFull(rc, make([]byte, 100*i)) // and leave it
		} else if got, err := io.ReadAll(rc); string(got) != long || err != nil {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		rc.Close()
		if !b.closed {
			t.Error("not closed")
		}
		if got, err := io.ReadAll(decoding(t, "gzip", gz(text), Limits{})); string(got) != text || err != nil {
			t.Errorf("the next one: %q, %v", got, err)
		}
	}
	// A wire that stands still.
	pr, pw := io.Pipe()
	rc, _ := Decode(pr, []string{"zstd, gzip"}, busy, Limits{})
	go func() { // ends with the pipe
		io.WriteString(pw, coded[:len(coded)/2])
	}()
	if _, err := rc.Read(make([]byte, 100)); err != nil {
		t.Error(err)
	}
	rc.Close()
}

// A gate that is shut lets nobody through.
func TestGate(t *testing.T) {
	var kept io.Reader
	rc, _ := own(t, "x, gzip", gz("text"), Set{"x": func(r io.Reader) (io.Reader, error) {
		kept = r
		return r, nil
	}}, Limits{})
	rc.Read(make([]byte, 1))
	rc.Close()
	if n, err := kept.Read(make([]byte, 1)); n != 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("%d, %v", n, err)
	}
}

// A decoder that panics does so in its caller, and the body can be closed all the same.
func TestOwnPanics(t *testing.T) {
	for _, f := range []func(io.Reader) (io.Reader, error){
		func(io.Reader) (io.Reader, error) { panic("mine") },
		func(io.Reader) (io.Reader, error) { return panicker{}, nil },
	} {
		rc, b := own(t, "x", "text", Set{"x": f}, Limits{})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			rc.Read(make([]byte, 1))
		}()
		if rc.Close(); !b.closed {
			t.Error("not closed")
		}
	}
}

type panicker struct{}

func (panicker) Read([]byte) (int, error) { panic("mine") }

// A decoder that needs all of a body before it yields any of it may have it.
func TestOwnReadsAhead(t *testing.T) {
	skipUnderRace(t)
	plain := bytes.Repeat([]byte("x"), maxBarren)
	coded := base64.StdEncoding.EncodeToString(plain)
	rc, _ := own(t, "x-sealed", coded, Set{"x-sealed": func(r io.Reader) (io.Reader, error) {
		all, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, r))
		return bytes.NewReader(all), err
	}}, Limits{})
	if got, err := io.ReadAll(rc); !bytes.Equal(got, plain) || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	rc.Close()
}
