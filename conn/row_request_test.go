package conn_test

// The rows of the table "coming from http.client" that send a request.

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// request(method, url, body, headers, *, encode_chunked)
func TestRequest(t *testing.T) {
	file := func(text string, read int64) *os.File {
		f, err := os.Open(write(t, text))
		must(t, err)
		t.Cleanup(func() { f.Close() })
		_, err = f.Seek(read, io.SeekStart)
		must(t, err)
		return f
	}
	pieces := func(texts ...string) io.Reader {
		return conn.Seq(func(yield func([]byte) bool) {
			for _, text := range texts {
				if !yield([]byte(text)) {
					return
				}
			}
		})
	}
	const line, chunked = " / HTTP/1.1\r\n" + usual, "Transfer-Encoding: chunked\r\n\r\n"
	for _, tt := range []struct {
		name, method string
		header       conn.Fields
		body         io.Reader
		want         string
	}{
		{"no body", "GET", nil, nil, "GET" + line + "\r\n"},
		{"no body, DELETE", "DELETE", nil, nil, "DELETE" + line + "\r\n"},
		{"no body, POST", "POST", nil, nil, "POST" + line + "Content-Length: 0\r\n\r\n"},
		{"no body, PUT", "PUT", nil, nil, "PUT" + line + "Content-Length: 0\r\n\r\n"},
		{"no body, PATCH", "PATCH", nil, nil, "PATCH" + line + "Content-Length: 0\r\n\r\n"},
		{"no body, patch", "patch", nil, nil, "patch" + line + "Content-Length: 0\r\n\r\n"},
		{"any method", "M-SEARCH", nil, nil, "M-SEARCH" + line + "\r\n"},
		{"bytes", "POST", nil, bytes.NewReader([]byte("body")), "POST" + line + "Content-Length: 4\r\n\r\nbody"},
		{"a string", "PUT", nil, strings.NewReader("b\u00f6dy"), "PUT" + line + "Content-Length: 5\r\n\r\nb\u00f6dy"},
		{"a buffer", "GET", nil, bytes.NewBufferString("body"), "GET" + line + "Content-Length: 4\r\n\r\nbody"},
		{"an empty string", "GET", nil, strings.NewReader(""), "GET" + line + "Content-Length: 0\r\n\r\n"},
		{"what is left of a string", "POST", nil, rest("body", 1), "POST" + line + "Content-Length: 3\r\n\r\nody"},
		{"a file", "POST", nil, file("body", 0), "POST" + line + "Content-Length: 4\r\n\r\nbody"},
		{"what is left of a file", "POST", nil, file("body", 3), "POST" + line + "Content-Length: 1\r\n\r\ny"},
		{"a file behind its end", "POST", nil, file("body", 9), "POST" + line + "Content-Length: 0\r\n\r\n"},
		{"a reader", "POST", nil, onlyReader{strings.NewReader("body")}, "POST" + line + chunked + "4\r\nbody\r\n0\r\n\r\n"},
		{"an empty reader", "POST", nil, onlyReader{strings.NewReader("")}, "POST" + line + chunked + "0\r\n\r\n"},
		{"pieces", "POST", nil, pieces("a", "", "bcd"), "POST" + line + chunked + "1\r\na\r\n3\r\nbcd\r\n0\r\n\r\n"},
		{"no pieces", "POST", nil, pieces(), "POST" + line + chunked + "0\r\n\r\n"},
		{"framed already", "POST", nil, conn.Framed(strings.NewReader("2;x=y\r\nab\r\n0\r\nA: b\r\n\r\n")), "POST" + line + chunked + "2;x=y\r\nab\r\n0\r\nA: b\r\n\r\n"},
		{"a length of the caller's", "POST", fields("Content-length", "4"), onlyReader{strings.NewReader("body")}, "POST" + line + "Content-length: 4\r\n\r\nbody"},
		{"a length of the caller's, pieces", "POST", fields("content-length", "4"), pieces("bo", "dy"), "POST" + line + "content-length: 4\r\n\r\nbody"},
		{"a coding of the caller's", "POST", fields("transfer-encoding", "Chunked"), strings.NewReader("body"), "POST" + line + "transfer-encoding: Chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"},
		{"codings of the caller's", "POST", fields("Transfer-Encoding", "gzip, chunked"), strings.NewReader("body"), "POST" + line + "Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"},
		{"a coding without a body", "POST", fields("Transfer-Encoding", "chunked"), nil, "POST" + line + chunked + "0\r\n\r\n"},
		{"framed and said so", "POST", fields("Transfer-Encoding", "chunked"), conn.Framed(strings.NewReader("2\r\nab\r\n0\r\n\r\n")), "POST" + line + chunked + "2\r\nab\r\n0\r\n\r\n"},
		{
			"order, letter case and repetition are kept", "GET",
			fields("x-b", "1", "X-A", "2", "x-B", "3", "Cookie", "k=v"), nil,
			"GET" + line + "x-b: 1\r\nX-A: 2\r\nx-B: 3\r\nCookie: k=v\r\n\r\n",
		},
		{"a host of the caller's", "GET", fields("A", "b", "HOST", "other"), nil, "GET / HTTP/1.1\r\nAccept-Encoding: identity\r\nA: b\r\nHOST: other\r\n\r\n"},
		{"an encoding of the caller's", "GET", fields("accept-encoding", "gzip"), nil, "GET / HTTP/1.1\r\nHost: example.com\r\naccept-encoding: gzip\r\n\r\n"},
		{"bytes above ASCII are sent as they are", "GET", fields("A", "\xff\u00e9"), nil, "GET" + line + "A: \xff\u00e9\r\n\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(tt.want), Send(ok2), Expect(handGet), Send(ok2)))
			must(t, c.Request(t.Context(), tt.method, "/", tt.header, tt.body))
			answer(t, c)
			request(t, c, "GET", "") // an empty target is "/"
			answer(t, c)
		})
	}
}

