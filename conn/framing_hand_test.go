package conn_test

// Bodies of the caller's that are not as long as was said, or not framed as they should be.

import (
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/godwit/conn"
)

// A body that is not what its head announced is an error, a server never takes it for whole,
// nothing of it is sent beyond the announced, and the next request has another connection.
func TestHandBodyOfAnotherLength(t *testing.T) {
	head := func(t *testing.T, c *conn.Conn) {
		must(t, c.PutRequest(t.Context(), "POST", "/x"), c.PutHeader("Content-Length", "5"), c.EndHeaders(), c.Flush())
	}
	after := func(c *conn.Conn, write string) error {
		if _, err := io.WriteString(c, write); err != nil {
			return err
		}
		return c.EndBody()
	}
	from := func(c *conn.Conn, r io.Reader) error {
		if _, err := c.ReadFrom(r); err != nil {
			return err
		}
		return c.EndBody()
	}
	file := func(t *testing.T, text string) io.Reader {
		f := sparse(t, 0)
		_, err := f.WriteString(text)
		must(t, err)
		_, err = f.Seek(0, io.SeekStart)
		must(t, err)
		return f
	}
	given := fields("Content-Length", "5")
	for name, send := range map[string]func(*testing.T, *conn.Conn) error{
		"Request, short": func(t *testing.T, c *conn.Conn) error {
			return c.Request(t.Context(), "POST", "/x", given, slow("he", "ll"))
		},
		"Request, long": func(t *testing.T, c *conn.Conn) error {
			return c.Request(t.Context(), "POST", "/x", given, slow("hello", "x"))
		},
		"Request, longer": func(t *testing.T, c *conn.Conn) error {
			return c.Request(t.Context(), "POST", "/x", given, slow("he", "llo!"))
		},
		"Request, long Seq": func(t *testing.T, c *conn.Conn) error {
			return c.Request(t.Context(), "POST", "/x", given, conn.Seq(slices.Values([][]byte{[]byte("hello"), []byte("x")})))
		},
		"Write, short": func(t *testing.T, c *conn.Conn) error { head(t, c); return after(c, "hell") },
		"Write, long":  func(t *testing.T, c *conn.Conn) error { head(t, c); return after(c, "hello!") },
		"Writes, long": func(t *testing.T, c *conn.Conn) error {
			head(t, c)
			_, err := io.WriteString(c, "hello")
			must(t, err)
			return after(c, "!")
		},
		"ReadFrom, short": func(t *testing.T, c *conn.Conn) error { head(t, c); return from(c, strings.NewReader("hell")) },
		"ReadFrom, long": func(t *testing.T, c *conn.Conn) error {
			head(t, c)
			return from(c, iotest.OneByteReader(strings.NewReader("hello!")))
		},
		"ReadFrom, long file":  func(t *testing.T, c *conn.Conn) error { head(t, c); return from(c, file(t, "hello!")) },
		"ReadFrom, short file": func(t *testing.T, c *conn.Conn) error { head(t, c); return from(c, file(t, "hell")) },
		"Response, short": func(t *testing.T, c *conn.Conn) error {
			head(t, c)
			_, err := io.WriteString(c, "hell")
			must(t, err)
			_, err = c.Response()
			c.Close()
			return err
		},
		"Framed": func(t *testing.T, c *conn.Conn) error {
			head(t, c)
			return from(c, conn.Framed(strings.NewReader("5\r\nhello\r\n0\r\n\r\n")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, taps := tapped(t, conn.Options{})
			err := send(t, c)
			if e, ok := errors.AsType[*conn.RequestError](err); !ok || name != "Framed" && e.What != "body" && e.What != "" {
				t.Errorf("%v (%T)", err, err)
			}
			want := []string(nil)
			if wire := string((*taps)[0].sent); strings.Contains(name, "long") && strings.HasSuffix(wire, "\r\n\r\nhello") {
				want = []string{"POST /x hello"} // it cannot be known before that there is more
			} else if strings.Contains(wire, "!") || strings.Contains(wire, "hellox") {
				t.Errorf("sent beyond the announced: %q", wire)
			}
			wantRequests(t, c, taps, want...)
			if len(*taps) != 2 {
				t.Errorf("%d connections", len(*taps))
			}
		})
	}
}

// Frames of the caller's are a body, whole, or an error; a server never takes them for more.
func TestHandFramed(t *testing.T) {
	for i, frames := range []string{
		"", "5", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0", "5\r\nhello\r\n0\r\n", "0\r\n", "0\r\nX: y\r\n", "hello",
		"5\r\nhello0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5\r\nhello\n0\r\n\r\n", "0\n\n", "0\r\n\n",
		"0\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n0\r\n\r\n", "0\r\n\r\n\n", "0\r\n\r\nX",
		"0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "\r\n5\r\nhello\r\n0\r\n\r\n", "g\r\n\r\n", "10000000000000005\r\nhello\r\n0\r\n\r\n",
		"5;a\rb\r\nhello\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;\x00\r\nhello\r\n0\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX: a\rb\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\n\r\n",
	} {
		for name, body := range map[string]io.Reader{"at once": strings.NewReader(frames), "byte by byte": iotest.OneByteReader(strings.NewReader(frames))} {
			t.Run(strconv.Itoa(i)+"/"+name, func(t *testing.T) {
				c, taps := tapped(t, conn.Options{})
				err := c.Request(t.Context(), "POST", "/x", nil, conn.Framed(body))
				if e := wantError[*conn.RequestError](t, err); e.What != "body" {
					t.Errorf("%q: %v", frames, e)
				}
				wantRequests(t, c, taps)
			})
		}
	}
}

// Behind the last chunk of a framed body comes nothing.
func TestHandBehindFramed(t *testing.T) {
	const whole = "3\r\nabc\r\n0\r\n\r\n"
	for name, more := range map[string]func(*conn.Conn) error{
		"Write":    func(c *conn.Conn) error { _, err := io.WriteString(c, "evil"); return err },
		"ReadFrom": func(c *conn.Conn) error { _, err := c.ReadFrom(strings.NewReader("evil")); return err },
		"Framed":   func(c *conn.Conn) error { _, err := c.ReadFrom(conn.Framed(strings.NewReader(whole))); return err },
		"Seq": func(c *conn.Conn) error {
			_, err := c.ReadFrom(conn.Seq(slices.Values([][]byte{[]byte("evil")})))
			return err
		},
		"trailer": func(c *conn.Conn) error { return c.EndBody(conn.Field{Name: "X", Value: "y"}) },
	} {
		t.Run(name, func(t *testing.T) {
			near, far := net.Pipe()
			n := &tap{Conn: near}
			p := startPeer(t, far, Drain{})
			c := conn.New(n)
			must(t, c.PutRequest(t.Context(), "POST", "/x"), c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders())
			_, err := c.ReadFrom(conn.Framed(strings.NewReader(whole)))
			must(t, err)
			if err := more(c); err == nil {
				t.Error("no error")
			}
			c.Close()
			<-p.done
			if got, behind := n.requests(); behind || !slices.Equal(got, []string{"POST /x abc"}) {
				t.Errorf("a server sees %q, and more: %v", got, behind)
			}
		})
	}
}
