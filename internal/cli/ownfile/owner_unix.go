//go:build unix

package ownfile

// Whom a file belongs to, and who may write to it.

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// noWait keeps an open from waiting for the other end of a pipe.
const noWait = syscall.O_NONBLOCK

// trusted returns an error if somebody else may have written the file.
func trusted(info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return ErrForeign
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%w: its mode is %04o", ErrWritable, mode)
	}
	return nil
}

func exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o044 != 0 }

// syncFolder puts a change of names on the disk, where the file system can.
func syncFolder(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
