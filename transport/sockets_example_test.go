package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"

	"example.com/godwit/transport"
)

// A daemon that listens on a unix socket.
func ExampleSockets() {
	path, stop := daemon()
	defer stop()
	t := &transport.Transport{Sockets: transport.Sockets{Unix: path}}
	defer t.Close()
	client := &http.Client{Transport: t}
	res, err := client.Get("http://localhost/version")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	fmt.Println(string(text), err)
	// Output: /version of localhost <nil>
}

// The same by a URL that names the socket.
func ExampleParseSocketURL() {
	path, stop := daemon()
	defer stop()
	u, err := transport.ParseSocketURL("http+unix://" + url.PathEscape(path) + "/version")
	if err != nil {
		fmt.Println(err)
		return
	}
	t := &transport.Transport{}
	defer t.Close()
	res, err := t.RoundTrip(&http.Request{Method: "GET", URL: u})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	fmt.Println(string(text), err)
	// Output: /version of localhost <nil>
}

// What a server of ours would be made to ask itself is refused.
func ExampleNotPublicError() {
	t := &transport.Transport{Sockets: transport.Sockets{PublicOnly: true}}
	defer t.Close()
	_, err := (&http.Client{Transport: t}).Get("http://127.0.0.1:8080/admin")
	if e, ok := errors.AsType[*transport.NotPublicError](err); ok {
		fmt.Println(e.Addr, "is", e.Rule)
	}
	// Output: 127.0.0.1 is loopback, RFC 1122
}

// What opens the socket of one request.
func ExampleDialer() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "for ", r.Host) }))
	defer srv.Close()
	var dialer transport.Dialer = inPlaceOf{srv.Listener.Addr().String()}
	t := &transport.Transport{}
	defer t.Close()
	ctx := transport.With(context.Background(), &transport.Overrides{Dialer: dialer})
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://a.example/", nil)
	res, err := t.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	fmt.Println(string(text), err)
	// Output: for a.example <nil>
}

type inPlaceOf struct{ addr string }

func (d inPlaceOf) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, d.addr)
}

// daemon starts a server on a unix socket.
func daemon() (path string, stop func()) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	path = filepath.Join(dir, "a.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		panic(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s of %s", r.URL.Path, r.Host)
	})}
	go srv.Serve(ln) // ends with stop
	return path, func() {
		srv.Close()
		os.RemoveAll(dir)
	}
}
