//go:build unix

package auth

// Whether others can read a file, by its owner and its mode.

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// exposed returns an error that is ErrNetrcExposed if the file is somebody else's, or if others
// than its owner may do anything with it.
func exposed(info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%w: it belongs to another user", ErrNetrcExposed)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%w: its mode is %04o, and should be 0600", ErrNetrcExposed, mode)
	}
	return nil
}
