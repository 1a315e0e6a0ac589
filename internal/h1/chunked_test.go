package h1

// Chunked bodies: the spellings that pass, every spelling that must not, every place where
// one can be cut, and what lies between honest small chunks and a flood of chunk lines.

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

var chunked = Framing{Chunked, -1, false}

func TestChunked(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"nothing", "0\r\n\r\n", ""},
		{"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"},
		{"two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
		{"upper and lower case", "A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij"},
		{"two digits", "10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef"},
		{"leading zeros", "005\r\nhello\r\n0000000000000001\r\n!\r\n0000000000000000\r\n\r\n", "hello!"},
		{"space after the size", "5 \t \r\nhello\r\n0 \r\n\r\n", "hello"},
		{"space before the extension", "5 \t;x\r\nhello\r\n0\r\n\r\n", "hello"},
		{"extensions", "5;a;b=c;d=\"e f\\\"\"\r\nhello\r\n0;last=\"\xff\t\"\r\n\r\n", "hello"},
		{"extension with space in it", "5 ; a = b\r\nhello\r\n0\r\n\r\n", "hello"},
		{"an extension that looks like a size", "5;6\r\nhello\r\n0;7\r\n\r\n", "hello"},
		{"line ends in the data", "6\r\n\r\n0\r\n\r\r\n2\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\r\n"},
		{"data that looks like the end", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) { readBody(t, chunked, c.message, c.want, nil) })
	}
	long := strings.Repeat("0123456789abcdef", MinBuffer/4)
	readBody(t, chunked, fmt.Sprintf("%x\r\n%s\r\n%X\r\n%s\r\n0\r\n\r\n", len(long), long, len(long), long), long+long, nil)
}

func TestChunkedRefused(t *testing.T) {
	for _, c := range []struct {
		line string // the first chunk-size line, without its end
		rule Rule
	}{
		{"", RuleChunkSize},
		{" ", RuleChunkSize},
		{" 5", RuleChunkSize},
		{"\t5", RuleChunkSize},
		{"+5", RuleChunkSize},
		{"-5", RuleChunkSize},
		{"-0", RuleChunkSize},
		{"+0", RuleChunkSize},
		{"-1", RuleChunkSize},
		{"0x5", RuleChunkSize},
		{"0X5", RuleChunkSize},
		{"x5", RuleChunkSize},
		{"5h", RuleChunkSize},
		{"0o5", RuleChunkSize},
		{"5_0", RuleChunkSize},
		{"_5", RuleChunkSize},
		{"5.0", RuleChunkSize},
		{"5,5", RuleChunkSize},
		{"5 5", RuleChunkSize},
		{"5 0", RuleChunkSize},
		{"5\t5", RuleChunkSize},
		{"5 x", RuleChunkSize},
		{"5\x00", RuleChunkSize},
		{"\x005", RuleChunkSize},
		{"5\x0b", RuleChunkSize},
		{"5\x0c;a", RuleChunkSize},
		{"5\xa0", RuleChunkSize},
		{"5\u00a0", RuleChunkSize},
		{"\uff15", RuleChunkSize},
		{"\u0665", RuleChunkSize},
		{"\u00b2", RuleChunkSize},
		{"\ufeff5", RuleChunkSize},
		{"g", RuleChunkSize},
		{"five", RuleChunkSize},
		{"\"5\"", RuleChunkSize},
		{"5=a", RuleChunkSize},
		{";a", RuleChunkSize},
		{";5", RuleChunkSize},
		{"8000000000000000", RuleChunkSize},
		{"FFFFFFFFFFFFFFFF", RuleChunkSize},
		{"fffffffffffffffb", RuleChunkSize}, // -5 to whoever wraps
		{"10000000000000005", RuleChunkSize},
		{"00000000000000005", RuleChunkSize}, // 17 digits
		{strings.Repeat("0", 400), RuleChunkSize},
		{"5\r", RuleChunkSize},
		{"\r5", RuleChunkSize},
		{"5\r5", RuleChunkSize},
		{"5 \r;a", RuleChunkSize},
		{"5;a\r", RuleChunkExtension},
		{"5;a=\"\r\"", RuleChunkExtension},
		{"5;a\rb", RuleChunkExtension},
		{"5;\r", RuleChunkExtension},
		{"5;a\x00", RuleChunkExtension},
		{"5;a\x7f", RuleChunkExtension},
		{"5;a=\"\x1b[2J\"", RuleChunkExtension},
	} {
		t.Run(c.line, func(t *testing.T) {
			want := &ProtocolError{c.rule, c.line}
			refuseBody(t, chunked, c.line+"\r\nhello\r\n0\r\n\r\n", "", want)
			refuseBody(t, chunked, "2\r\nhi\r\n"+c.line+"\r\nhello\r\n0\r\n\r\n", "hi", want)
		})
	}
	// What is a prefix of binary numbers elsewhere is a hexadecimal number here.
	readBody(t, chunked, "0b\r\n0123456789a\r\n0\r\n\r\n", "0123456789a", nil)
}

