package conn_test

// Many at once, each with a connection of its own on which requests are put by hand: what they
// share must not mix them. And what others do in the middle of a request: close its connection,
// close its body, take its connection away, panic. The connection works afterwards.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// unharmed makes a failure of the test of a panic in f.
func unharmed(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if p := recover(); p != nil {
			t.Errorf("panic: %v", p)
		}
	}()
	f()
}

// echoServer answers each request with what it says of itself, framed in one of several ways.
func echoServer(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("X-Target", r.URL.Path)
		w.Header().Set("X-Tag", r.Header.Get("X-Tag"))
		switch {
		case strings.HasSuffix(r.URL.Path, "/204"):
			w.WriteHeader(http.StatusNoContent)
			return
		case strings.HasSuffix(r.URL.Path, "/close"):
			w.Header().Set("Connection", "close")
		case strings.HasSuffix(r.URL.Path, "/trailer"):
			w.Header().Set("Trailer", "X-Sum")
			defer func() { w.Header().Set("X-Sum", r.URL.Path) }()
		case strings.HasSuffix(r.URL.Path, "/103"):
			w.Header().Set("Link", r.URL.Path)
			w.WriteHeader(http.StatusEarlyHints)
		}
		io.WriteString(w, r.URL.Path+"\n")
		if strings.HasSuffix(r.URL.Path, "/flush") {
			w.(http.Flusher).Flush()
		}
		w.Write(data)
	}))
	t.Cleanup(s.Close)
	return s
}

// endings are the ways in which the server answers.
var endings = []string{"204", "close", "trailer", "103", "flush", "plain"}

// echoedByHand sends a request of one of many kinds, and checks that the answer is to it.
func echoedByHand(ctx context.Context, c *conn.Conn, who, n int) error {
	ending := endings[n%len(endings)]
	target := fmt.Sprintf("/%d/%d/%s", who, n, ending)
	text := strings.Repeat(target, n%7*n%1000)
	var body io.Reader
	switch n / 2 % 5 {
	case 0:
		text = ""
	case 1:
		body = strings.NewReader(text)
	case 2:
		body = bytes.NewBufferString(text)
	case 3:
		body = struct{ io.Reader }{strings.NewReader(text)}
	case 4:
		body = conn.Seq(slices.Values([][]byte{[]byte(text[:len(text)/2]), []byte(text[len(text)/2:])}))
	}
	if err := c.Request(ctx, "POST", target, fields("X-Tag", target), body); err != nil {
		return err
	}
	res, err := c.Response()
	if err != nil {
		return err
	}
	want := target + "\n" + text
	if ending == "204" {
		want = ""
	}
	data, err := res.ReadAll(nil)
	if err != nil {
		return err
	}
	if string(data) != want || res.Fields.Get("X-Target") != target || res.Fields.Get("X-Tag") != target || !strings.HasSuffix(res.URL(), target) {
		return fmt.Errorf("%s: body of %d bytes, want %d; %v", target, len(data), len(want), res.Fields)
	}
	if ending == "trailer" && res.Trailer().Get("X-Sum") != target {
		return fmt.Errorf("%s: trailer %v", target, res.Trailer())
	}
	if ending == "103" && (len(res.Informational) != 1 || res.Informational[0].Fields.Get("Link") != target) {
		return fmt.Errorf("%s: informational %v", target, res.Informational)
	}
	return res.Body.Close()
}

// Every answer belongs to its request.
func TestManyByHand(t *testing.T) {
	s := echoServer(t)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			c, err := conn.HTTP(s.Listener.Addr().String(), conn.Options{BlockSize: i % 3 * 1000})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for n := range 200 {
				var err error
				unharmed(t, func() { err = echoedByHand(t.Context(), c, i, n) })
				if err != nil {
					t.Errorf("connection %d, exchange %d: %v", i, n, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// Close, at any moment and from anywhere, ends what is under way; what is answered all the same
// is answered right, and the next request works.
func TestManyClosed(t *testing.T) {
	s := echoServer(t)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			c, err := conn.HTTP(s.Listener.Addr().String(), conn.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			var stop atomic.Bool
			var closers sync.WaitGroup
			for range 2 {
				closers.Go(func() {
					for !stop.Load() {
						c.Close()
						_ = echoServerPause()
					}
				})
			}
			for n := range 100 {
				var err error
				unharmed(t, func() { err = echoedByHand(t.Context(), c, i, n) })
				if _, ok := errors.AsType[*conn.Error](err); err != nil && !ok {
					t.Errorf("connection %d, exchange %d: %v (%T)", i, n, err, err)
				}
			}
			stop.Store(true)
			closers.Wait()
			if err := echoedByHand(t.Context(), c, i, 1000); err != nil {
				t.Errorf("connection %d, afterwards: %v", i, err)
			}
			c.Close()
		})
	}
	all.Wait()
}

// echoServerPause lets others run for a moment.
func echoServerPause() bool {
	timer := time.NewTimer(200 * time.Microsecond)
	defer timer.Stop()
	<-timer.C
	return true
}

// A body may be closed while it is read: the reading ends, and the next request works.
func TestBodiesClosedWhileRead(t *testing.T) {
	for range 50 {
		c, p := dialing(t, "example.com", conn.Options{},
			script(Expect(handGet), Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"), Stall(0)), next())
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		must(t, second(io.ReadFull(res.Body, make([]byte, 2))))
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { res.Body.Close() })
		}
		if _, err := res.ReadAll(nil); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("%v", err)
		}
		all.Wait()
		wantNext(t, c, p, 2)
	}
}

func second[T any](_ T, err error) error { return err }

// Responses without a body have nothing in common, and so their bodies can be read and closed
// by whoever has them, at the same time.
func TestBodiesThatAreNone(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c := conn.New(&memory{response: []byte(empty)})
			if err := c.Request(t.Context(), "GET", "/", nil, nil); err != nil {
				t.Error(err)
				return
			}
			res, err := c.Response()
			if err != nil {
				t.Error(err)
				return
			}
			unharmed(t, func() {
				for range 20_000 {
					res.Body.Read(make([]byte, 1))
					res.Body.Close()
				}
			})
		})
	}
	all.Wait()
}

