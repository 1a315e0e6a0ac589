package h1

// Properties that hold for whatever bytes come: of heads, of framing, and of requests.

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// headSeeds are heads that have been trouble to somebody.
var headSeeds = []string{
	usualHead,
	"HTTP/1.1 200 OK\r\n\r\n" + stale,
	"HTTP/1.0 204\n\n",
	"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nB : e\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 6\r\n\r\n",
	"HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
	"HTTP/1.1 200 a\rb\r\n\r\n",
	"HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n",
	"HTTP/1.1 200 OK\r\nA: b\r\n\r\r\n\r\n",
	"HTTP/1.1 200 OK\r\nA:" + strings.Repeat(" ", 50) + "b\r\n" + strings.Repeat("C: d\r\n", 9) + "\r\n",
	"HTTP/2 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "\r\n\r\n", "\n", "", "H",
}

// narrow are bounds that a fuzzer reaches.
var narrow = &Bounds{Head: 200, Line: 40, Fields: 5, Interim: 1, ChunkLine: 16}

// taken returns how many bytes of input a parser has taken from r, which had read it all in.
func taken(input string, r *bufio.Reader) int {
	rest, _ := io.ReadAll(r)
	return len(input) - len(rest)
}

func FuzzResponseHead(f *testing.F) {
	for _, seed := range headSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		if len(input) > 32<<10 {
			return
		}
		for _, bounds := range []*Bounds{defaults(), narrow} {
			var atOnce, bitByBit ResponseHead
			r, r1 := whole(input), bytewise(input)
			err, err1 := atOnce.Read(r, bounds), bitByBit.Read(r1, bounds)
			if (err == nil) != (err1 == nil) || bounds != narrow && !reflect.DeepEqual(err, err1) {
				t.Fatalf("at once %v, byte by byte %v", err, err1)
			}
			if err != nil {
				if err != io.EOF && !errors.Is(err, ErrHTTP) {
					t.Fatalf("untyped: %v", err)
				}
				continue
			}
			if !reflect.DeepEqual(atOnce, bitByBit) {
				t.Fatalf("at once %+v, byte by byte %+v", atOnce, bitByBit)
			}
			n := taken(input, r)
			if n1 := taken(input, r1); n != n1 {
				t.Fatalf("at once %d bytes were taken, byte by byte %d", n, n1)
			}
			checkHead(t, input[:n], &atOnce, bounds)
		}
	})
}

// FuzzHeadAfterHead reads two heads into the same memory.
func FuzzHeadAfterHead(f *testing.F) {
	for i, seed := range headSeeds {
		f.Add(usualHead, seed)
		f.Add(seed, headSeeds[len(headSeeds)-1-i])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		if len(first)+len(second) > 32<<10 {
			return
		}
		var h, alone ResponseHead
		if h.Read(whole(first), defaults()) != nil {
			return
		}
		r, r1 := whole(second), bytewise(second)
		err, err1 := h.Read(r, defaults()), alone.Read(r1, defaults())
		if !reflect.DeepEqual(err, err1) {
			t.Fatalf("after another %v, alone %v", err, err1)
		}
		if err != nil {
			return
		}
		if !sameHead(h, alone) || taken(second, r) != taken(second, r1) {
			t.Fatalf("after another %+v, alone %+v", h, alone)
		}
	})
}

