package conn_test

// The examples of the documentation of Python's http.client, in Go, against a server of our own
// that answers as theirs did; then what else it has by another name: HTTPSConnection, set_tunnel,
// set_debuglevel, parse_headers, responses.

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"example.com/godwit/conn"
)

// GET: the status and the reason first, then the body, at once or in chunks of 200 bytes.
func Example_httpClientGet() {
	server := pythonSite()
	defer server.Close()
	ctx := context.Background()

	c, err := conn.HTTP(server.Listener.Addr().String(), conn.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	c.Request(ctx, "GET", "/", nil, nil) // Response says what went wrong
	r1, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r1.Status, r1.Reason)
	data1, err := r1.ReadAll(nil) // all of the body
	fmt.Println(len(data1), err)

	// The same in chunks, the last of which may be shorter.
	c.Request(ctx, "GET", "/", nil, nil)
	if r1, err = c.Response(); err != nil {
		fmt.Println(err)
		return
	}
	for chunk, err := range r1.Body.Chunks(200) {
		fmt.Printf("%d bytes: %.20q %v\n", len(chunk), chunk, err)
	}

	// A page that there is not.
	c.Request(ctx, "GET", "/parrot.spam", nil, nil)
	r2, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r2.Status, r2.Reason)
	data2, err := r2.ReadAll(nil)
	fmt.Printf("%q %v\n", data2, err)
	// Output:
	// 200 OK
	// 514 <nil>
	// 200 bytes: "<!doctype html>\n<p>p" <nil>
	// 200 bytes: " python python pytho" <nil>
	// 114 bytes: "hon python python py" <nil>
	// 404 Not Found
	// "404 page not found\n" <nil>
}

