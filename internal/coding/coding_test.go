package coding

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func TestParse(t *testing.T) {
	rot13 := func(r io.Reader) (io.Reader, error) { return r, nil }
	own := Set{"x-rot13": rot13, "gzip": nil, "br": rot13}
	for _, c := range []struct {
		fields []string
		own    Set
		want   []string
		err    error
	}{
		{nil, nil, nil, nil},
		{[]string{"identity"}, nil, nil, nil},
		{[]string{"", " , ,"}, nil, nil, nil},
		{[]string{"gzip"}, nil, []string{"gzip"}, nil},
		{[]string{"X-GZip"}, nil, []string{"gzip"}, nil},
		{[]string{"DEFLATE,identity,\tgzip "}, nil, []string{"deflate", "gzip"}, nil},
		{[]string{"gzip", "Br", "zstd"}, nil, []string{"gzip", "br", "zstd"}, nil},
		{[]string{"gzip, gzip", "gzip, gzip"}, nil, nil, errTooMany},
		{[]string{"gzip", "gzip", "br", "gzip"}, nil, nil, errTooMany},
		{[]string{"gzip,br", "zstd", "nonsense"}, nil, nil, errUnknown},
		{[]string{"compress"}, nil, nil, errUnknown},
		{[]string{"dcb"}, nil, nil, errUnknown},
		{[]string{"dcz"}, nil, nil, errUnknown},
		{[]string{"gzip;q=1"}, nil, nil, errUnknown},
		{[]string{"gzip br"}, nil, nil, errUnknown},
		{[]string{"gzip, \x1b[2J"}, nil, nil, errUnknown},
		{[]string{strings.Repeat("x", 1<<16)}, nil, nil, errUnknown},
		{[]string{"X-Rot13, br"}, own, []string{"x-rot13", "br"}, nil},
		{[]string{"gzip"}, own, nil, errUnknown},
		{[]string{"x-gzip"}, own, nil, errUnknown},
		{[]string{"zstd"}, own, []string{"zstd"}, nil},
		{[]string{"x-gzip"}, Set{"x-gzip": rot13, "gzip": nil}, []string{"x-gzip"}, nil},
		{[]string{"br, br", "x-rot13, br"}, own, nil, errTooMany},
	} {
		codings, err := parse(c.fields, c.own)
		var got []string
		for _, s := range codings.of[:codings.n] {
			if got = append(got, s.name); (s.own != nil) != (c.own[s.name] != nil) {
				t.Errorf("%q: %s is not undone by whom it should be", c.fields, s.name)
			}
		}
		if !slices.Equal(got, c.want) || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("parse(%.40q) = %q, %v; want %q, %v", c.fields, got, err, c.want, c.err)
		}
		if err != nil && (len(err.Error()) > 200 || strings.ContainsRune(err.Error(), '\x1b')) {
			t.Errorf("parse(%.40q): error is not fit to print: %.300q", c.fields, err)
		}
	}
}

func TestAccept(t *testing.T) {
	some := func(r io.Reader) (io.Reader, error) { return r, nil }
	for _, c := range []struct {
		own  Set
		want string
	}{
		{nil, "gzip, deflate, br, zstd"},
		{Set{}, "gzip, deflate, br, zstd"},
		{Set{"x-rot13": some, "a": some, "b": nil}, "gzip, deflate, br, zstd, a, x-rot13"},
		{Set{"br": nil}, "gzip, deflate, zstd"},
		{Set{"br": some}, "gzip, deflate, br, zstd"},
		{Set{"br": nil, "gzip": nil, "zstd": nil, "deflate": nil}, ""},
		{Set{"br": nil, "gzip": nil, "zstd": nil, "deflate": nil, "x": some}, "x"},
	} {
		if got := Accept(c.own); got != c.want {
			t.Errorf("%v: %q, want %q", c.own, got, c.want)
		}
	}
}

func TestUnknownCodingLeavesTheBody(t *testing.T) {
	b := &body{Reader: strings.NewReader("x")}
	rc, err := Decode(b, []string{"compress"}, nil, Limits{})
	if _, ok := errors.AsType[*Error](err); !ok || rc != nil || b.read != 0 || b.closed {
		t.Errorf("got %v, %v, read %d, closed %v", rc, err, b.read, b.closed)
	}
	if rc, err := Decode(b, []string{"identity"}, nil, Limits{}); rc != nil || err != nil {
		t.Errorf("identity: got %v, %v", rc, err)
	}
}

// A form is coded data, and what becomes of it.
type form struct {
	name, coding, coded, want string
	err                       error // in the chain; nil: it is whole
}

