package transport_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// The environment's proxies are looked at if somebody says so.
func ExampleTransport_proxy() {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "asked for %s by %s\n", r.RequestURI, r.Header.Get("Proxy-Authorization"))
	}))
	defer proxy.Close()

	u, _ := url.Parse(proxy.URL)
	u.User = url.UserPassword("me", "secret")
	tr := &transport.Transport{Proxy: http.ProxyURL(u)} // or http.ProxyFromEnvironment
	defer tr.Close()

	req, _ := http.NewRequest("GET", "http://origin.example/page", nil)
	res, err := tr.RoundTrip(req)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	fmt.Print(string(text))
	// Output: asked for http://origin.example/page by Basic bWU6c2VjcmV0
}

// A proxy that refuses a tunnel is an error, with what the proxy has to say.
func ExampleTransport_tunnel() {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	defer l.Close()
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			req, _ := http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 15\r\n\r\nnot to "+req.Host[:8])
			c.Close()
		}
	}()
	tr := &transport.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: l.Addr().String()})}
	defer tr.Close()

	req, _ := http.NewRequest("GET", "https://example.com/", nil)
	_, err := tr.RoundTrip(req)
	if e, ok := errors.AsType[*conn.TunnelError](err); ok {
		fmt.Println(e)
		fmt.Printf("%s\n", e.Body)
	}
	// Output:
	// no tunnel to example.com:443: 403 Forbidden
	// not to example.
}

// "socks" does not say who looks names up. Nothing is sent past one that cannot be used.
func ExampleProxyError() {
	tr := &transport.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "socks", Host: "proxy.example:1080"})}
	defer tr.Close()

	req, _ := http.NewRequest("GET", "http://origin.example/", nil)
	_, err := tr.RoundTrip(req)
	if e, ok := errors.AsType[*transport.ProxyError](err); ok {
		fmt.Println(e.Proxy)
	}
	fmt.Println(errors.Is(err, transport.ErrProxyScheme))
	// Output:
	// socks://proxy.example:1080
	// true
}

// Fields for the proxy alone go with CONNECT, and what it answers to that can be read.
func ExampleTransport_proxyHeader() {
	origin := httptest.NewTLSServer(greet)
	defer origin.Close()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			log.Fatal(err)
		}
		c, _, _ := http.NewResponseController(w).Hijack()
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nX-Exit: %s-1\r\n\r\n", r.Header.Get("X-Country"))
		go func() { _, _ = io.Copy(to, c); to.Close() }() // ends with c
		_, _ = io.Copy(c, to)
		c.Close()
	}))
	defer proxy.Close()

	u, _ := url.Parse(proxy.URL)
	tr := &transport.Transport{
		Proxy:       http.ProxyURL(u),
		ProxyHeader: http.Header{"X-Country": {"fr"}},
		TLS:         origin.Client().Transport.(*http.Transport).TLSClientConfig,
		Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
			if t, ok := ev.(trace.Tunnel); ok {
				fmt.Println(t.Status, t.Fields.Get("X-Exit"))
			}
		}),
	}
	defer tr.Close()

	res, err := (&http.Client{Transport: tr}).Get(origin.URL)
	if err != nil {
		log.Fatal(err)
	}
	res.Body.Close()
	fmt.Println(res.Status)
	// Output:
	// 200 fr-1
	// 200 OK
}

// What a SOCKS proxy says is an error in words.
func ExampleSocksError() {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	defer l.Close()
	go func() { // a proxy that lets nobody through; it ends with the connection
		c, _ := l.Accept()
		defer c.Close()
		_, _ = io.ReadFull(c, make([]byte, 3)) // SOCKS5, one method: none
		_, _ = c.Write([]byte{5, 0})
		_, _ = io.ReadFull(c, make([]byte, 21)) // the name and the port
		_, _ = c.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0})
	}()
	tr := &transport.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "socks5h", Host: l.Addr().String()})}
	defer tr.Close()

	_, err := (&http.Client{Transport: tr}).Get("https://origin.example/")
	if e, ok := errors.AsType[*transport.SocksError](err); ok {
		fmt.Println(e)
	}
	// Output: no way to origin.example:443 by SOCKS5: the rules of the proxy do not allow it (answer 2)
}

// What an exchange took is known without a tracer.
func ExampleReport() {
	srv := httptest.NewServer(greet)
	defer srv.Close()
	tr := &transport.Transport{}
	defer tr.Close()

	for range 2 {
		var report transport.Report
		ctx := transport.With(context.Background(), &transport.Overrides{
			Report: func(context.Context) *transport.Report { return &report },
		})
		req, _ := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
		res, err := tr.RoundTrip(req)
		if err != nil {
			log.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		t := report.Timings
		fmt.Println(report.Conn.Reused, t.Connect > 0, t.Wait > 0, t.Total() >= t.Wait)
	}
	// Output:
	// false true true true
	// true false true true
}

// A client certificate is shown to the origin that it is for, and to no other.
func ExampleLoadCertificate() {
	_, err := transport.LoadCertificate("no/such.pem", "", nil)
	fmt.Println(err)
	// Output: client certificate: open no/such.pem: no such file or directory
}
