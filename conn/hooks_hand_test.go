package conn_test

// What net/http/httptrace is told of requests that are put by hand.

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
)

func TestHTTPTraceByHand(t *testing.T) {
	const expect = "POST / HTTP/1.1\r\n" + usual + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
	put := func(steps ...func(c *conn.Conn) error) func(*conn.Conn) error {
		return func(c *conn.Conn) error {
			for _, step := range steps {
				if err := step(c); err != nil {
					return err
				}
			}
			return nil
		}
	}
	length := func(c *conn.Conn) error { return c.PutHeader("Content-Length", "5") }
	chunked := func(c *conn.Conn) error { return c.PutHeader("Transfer-Encoding", "chunked") }
	write := func(c *conn.Conn) error { return second(c.Write([]byte("hello"))) }
	endHeaders := func(c *conn.Conn) error { return c.EndHeaders() }
	endBody := func(c *conn.Conn) error { return c.EndBody() }
	usualFields := []string{"field Host [example.com]", "field Accept-Encoding [identity]"}
	with := func(lines ...string) []string { return append(usualFields[:2:2], lines...) }
	tests := []struct {
		name   string
		method string
		send   func(c *conn.Conn) error // after PutRequest
		script []any
		want   []string
	}{
		{
			"no body", "GET", endHeaders, script(Expect(handGet), Send(ok2)),
			with("headers", "request, failed false", "first byte"),
		},
		{
			"a body of a length", "POST", put(length, endHeaders, write, endBody),
			script(ReadHead{}, Expect("hello"), Send(ok2)),
			with("field Content-Length [5]", "headers", "request, failed false", "first byte"),
		},
		{
			"a body of a length, the head first", "POST", put(length, endHeaders, func(c *conn.Conn) error { return c.Flush() }, write),
			script(ReadHead{}, Expect("hello"), Send(ok2)),
			with("field Content-Length [5]", "headers", "request, failed false", "first byte"),
		},
		{
			"chunks", "POST", put(chunked, endHeaders, write, write, endBody),
			script(ReadHead{}, Expect("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n"), Send(ok2)),
			with("field Transfer-Encoding [chunked]", "headers", "request, failed false", "first byte"),
		},
		{
			"no chunks", "POST", put(chunked, endHeaders, endBody), script(ReadHead{}, Expect("0\r\n\r\n"), Send(ok2)),
			with("field Transfer-Encoding [chunked]", "headers", "request, failed false", "first byte"),
		},
		{
			"a body that was asked for", "POST", put(length, func(c *conn.Conn) error { return c.PutHeader("Expect", "100-continue") }, endHeaders, write),
			script(Expect(expect), Send(goOn), Expect("hello"), Stall(time.Second), Send(ok2)),
			with("field Content-Length [5]", "field Expect [100-continue]", "headers", "wait for 100", "first byte", "got 100", "got 100 map[]", "request, failed false"),
		},
		{
			"a body that was not", "POST", put(length, func(c *conn.Conn) error { return c.PutHeader("Expect", "100-continue") }, endHeaders, func(c *conn.Conn) error {
				if err := write(c); !errors.Is(err, conn.ErrUnwanted) {
					return errors.Join(err, errors.New("the body was wanted"))
				}
				return nil
			}),
			script(Expect(expect), Send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")),
			with("field Content-Length [5]", "field Expect [100-continue]", "headers", "wait for 100", "first byte", "request, failed true"),
		},
		{
			"a request that nobody takes", "GET", func(c *conn.Conn) error {
				if c.EndHeaders() == nil {
					return errors.New("it was taken")
				}
				return nil
			},
			script(Close{}), with("request, failed true"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := new(recorder)
				c, _ := dialing(t, "example.com", conn.Options{}, tt.script)
				must(t, c.PutRequest(hooks(t.Context(), r), tt.method, "/"), tt.send(c))
				if res, err := c.Response(); err == nil {
					_, err = res.ReadAll(nil)
					must(t, err)
				}
				r.check(t, tt.want...)
			})
		})
	}
}

// The whole request by one call is told as its steps are.
func TestHTTPTraceOfRequest(t *testing.T) {
	r := new(recorder)
	c, _ := dialing(t, "example.com", conn.Options{}, script(ReadHead{}, Expect("hello"), Send(ok2)), script(Expect(handGet), Send(ok2)))
	must(t, c.Request(hooks(t.Context(), r), "POST", "/", nil, strings.NewReader("hello")))
	answer(t, c)
	r.check(t, "field Host [example.com]", "field Accept-Encoding [identity]", "field Content-Length [5]", "headers", "request, failed false", "first byte")
	r.lines = nil
	c.Close()
	must(t, c.Request(hooks(t.Context(), r), "GET", "/", nil, nil))
	answer(t, c)
	r.check(t, "field Host [example.com]", "field Accept-Encoding [identity]", "headers", "request, failed false", "first byte")
}
