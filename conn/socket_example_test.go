package conn_test

// What is below a connection, and who is told of it.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/iotest"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A socket's options are set through the response, as in Python through its fileno. (A Conn has
// no SyscallConn: io.Copy would send files past all framing.)
func ExampleResponse_SyscallConn() {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c, _ := conn.HTTP(server.Listener.Addr().String(), conn.Options{})
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	raw, err := res.SyscallConn()
	if err != nil {
		fmt.Println(err) // behind a pipe there is no socket
		return
	}
	err = raw.Control(func(fd uintptr) { fmt.Println("a descriptor:", fd > 0) }) // setsockopt …
	fmt.Println(err)
	// Output:
	// a descriptor: true
	// <nil>
}

// The number of a connection is that by which tracers know it.
func ExampleConn_ID() {
	var used []uint64
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo, Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
		if head, ok := ev.(trace.RequestHead); ok {
			used = append(used, head.Conn.ID)
		}
	})})
	defer c.Close()
	for range 2 {
		c.Request(context.Background(), "GET", "/", nil, nil)
		res, err := c.Response()
		if err != nil {
			fmt.Println(err)
			return
		}
		res.ReadAll(nil)
	}
	fmt.Println(used[0] == c.ID(), used[1] == c.ID())
	// Output: true true
}

// A shelf keeps one connection that waits for a request.
type shelf struct{ free chan *conn.Conn }

// A kept is a connection's way back to its shelf.
type kept struct {
	*conn.Conn
	shelf shelf
}

// Keep gets the connection back, on the goroutine that has read its response to the end.
func (k kept) Keep(ok bool) error {
	if !ok {
		return nil // it is closed already
	}
	select {
	case k.shelf.free <- k.Conn:
		return nil
	default:
		k.Conn.Close()
		return errors.New("no room")
	}
}

// Who has many connections is told when one of them is free again, or of no more use.
func ExampleConn_SetKeeper() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) }))
	defer server.Close()
	nc, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	c, free := conn.New(nc), shelf{make(chan *conn.Conn, 1)}
	c.SetKeeper(kept{c, free})
	defer c.Close()

	req, err := http.NewRequest("GET", server.URL+"/one", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := c.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("on the shelf:", len(free.free))
	io.Copy(io.Discard, res.Body)
	fmt.Println("on the shelf:", len(free.free))
	fmt.Println("the same:", <-free.free == c)
	// Output:
	// on the shelf: 0
	// on the shelf: 1
	// the same: true
}

// It was the request's own body that failed, and not the connection.
func ExampleBodyError() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	body := io.MultiReader(strings.NewReader("the first half"), iotest.ErrReader(errors.New("the disk is gone")))
	err := c.Request(context.Background(), "POST", "/", nil, body)
	if e, ok := errors.AsType[*conn.BodyError](err); ok {
		fmt.Println(e.Err)
	}
	if e, ok := errors.AsType[*conn.Error](err); ok {
		fmt.Println("phase:", e.Phase, "sent:", e.Sent)
	}
	// Output:
	// the disk is gone
	// phase: send sent: true
}

// A line of a response's head has a bound of its own.
func ExampleLineTooLongError() {
	c := answering("HTTP/1.1 200 OK\r\nSet-Cookie: " + strings.Repeat("x", 70<<10) + "\r\n\r\n")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	_, err := c.Response()
	if e, ok := errors.AsType[*conn.LineTooLongError](err); ok {
		fmt.Println(e.What, e.Limit, e.Setting)
	}
	// Output: field line 65536 Bounds.Line
}
