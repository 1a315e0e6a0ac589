//go:build unix && !aix

package conn

import (
	"syscall"
)

// A shove looks at a socket that has been idle and writes to it, in one visit. A socket that
// takes all of it at once, as it does with a request's head, needs no deadline.
type shove struct {
	do   func(fd uintptr) // made a value once
	used bool             // bytes that wait are no answer
	p    []byte

	verdict verdict
	n       int
	err     error
}

// lookAndWrite writes p, or the beginning of it, unless the connection turns out to be of no
// use.
func (h *hand) lookAndWrite(l *link, p []byte) (useful bool, n int, err error) {
	s := h.shove
	if s == nil {
		s = new(shove)
		s.do = s.visit
		h.shove = s
	}
	s.used, s.p, s.n, s.err = l.used, p, 0, nil
	if err := l.socket.Control(s.do); err != nil {
		s.verdict = hungUp
	}
	s.p = nil
	if s.verdict == hungUp || s.verdict == pending && s.used {
		return false, 0, nil
	}
	if s.err != nil {
		s.err = l.opError("write", s.err)
	}
	return true, s.n, s.err
}

func (s *shove) visit(fd uintptr) {
	if s.verdict = peek(fd); s.verdict == hungUp || s.verdict == pending && s.used {
		return
	}
	n, err := syscall.Write(int(fd), s.p)
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
	case err != nil:
		s.err = err
	default:
		s.n = n
	}
}
