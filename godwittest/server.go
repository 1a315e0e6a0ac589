// Peers that follow a script.

package godwittest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A Script is what a peer does on one connection, step after step. Behind the last step it
// closes the connection, as [Close] does.
type Script []Step

// A Step is one of the types of this package that a [Script] is made of. What a peer does is
// data, so that a test shows all of it.
type Step interface {
	// take takes the step, and reports whether to go on with the next.
	take(p *peer) bool
}

type (
	// Reply reads a request, with its body, and answers it with the text as it stands, line
	// ends and all.
	Reply string
	// Write writes the text as it stands, whatever was read.
	Write string
	// Trickle writes Text a byte at a time, and waits for Every in between.
	Trickle struct {
		Text  string
		Every time.Duration
	}
	// Expect reads as many bytes as it has, and fails the test unless they are the same.
	Expect string
	// Read reads a request, with its body.
	Read struct{}
	// Stall does nothing for so long. 0: until the client is gone. It does not read either,
	// so that a client with much to send has to wait.
	Stall time.Duration
	// Close closes the connection in good order.
	Close struct{}
	// Reset closes the connection so that the client gets a reset. In memory there is none,
	// and it is a Close.
	Reset struct{}
)

// Server starts a server on the loopback and returns its URL. Its first connection follows
// the first script, the second the second, and so on; there is no limit to those that follow
// the last. It ends with the test.
func Server(t testing.TB, scripts ...Script) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := newPeers(t, scripts)
	s.running.Go(func() { // ends with the listener
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			s.start(nc)
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.end()
	})
	return "http://" + l.Addr().String()
}

// Dialer returns a function that opens connections in memory, to whatever address, for
// Transport.Dial and http.Transport's DialContext. Their peers follow the scripts as those
// of [Server] do, and end with the test. It works in the bubbles of testing/synctest.
func Dialer(t testing.TB, scripts ...Script) func(ctx context.Context, network, addr string) (net.Conn, error) {
	s := newPeers(t, scripts)
	t.Cleanup(s.end)
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		s.start(far)
		return near, nil
	}
}

// peers are all connections of a server.
type peers struct {
	t       testing.TB
	scripts []Script
	over    chan struct{} // closed with the test
	running sync.WaitGroup

	mu    sync.Mutex
	count int // connections so far
}

func newPeers(t testing.TB, scripts []Script) *peers {
	return &peers{t: t, scripts: scripts, over: make(chan struct{})}
}

// start starts a peer on its end of a connection.
func (s *peers) start(nc net.Conn) {
	s.mu.Lock()
	nth := min(s.count, len(s.scripts)-1)
	s.count++
	s.mu.Unlock()
	var script Script
	if nth >= 0 {
		script = s.scripts[nth]
	}
	p := &peer{t: s.t, nc: nc, over: s.over, in: make(chan []byte, 16), done: make(chan struct{}), gone: make(chan struct{})}
	p.r = bufio.NewReader(p)
	s.running.Go(p.listen)                    // ends with the connection
	s.running.Go(func() { p.follow(script) }) // ends with the script, with the client, or with the test
}

// end ends all peers, and waits for them.
func (s *peers) end() {
	close(s.over)
	s.running.Wait()
}

// A peer follows a script.
type peer struct {
	t    testing.TB
	nc   net.Conn
	over <-chan struct{} // closed with the test

	r    *bufio.Reader // of what has come
	in   chan []byte   // as a socket's buffer would hold it; closed when the client is gone
	rest []byte        // of a piece
	done chan struct{} // closed with the script
	gone chan struct{} // closed when the client is gone
}

// listen reads what comes, up to what fits into the buffer, so that a client can write while
// its peer does.
func (p *peer) listen() {
	defer close(p.gone)
	defer close(p.in)
	for {
		b := make([]byte, 4096)
		n, err := p.nc.Read(b)
		if n > 0 {
			select {
			case p.in <- b[:n]:
			case <-p.done:
			}
		}
		if err != nil {
			return
		}
	}
}

// Read reads what has come.
func (p *peer) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		select {
		case piece, ok := <-p.in:
			if !ok {
				return 0, io.EOF
			}
			p.rest = piece
		case <-p.over:
			return 0, io.EOF
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// follow takes one step after the other.
func (p *peer) follow(script Script) {
	defer p.nc.Close()
	defer close(p.done)
	stop := make(chan struct{})
	defer close(stop)
	go func() { // ends with the script
		select {
		case <-p.over: // whatever step it is that waits
			p.nc.Close()
		case <-stop:
		}
	}()
	for _, step := range script {
		if !step.take(p) {
			return
		}
	}
	Close{}.take(p)
}

// wait waits, and reports whether the client is still there.
func (p *peer) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.gone:
	case <-p.over:
	}
	return false
}

func (s Reply) take(p *peer) bool { return Read{}.take(p) && Write(s).take(p) }

func (s Write) take(p *peer) bool {
	_, err := io.WriteString(p.nc, string(s))
	return err == nil // else the client has gone, which is no failure
}

func (s Trickle) take(p *peer) bool {
	for i := range len(s.Text) {
		if !Write(s.Text[i:i+1]).take(p) || !p.wait(s.Every) {
			return false
		}
	}
	return true
}

func (s Expect) take(p *peer) bool {
	got := make([]byte, len(s))
	n, err := io.ReadFull(p.r, got)
	if string(got[:n]) == string(s) {
		return true
	}
	select {
	case <-p.over: // it is the test that has not waited
	default:
		p.t.Errorf("the peer got\n\t%q, %v\nwant\n\t%q", got[:n], err, string(s))
	}
	return false
}

func (Read) take(p *peer) bool {
	if _, err := p.r.Peek(1); err != nil {
		return false
	}
	req, err := http.ReadRequest(p.r)
	if err != nil {
		select {
		case <-p.gone: // in the middle of it
		case <-p.over:
		default:
			p.t.Errorf("the peer got no request: %v", err)
		}
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

func (s Stall) take(p *peer) bool {
	if s > 0 {
		return p.wait(time.Duration(s))
	}
	select {
	case <-p.gone:
	case <-p.over:
	}
	return false
}

func (Close) take(p *peer) bool {
	// Closing a socket with unread bytes resets it, and takes from the client what was
	// written to it last.
	if half, ok := p.nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, p.r)
	}
	return false
}

func (Reset) take(p *peer) bool {
	if tcp, ok := p.nc.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	return false
}
