package transport_test

// Which versions of HTTP are spoken.

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// HTTP/1.0, for a server that takes nothing else.
func ExampleProtocols_old() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto)
	}))
	defer srv.Close()
	tr := &transport.Transport{Protocols: transport.HTTP10}
	defer tr.Close()
	res, err := (&http.Client{Transport: tr}).Get(srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	asked, err := io.ReadAll(res.Body)
	fmt.Println(string(asked), err)
	// Output: HTTP/1.0 <nil>
}

// What net/http calls a ClientConn is one.
func ExampleClientConn() {
	var c transport.ClientConn = new(http.ClientConn)
	_, is := c.(*http.ClientConn)
	fmt.Println(is)
	// Output: true
}

// A server that breaks one exchange off leaves the others alone.
func ExampleStreamError() {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	tr := &transport.Transport{TLS: srv.Client().Transport.(*http.Transport).TLSClientConfig}
	defer tr.Close()
	client := &http.Client{Transport: tr}

	_, err := client.Get(srv.URL + "/broken")
	if e, ok := errors.AsType[*transport.StreamError](err); ok {
		fmt.Println(e.Code, e.Name)
	}
	res, err := client.Get(srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Proto, res.Status, tr.Stats().Open)
	// Output:
	// 2 INTERNAL_ERROR
	// HTTP/2.0 200 OK 1
}

// Why a server has ended a connection, in its own words.
func ExampleGoAwayError() {
	var err error = &transport.GoAwayError{Code: 11, LastStream: 7, Debug: "too_many_pings"}
	if e, ok := errors.AsType[*transport.GoAwayError](err); ok {
		fmt.Println(e, e.LastStream)
	}
	// Output: the server has ended the connection: ENHANCE_YOUR_CALM ("too_many_pings") 7
}