// forms are those that have something special to one coding; see also everyForm.
func forms() []form {
	long := strings.Repeat(text, 3000)
	return []form{
		{"x-gzip", "x-gzip", gz(text), text, nil},
		{"gzip over zlib over gzip", "gzip, deflate, gzip", gz(zl(gz(long))), long, nil},
		{"br over zstd over gzip", "gzip, zstd, br", br(zs(gz(long))), long, nil},
		{"zstd over br over raw", "deflate, br, zstd", zs(br(raw(long))), long, nil},
		{"two members", "gzip", gz("one ") + gz("two"), "one two", nil},
		{"empty member between", "gzip", gz("one ") + gz("") + gz("two"), "one two", nil},
		{"garbage that looks like gzip", "gzip", gz(text) + "\x1f\x8bgarbage", text, nil},
		{"magic of a member, cut", "gzip", gz(text) + "\x1f\x8b", text, io.ErrUnexpectedEOF},
		{"magic of a member", "gzip", gz(text) + "\x1f\x8b\x08", text, io.ErrUnexpectedEOF},
		{"second member cut", "gzip", gz("one ") + gz("two")[:5], "one ", io.ErrUnexpectedEOF},
		{"1000 empty members", "gzip", strings.Repeat(gz(""), maxEmpty) + gz("x"), "x", nil},
		{"too many empty members", "gzip", strings.Repeat(gz(""), 20_000) + gz("x"), "", errEmpty},
		{"two frames", "zstd", zs("one ") + zs("two"), "one two", nil},
		{"frames of every kind", "zstd", zs("one ") + encoders[8].encode("two ") + skippable("x") + encoders[11].encode("three"), "one two three", nil},
		{"empty frame between", "zstd", zs("one ") + zs("") + zs("two"), "one two", nil},
		{"skipped frames around", "zstd", skippable("before") + zs("one ") + skippable("") + zs("two") + skippable("after"), "one two", nil},
		{"nothing but a skipped frame", "zstd", skippable("all"), "", nil},
		{"skipped frame cut", "zstd", zs(text) + skippable("0123456789")[:12], text, io.ErrUnexpectedEOF},
		{"skipped frame cut in its size", "zstd", zs(text) + skippable("")[:6], text, io.ErrUnexpectedEOF},
		{"first skipped frame cut", "zstd", skippable("0123456789")[:12], "", io.ErrUnexpectedEOF},
		{"skipped frame of 4 GiB", "zstd", zs(text) + "\x50\x2a\x4d\x18\xff\xff\xff\xff", text, errSkipped},
		{"garbage behind a skipped frame", "zstd", skippable("x") + "garbage", "", errMagic},
		{"magic of a frame, cut", "zstd", zs(text) + zstdMagic[:3], text, io.ErrUnexpectedEOF},
		{"magic of a frame", "zstd", zs(text) + zstdMagic, text, io.ErrUnexpectedEOF},
		{"second frame cut", "zstd", zs("one ") + zs("two")[:7], "one ", io.ErrUnexpectedEOF},
		{"1000 empty frames", "zstd", strings.Repeat(zs(""), maxEmpty) + zs("x"), "x", nil},
		{"too many empty frames", "zstd", strings.Repeat(zs(""), 20_000) + zs("x"), "", errEmpty},
		{"too many skipped frames", "zstd", strings.Repeat(skippable(""), 20_000) + zs("x"), "", errEmpty},
		{"no frame of zstd", "zstd", "<html>no zstd</html>", "", errMagic},
		{"no frame of zstd, and short", "zstd", "ok", "", errMagic},
		{"a second stream of br", "br", br("one ") + br("two"), "one ", nil},
	}
}

// skippable is a frame of zstd that is to be skipped.
func skippable(p string) string {
	return "\x5a\x2a\x4d\x18" + string([]byte{byte(len(p)), byte(len(p) >> 8), byte(len(p) >> 16), 0}) + p
}

// everyForm are those that are the same for each coding.
func everyForm() []form {
	long := strings.Repeat(text, 3000)
	var all []form
	for _, e := range encoders {
		short := e.encode(text)
		all = append(all, []form{
			{e.name + ", short", e.coding, short, text, nil},
			{e.name + ", long", e.coding, e.encode(long), long, nil},
			{e.name + " of nothing", e.coding, e.encode(""), "", nil},
			{e.name + ", no bytes at all", e.coding, "", "", nil},
			{e.name + ", a zero behind", e.coding, short + "\x00", text, nil},
			{e.name + ", two zeros behind", e.coding, short + "\x00\x00", text, nil},
			{e.name + ", zero padding", e.coding, short + strings.Repeat("\x00", 600), text, nil},
			{e.name + ", garbage behind", e.coding, short + "garbage", text, nil},
			{e.name + ", a line end behind", e.coding, short + "\r\n", text, nil},
			{e.name + ", much garbage behind", e.coding, short + strings.Repeat("x", maxTrailing/2), text, nil},
			{e.name + ", too much behind", e.coding, short + strings.Repeat("\x00", maxTrailing+readAhead+1), text, errTrailing},
			{e.name + ", cut", e.coding, short[:1], "", io.ErrUnexpectedEOF},
		}...)
	}
	return all
}