// rest returns what is left of a text when its beginning has been read.
func rest(text string, read int64) io.Reader {
	r := strings.NewReader(text)
	_, _ = r.Seek(read, io.SeekStart)
	return r
}

// write returns the path of a file that holds the text.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "body")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// What cannot be sent as it is asked for is refused before a byte is sent, and the connection
// carries the next request.
func TestRequestRefused(t *testing.T) {
	c, p := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2)))
	for name, err := range map[string]error{
		"method":         c.Request(t.Context(), "GE T", "/", nil, nil),
		"empty method":   c.Request(t.Context(), "", "/", nil, nil),
		"target":         c.Request(t.Context(), "GET", "/a b", nil, nil),
		"user info":      c.Request(t.Context(), "GET", "http://u:p@example.com/", nil, nil),
		"name":           c.Request(t.Context(), "GET", "/", fields("A:", "b"), nil),
		"value":          c.Request(t.Context(), "GET", "/", fields("A", "b\nc"), nil),
		"shorter":        c.Request(t.Context(), "POST", "/", fields("Content-Length", "5"), strings.NewReader("body")),
		"longer":         c.Request(t.Context(), "POST", "/", fields("Content-Length", "3"), strings.NewReader("body")),
		"none":           c.Request(t.Context(), "POST", "/", fields("Content-Length", "3"), nil),
		"no number":      c.Request(t.Context(), "POST", "/", fields("Content-Length", "+4"), strings.NewReader("body")),
		"two lengths":    c.Request(t.Context(), "POST", "/", fields("Content-Length", "4", "content-length", "4"), strings.NewReader("body")),
		"length, coding": c.Request(t.Context(), "POST", "/", fields("Content-Length", "4", "Transfer-Encoding", "chunked"), strings.NewReader("body")),
		"two hosts":      c.Request(t.Context(), "GET", "/", fields("Host", "a", "host", "b"), nil),
		"two codings":    c.Request(t.Context(), "POST", "/", fields("Transfer-Encoding", "chunked", "transfer-encoding", "chunked"), nil),
	} {
		e := wantError[*conn.Error](t, err)
		wantError[*conn.RequestError](t, err)
		if e.Sent || !errors.Is(err, conn.ErrHTTP) || errors.Is(err, conn.ErrInvalidURL) != (name == "target" || name == "user info") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, target := range []string{"", "h", "/x", "*", "http://h/", "u@h:1", "h:0", "h:99999", ":80", "h:80/"} {
		if err := c.Request(t.Context(), "CONNECT", target, nil, nil); !errors.Is(err, conn.ErrInvalidURL) {
			t.Errorf("CONNECT %q: %v", target, err)
		}
	}
	for _, method := range []string{"TRACE", "CONNECT"} {
		for _, header := range []conn.Fields{nil, fields("Content-Length", "4"), fields("Transfer-Encoding", "chunked")} {
			wantError[*conn.RequestError](t, c.Request(t.Context(), method, "h:1", header, strings.NewReader("body")))
		}
	}
	for _, coding := range []string{"gzip", "chunked, gzip", "chunked, chunked", "chunkedd", "", "chunked;q=1"} {
		if err := c.Request(t.Context(), "POST", "/", fields("Transfer-Encoding", coding), nil); !errors.Is(err, conn.ErrUnknownTransferEncoding) {
			t.Errorf("%q: %v", coding, err)
		}
	}
	if len(p.dialed) > 0 {
		t.Error(p.dialed)
	}
	request(t, c, "GET", "/")
	answer(t, c)
}

