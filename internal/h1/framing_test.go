package h1

// Where a body ends and whether its connection persists, as one table of heads; and the
// grammars of the two fields that decide it.

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// frame reads field lines and asks for their framing.
func frame(t *testing.T, method string, minor, code int, lines string) (Framing, error) {
	t.Helper()
	var h ResponseHead
	if err := h.Read(whole("HTTP/1.1 200 OK\r\n"+lines+"\r\n"), defaults()); err != nil {
		t.Fatal(err)
	}
	return ResponseFraming(method, minor, code, h.Fields)
}

func TestResponseFraming(t *testing.T) {
	const (
		length  = "Content-Length: 5\r\n"
		chunked = "Transfer-Encoding: chunked\r\n"
		close   = "Connection: close\r\n"
		keep    = "Connection: keep-alive\r\n"
	)
	for _, c := range []struct {
		method string
		minor  int
		code   int
		lines  string
		want   Framing
	}{
		{"GET", 1, 200, length, Framing{ByLength, 5, false}},
		{"GET", 1, 200, "Content-Length: 0\r\n", Framing{ByLength, 0, false}},
		{"GET", 1, 200, chunked, Framing{Chunked, -1, false}},
		{"GET", 1, 200, "", Framing{UntilClose, -1, true}},
		{"GET", 1, 200, keep, Framing{UntilClose, -1, true}},
		{"POST", 1, 500, length, Framing{ByLength, 5, false}},
		{"head", 1, 200, length, Framing{ByLength, 5, false}}, // methods have a letter case

		// Close, and what HTTP/1.0 needs not to.
		{"GET", 1, 200, length + close, Framing{ByLength, 5, true}},
		{"GET", 1, 200, chunked + close, Framing{Chunked, -1, true}},
		{"GET", 1, 200, length + "CONNECTION: x, CLOSE\r\n", Framing{ByLength, 5, true}},
		{"GET", 1, 200, length + keep + close, Framing{ByLength, 5, true}},
		{"GET", 1, 200, length + close + keep, Framing{ByLength, 5, true}},
		{"GET", 1, 200, length + "Connection: keep-alive, close\r\n", Framing{ByLength, 5, true}},
		{"GET", 1, 200, length + "Proxy-Connection: close\r\n", Framing{ByLength, 5, false}},
		{"GET", 0, 200, length, Framing{ByLength, 5, true}},
		{"GET", 0, 200, length + keep, Framing{ByLength, 5, false}},
		{"GET", 0, 200, length + "connection: x,\tKeep-Alive\r\n", Framing{ByLength, 5, false}},
		{"GET", 0, 200, length + keep + close, Framing{ByLength, 5, true}},
		{"GET", 0, 200, length + "Connection: \u212aeep-Alive\r\n", Framing{ByLength, 5, true}},
		{"GET", 0, 200, keep, Framing{UntilClose, -1, true}},
		{"GET", 0, 200, chunked, Framing{Chunked, -1, true}},
		{"GET", 0, 200, chunked + keep, Framing{Chunked, -1, true}},
		{"HEAD", 0, 200, keep, Framing{NoBody, -1, false}},

		// No body, whatever the fields say.
		{"HEAD", 1, 200, length, Framing{NoBody, 5, false}},
		{"HEAD", 1, 200, chunked, Framing{NoBody, -1, false}},
		{"HEAD", 1, 200, "", Framing{NoBody, -1, false}},
		{"HEAD", 1, 404, length + close, Framing{NoBody, 5, true}},
		{"GET", 1, 304, length, Framing{NoBody, 5, false}},
		{"GET", 1, 304, chunked, Framing{NoBody, -1, false}},
		{"HEAD", 1, 200, "Transfer-Encoding: gzip, chunked\r\n", Framing{NoBody, -1, true}},
		{"GET", 1, 304, "Transfer-Encoding: x\r\n" + length, Framing{NoBody, -1, true}},
		{"GET", 1, 204, "Transfer-Encoding: chunked, chunked\r\n", Framing{NoBody, -1, true}},
		{"GET", 1, 204, "", Framing{NoBody, -1, false}},
		{"GET", 1, 100, "", Framing{NoBody, -1, false}},
		{"GET", 1, 103, "Link: </a>\r\n", Framing{NoBody, -1, false}},
		{"GET", 1, 101, "Upgrade: x\r\n", Framing{NoBody, -1, false}},
		{"GET", 1, 199, "", Framing{NoBody, -1, false}},
		{"GET", 1, 205, "", Framing{UntilClose, -1, true}}, // RFC 9112 6.3 makes no exception for it
		{"GET", 1, 205, length, Framing{ByLength, 5, false}},
		{"CONNECT", 1, 200, "", Framing{NoBody, -1, false}},
		{"CONNECT", 1, 200, length, Framing{NoBody, -1, false}},
		{"CONNECT", 1, 299, chunked, Framing{NoBody, -1, false}},
		{"CONNECT", 1, 407, length, Framing{ByLength, 5, false}},
		{"CONNECT", 1, 302, chunked, Framing{Chunked, -1, false}},

		// Both at once: the coding wins, and the connection is not used again.
		{"GET", 1, 200, length + chunked, Framing{Chunked, -1, true}},
		{"GET", 1, 200, chunked + length, Framing{Chunked, -1, true}},
		{"GET", 1, 200, chunked + "Content-Length: 0\r\n", Framing{Chunked, -1, true}},
		{"GET", 1, 200, chunked + length + keep, Framing{Chunked, -1, true}},

		// A lone "identity" counts as absent, and the connection is not used again.
		{"GET", 1, 200, "Transfer-Encoding: identity\r\n", Framing{UntilClose, -1, true}},
		{"GET", 1, 200, "Transfer-Encoding: identity\r\n" + length, Framing{ByLength, 5, true}},

		// Names that only look like them.
		{"GET", 1, 200, length + "Transfer_Encoding: chunked\r\n", Framing{ByLength, 5, false}},
		{"GET", 1, 200, length + "Transfer-Encodin: chunked\r\n", Framing{ByLength, 5, false}},
		{"GET", 1, 200, length + "X-Transfer-Encoding: chunked\r\n", Framing{ByLength, 5, false}},
		{"GET", 1, 200, "Content-Lengths: 5\r\n" + chunked, Framing{Chunked, -1, false}},
	} {
		got, err := frame(t, c.method, c.minor, c.code, c.lines)
		if err != nil || got != c.want {
			t.Errorf("%s, HTTP/1.%d %d, %q:\ngot  %+v, %v\nwant %+v", c.method, c.minor, c.code, c.lines, got, err, c.want)
		}
	}
}

