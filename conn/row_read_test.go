package conn_test

// The row of the table "coming from http.client" that reads a body.

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/iotest"

	"example.com/godwit/conn"
)

// HTTPResponse.read([amt]), readinto, readline, peek, iteration
func TestRead(t *testing.T) {
	const text = "one\r\ntwo\n\nthree"
	for name, response := range map[string]string{
		"length":      "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + text,
		"chunked":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\r\r\nb\r\n\ntwo\n\nthree\r\n0\r\n\r\n",
		"until close": "HTTP/1.1 200 OK\r\n\r\n" + text,
	} {
		for way, read := range map[string]func(t *testing.T, b *conn.Body) string{
			"ReadAll": func(t *testing.T, b *conn.Body) string {
				data, err := b.ReadAll(make([]byte, 3))
				must(t, err)
				return string(data)
			},
			"Read": func(t *testing.T, b *conn.Body) string {
				data, err := io.ReadAll(iotest.OneByteReader(b))
				must(t, err)
				return string(data)
			},
			"WriteTo": func(t *testing.T, b *conn.Body) string {
				var out bytes.Buffer
				_, err := b.WriteTo(&out)
				must(t, err)
				return out.String()
			},
			"Lines": func(t *testing.T, b *conn.Body) string {
				var lines []string
				for line, err := range b.Lines() {
					must(t, err)
					lines = append(lines, line)
				}
				if want := []string{"one", "two", "", "three"}; !slices.Equal(lines, want) {
					t.Errorf("%q", lines)
				}
				return text
			},
			"Chunks": func(t *testing.T, b *conn.Body) (all string) {
				for piece, err := range b.Chunks(4) {
					must(t, err)
					if all += string(piece); len(all)%4 != 0 && all != text {
						t.Errorf("a piece of %d bytes", len(piece))
					}
				}
				return all
			},
			"Peek, by bufio": func(t *testing.T, b *conn.Body) string {
				in := bufio.NewReader(b)
				if p, err := in.Peek(3); string(p) != "one" || err != nil {
					t.Errorf("%q, %v", p, err)
				}
				data, err := io.ReadAll(in)
				must(t, err)
				return string(data)
			},
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(response), Close{}))
				request(t, c, "GET", "/")
				res, err := c.Response()
				must(t, err)
				if res.Body.Closed() {
					t.Error("closed before it was read")
				}
				if got := read(t, res.Body); got != text {
					t.Errorf("%q", got)
				}
				if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF || !res.Body.Closed() {
					t.Error(n, err, res.Body.Closed())
				}
			})
		}
	}
	t.Run("a short body", func(t *testing.T) {
		for _, response := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"} {
			c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(response), Close{}), script(Expect(handGet), Send(ok2)))
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err)
			data, err := res.ReadAll(nil)
			for _, cut := range res.Body.Chunks(2) {
				if !errors.Is(cut, io.ErrUnexpectedEOF) {
					t.Errorf("Chunks: %v", cut)
				}
			}
			if e := wantError[*conn.IncompleteReadError](t, err); string(data) != "abc" || e.Partial != 3 || e.Expected != res.Length || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%q, %+v", data, e)
			}
			request(t, c, "GET", "/")
			answer(t, c)
		}
	})
	t.Run("a line that breaks off", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\none\ntwo\nthr"), Close{}))
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		var lines []string
		var last error
		for line, err := range res.Body.Lines() {
			lines, last = append(lines, line), err
		}
		if want := []string{"one", "two", "thr"}; !slices.Equal(lines, want) || !errors.Is(last, io.ErrUnexpectedEOF) {
			t.Errorf("%q, %v", lines, last)
		}
	})
	t.Run("the memory of the caller", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Expect(handGet), Send(ok2)))
		buf := make([]byte, 10)
		for range 2 {
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err)
			data, err := res.ReadAll(buf)
			if string(data) != "ok" || err != nil || &data[0] != &buf[0] {
				t.Errorf("%q, %v", data, err)
			}
		}
	})
	t.Run("bounds", func(t *testing.T) {
		for _, response := range []string{
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789",
			"HTTP/1.1 200 OK\r\n\r\n123456789",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
		} {
			for most, fits := range map[int64]bool{8: false, 9: true, -1: true} {
				c, _ := dialing(t, "example.com", conn.Options{MaxBody: most}, script(Expect(handGet), Send(response), Close{}))
				request(t, c, "GET", "/")
				res, err := c.Response()
				must(t, err)
				if _, err = res.ReadAll(nil); (err == nil) != fits {
					t.Errorf("%d: %v", most, err)
				}
				if e, ok := errors.AsType[*conn.BoundError](err); !fits && (!ok || e.Limit != 8 || e.Setting != "Options.MaxBody" || !res.Body.Closed()) {
					t.Errorf("%d: %+v", most, err)
				}
				c, _ = dialing(t, "example.com", conn.Options{MaxBody: most}, script(Expect(handGet), Send(response), Close{}))
				request(t, c, "GET", "/")
				res, err = c.Response()
				must(t, err)
				for _, err = range res.Body.Lines() {
				}
				if (err == nil) != fits {
					t.Errorf("a line, %d: %v", most, err)
				}
			}
		}
		// A length that is announced is not reserved.
		c, _ := dialing(t, "example.com", conn.Options{MaxBody: -1}, script(Expect(handGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nabc"), Close{}))
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		if data, err := res.ReadAll(nil); string(data) != "abc" || cap(data) > 2<<20 || err == nil {
			t.Errorf("%q, %d, %v", data, cap(data), err)
		}
	})
	t.Run("closed early", func(t *testing.T) {
		c, p := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Expect(handGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")), script(Expect(handGet), Send(ok2)))
		for _, dialed := range []int{1, 1, 2} {
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err, res.Body.Close(), res.Body.Close())
			if _, err := res.Body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose || len(p.dialed) != dialed {
				t.Errorf("%v, %v", err, p.dialed)
			}
		}
	})
	t.Run("a body of a response before", func(t *testing.T) {
		c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(ok2), Expect(handGet), Send(ok2)))
		request(t, c, "GET", "/")
		res, _ := answer(t, c)
		old := res.Body
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err, old.Close()) // a deferred one
		if data, err := res.ReadAll(nil); string(data) != "ok" || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	})
}
