package conn_test

// Connections that are closed in a moment that is easy to miss: by Close, by the server, and
// with a body that somebody must still close.

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A hangsUp is told that its connection is lost, and closes it: it is the first to know.
type hangsUp struct{ c *conn.Conn }

func (k hangsUp) Keep(ok bool) error {
	if !ok {
		k.c.Close()
	}
	return nil
}

// A Close that comes while RoundTrip goes from a connection that turned out to be of no use to
// another ends it.
func TestCloseBetweenTwoSockets(t *testing.T) {
	c, p := dialingTCP(t, "example.com", conn.Options{}, script(Expect(plainGet), Send(ok2), Close{}), script(Expect(plainGet), Send(ok2)),
		script(Expect(plainGet), Send(ok2)))
	res, err := c.RoundTrip(get(t))
	must(t, err)
	readBody(t, res)
	awaitVerdict(t, c)
	c.SetKeeper(hangsUp{c})
	if _, err = c.RoundTrip(get(t)); !errors.Is(err, conn.ErrNotConnected) || len(p.dialed) != 1 {
		t.Errorf("%v; dialled %v", err, p.dialed)
	}
	wantError[*conn.Error](t, err)
	c.SetKeeper(nil)
	res, err = c.RoundTrip(get(t)) // which opens another, as after any Close
	must(t, err)
	if body := readBody(t, res); body != "ok" || len(p.dialed) != 2 {
		t.Errorf("%q; dialled %v", body, p.dialed)
	}
}

// Connect is for who wants to know: a connection that the server has given up is opened anew.
func TestConnectOfAClosedConnection(t *testing.T) {
	for name, opt := range map[string]conn.Options{"": {}, "NoReopen": {NoReopen: true}} {
		c, p := dialingTCP(t, "example.com", opt, script(Expect(handGet), Send(ok2), Close{}), script(Expect(handGet), Send(ok2), Close{}))
		request(t, c, "GET", "/")
		answer(t, c)
		awaitVerdict(t, c)
		must(t, c.Connect(t.Context()))
		if len(p.dialed) != 2 || !c.Alive() {
			t.Errorf("%s: dialled %v, alive %v", name, p.dialed, c.Alive())
		}
		request(t, c, "GET", "/")
		answer(t, c)
	}
}

// In the middle of an exchange nobody can say whether the server has gone, and Connect leaves it.
func TestConnectInTheMiddle(t *testing.T) {
	c, p := dialingTCP(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Close{}))
	request(t, c, "GET", "/")
	must(t, c.Connect(t.Context()))
	res, err := c.Response()
	must(t, err, c.Connect(t.Context()))
	if body, err := res.ReadAll(nil); string(body) != "ok" || err != nil || len(p.dialed) != 1 {
		t.Errorf("%q, %v; dialled %v", body, err, p.dialed)
	}
}

// A request that has been begun on a connection that the server has given up goes on over the
// other one.
func TestConnectWhileARequestIsPut(t *testing.T) {
	c, p := dialingTCP(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Close{}), script(Expect(handGet), Send(ok2)))
	request(t, c, "GET", "/")
	answer(t, c)
	awaitVerdict(t, c)
	must(t, c.PutRequest(t.Context(), "GET", "/"), c.Connect(t.Context()))
	if len(p.dialed) != 2 {
		t.Errorf("dialled %v", p.dialed)
	}
	must(t, c.EndHeaders())
	if _, body := answer(t, c); body != "ok" {
		t.Errorf("%q", body)
	}
}

// Of a connection that was made of a socket, Connect can only say so.
func TestConnectOfASocketThatIsClosed(t *testing.T) {
	c, _ := loopback(t, ReadHead{}, Send(ok2), Close{})
	request(t, c, "GET", "/")
	answer(t, c)
	awaitVerdict(t, c)
	err := c.Connect(t.Context())
	if e := wantError[*conn.Error](t, err); !errors.Is(err, conn.ErrStale) || e.Phase != trace.Connect || !c.Closed() {
		t.Errorf("%v, closed %v", err, c.Closed())
	}
	if err := c.Connect(t.Context()); !errors.Is(err, conn.ErrNotConnected) {
		t.Error(err)
	}
}

// A Dial that panics leaves nothing behind: RoundTrip closes the request's body, whatever comes.
func TestDialThatPanicsUnderRoundTrip(t *testing.T) {
	p := &phone{t: t, pair: func(*testing.T) (near, far net.Conn) { return net.Pipe() }, scripts: [][]any{
		script(Expect("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2\r\n\r\nok"), Send(ok2)),
	}}
	first := true
	c, err := conn.HTTP("example.com", conn.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if first {
			first = false
			panic("in Dial")
		}
		return p.dial(ctx, network, addr)
	}})
	must(t, err)
	defer c.Close()
	body := spyOn(strings.NewReader("ok"))
	req := newRequest(t, "POST", "http://example.com/", body)
	req.ContentLength = 2
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		c.RoundTrip(req)
	}()
	select {
	case <-body.closed:
	default:
		t.Error("the request's body was not closed")
	}
	req.Body = io.NopCloser(strings.NewReader("ok"))
	res, err := c.RoundTrip(req)
	must(t, err)
	readBody(t, res)
}