// putrequest(method, url, skip_host, skip_accept_encoding)
func TestPutRequest(t *testing.T) {
	for _, tt := range []struct {
		method, target string
		opts           []conn.PutOption
		want           string
	}{
		{"GET", "/", nil, handGet},
		{"GET", "", nil, handGet},
		{"GET", "/", []conn.PutOption{conn.SkipHost}, "GET / HTTP/1.1\r\nAccept-Encoding: identity\r\n\r\n"},
		{"GET", "/", []conn.PutOption{conn.SkipAcceptEncoding}, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"},
		{"GET", "/", []conn.PutOption{conn.SkipAcceptEncoding, conn.SkipHost}, "GET / HTTP/1.1\r\n\r\n"},
		{"OPTIONS", "*", nil, "OPTIONS * HTTP/1.1\r\n" + usual + "\r\n"},
		{"GET", "//a/b", nil, "GET //a/b HTTP/1.1\r\n" + usual + "\r\n"},
		{"GET", "/%zz?a=b#c\xff", nil, "GET /%zz?a=b#c\xff HTTP/1.1\r\n" + usual + "\r\n"},
		{"GET", "http://Other.example:80/x", nil, "GET http://Other.example:80/x HTTP/1.1\r\nHost: other.example\r\nAccept-Encoding: identity\r\n\r\n"},
		{"GET", "HTTPS://other.example:80/x", nil, "GET HTTPS://other.example:80/x HTTP/1.1\r\nHost: other.example:80\r\nAccept-Encoding: identity\r\n\r\n"},
		{"GET", "/?u=http://other.example/", nil, "GET /?u=http://other.example/ HTTP/1.1\r\n" + usual + "\r\n"},
		{"!#$%&'*+-.^_`|~09azAZ", "/", nil, "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n" + usual + "\r\n"},
	} {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(tt.want), Send(empty)))
		must(t, c.PutRequest(t.Context(), tt.method, tt.target, tt.opts...), c.EndHeaders())
		answer(t, c)
	}
	c, p := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2)))
	for _, method := range []string{"", "GE T", "GET ", "GET\r\n", "GET\x00", "G\u00c9T", "GET/", "a,b", "GET / HTTP/1.1\r\nX:"} {
		e := wantError[*conn.RequestError](t, c.PutRequest(t.Context(), method, "/"))
		if e.What != "method" {
			t.Errorf("%q: %v", method, e)
		}
	}
	for _, target := range []string{" ", "/ ", "/a b", "/\r\n", "/\x00", "/\x7f", "/\t", "/ HTTP/1.1\r\nX: y"} {
		if err := c.PutRequest(t.Context(), "GET", target); !errors.Is(err, conn.ErrInvalidURL) {
			t.Errorf("%q: %v", target, err)
		}
	}
	if len(p.dialed) > 0 || !c.Idle() {
		t.Error(p.dialed, c.Idle())
	}
	request(t, c, "GET", "/")
	answer(t, c)
}

// putheader(name, *values)
func TestPutHeader(t *testing.T) {
	for _, tt := range []struct {
		fold   bool
		name   string
		values []string
		want   string
	}{
		{false, "x-Name", []string{"value"}, "x-Name: value\r\n"},
		{false, "A", []string{"b", "c", "d"}, "A: b, c, d\r\n"},
		{true, "A", []string{"b", "c", "d"}, "A: b\r\n\tc\r\n\td\r\n"},
		{true, "A", []string{"b"}, "A: b\r\n"},
		{false, "A", []string{""}, "A: \r\n"},
		{false, "A", nil, "A: \r\n"},
		{false, "A", []string{" b\t"}, "A:  b\t\r\n"},
		{false, "A", []string{"\x80\xff\u010d\u010a"}, "A: \x80\xff\u010d\u010a\r\n"},
	} {
		c, _ := dialing(t, "example.com", conn.Options{ObsFold: tt.fold}, script(Expect("GET / HTTP/1.1\r\n"+usual+tt.want+"\r\n"), Send(empty)))
		must(t, c.PutRequest(t.Context(), "GET", "/"), c.PutHeader(tt.name, tt.values...), c.EndHeaders())
		answer(t, c)
	}
	for _, fold := range []bool{false, true} {
		c, p := dialing(t, "example.com", conn.Options{ObsFold: fold}, script(Expect(handGet), Send(ok2)))
		for _, f := range [][]string{
			{"", "b"},
			{"A ", "b"},
			{" A", "b"},
			{"A:", "b"},
			{"A\r\n", "b"},
			{"\u00c4", "b"},
			{"A\x00", "b"},
			{"A", "b\r\nC: d"},
			{"A", "b\n"},
			{"A", "b\r"},
			{"A", "b\x00"},
			{"A", "b\r\n c"},
			{"A", "b\x1b"},
			{"A", "b", "c\r\nD: e"},
			{"A", "b", "\n"},
			{"Host", "two"},
			{"Content-Length", "1", "1"},
			{"Content-Length", "0x1"},
			{"Content-Length", ""},
			{"Content-Length", "9223372036854775808"},
		} {
			must(t, c.PutRequest(t.Context(), "GET", "/"))
			err := c.PutHeader(f[0], f[1:]...)
			wantError[*conn.RequestError](t, err)
			// The steps behind it do nothing, and Response says why.
			if end := c.EndHeaders(); end != err {
				t.Errorf("%q: EndHeaders says %v after %v", f, end, err)
			}
			if _, end := c.Response(); end != err {
				t.Errorf("%q: Response says %v after %v", f, end, err)
			}
		}
		if len(p.dialed) > 0 {
			t.Error(p.dialed)
		}
		request(t, c, "GET", "/")
		answer(t, c)
	}
}

