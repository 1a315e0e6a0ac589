package conn_test

// What Close does with a response's body that has not been read to its end.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCloseDrainsOrDrops(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	byLength := func(n int) string { return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", n) }
	ms := time.Millisecond
	tests := []struct {
		name   string
		script []any
		cancel bool
		kept   bool
		most   time.Duration // it takes no longer
	}{
		{name: "little", script: []any{Send(byLength(5) + "hello")}, kept: true},
		{name: "64 KiB", script: []any{Send(byLength(64<<10) + strings.Repeat("x", 64<<10))}, kept: true},
		{name: "more", script: []any{Send(byLength(64<<10+1) + strings.Repeat("x", 64<<10+1))}},
		{name: "chunked", script: []any{Send(chunked + "\r\n5\r\nhello\r\n0\r\n\r\n")}, kept: true},
		{name: "chunked, and long", script: []any{Send(chunked + "\r\n" + strings.Repeat("4000\r\n"+strings.Repeat("x", 0x4000)+"\r\n", 9) + "0\r\n\r\n")}},
		{name: "chunked, and malformed", script: []any{Send(chunked + "\r\n5\r\nhello!!")}},
		{name: "an event stream", script: []any{Send(chunked + "Content-Type: text/event-stream; charset=utf-8\r\n\r\n5\r\nhello\r\n0\r\n\r\n")}},
		{name: "until close", script: []any{Send("HTTP/1.1 200 OK\r\n\r\nhello"), Close{}}},
		{name: "the last one anyway", script: []any{Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n"), Stall(10 * ms), Send("hello")}},
		{name: "soon", script: []any{Send(byLength(5)), Stall(40 * ms), Send("hello")}, kept: true, most: 40 * ms},
		{name: "late", script: []any{Send(byLength(5)), Stall(60 * ms), Send("hello")}, most: 55 * ms},
		{name: "never", script: []any{Send(byLength(5) + "hel"), Stall(0)}, most: 55 * ms},
		// Not even who sends a byte now and then holds us up.
		{name: "trickled", script: []any{Send(byLength(50)), Trickle{strings.Repeat("x", 50), 40 * ms}}, most: 55 * ms},
		{name: "a trickled chunk size", script: []any{Send(chunked + "\r\n"), Trickle{strings.Repeat("0", 16) + "\r\n", 40 * ms}}, most: 55 * ms},
		{name: "a trickled extension", script: []any{Send(chunked + "\r\n"), Trickle{"5;" + strings.Repeat("x", 500), 40 * ms}}, most: 55 * ms},
		{name: "a trickled trailer", script: []any{Send(chunked + "\r\n0\r\nX: "), Trickle{strings.Repeat("x", 500), 40 * ms}}, most: 55 * ms},
		{name: "cancelled", script: []any{Send(byLength(5) + "hello")}, cancel: true},
		{name: "cut", script: []any{Send(byLength(5) + "hel"), Close{}}},
		{name: "with more behind it", script: []any{Send(byLength(5) + "hello" + ok2)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := pipe(t, append([]any{Expect(plainGet)}, tt.script...)...)
				k := new(keeper)
				c.SetKeeper(k)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				res, err := c.RoundTrip(get(t).WithContext(ctx))
				if err != nil {
					t.Fatal(err)
				}
				if tt.cancel {
					cancel()
				}
				start := time.Now()
				for range 2 {
					if err := res.Body.Close(); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(start); took > tt.most {
					t.Errorf("took %v, at most %v", took, tt.most)
				}
				if c.Idle() != tt.kept || c.Closed() == tt.kept || k.String() != fmt.Sprint([]bool{tt.kept}) {
					t.Errorf("idle %v, closed %v, keeper %v", c.Idle(), c.Closed(), k)
				}
				if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != http.ErrBodyReadAfterClose {
					t.Errorf("Read after Close: %d, %v", n, err)
				}
				c.Close()
				<-p.done
			})
		})
	}
}