// A line feed alone ends no chunk-size line (CVE-2025-22871), in an extension neither
// (CVE-2024-52304).
func TestChunkLineFeedRefused(t *testing.T) {
	for _, line := range []string{"", "5", "5 ", "5;a", "5;a=\"", "0", "5\r\t"} {
		refuseBody(t, chunked, line+"\nhello\r\n0\r\n\r\n", "", &ProtocolError{RuleBareLF, line})
		refuseBody(t, chunked, "2\r\nhi\r\n"+line+"\nhello\r\n0\r\n\r\n", "hi", &ProtocolError{RuleBareLF, line})
	}
}

// The two bytes after the data are looked at (CVE-2025-43859).
func TestChunkEnd(t *testing.T) {
	for _, c := range []struct{ end, got string }{
		{"XX", "XX"},
		{"X\r\n", "X\r"},
		{"\n\n", "\n\n"},
		{"\n", "\n0"},
		{"\rX", "\rX"},
		{"\r\r\n", "\r\r"},
		{" \r\n", " \r"},
		{"\n\r", "\n\r"},
		{"", "0\r"},
		{"\x00\x00", "\x00\x00"},
	} {
		refuseBody(t, chunked, "5\r\nhello"+c.end+"0\r\n\r\n", "hello", &ProtocolError{RuleChunkEnd, c.got})
	}
}

// A chunked body is cut at each of its bytes.
func TestChunkedCut(t *testing.T) {
	pieces := []struct {
		text   string
		isData bool
	}{
		{"5\r\n", false},
		{"hello", true},
		{"\r\n0a;x=\"y\"\r\n", false},
		{" wide worl", true},
		{"\r\n1 \r\n", false},
		{"d", true},
		{"\r\n0;z\r\nX-Sum: 1\r\nY: z\r\n\r\n", false},
	}
	var message, data string
	for _, p := range pieces {
		for _, c := range []byte(p.text) {
			refuseCutBody(t, chunked, message, data, &IncompleteReadError{Partial: int64(len(data)), Expected: -1})
			message += string(rune(c))
			if p.isData {
				data += string(rune(c))
			}
		}
	}
	readBody(t, chunked, message, "hello wide world", trace.Fields{{Name: "X-Sum", Value: "1"}, {Name: "Y", Value: "z"}})
}

// A huge chunk is handed on while it comes, and costs no memory.
func TestChunkOfHugeSize(t *testing.T) {
	for _, size := range []string{"7fffffffffffffff", "80000000", "ffffffff"} {
		refuseCutBody(t, chunked, size+"\r\nhello", "hello", &IncompleteReadError{Partial: 5, Expected: -1})
	}
}

// repeated is a text many times over, without the memory, and then another text.
type repeated struct {
	text, then string
	times      int
	rest       string
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.rest == "" {
			switch {
			case r.times > 0:
				r.times--
				r.rest = r.text
			case r.then != "":
				r.rest, r.then = r.then, ""
			case n == 0:
				return 0, io.EOF
			default:
				return n, nil
			}
		}
		m := copy(p[n:], r.rest)
		n += m
		r.rest = r.rest[m:]
	}
	return n, nil
}

