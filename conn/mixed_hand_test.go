package conn_test

// What went wrong once between two exchanges by hand, between those and RoundTrip, and with the
// files and hooks of the caller.

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// A registry is a context that can be cancelled, and counts who waits for that.
type registry struct {
	context.Context
	done    chan struct{}
	waiting atomic.Int64
	onDone  func() // called by Done; nil: nothing is
}

func newRegistry() *registry {
	return &registry{Context: context.Background(), done: make(chan struct{})}
}

func (r *registry) Done() <-chan struct{} {
	if r.onDone != nil {
		r.onDone()
	}
	return r.done
}

// AfterFunc is what context.AfterFunc calls, if there is one.
func (r *registry) AfterFunc(func()) func() bool {
	r.waiting.Add(1)
	var stopped atomic.Bool
	return func() bool {
		if stopped.Swap(true) {
			return false
		}
		r.waiting.Add(-1)
		return true
	}
}

// Whatever becomes of a connection, its contexts are left alone at its end.
func TestNobodyWaitsForAContextLonger(t *testing.T) {
	t.Run("stale connections", func(t *testing.T) {
		once := script(Expect(handGet), Send(ok2), Expect(handGet), Send(ok2), Expect(handGet), Send(ok2), Close{})
		c, p := dialingTCP(t, "example.com", conn.Options{}, once, once, once)
		r := newRegistry()
		for range 3 {
			for range 3 {
				must(t, c.Request(r, "GET", "/", nil, nil))
				answer(t, c)
			}
			awaitVerdict(t, c)
		}
		if c.Close(); r.waiting.Load() != 0 || len(p.dialed) != 3 {
			t.Errorf("%d wait, dialed %v", r.waiting.Load(), p.dialed)
		}
	})
	t.Run("closed just then", func(t *testing.T) {
		c, _ := dialingTCP(t, "example.com", conn.Options{}, script(Drain{}))
		must(t, c.Connect(t.Context()))
		r := newRegistry()
		r.onDone = func() { c.Close() }
		_ = c.Request(r, "GET", "/", nil, nil) // how it ends is not the point
		if r.waiting.Load() != 0 {
			t.Errorf("%d wait", r.waiting.Load())
		}
	})
}

// A server that answers and closes without a word is noticed, even if both were there at once.
func TestClosedWithTheAnswer(t *testing.T) {
	var scripts [][]any
	for range 20 {
		scripts = append(scripts, script(Expect(handGet), Send(ok2), Close{}))
	}
	c, p := dialingTCP(t, "example.com", conn.Options{}, scripts...)
	for i := range scripts {
		request(t, c, "GET", "/")
		nc := c.NetConn().(*net.TCPConn)
		awaitEnd(t, nc, len(ok2))
		if answer(t, c); len(p.dialed) != i+1 {
			t.Fatal(p.dialed)
		}
	}
}

// awaitEnd waits until the answer and the end of the stream are in the socket's queue: then the
// peer has closed, and all of it has come over the loopback.
func awaitEnd(t *testing.T, nc *net.TCPConn, size int) {
	t.Helper()
	raw, err := nc.SyscallConn()
	must(t, err)
	for until := time.Now().Add(5 * time.Second); ; {
		var ended bool
		must(t, raw.Control(func(fd uintptr) { ended = peerClosed(fd, size) }))
		if ended {
			return
		}
		if time.Now().After(until) {
			t.Fatal("the peer has not closed")
		}
	}
}

// A pipe has the time that it takes; a file that cannot be read is no matter of the socket's.
func TestFilesThatAreNone(t *testing.T) {
	t.Run("pipe", func(t *testing.T) {
		c, _ := dialingTCP(t, "example.com", conn.Options{Limits: trace.Limits{Send: 50 * time.Millisecond}},
			script(Expect("POST / HTTP/1.1\r\n"+usual+"Content-Length: 5\r\n\r\nhello"), Send(ok2)))
		r, w, err := os.Pipe()
		must(t, err)
		defer r.Close()
		go func() { // ends by itself
			defer w.Close()
			io.WriteString(w, "he")
			<-time.After(150 * time.Millisecond)
			io.WriteString(w, "llo")
		}()
		must(t, c.Request(t.Context(), "POST", "/", fields("Content-Length", "5"), r))
		answer(t, c)
	})
	t.Run("not to be read", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x")
		must(t, os.WriteFile(path, []byte("hello"), 0o600))
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		must(t, err)
		defer f.Close()
		c, _ := dialingTCP(t, "example.com", conn.Options{}, next()) // nothing is sent of the first
		err = c.Request(t.Context(), "POST", "/", nil, f)
		wantError[*conn.BodyError](t, err)
		if _, again := c.Response(); again != err {
			t.Errorf("%v, and Response says %v", err, again)
		}
		request(t, c, "GET", "/")
		answer(t, c)
	})
}

// A tracer that panics while a body is closed costs the connection, and no more.
func TestPanicInClose(t *testing.T) {
	for _, byHand := range []bool{true, false} {
		panicked := false
		tracer := trace.Func(func(_ context.Context, ev trace.Event) {
			if _, ok := ev.(trace.Trailer); ok && !panicked {
				panicked = true
				panic("tracer")
			}
		})
		chunked := Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n")
		c, _ := dialingTCP(t, "example.com", conn.Options{Tracer: tracer}, script(ReadHead{}, chunked, Drain{}), next())
		var body io.Closer
		if byHand {
			request(t, c, "GET", "/")
			res, err := c.Response()
			must(t, err)
			body = res.Body
		} else {
			res, err := c.RoundTrip(get(t))
			must(t, err)
			body = res.Body
		}
		func() {
			defer func() { _ = recover() }()
			body.Close()
		}()
		if must(t, body.Close()); !panicked {
			t.Fatal("nothing has panicked")
		}
		request(t, c, "GET", "/")
		answer(t, c)
	}
}

