package conn_test

// The Go of the pages about conn.

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// pageServer answers each request with what answer makes of its head, on each connection.
func pageServer(answer func(head string) string) (addr string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	over := make(chan struct{})
	go func() { // ends with the listener, and its connections with their clients
		defer close(over)
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			answerHeads(nc, answer)
		}
	}()
	return l.Addr().String(), func() {
		l.Close()
		<-over
	}
}

func answerHeads(nc net.Conn, answer func(head string) string) {
	defer nc.Close()
	in := bufio.NewReader(nc)
	for {
		var head bytes.Buffer
		for !strings.HasSuffix(head.String(), "\r\n\r\n") {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			head.WriteString(line)
		}
		io.WriteString(nc, answer(head.String()))
	}
}

// okay returns a response of 200 with a body.
func okay(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// One connection, two requests.
func Example_twoRequests() {
	ctx := context.Background()
	host, stop := pageServer(func(head string) string {
		target, _, _ := strings.Cut(strings.TrimPrefix(head, "GET "), " ")
		return okay("you asked for " + target)
	})
	defer stop()

	c, err := conn.HTTP(host, conn.Options{}) // "example.com", or with a port; HTTPS for TLS
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	for _, target := range []string{"/one", "/two"} {
		c.Request(ctx, "GET", target, nil, nil) // Response says what went wrong
		res, err := c.Response()
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := res.ReadAll(nil) // to its end, so that the connection is free again
		fmt.Println(res.Status, res.Reason, string(body), err)
	}
	// Output:
	// 200 OK you asked for /one <nil>
	// 200 OK you asked for /two <nil>
}

// An exchange with options: what a request looks like on the wire is the caller's word.
func ExamplePrepare_order() {
	ctx := context.Background()
	addr, stop := pageServer(okay)
	defer stop()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := conn.New(nc)
	defer c.Close()

	req, _ := http.NewRequestWithContext(ctx, "GET", "http://example.com/", nil)
	req.Header = http.Header{"B": {"2"}, "A": {"1"}, "X-Tag": {"3"}}
	x, err := conn.Prepare(req, &conn.ExchangeOptions{
		Limits: trace.Limits{Wait: 5 * time.Second},
		Order:  []string{"x-TAG", "B"},
	})
	if err != nil {
		fmt.Println(err) // what can be wrong with a request shows here, before a byte is sent
		return
	}
	res, err := c.Do(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := io.ReadAll(res.Body) // the server sends our head back
	fmt.Printf("%s%v\n", strings.ReplaceAll(string(body), "\r\n", "\n"), err)
	// Output:
	// GET / HTTP/1.1
	// Host: example.com
	// x-TAG: 3
	// B: 2
	// A: 1
	//
	// <nil>
}

// A server that breaks a rule.
func ExampleProtocolError_rule() {
	ctx := context.Background()
	addr, stop := pageServer(func(string) string {
		return "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n"
	})
	defer stop()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := conn.New(nc)
	defer c.Close()

	req, _ := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/", nil)
	_, err = c.RoundTrip(req)
	if e, ok := errors.AsType[*conn.ProtocolError](err); ok {
		fmt.Println(e.Rule == conn.RuleFramingSpace)
		fmt.Println(e)
	}
	if e, ok := errors.AsType[*conn.Error](err); ok {
		fmt.Println(e.Phase, e.Sent, e.Answered)
	}
	fmt.Println(errors.Is(err, conn.ErrHTTP), c.Closed())
	// Output:
	// true
	// white space before the colon of a framing field (RFC 9112 5.1): "Transfer-Encoding "
	// receive true true
	// true true
}
