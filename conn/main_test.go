package conn_test

// What the tests of this package share: an exchange with a peer, after which is checked what
// must hold after every exchange, however it ended.

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/godwit/conn"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A keeper counts how often a connection is given back, and how.
type keeper struct {
	mu    sync.Mutex
	calls []bool
}

func (k *keeper) Keep(ok bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, ok)
	return nil
}

func (k *keeper) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return fmt.Sprint(k.calls)
}

// An outcome is all that comes of an exchange.
type outcome struct {
	res     *http.Response
	err     error // Do's
	body    string
	readErr error // the body's; nil if it came to its end
	kept    bool  // the connection can carry another exchange
	rest    string
}

// failure returns what went wrong, in Do or in reading the body.
func (o *outcome) failure() error {
	if o.err != nil {
		return o.err
	}
	return o.readErr
}

// exchange sends a request to a peer, reads the response's body to its end and closes it.
func exchange(t *testing.T, req *http.Request, opt conn.ExchangeOptions, script ...any) outcome {
	t.Helper()
	c, p := pipe(t, script...)
	return exchangeOn(t, c, p, req, opt)
}

func exchangeOn(t *testing.T, c *conn.Conn, p *peer, req *http.Request, opt conn.ExchangeOptions) (o outcome) {
	t.Helper()
	k := new(keeper)
	c.SetKeeper(k)
	x, err := conn.Prepare(req, &opt)
	if err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	if o.res, o.err = c.Do(x); o.err == nil {
		var data []byte
		data, o.readErr = io.ReadAll(o.res.Body)
		o.body = string(data)
		if err := o.res.Body.Close(); err != nil {
			t.Errorf("closing the body: %v", err)
		}
	} else if o.res != nil {
		t.Errorf("a response beside the error %v", o.err)
	}
	o.kept = c.Idle()
	if want := fmt.Sprint([]bool{o.kept}); k.String() != want {
		t.Errorf("keeper's calls: %v, want %v", k, want)
	}
	if c.Closed() == o.kept {
		t.Errorf("closed: %v, idle: %v", c.Closed(), o.kept)
	}
	checkFailure(t, &o)
	if b, ok := req.Body.(*spy); ok {
		b.checkClosed(t)
	}
	c.Close()
	<-p.done
	o.rest = string(p.rest)
	return o
}

// checkFailure fails the test unless an exchange that failed says so in the one way.
func checkFailure(t *testing.T, o *outcome) {
	t.Helper()
	err := o.failure()
	if err == nil {
		return
	}
	if o.kept {
		t.Errorf("the connection was kept after %v", err)
	}
	if e, ok := errors.AsType[*conn.Error](err); !ok || e.Err == nil {
		t.Errorf("%T is no *conn.Error: %v", err, err)
	}
}

// A spy is a request's body that knows whether it was closed.
type spy struct {
	io.Reader
	once   sync.Once
	closed chan struct{}
	hook   func() // called when it is closed
}

func spyOn(r io.Reader) *spy { return &spy{Reader: r, closed: make(chan struct{})} }

func (s *spy) Close() error {
	s.once.Do(func() {
		close(s.closed)
		if s.hook != nil {
			s.hook()
		}
	})
	return nil
}

func (s *spy) checkClosed(t *testing.T) {
	t.Helper()
	select {
	case <-s.closed:
	case <-time.After(5 * time.Second):
		t.Error("the request's body was not closed")
	}
}

func newRequest(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// get is the plainest request, and plainGet what it looks like on the wire.
func get(t *testing.T) *http.Request {
	t.Helper()
	return newRequest(t, "GET", "http://example.com/", nil)
}

const (
	plainGet = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
	ok2      = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	empty    = "HTTP/1.1 204 No Content\r\n\r\n"
)

// wantError fails the test unless err is, or wraps, an error of the given type, and returns
// that.
func wantError[E error](t *testing.T, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("error %v (%T), want a %T", err, err, e)
	}
	return e
}

// readBody reads a response's body to its end.
func readBody(t *testing.T, res *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("body: %v after %q", err, data)
	}
	return string(data)
}
