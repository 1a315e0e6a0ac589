package conn_test

// Whatever is put into a request by hand, a server sees that one request, or none.

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// The ways to send a body.
const (
	noBody = iota
	withRequest
	withWrites
	withReadFrom
	framedAlready
	numWays
)

func FuzzRequestByHand(f *testing.F) {
	for _, seed := range []struct{ method, target, name, value, body string }{
		{"GET", "/", "A", "b", ""},
		{"POST", "/x?y", "Content-Length", "5", "hello"},
		{"PUT", "*", "Transfer-Encoding", "chunked", "hello"},
		{"POST", "http://h/", "transfer-encoding", "gzip, chunked", "5\r\nhello\r\n0\r\n\r\n"},
		{"POST", "/", "Host", "h", "5\r\nhello\r\n0\r\nA: b\r\n\r\n"},
		{"GET", "/ HTTP/1.1\r\nX: y", "A", "b\r\nC: d", "x"},
		{"POST", "/", "Content-Length", "3", "hello"},
		{"POST", "/", "Content-Length", "+5", "hello"},
		{"G\x00T", "/\x00", "A B", "\x00", "\x00"},
		{"POST", "/", "Transfer-Encoding", "chun\u212aed", "hello"},
		{"TRACE", "/", "Expect", "x", "y"},
		{"GET", "/", "A", "b\r\nC: d", "x"},
		{"GET", "/", "A\r\nB", "c", "x"},
		{"POST", "/", "Content-Length", "9", "hello"},
		{"POST", "/", "Content-Length", "5,5", "hello"},
	} {
		for way := range byte(numWays) {
			f.Add(seed.method, seed.target, seed.name, seed.value, seed.body, way)
		}
	}
	f.Fuzz(func(t *testing.T, method, target, name, value, body string, way byte) {
		if strings.EqualFold(name, "Expect") || method == "CONNECT" || len(body) > 1<<16 {
			return // the first waits, the second speaks no HTTP afterwards
		}
		nc := &writeLog{memory: memory{response: []byte(ok2)}}
		c := conn.New(nc)
		err := putBy(t, c, int(way)%numWays, method, target, conn.Fields{{Name: name, Value: value}}, body)
		if err == nil {
			_, err = c.Response()
		}
		sent := strings.Join(nc.wrote, "")
		in := bufio.NewReader(strings.NewReader(sent))
		req, bad := http.ReadRequest(in)
		var got []byte
		if bad == nil {
			got, bad = io.ReadAll(req.Body)
		}
		rest, _ := io.ReadAll(in)
		switch {
		case err != nil && bad == nil && !c.Closed() && sent != "":
			t.Fatalf("%v, and yet a server sees %q, and the connection is open", err, sent)
		case err != nil && bad == nil && way%numWays != noBody && len(rest) > 0:
			t.Fatalf("%v, and a server sees %q behind a whole request", err, rest)
		case err == nil && (bad != nil || len(rest) > 0) && understood(method, target, name, value):
			t.Fatalf("a server sees %q: %v, %q behind it", sent, bad, rest)
		case err == nil && bad == nil && (req.Method != method || int(way)%numWays != framedAlready && !bytes.Equal(got, want(way, body))):
			t.Fatalf("a server sees %s, %q in %q", req.Method, got, sent)
		case err == nil && bad == nil && !slices.Contains([]string{"Host", "Trailer"}, http.CanonicalHeaderKey(name)):
			delete(req.Header, "Accept-Encoding")
			delete(req.Header, "Content-Length")
			if delete(req.Header, http.CanonicalHeaderKey(name)); len(req.Header) > 0 {
				t.Fatalf("a server sees %v in %q", req.Header, sent)
			}
		}
	})
}

// understood reports whether net/http's server takes a request that is none of our business:
// it has its own ideas of methods, targets, hosts and codings.
func understood(method, target, name, value string) bool {
	if method == "PRI" || !strings.HasPrefix(target, "/") && target != "" || strings.EqualFold(name, "Host") ||
		strings.EqualFold(name, "Transfer-Encoding") && strings.Contains(value, ",") {
		return false
	}
	_, err := http.NewRequest(method, target, nil)
	return err == nil
}

func want(way byte, body string) []byte {
	if int(way)%numWays == noBody {
		return nil
	}
	return []byte(body)
}

// putBy sends a request in one of the ways, and returns the first error.
func putBy(t *testing.T, c *conn.Conn, way int, method, target string, header conn.Fields, body string) error {
	ctx := t.Context()
	switch way {
	case noBody:
		return c.Request(ctx, method, target, header, nil)
	case withRequest:
		return c.Request(ctx, method, target, header, strings.NewReader(body))
	case framedAlready:
		return c.Request(ctx, method, target, header, conn.Framed(strings.NewReader(body)))
	}
	if err := c.PutRequest(ctx, method, target); err != nil {
		return err
	}
	for _, f := range header {
		if err := c.PutHeader(f.Name, f.Value); err != nil {
			return err
		}
	}
	if !strings.EqualFold(header[0].Name, "Content-Length") && !strings.EqualFold(header[0].Name, "Transfer-Encoding") {
		if err := c.PutHeader("Transfer-Encoding", "chunked"); err != nil {
			return err
		}
	}
	if err := c.EndHeaders(); err != nil {
		return err
	}
	if way == withReadFrom {
		if _, err := c.ReadFrom(onlyReader{strings.NewReader(body)}); err != nil {
			return err
		}
		return c.EndBody()
	}
	for piece := range slices.Chunk([]byte(body), 7) {
		if _, err := c.Write(piece); err != nil {
			return err
		}
	}
	return c.EndBody()
}
