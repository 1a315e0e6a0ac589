package h1

// Status lines: which are read, and as what; which are refused, and with what.

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// readHead reads a head in every way it can arrive in.
func readHead(t *testing.T, message string, bounds *Bounds, want ResponseHead) {
	t.Helper()
	for _, a := range arrivals(message) {
		var got ResponseHead
		if err := got.Read(a.r, bounds); err != nil {
			t.Errorf("%s: %v", a.name, err)
			continue
		}
		if len(got.Fields) == 0 {
			got.Fields = nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %#v\nwant %#v", a.name, got, want)
		}
		a.checkRest(t)
	}
}

// refuseHead expects the same error in every way a head can arrive in.
func refuseHead(t *testing.T, message string, bounds *Bounds, want error) {
	t.Helper()
	for _, a := range arrivals(message) {
		var h ResponseHead
		a.checkError(t, h.Read(a.r, bounds), want)
	}
}

func TestStatusLine(t *testing.T) {
	for _, c := range []struct {
		line string
		want ResponseHead
	}{
		{"HTTP/1.1 200 OK", ResponseHead{Minor: 1, Code: 200, Status: "200 OK", Reason: "OK"}},
		{"HTTP/1.0 404 Not Found", ResponseHead{Minor: 0, Code: 404, Status: "404 Not Found", Reason: "Not Found"}},
		{"HTTP/1.1 204 ", ResponseHead{Minor: 1, Code: 204, Status: "204 "}},
		{"HTTP/1.1 204", ResponseHead{Minor: 1, Code: 204, Status: "204"}},
		{"HTTP/1.9 100 Continue", ResponseHead{Minor: 9, Code: 100, Status: "100 Continue", Reason: "Continue"}},
		{"HTTP/1.1 999 200 OK", ResponseHead{Minor: 1, Code: 999, Status: "999 200 OK", Reason: "200 OK"}},
		{"HTTP/1.1 200 \tOK\t", ResponseHead{Minor: 1, Code: 200, Status: "200 \tOK\t", Reason: "\tOK\t"}},
		{"HTTP/1.1 200 \xe9\xff", ResponseHead{Minor: 1, Code: 200, Status: "200 \xe9\xff", Reason: "\xe9\xff"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			readHead(t, c.line+"\r\n\r\n", defaults(), c.want)
			readHead(t, c.line+"\n\n", defaults(), c.want)
			c.want.Fields = trace.Fields{{Name: "A", Value: "b"}}
			readHead(t, c.line+"\r\nA: b\r\n\r\n", defaults(), c.want)
		})
	}
}

func TestStatusLineRefused(t *testing.T) {
	for _, line := range []string{
		"hello", "<html>", "ICY 200 OK", "220 mail.example.com ESMTP", "SSH-2.0-OpenSSH_9.9",
		"http/1.1 200 OK", "Http/1.1 200 OK", "XHTTP/1.1 200 OK", " HTTP/1.1 200 OK", "\tHTTP/1.1 200 OK", "\xef\xbb\xbfHTTP/1.1 200 OK",
		"HTTP", "HTTP/", "HTTP/1.1", "HTTP/1.1\t200\tOK", "HTTP 200 OK",
		"HTTP/1.1 ", "HTTP/1.1 2", "HTTP/1.1 20", "HTTP/1.1 20 OK", "HTTP/1.1 2000", "HTTP/1.1 2000 OK", "HTTP/1.1 200OK",
		"HTTP/1.1  200", "HTTP/1.1  200 OK", "HTTP/1.1 \t200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 200-OK",
		"HTTP/1.1 099 Low", "HTTP/1.1 000 Nil", "HTTP/1.1 -20 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 2e2 OK", "HTTP/1.1 0x1 OK", "HTTP/1.1 2 0 OK",
		"HTTP/1.1 \uff12\uff10\uff10 OK", "HTTP/1.1 \u0662\u0660\u0660 OK",
	} {
		t.Run(line, func(t *testing.T) {
			refuseHead(t, line+"\r\nA: b\r\n\r\n", defaults(), &BadStatusLineError{line})
			refuseHead(t, line+"\n\n", defaults(), &BadStatusLineError{line})
		})
	}
	// An empty line first: what ended before was longer than we had thought.
	refuseHead(t, "\r\nHTTP/1.1 200 OK\r\n\r\n", defaults(), &BadStatusLineError{})
	refuseHead(t, "\nHTTP/1.1 200 OK\r\n\r\n", defaults(), &BadStatusLineError{})
}

