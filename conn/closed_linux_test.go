package conn_test

import "syscall"

// peerClosed reports whether a socket has so many bytes in its queue, and the peer's end of the
// stream behind them: its state is CLOSE_WAIT (8) then.
func peerClosed(fd uintptr, size int) bool {
	state, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_INFO)
	n, _, _ := syscall.Recvfrom(int(fd), make([]byte, size+1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return err == nil && state&0xff == 8 && n == size
}
