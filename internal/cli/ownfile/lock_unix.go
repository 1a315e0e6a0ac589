//go:build unix && !aix && !solaris && !illumos

package ownfile

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock of a file that it makes if need be. Whoever lets go of it removes the
// file, so that a lock counts only if it is that of the file which is still there.
func tryLock(path string) (unlock func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
		if err != nil {
			return nil, err
		}
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			_ = f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
				return nil, errBusy
			}
			return nil, &os.PathError{Op: "lock", Path: path, Err: err}
		}
		held, err1 := f.Stat()
		there, err2 := os.Lstat(path)
		if err1 == nil && err2 == nil && os.SameFile(held, there) {
			return func() {
				_ = os.Remove(path)
				_ = f.Close()
			}, nil
		}
		_ = f.Close()
	}
}
