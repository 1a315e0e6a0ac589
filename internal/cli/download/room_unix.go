//go:build linux || darwin

package download

import (
	"math"
	"os"
	"syscall"
)

// roomFor returns how many bytes the disk of a file has left for us, -1 if nobody knows.
func roomFor(f *os.File) int64 {
	c, err := f.SyscallConn()
	if err != nil {
		return -1
	}
	var s syscall.Statfs_t
	var serr error
	if err := c.Control(func(fd uintptr) { serr = syscall.Fstatfs(int(fd), &s) }); err != nil || serr != nil || s.Blocks == 0 {
		return -1 // no such thing here, as in some file systems of programs
	}
	size := uint64(s.Bsize)
	if uint64(s.Bavail) > math.MaxInt64/size {
		return -1
	}
	return int64(uint64(s.Bavail) * size)
}
