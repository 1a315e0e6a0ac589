package godwittest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
	"example.com/godwit/transport"
)

var (
	ctx    = context.Background()
	update = flag.Bool("update", false, "record anew")

	// hide is what recordings of this API do not show beside what none shows.
	hide = godwittest.Hide{Fields: []string{"X-Account"}, Keys: []string{"email"}}
)

// api is what the examples ask.
func api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{login}", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"login\":%q,\"email\":\"mona@example.com\"}\n", r.PathValue("login"))
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("no such thing") })
	return mux
}

// Call a handler without a network.
func ExampleHandler() {
	session := &godwit.Session{Transport: godwittest.Handler(api())}

	res, err := session.Get(ctx, "https://api.example.com/users/octocat")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(res.StatusCode, " ", res.Text())
	// Output: 200 {"login":"octocat","email":"mona@example.com"}
}

// A handler that panics fails the call, not the program.
func ExamplePanicError() {
	session := &godwit.Session{Transport: godwittest.Handler(api())}

	_, err := session.Get(ctx, "https://api.example.com/panic")
	if e, ok := errors.AsType[*godwittest.PanicError](err); ok {
		fmt.Println(e.Value, len(e.Stack) > 0)
	}
	fmt.Println(errors.Is(err, godwit.ErrReceive), errors.Is(err, io.ErrUnexpectedEOF))
	// Output:
	// no such thing true
	// true true
}

// What a file has in it.
func ExampleRecord() {
	dir, err := os.MkdirTemp("", "godwittest")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	session := godwit.NewSession(godwit.Header{"Authorization": "Bearer s3cret", "User-Agent": "example"})
	session.Transport = godwittest.Record(dir, godwittest.Handler(api()), hide)
	session.Get(ctx, "https://api.example.com/users/octocat?token=s3cret")

	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		fmt.Println(filepath.Base(file), err)
		fmt.Println(string(text))
	}
	// Output:
	// get-api.example.com-users-octocat-2cb122bbf6.http <nil>
	// # A recording of package godwittest, format 1. Secrets stand as •••.
	//
	// > GET https://api.example.com/users/octocat?token=•••
	// > Accept: */*
	// > Accept-Encoding: identity
	// > Authorization: •••
	// > User-Agent: example
	//
	// < HTTP/1.1 200 OK
	// < Content-Length: 40
	// < Content-Type: application/json
	// <
	// < {"login":"octocat","email":"•••"}
	// <
}

// Answer from files; go test -update makes them anew.
func ExampleReplay() {
	rt := godwittest.Replay("testdata/users", hide)
	if *update {
		rt = godwittest.Record("testdata/users", godwittest.Handler(api()), hide)
	}
	session := &godwit.Session{Transport: rt}

	res, err := session.Get(ctx, "https://api.example.com/users/octocat")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.StatusCode, res.Header.Get("Content-Type"))
	// Output: 200 application/json
}

// More that is secret, beside what is hidden without being asked.
func ExampleHide() {
	hide := godwittest.Hide{
		Fields: []string{"X-Account"},           // of heads and trailers
		Params: []string{"pin"},                 // of queries and forms
		Keys:   []string{"email"},               // of JSON
		Values: []string{os.Getenv("API_USER")}, // wherever they stand
	}
	session := &godwit.Session{Transport: godwittest.Replay("testdata/users", hide)}

	_, err := session.Get(ctx, "https://api.example.com/users/octocat", godwit.Header{"X-Account": "12345"})
	fmt.Println(err)
	// Output: <nil>
}

// What was not recorded is an error that says what comes near.
func ExampleUnrecordedError() {
	session := &godwit.Session{Transport: godwittest.Replay("testdata/users", hide)}

	_, err := session.Get(ctx, "https://api.example.com/users/octocat?page=2")
	if e, ok := errors.AsType[*godwittest.UnrecordedError](err); ok {
		fmt.Println(e.Method, e.URL)
		fmt.Println("but there is", e.Nearest)
	}
	// Output:
	// GET https://api.example.com/users/octocat?page=2
	// but there is [get-api.example.com-users-octocat-b3b4bb801c.http (without a query)]
}

// A file that was spoilt says where.
func ExampleDamagedError() {
	dir, err := os.MkdirTemp("", "godwittest")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	text := "# A recording of package godwittest, format 1. Secrets stand as •••.\n\n> GET http://h/\n\n<<<<<<< HEAD\n"
	if err := os.WriteFile(filepath.Join(dir, "x.http"), []byte(text), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	session := &godwit.Session{Transport: godwittest.Replay(dir)}
	_, err = session.Get(ctx, "http://h/")
	if e, ok := errors.AsType[*godwittest.DamagedError](err); ok {
		fmt.Printf("%s:%d: %s\n", filepath.Base(e.File), e.Line, e.Why)
	}
	// Output: x.http:5: there must be a space behind "<"
}

// Peers as bad as one likes.
func ExampleServer() {
	t := new(testT) // in a test, what the test was given
	defer t.end()

	url := godwittest.Server(t,
		godwittest.Script{ // the first connection
			godwittest.Reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
			godwittest.Reset{},
		},
		godwittest.Script{ // all others
			godwittest.Read{},
			godwittest.Trickle{Text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Every: time.Microsecond},
		})

	var session godwit.Session
	_, err := session.Get(ctx, url)
	fmt.Println(errors.Is(err, godwit.ErrReceive))
	res, err := session.Get(ctx, url)
	fmt.Println(res.Text(), err)
	// Output:
	// true
	// ok <nil>
}

// Steps are values, so that peers can be made of parts.
func ExampleStep() {
	ok := godwittest.Reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	after := func(pause time.Duration, steps ...godwittest.Step) godwittest.Script {
		return append(godwittest.Script{godwittest.Stall(pause)}, steps...)
	}
	fmt.Println(len(after(time.Second, ok, ok)))
	// Output: 3
}

// The steps of a script.
func ExampleScript() {
	t := new(testT)
	defer t.end()

	dial := godwittest.Dialer(t, godwittest.Script{
		godwittest.Expect("GET /orders HTTP/1.1\r\nHost: shop.example.com\r\n"), // or the test fails
		godwittest.Write("HTTP/1.1 204 No Content\r\n\r\n"),
		godwittest.Close{},
	})
	session := &godwit.Session{Transport: &transport.Transport{Dial: dial}}

	res, err := session.Get(ctx, "http://shop.example.com/orders")
	fmt.Println(res.StatusCode, err, t.texts)
	// Output: 204 <nil> []
}

// In memory, a minute that nobody waits for.
func ExampleDialer() {
	t := new(testT)
	defer t.end()

	dial := godwittest.Dialer(t, godwittest.Script{
		godwittest.Reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
		godwittest.Stall(0), // until the client is gone
	})
	session := &godwit.Session{Transport: &transport.Transport{Dial: dial}}

	_, err := session.Get(ctx, "http://api.example.com/", godwit.Limits{Receive: 10 * time.Millisecond})
	fmt.Println(errors.Is(err, godwit.ErrTimeout), errors.Is(err, godwit.ErrReceive))
	// Output: true true
}

// docs/testing.md: time that is virtual.
func Example_synctest() {
	test := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			session := &godwit.Session{Transport: godwittest.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done() // it never answers
			}))}
			_, err := session.Get(t.Context(), "http://api.example.com/", godwit.Timeout(time.Hour))
			if !errors.Is(err, godwit.ErrTimeout) {
				t.Error(err)
			}
		})
	}
	_ = test
}