// checkHead checks a head that was read from exactly these bytes.
func checkHead(t *testing.T, head string, h *ResponseHead, bounds *Bounds) {
	t.Helper()
	if !strings.HasSuffix(head, "\n\n") && !strings.HasSuffix(head, "\n\r\n") {
		t.Fatalf("a head that does not end in an empty line: %q", head)
	}
	unix := strings.ReplaceAll(head, "\r\n", "\n")
	if i := strings.Index(unix, "\n\n"); i != len(unix)-2 {
		t.Fatalf("read past the empty line: %q", head)
	}
	if len(head) > bounds.Head || len(h.Fields) > bounds.Fields || h.Code < 100 || h.Code > 999 || h.Minor < 0 || h.Minor > 9 {
		t.Fatalf("out of bounds: %+v", h)
	}
	if !IsFieldValue(h.Status) || !strings.HasPrefix(head, "HTTP/1.") || !strings.HasPrefix(head[9:], h.Status) {
		t.Fatalf("status %q", h.Status)
	}
	lines, err := AppendFields(nil, h.Fields)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	var again ResponseHead
	if err := again.Read(whole("HTTP/1.1 200 OK\r\n"+string(lines)+"\r\n"), defaults()); err != nil {
		t.Fatalf("%q cannot be read again: %v", lines, err)
	}
	if !equalFields(again.Fields, h.Fields) {
		t.Fatalf("written and read again:\n%+v, was\n%+v", again.Fields, h.Fields)
	}
	count := 0
	for name, values := range h.Header() {
		if name != http.CanonicalHeaderKey(name) {
			t.Fatalf("%q is not canonical", name)
		}
		count += len(values)
	}
	if count != len(h.Fields) {
		t.Fatalf("%d values of %d fields", count, len(h.Fields))
	}
}

func FuzzFraming(f *testing.F) {
	for _, lines := range []string{
		"", "Content-Length: 5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n", "content-length: 5\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: Chunked\r\nContent-Length: 3\r\n", "Transfer-Encoding: identity\r\n",
		"Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"Connection: close\r\nContent-Length: 0\r\n", "Connection: Keep-Alive, x\r\nContent-Length: 9223372036854775807\r\n",
	} {
		f.Add("GET", byte(1), uint16(200), lines)
		f.Add("HEAD", byte(1), uint16(200), lines)
		f.Add("CONNECT", byte(1), uint16(200), lines)
		f.Add("GET", byte(0), uint16(304), lines)
	}
	f.Fuzz(func(t *testing.T, method string, minor byte, code uint16, lines string) {
		status := "HTTP/1." + string('0'+rune(minor%2)) + " " + string('1'+rune(code/100%9)) + string('0'+rune(code/10%10)) + string('0'+rune(code%10)) + " OK\r\n"
		message := status + lines + "\r\n"
		var h ResponseHead
		r := whole(message)
		if h.Read(r, defaults()) != nil || r.Buffered() > 0 || len(message) > MinBuffer {
			return
		}
		got, err := ResponseFraming(method, h.Minor, h.Code, h.Fields)
		back, backErr := ResponseFraming(method, h.Minor, h.Code, reversed(h.Fields))
		if (err == nil) != (backErr == nil) || err == nil && got != back {
			t.Fatalf("%+v, %v; fields in reverse: %+v, %v", got, err, back, backErr)
		}
		if err != nil {
			if !errors.Is(err, ErrHTTP) {
				t.Fatalf("untyped: %v", err)
			}
			return
		}
		checkFraming(t, got, method, &h)
		checkNetHTTP(t, got, method, message)
	})
}

// checkFraming holds a framing against the rules, one by one.
func checkFraming(t *testing.T, got Framing, method string, h *ResponseHead) {
	t.Helper()
	hasLength, hasCoding := h.Fields.Has("Content-Length"), h.Fields.Has("Transfer-Encoding")
	none := method == "HEAD" || h.Code < 200 || h.Code == 204 || h.Code == 304 || method == "CONNECT" && h.Code < 300
	switch {
	case got.Length < -1:
		t.Fatalf("length %d", got.Length)
	case none != (got.Kind == NoBody):
		t.Fatalf("%+v for %s, %d", got, method, h.Code)
	case none:
	case got.Kind == ByLength && (!hasLength || got.Length < 0):
		t.Fatalf("%+v without a length", got)
	case got.Kind == Chunked && (!hasCoding || got.Length != -1):
		t.Fatalf("%+v without a coding, or with a length", got)
	case got.Kind == UntilClose && (hasLength || !got.Close):
		t.Fatalf("%+v in spite of a length", got)
	case hasLength && hasCoding && !got.Close:
		t.Fatalf("%+v goes on in spite of both", got)
	case h.Minor == 0 && !got.Close && !HasToken(h.Fields.Joined("Connection", ""), "keep-alive"):
		t.Fatalf("%+v goes on in HTTP/1.0", got)
	case HasToken(h.Fields.Joined("Connection", ""), "close") && !got.Close:
		t.Fatalf("%+v goes on in spite of close", got)
	}
}

