package transport_test

// The Go of the pages about transport.

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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
