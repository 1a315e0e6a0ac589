package conn_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"

	"example.com/godwit/conn"
)

// One connection, opened by hand, carries one exchange after another.
func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "You asked for %s.", r.URL.Path)
	}))
	defer server.Close()

	nc, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	c := conn.New(nc)
	defer c.Close()
	for _, path := range []string{"/one", "/two"} {
		req, err := http.NewRequest("GET", server.URL+path, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		res, err := c.RoundTrip(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := io.ReadAll(res.Body) // to the end, so that the connection is free again
		fmt.Println(res.Status, string(body), err, c.Idle())
	}
	// Output:
	// 200 OK You asked for /one. <nil> true
	// 200 OK You asked for /two. <nil> true
}

// An error says in which phase the exchange failed, whether the server may have seen the
// request, and which rule a response broke.
func ExampleConn_RoundTrip_errors() {
	client, server := net.Pipe()
	go func() { // ends with the request
		defer server.Close()
		if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
			io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")
		}
	}()
	c := conn.New(client)
	defer c.Close()
	req, err := http.NewRequest("GET", "http://example.com/", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.RoundTrip(req)
	if e, ok := errors.AsType[*conn.Error](err); ok {
		fmt.Println("phase:", e.Phase, "sent:", e.Sent, "answered:", e.Answered)
	}
	if e, ok := errors.AsType[*conn.ProtocolError](err); ok {
		fmt.Println("rule:", e.Rule)
	}
	fmt.Println("any breach of the protocol:", errors.Is(err, conn.ErrHTTP))
	// Output:
	// phase: receive sent: true answered: true
	// rule: Content-Length values that differ (RFC 9112 6.3)
	// any breach of the protocol: true
}

// A request that could be taken for two never reaches the wire.
func ExampleRequestError() {
	req, err := http.NewRequest("GET", "http://example.com/", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("X-Name", "value\r\nX-Other: injected")
	_, err = conn.Prepare(req, &conn.ExchangeOptions{})
	if e, ok := errors.AsType[*conn.RequestError](err); ok {
		fmt.Println(e)
	}
	// Output:
	// field value of "X-Name": control character in it (RFC 9110 5.5)
}
