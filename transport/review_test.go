package transport

// What a review of the engine found.

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/trace"
)

// Whoever reads a closed body may read what is somebody else's by then.
func TestBodyIsNotReadAfterItsClose(t *testing.T) {
	addr := serve(t, func(_ int, c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	tr := examined(t, &Transport{})
	for i := range 1000 {
		ctx, cancel := context.WithCancel(t.Context())
		body := &endlessBody{closable: newClosable("")}
		req, err := http.NewRequestWithContext(ctx, "POST", "http://"+addr, body)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(i%10)*50*time.Microsecond+200*time.Microsecond, cancel)
		fails(t, tr, req)
		cancel()
		for body.closed.Load() == 0 {
			<-tick()
		}
		if i%50 == 0 {
			<-tick()
		}
		if n := body.afterwards.Load(); n > 0 {
			t.Fatalf("%d reads after Close, in round %d", n, i)
		}
	}
}

type endlessBody struct{ *closable }

func (b *endlessBody) Read(p []byte) (int, error) {
	_, _ = b.closable.Read(p)
	return len(p), nil
}

// A sender that an attempt has left behind does not share with the next what that alters.
func TestResendBesideASenderLeftBehind(t *testing.T) {
	addr := serve(t, func(n int, c net.Conn) {
		r := newReader(c)
		for {
			req, err := http.ReadRequest(r)
			if err != nil || req.Method == "PUT" && n == 1 {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(c, ok2)
		}
	})
	var first atomic.Bool
	again, over := make(chan struct{}), make(chan struct{})
	tr := examined(t, &Transport{Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
		switch ev := ev.(type) {
		case trace.Data:
			if ev.Up && !first.Swap(true) {
				<-again
				close(over)
			}
		case trace.RequestHead:
			if ev.Method == "PUT" && !ev.Conn.Reused {
				close(again)
			}
		}
	})})
	get(t, tr, "http://"+addr)
	req := request(t, "PUT", "http://"+addr, struct{ io.Reader }{strings.NewReader("once")})
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("again")), nil }
	if got := do(t, tr, req); got != "ok" {
		t.Errorf("%q", got)
	}
	<-over
}

// A tunnel whose client has said all it has to say is still answered.
func TestHalfClosedUpgradeThroughReverseProxy(t *testing.T) {
	backend := serve(t, func(_ int, c net.Conn) {
		r := newReader(c)
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: sum\r\n\r\n")
		said, _ := io.ReadAll(r)
		_, _ = io.WriteString(c, "got "+string(said))
	})
	target, _ := url.Parse("http://" + backend)
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: examined(t, &Transport{}),
		ErrorLog:  discardLog,
	})
	defer proxy.Close()
	c, err := net.Dial("tcp", proxy.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: sum\r\n\r\n")
	r := newReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != 101 {
		t.Fatalf("%v, %v", res, err)
	}
	_, _ = io.WriteString(c, "hello")
	_ = c.(*net.TCPConn).CloseWrite()
	if all, err := io.ReadAll(r); err != nil || string(all) != "got hello" {
		t.Errorf("%q, %v", all, err)
	}
}

// A switch of protocols has no content coding, whatever its head says.
func TestUpgradeWithContentEncoding(t *testing.T) {
	addr := serve(t, func(_ int, c net.Conn) {
		r := newReader(c)
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Encoding: gzip\r\n\r\nhi")
	})
	tr := examined(t, &Transport{})
	req := request(t, "GET", "http://"+addr, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "x")
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, ok := res.Body.(io.ReadWriteCloser); !ok {
		t.Errorf("the body of a 101 is a %T", res.Body)
	}
}
