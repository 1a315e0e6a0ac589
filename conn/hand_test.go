package conn_test

// What the tests of requests put by hand share.

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"example.com/godwit/conn"
)

// A phone is a Dial that notes whom it is asked for. Each connection has a peer at its other
// end that follows the next of the scripts.
type phone struct {
	t       *testing.T
	pair    func(*testing.T) (near, far net.Conn)
	scripts [][]any

	mu     sync.Mutex
	dialed []string
}

func (p *phone) dial(_ context.Context, _, addr string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dialed = append(p.dialed, addr); len(p.dialed) > len(p.scripts) {
		return nil, errNobody
	}
	near, far := p.pair(p.t)
	peer := startPeer(p.t, far, p.scripts[len(p.dialed)-1]...)
	p.t.Cleanup(func() { near.Close(); <-peer.done })
	return near, nil
}

var errNobody = errors.New("nobody listens")

// script is what a peer does on one connection.
func script(steps ...any) []any { return steps }

// dialing returns a connection to a host whose sockets are pipes with peers that follow the
// scripts, one after the other.
func dialing(t *testing.T, host string, opt conn.Options, scripts ...[]any) (*conn.Conn, *phone) {
	t.Helper()
	p := &phone{t: t, scripts: scripts, pair: func(*testing.T) (near, far net.Conn) { return net.Pipe() }}
	return dialingBy(t, p, host, opt), p
}

// dialingTCP is dialing over TCP.
func dialingTCP(t *testing.T, host string, opt conn.Options, scripts ...[]any) (*conn.Conn, *phone) {
	t.Helper()
	p := &phone{t: t, scripts: scripts, pair: tcpPair}
	return dialingBy(t, p, host, opt), p
}

func dialingBy(t *testing.T, p *phone, host string, opt conn.Options) *conn.Conn {
	t.Helper()
	opt.Dial = p.dial
	c, err := conn.HTTP(host, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// must fails the test on an error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// request sends a request without a header.
func request(t *testing.T, c *conn.Conn, method, target string) {
	t.Helper()
	must(t, c.Request(t.Context(), method, target, nil, nil))
}

// answer asks for the response and reads all of it.
func answer(t *testing.T, c *conn.Conn) (*conn.Response, string) {
	t.Helper()
	res, err := c.Response()
	must(t, err)
	data, err := res.ReadAll(nil)
	must(t, err)
	return res, string(data)
}

// fields makes header fields of names and values in turn.
func fields(pairs ...string) (f conn.Fields) {
	for i := 0; i < len(pairs); i += 2 {
		f = append(f, conn.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return f
}

// awaitVerdict waits until what the peer has done has arrived.
func awaitVerdict(t *testing.T, c *conn.Conn) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); c.Alive(); {
		if time.Now().After(deadline) {
			t.Fatal("still alive")
		}
	}
}

const (
	// usual are the fields that every request put by hand begins with.
	usual   = "Host: example.com\r\nAccept-Encoding: identity\r\n"
	handGet = "GET / HTTP/1.1\r\n" + usual + "\r\n"
)

// A oneListener has one connection to accept.
type oneListener struct {
	mu     sync.Mutex
	nc     net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *oneListener) Accept() (net.Conn, error) {
	l.mu.Lock()
	nc := l.nc
	l.nc = nil
	l.mu.Unlock()
	if nc != nil {
		return nc, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *oneListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *oneListener) Addr() net.Addr { return &net.TCPAddr{} }