// checkNetHTTP asks net/http where the body ends, if it takes the response at all. Two
// readers that disagree are how responses are smuggled.
func checkNetHTTP(t *testing.T, got Framing, method, message string) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(message)), &http.Request{Method: method})
	if err != nil || got.Kind == NoBody || !res.ProtoAtLeast(1, 1) || len(res.Header["Content-Length"]) > 1 {
		return
	}
	want := UntilClose
	switch {
	case len(res.TransferEncoding) > 0:
		want = Chunked
	case res.ContentLength >= 0:
		want = ByLength
	}
	if got.Kind != want || want == ByLength && got.Length != res.ContentLength {
		t.Fatalf("%+v; net/http: kind %d, length %d", got, want, res.ContentLength)
	}
}

func FuzzRequestHead(f *testing.F) {
	f.Add("GET", "/", "Host", "example.com", "X-A", "b")
	f.Add("POST", "/a?b=c", "Host", "h", "host", "i")
	f.Add("CONNECT", "h:443", "A", "", "B", " c ")
	f.Add("OPTIONS", "*", "A", "b\n", "C", "d")
	f.Add("GET", "/\r\nX: y", "A", "b", "C", "d")
	f.Add("G\nET", "/ HTTP/1.1", "A: b", "\r\n", "", "\x00")
	f.Add("get", "http://h/\xff#", "\u010a", "\u010a", "Transfer-Encoding", "chunked")
	f.Fuzz(func(t *testing.T, method, target, name1, value1, name2, value2 string) {
		fields := trace.Fields{{Name: name1, Value: value1}, {Name: name2, Value: value2}}
		before := []byte("before|")
		out, err := AppendRequestHead(before, method, target, 1, fields)
		if err != nil {
			if !errors.Is(err, ErrHTTP) || !bytes.Equal(out, before) {
				t.Fatalf("%v, and dst is %q", err, out)
			}
			return
		}
		head, ok := bytes.CutPrefix(out, before)
		want := method + " " + target + " HTTP/1.1\r\n" + name1 + ": " + value1 + "\r\n" + name2 + ": " + value2 + "\r\n\r\n"
		if !ok || string(head) != want || bytes.Count(head, []byte{'\n'}) != 4 || bytes.Count(head, []byte{'\r'}) != 4 {
			t.Fatalf("%q", out)
		}
		checkRequest(t, head, method, target, fields)
	})
}

// checkRequest reads a request with net/http, and passes over those that it refuses for
// what we do not judge: a target that is no URL, several Hosts, a framing.
func checkRequest(t *testing.T, head []byte, method, target string, fields trace.Fields) {
	t.Helper()
	want := Header(fields)
	for i := range fields {
		switch Canonical(fields[i].Name) {
		case "Host", "Transfer-Encoding", "Content-Length", "Trailer", "Pragma", "Connection":
			return
		}
	}
	if _, err := url.ParseRequestURI(target); err != nil || method == "CONNECT" || method == "PRI" {
		return
	}
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil {
		t.Fatalf("net/http refuses %q: %v", head, err)
	}
	for _, values := range want {
		for i := range values {
			values[i] = trimOWS(values[i])
		}
	}
	if req.Method != method || req.RequestURI != target || !reflect.DeepEqual(req.Header, want) {
		t.Fatalf("net/http reads %q, %q, %q out of %q", req.Method, req.RequestURI, req.Header, head)
	}
}
