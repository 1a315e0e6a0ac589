package h1

// Faults that the tests of this package have found, each with what it did.

import (
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// A line that is exactly as long as it may be was refused if its carriage return came ahead
// of its line feed.
func TestLineBoundExact(t *testing.T) {
	b := Bounds{Line: 100}.Defaults()
	for _, end := range []string{"\r\n", "\n"} {
		value, reason := strings.Repeat("v", 97), strings.Repeat("r", 87)
		want := withFields("A", value)
		want.Status, want.Reason = "200 "+reason, reason
		readHead(t, "HTTP/1.1 200 "+reason+end+"A: "+value+end+end, &b, want)
		want.Fields[0].Value = "b " + value + "vv"
		readHead(t, "HTTP/1.1 200 "+reason+end+"A: b"+end+" "+value+"vv"+end+end, &b, want)
		refuseHead(t, "HTTP/1.1 200 "+reason+end+"A: "+value+"v"+end+end, &b, &LineTooLongError{"field line", 100, "Bounds.Line"})
		refuseHead(t, "HTTP/1.1 200 "+reason+"r"+end+end, &b, &LineTooLongError{"status line", 100, "Bounds.Line"})
	}
	for _, extra := range []string{"", "v"} {
		for _, a := range arrivals("0\r\nA: " + strings.Repeat("v", 97) + extra + "\r\n\r\n") {
			var body Body
			body.Reset(a.r, chunked, &b)
			_, err := readAll(&body, 10)
			if extra == "" && err != nil {
				t.Errorf("%s: %v", a.name, err)
			} else if extra != "" {
				a.checkError(t, err, &LineTooLongError{"field line", 100, "Bounds.Line"})
			}
		}
	}
}

// A trailer section larger than the reader's buffer, and a deadline in the middle of it: the
// next Read began with what was left of it, found an empty line at once and said that the
// body was complete, with fields missing and the rest of the section still to be read. It
// is resumed or it is over, but it is not complete.
func TestTrailerTornByDeadline(t *testing.T) {
	const first = "0\r\nA: "
	long := strings.Repeat("v", MinBuffer)
	message := first + long + "\r\nB: c\r\n\r\n" + stale
	for cut := len(first) + MinBuffer - 10; cut < len(first)+MinBuffer+10; cut++ {
		var b Body
		b.Reset(newReader(io.MultiReader(strings.NewReader(message[:cut]), &hesitant{r: strings.NewReader(message[cut:])})), chunked, defaults())
		p := make([]byte, 8)
		_, err := b.Read(p)
		if err != os.ErrDeadlineExceeded {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		for range 3 {
			if _, err = b.Read(p); err == io.EOF {
				break
			}
		}
		if err == io.EOF && !equalFields(b.Trailer(), withFields("A", long, "B", "c").Fields) {
			t.Errorf("cut at %d: complete with %d fields", cut, len(b.Trailer()))
		}
	}
}

// crypto/tls says io.ErrUnexpectedEOF where a record is cut: in heads and trailers it came
// back as it was, an error of no type that did not end the body.
func TestCutInTLSRecord(t *testing.T) {
	for i := 1; i < len(usualHead); i += 7 {
		var h ResponseHead
		err := h.Read(newReader(io.MultiReader(strings.NewReader(usualHead[:i]), failing{io.ErrUnexpectedEOF})), defaults())
		if want := (&IncompleteReadError{Expected: -1, Head: true}); !reflect.DeepEqual(err, want) {
			t.Errorf("head cut after %d bytes: %v", i, err)
		}
	}
	const message = "5\r\nhello\r\n0\r\nA: b\r\n\r\n"
	for i := range len(message) {
		var b Body
		b.Reset(newReader(io.MultiReader(strings.NewReader(message[:i]), failing{io.ErrUnexpectedEOF})), chunked, defaults())
		_, err := readAll(&b, 10)
		if want := (&IncompleteReadError{Partial: b.Count(), Expected: -1}); !reflect.DeepEqual(err, want) || b.Err() != err {
			t.Errorf("body cut after %d bytes: %v, Err %v", i, err, b.Err())
		}
	}
}

// What is no HTTP was waited for like a head: to the empty line, or to the end of the
// connection, and then it was a head that had been cut.
func TestNotHTTP(t *testing.T) {
	for _, line := range []string{"220 mail.example.com ESMTP", "SSH-2.0-OpenSSH_9.9", "+OK", "hello", "\x80\x81", "HTT", "http/1.1 200 OK"} {
		for _, r := range []io.Reader{strings.NewReader(line + "\r\n"), iotest.OneByteReader(strings.NewReader(line + "\n"))} {
			var h ResponseHead
			err := h.Read(newReader(io.MultiReader(r, failing{os.ErrDeadlineExceeded})), defaults())
			if want := (&BadStatusLineError{line}); !reflect.DeepEqual(err, want) {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
	for _, junk := range []string{"\x15\x03\x01\x00\x02\x02\x46", "hello", "HTTQ"} {
		for _, a := range cutArrivals(junk) {
			var h ResponseHead
			a.checkError(t, h.Read(a.r, defaults()), &BadStatusLineError{junk})
		}
	}
}

// Rules about both fields hold where there is no body too; what CONNECT's success says of
// a body is not even looked at.
func TestFramingOfNoBody(t *testing.T) {
	const length, chunked, identity = "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n"
	for _, c := range []struct {
		method string
		minor  int
		code   int
		lines  string
		want   Framing
	}{
		{"HEAD", 1, 200, length + chunked, Framing{NoBody, -1, true}},
		{"GET", 1, 304, length + chunked, Framing{NoBody, -1, true}},
		{"HEAD", 1, 200, identity, Framing{NoBody, -1, true}},
		{"HEAD", 1, 200, identity + length, Framing{NoBody, 5, true}},
		{"HEAD", 0, 200, chunked + "Connection: keep-alive\r\n", Framing{NoBody, -1, true}},
		{"CONNECT", 1, 200, "Content-Length: x\r\n", Framing{NoBody, -1, false}},
		{"CONNECT", 1, 200, "Transfer-Encoding: gzip\r\n", Framing{NoBody, -1, false}},
		{"CONNECT", 1, 204, length + chunked, Framing{NoBody, -1, false}},
	} {
		if got, err := frame(t, c.method, c.minor, c.code, c.lines); err != nil || got != c.want {
			t.Errorf("%s, HTTP/1.%d %d, %q: %+v, %v; want %+v", c.method, c.minor, c.code, c.lines, got, err, c.want)
		}
	}
}

// A quoted string that its line does not end passed. Who takes the CRLF for a part of it
// sees chunks elsewhere.
func TestChunkExtensionQuotes(t *testing.T) {
	for _, line := range []string{"5;a=\"", "5;a=\"b\\\"", "5;a=\"b\";c=\"", "0;\""} {
		refuseBody(t, chunked, line+"\r\nhello\r\n0\r\n\r\n", "", &ProtocolError{RuleChunkExtension, line})
	}
	refuseBody(t, chunked, "5;a=\"\r\n\"\r\nhe\r\n0\r\n\r\n", "", &ProtocolError{RuleChunkExtension, "5;a=\""})
	readBody(t, chunked, "5;a=\"\";b=\"\\\"\";c=\"\\\\\"\r\nhello\r\n0\r\n\r\n", "hello", nil)
}

// Chunk-size lines of more than one digit were allocated, and so was the empty trailer.
func TestAllocsOfChunks(t *testing.T) {
	message := strings.Repeat("1\r\na\r\n010\r\n0123456789abcdef\r\n0020 ;a=b\r\n0123456789abcdef0123456789abcdef\r\n", 200) + "0\r\n\r\n"
	src := strings.NewReader(message)
	r := newReader(src)
	bounds := defaults()
	p := make([]byte, 1000)
	var b Body
	checkAllocs(t, "chunked", 0, func() {
		src.Reset(message)
		r.Reset(src)
		b.Reset(r, chunked, bounds)
		for {
			if _, err := b.Read(p); err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A head read into a ResponseHead that has held a larger one kept that one alive.
func TestHeadLetsGoOfTheOneBefore(t *testing.T) {
	var h ResponseHead
	for _, message := range []string{usualHead, "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"} {
		if err := h.Read(whole(message), defaults()); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range h.Fields[:cap(h.Fields)][len(h.Fields):] {
		if f.Name != "" || f.Value != "" {
			t.Errorf("still there: %v", f)
		}
	}
}

// A control character in a value put the value into the message.
func TestErrorTellsNoValue(t *testing.T) {
	for _, c := range []string{"\x00", "\x1b", "\x7f", "\r"} {
		message := "HTTP/1.1 200 OK\r\nSet-Cookie: session=hunter2" + c + "; Secure\r\n\r\n"
		var h ResponseHead
		err := h.Read(whole(message), defaults())
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "Set-Cookie") {
			t.Errorf("%q: %v", c, err)
		}
	}
	for _, end := range []string{"\n\r\n", "\x00\r\n\r\n", "\rX\r\n\r\n"} {
		var b Body
		b.Reset(whole("0\r\nX-Token: hunter2"+end), chunked, defaults())
		if _, err := readAll(&b, 10); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", end, err)
		}
	}
}
