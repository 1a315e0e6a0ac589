// The UDP sockets that connections share: one for each family and each place to send from. One is
// opened with the first connection that needs it and closed with the last, so that a Dialer needs
// no closing.

package h3

import (
	"net"
	"sync"
	"syscall"

	"github.com/quic-go/quic-go"
)

// A place is where the datagrams of a socket come from.
type place struct {
	v4   bool
	from string // see transport.HTTP3Options
}

// A socket is one that is open, and how many connections use it.
type socket struct {
	*quic.Transport
	place place
	users int // guarded by sockets.mu
}

type sockets struct {
	mu   sync.Mutex // guards the following
	open map[place]*socket
}

// take returns the socket of a place, which listen opens if there is none. Who has taken it must
// release it.
func (s *sockets) take(p place, listen func() (net.PacketConn, error)) (*socket, error) {
	if found := s.find(p, nil); found != nil {
		return found, nil
	}
	pc, err := listen()
	if err != nil {
		return nil, err
	}
	made := &socket{Transport: &quic.Transport{Conn: quiet(pc)}, place: p}
	found := s.find(p, made)
	if found != made { // somebody was quicker
		made.close()
	}
	return found, nil
}

// find returns the socket that is open at the place, or makes it the one that is given, which may
// be nil.
func (s *sockets) find(p place, made *socket) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.open[p]
	if found == nil {
		if found = made; made == nil {
			return nil
		}
		if s.open == nil {
			s.open = make(map[place]*socket)
		}
		s.open[p] = made
	}
	found.users++
	return found
}

// release closes a socket if nobody uses it any more.
func (s *sockets) release(used *socket) {
	s.mu.Lock()
	used.users--
	last := used.users == 0
	if last {
		delete(s.open, used.place)
	}
	s.mu.Unlock()
	if last {
		used.close()
	}
}

// close closes the socket, and waits for the goroutine that reads from it. All connections are
// closed by then.
func (s *socket) close() {
	_ = s.Transport.Close()
	_ = s.Transport.Conn.Close()
}

// A quietConn is a socket that quic-go says nothing about. It looks whether the buffers of a socket
// are as large as it would like, and prints a line to the program's log if they are not, which a
// library must not do. Until both buffers have been asked for, the conn keeps from it what it needs
// for that look: then it asks for the sizes, and leaves it at that.
type quietConn struct {
	*net.UDPConn
	readBuffer, writeBuffer bool // they have been asked for
}

func quiet(pc net.PacketConn) net.PacketConn {
	if udp, ok := pc.(*net.UDPConn); ok {
		return &quietConn{UDPConn: udp}
	}
	return pc
}

// SetReadBuffer asks for a buffer. The system gives what it allows.
func (c *quietConn) SetReadBuffer(bytes int) error {
	c.readBuffer = true
	_ = c.UDPConn.SetReadBuffer(bytes)
	return nil
}

// SetWriteBuffer is as SetReadBuffer.
func (c *quietConn) SetWriteBuffer(bytes int) error {
	c.writeBuffer = true
	_ = c.UDPConn.SetWriteBuffer(bytes)
	return nil
}

// SyscallConn returns the raw connection, once it serves another purpose than that look.
func (c *quietConn) SyscallConn() (syscall.RawConn, error) {
	if !c.readBuffer || !c.writeBuffer {
		return nil, syscall.EOPNOTSUPP
	}
	return c.UDPConn.SyscallConn()
}

var _ quic.OOBCapablePacketConn = (*quietConn)(nil)
