package transport

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A keyLog is the path of a file that gets the secrets of connections, a line at a time. It is
// opened for each, so that nobody has to close it; and lines of several connections, and of
// several programs, do not come apart.
type keyLog string

// Write adds a line.
func (path keyLog) Write(line []byte) (int, error) {
	f, err := path.open()
	if err != nil {
		return 0, err
	}
	n, err := f.Write(line)
	return n, errors.Join(err, f.Close())
}

// open opens the file, which it makes if there is none. A file that is somebody else's, or that
// others may read or write, is an error: what comes into it is worth as much as a password. So is a
// pipe that nobody reads.
func (path keyLog) open() (*os.File, error) {
	f, err := os.OpenFile(string(path), os.O_APPEND|os.O_CREATE|os.O_WRONLY|noWait, 0o600)
	if err != nil {
		return nil, fmt.Errorf("KeyLog: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() { // and not a terminal or a pipe
		err = exposed(info)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("KeyLog: %s: %w", path, err)
	}
	return f, nil
}

// check returns an error if nothing can be written.
func (path keyLog) check() error {
	f, err := path.open()
	if err != nil {
		return err
	}
	return f.Close()
}

var errOthersFile = errors.New("it belongs to another user")

// exposedMode is the error of a file that others than its owner may do something with.
func exposedMode(mode fs.FileMode) error {
	return fmt.Errorf("others may read or write it (its mode is %04o); chmod 600 keeps them out", mode)
}
