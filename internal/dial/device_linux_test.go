package dial

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The socket is bound to the interface, not only to an address of it.
func TestBoundToDevice(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	host, port, _ := net.SplitHostPort(ln.Addr().String())
	lo := loopback(t)
	d := &Dialer{Interface: lo}
	nc, err := d.DialContext(t.Context(), host, port, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var name string
	raw.Control(func(fd uintptr) { name, err = unix.GetsockoptString(int(fd), unix.SOL_SOCKET, unix.SO_BINDTODEVICE) })
	if err != nil || name != lo {
		t.Errorf("bound to %q, %v; want %q", name, err, lo)
	}
}
