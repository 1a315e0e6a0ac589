package godwit_test

// The Go of the pages that is not in an Example of its own: README.md and docs/*.md show
// parts of these.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"example.com/godwit"
	"example.com/godwit/conn"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

func Example_readme() {
	api, stop := serve()
	defer stop()

	user, err := godwit.Decode[User](godwit.Get(ctx, api+"/users/octocat",
		godwit.Header{"Accept": "application/json"},
		godwit.Timeout(5*time.Second)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(user.Name)
	// Output: Mona
}

// docs/library.md: what calls have in common.
func Example_session() {
	url, stop := serve()
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	api := godwit.NewSession(
		godwit.BaseURL(url),
		godwit.Header{"Authorization": "Bearer s3cret"},
		godwit.Limits{Connect: 3 * time.Second, Wait: 20 * time.Second},
		godwit.RaiseForStatus)
	api.Transport = &transport.Transport{MaxConnsPerHost: 16}
	defer api.Close()

	res, err := api.Post(ctx, "/users", godwit.JSON(User{Login: "hubot"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.StatusCode, res.Text())
	// Output: 200 {"login":"hubot","name":""}
}

// docs/library.md: a call at once, from many goroutines, in one context.
func Example_cancel() {
	api, stop := serve()
	defer stop()

	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err := godwit.Get(ctx, api+"/slow")
	fmt.Println(errors.Is(err, godwit.ErrCanceled), errors.Is(err, context.Canceled))
	// Output: true true
}

// docs/errors.md: the order in which to ask.
func Example_errors() {
	var session godwit.Session
	explain := func(url string) {
		_, err := session.Get(ctx, url, godwit.RaiseForStatus)
		switch {
		case err == nil:
			fmt.Println("fine")
		case errors.Is(err, godwit.ErrCanceled):
			fmt.Println("somebody has had enough")
		case errors.Is(err, godwit.ErrTimeout):
			fmt.Println("too slow, in whatever phase")
		case errors.Is(err, godwit.ErrProxy):
			fmt.Println("the proxy, not the server")
		case errors.Is(err, godwit.ErrTLS):
			fmt.Println("not to be trusted")
		case errors.Is(err, godwit.ErrConnect):
			fmt.Println("nobody there")
		case errors.Is(err, godwit.ErrStatus):
			e, _ := errors.AsType[*godwit.StatusError](err)
			fmt.Println("it says", e.StatusCode, e.Excerpt())
		default:
			fmt.Println(err)
		}
	}
	api, stop := serve()
	explain(api + "/users/nobody")
	explain("http://127.0.0.1:1/")
	explain("example.com")
	stop()
	// Output:
	// it says 404 no such user
	// nobody there
	// GET example.com: no http:// or https:// in front
}

// docs/errors.md: whether a POST may be sent again.
func Example_sent() {
	_, err := godwit.Post(ctx, "http://127.0.0.1:1/orders", godwit.JSON(1))
	if e, ok := errors.AsType[*trace.Error](err); ok {
		fmt.Println("failed in the phase", e.Phase, "with", e.Addr)
		fmt.Println("may the server have it?", e.Sent)
		fmt.Println("did it say anything?", e.Answered)
	}
	// Output:
	// failed in the phase connect with 127.0.0.1:1
	// may the server have it? false
	// did it say anything? false
}

// docs/errors.md: which limit it was.
func Example_limit() {
	api, stop := serve()
	defer stop()

	_, err := godwit.Get(ctx, api+"/slow", godwit.Limits{Wait: 20 * time.Millisecond})
	if e, ok := errors.AsType[*trace.Error](err); ok && e.Limit > 0 {
		fmt.Println(e.Phase, e.Limit, e.Setting)
	}
	fmt.Println(errors.Is(err, godwit.ErrTimeout), errors.Is(err, godwit.ErrReceive), errors.Is(err, os.ErrDeadlineExceeded))
	// Output:
	// wait 20ms Limits.Wait
	// true true true
}

// docs/errors.md: which rule the server broke.
func Example_rule() {
	url, stop := serveBytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
	defer stop()

	_, err := godwit.Get(ctx, url)
	fmt.Println(errors.Is(err, godwit.ErrProtocol))
	if e, ok := errors.AsType[*conn.ProtocolError](err); ok {
		fmt.Println(e.Rule == conn.RuleLengthsDiffer, e)
	}
	// Output:
	// true
	// true Content-Length values that differ (RFC 9112 6.3): "2"
}

// docs/errors.md: why TLS failed.
func Example_tls() {
	server := httptest.NewUnstartedServer(handler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it is told that we do not trust it
	server.StartTLS()
	defer server.Close()

	_, err := godwit.Get(ctx, server.URL)
	if e, ok := errors.AsType[*tlserr.Error](err); ok {
		fmt.Println(e.Cause, e.Cause.Certificate(), len(e.Chain))
		explanation := e.Explain() // the chain that came, and the least dangerous remedy
		fmt.Println(strings.Contains(explanation, "what to do"))
	}
	// Output:
	// self-signed true 1
	// true
}

// docs/tracing.md: the events of one call.
func Example_tracer() {
	api, stop := serve()
	defer stop()

	session := &godwit.Session{Transport: &transport.Transport{}}
	session.Tracer = trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.PhaseStart:
			fmt.Printf("%-12s %v\n", "PhaseStart", ev.Phase)
		case trace.PhaseDone:
			fmt.Printf("%-12s %v\n", "PhaseDone", ev.Phase)
		case trace.Choice:
			fmt.Printf("%-12s %s: %s\n", "Choice", ev.What, ev.Rule)
		case trace.RequestHead:
			fmt.Printf("%-12s %s %s %s\n", "RequestHead", ev.Method, ev.Target, trace.Redact(ev.Fields).Get("Authorization"))
		case trace.ResponseHead:
			fmt.Printf("%-12s %d %s\n", "ResponseHead", ev.Status, ev.Reason)
		case trace.Data:
			fmt.Printf("%-12s %q\n", "Data", ev.P)
		case trace.Done:
			fmt.Printf("%-12s waited: %v\n", "Done", ev.Timings.Wait > 0)
		case trace.CallStart:
			fmt.Printf("%-12s %s %s\n", "CallStart", ev.Method, ev.Path)
		case trace.CallDone:
			fmt.Printf("%-12s %d after %d hops\n", "CallDone", ev.Status, ev.Hops)
		}
	})
	defer session.Close()

	session.Get(ctx, api+"/me", godwit.Header{"Authorization": "Bearer s3cret"})
	// Output:
	// CallStart    GET /me
	// PhaseStart   connect
	// PhaseDone    connect
	// Choice       connection: opened, because none was idle
	// PhaseStart   send
	// RequestHead  GET /me •••
	// PhaseDone    send
	// PhaseStart   wait
	// PhaseDone    wait
	// PhaseStart   receive
	// ResponseHead 200 OK
	// Data         "Bearer s3cret"
	// PhaseDone    receive
	// Done         waited: true
	// CallDone     200 after 0 hops
}

// docs/tracing.md: how long each phase of a call took.
func Example_timings() {
	api, stop := serve()
	defer stop()

	slow := trace.Func(func(_ context.Context, ev trace.Event) {
		if ev, ok := ev.(trace.Done); ok && ev.Timings.Wait > time.Second {
			fmt.Println("the server thought for", ev.Timings.Wait, "of", ev.Timings.Total())
		}
	})
	session := &godwit.Session{Tracer: trace.Multi(slow, nil)}
	_, err := session.Get(ctx, api+"/log")
	fmt.Println(err)
	// Output: <nil>
}

// serveBytes answers each connection with the same bytes and closes it.
func serveBytes(answer string) (url string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	over := make(chan struct{})
	go func() { // ends with the listener
		defer close(over)
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			nc.Read(make([]byte, 4096))
			nc.Write([]byte(answer))
			nc.Close()
		}
	}()
	return "http://" + l.Addr().String() + "/", func() {
		l.Close()
		<-over
	}
}
