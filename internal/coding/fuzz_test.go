package coding

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// FuzzDecode: whatever comes, decoding ends, does so in the same way however the bytes come, and
// within the limits.
func FuzzDecode(f *testing.F) {
	kinds := []string{"gzip", "deflate", "br", "zstd", "deflate, gzip", "br, zstd", "gzip, br", "zstd, deflate"}
	for _, e := range encoders {
		for n, kind := range kinds[:4] {
			if kind == e.coding {
				f.Add(e.encode(text), uint8(n))
				f.Add(e.encode("a")+e.encode("")+e.encode("b")+"x", uint8(n))
			}
		}
	}
	f.Add(gz(zl(text)), uint8(4))
	f.Add(zs(br(text)), uint8(5))
	f.Add(br(gz(text)), uint8(6))
	f.Add(zl(zs(text)), uint8(7))
	f.Fuzz(func(t *testing.T, coded string, kind uint8) {
		coding := kinds[int(kind)%len(kinds)]
		limits := Limits{Bytes: 1 << 20, Ratio: 10}
		read := func(r io.Reader) ([]byte, error) {
			rc := reading(t, coding, r, limits)
			defer rc.Close()
			got, err := io.ReadAll(rc)
			if _, ok := errors.AsType[*Error](err); err != nil && !ok {
				t.Fatalf("%s: %v is no *Error", coding, err)
			}
			return got, err
		}
		a, errA := read(strings.NewReader(coded))
		b, errB := read(iotest.OneByteReader(strings.NewReader(coded)))
		if len(a) > 3<<20 || len(b) > 3<<20 {
			t.Errorf("%d and %d bytes got past the limits", len(a), len(b))
		}
		_, bombA := errors.AsType[*BombError](errA)
		_, bombB := errors.AsType[*BombError](errB)
		if bombA || bombB {
			return // how much has been read ahead decides when
		}
		if (errA == nil) != (errB == nil) || (errA == nil && !bytes.Equal(a, b)) {
			t.Errorf("%s, whole: %d bytes, %v; byte by byte: %d bytes, %v", coding, len(a), errA, len(b), errB)
		}
	})
}

// FuzzRoundTrip: what was encoded is decoded, with anything behind it, and cut it is an error.
func FuzzRoundTrip(f *testing.F) {
	for n := range encoders {
		f.Add([]byte(text), []byte("garbage"), uint16(7), uint8(n))
		f.Add([]byte(""), []byte{0}, uint16(1), uint8(n))
		f.Add(bytes.Repeat([]byte(text), 100), bytes.Repeat([]byte{0}, 100), uint16(100), uint8(n))
	}
	f.Fuzz(func(t *testing.T, plain, behind []byte, cut uint16, which uint8) {
		if len(behind) > maxTrailing/2 {
			behind = behind[:maxTrailing/2]
		}
		e := encoders[int(which)%len(encoders)]
		coded := e.encode(string(plain))
		got, err := io.ReadAll(decoding(t, e.coding, coded+string(behind), Limits{}))
		if !bytes.Equal(got, plain) || err != nil {
			// What is behind may itself begin as a member or a frame does.
			if begins := bytes.HasPrefix(behind, []byte{0x1f}) || bytes.HasPrefix(behind, []byte{0x28}) || len(behind) > 0 && behind[0]&0xf0 == 0x50; !begins {
				t.Errorf("%s: %d bytes became %d, %v", e.name, len(plain), len(got), err)
			}
		}
		if n := int(cut) % len(coded); n > 0 {
			if got, err := io.ReadAll(decoding(t, e.coding, coded[:n], Limits{})); err == nil || !bytes.HasPrefix(plain, got) {
				t.Errorf("%s cut at %d of %d: %d bytes, %v", e.name, n, len(coded), len(got), err)
			}
		}
	})
}

// FuzzLikeTheLibrary: what a new decoder of the library's yields, one of ours that has been used
// for something else yields too, and nothing of what that was.
func FuzzLikeTheLibrary(f *testing.F) {
	for _, e := range encoders {
		if e.coding == "br" || e.coding == "zstd" {
			f.Add([]byte(e.encode(text)), []byte(e.encode("secret")), e.coding == "br")
			f.Add([]byte(e.encode(text)[:20]), []byte(e.encode(strings.Repeat("secret", 1000))), e.coding == "br")
		}
	}
	f.Fuzz(func(t *testing.T, coded, before []byte, isBrotli bool) {
		const most = 1 << 20
		coding, library := "zstd", io.Reader(nil)
		if isBrotli {
			coding, library = "br", brotli.NewReader(bytes.NewReader(coded))
		} else {
			z, err := zstd.NewReader(iotest.HalfReader(bytes.NewReader(coded)), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				t.Fatal(err)
			}
			defer z.Close()
			library = z
		}
		want, wantErr := io.ReadAll(io.LimitReader(library, most))
		d := poolOf(coding).New().(decoder)
		for _, p := range [][]byte{before, coded} {
			d.reset(bytes.NewReader(p))
			got, err := io.ReadAll(io.LimitReader(d, most))
			if len(coded) == 0 || !bytes.Equal(p, coded) {
				continue
			}
			if !bytes.HasPrefix(got, want) && !bytes.HasPrefix(want, got) || wantErr == nil && (err != nil || len(got) != len(want)) {
				if err != errEmpty && err != errSkipped && err != errTrailing {
					t.Errorf("%s: %d bytes, %v; the library: %d bytes, %v", coding, len(got), err, len(want), wantErr)
				}
			}
		}
	})
}
