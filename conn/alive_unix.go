//go:build unix && !aix

package conn

import (
	"sync"
	"syscall"
)

// peek looks into a socket without waiting.
func peek(fd uintptr) verdict {
	var b [1]byte
	n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return quiet
	case err == nil && n > 0:
		return pending
	}
	return hungUp
}

// A peeker is what peek needs to be called by a syscall.RawConn. It comes from a pool,
// because the function would be allocated for each look.
type peeker struct {
	peek    func(fd uintptr)
	verdict verdict
}

var peekers = sync.Pool{New: func() any {
	p := new(peeker)
	p.peek = func(fd uintptr) { p.verdict = peek(fd) }
	return p
}}

// look reports what can be seen at a socket without waiting.
func look(socket syscall.RawConn) verdict {
	p := peekers.Get().(*peeker)
	defer peekers.Put(p)
	// Control and not Read: that would fail if the deadline of an earlier exchange is over.
	if err := socket.Control(p.peek); err != nil {
		return hungUp
	}
	return p.verdict
}
