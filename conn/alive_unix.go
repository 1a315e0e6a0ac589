//go:build unix

package conn

import (
	"sync"
	"syscall"
)

// A peeker looks into a socket without waiting. It comes from a pool, because the closure
// that syscall.RawConn wants would be allocated for each look.
type peeker struct {
	look    func(fd uintptr)
	verdict verdict
	b       [1]byte
}

var peekers = sync.Pool{New: func() any {
	p := new(peeker)
	p.look = p.peek
	return p
}}

func (p *peeker) peek(fd uintptr) {
	n, _, err := syscall.Recvfrom(int(fd), p.b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	switch {
	case err == syscall.EAGAIN || err == syscall.EWOULDBLOCK || err == syscall.EINTR:
		p.verdict = quiet
	case err == nil && n > 0:
		p.verdict = pending
	default:
		p.verdict = hungUp
	}
}

// look reports what can be seen at a socket without waiting.
func look(socket syscall.RawConn) verdict {
	p := peekers.Get().(*peeker)
	defer peekers.Put(p)
	p.verdict = hungUp
	// Control and not Read: that would fail if the deadline of an earlier exchange is over.
	if err := socket.Control(p.look); err != nil {
		return hungUp
	}
	return p.verdict
}
