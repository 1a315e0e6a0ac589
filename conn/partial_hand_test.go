package conn_test

// How much of a body was written when the writing broke off.

import (
	"errors"
	"net"
	"strings"
	"testing"

	"example.com/godwit/conn"
)

// A narrow connection takes so many bytes, and then fails.
type narrow struct {
	net.Conn
	room int
}

var errFull = errors.New("full")

func (n *narrow) Write(p []byte) (int, error) {
	if len(p) <= n.room {
		n.room -= len(p)
		return n.Conn.Write(p)
	}
	m, err := n.Conn.Write(p[:n.room])
	if n.room = 0; err == nil {
		err = errFull
	}
	return m, err
}

func TestPartialWrite(t *testing.T) {
	head := func(framing string) int {
		return len("POST / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n" + framing + "\r\n\r\n")
	}
	const length, chunked = "Content-Length: 10", "Transfer-Encoding: chunked"
	tests := []struct {
		name, framing string
		flush         bool
		room, want    int // behind the head; of the body
	}{
		{"nothing", length, false, 0, 0},
		{"some", length, false, 4, 4},
		{"some, the head sent before", length, true, 4, 4},
		{"the size of a chunk", chunked, false, 2, 0},
		{"some of a chunk", chunked, false, 3 + 7, 7},
		{"some of a chunk, the head sent before", chunked, true, 3 + 7, 7},
		{"all but the end of a chunk", chunked, false, 3 + 10 + 1, 10},
	}
	for _, tt := range tests {
		near, far := net.Pipe()
		p := startPeer(t, far)
		c := conn.New(&narrow{near, head(tt.framing) + tt.room})
		name, value, _ := strings.Cut(tt.framing, ": ")
		must(t, c.PutRequest(t.Context(), "POST", "/"), c.PutHeader(name, value), c.EndHeaders())
		if tt.flush {
			must(t, c.Flush())
		}
		if n, err := c.Write([]byte("0123456789")); n != tt.want || !errors.Is(err, errFull) {
			t.Errorf("%s: %d, %v; want %d", tt.name, n, err, tt.want)
		}
		c.Close()
		<-p.done
	}
}
