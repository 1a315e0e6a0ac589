package term

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

var safeCases = []struct{ name, in, want string }{
	{"plain", "hello, world\n", "hello, world\n"},
	{"empty", "", ""},
	{"tab and line end pass", "a\tb\nc", "a\tb\nc"},
	{"set title", "\x1b]0;you are root\x07$ ", `\x1b]0;you are root\x07$ `},
	{"clear screen", "\x1b[2Jgone", `\x1b[2Jgone`},
	{"C1 CSI", "\u009b31mred", `\u009b31mred`},
	{"C1 CSI as a lone byte", "\x9b31mred", `\x9b31mred`},
	{"NEL", "a\u0085b", `a\u0085b`},
	{"bell", "\a", `\x07`},
	{"backspace", "safe\b\b\b\bevil", `safe\x08\x08\x08\x08evil`},
	{"DEL", "a\x7fb", `a\x7fb`},
	{"NUL", "a\x00b", `a\x00b`},
	{"CR overwrite", "HTTP/1.1 500 Bad\rHTTP/1.1 200 OK", `HTTP/1.1 500 Bad\rHTTP/1.1 200 OK`},
	{"CRLF is a line end", "a\r\nb\r\n", "a\nb\n"},
	{"CR CR LF", "a\r\r\nb", "a\\r\nb"},
	{"CR at the end", "a\r", `a\r`},
	{"right-to-left override", "gpj.\u202eexe", `gpj.\u202eexe`},
	{"isolates", "\u2066a\u2069", `\u2066a\u2069`},
	{"Arabic letter mark", "\u061c", `\u061c`},
	{"zero width space", "goo\u200bgle", `goo\u200bgle`},
	{"zero width joiner", "a\u200db", `a\u200db`},
	{"word joiner", "\u2060", `\u2060`},
	{"byte order mark", "\ufeffx", `\ufeffx`},
	{"soft hyphen", "a\u00adb", `a\u00adb`},
	{"line separator", "a\u2028b", `a\u2028b`},
	{"Hangul filler", "\u3164", `\u3164`},
	{"variation selectors that hide a text", "a\ufe00\ufe0d\U000e0101", `a\ufe00\ufe0d\U000e0101`},
	{"emoji with a selector", "\u2764\ufe0f", "\u2764\ufe0f"},
	{"tag characters", "\U000e0041", `\U000e0041`},
	{"letters of the world", "Grüße, мир, 世界, 🦆, ñ", "Grüße, мир, 世界, 🦆, ñ"},
	{"invalid UTF-8", "caf\xe9 \xff", `caf\xe9 \xff`},
	{"cut short", "\xe4\xb8", `\xe4\xb8`},
	{"surrogate half", "\xed\xa0\x80", `\xed\xa0\x80`},
	{"overlong NUL", "\xc0\x80", `\xc0\x80`},
}

func TestWriter(t *testing.T) {
	for _, c := range safeCases {
		t.Run(c.name, func(t *testing.T) {
			readings := map[string]io.Reader{
				"whole":        strings.NewReader(c.in),
				"byte by byte": iotest.OneByteReader(strings.NewReader(c.in)),
				"by halves":    iotest.HalfReader(strings.NewReader(c.in)),
			}
			for how, r := range readings {
				var out bytes.Buffer
				w := &Writer{W: &out}
				if _, err := io.Copy(w, r); err != nil {
					t.Fatal(err)
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				if out.String() != c.want {
					t.Errorf("%s: got %q, want %q", how, out.String(), c.want)
				}
			}
		})
	}
}

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"a\nHTTP/1.1 200 OK":   `a\nHTTP/1.1 200 OK`,
		"a\r\nSet-Cookie: x=1": `a\nSet-Cookie: x=1`,
		"a\rb":                 `a\rb`,
		"\x1b[2J":              `\x1b[2J`,
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWriterErrors(t *testing.T) {
	w := &Writer{W: brokenWriter{}}
	if _, err := w.Write([]byte("x")); err != io.ErrClosedPipe {
		t.Errorf("Write: %v", err)
	}
	w.carry = []byte{'\r'}
	if err := w.Flush(); err != io.ErrClosedPipe {
		t.Errorf("Flush: %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// FuzzSafe: whatever comes in, what goes out is UTF-8 without anything to obey, and is the
// same however the input is cut.
func FuzzSafe(f *testing.F) {
	for _, c := range safeCases {
		f.Add([]byte(c.in), 1)
	}
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		whole, _ := appendSafe(nil, in, true)
		if !utf8.Valid(whole) {
			t.Fatalf("not UTF-8: %q", whole)
		}
		for _, r := range string(whole) {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= utf8.RuneSelf && Deceptive(r) {
				t.Fatalf("%q was let through in %q", r, whole)
			}
		}
		cut = min(max(cut, 0), len(in))
		var out bytes.Buffer
		w := &Writer{W: &out}
		for _, part := range [][]byte{in[:cut], in[cut:]} {
			if _, err := w.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), whole) {
			t.Fatalf("cut at %d: %q, whole: %q", cut, out.Bytes(), whole)
		}
	})
}

func BenchmarkSafe(b *testing.B) {
	text := bytes.Repeat([]byte(`{"name": "Grüße", "list": [1, 2.50, true, null]},`+"\n"), 2000)
	b.SetBytes(int64(len(text)))
	w := &Writer{W: io.Discard}
	for b.Loop() {
		if _, err := w.Write(text); err != nil {
			b.Fatal(err)
		}
	}
}

// What is quickly passed is none of those that are looked up.
func TestDeceptive(t *testing.T) {
	for r := rune(0xa0); r <= unicode.MaxRune; r++ {
		if unicode.Is(unicode.Cf, r) != Deceptive(r) && !Deceptive(r) {
			t.Errorf("%U passes", r)
		}
	}
}