func TestReadAfterTheEnd(t *testing.T) {
	c, _ := pipe(t, Expect(plainGet), Send(ok2))
	res, err := c.RoundTrip(get(t))
	if err != nil {
		t.Fatal(err)
	}
	if readBody(t, res) != "ok" || !c.Idle() {
		t.Error("not over with the last byte")
	}
	for range 2 {
		if n, err := res.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("Read: %d, %v", n, err)
		}
		if err := res.Body.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

// The end comes with the last byte, so that who reads as much as was announced is done.
func TestEndWithTheLastByte(t *testing.T) {
	for _, response := range []string{ok2, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"} {
		c, _ := pipe(t, Expect(plainGet), Send(response))
		res, err := c.RoundTrip(get(t))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := res.Body.Read(make([]byte, 2)); n != 2 || err != io.EOF || !c.Idle() {
			t.Errorf("%d, %v, idle %v", n, err, c.Idle())
		}
	}
}

func TestReadAfterAnError(t *testing.T) {
	c, _ := pipe(t, Expect(plainGet), Send(ok2[:len(ok2)-1]), Close{})
	res, err := c.RoundTrip(get(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(res.Body)
	_, again := res.Body.Read(make([]byte, 1))
	if err == nil || again != err {
		t.Errorf("%v, and then %v", err, again)
	}
	if err := res.Body.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestWriteTo(t *testing.T) {
	c, _ := pipe(t, Expect(plainGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 100000)), Expect(plainGet), Send(ok2))
	res, err := c.RoundTrip(get(t))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := io.Copy(&b, res.Body); n != 100000 || err != nil || b.Len() != 100000 || !c.Idle() {
		t.Errorf("%d, %v, %d, idle %v", n, err, b.Len(), c.Idle())
	}
	if res, err = c.RoundTrip(get(t)); err != nil {
		t.Fatal(err)
	}
	full := errors.New("full")
	if n, err := io.Copy(failingWriter{full}, res.Body); n != 0 || err != full {
		t.Errorf("%d, %v", n, err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

// Close ends a Read that waits.
func TestCloseEndsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe(t, Expect(plainGet), Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"), Stall(0))
		k := new(keeper)
		c.SetKeeper(k)
		res, err := c.RoundTrip(get(t))
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { res.Body.Close() })
		start := time.Now()
		data, err := io.ReadAll(res.Body)
		if string(data) != "hel" || !errors.Is(err, http.ErrBodyReadAfterClose) || time.Since(start) != time.Second {
			t.Errorf("%q, %v after %v", data, err, time.Since(start))
		}
		if !c.Closed() || k.String() != "[false]" {
			t.Errorf("closed %v, keeper %v", c.Closed(), k)
		}
		c.Close()
		<-p.done
	})
}

// Close while somebody reads the last bytes: whoever comes late must leave the connection
// alone, because it may carry another's exchange by then.
func TestCloseWhileTheBodyEnds(t *testing.T) {
	for i := range 300 {
		c, p := pipe(t, Expect(plainGet), Send(ok2), Expect(plainGet), Send(ok2))
		res, err := c.RoundTrip(get(t))
		if err != nil {
			t.Fatal(err)
		}
		var closing sync.WaitGroup
		k := keeperFunc(func(bool) error {
			begun := make(chan struct{})
			closing.Go(func() {
				close(begun)
				res.Body.Close()
			})
			<-begun
			for range i % 10 {
				runtime.Gosched()
			}
			return nil
		})
		c.SetKeeper(k)
		if i%2 == 0 {
			readBody(t, res)
		} else {
			res.Body.Close()
		}
		c.SetKeeper(nil)
		next, err := c.RoundTrip(get(t))
		closing.Wait()
		if err != nil {
			t.Fatalf("the next exchange: %v", err)
		}
		if readBody(t, next) != "ok" {
			t.Fatal("the next exchange has no body")
		}
		c.Close()
		<-p.done
	}
}
