//go:build unix

package transport

import (
	"io/fs"
	"os"
	"syscall"
)

// noWait has the opening of a pipe that nobody reads fail in place of waiting for who does.
const noWait = syscall.O_NONBLOCK

// exposed returns an error if a file is somebody else's, or if others may do anything with it.
func exposed(info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return errOthersFile
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return exposedMode(mode)
	}
	return nil
}
