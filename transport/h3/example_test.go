package h3_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"example.com/godwit"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

// One connection, by hand. A Transport does all this by itself.
func ExampleDialer_DialHTTP3() {
	addr, roots, stop := h3.ServeHTTP3(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "you asked for ", r.URL.Path)
	})
	defer stop()

	var dialer transport.HTTP3Dialer = &h3.Dialer{}
	ctx := context.Background()
	c, err := dialer.DialHTTP3(ctx, addr, &transport.HTTP3Options{
		TLS:  &tls.Config{RootCAs: roots, ServerName: "localhost"},
		Addr: "localhost:443",
		Listen: func(ctx context.Context, to netip.AddrPort) (net.PacketConn, error) {
			return net.ListenPacket("udp4", ":0")
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	req, _ := http.NewRequestWithContext(ctx, "GET", "https://localhost/here", nil)
	res, err := c.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	fmt.Println(res.Proto, string(body))
	// Output: HTTP/3.0 you asked for /here
}

// A Transport that follows servers which say that they speak HTTP/3.
func Example() {
	url, roots, stop := h3.ServeAll()
	defer stop()

	t := &transport.Transport{HTTP3: &h3.Dialer{}}
	defer t.Close()
	t.TLS = &tls.Config{RootCAs: roots}
	t.HTTP3HeadStart = time.Minute
	client := &http.Client{Transport: t}
	for range 2 {
		res, err := client.Get(url)
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Println(res.Proto)
	}
	// Output:
	// HTTP/2.0
	// HTTP/3.0
}

// A session that tries HTTP/3 first, and falls back on what else the server speaks.
func Example_first() {
	url, roots, stop := h3.ServeAll()
	defer stop()

	s := &godwit.Session{Transport: &transport.Transport{
		HTTP3:     &h3.Dialer{},
		Protocols: transport.HTTP1 | transport.HTTP2 | transport.HTTP3First,
		TLS:       &tls.Config{RootCAs: roots},

		HTTP3HeadStart: time.Minute, // in place of 300ms
	}}
	defer s.Close()
	res, err := s.Get(context.Background(), url)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Proto, res.Text())
	// Output: HTTP/3.0 hello
}
