//go:build unix && !aix

package conn

import (
	"io"
	"net"
	"os"
	"syscall"

	"example.com/godwit/trace"
)

// A firstRead sends a request and waits for its answer in one wait for the socket.
//
// A socket must be looked at before it is used again, and that look costs a system call. But
// a plain loop of writes and reads makes one that is useless, too: the read right after the
// write, which finds that the answer is not there yet. syscall.RawConn.Read takes note of
// what arrives from before its first call of the function on; so that call can look and
// write, ask to be called when something has come, and only then read. It takes as many
// system calls as without the look.
type firstRead struct {
	step  func(fd uintptr) bool // the exchange's next, made a value once
	p     []byte                // to be read into
	wrote bool
	n     int
	err   error
}

func (f *firstRead) init(x *Exchange) { f.step = x.next }

// writeThenRead looks at the socket, sends what is to be sent, and reads what comes.
func (x *Exchange) writeThenRead(p []byte) (int, error) {
	f := &x.first
	x.unsent, f.p = false, p
	x.conn.armRead(x) // a deadline of the exchange before would end the wait
	err := x.conn.socket.Read(f.step)
	n := f.n
	if f.err != nil {
		err = f.err
	}
	*f = firstRead{step: f.step}
	return n, err
}

// next is called once to begin with, and whenever something has come.
func (x *Exchange) next(fd uintptr) (done bool) {
	f := &x.first
	if !f.wrote {
		f.wrote = true
		if x.reused && peek(fd) != quiet {
			f.err = ErrStale
			return true
		}
		if f.err = x.writeFirst(fd); f.err != nil {
			return true
		}
		if x.reused {
			return false
		}
		// Nobody has looked at a new connection: what a hasty server has sent before the wait
		// began would not end it.
	}
	for {
		n, err := syscall.Read(int(fd), f.p)
		switch {
		case err == syscall.EAGAIN:
			return false
		case err == syscall.EINTR:
			continue
		case err != nil:
			f.err = x.conn.opError("read", err)
		case n == 0:
			f.err = io.EOF
		default:
			f.n = n
		}
		return true
	}
}

// writeFirst writes what is to be sent. As a rule the socket takes it at once; if it does
// not, the rest is written under the limit of Send, and the wait begins after that.
func (x *Exchange) writeFirst(fd uintptr) error {
	x.phase = trace.Send
	out := x.work.out
	n, err := syscall.Write(int(fd), out)
	if n > 0 {
		x.sent = true
		out = out[n:]
	}
	switch {
	case err != nil && err != syscall.EAGAIN && err != syscall.EINTR:
		return x.conn.opError("write", err)
	case len(out) > 0:
		if _, err := x.write(out); err != nil {
			return err
		}
		x.enter(trace.Wait)
		x.conn.armRead(x)
	}
	x.enter(trace.Wait)
	return nil
}

// opError makes the error that package net would have made.
func (c *link) opError(op string, err error) error {
	return &net.OpError{
		Op: op, Net: "tcp", Source: c.nc.LocalAddr(), Addr: c.nc.RemoteAddr(),
		Err: os.NewSyscallError(op, err),
	}
}
