//go:build !unix || solaris || illumos || aix

package download

// What of a file is the system's own business, elsewhere: there are no locks, so that only the
// downloads of one run are kept apart.

import (
	"io/fs"
	"os"
)

func lock(*os.File) error { return nil }

func isOurs(fs.FileInfo) bool { return true }

func umask() fs.FileMode { return 0 }

func syncDir(*os.Root) {}

func isPipe(error) bool { return false }

const noWait = 0
