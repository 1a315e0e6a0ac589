package transport_test

// Which versions of HTTP are spoken.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/godwit/transport"
)

// Some requests need HTTP/1.1, and are not sent where that is not allowed.
func ExampleErrProtocol() {
	tr := &transport.Transport{}
	defer tr.Close()
	ctx := transport.With(context.Background(), &transport.Overrides{Protocols: transport.HTTP2 | transport.HTTP3})
	req, _ := http.NewRequestWithContext(ctx, "CONNECT", "https://example.com:443", nil)
	_, err := tr.RoundTrip(req)
	fmt.Println(errors.Is(err, transport.ErrProtocol))
	// Output: true
}

// HTTP/1.1 and nothing else.
func ExampleProtocols() {
	srv := httptest.NewServer(greet)
	defer srv.Close()
	tr := &transport.Transport{Protocols: transport.HTTP1}
	defer tr.Close()
	res, err := (&http.Client{Transport: tr}).Get(srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Proto, "of", transport.HTTP1|transport.HTTP2|transport.HTTP3)
	// Output: HTTP/1.1 of HTTP/1.1, HTTP/2, HTTP/3
}

// What net/http calls a ClientConn is one.
func ExampleClientConn() {
	var c transport.ClientConn = new(http.ClientConn)
	_, is := c.(*http.ClientConn)
	fmt.Println(is)
	// Output: true
}
