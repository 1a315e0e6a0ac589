package godwit_test

// Proxies: what is shown in docs/proxies.md.

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"

	"example.com/godwit"
	"example.com/godwit/auth"
	"example.com/godwit/conn"
	"example.com/godwit/transport"
)

// serveProxy is a proxy that answers requests in clear text itself, and opens tunnels for those who
// say which country they are to end in.
func serveProxy() *httptest.Server {
	return httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch country := r.Header.Get("X-Country"); {
		case r.Method != "CONNECT":
			fmt.Fprintf(w, "asked for %s", r.RequestURI)
		case country == "":
			http.Error(w, "say which country", http.StatusForbidden)
		default:
			to, _ := net.Dial("tcp", r.Host)
			c, _, _ := http.NewResponseController(w).Hijack()
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nX-Exit: %s-1\r\n\r\n", country)
			go func() { _, _ = io.Copy(to, c); to.Close() }() // ends with c
			_, _ = io.Copy(c, to)
			c.Close()
		}
	}))
}

// Fields for the proxy alone. What it has answered to them is in the report of the attempt.
func ExampleProxyHeader() {
	server, proxy := serveTLS(), serveProxy()
	defer server.Close()
	proxy.Start()
	defer proxy.Close()

	session := godwit.NewSession(godwit.CA(server.CA), godwit.Proxy(proxy.URL))
	defer session.Close()
	res, err := session.Get(context.Background(), server.URL, godwit.ProxyHeader{"X-Country": "fr"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text(), "by", res.Attempts[0].Tunnel.Fields.Get("X-Exit"))

	_, err = session.Get(context.Background(), server.URL, godwit.ProxyHeader{"X-Country": ""})
	if refused, ok := errors.AsType[*conn.TunnelError](err); ok {
		fmt.Printf("%d: %s", refused.Status, refused.Body)
	}
	// Output:
	// hello, nobody by fr-1
	// 403: say which country
}

// TLS to the proxy. What is said of it inside ProxyTLS is not said of the origin.
func ExampleProxyTLS() {
	server := serveProxy()
	server.StartTLS()
	defer server.Close()
	proxyCA := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	proxy := "https://" + server.Listener.Addr().String()

	session := godwit.NewSession(godwit.Proxy(proxy), godwit.ProxyTLS(godwit.CA(proxyCA)))
	defer session.Close()
	res, err := session.Get(context.Background(), "http://example.com/")
	fmt.Println(res.Text(), err)

	_, err = session.Get(context.Background(), "http://example.com/", godwit.ProxyTLS(), godwit.Insecure)
	fmt.Println(errors.Is(err, godwit.ErrProxy), errors.Is(err, godwit.ErrTLS))
	// Output:
	// asked for http://example.com/ <nil>
	// true true
}

// Which proxy a request goes through.
func ExampleProxies_kinds() {
	session := godwit.NewSession(
		godwit.Proxies{
			"http":                     "http://proxy.example:3128",
			"https":                    "https://mona:pw@proxy.example:3129", // TLS to the proxy
			"all://hidden.example":     "socks5h://127.0.0.1:9050",           // looks names up itself
			"https://internal.example": "",                                   // none
			"no_proxy":                 "localhost, .corp.example, 10.0.0.0/8",
		},
		godwit.NoEnv{Proxy: true})
	fmt.Println(session.Defaults[0])
	// Output:
	// Proxies{"all://hidden.example": "socks5h://127.0.0.1:9050", "http": "http://proxy.example:3128", "https": "https://mona:•••@proxy.example:3129", "https://internal.example": "", "no_proxy": "localhost, .corp.example, 10.0.0.0/8"}
}

// Credentials for the proxy, by what it asks.
func ExampleProxy_credentials() {
	for _, o := range []godwit.Option{
		godwit.Proxy("socks5h://mona:pw@127.0.0.1:1080"),
		godwit.Defaults{godwit.Proxy("http://127.0.0.1:3128"), godwit.Auth(auth.Proxy(auth.Digest("mona", "pw")))},
		godwit.Defaults{godwit.Proxy("https://127.0.0.1:3129"), godwit.ProxyTLS(godwit.ClientCert("client.pem", "client.key"))},
	} {
		_, err := godwit.Get(context.Background(), "https://example.com/", o)
		fmt.Println(errors.Is(err, godwit.ErrProxy) || errors.Is(err, os.ErrNotExist))
	}
	// Output:
	// true
	// true
	// true
}

// What went wrong with a proxy.
func ExampleProxy_errors() {
	ctx := context.Background()
	proxy := godwit.Proxy("socks5h://127.0.0.1:1")

	_, err := godwit.Get(ctx, "https://example.com/", proxy)
	if refused, ok := errors.AsType[*conn.TunnelError](err); ok {
		fmt.Println(refused.Status, refused.Fields.Get("Via"), string(refused.Body)) // CONNECT
	} else if refused, ok := errors.AsType[*transport.SocksError](err); ok {
		fmt.Println(refused.Code, refused.Reason) // SOCKS
	} else if errors.Is(err, godwit.ErrProxy) {
		fmt.Println("not reached:", errors.Is(err, godwit.ErrTLS), errors.Is(err, godwit.ErrTimeout))
	}
	// Output:
	// not reached: false false
}
