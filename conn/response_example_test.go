package conn_test

// Responses, what becomes of their bodies, and errors. The server of most of these examples is
// text: the answers that it gives, one after the other.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"

	"example.com/godwit/conn"
)

// A response has its fields in order, spelt as they came.
func ExampleResponse() {
	c := answering("HTTP/1.1 200 Fine\r\ncontent-length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nhello")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Status, res.Reason, res.Version, res.Length, res.Chunked, res.WillClose)
	for _, f := range res.Fields {
		fmt.Println(f.Name, "=", f.Value)
	}
	fmt.Println(res.Fields.Get("X-A"), res.Fields.Values("X-A"), res.Fields.Has("Via"))
	body, err := res.ReadAll(nil)
	fmt.Printf("%s %v\n", body, err)
	// Output:
	// 200 Fine 11 5 false false
	// content-length = 5
	// X-A = 1
	// x-a = 2
	// 1 [1 2] false
	// hello <nil>
}

// The fields as net/http has them, for code that wants them so.
func ExampleResponse_Header() {
	c := answering("HTTP/1.1 204 No Content\r\netag: \"x\"\r\nVary: A\r\nvary: B\r\n\r\n")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Header().Get("ETag"), res.Header()["Vary"])
	// Output: "x" [A B]
}

// Several fields of a name are one list (RFC 9110 5.3).
func ExampleResponse_Joined() {
	c := answering("HTTP/1.1 204 No Content\r\nAllow: GET\r\nallow: HEAD\r\n\r\n")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Joined("Allow", "nothing"), res.Joined("Via", "direct"))
	// Output: GET, HEAD direct
}

// The trailer is there when the body has been read to its end.
func ExampleResponse_Trailer() {
	c := answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5d41\r\n\r\n")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(res.Trailer()), res.Length)
	io.Copy(os.Stdout, res.Body)
	fmt.Println("", res.Trailer().Get("X-Sum"))
	// Output:
	// 0 -1
	// hello 5d41
}

// The URL is that of the request.
func ExampleResponse_URL() {
	c := answering("HTTP/1.1 204 No Content\r\n\r\n")
	defer c.Close()
	c.Request(context.Background(), "GET", "/search?q=godwit", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.URL())
	// Output: http://example.com/search?q=godwit
}

// The memory of one body is good for the next.
func ExampleResponse_ReadAll() {
	c := answering(
		"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ngodwit",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nruff")
	defer c.Close()
	ctx, buf := context.Background(), make([]byte, 0, 1024)
	for range 2 {
		c.Request(ctx, "GET", "/", nil, nil)
		res, err := c.Response()
		if err != nil {
			fmt.Println(err)
			return
		}
		if buf, err = res.ReadAll(buf); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(buf), cap(buf))
	}
	// Output:
	// godwit 1024
	// ruff 1024
}

// The next request makes the memory of a response its own. A clone stays.
func ExampleResponse_Clone() {
	c := answering(
		"HTTP/1.1 204 No Content\r\nX-Bird: godwit\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nX-Bird: ruff\r\n\r\n")
	defer c.Close()
	var kept []*conn.Response
	for range 2 {
		c.Request(context.Background(), "GET", "/", nil, nil)
		res, err := c.Response()
		if err != nil {
			fmt.Println(err)
			return
		}
		kept = append(kept, res.Clone())
	}
	fmt.Println(kept[0].Fields.Get("X-Bird"), kept[1].Fields.Get("X-Bird"))
	// Output: godwit ruff
}

// The 1xx responses that came before the final one.
func ExampleResponse_informational() {
	c := answering("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, i := range res.Informational {
		fmt.Println(i.Status, i.Reason, i.Fields.Get("Link"))
	}
	fmt.Println(res.Status, res.Reason)
	// Output:
	// 103 Early Hints </a.css>
	// 204 No Content
}

// After a 101 that was asked for, the connection is the caller's, and speaks another protocol.
func ExampleResponse_stream() {
	c := answering("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: parrot\r\n\r\nHello? ")
	ask := conn.Fields{{Name: "Connection", Value: "upgrade"}, {Name: "Upgrade", Value: "parrot"}}
	c.Request(context.Background(), "GET", "/", ask, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Stream.Close()
	fmt.Println(res.Status, res.Joined("Upgrade", ""))
	io.Copy(os.Stdout, res.Stream)
	// Output:
	// 101 parrot
	// Hello?
}

// Lines come without their ends.
func ExampleBody_Lines() {
	c := answering("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\ngodwit\r\nruff\nknot")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	for line, err := range res.Body.Lines() {
		fmt.Printf("%q %v\n", line, err)
	}
	// Output:
	// "godwit" <nil>
	// "ruff" <nil>
	// "knot" <nil>
}

// io.Copy calls WriteTo by itself.
func ExampleBody_WriteTo() {
	c := answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ngodwit")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := res.Body.WriteTo(os.Stdout)
	fmt.Println("", n, err, res.Body.Closed(), c.Idle())
	// Output: godwit 6 <nil> true true
}

// A body is a reader. With its end the connection is free again.
func ExampleBody_Read() {
	c := answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ngodwit")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	begin := make([]byte, 3)
	io.ReadFull(res.Body, begin)
	rest, err := io.ReadAll(res.Body)
	fmt.Printf("%s %s %v %t\n", begin, rest, err, c.Idle())
	// Output: god wit <nil> true
}

// A body of pieces, each a chunk of its own.
func ExampleSeq() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo}) // which answers with the request
	defer c.Close()
	pieces := slices.Values([][]byte{[]byte("godwit"), []byte("ruff")})
	c.Request(context.Background(), "POST", "/", nil, conn.Seq(pieces))
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output:
	// POST / HTTP/1.1
	// Host: example.com
	// Accept-Encoding: identity
	// Transfer-Encoding: chunked
	//
	// 6
	// godwit
	// 4
	// ruff
	// 0
}

