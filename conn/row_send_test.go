package conn_test

// The row of the table "coming from http.client" that sends a body.

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// send(data): bytes, a reader, a file
func TestSend(t *testing.T) {
	large := strings.Repeat("0123456789", 100<<10)
	for name, send := range map[string]func(c *conn.Conn) (int64, error){
		"at once": func(c *conn.Conn) (int64, error) {
			n, err := io.WriteString(c, large)
			return int64(n), err
		},
		"in pieces": func(c *conn.Conn) (total int64, err error) {
			for piece := range slices.Chunk([]byte(large), 777) {
				n, err := c.Write(piece)
				if total += int64(n); err != nil {
					return total, err
				}
			}
			return total, nil
		},
		"a reader":          func(c *conn.Conn) (int64, error) { return c.ReadFrom(onlyReader{strings.NewReader(large)}) },
		"a reader, by Copy": func(c *conn.Conn) (int64, error) { return io.Copy(c, onlyReader{strings.NewReader(large)}) },
		"a file": func(c *conn.Conn) (int64, error) {
			f, err := os.Open(write(t, large))
			must(t, err)
			defer f.Close()
			return c.ReadFrom(f)
		},
		"a file, by Copy": func(c *conn.Conn) (int64, error) {
			f, err := os.Open(write(t, large))
			must(t, err)
			defer f.Close()
			return io.Copy(c, f)
		},
		"pieces": func(c *conn.Conn) (int64, error) {
			return c.ReadFrom(conn.Seq(slices.Chunk([]byte(large), 5000)))
		},
	} {
		for _, framing := range []string{fmt.Sprintf("Content-Length: %d", len(large)), "Transfer-Encoding: chunked"} {
			t.Run(name+", "+framing, func(t *testing.T) {
				got := make(chan string, 1)
				c := conn.New(serveOnce(t, got))
				field, value, _ := strings.Cut(framing, ": ")
				must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader(field, value), c.EndHeaders())
				n, err := send(c)
				must(t, err)
				must(t, c.EndBody())
				if n != int64(len(large)) {
					t.Errorf("%d bytes, of %d", n, len(large))
				}
				if _, body := answer(t, c); body != "ok" {
					t.Errorf("%q", body)
				}
				if s := <-got; s != large {
					t.Errorf("%d bytes have come, of %d", len(s), len(large))
				}
				c.Close()
			})
		}
	}
}

// serveOnce returns a TCP connection with net/http's server at its other end, which says what
// body it got.
func serveOnce(t *testing.T, got chan<- string) (near net.Conn) {
	t.Helper()
	near, far := tcpPair(t)
	l := &oneListener{nc: far, closed: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		got <- string(body)
		io.WriteString(w, "ok")
	})}
	over := make(chan error, 1)
	go func() { over <- server.Serve(l) }() // ends with Close
	t.Cleanup(func() { server.Close(); <-over })
	return near
}

// A piece, and what one Write is given, is one chunk, however large.
func TestSendOneChunk(t *testing.T) {
	large := strings.Repeat("x", 100000)
	want := Expect("POST / HTTP/1.1\r\n" + usual + "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + large + "\r\n3\r\nabc\r\n0\r\n\r\n")
	c, _ := dialing(t, "example.com", conn.Options{}, script(want, Send(ok2), want, Send(ok2)))
	must(t, c.Request(t.Context(), "POST", "/", nil, conn.Seq(slices.Values([][]byte{[]byte(large), nil, []byte("abc")}))))
	answer(t, c)
	must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader("Transfer-Encoding", "chunked"), c.EndHeaders())
	for _, p := range []string{large, "", "abc"} {
		n, err := io.WriteString(c, p)
		if must(t, err); n != len(p) {
			t.Errorf("%d bytes", n)
		}
	}
	must(t, c.EndBody())
	answer(t, c)
}
