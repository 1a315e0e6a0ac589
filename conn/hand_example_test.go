package conn_test

// Requests that are put step by step. Most of these examples print what the server got.

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"example.com/godwit/conn"
)

// A connection opens by itself, carries one request after another, and adds no more than two
// fields.
func ExampleHTTP() {
	c, err := conn.HTTP("example.com", conn.Options{Dial: echo})
	if err != nil {
		fmt.Println(err) // the host cannot be one
		return
	}
	defer c.Close()

	ctx := context.Background()
	for _, target := range []string{"/one", "/two"} {
		c.Request(ctx, "GET", target, nil, nil) // Response says what went wrong
		res, err := c.Response()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Status, res.Reason)
		io.Copy(os.Stdout, res.Body) // to its end, so that the connection is free again
	}
	// Output:
	// 200 OK
	// GET /one HTTP/1.1
	// Host: example.com
	// Accept-Encoding: identity
	//
	// 200 OK
	// GET /two HTTP/1.1
	// Host: example.com
	// Accept-Encoding: identity
}

// Connect says beforehand whether there is a connection. With NoReopen it is the only one that
// opens another.
func ExampleConn_Connect() {
	ctx := context.Background()
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo, NoReopen: true})
	fmt.Println(c.Connect(ctx), c.Idle())

	c.Close()
	err := c.Request(ctx, "GET", "/", nil, nil)
	fmt.Println(errors.Is(err, conn.ErrNotConnected), c.Closed())

	fmt.Println(c.Connect(ctx), c.Idle())
	c.Close()
	// Output:
	// <nil> true
	// true true
	// <nil> true
}

// The header is sent in its order and spelt as it is. What frames the body comes from the body.
func ExampleConn_Request() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	header := conn.Fields{{Name: "content-type", Value: "text/plain"}, {Name: "X-Tag", Value: "1"}}
	c.Request(context.Background(), "POST", "/notes", header, strings.NewReader("hello"))
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output:
	// POST /notes HTTP/1.1
	// Host: example.com
	// Accept-Encoding: identity
	// Content-Length: 5
	// content-type: text/plain
	// X-Tag: 1
	//
	// hello
}

// A chunked upload with a trailer. The errors of all steps are left to Response.
func ExampleConn_PutRequest() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	c.PutRequest(context.Background(), "POST", "/log", conn.SkipAcceptEncoding)
	c.PutHeader("Transfer-Encoding", "chunked")
	c.PutHeader("Trailer", "X-Lines")
	c.EndHeaders()
	for i := range 2 {
		fmt.Fprintf(c, "line %d", i)
	}
	c.EndBody(conn.Field{Name: "X-Lines", Value: "2"})
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output:
	// POST /log HTTP/1.1
	// Host: example.com
	// Transfer-Encoding: chunked
	// Trailer: X-Lines
	//
	// 6
	// line 0
	// 6
	// line 1
	// 0
	// X-Lines: 2
}

// Several values are a list. A value that would end its field is refused; nothing of the request
// has been sent then, and the connection is fit for another.
func ExampleConn_PutHeader() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	ctx := context.Background()
	c.PutRequest(ctx, "GET", "/")
	err := c.PutHeader("X-Name", "value\r\nX-Other: injected")
	fmt.Println(err, c.Idle())

	c.PutRequest(ctx, "GET", "/", conn.SkipHost, conn.SkipAcceptEncoding)
	c.PutHeader("HOST", "example.com:8080")
	c.PutHeader("Accept", "text/html", "text/plain;q=0.5")
	c.EndHeaders()
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output:
	// field value of "X-Name": control character in it (RFC 9110 5.5) true
	// GET / HTTP/1.1
	// HOST: example.com:8080
	// Accept: text/html, text/plain;q=0.5
}

// A head that announces no body leaves with EndHeaders. From there on, no field can be put.
func ExampleConn_EndHeaders() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	c.PutRequest(context.Background(), "DELETE", "/notes/1")
	fmt.Println(c.NetConn() != nil) // nothing is open yet
	c.EndHeaders()
	fmt.Println(c.NetConn() != nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output:
	// false
	// true
	// DELETE /notes/1 HTTP/1.1
	// Host: example.com
	// Accept-Encoding: identity
}

// A body of a known length is sent as it is. More than that is refused.
func ExampleConn_Write() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	c.PutRequest(context.Background(), "PUT", "/notes/1")
	c.PutHeader("Content-Length", "5")
	c.EndHeaders()
	for _, piece := range []string{"he", "llo", "!"} {
		n, err := c.Write([]byte(piece))
		fmt.Println(n, err != nil)
		if e, ok := errors.AsType[*conn.RequestError](err); ok {
			fmt.Println(e)
		}
	}
	fmt.Println(c.Closed())
	// Output:
	// 2 false
	// 3 false
	// 0 true
	// body: longer than the 5 bytes announced
	// true
}

