package ownfile

// Turns: who wants to read a file, alter it and write it again holds its lock meanwhile.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ErrLocked says that another process did not let go of a file.
var ErrLocked = errors.New("another process has been changing it for too long")

const (
	lockFirst = time.Millisecond      // between the first two tries
	lockMost  = 50 * time.Millisecond // between later ones
)

// errBusy is that of a lock that another process holds.
var errBusy = errors.New("busy")

// Lock waits until no other process holds the lock of that file, or until the time is over; then
// the error is ErrLocked. unlock lets go of it. The lock is a file beside the other, which is
// gone when nobody needs it; a process that dies lets go of it, too.
func Lock(ctx context.Context, path string, patience time.Duration) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	beside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
	over := time.NewTimer(patience)
	defer over.Stop()
	for wait := lockFirst; ; wait = min(2*wait, lockMost) {
		unlock, err := tryLock(beside)
		if !errors.Is(err, errBusy) {
			return unlock, err
		}
		again := time.NewTimer(wait)
		select {
		case <-again.C:
			continue
		case <-ctx.Done():
			err = ctx.Err()
		case <-over.C:
			err = fmt.Errorf("%s: %w (it holds %s)", path, ErrLocked, beside)
		}
		again.Stop()
		return nil, err
	}
}
