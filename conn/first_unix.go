//go:build unix

package conn

import (
	"io"
	"net"
	"os"
	"sync"
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
	step  func(fd uintptr) bool
	x     *Exchange
	p     []byte
	wrote bool
	n     int
	err   error
	look  peeker
}

// They come from a pool, because the function would be allocated for each use.
var firstReads = sync.Pool{New: func() any {
	f := new(firstRead)
	f.step = f.next
	return f
}}

// writeThenRead looks at the socket, sends what is to be sent, and reads what comes.
func (x *Exchange) writeThenRead(p []byte) (int, error) {
	x.unsent = false
	f := firstReads.Get().(*firstRead)
	f.x, f.p = x, p
	x.conn.armRead(x) // a deadline of the exchange before would end the wait
	err := x.conn.socket.Read(f.step)
	n := f.n
	if f.err != nil {
		err = f.err
	}
	f.x, f.p, f.wrote, f.n, f.err = nil, nil, false, 0, nil
	firstReads.Put(f)
	return n, err
}

func (f *firstRead) next(fd uintptr) (done bool) {
	x, c := f.x, f.x.conn
	if !f.wrote {
		f.wrote = true
		if f.look.peek(fd); x.reused && f.look.verdict != quiet {
			f.err = ErrStale
			return true
		}
		x.phase = trace.Send
		if f.err = x.write(x.work.out); f.err != nil {
			return true
		}
		x.phase = trace.Wait
		c.armRead(x) // the wait begins here
		return false
	}
	for {
		n, err := syscall.Read(int(fd), f.p)
		switch {
		case err == syscall.EAGAIN:
			return false
		case err == syscall.EINTR:
			continue
		case err != nil:
			local, remote := c.nc.LocalAddr(), c.nc.RemoteAddr()
			f.err = &net.OpError{Op: "read", Net: "tcp", Source: local, Addr: remote, Err: os.NewSyscallError("read", err)}
		case n == 0:
			f.err = io.EOF
		default:
			f.n = n
		}
		return true
	}
}
