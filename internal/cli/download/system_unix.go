//go:build unix && !solaris && !illumos && !aix

package download

// What of a file is the system's own business, on Unix.

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// lock locks a file for this process, until it is closed. It does not wait.
func lock(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var lerr error
	err = c.Control(func(fd uintptr) { lerr = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB) })
	switch {
	case err != nil:
		return err
	case errors.Is(lerr, syscall.EWOULDBLOCK):
		return &os.PathError{Op: "lock", Path: f.Name(), Err: errBusy}
	case errors.Is(lerr, syscall.ENOSYS), errors.Is(lerr, syscall.ENOTSUP), errors.Is(lerr, syscall.ENOLCK):
		return nil // a file system that has no locks
	}
	return lerr
}

// isOurs reports whether a file belongs to who is running us, has this one name, and takes nothing
// from everybody.
func isOurs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(st.Uid) == os.Geteuid() && st.Nlink == 1 && info.Mode().Perm()&0o002 == 0
}

// umask returns what new files are kept from. Only setting it says what it was; the moment in
// between is one in which new files are private.
var umask = sync.OnceValue(func() fs.FileMode {
	old := syscall.Umask(0o077)
	syscall.Umask(old)
	return fs.FileMode(old) & 0o777
})

// syncDir puts the names in a folder on the disk.
func syncDir(root *os.Root) {
	if d, err := root.Open("."); err == nil {
		_ = d.Sync() // some file systems cannot
		d.Close()
	}
}

// isPipe reports whether an error says that nobody reads from a pipe yet.
func isPipe(err error) bool { return errors.Is(err, syscall.ENXIO) }

// noWait has an open of a pipe that nobody reads from fail at once.
const noWait = syscall.O_NONBLOCK
