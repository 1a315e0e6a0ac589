package conn_test

// A peer that follows a script: the other end of the connections that the tests are about.

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"example.com/godwit/conn"
)

// The steps of a script. What a peer does is data, so that a test shows all of it.
type (
	// Expect reads as many bytes as it has and fails the test unless they are the same.
	Expect string
	// Send writes. That the client has gone before it was through is no failure.
	Send string
	// Trickle writes a byte at a time.
	Trickle struct {
		Text  string
		Every time.Duration
	}
	// Stall does nothing for a while; Stall(0): until the client is gone.
	Stall time.Duration
	// Await waits until the channel is closed.
	Await <-chan struct{}
	// Tell closes the channel.
	Tell chan<- struct{}
	// ReadHead reads a head, whatever is in it, and not a byte more.
	ReadHead struct{}
	// Drain reads until the client is gone, whatever that is.
	Drain struct{}
	// Close closes the connection.
	Close struct{}
	// CloseWrite closes the half of it that the client reads.
	CloseWrite struct{}
	// Reset closes it so that the client gets a reset (TCP only).
	Reset struct{}
)

// A peer follows a script on its end of a connection. Behind the script's end it reads on
// until the client is gone.
type peer struct {
	t    *testing.T
	nc   net.Conn
	done chan struct{}
	rest []byte // what came behind the script's end
}

func startPeer(t *testing.T, nc net.Conn, script ...any) *peer {
	p := &peer{t: t, nc: nc, done: make(chan struct{})}
	go func() { // ends with the script, or with the client's end of the connection
		defer close(p.done)
		defer nc.Close()
		for _, step := range script {
			if !p.follow(step) {
				return
			}
		}
		p.rest, _ = io.ReadAll(nc)
	}()
	return p
}

// follow takes a step, and reports whether to go on with the next.
func (p *peer) follow(step any) bool {
	switch s := step.(type) {
	case Expect:
		got := make([]byte, len(s))
		n, err := io.ReadFull(p.nc, got)
		if string(got[:n]) != string(s) {
			p.t.Errorf("the peer got\n\t%q, %v\nwant\n\t%q", got[:n], err, string(s))
			return false
		}
	case Send:
		_, err := io.WriteString(p.nc, string(s))
		return err == nil
	case Trickle:
		for i := range len(s.Text) {
			if _, err := io.WriteString(p.nc, s.Text[i:i+1]); err != nil {
				return false
			}
			<-time.After(s.Every)
		}
	case Stall:
		if s > 0 {
			<-time.After(time.Duration(s))
			return true
		}
		p.rest, _ = io.ReadAll(p.nc)
		return false
	case Await:
		<-s
	case Tell:
		close(s)
	case ReadHead:
		return p.readHead()
	case Drain:
		_, _ = io.Copy(io.Discard, p.nc)
		return false
	case Close:
		return false
	case CloseWrite:
		_ = p.nc.(interface{ CloseWrite() error }).CloseWrite()
	case Reset:
		_ = p.nc.(*net.TCPConn).SetLinger(0)
		return false
	default:
		p.t.Errorf("no such step: %T", step)
		return false
	}
	return true
}

// readHead reads up to an empty line.
func (p *peer) readHead() bool {
	var head []byte
	for b := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, b[0]) {
		if _, err := io.ReadFull(p.nc, b); err != nil {
			return false
		}
	}
	return true
}

// pipe returns a connection in memory with a peer at its other end.
func pipe(t *testing.T, script ...any) (*conn.Conn, *peer) {
	t.Helper()
	near, far := net.Pipe()
	return joined(t, near, far, script)
}

// loopback returns a TCP connection with a peer at its other end.
func loopback(t *testing.T, script ...any) (*conn.Conn, *peer) {
	t.Helper()
	near, far := tcpPair(t)
	return joined(t, near, far, script)
}

func joined(t *testing.T, near, far net.Conn, script []any) (*conn.Conn, *peer) {
	p := startPeer(t, far, script...)
	c := conn.New(near)
	t.Cleanup(func() {
		c.Close()
		<-p.done
	})
	return c, p
}

// tcpPair returns both ends of a TCP connection.
func tcpPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}
