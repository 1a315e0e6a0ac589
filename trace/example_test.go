package trace_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
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

// An error of a phase says what was going on, and with whom.
func ExampleError() {
	_, err := godwit.Get(context.Background(), "http://127.0.0.1:1/")
	if e, ok := errors.AsType[*trace.Error](err); ok {
		fmt.Println(e.Phase, "|", e.Doing(), "|", e.Sent)
	}
	// Output: connect | connecting to 127.0.0.1:1 | false
}

// A tracer of one's own: over which connection, how much came, where the time went.
func ExampleTracer() {
	var last trace.Conn
	var tracer trace.Tracer = trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.RequestHead:
			fmt.Println("request over the same connection:", ev.Conn.ID == last.ID)
			last = ev.Conn
		case trace.Data:
			fmt.Printf("data %q\n", ev.P)
		case trace.Trailer:
			fmt.Println("trailer", ev.Fields.Get("x-sum"))
		case trace.Done:
			fmt.Println("done, waited:", ev.Timings.Of(trace.Wait) > 0)
		}
	})
	session := &godwit.Session{Tracer: tracer, Transport: &transport.Transport{}}
	defer session.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "hello")
		w.Header().Set("X-Sum", "5d41")
	}))
	defer server.Close()

	session.Get(context.Background(), server.URL)
	session.Get(context.Background(), server.URL)
	// Output:
	// request over the same connection: false
	// data "hello"
	// trailer 5d41
	// done, waited: true
	// request over the same connection: true
	// data "hello"
	// trailer 5d41
	// done, waited: true
}

// What came over the wire, and what it was when its coding had been undone.
func ExampleContent() {
	var came, content int
	tracer := trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.Data:
			came += len(ev.P)
		case trace.Content:
			content += len(ev.P)
		}
	})
	session := &godwit.Session{
		Tracer: tracer, Transport: &transport.Transport{},
	}
	defer session.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, strings.Repeat("la", 1000))
		z.Close()
	}))
	defer server.Close()

	session.Get(context.Background(), server.URL)
	fmt.Println(content, "bytes, that were fewer on the way:", came < content)
	// Output: 2000 bytes, that were fewer on the way: true
}

// What is sent again is told of, and what a person ought to know.
func ExampleAttempt() {
	tracer := trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.Attempt:
			fmt.Println("attempt", ev.N, "of hop", ev.Hop, "failed:", ev.Kind)
		case trace.Warning:
			fmt.Println("warning:", ev.Text)
		}
	})
	session := &godwit.Session{Tracer: tracer}
	session.Get(context.Background(), "https://127.0.0.1:1/", godwit.Insecure, godwit.Retry{Max: 1, Wait: time.Millisecond})
	// Output:
	// warning: its certificate is not verified (Insecure)
	// attempt 1 of hop 0 failed: cannot connect
}

// Another transport than Godwit's can tell a tracer the same things.
func ExampleNextID() {
	tracer := trace.Multi(trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.PhaseStart:
			fmt.Println(ev.Phase, "begins")
		case trace.PhaseDone:
			fmt.Println(ev.Phase, "ends:", ev.Err)
		}
	}))
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("the lights went out"))

	exchange := trace.NextID()
	tracer.Trace(ctx, trace.PhaseStart{Exchange: exchange, Phase: trace.Wait})
	tracer.Trace(ctx, trace.PhaseDone{Exchange: exchange, Phase: trace.Wait, Err: trace.Ended(ctx)})
	// Output:
	// wait begins
	// wait ends: context canceled: the lights went out
}

// What shows a URL, or a value, hides secrets.
func ExampleRedactURL() {
	u, _ := url.Parse("https://mona:s3cret@example.com/x")
	fmt.Println(trace.RedactURL(u))
	fmt.Println(trace.RedactQuery("page=2&access_token=s3cret"))

	field := trace.Field{Name: "X-Key", Value: "s3cret", Secret: true}
	fmt.Println(trace.Redact(trace.Fields{field}).Get("x-key") == trace.Hidden)
	// Output:
	// https://mona:•••@example.com/x
	// page=2&access_token=•••
	// true
}

// Where the time went.
func ExampleTimings() {
	var t trace.Timings
	t.Add(trace.Connect, 9*time.Millisecond)
	t.Add(trace.Wait, 31*time.Millisecond)
	fmt.Println(t.Total(), t.Of(trace.Wait))
	// Output: 40ms 31ms
}
