package conn_test

// Servers that answer before they have the whole request, and bodies that are too large.

import (
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/conn"
)

// A server that answers and closes while a body is on its way is heard: the steps fail or say
// that the body is unwanted, Response has the answer, and the next request works. (In real time.)
func TestHandAnswerThenClose(t *testing.T) {
	const refusal = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"
	const size = 64 << 20
	begin := func(t *testing.T, c *conn.Conn, name, value string) {
		must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader(name, value), c.EndHeaders())
	}
	for name, send := range map[string]func(*testing.T, *conn.Conn) error{
		"Request": func(t *testing.T, c *conn.Conn) error {
			return c.Request(t.Context(), "POST", "/", nil, io.LimitReader(endless{}, size))
		},
		"Write": func(t *testing.T, c *conn.Conn) (err error) {
			begin(t, c, "Content-Length", "67108864")
			for range size >> 16 {
				if _, err = c.Write(make([]byte, 1<<16)); err != nil {
					return err
				}
			}
			return err
		},
		"ReadFrom": func(t *testing.T, c *conn.Conn) error {
			begin(t, c, "Transfer-Encoding", "chunked")
			_, err := c.ReadFrom(io.LimitReader(endless{}, size))
			return err
		},
		"Seq": func(t *testing.T, c *conn.Conn) error {
			return c.Request(t.Context(), "POST", "/", nil, conn.Seq(slices.Values(slices.Repeat([][]byte{make([]byte, 1<<16)}, size>>16))))
		},
		"file": func(t *testing.T, c *conn.Conn) error {
			return c.Request(t.Context(), "POST", "/", nil, sparse(t, size))
		},
		"large Write": func(t *testing.T, c *conn.Conn) error {
			begin(t, c, "Transfer-Encoding", "chunked")
			_, err := c.Write(make([]byte, size))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := dialingTCP(t, "example.com", conn.Options{}, script(ReadHead{}, Send(refusal), Close{}), next())
			err := send(t, c)
			if err == nil && name != "Request" && name != "Seq" && name != "file" {
				t.Error("no error")
			}
			if res, body := answer(t, c); res.Status != 413 || body != "no" || !res.WillClose {
				t.Errorf("%d, %q (%v)", res.Status, body, err)
			}
			wantNext(t, c, p, 2)
		})
		t.Run(name+" without an answer", func(t *testing.T) {
			c, p := dialingTCP(t, "example.com", conn.Options{}, script(ReadHead{}, Close{}), next())
			err := send(t, c)
			e := wantError[*conn.Error](t, err)
			if _, again := c.Response(); again != err || !e.Sent || e.Answered || e.Limit != 0 {
				t.Errorf("Response: %v, want %v", again, err)
			}
			wantNext(t, c, p, 2)
		})
	}
}

// A server that says no while a file is on its way is not sent the rest of it. (In real time.)
func TestHandRefusedFile(t *testing.T) {
	const size = 256 << 20
	near, far := tcpPair(t)
	defer far.Close()
	got := make(chan int64, 1)
	go func() { // ends with the connection
		p := &peer{t: t, nc: far}
		p.follow(ReadHead{})
		p.follow(Send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"))
		n, _ := io.Copy(io.Discard, far)
		got <- n
	}()
	c := conn.New(near)
	must(t, c.Request(t.Context(), "POST", "/", nil, sparse(t, size)))
	if res, body := answer(t, c); res.Status != 413 || body != "no" {
		t.Errorf("%d, %q", res.Status, body)
	}
	c.Close()
	if n := <-got; n == size {
		t.Errorf("all %d bytes were sent", n)
	}
}

// A malformed head that comes while a body is being sent is an error for good: what follows it
// is no answer.
func TestHandMalformedEarlyAnswer(t *testing.T) {
	answered := make(chan struct{})
	c, p := dialingTCP(t, "example.com", conn.Options{},
		script(ReadHead{}, Send("HTTP/1.1 413 No\r\nno field\r\n\r\n"+ok2), Tell(answered), Drain{}), next())
	must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders(), c.Flush())
	<-answered
	var first error
	for range 1000 {
		if _, first = c.Write(make([]byte, 64<<10)); first != nil {
			break
		}
	}
	wantError[*conn.ProtocolError](t, first)
	if res, err := c.Response(); err == nil {
		t.Errorf("a response came of it: %d", res.Status)
	} else {
		wantError[*conn.ProtocolError](t, err)
	}
	c.Close()
	wantNext(t, c, p, 2)
}

// A body of more than MaxBody is a BoundError, and closed: if much of it is left, that closes
// the connection, be it announced or not.
func TestHandMaxBody(t *testing.T) {
	for _, response := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 100000),
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + strings.Repeat("x", 100000) + "\r\n0\r\n\r\n",
	} {
		c, p := dialing(t, "example.com", conn.Options{MaxBody: 4}, script(Expect(handGet), Send(response), Stall(0)), next())
		_, _, err := outcomeOf(t, c, "GET")
		if e := wantError[*conn.BoundError](t, err); e.Limit != 4 || e.Setting != "Options.MaxBody" {
			t.Error(e)
		}
		if !c.Closed() {
			t.Error("left open")
			c.Close()
		}
		wantNext(t, c, p, 2)
	}
}

// An early answer that cannot be understood is what went wrong, not that the body was unwanted.
func TestHandUnwantedAndMalformed(t *testing.T) {
	c, _ := dialingTCP(t, "example.com", conn.Options{}, script(ReadHead{}, Send("HTTP/1.1 417 No\r\nContent-Length: abc\r\n\r\n"), Stall(0)))
	must(t, c.Request(t.Context(), "POST", "/", fields("Expect", "100-continue"), strings.NewReader("hello")))
	_, err := c.Response()
	if e := wantError[*conn.ProtocolError](t, err); e.Rule != conn.RuleContentLength {
		t.Error(e)
	}
}

// Once a 100 has come, something has been answered, whatever goes wrong afterwards.
func TestHandAnsweredAndBroken(t *testing.T) {
	c, _ := dialingTCP(t, "example.com", conn.Options{}, script(ReadHead{}, Send("HTTP/1.1 100 Continue\r\n\r\n"), Stall(0)))
	err := c.Request(t.Context(), "POST", "/", fields("Expect", "100-continue"), io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrNoProgress)))
	if e := wantError[*conn.Error](t, err); !e.Sent || !e.Answered {
		t.Errorf("%+v", e)
	}
}

// A limit of all the time there is is none.
func TestHandHugeTimeout(t *testing.T) {
	c, _ := dialingTCP(t, "example.com", conn.Options{Timeout: math.MaxInt64}, next())
	request(t, c, "GET", "/")
	answer(t, c)
}

// What a proxy answered once says nothing of a connection that it refuses now.
func TestHandProxyResponseAfterARefusal(t *testing.T) {
	c, _ := dialingTCP(t, "proxy.example", conn.Options{},
		script(ReadHead{}, Send("HTTP/1.1 200 Yes\r\n\r\n"), ReadHead{}, Send(ok2), Close{}),
		script(ReadHead{}, Send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), Stall(0)))
	must(t, c.SetTunnel("example.com", nil))
	request(t, c, "GET", "/")
	answer(t, c)
	awaitVerdict(t, c)
	wantError[*conn.TunnelError](t, c.Request(t.Context(), "GET", "/", nil, nil))
	if r := c.ProxyResponse(); r != nil {
		t.Errorf("%d %s", r.Status, r.Reason)
	}
}