// A body that is read while its connection is closed and another opened does not touch that one.
func TestBodyReadBesideTheNextRequest(t *testing.T) {
	for range 50 {
		c, _ := dialingTCP(t, "example.com", conn.Options{}, script(ReadHead{}, Send(okHead), Stall(0)), next())
		request(t, c, "GET", "/")
		res, err := c.Response()
		must(t, err)
		over := make(chan struct{})
		go func(b *conn.Body) { // ends with the connection
			defer close(over)
			_, _ = io.Copy(io.Discard, b)
		}(res.Body)
		c.Close()
		request(t, c, "GET", "/")
		answer(t, c)
		<-over
	}
}

// A request by hand that was broken off has no say in what RoundTrip does on the next connection.
func TestBrokenByHandThenRoundTrip(t *testing.T) {
	r, w := io.Pipe()
	c, _ := dialingTCP(t, "example.com", conn.Options{},
		script(ReadHead{}, Reset{}),
		script(ReadHead{}, Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), Expect("3\r\nabc\r\n0\r\n\r\n"), Send("ok")))
	if err := c.Request(t.Context(), "POST", "/", nil, io.LimitReader(endless{}, 64<<20)); err == nil {
		t.Fatal("no error")
	}
	c.Close()
	res, err := c.RoundTrip(newRequest(t, "POST", "http://example.com/", r))
	must(t, err)
	if _, err := c.Response(); err == nil {
		t.Error("a response to what was broken off")
	}
	_, err = io.WriteString(w, "abc")
	must(t, err, w.Close())
	if readBody(t, res) != "ok" {
		t.Error("not the answer")
	}
}

// What is hijacked while RoundTrip sends a body is the hijacker's: the body's end is nothing to it.
func TestHijackWhileSending(t *testing.T) {
	r, w := io.Pipe()
	failed := make(chan struct{})
	c, _ := loopback(t, ReadHead{}, Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Await(failed), Send("later"), Stall(0))
	res, err := c.RoundTrip(newRequest(t, "POST", "http://example.com/", r))
	must(t, err)
	defer res.Body.Close()
	nc, err := c.Hijack()
	must(t, err)
	defer nc.Close()
	w.CloseWithError(errors.New("of the body's own"))
	close(failed)
	got := make([]byte, 5)
	if _, err := io.ReadFull(nc, got); err != nil || string(got) != "later" {
		t.Errorf("%q, %v", got, err)
	}
}

// All events of an exchange have its number, those of its connection among them.
func TestOneNumber(t *testing.T) {
	var ids []uint64
	tracer := trace.Func(func(_ context.Context, ev trace.Event) {
		if p, ok := ev.(trace.PhaseStart); ok {
			ids = append(ids, p.Exchange)
		}
	})
	last := Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
	c, _ := dialingTCP(t, "example.com", conn.Options{Tracer: tracer}, script(ReadHead{}, last), script(ReadHead{}, last), script(ReadHead{}, last))
	var all []uint64
	for i := range 3 {
		ids = nil
		if i == 1 {
			res, err := c.RoundTrip(get(t))
			must(t, err)
			readBody(t, res)
		} else {
			request(t, c, "GET", "/")
			answer(t, c)
		}
		if ids = slices.Compact(ids); len(ids) != 1 || slices.Contains(all, ids[0]) {
			t.Errorf("exchange %d: %v, after %v", i, ids, all)
		}
		all = append(all, ids...)
	}
}

// RoundTrip says as Request does that a connection was found stale, and not to be opened again.
func TestStaleAndNotToBeReopened(t *testing.T) {
	for name, send := range map[string]func(*conn.Conn) error{
		"RoundTrip": func(c *conn.Conn) error { _, err := c.RoundTrip(get(t)); return err },
		"Request":   func(c *conn.Conn) error { return c.Request(t.Context(), "GET", "/", nil, nil) },
	} {
		c, _ := dialingTCP(t, "example.com", conn.Options{NoReopen: true}, script(Expect(handGet), Send(ok2), Close{}))
		request(t, c, "GET", "/")
		answer(t, c)
		awaitVerdict(t, c)
		if err := send(c); !errors.Is(err, conn.ErrStale) || wantError[*conn.Error](t, err).Sent {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Close ends a request that was begun, though Connect comes before its next step.
func TestCloseThenConnect(t *testing.T) {
	c, _ := dialingTCP(t, "example.com", conn.Options{}, next())
	must(t, c.PutRequest(t.Context(), "GET", "/evil"), c.Close(), c.Connect(t.Context()))
	if err := c.PutHeader("A", "b"); !errors.Is(err, conn.ErrNotConnected) {
		t.Error(err)
	}
	if _, err := c.Response(); !errors.Is(err, conn.ErrNotConnected) {
		t.Error(err)
	}
	request(t, c, "GET", "/")
	answer(t, c)
}

// A context that is none is the caller's mistake, and harms nobody else.
func TestNoContext(t *testing.T) {
	c, _ := dialingTCP(t, "example.com", conn.Options{}, next())
	func() {
		defer func() { _ = recover() }()
		var none context.Context
		_ = c.Request(none, "GET", "/", nil, strings.NewReader(http.MethodGet))
	}()
	request(t, c, "GET", "/")
	answer(t, c)
}
