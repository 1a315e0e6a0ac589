// Saving a stream to a file, whole or not at all.

package godwit

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// SaveTo writes what is left of the body to a file and closes the stream. It returns how
// many bytes came.
//
// The file is there when all of it is, and on the disk: until then the bytes are in a file
// of the same folder that only its owner can read, and that is removed when something goes
// wrong. A file of that name is replaced and its permissions are kept; a new one has 0600.
// A symbolic link is replaced, not followed. A folder, a device or a socket is an error: copy
// Body to what is to be written to, and not replaced.
func (s *Stream) SaveTo(path string) (int64, error) {
	defer s.Close()
	s.call.streaming.Store(false)
	if path == "" || os.IsPathSeparator(path[len(path)-1]) {
		return 0, failed(s.Request, &os.PathError{Op: "save", Path: path, Err: errors.New("not the name of a file")})
	}
	old, err := os.Lstat(path)
	if err == nil && !old.Mode().IsRegular() && old.Mode().Type() != os.ModeSymlink {
		return 0, failed(s.Request, &os.PathError{Op: "save", Path: path, Err: errNotRegular})
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".godwit-*") // O_EXCL, 0600
	if err != nil {
		return 0, failed(s.Request, err)
	}
	n, err := io.Copy(f, s.Body)
	if err == nil {
		err = settle(f, path)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // ours: it was made by O_EXCL
		return n, failed(s.Request, err)
	}
	return n, nil
}

// errNotRegular keeps a program that root runs from putting a file in the place of /dev/null.
var errNotRegular = errors.New("it is there, and is not a regular file")

// settle gives the new file the permissions of the one that it replaces, and puts it on the
// disk.
func settle(f *os.File, path string) error {
	if old, err := os.Lstat(path); err == nil && old.Mode().IsRegular() {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	return f.Sync()
}