// HEAD: there is never a body.
func Example_httpClientHead() {
	server := pythonSite()
	defer server.Close()

	c, err := conn.HTTP(server.Listener.Addr().String(), conn.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	c.Request(context.Background(), "HEAD", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Status, res.Reason)
	data, err := res.ReadAll(nil)
	fmt.Println(len(data), err)
	fmt.Println("a GET would have got", res.Length, "bytes")
	// Output:
	// 200 OK
	// 0 <nil>
	// a GET would have got 514 bytes
}

// POST: a form, and a redirect that is shown, not followed.
func Example_httpClientPost() {
	server := pythonSite()
	defer server.Close()

	c, err := conn.HTTP(server.Listener.Addr().String(), conn.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	params := url.Values{"@number": {"12524"}, "@type": {"issue"}, "@action": {"show"}}
	header := conn.Fields{
		{Name: "Content-type", Value: "application/x-www-form-urlencoded"},
		{Name: "Accept", Value: "text/plain"},
	}
	c.Request(context.Background(), "POST", "", header, strings.NewReader(params.Encode()))
	response, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Status, response.Reason)
	data, err := response.ReadAll(nil)
	fmt.Printf("%s %v\n", data, err)
	// Output:
	// 302 Found
	// Redirecting to <a href="https://bugs.python.org/issue12524">https://bugs.python.org/issue12524</a> <nil>
}

// PUT: the resource /file gets these contents.
func Example_httpClientPut() {
	server := pythonSite()
	defer server.Close()

	c, err := conn.HTTP(server.Listener.Addr().String(), conn.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	body := "***filecontents***"
	c.Request(context.Background(), "PUT", "/file", nil, strings.NewReader(body))
	response, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Status, response.Reason)
	data, err := response.ReadAll(nil)
	fmt.Printf("%s %v\n", data, err)
	// Output:
	// 200 OK
	// /file has 18 bytes now <nil>
}

// HTTPS with a CA of one's own. Without it, the system's are asked.
func ExampleHTTPS() {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c, err := conn.HTTPS(server.Listener.Addr().String(), conn.Options{TLS: &tls.Config{RootCAs: roots}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := res.ReadAll(nil)
	fmt.Printf("%s %v over %s\n", body, err, tls.VersionName(c.TLS().Version))
	// Output: hello <nil> over TLS 1.3
}

// HTTPS to a host behind a proxy. Only the proxy gets the header, and only the host the request.
func ExampleConn_SetTunnel() {
	host := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s, %q", r.Method, r.Host, r.Header.Get("Proxy-Authorization"))
	}))
	defer host.Close()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Printf("%s %s, %q\n", r.Method, r.Host, r.Header.Get("Proxy-Authorization"))
		up, err := net.Dial("tcp", host.Listener.Addr().String()) // and not example.com
		if err != nil {
			panic(err)
		}
		down, _, _ := http.NewResponseController(w).Hijack()
		io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { // ends with the client
			defer up.Close()
			io.Copy(up, down)
		}()
		defer down.Close()
		io.Copy(down, up)
	}))
	defer proxy.Close()

	roots := x509.NewCertPool()
	roots.AddCert(host.Certificate())
	c, err := conn.HTTPS(proxy.Listener.Addr().String(), conn.Options{TLS: &tls.Config{RootCAs: roots}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	err = c.SetTunnel("example.com", conn.Fields{{Name: "Proxy-Authorization", Value: "Basic c2VjcmV0"}})
	if err != nil {
		fmt.Println(err)
		return
	}

	c.Request(context.Background(), "GET", "/", nil, nil)
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(os.Stdout, res.Body)
	// Output:
	// CONNECT example.com:443, "Basic c2VjcmV0"
	// GET example.com, ""
}

// What a proxy says when it opens the tunnel.
func ExampleConn_ProxyResponse() {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Proxy-Status", "proxy.example; next-hop=192.0.2.1")
	}))
	defer proxy.Close()

	c, err := conn.HTTP(proxy.Listener.Addr().String(), conn.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	if err := c.SetTunnel("example.com", nil); err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Connect(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	res := c.ProxyResponse()
	fmt.Println(res.Status, res.Fields.Get("Proxy-Status"))
	// Output: 200 proxy.example; next-hop=192.0.2.1
}

// A proxy that opens no tunnel says why.
func ExampleTunnelError() {
	c := answering("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 6\r\n\r\nWho?\r\n")
	defer c.Close()
	c.SetTunnel("example.org", nil)
	err := c.Request(context.Background(), "GET", "/", nil, nil)
	if e, ok := errors.AsType[*conn.TunnelError](err); ok {
		fmt.Println(e)
		fmt.Printf("%d, %s, %q\n", e.Status, e.Fields.Get("Proxy-Authenticate"), e.Body)
	}
	// Output:
	// no tunnel to example.org:80: 407 Proxy Authentication Required
	// 407, Basic, "Who?\r\n"
}

// Debug prints what goes over the wire, and hides what nobody else should read.
func ExampleOptions_debug() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil // which would be another each time
		w.Header().Set("Set-Cookie", "session=secret")
		fmt.Fprint(w, "hello")
	}))
	defer server.Close()

	c, err := conn.HTTP(server.Listener.Addr().String(), conn.Options{Debug: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	ctx := context.Background()
	c.PutRequest(ctx, "POST", "/", conn.SkipHost, conn.SkipAcceptEncoding)
	c.PutHeader("Host", "example.com")
	c.PutHeader("Authorization", "Basic c2VjcmV0")
	c.PutHeader("Content-Length", "3")
	c.EndHeaders()
	c.Write([]byte("abc"))
	res, err := c.Response()
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	// Output:
	// send: "POST / HTTP/1.1\r\nHost: example.com\r\nAuthorization: •••\r\nContent-Length: 3\r\n\r\n"
	// send: "abc"
	// reply: "HTTP/1.1 200 OK\r\n"
	// header: Set-Cookie: •••
	// header: Content-Length: 5
	// header: Content-Type: text/plain; charset=utf-8
}

// Fields from anywhere, by the rules of a response's head. What follows them stays.
func ExampleReadHeader() {
	r := bufio.NewReader(strings.NewReader("Subject: godwit\r\nx-tag: 1\r\n\r\nhello"))
	fields, err := conn.ReadHeader(r)
	rest, _ := io.ReadAll(r)
	fmt.Println(fields.Get("subject"), fields[1].Name, string(rest), err)
	// Output: godwit x-tag hello <nil>
}

// The phrase is IANA's of today.
func ExampleStatusText() {
	fmt.Printf("%s, %s, %q\n", conn.StatusText(404), conn.StatusText(422), conn.StatusText(299))
	// Output: Not Found, Unprocessable Content, ""
}

// pythonSite answers as www.python.org, bugs.python.org and localhost do in those examples.
func pythonSite() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		page := "<!doctype html>\n<p>" + strings.Repeat("python ", 70) + "</p>\n"
		w.Header().Set("Content-Length", fmt.Sprint(len(page)))
		io.WriteString(w, page)
	})
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		issue := "https://bugs.python.org/issue" + r.FormValue("@number")
		w.Header().Set("Location", issue)
		w.WriteHeader(http.StatusFound)
		fmt.Fprintf(w, "Redirecting to <a href=%q>%s</a>", issue, issue)
	})
	mux.HandleFunc("PUT /file", func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s has %d bytes now", r.URL.Path, len(data))
	})
	return httptest.NewServer(mux)
}