func TestStatusLineOfAnotherVersion(t *testing.T) {
	for _, version := range []string{
		"HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/0.9", "HTTP/1", "HTTP/1.", "HTTP/1.10", "HTTP/01.1", "HTTP/1.x", "HTTP/1,1", "HTTP/11",
		"HTTP/-1.1", "HTTP/1.1.", "HTTP/1.\uff11", "HTTP/", "HTTP/ICY", "HTTP/1.1;", "HTTP/a.b", "HTTP/1.1\u00a0200",
	} {
		t.Run(version, func(t *testing.T) {
			refuseHead(t, version+" 200 OK\r\n\r\n", defaults(), &UnknownProtocolError{version})
		})
	}
}

// A control character in the reason splits the response for whoever obeys it (CVE-2026-34519).
func TestStatusLineControls(t *testing.T) {
	for c := range 256 {
		char := string([]byte{byte(c)})
		line := "HTTP/1.1 200 a" + char + "b"
		switch {
		case c == '\n':
			refuseHead(t, line+"\r\n\r\n", defaults(), &ProtocolError{RuleNoColon, "b"})
		case c == '\r':
			refuseHead(t, line+"\r\n\r\n", defaults(), &ProtocolError{RuleBareCR, line})
		case c < ' ' && c != '\t' || c == 0x7f:
			refuseHead(t, line+"\r\n\r\n", defaults(), &ProtocolError{RuleControl, line})
		default:
			reason := "a" + char + "b"
			readHead(t, line+"\r\n\r\n", defaults(), ResponseHead{Minor: 1, Code: 200, Status: "200 " + reason, Reason: reason})
		}
	}
}

const usualHead = "HTTP/1.1 200 OK\r\n" +
	"Server: nginx/1.27.3\r\n" +
	"Date: Thu, 20 Nov 2025 16:27:00 GMT\r\n" +
	"Content-Type: application/json; charset=utf-8\r\n" +
	"Content-Length: 1234\r\n" +
	"Connection: keep-alive\r\n" +
	"Cache-Control: no-cache, private\r\n" +
	"Vary: Accept-Encoding\r\n" +
	"X-Request-Id: 6c1d7d7e-9a5b-4d5e-a5f0-3a1b6a2f8f11\r\n" +
	"\r\n"

// A head that is cut is an error at every byte; before the first one it is the end of the
// connection, and what that means is for others to say.
func TestHeadCut(t *testing.T) {
	for i := range len(usualHead) {
		var want error = &IncompleteReadError{Expected: -1, Head: true}
		if i == 0 {
			want = io.EOF
		}
		for _, a := range cutArrivals(usualHead[:i]) {
			var h ResponseHead
			a.checkError(t, h.Read(a.r, defaults()), want)
		}
	}
}

// What the reader says, other than that it is at its end, is not for us to judge.
func TestHeadReaderError(t *testing.T) {
	broken := errors.New("broken")
	for _, i := range []int{0, 5, 17, 60} {
		r := strings.NewReader(usualHead[:i])
		var h ResponseHead
		if err := h.Read(newReader(io.MultiReader(r, failing{broken})), defaults()); err != broken {
			t.Errorf("after %d bytes: %v", i, err)
		}
	}
}

// One head after the other from one reader into one ResponseHead.
func TestHeadsInSequence(t *testing.T) {
	for _, a := range arrivals("HTTP/1.1 100 Continue\r\n\r\n" + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n" + usualHead) {
		var h ResponseHead
		for _, want := range []struct{ code, fields int }{{100, 0}, {103, 2}, {200, 8}} {
			if err := h.Read(a.r, defaults()); err != nil || h.Code != want.code || len(h.Fields) != want.fields {
				t.Fatalf("%s: %v, %d with %d fields, want %d with %d", a.name, err, h.Code, len(h.Fields), want.code, want.fields)
			}
		}
		a.checkRest(t)
	}
}

func TestHeader(t *testing.T) {
	head := ResponseHead{Fields: trace.Fields{
		{Name: "content-TYPE", Value: "a"},
		{Name: "X-One", Value: ""},
		{Name: "Set-Cookie", Value: "a=1"},
		{Name: "SET-COOKIE", Value: "b=2"},
		{Name: "x-last", Value: "z"},
		{Name: "set-cookie", Value: "c=3"},
	}}
	want := http.Header{
		"Content-Type": {"a"}, "X-One": {""}, "Set-Cookie": {"a=1", "b=2", "c=3"}, "X-Last": {"z"},
	}
	got := head.Header()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// The values share an array, which must not show when the caller adds to one of them.
	got.Add("Content-Type", "intruder")
	got.Add("X-Last", "intruder")
	if got.Get("X-One") != "" || len(got["X-One"]) != 1 {
		t.Errorf("a value has run into its neighbour: %q", got)
	}
	if empty := (&ResponseHead{}).Header(); empty == nil || len(empty) != 0 {
		t.Errorf("without fields: %#v", empty)
	}
}