// A body that is chunked already is checked on its way, and not framed again.
func ExampleFramed() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo})
	defer c.Close()
	for _, body := range []string{"6\r\ngodwit\r\n0\r\nX-Sum: 1\r\n\r\n", "7\r\ngodwit\r\n0\r\n\r\n"} {
		c.Request(context.Background(), "POST", "/", nil, conn.Framed(strings.NewReader(body)))
		res, err := c.Response()
		if err != nil {
			e, _ := errors.AsType[*conn.RequestError](err)
			fmt.Println(e)
			return
		}
		io.Copy(os.Stdout, res.Body)
	}
	// Output:
	// POST / HTTP/1.1
	// Host: example.com
	// Accept-Encoding: identity
	// Transfer-Encoding: chunked
	//
	// 6
	// godwit
	// 0
	// X-Sum: 1
	//
	// body: its framing is wrong: a line that does not end in CRLF (RFC 9112 7.1)
}

// A step out of turn says what was expected. It changes nothing.
func ExampleStateError() {
	c := answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	defer c.Close()
	fmt.Println(c.PutHeader("Accept", "*/*"))
	c.Request(context.Background(), "GET", "/", nil, nil)
	if _, err := c.Response(); err != nil {
		fmt.Println(err)
		return
	}
	err := c.PutRequest(context.Background(), "GET", "/") // and that body has not been read
	if e, ok := errors.AsType[*conn.StateError](err); ok {
		fmt.Println(e.Step, "|", e.State)
		fmt.Println(e.Expected)
	}
	fmt.Println(errors.Is(err, conn.ErrCannotSendRequest), errors.Is(err, conn.ErrCannotSendHeader))
	// Output:
	// PutHeader out of turn: the connection is idle; expected Request or PutRequest
	// PutRequest | the request is done, the response is in its body
	// the response's body to be read to its end, or closed
	// true false
}

// A body that is shorter than announced. What has come of it is there.
func ExampleIncompleteReadError() {
	c := answering("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\ngodwit")
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := res.ReadAll(nil)
	fmt.Printf("%s %t\n", body, errors.Is(err, io.ErrUnexpectedEOF))
	if e, ok := errors.AsType[*conn.IncompleteReadError](err); ok {
		fmt.Println(e.Partial, "of", e.Expected)
	}
	// Output:
	// godwit true
	// 6 of 12
}

// What a server can make long has a bound, and the error says what moves it.
func ExampleBoundError() {
	c, _ := conn.HTTP("example.com", conn.Options{Dial: echo, MaxBody: 16})
	defer c.Close()
	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := res.ReadAll(nil)
	fmt.Println(len(body), err)
	// Output: 0 more than 16 bytes in the body (set by Options.MaxBody)
}

// How the errors of a response are related.
func ExampleErrHTTP() {
	for _, it := range []struct {
		answer string
		is     error
	}{
		{"", conn.ErrRemoteDisconnected},
		{"", conn.ErrBadStatusLine},
		{"", syscall.ECONNRESET},
		{"godwit\r\n\r\n", conn.ErrBadStatusLine},
		{"HTTP/2.0 200 OK\r\n\r\n", conn.ErrUnknownProtocol},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", conn.ErrUnknownTransferEncoding},
	} {
		c := answering(it.answer)
		c.Request(context.Background(), "GET", "/", nil, nil)
		_, err := c.Response()
		fmt.Println(errors.Is(err, conn.ErrHTTP), errors.Is(err, it.is), it.is)
		c.Close()
	}
	// Output:
	// true true server closed the connection without a response
	// true true no HTTP response
	// true true connection reset by peer
	// true true no HTTP response
	// true true unknown HTTP version
	// true true unknown transfer encoding
}

// answering returns a connection whose server gives these answers, whatever the requests are,
// and closes it.
func answering(answers ...string) *conn.Conn {
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() { // ends with the answers, or with the client
			defer server.Close()
			in := bufio.NewReader(server)
			for _, answer := range answers {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				io.WriteString(server, answer)
			}
		}()
		return client, nil
	}
	c, _ := conn.HTTP("example.com", conn.Options{Dial: dial})
	return c
}
