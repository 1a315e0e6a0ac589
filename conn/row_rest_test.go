package conn_test

// The rows of the table "coming from http.client" about its output, its functions and its
// exceptions.

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/tlserr"
)

// set_debuglevel(1)
func TestSetDebugLevel(t *testing.T) {
	for _, tt := range []struct {
		secrets bool
		want    string
	}{
		{false, `send: "POST / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\nContent-Length: 4\r\nAuthorization: •••\r\n\r\n"
send: "body"
reply: "HTTP/1.1 200 OK\r\n"
header: Content-Length: 2
header: Set-Cookie: •••
header: X: \u202e\x9b
`},
		{true, `send: "POST / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\nContent-Length: 4\r\nAuthorization: Basic eDp5\r\n\r\n"
send: "body"
reply: "HTTP/1.1 200 OK\r\n"
header: Content-Length: 2
header: Set-Cookie: k=v
header: X: \u202e\x9b
`},
	} {
		var out bytes.Buffer
		c, _ := dialing(t, "example.com", conn.Options{Debug: &out, DebugSecrets: tt.secrets}, script(ReadHead{}, Expect("body"),
			Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: k=v\r\nX: \u202e\x9b\r\n\r\nok")))
		must(t, c.Request(t.Context(), "POST", "/", fields("Authorization", "Basic eDp5"), strings.NewReader("body")))
		answer(t, c)
		if out.String() != tt.want {
			t.Errorf("secrets %v:\n%s\nwant\n%s", tt.secrets, out.String(), tt.want)
		}
	}
}

// What is folded is printed in the lines in which it is sent, unless it is hidden.
func TestDebugOfFoldedFields(t *testing.T) {
	for _, tt := range []struct {
		secrets bool
		cookie  string
	}{{false, "Cookie: •••"}, {true, `Cookie: a=1;\r\n\tb=2`}} {
		var out bytes.Buffer
		c, _ := dialing(t, "example.com", conn.Options{Debug: &out, DebugSecrets: tt.secrets, ObsFold: true},
			script(Expect("GET / HTTP/1.1\r\n"+usual+"A: b\r\n\tc\r\n\t d\r\nE: b c\r\nCookie: a=1;\r\n\tb=2\r\n\r\n"), Send(ok2), Expect(handGet), Send(ok2)))
		must(t, c.PutRequest(t.Context(), "GET", "/"), c.PutHeader("A", "b", "c", " d"), c.PutHeader("E", "b c"), c.PutHeader("Cookie", "a=1;", "b=2"), c.EndHeaders())
		answer(t, c)
		request(t, c, "GET", "/")
		answer(t, c)
		rest := "reply: \"HTTP/1.1 200 OK\\r\\n\"\nheader: Content-Length: 2\n"
		want := `send: "GET / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\nA: b\r\n\tc\r\n\t d\r\nE: b c\r\n` + tt.cookie + `\r\n\r\n"` + "\n" + rest +
			`send: "GET / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\n\r\n"` + "\n" + rest
		if out.String() != want {
			t.Errorf("secrets %v:\n%s\nwant\n%s", tt.secrets, out.String(), want)
		}
	}
}

// parse_headers(fp)
func TestParseHeaders(t *testing.T) {
	for _, text := range []string{"A: b\r\nc:  d\r\n e\r\n\r\nrest", "A: b\nc: d\n\te\n\nrest"} {
		for _, size := range []int{16, 4096} {
			r := bufio.NewReaderSize(strings.NewReader(text), size)
			got, err := conn.ReadHeader(r)
			after, _ := io.ReadAll(r)
			if want := fields("A", "b", "c", "d e"); !slices.Equal(got, want) || err != nil || string(after) != "rest" {
				t.Errorf("%v, %v, and %q is left", got, err, after)
			}
		}
	}
	if got, err := conn.ReadHeader(bufio.NewReader(strings.NewReader(""))); got != nil || err != io.EOF {
		t.Error(got, err)
	}
	if got, err := conn.ReadHeader(bufio.NewReader(strings.NewReader("\r\n"))); len(got) != 0 || err != nil {
		t.Error(got, err)
	}
	_, err := conn.ReadHeader(bufio.NewReader(strings.NewReader("A: b\r\n")))
	wantError[*conn.IncompleteReadError](t, err)
	_, err = conn.ReadHeader(bufio.NewReader(strings.NewReader(strings.Repeat("A: b\r\n", 1001) + "\r\n")))
	wantError[*conn.BoundError](t, err)
	_, err = conn.ReadHeader(bufio.NewReader(strings.NewReader("A: " + strings.Repeat("b", 65<<10) + "\r\n\r\n")))
	wantError[*conn.LineTooLongError](t, err)
}

// responses
func TestResponses(t *testing.T) {
	registered := map[int]string{
		100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints", 104: "Upload Resumption Supported",
		200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content", 205: "Reset Content",
		206: "Partial Content", 207: "Multi-Status", 208: "Already Reported", 226: "IM Used",
		300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 305: "Use Proxy",
		306: "(Unused)", 307: "Temporary Redirect", 308: "Permanent Redirect",
		400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
		406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 409: "Conflict", 410: "Gone",
		411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
		416: "Range Not Satisfiable", 417: "Expectation Failed", 418: "(Unused)", 421: "Misdirected Request", 422: "Unprocessable Content",
		423: "Locked", 424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required",
		429: "Too Many Requests", 431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons",
		500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
		505: "HTTP Version Not Supported", 506: "Variant Also Negotiates", 507: "Insufficient Storage", 508: "Loop Detected",
		510: "Not Extended", 511: "Network Authentication Required",
	}
	for code := range 1100 {
		if got := conn.StatusText(code); got != registered[code] {
			t.Errorf("%d: %q, want %q", code, got, registered[code])
		}
	}
}

// The exceptions, and what each of them is by inheritance.
func TestExceptions(t *testing.T) {
	all := map[string]error{
		"HTTPException": conn.ErrHTTP, "NotConnected": conn.ErrNotConnected, "InvalidURL": conn.ErrInvalidURL,
		"UnknownProtocol": conn.ErrUnknownProtocol, "UnknownTransferEncoding": conn.ErrUnknownTransferEncoding,
		"CannotSendRequest": conn.ErrCannotSendRequest, "CannotSendHeader": conn.ErrCannotSendHeader, "ResponseNotReady": conn.ErrResponseNotReady,
		"BadStatusLine": conn.ErrBadStatusLine, "RemoteDisconnected": conn.ErrRemoteDisconnected,
		"ConnectionResetError": syscall.ECONNRESET, "EOF": io.ErrUnexpectedEOF,
	}
	for _, tt := range []struct {
		err error
		is  []string
	}{
		{conn.ErrNotConnected, []string{"NotConnected"}},
		{conn.ErrInvalidURL, []string{"InvalidURL"}},
		{conn.ErrUnknownProtocol, []string{"UnknownProtocol"}},
		{conn.ErrUnknownTransferEncoding, []string{"UnknownTransferEncoding"}},
		{conn.ErrCannotSendRequest, []string{"CannotSendRequest"}},
		{conn.ErrCannotSendHeader, []string{"CannotSendHeader"}},
		{conn.ErrResponseNotReady, []string{"ResponseNotReady"}},
		{conn.ErrBadStatusLine, []string{"BadStatusLine"}},
		{conn.ErrRemoteDisconnected, []string{"RemoteDisconnected", "BadStatusLine", "ConnectionResetError"}},
		{conn.ErrStale, []string{"RemoteDisconnected", "BadStatusLine", "ConnectionResetError"}},
		{&conn.IncompleteReadError{}, []string{"EOF"}},
		{&conn.StateError{Step: "PutRequest"}, []string{"CannotSendRequest"}},
		{&conn.StateError{Step: "PutHeader"}, []string{"CannotSendHeader"}},
		{&conn.StateError{Step: "EndHeaders"}, []string{"CannotSendHeader"}},
		{&conn.StateError{Step: "Response"}, []string{"ResponseNotReady"}},
		{&conn.BadStatusLineError{}, []string{"BadStatusLine"}},
		{&conn.LineTooLongError{}, nil},
		{&conn.TunnelError{}, nil},
		{&conn.RequestError{What: "method"}, nil},
		{&conn.RequestError{What: "host"}, []string{"InvalidURL"}},
	} {
		for name, target := range all {
			want := name == "HTTPException" || slices.Contains(tt.is, name)
			if got := errors.Is(&conn.Error{Err: tt.err}, target); got != want {
				t.Errorf("%T %v: errors.Is(%s) = %v", tt.err, tt.err, name, got)
			}
		}
	}
	if errors.Is(&tlserr.Error{}, conn.ErrHTTP) {
		t.Error("a failure of TLS is no breach of HTTP")
	}
}
