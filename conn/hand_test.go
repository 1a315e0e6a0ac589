package conn_test

// Requests put by hand: the bytes that they are, and what comes back.

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// dialing returns a connection for a host, each socket of which has a peer that follows the
// next of the scripts at its other end.
func dialing(t *testing.T, host string, opt conn.Options, scripts ...[]any) *conn.Conn {
	t.Helper()
	opt.Dial = func(context.Context, string, string) (net.Conn, error) {
		if len(scripts) == 0 {
			return nil, errors.New("nobody listens")
		}
		near, far := net.Pipe()
		p := startPeer(t, far, scripts[0]...)
		scripts = scripts[1:]
		t.Cleanup(func() { near.Close(); <-p.done })
		return near, nil
	}
	c, err := conn.HTTP(host, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// script is what a peer does on one connection.
func script(steps ...any) []any { return steps }

// answer asks for the response and reads it.
func answer(t *testing.T, c *conn.Conn) (*conn.Response, string) {
	t.Helper()
	res, err := c.Response()
	if err != nil {
		t.Fatal(err)
	}
	data, err := res.ReadAll(nil)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(data)
}

const handGet = "GET / HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\n\r\n"

func TestSmokeByHand(t *testing.T) {
	ctx := t.Context()
	c := dialing(t, "example.com", conn.Options{},
		script(Expect(handGet), Send(ok2), Expect(handGet), Send(ok2), Close{}),
		script(Expect("POST /x HTTP/1.1\r\nHost: example.com\r\nAccept-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n"), Send(ok2)))
	for range 2 {
		if err := c.Request(ctx, "GET", "/", nil, nil); err != nil {
			t.Fatal(err)
		}
		if res, body := answer(t, c); res.Status != 200 || body != "ok" {
			t.Error(res, body)
		}
	}
	c.Close()
	if err := errors.Join(c.PutRequest(ctx, "POST", "/x"), c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders()); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(c, strings.NewReader("abc")); err != nil {
		t.Fatal(err)
	}
	if err := c.EndBody(conn.Field{Name: "A", Value: "b"}); err != nil {
		t.Fatal(err)
	}
	if _, body := answer(t, c); body != "ok" {
		t.Error(body)
	}
	_ = slices.Sorted[int]
}
