package h1

// The bytes of request heads and of what frames a request's body, and what is refused.

import (
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

func TestAppendRequestHead(t *testing.T) {
	for _, c := range []struct {
		name, method, target string
		minor                int
		fields               trace.Fields
		want                 string
	}{
		{
			"plain", "GET", "/", 1,
			trace.Fields{{Name: "Host", Value: "example.com"}},
			"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
		},
		{"no fields", "GET", "/", 0, nil, "GET / HTTP/1.0\r\n\r\n"},
		{
			"order, letter case and repetition are kept", "POST", "/a?b=c%20d", 1,
			trace.Fields{{Name: "x-b", Value: "1"}, {Name: "X-A", Value: "2"}, {Name: "x-B", Value: "3"}},
			"POST /a?b=c%20d HTTP/1.1\r\nx-b: 1\r\nX-A: 2\r\nx-B: 3\r\n\r\n",
		},
		{"authority form", "CONNECT", "[::1]:443", 1, nil, "CONNECT [::1]:443 HTTP/1.1\r\n\r\n"},
		{"absolute form", "GET", "http://h/p", 1, nil, "GET http://h/p HTTP/1.1\r\n\r\n"},
		{"asterisk form", "OPTIONS", "*", 1, nil, "OPTIONS * HTTP/1.1\r\n\r\n"},
		{"any token is a method", "!#$%&'*+-.^_`|~09azAZ", "/", 1, nil, "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n\r\n"},
		{"a target passes byte by byte", "GET", "/\xff\u010a{}|\\^\"<>#", 1, nil, "GET /\xff\u010a{}|\\^\"<># HTTP/1.1\r\n\r\n"},
		{
			"an empty value", "GET", "/", 1,
			trace.Fields{{Name: "X", Value: ""}},
			"GET / HTTP/1.1\r\nX: \r\n\r\n",
		},
		{
			"a value passes byte by byte", "GET", "/", 1,
			trace.Fields{{Name: "X", Value: " a\tb\x80\xff\u010a\u2028 "}},
			"GET / HTTP/1.1\r\nX:  a\tb\x80\xff\xc4\x8a\xe2\x80\xa8 \r\n\r\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := AppendRequestHead([]byte("before|"), c.method, c.target, c.minor, c.fields)
			if err != nil || string(got) != "before|"+c.want {
				t.Errorf("got %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

// controls are the bytes that begin a line, end one, or are obeyed by what displays them.
func controls() []string {
	all := []string{"\x7f", "\r\n", "\r\nX: y", "\n ", "\r\n\r\nGET /admin HTTP/1.1"}
	for c := range byte(' ') {
		all = append(all, string(rune(c)))
	}
	return all
}

// everywhere puts a piece at the beginning, in the middle and at the end of a text. (A
// single line feed at the end is what a regular expression with "$" lets pass.)
func everywhere(text, piece string) []string {
	half := len(text) / 2
	return []string{piece + text, text[:half] + piece + text[half:], text + piece, piece}
}

// checkRefused expects a RequestError, and dst as it was.
func checkRefused(t *testing.T, dst []byte, err error, want RequestError) {
	t.Helper()
	if !reflect.DeepEqual(err, &want) {
		t.Errorf("error %#v, want %#v", err, &want)
	}
	if string(dst) != "before|" {
		t.Errorf("dst is now %q", dst)
	}
}

func TestAppendRequestHeadRefusesMethods(t *testing.T) {
	want := RequestError{What: "method", Why: "not a token (RFC 9110 9.1)"}
	bad := []string{"", "G T", "GET ", " GET", "GET\t", "GET/", "G(T", "GÉT", "GET\u010a", "G\u212aT", "\xff", "GET:", "\"GET\"", "G,T"}
	for _, piece := range controls() {
		bad = append(bad, everywhere("GET", piece)...)
	}
	for _, method := range bad {
		got, err := AppendRequestHead([]byte("before|"), method, "/", 1, nil)
		checkRefused(t, got, err, want)
	}
}

func TestAppendRequestHeadRefusesTargets(t *testing.T) {
	want := RequestError{What: "target", Why: "empty, or with a space or a control character in it (RFC 9112 3.2)"}
	bad := append([]string{""}, everywhere("/path", " ")...)
	for _, piece := range controls() {
		bad = append(bad, everywhere("/path", piece)...)
	}
	for _, target := range bad {
		got, err := AppendRequestHead([]byte("before|"), "GET", target, 1, nil)
		checkRefused(t, got, err, want)
	}
}

func TestAppendFieldsRefusesNames(t *testing.T) {
	bad := []string{"", "X Y", "X ", " X", "X:", ":", "X\u010a", "\u010a", "Ä", "X\xff", "X\u212a", "X\u200b", "X,Y", "X;", "X=", "X/", "X\\", "\"X\"", "(X)", "X@", "[X]", "{X}", "X?"}
	for _, piece := range controls() {
		bad = append(bad, everywhere("X-Name", piece)...)
	}
	for _, name := range bad {
		want := RequestError{What: "field name", Name: name, Why: "not a token (RFC 9110 5.1)"}
		fields := trace.Fields{{Name: "A", Value: "b"}, {Name: name, Value: "v"}}
		got, err := AppendFields([]byte("before|"), fields)
		checkRefused(t, got, err, want)
		got, err = AppendRequestHead([]byte("before|"), "GET", "/", 1, fields)
		checkRefused(t, got, err, want)
		got, err = AppendLastChunk([]byte("before|"), fields)
		checkRefused(t, got, err, want)
	}
}

func TestAppendFieldsRefusesValues(t *testing.T) {
	want := RequestError{What: "field value", Name: "X-Key", Why: "control character in it (RFC 9110 5.5)"}
	for _, piece := range controls() {
		if piece == "\t" {
			continue
		}
		for _, value := range everywhere("hunter2", piece) {
			fields := trace.Fields{{Name: "X-Key", Value: value}}
			got, err := AppendFields([]byte("before|"), fields)
			checkRefused(t, got, err, want)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the message tells the value: %s", err)
			}
			got, err = AppendLastChunk([]byte("before|"), fields)
			checkRefused(t, got, err, want)
		}
	}
}

func TestAppendChunks(t *testing.T) {
	for n, want := range map[int]string{1: "1\r\n", 9: "9\r\n", 10: "a\r\n", 255: "ff\r\n", 1 << 20: "100000\r\n"} {
		if got := string(AppendChunkSize([]byte("before|"), n)); got != "before|"+want {
			t.Errorf("size %d: %q, want %q", n, got, want)
		}
	}
	got, err := AppendLastChunk([]byte("before|"), nil)
	if err != nil || string(got) != "before|0\r\n\r\n" {
		t.Errorf("without a trailer: %q, %v", got, err)
	}
	got, err = AppendLastChunk(nil, trace.Fields{{Name: "X-Sum", Value: "1"}, {Name: "x-sum", Value: ""}})
	if err != nil || string(got) != "0\r\nX-Sum: 1\r\nx-sum: \r\n\r\n" {
		t.Errorf("with a trailer: %q, %v", got, err)
	}
}
