package godwit_test

// Trying again.

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/godwit"
)

// flaky is a server that is busy so many times.
func flaky(times int) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if times--; times >= 0 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "here you are")
	}))
}

func ExampleRetry() {
	server := flaky(2)
	defer server.Close()

	session := godwit.NewSession(
		godwit.Retry{Max: 3, Attempt: 2 * time.Second},
		godwit.Timeout(time.Minute)) // for all of it, attempts and waits
	res, err := session.Get(ctx, server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text(), "at attempt", len(res.Attempts))
	// Output: here you are at attempt 3
}

func ExampleAttempt() {
	server := flaky(1)
	defer server.Close()

	res, err := godwit.Get(ctx, server.URL, godwit.Retry{Max: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range res.Attempts {
		fmt.Println("hop", a.Hop, "attempt", a.N, "status", a.Status, "on a new connection:", !a.Conn.Reused)
	}
	fmt.Println(res.Timings().Wait > 0)
	// Output:
	// hop 0 attempt 1 status 503 on a new connection: true
	// hop 0 attempt 2 status 200 on a new connection: false
	// true
}

func ExampleSentState() {
	_, err := godwit.Post(ctx, "http://127.0.0.1:1/orders", godwit.JSON(1))
	if e, ok := errors.AsType[*godwit.Error](err); ok {
		switch e.Sent {
		case godwit.Unsent:
			fmt.Println("the order can be sent again")
		case godwit.MaybeProcessed, godwit.Answered:
			fmt.Println("ask whether it is there")
		}
	}
	// Output: the order can be sent again
}

func ExampleOrder() {
	api, stop := serve()
	defer stop()

	// Some servers look at more than they ought to.
	res, err := godwit.Get(ctx, api+"/fields", godwit.Header{"X-Tag": "a"}, godwit.Order{"User-Agent", "x-tag", "Accept"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Text())
	// Output: Accept: */*; User-Agent: "godwit/0.1.0"; X-Tag: [a]
}
