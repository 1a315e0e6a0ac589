package conn_test

// Many connections at once: what they share (memory that is used again) must not mix them.

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/godwit/conn"
)

// A mix-up shows, because each answer names its request twice.
func TestManyConnections(t *testing.T) {
	const conns, exchanges = 64, 20
	var all sync.WaitGroup
	for i := range conns {
		near, far := net.Pipe()
		all.Go(func() { echoTargets(far) })
		all.Go(func() {
			c := conn.New(near)
			defer c.Close()
			for j := range exchanges {
				if err := echoed(t, c, fmt.Sprintf("/%d/%d", i, j), j%3); err != nil {
					t.Errorf("connection %d, exchange %d: %v", i, j, err)
					return
				}
				if c.Closed() {
					return // a busy machine let the goroutine that had sent the body wait
				}
			}
		})
	}
	all.Wait()
}

// echoed sends a request and checks that the answer is to it. kind: without a body, with a
// small one, with one of unknown length.
func echoed(t *testing.T, c *conn.Conn, target string, kind int) error {
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://example.com"+target, nil)
	if err != nil {
		return err
	}
	switch kind {
	case 1:
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(target)), int64(len(target))
	case 2:
		req.Body, req.ContentLength = io.NopCloser(slow(target, target)), -1
	}
	res, err := c.RoundTrip(req)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if got := res.Header.Get("X-Target"); got != target || string(body) != target {
		return fmt.Errorf("target %q, body %q; want %q", got, body, target)
	}
	if !c.Idle() && kind != 2 {
		return fmt.Errorf("not kept")
	}
	return nil
}

// echoTargets answers each request with its target, in a field and as the body.
func echoTargets(nc net.Conn) {
	defer nc.Close()
	(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Target", r.URL.Path)
		io.WriteString(w, r.URL.Path)
	})}).Serve(&single{conn: nc, closed: make(chan struct{})})
}

// A single listener has one connection to give, and ends with it.
type single struct {
	conn   net.Conn
	given  bool
	once   sync.Once
	closed chan struct{}
}

func (s *single) Accept() (net.Conn, error) {
	if !s.given {
		s.given = true
		return &closing{s.conn, s}, nil
	}
	<-s.closed
	return nil, net.ErrClosed
}

func (s *single) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *single) Addr() net.Addr { return s.conn.LocalAddr() }

// A closing connection closes its listener with itself.
type closing struct {
	net.Conn
	listener *single
}

func (c *closing) Close() error {
	c.listener.Close()
	return c.Conn.Close()
}
