package conn

// What package transport asks of an exchange.

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

// answering is one end of a pipe, at the other end of which a request is answered after a while.
func answering(after time.Duration, answer string, heads chan<- string) net.Conn {
	client, server := net.Pipe()
	go func() { // ends with the pipe
		defer server.Close()
		b := make([]byte, 4096)
		n, _ := server.Read(b)
		if heads != nil {
			heads <- string(b[:n])
		}
		<-time.After(after)
		io.WriteString(server, answer)
		io.Copy(io.Discard, server)
	}()
	return client
}

func exchangeOn(t *testing.T, c *Conn, opt *ExchangeOptions, prepared func(*Exchange)) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://a.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Proxy-Authorization": {"a"}, "proxy-authorization": {"b"}, "X": {"y"}}
	x, err := Prepare(req, opt)
	if err != nil {
		t.Fatal(err)
	}
	if prepared != nil {
		prepared(x)
	}
	return c.Do(x)
}

// Proxy-Authorization stays away from an origin, in whatever spelling.
func TestToOrigin(t *testing.T) {
	for _, toOrigin := range []bool{true, false} {
		heads := make(chan string, 1)
		c := New(answering(0, "HTTP/1.1 204 No\r\n\r\n", heads))
		if _, err := exchangeOn(t, c, &ExchangeOptions{ToOrigin: toOrigin}, nil); err != nil {
			t.Fatal(err)
		}
		c.Close()
		want := "GET / HTTP/1.1\r\nHost: a.example\r\nX: y\r\n\r\n"
		if !toOrigin {
			want = "GET / HTTP/1.1\r\nHost: a.example\r\nProxy-Authorization: a\r\nX: y\r\nproxy-authorization: b\r\n\r\n"
		}
		if got := <-heads; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// An exchange may have its own Timings while it shares its options.
func TestMeasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shared, own trace.Timings
		c := New(answering(time.Second, "HTTP/1.1 204 No\r\n\r\n", nil))
		if _, err := exchangeOn(t, c, &ExchangeOptions{Timings: &shared}, func(x *Exchange) { x.Measure(&own) }); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if shared != (trace.Timings{}) || own != (trace.Timings{Wait: time.Second}) {
			t.Errorf("%+v, %+v", shared, own)
		}
	})
}

// The time of a write counts as Send's where write and wait are one, too.
func TestMeasureTheFastPath(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // ends with l, or with the connection
		s, err := l.Accept()
		if err != nil {
			return
		}
		defer s.Close()
		b := make([]byte, 4096)
		for {
			if _, err := s.Read(b); err != nil {
				return
			}
			io.WriteString(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := New(nc)
	defer c.Close()
	for range 2 {
		var tm trace.Timings
		start := time.Now()
		res, err := exchangeOn(t, c, &ExchangeOptions{Timings: &tm}, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		if took := time.Since(start); tm.Send <= 0 || tm.Wait <= 0 || tm.Receive <= 0 || tm.Total() > took {
			t.Errorf("%+v of %v", tm, took)
		}
	}
}

// Errors name whom they are told that the connection is with.
func TestSetName(t *testing.T) {
	c := New(answering(0, "SSH-2.0\r\n", nil))
	c.SetName("a.example:443")
	_, err := exchangeOn(t, c, &ExchangeOptions{}, nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Addr != "a.example:443" {
		t.Errorf("%v", err)
	}
}

// What came with the answer to a CONNECT can be seen before it is read.
func TestBuffered(t *testing.T) {
	for rest, want := range map[string]int{"": 0, "xyz": 3} {
		c := New(answering(0, "HTTP/1.1 200 OK\r\n\r\n"+rest, nil))
		req, _ := http.NewRequestWithContext(t.Context(), "CONNECT", "http://a.example:443", strings.NewReader(""))
		req.Body = nil
		res, err := c.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Body.(interface{ Buffered() int }).Buffered(); got != want {
			t.Errorf("%d, want %d", got, want)
		}
		res.Body.Close()
	}
}