func TestContentLength(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  int64
	}{
		{[]string{"5"}, 5},
		{[]string{"\t 5 \t"}, 5},
		{[]string{"0"}, 0},
		{[]string{"007"}, 7},
		{[]string{"9223372036854775807"}, 1<<63 - 1},
		{[]string{strings.Repeat("0", 100) + "9223372036854775807"}, 1<<63 - 1},
		{[]string{"5,5"}, 5},
		{[]string{"5 ,\t5, 5"}, 5},
		{[]string{"5, 05"}, 5},
		{[]string{"5", "5"}, 5},
		{[]string{"5, 5", "5"}, 5},
	} {
		got, err := frame(t, "GET", 1, 200, "Content-Length: "+strings.Join(c.lines, "\r\nCONTENT-LENGTH:")+"\r\n")
		if want := (Framing{ByLength, c.want, false}); err != nil || got != want {
			t.Errorf("%q: %+v, %v", c.lines, got, err)
		}
	}
}

func TestContentLengthRefused(t *testing.T) {
	for _, value := range []string{
		"", ",", "5,", ",5", "5,,5", "+5", "-5", "-1", "+0", "-0", "0x5", "0b1", "0o7", "5_0", "5 6", "5\t6", "1 2", "5;", "5;5", "5.0", "5.", ".5", "5e0", "5,0x5",
		"five", "NaN", "Infinity", "\"5\"", "5\u00a0", "\u00a05", "\uff15", "\u0665", "\u00b2", "5\u200b", "\xb2", "'5'", "(5)", "5, five",
		"9223372036854775808", "18446744073709551615", "18446744073709551616", "18446744073709551621", "99999999999999999999", strings.Repeat("9", 400),
	} {
		for _, method := range []string{"GET", "HEAD"} {
			_, err := frame(t, method, 1, 200, "Content-Length: "+value+"\r\n")
			if want := (&ProtocolError{RuleContentLength, value}); !reflect.DeepEqual(err, want) {
				t.Errorf("%s, %q: %v, want %v", method, value, err, want)
			}
		}
		if _, err := frame(t, "GET", 1, 200, "Transfer-Encoding: chunked\r\nContent-Length: "+value+"\r\n"); err == nil {
			t.Errorf("%q passes beside a transfer coding", value)
		}
	}
	for _, values := range [][2]string{{"5", "6"}, {"0", "5"}, {"5", "0"}, {"5", "5, 6"}, {"5, 5", "55"}} {
		for _, lines := range []string{
			"Content-Length: " + values[0] + "\r\nContent-Length: " + values[1] + "\r\n",
			"Content-Length: " + values[0] + "\r\nA: b\r\ncontent-length: " + values[1] + "\r\nTransfer-Encoding: chunked\r\n",
		} {
			_, err := frame(t, "GET", 1, 200, lines)
			if want := (&ProtocolError{RuleLengthsDiffer, values[1]}); !reflect.DeepEqual(err, want) {
				t.Errorf("%q: %v, want %v", lines, err, want)
			}
		}
	}
	_, err := frame(t, "GET", 1, 200, "Content-Length: 5, 6\r\n")
	if want := (&ProtocolError{RuleLengthsDiffer, "5, 6"}); !reflect.DeepEqual(err, want) {
		t.Errorf("5, 6: %v, want %v", err, want)
	}
}

