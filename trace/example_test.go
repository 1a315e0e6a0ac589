package trace_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
	"example.com/godwit/trace"
)

// A field that is 0 is what an outer level says, and in the end the default.
func ExampleLimits() {
	session := trace.Limits{Connect: 3 * time.Second, Wait: -1}
	call := trace.Limits{Wait: 5 * time.Second}
	limits := call.Or(session)

	fmt.Println(limits.Of(trace.Connect), limits.Of(trace.Wait), limits.Of(trace.DNS))
	fmt.Println(session.Of(trace.Wait) == 0) // negative: none
	// Output:
	// 3s 5s 10s
	// true
}

// Whatever prints or logs fields goes through Redact.
func ExampleRedact() {
	fields := trace.Fields{
		{Name: "Accept", Value: "*/*"},
		{Name: "authorization", Value: "Bearer s3cret"},
		{Name: "X-Internal", Value: "s3cret", Secret: true},
	}
	for _, f := range trace.Redact(fields) {
		fmt.Println(f.Name+":", f.Value)
	}
	// Output:
	// Accept: */*
	// authorization: •••
	// X-Internal: •••
}

// A line a call: what was asked, what came, how long it took. Here without the times, which
// are never the same.
func ExampleSlog() {
	timeless := func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case "time", "duration", "phases":
			return slog.Attr{}
		}
		return a
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: timeless}))
	session := &godwit.Session{
		Tracer: trace.Slog(logger),
		Transport: godwittest.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/users/octocat" {
				http.NotFound(w, r)
				return
			}
			fmt.Fprint(w, `{"name":"Mona"}`)
		})),
	}
	session.Get(context.Background(), "https://api.example.com/users/octocat?token=s3cret")
	session.Get(context.Background(), "https://api.example.com/nobody", godwit.RaiseForStatus)
	// Output:
	// level=INFO msg="http call" method=GET origin=https://api.example.com:443 path=/users/octocat status=200 bytes=15 attempts=1 hops=0
	// level=ERROR msg="http call" method=GET origin=https://api.example.com:443 path=/nobody status=404 bytes=19 attempts=1 hops=0 kind="error status" error="GET https://api.example.com/nobody: 404 Not Found"
}

// A secret is found in whatever way it is written in a URL.
func ExampleHide() {
	fmt.Println(trace.Hide("/login?return=%2Fx%3Fkey%3Da%252Fb&key=a%2Fb", "a/b"))
	// Output:
	// /login?return=%2Fx%3Fkey%3D•••&key=•••
}