// discard reads a body to its end and says how long it was.
func discard(b *Body) (int64, error) {
	p := make([]byte, 1000)
	for {
		if _, err := b.Read(p); err != nil {
			return b.Count(), err
		}
	}
}

// Small chunks are honest, in whatever number, as long as their lines are no longer than
// what a chunk gives back: 16 bytes, and 2 for each byte of data.
func TestChunkOverheadOfHonestChunks(t *testing.T) {
	for _, c := range []struct {
		name, chunk string
		size, times int
	}{
		{"one byte", "1\r\na\r\n", 1, 1_000_000},
		{"one byte and spaces", "1 ; n=123456789\r\na\r\n", 1, 100_000},
		{"exactly what it gives back", "1;123456789abcde\r\na\r\n", 1, 100_000}, // 16 + 2 bytes with CRLF
		{"signed chunks", "10;chunk-signature=0123456789012345\r\n0123456789abcdef\r\n", 16, 100_000},
		{"leading zeros", "0000000000000001\r\na\r\n", 1, 100_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b Body
			b.Reset(newReader(&repeated{text: c.chunk, times: c.times, then: "0\r\n\r\n"}), chunked, defaults())
			if n, err := discard(&b); err != io.EOF || n != int64(c.times*c.size) {
				t.Errorf("%d bytes, %v", n, err)
			}
		})
	}
}

// Lines that carry less than they cost are a flood, and are stopped (CVE-2023-39326).
func TestChunkOverheadOfFloods(t *testing.T) {
	for _, c := range []struct {
		name, chunk string
		most        int64 // bytes of data that may pass
	}{
		{"one byte too many", "1;123456789abcdef\r\na\r\n", chunkOverhead},
		{"kilobytes", "1;" + strings.Repeat("x", 4000) + "\r\na\r\n", chunkOverhead/4000 + 1},
		{"spaces", "1" + strings.Repeat(" ", 4000) + "\r\na\r\n", chunkOverhead/4000 + 1},
		{"larger chunks", "64;" + strings.Repeat("x", 1000) + "\r\n" + strings.Repeat("a", 100) + "\r\n", 100 * (chunkOverhead/(1000-216) + 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := &repeated{text: c.chunk, times: 1_000_000}
			var b Body
			b.Reset(newReader(src), chunked, defaults())
			n, err := discard(&b)
			want := &BoundError{"bytes of chunk overhead beyond what the data warrants", chunkOverhead, ""}
			if !reflect.DeepEqual(err, want) || n > c.most {
				t.Errorf("after %d bytes: %v", n, err)
			}
			if taken := int64(1_000_000-src.times) * int64(len(c.chunk)); taken > n*int64(len(c.chunk))+2*MinBuffer+int64(len(c.chunk)) {
				t.Errorf("%d bytes were read for %d of data", taken, n)
			}
		})
	}
}

// The balance, to the byte: so much overhead passes, one more does not. What large chunks
// give back is not saved up for later.
func TestChunkOverheadBalance(t *testing.T) {
	// A chunk of 1 byte gives back 18. So its line, of 4,096 bytes with CRLF, adds 4,078 to
	// the balance, and four of them 16,312; the last chunk's line gives back 16. 72 are left.
	four := strings.Repeat("1;"+strings.Repeat("x", 4094-2)+"\r\na\r\n", 4)
	last := func(n int) string { return "0;" + strings.Repeat("x", n-4) + "\r\n\r\n" }
	large := "8000\r\n" + strings.Repeat("a", 0x8000) + "\r\n"
	tooMuch := &BoundError{"bytes of chunk overhead beyond what the data warrants", chunkOverhead, ""}

	readBody(t, chunked, four+last(72+16), "aaaa", nil)
	refuseBody(t, chunked, four+last(72+17), "aaaa", tooMuch)
	refuseBody(t, chunked, large+four+last(72+17), strings.Repeat("a", 0x8000)+"aaaa", tooMuch)
	readBody(t, chunked, four+large+four+last(72+16), "aaaa"+strings.Repeat("a", 0x8000)+"aaaa", nil)
}
