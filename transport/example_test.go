package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"time"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// greet answers in a friendly way.
var greet = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "hello %s\n", r.URL.Path)
})

// A Transport stands where an http.Transport stands.
func ExampleTransport() {
	srv := httptest.NewServer(greet)
	defer srv.Close()

	tr := &transport.Transport{MaxConnsPerHost: 4}
	defer tr.Close()
	client := &http.Client{Transport: tr, Timeout: 10 * time.Second}

	res, err := client.Get(srv.URL + "/you")
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(os.Stdout, res.Body)
	// Output: hello /you
}

// An error says which limit was overstepped, and what moves it.
func ExampleTransport_limits() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done() // for ever
	}))
	defer srv.Close()

	tr := &transport.Transport{Limits: trace.Limits{Wait: 20 * time.Millisecond}}
	defer tr.Close()

	req, _ := http.NewRequest("GET", srv.URL, nil)
	_, err := tr.RoundTrip(req)
	if e, ok := errors.AsType[*transport.Error](err); ok {
		fmt.Println(e.Phase, e.Limit, e.Setting, e.Sent)
	}
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	// Output:
	// wait 20ms Limits.Wait true
	// true
}

// What one request may have otherwise travels in its context.
func ExampleWith() {
	srv := httptest.NewUnstartedServer(greet)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS() // with a certificate that nobody knows
	defer srv.Close()

	tr := &transport.Transport{}
	defer tr.Close()
	req, _ := http.NewRequest("GET", srv.URL+"/you", nil)

	_, err := tr.RoundTrip(req)
	fmt.Println("by itself:", err == nil)

	ctx := transport.With(context.Background(), &transport.Overrides{
		Insecure: true,
		Origin:   transport.Origin(req.URL), // redirects to others are verified
	})
	res, err := tr.RoundTrip(req.WithContext(ctx))
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	fmt.Println("unverified:", res.Status)

	_, err = tr.RoundTrip(req) // the connection that is open now is not for everybody
	fmt.Println("by itself:", err == nil)
	// Output:
	// by itself: false
	// unverified: 200 OK
	// by itself: false
}

// A connection is idle when the response's body has been read to its end, or closed.
func ExampleTransport_Stats() {
	srv := httptest.NewServer(greet)
	defer srv.Close()

	tr := &transport.Transport{}
	req, _ := http.NewRequest("GET", srv.URL, nil)
	res, err := tr.RoundTrip(req)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", tr.Stats())
	io.Copy(io.Discard, res.Body)
	fmt.Printf("%+v\n", tr.Stats())
	res.Body.Close()
	tr.Close()
	fmt.Printf("%+v\n", tr.Stats())
	// Output:
	// {Open:1 Idle:0 InFlight:1 Waiting:0}
	// {Open:1 Idle:1 InFlight:0 Waiting:0}
	// {Open:0 Idle:0 InFlight:0 Waiting:0}
}

// A rule for some requests leaves the others to the Transport's.
func ExampleErrNoRule() {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "asked for ", r.URL)
	}))
	defer proxy.Close()
	at, _ := url.Parse(proxy.URL)

	tr := &transport.Transport{Proxy: http.ProxyURL(at)}
	defer tr.Close()
	ctx := transport.With(context.Background(), &transport.Overrides{Proxy: func(u *url.URL) (*url.URL, error) {
		if u.Hostname() == "localhost" {
			return nil, nil // past the proxy
		}
		return nil, transport.ErrNoRule
	}})
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://example.com/", nil)
	res, err := tr.RoundTrip(req)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	fmt.Println(string(text))
	// Output: asked for http://example.com/
}