func TestTransferEncoding(t *testing.T) {
	for _, value := range []string{"chunked", "Chunked", "CHUNKED", "cHuNkEd", "\t chunked \t"} {
		got, err := frame(t, "GET", 1, 200, "TRANSFER-encoding:"+value+"\r\n")
		if want := (Framing{Chunked, -1, false}); err != nil || got != want {
			t.Errorf("%q: %+v, %v", value, got, err)
		}
	}
}

func TestTransferEncodingRefused(t *testing.T) {
	for _, value := range []string{
		"", ",", "x", "gzip", "deflate", "compress", "br", "trailers",
		"chunked, chunked", "chunked,chunked", "chunked,", ",chunked", "chunked, ", "identity, chunked", "chunked, identity", "chunked, gzip", "gzip, chunked", "gzip,chunked",
		"chunked;q=1", "chunked;", "chunked; a=b", "chunked123", "xchunked", "chunke", "chunked\t, x", "\"chunked\"", "'chunked'", "chunked chunked", "[chunked]", "chun ked",
		"chun\u212aed", "chun\u212ae\u0501", "\uff43hunked", "chunked\u00a0", "\u00a0chunked", "\u200bchunked", "chunked\x85", "chunked\xa0", "identity;q=1", "identity identity",
	} {
		for _, lines := range []string{
			"Transfer-Encoding: " + value + "\r\n",
			"Content-Length: 5\r\nTransfer-Encoding: " + value + "\r\n",
		} {
			_, err := frame(t, "GET", 1, 200, lines)
			if want := (&UnknownTransferEncodingError{trimOWS(value)}); !reflect.DeepEqual(err, want) {
				t.Errorf("%q: %v, want %v", lines, err, want)
			}
		}
	}
	// Several lines are a list too (CVE-2021-21299).
	for _, pair := range [][2]string{{"chunked", "chunked"}, {"chunked", "identity"}, {"identity", "chunked"}, {"identity", "identity"}, {"chunked", "gzip"}, {"chunked", ""}} {
		_, err := frame(t, "GET", 1, 200, "Transfer-Encoding: "+pair[0]+"\r\nTransfer-Encoding: "+pair[1]+"\r\n")
		if want := (&UnknownTransferEncodingError{pair[0] + ", " + pair[1]}); !reflect.DeepEqual(err, want) {
			t.Errorf("%q: %v, want %v", pair, err, want)
		}
	}
}

// Control characters do not get as far as the framing (CVE-2022-1705): the head is refused.
func TestFramingFieldControls(t *testing.T) {
	for _, line := range []string{
		"Transfer-Encoding: \x0bchunked", "Transfer-Encoding: chunked\x0c", "Transfer-Encoding: \x00chunked", "Transfer-Encoding: chun\x08ked",
		"Content-Length: 5\x00", "Content-Length: \x0b5", "Content-Length: 5\x7f", "Content-Length\x00: 5", "\x01Transfer-Encoding: chunked",
	} {
		refuseHead(t, "HTTP/1.1 200 OK\r\n"+line+"\r\n\r\n", defaults(), &ProtocolError{RuleControl, shown(line)})
	}
	for _, line := range []string{"Transfer-Encoding: \rchunked", "Content-Length: \r5", "A: b\rTransfer-Encoding: chunked", "Transfer\rEncoding: chunked"} {
		refuseHead(t, "HTTP/1.1 200 OK\r\n"+line+"\r\n\r\n", defaults(), &ProtocolError{RuleBareCR, shown(line)})
	}
}

// The order of fields of different names, and other fields between, must not matter.
func TestFramingOrder(t *testing.T) {
	lines := []string{"Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n", "Connection: keep-alive\r\n", "A: b\r\n"}
	want := Framing{Chunked, -1, true}
	for range len(lines) {
		for i := range lines {
			lines[0], lines[i] = lines[i], lines[0]
			for _, order := range [][]string{lines, reversed(lines)} {
				if got, err := frame(t, "GET", 1, 200, strings.Join(order, "")); err != nil || got != want {
					t.Errorf("%q: %+v, %v", order, got, err)
				}
			}
		}
	}
}

func reversed[E any](s []E) []E {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

// Fields that did not pass the parser (a test server's, a cache's) are not trimmed for it.
func TestFramingOfRawFields(t *testing.T) {
	for _, fields := range []trace.Fields{
		{{Name: "Transfer-Encoding", Value: " chunked"}},
		{{Name: "Transfer-Encoding", Value: "chunked\n"}},
		{{Name: "Content-Length", Value: "5\n"}},
		{{Name: "Content-Length", Value: "5\r\n"}},
	} {
		if got, err := ResponseFraming("GET", 1, 200, fields); err == nil {
			t.Errorf("%v: %+v", fields, got)
		}
	}
}
