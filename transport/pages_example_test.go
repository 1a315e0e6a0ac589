package transport_test

// The Go of the pages about transport.

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"time"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// whoAsks is a server that greets the User-Agent.
func whoAsks() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s", r.UserAgent())
	}))
}

// Under an http.Client, with its redirects, cookies and timeouts.
func ExampleTransport_client() {
	server := whoAsks()
	defer server.Close()

	t := &transport.Transport{
		MaxConnsPerHost: 8,
		Limits:          trace.Limits{Connect: 3 * time.Second, Wait: 20 * time.Second},
	}
	defer t.Close()
	client := &http.Client{Transport: t}

	res, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(string(body) == "hello "+transport.UserAgent, err)
	// Output: true <nil>
}

// More patience, and an order of header fields, for one request.
func ExampleWith_limits() {
	server := whoAsks()
	defer server.Close()
	url, ctx := server.URL, context.Background()
	t := &transport.Transport{}
	defer t.Close()

	patient := transport.With(ctx, &transport.Overrides{
		Limits: trace.Limits{Wait: 5 * time.Minute},
		Order:  []string{"Accept", "User-Agent"},
	})
	req, _ := http.NewRequestWithContext(patient, "GET", url, nil)
	res, err := t.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.StatusCode, res.Body.Close())
	// Output: 200 <nil>
}

// Everything through one proxy.
func ExampleTransport_proxyURL() {
	proxy, _ := url.Parse("http://me:secret@proxy.example:3128")
	t := &transport.Transport{Proxy: http.ProxyURL(proxy)}
	defer t.Close()

	t.Resolver = nowhere{}
	req, _ := http.NewRequest("GET", "https://origin.example/", nil)
	_, err := t.RoundTrip(req)
	fmt.Println(err)
	// Output: looking up proxy proxy.example: no such host
}

// nowhere finds nothing.
type nowhere struct{}

func (nowhere) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// A client certificate, for one origin.
func ExampleLoadCertificate_origin() {
	show := func(ctx context.Context, req *http.Request, certFile, keyFile string) error {
		cert, err := transport.LoadCertificate(certFile, keyFile, nil)
		if err != nil {
			return err // it names the file, and shows nothing that is in it
		}
		ctx = transport.With(ctx, &transport.Overrides{Certificate: cert, Origin: transport.Origin(req.URL)})
		_ = req.WithContext(ctx)
		return nil
	}
	req, _ := http.NewRequest("GET", "https://origin.example/", nil)
	fmt.Println(show(context.Background(), req, "no/such.pem", ""))
	// Output: client certificate: open no/such.pem: no such file or directory
}

// What a request took.
func ExampleReport_page() {
	server := whoAsks()
	defer server.Close()
	t, ctx := &transport.Transport{}, context.Background()
	defer t.Close()

	var report transport.Report
	ctx = transport.With(ctx, &transport.Overrides{Report: func(context.Context) *transport.Report { return &report }})
	req, _ := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
	res, err := t.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	fmt.Println(report.Timings.Wait > 0, report.Proxy == nil)
	// Output: true true
}
