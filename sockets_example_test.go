package godwit_test

// Unix sockets, static hosts, where connections come from, and public addresses only: the Go of
// docs/sockets.md.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"

	"golang.org/x/net/dns/dnsmessage"

	"example.com/godwit"
	"example.com/godwit/transport"
)

// daemon starts a server on a unix socket.
func daemon() (socket string, stop func()) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	socket = filepath.Join(dir, "a.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s of %s", r.URL.Path, r.Host)
	})}
	go srv.Serve(ln) // ends with stop
	return socket, func() {
		srv.Close()
		os.RemoveAll(dir)
	}
}

// A daemon on a unix socket, by an option.
func ExampleUnixSocket() {
	socket, stop := daemon()
	defer stop()

	res, err := godwit.Get(ctx, "http://localhost/version", godwit.UnixSocket(socket))
	fmt.Println(res.Text(), err)
	// Output: /version of localhost <nil>
}

// The same by a URL, whose host is the path of the socket, percent-encoded.
func ExampleUnixSocket_url() {
	socket, stop := daemon()
	defer stop()

	session := godwit.NewSession(godwit.BaseURL("http+unix://" + url.PathEscape(socket) + "/v1.43"))
	res, err := session.Get(ctx, "containers/json")
	fmt.Println(res.Text(), err)
	// Output: /v1.43/containers/json of localhost <nil>
}

// A server under test that believes it is the one in production.
func ExampleResolve() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "hello, I am ", r.Host)
	}))
	defer server.Close()
	addr := server.Listener.Addr().String()

	res, err := godwit.Get(ctx, "http://shop.example/", godwit.Resolve{"shop.example": addr})
	fmt.Println(res.Text(), err)
	// Output: hello, I am shop.example <nil>
}

// Connections that come from one address of this machine.
func ExampleInterface() {
	api, stop := serve()
	defer stop()

	res, err := godwit.Get(ctx, api+"/users/7", godwit.Interface("127.0.0.1"), godwit.IPv4Only)
	fmt.Println(res.StatusCode, res.Attempts[0].Conn.Local.Addr(), err)
	// Output: 200 127.0.0.1 <nil>
}

// IPv6 alone, where a name or a URL has nothing of the kind.
func ExampleFlag_iPv6Only() {
	_, err := godwit.Get(ctx, "http://127.0.0.1:8080/", godwit.IPv6Only)
	fmt.Println(err)
	// Output: GET http://127.0.0.1:8080/: connecting to 127.0.0.1:8080: not IPv6, which alone is wanted
}

// A program that fetches what strangers ask it to.
func ExamplePublicOnly() {
	session := godwit.NewSession(godwit.PublicOnly())

	for _, theirs := range []string{"http://127.0.0.1:8080/admin", "http://169.254.169.254/latest/meta-data/"} {
		_, err := session.Get(ctx, theirs)
		fmt.Println(errors.Is(err, godwit.ErrNotPublic), err)
	}
	// Output:
	// true GET http://127.0.0.1:8080/admin: connecting to 127.0.0.1:8080: not public (loopback, RFC 1122)
	// true GET http://169.254.169.254/latest/meta-data/: connecting to 169.254.169.254:80: not public (link local, RFC 3927)
}

// What is allowed all the same: one port of one machine.
func ExamplePublicOnly_allow() {
	api, stop := serve()
	defer stop()
	addr := api[len("http://"):]

	session := godwit.NewSession(godwit.PublicOnly(addr, "10.20.0.0/16", "intranet.example"))
	res, err := session.Get(ctx, api+"/users/7")
	fmt.Println(res.StatusCode, err)
	// Output: 200 <nil>
}

// A resolver of one's own, for one call.
func ExampleRequest_resolver() {
	api, stop := serve()
	defer stop()
	_, port, _ := net.SplitHostPort(api[len("http://"):])

	ours := godwit.OptionFunc(func(r *godwit.Request) error {
		r.Resolver = resolver{"api.example": netip.MustParseAddr("127.0.0.1")}
		return nil
	})
	res, err := godwit.Get(ctx, "http://api.example:"+port+"/users/7", ours)
	fmt.Println(res.StatusCode, err)
	// Output: 200 <nil>
}

// For a whole session, it is the transport's.
func ExampleSession_resolver() {
	api, stop := serve()
	defer stop()
	_, port, _ := net.SplitHostPort(api[len("http://"):])

	session := godwit.NewSession()
	session.Transport = &transport.Transport{
		Resolver: resolver{"api.example": netip.MustParseAddr("127.0.0.1")},
		Sockets:  transport.Sockets{IPv4Only: true},
	}
	defer session.Close()
	res, err := session.Get(ctx, "http://api.example:"+port+"/users/7")
	fmt.Println(res.StatusCode, err)
	// Output: 200 <nil>
}

// Names that a server of one's choice looks up, over HTTPS. What its Session says is how that
// server is reached; here it is a function.
func ExampleDoH() {
	api, stop := serve()
	defer stop()
	_, port, _ := net.SplitHostPort(api[len("http://"):])
	asks := &godwit.Session{Transport: nameServer{"api.example.": netip.MustParseAddr("127.0.0.1")}}

	doh := &godwit.DoH{URL: "https://dns.example/dns-query", Session: asks}
	session := godwit.NewSession(doh)
	res, err := session.Get(ctx, "http://api.example:"+port+"/users/7")
	fmt.Println(res.StatusCode, err)

	_, err = session.Get(ctx, "http://nowhere.example/")
	fmt.Println(err)
	// Output:
	// 200 <nil>
	// GET http://nowhere.example/: looking up nowhere.example: no such host (asked https://dns.example/dns-query)
}

// The resolver by itself.
func ExampleDoH_LookupNetIP() {
	asks := &godwit.Session{Transport: nameServer{"api.example.": netip.MustParseAddr("192.0.2.7")}}
	doh := &godwit.DoH{URL: "https://dns.example/dns-query", Session: asks}
	defer doh.Close()

	addrs, err := doh.LookupNetIP(ctx, "ip", "api.example")
	fmt.Println(addrs, err)
	records, err := doh.LookupHTTPS(ctx, "api.example")
	fmt.Println(len(records), err)
	// Output:
	// [192.0.2.7] <nil>
	// 0 <nil>
}

// A nameServer answers as a server of DNS over HTTPS would.
type nameServer map[string]netip.Addr

func (zone nameServer) RoundTrip(req *http.Request) (*http.Response, error) {
	msg, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var m dnsmessage.Message
	if err := m.Unpack(msg); err != nil {
		return nil, err
	}
	m.Response, m.Additionals = true, nil
	q := m.Questions[0]
	addr, known := zone[q.Name.String()]
	switch {
	case !known:
		m.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60},
			Body:   &dnsmessage.AResource{A: addr.As4()},
		}}
	}
	reply, err := m.Pack()
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/dns-message"}},
		Body: io.NopCloser(bytes.NewReader(reply)), ContentLength: int64(len(reply)), Request: req,
	}, err
}

type resolver map[string]netip.Addr

func (r resolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	addr, ok := r[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return []netip.Addr{addr}, nil
}
