// Binding a socket to a network interface, as Linux has it.

package dial

import "syscall"

// canBindToDevice says that sockets can be bound to an interface. Who may do so is for the
// system to say: since Linux 5.7 anybody may.
const canBindToDevice = true

func bindToDevice(fd uintptr, name string) error {
	return syscall.BindToDevice(int(fd), name)
}
