package h3_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"

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
