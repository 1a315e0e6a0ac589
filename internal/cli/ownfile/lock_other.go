//go:build (!unix && !windows) || aix || solaris || illumos

package ownfile

import (
	"errors"
	"io/fs"
	"os"
)

// tryLock makes a file that must not be there. Where there is neither flock nor Windows, one that
// a dead process has left behind has to be removed by hand.
func tryLock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, errBusy
	case err != nil:
		return nil, err
	}
	return func() {
		_ = f.Close()
		_ = os.Remove(path)
	}, nil
}