// endheaders(message_body, encode_chunked)
func TestEndHeaders(t *testing.T) {
	t.Run("a small body leaves with the head", func(t *testing.T) {
		for _, framing := range []string{"Content-Length: 4\r\n\r\nbody", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"} {
			nc := &writeLog{memory: memory{response: []byte(empty)}}
			c := conn.New(nc)
			name, value, _ := strings.Cut(framing[:strings.Index(framing, "\r\n")], ": ")
			must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader(name, value), c.EndHeaders())
			if len(nc.wrote) > 0 {
				t.Errorf("%q left before there was a body", nc.wrote)
			}
			_, err := io.WriteString(c, "body")
			must(t, err)
			if want := "POST / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n" + framing; len(nc.wrote) != 1 || nc.wrote[0] != want {
				t.Errorf("%q, want %q at once", nc.wrote, want)
			}
		}
	})
	t.Run("so does one of a Request", func(t *testing.T) {
		for _, body := range []io.Reader{strings.NewReader(strings.Repeat("x", 10<<10)), onlyReader{strings.NewReader("body")}} {
			nc := &writeLog{memory: memory{response: []byte(empty)}}
			must(t, conn.New(nc).Request(t.Context(), "POST", "/", nil, body))
			if len(nc.wrote) > 2 || !strings.Contains(nc.wrote[0], "\r\n\r\n") || strings.HasSuffix(nc.wrote[0], "\r\n\r\n") {
				t.Errorf("%d writes: %.60q", len(nc.wrote), nc.wrote)
			}
		}
	})
	t.Run("a head without a body leaves at once", func(t *testing.T) {
		for _, f := range [][]string{{"A", "b"}, {"Content-Length", "0"}} {
			nc := &writeLog{memory: memory{response: []byte(empty)}}
			c := conn.New(nc)
			must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader(f[0], f[1]), c.EndHeaders())
			if len(nc.wrote) != 1 {
				t.Errorf("%q", nc.wrote)
			}
			answer(t, c)
		}
	})
	t.Run("Flush", func(t *testing.T) {
		nc := &writeLog{memory: memory{response: []byte(empty)}}
		c := conn.New(nc)
		must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader("Content-Length", "4"), c.EndHeaders(), c.Flush(), c.Flush())
		_, err := io.WriteString(c, "body")
		must(t, err)
		answer(t, c)
		if len(nc.wrote) != 2 || nc.wrote[1] != "body" {
			t.Errorf("%q", nc.wrote)
		}
	})
	t.Run("trailer", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{},
			script(Expect("POST / HTTP/1.1\r\n"+usual+"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n"), Send(ok2)))
		must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders())
		_, err := io.WriteString(c, "body")
		must(t, err, c.EndBody(fields("X-Sum", "1", "X-Sum", "2")...))
		answer(t, c)
	})
	t.Run("what must not be in a trailer", func(t *testing.T) {
		for _, f := range []conn.Fields{
			fields("content-length", "4"), fields("Transfer-Encoding", "chunked"), fields("Host", "a"), fields("Trailer", "a"),
			fields("authorization", "a"), fields("TE", "a"), fields("Connection", "a"), fields("Content-Encoding", "a"),
			fields("A", "b\r\n"), fields("A b", "c"), fields("A", "b", "C\n", "d"),
		} {
			c, p := dialing(t, "example.com", conn.Options{}, script(ReadHead{}, Drain{}), script(Expect(handGet), Send(ok2)))
			must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders(), c.Flush())
			wantError[*conn.RequestError](t, c.EndBody(f...))
			if !c.Closed() {
				t.Errorf("%v: half a request, and the connection is open", f)
			}
			request(t, c, "GET", "/")
			answer(t, c)
			if len(p.dialed) != 2 {
				t.Error(p.dialed)
			}
		}
	})
}

// A writeLog is a memory that keeps what is written.
type writeLog struct {
	memory
	wrote []string
}

func (r *writeLog) Write(p []byte) (int, error) {
	r.wrote = append(r.wrote, string(p))
	return r.memory.Write(p)
}