// A server that answers before it has the body, and does not want it.
func ExampleErrUnwanted() {
	c := answering("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
	defer c.Close()
	c.PutRequest(context.Background(), "PUT", "/")
	c.PutHeader("Content-Length", "1000000")
	c.PutHeader("Expect", "100-continue")
	c.EndHeaders()
	_, err := c.Write(make([]byte, 1000000))
	fmt.Println(errors.Is(err, conn.ErrUnwanted))
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Status, res.Reason, res.WillClose)
	// Output:
	// true
	// 413 Content Too Large true
}

// ReadFrom sends all of a reader, and io.Copy finds it by itself.
func ExampleConn_ReadFrom() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	c.PutRequest(context.Background(), "PUT", "/notes/1")
	c.PutHeader("Content-Length", "12")
	c.EndHeaders()
	fmt.Println(c.ReadFrom(strings.NewReader("hello, ")))
	fmt.Println(io.Copy(c, io.LimitReader(strings.NewReader("worlds apart"), 5)))
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output:
	// 7 <nil>
	// 5 <nil>
	// PUT /notes/1 HTTP/1.1
	// Host: example.com
	// Accept-Encoding: identity
	// Content-Length: 12
	//
	// hello, world
}

// EndBody finds out that a body is shorter than announced: the server would wait for the rest.
func ExampleConn_EndBody() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	c.PutRequest(context.Background(), "PUT", "/notes/1")
	c.PutHeader("Content-Length", "12")
	c.EndHeaders()
	c.Write([]byte("hello"))
	err := c.EndBody()
	if e, ok := errors.AsType[*conn.RequestError](err); ok {
		fmt.Println(e, c.Closed())
	}
	// Output: body: 5 bytes where 12 were announced true
}

// Flush sends the head ahead of a body that is not there yet.
func ExampleConn_Flush() {
	begun := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		data, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %v", data, err)
	}))
	defer server.Close()

	c, err := conn.HTTP(server.Listener.Addr().String(), conn.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	c.PutRequest(context.Background(), "POST", "/")
	c.PutHeader("Content-Length", "7")
	c.EndHeaders()
	if err := c.Flush(); err != nil {
		fmt.Println(err)
		return
	}
	<-begun
	c.Write([]byte("at last"))
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output: at last <nil>
}

// Response returns the first error of the steps before it.
func ExampleConn_Response() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	_, err := c.Response()
	fmt.Println(err)

	ctx := context.Background()
	c.PutRequest(ctx, "GET", "/a page")
	c.PutHeader("Accept", "text/plain")
	c.EndHeaders()
	_, err = c.Response()
	fmt.Println(err)

	c.Request(ctx, "GET", "/a%20page", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Status, res.Reason, res.Length, res.WillClose)
	fmt.Println(res.Body.Close(), c.Idle()) // or read it to its end
	// Output:
	// Response out of turn: the connection is idle; expected Request or PutRequest
	// target: empty, or with a space or a control character in it (RFC 9112 3.2)
	// 200 OK 68 false
	// <nil> true
}

// Hijack hands over the socket: from here on the caller speaks, and closes.
func ExampleConn_Hijack() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	nc, err := c.Hijack()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer nc.Close()
	io.WriteString(nc, "GET /by-hand HTTP/1.0\r\n\r\n")
	in := bufio.NewReader(nc)
	line, err := in.ReadString('\n')
	fmt.Printf("%q %v %t\n", line, err, c.Closed())
	// Output: "HTTP/1.1 200 OK\r\n" <nil> true
}

// A connection that has been closed opens again by itself.
func ExampleConn_Close() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	ctx := context.Background()
	for range 2 {
		c.Request(ctx, "GET", "/", nil, nil)
		res, err := c.Response()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Status, c.Close(), c.Closed())
	}
	// Output:
	// 200 <nil> true
	// 200 <nil> true
}

// echo is a Dial that leads to a server in memory, which answers each request with what it was.
func echo(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() { // ends with the connection
		defer server.Close()
		var got bytes.Buffer
		in := bufio.NewReader(io.TeeReader(server, &got))
		for last := false; !last; got.Reset() {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			last = req.Close // HTTP/1.0, or asked for
			io.Copy(io.Discard, req.Body)
			text := strings.ReplaceAll(got.String(), "\r\n", "\n")
			fmt.Fprintf(server, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
		}
	}()
	return client, nil
}