// The body of a response whose connection was closed has no say in the request after it.
func TestBodyFromBefore(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nX: old\r\n\r\n"
	for name, response := range map[string]string{"whole": chunked, "cut": chunked[:len(chunked)-14], "whole, by length": ok2} {
		for how, old := range map[string]func(*conn.Body){"read": func(b *conn.Body) { b.ReadAll(nil) }, "closed": func(b *conn.Body) { b.Close() }} {
			for _, when := range []string{"in the head", "in the wait", "in the response"} {
				t.Run(name+"/"+how+"/"+when, func(t *testing.T) {
					defer func() {
						if p := recover(); p != nil {
							t.Errorf("panic: %v", p)
						}
					}()
					c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(response), Stall(0)),
						script(Expect("GET / HTTP/1.1\r\n"+usual+"X: y\r\n\r\n"), Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: new\r\n\r\n")))
					request(t, c, "GET", "/")
					first, err := c.Response()
					must(t, err)
					body := first.Body
					c.Close()
					must(t, c.PutRequest(t.Context(), "GET", "/"))
					if when == "in the head" {
						old(body)
					}
					must(t, c.PutHeader("X", "y"), c.EndHeaders())
					if when == "in the wait" {
						old(body)
					}
					res, err := c.Response()
					must(t, err)
					if when == "in the response" {
						old(body)
					}
					if tr := res.Trailer(); len(tr) > 0 {
						t.Errorf("a trailer before the end: %v", tr)
					}
					if data, err := res.ReadAll(nil); string(data) != "ok" || err != nil || res.Trailer().Get("X") != "new" || !c.Idle() {
						t.Errorf("%q, %v, trailer %v, idle %v", data, err, res.Trailer(), c.Idle())
					}
				})
			}
		}
	}
}

// What is hijacked in the middle of a body is the hijacker's: the body is over, whoever reads or
// closes it, and nothing is taken from the connection, or set on it.
func TestBodyOfAHijackedConnection(t *testing.T) {
	for name, use := range map[string]func(*conn.Body) error{
		"read":   func(b *conn.Body) error { return second(b.Read(make([]byte, 10))) },
		"closed": func(b *conn.Body) error { b.Close(); return second(b.Read(make([]byte, 10))) },
	} {
		t.Run(name, func(t *testing.T) {
			hijacked := make(chan struct{})
			c, _ := dialing(t, "example.com", conn.Options{}, script(Expect(handGet), Send(okHead+"he"), Await(hijacked), Send("llo")))
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err)
			must(t, second(io.ReadFull(res.Body, make([]byte, 2))))
			nc, err := c.Hijack()
			must(t, err)
			defer nc.Close()
			unharmed(t, func() {
				if err := use(res.Body); err == nil {
					t.Error("the body goes on")
				}
			})
			close(hijacked)
			data := make([]byte, 3)
			if _, err := io.ReadFull(nc, data); err != nil || string(data) != "llo" {
				t.Errorf("the hijacker got %q, %v", data, err)
			}
		})
	}
}

// A connection that is closed just when it is switched is an error, or one that fails: not one
// that is none.
func TestClosedWhenSwitched(t *testing.T) {
	for method, response := range map[string]string{
		"GET":     "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
		"CONNECT": "HTTP/1.1 200 OK\r\n\r\n",
	} {
		var c *conn.Conn
		opt := conn.Options{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
			if _, ok := ev.(trace.ResponseHead); ok {
				c.Close() // anybody might, at this moment
			}
		})}
		c, _ = dialing(t, "example.com", opt, script(ReadHead{}, Send(response), Stall(0)))
		target := map[string]string{"GET": "/", "CONNECT": "example.com:443"}[method]
		must(t, c.Request(t.Context(), method, target, fields("Connection", "upgrade", "Upgrade", "x"), nil))
		res, err := c.Response()
		if err == nil && (res.Stream == nil || reflect.ValueOf(res.Stream).IsNil()) {
			t.Errorf("%s: no error, and a stream that is %#v", method, res.Stream)
		}
	}
}