// readAhead is what a decoder may have read, and dropped, of what trails behind.
const readAhead = 32 << 10

// Each coded form is read whole, byte by byte from the wire, and byte by byte by the reader.
func TestDecode(t *testing.T) {
	for _, c := range slices.Concat(forms(), everyForm()) {
		t.Run(c.name, func(t *testing.T) {
			for _, way := range []struct {
				name string
				wire func(io.Reader) io.Reader
				read func(io.Reader) io.Reader
			}{
				{"whole", func(r io.Reader) io.Reader { return r }, func(r io.Reader) io.Reader { return r }},
				{"end with the last bytes", iotest.DataErrReader, func(r io.Reader) io.Reader { return r }},
				{"wire by bytes", iotest.OneByteReader, func(r io.Reader) io.Reader { return r }},
				{"read by bytes", iotest.DataErrReader, iotest.OneByteReader},
			} {
				if way.name != "whole" && len(c.coded) > 1<<18 {
					continue
				}
				b := &body{Reader: way.wire(strings.NewReader(c.coded))}
				rc, err := Decode(b, []string{c.coding}, nil, Limits{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(way.read(rc))
				if string(got) != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
					t.Errorf("%s: got %d bytes (%.60q), %v; want %d bytes, %v", way.name, len(got), got, err, len(c.want), c.err)
				}
				if err == nil && b.read != len(c.coded) {
					t.Errorf("%s: %d of %d bytes read: the connection cannot serve again", way.name, b.read, len(c.coded))
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

// Cut anywhere, no coded form passes for whole, and what came before the cut is right.
func TestCutAnywhere(t *testing.T) {
	long := strings.Repeat(text, 30)
	for _, e := range encoders {
		for _, coded := range []string{e.encode(text), e.encode(long), e.encode("")} {
			for n := 1; n < len(coded); n++ {
				got, err := io.ReadAll(decoding(t, e.coding, coded[:n], Limits{}))
				if _, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(long, string(got)) {
					t.Errorf("%s cut at %d of %d: %q, %v", e.name, n, len(coded), got, err)
				}
			}
		}
	}
	coded := br(zs(gz(long)))
	for n := 1; n < len(coded); n++ {
		if got, err := io.ReadAll(decoding(t, "gzip, zstd, br", coded[:n], Limits{})); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("all of them, cut at %d: %q, %v", n, got, err)
		}
	}
}

// A stage that ends too early is not hidden by the one behind it.
func TestCutOfAnInnerStage(t *testing.T) {
	for _, inner := range encoders {
		for _, outer := range encoders {
			coded := outer.encode(inner.encode(text)[:20])
			_, err := io.ReadAll(decoding(t, inner.coding+","+outer.coding, coded, Limits{}))
			if e, ok := errors.AsType[*Error](err); !ok || e.Coding != inner.coding || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s in %s: %v", inner.name, outer.name, err)
			}
		}
	}
}

func TestCorrupt(t *testing.T) {
	sum := func(p string, at int) string { // a bit of a check sum
		b := []byte(p)
		b[len(b)-at] ^= 1
		return string(b)
	}
	for _, c := range []struct{ coding, coded string }{
		{"gzip", sum(gz(text), 6)},
		{"gzip", sum(gz(text), 1)},
		{"deflate", sum(zl(text), 1)},
		{"zstd", sum(zs(text), 1)},
		{"gzip", "<html>"},
		{"deflate", "\x78\x9c\xff\xff\xff"},
		{"deflate", "\xff\xff\xff\xff"},
		{"deflate", "\x78\xbb\x00\x00\x00\x00\x00"}, // a dictionary
		{"br", "<html>"},
		{"br", "\x11" + br(text)},                                // a large window
		{"zstd", zstdMagic + "\x08\x00\x01\x00\x00"},             // a reserved bit
		{"zstd", zstdMagic + "\x00\x00\x07\x00\x00"},             // a reserved block
		{"zstd", zstdMagic + "\x20\x05\x21\x00\x00abcd"},         // less than it says
		{"zstd", zstdMagic + "\x20\x03\x21\x00\x00abcd"},         // more than it says
		{"zstd", zstdMagic + "\x00\x00\x01\x80\x00" + text[:16]}, // an incomplete block
		{"gzip, gzip", gz("no gzip")},
		{"zstd, br", br("no zstd")},
		{"br, zstd", zs("<html>")},
	} {
		_, err := io.ReadAll(decoding(t, c.coding, c.coded, Limits{}))
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Errorf("%s %q: %v", c.coding, c.coded, err)
		}
	}
}

var errWire = errors.New("wire cut")

// A connection that fails is not a decoding error, wherever it fails.
func TestWireErrorPasses(t *testing.T) {
	for _, e := range encoders {
		coded := e.encode(text)
		for n := range len(coded) + 1 {
			rc := reading(t, e.coding, io.MultiReader(strings.NewReader(coded[:n]), iotest.ErrReader(errWire)), Limits{})
			if _, err := io.ReadAll(rc); err != errWire {
				t.Errorf("%s cut at %d: %v", e.name, n, err)
			}
			rc.Close()
		}
	}
}

func TestNothingBeforeTheFirstRead(t *testing.T) {
	for _, e := range encoders {
		b := &body{Reader: strings.NewReader(e.encode(text))}
		rc, _ := Decode(b, []string{e.coding}, nil, Limits{})
		rc.Close()
		if b.read != 0 {
			t.Errorf("%s: read %d bytes", e.name, b.read)
		}
		if err := rc.Close(); err != nil {
			t.Errorf("%s: second Close: %v", e.name, err)
		}
		if _, err := rc.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("%s: Read after Close: %v", e.name, err)
		}
	}
}

// Close while Read waits ends the Read, and the decoder is not given to anybody else before.
func TestCloseDuringRead(t *testing.T) {
	for _, e := range encoders {
		coded := e.encode(text)
		for n := range len(coded) {
			pr, pw := io.Pipe()
			rc, _ := Decode(pr, []string{e.coding}, nil, Limits{})
			done := make(chan error)
			go func() {
				_, err := io.ReadAll(rc)
				done <- err
			}()
			io.WriteString(pw, coded[:n]) // returns once it has been read
			rc.Close()
			if err := <-done; !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, http.ErrBodyReadAfterClose) {
				t.Errorf("%s at %d: %v", e.name, n, err)
			}
		}
	}
}

// Pooled decoders never mix the bodies of two callers up (CVE-2023-45286).
func TestPoolKeepsBodiesApart(t *testing.T) {
	var texts, coded [8][]string // of each encoder
	for i := range texts {
		for n, e := range encoders {
			want := strings.Repeat(string(rune('a'+i)), 10_000+i+n)
			texts[i], coded[i] = append(texts[i], want), append(coded[i], e.encode(want))
		}
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for n := range 2 * len(encoders) {
				e, which := encoders[n%len(encoders)], i%len(texts)
				want := texts[which][n%len(encoders)]
				rc := decoding(t, e.coding, coded[which][n%len(encoders)], Limits{})
				if n%3 == 0 {
					rc.Read(make([]byte, 10)) // and give it up
					rc.Close()
					rc.Close()
					continue
				}
				if got, err := io.ReadAll(rc); string(got) != want || err != nil {
					t.Errorf("%d, %s: %d bytes, %v", i, e.name, len(got), err)
				}
				rc.Close()
				rc.Close()
			}
		})
	}
	wg.Wait()
}

// A decoder that was left anywhere, or that has failed, is as good as a new one.
func TestUsedDecoders(t *testing.T) {
	long := strings.Repeat(text, 600)
	for _, e := range encoders {
		coded, plain := e.encode(text), e.encode(long)
		pool := poolOf(e.coding)
		d := pool.New().(decoder)
		check := func(after string) {
			t.Helper()
			for want, c := range map[string]string{text: coded, long: plain} {
				d.reset(strings.NewReader(c))
				if got, err := io.ReadAll(d); string(got) != want || err != nil {
					t.Fatalf("%s after %s: %d bytes, %v", e.name, after, len(got), err)
				}
				d.drop()
			}
		}
		for n := range len(coded) {
			d.reset(strings.NewReader(coded[:n]))
			io.ReadAll(d)
			d.drop()
			check("a cut")
			b := []byte(coded)
			b[n] ^= 0x55
			d.reset(bytes.NewReader(b))
			io.ReadAll(d)
			d.drop()
			check("corruption")
		}
		for _, n := range []int{1, 100, 1000, 30_000, 40_000} {
			d.reset(strings.NewReader(plain))
			io.ReadFull(d, make([]byte, n))
			d.drop()
			check("leaving early")
		}
	}
}
