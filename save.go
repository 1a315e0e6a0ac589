// Saving a stream to a file, whole or not at all.

package godwit

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// SaveTo writes what is left of the body to a file and closes the stream. It returns how
// many bytes came.
//
// The file is there when all of it is, and on the disk: until then the bytes are in a file
// of the same folder that only its owner can read, and that is removed when something goes
// wrong; a body shorter or longer than its Content-Length is wrong. A file of that name is
// replaced and its permissions are kept; a new one has 0600. A symbolic link is replaced, not
// followed. A folder, a device or a socket is an error: copy Body to what is to be written
// to, and not replaced.
func (s *Stream) SaveTo(path string) (int64, error) {
	defer s.Close()
	s.call.streaming.Store(false)
	n, err := s.save(path, createBeside)
	if err != nil {
		return n, s.call.explain(s.Request, err)
	}
	return n, nil
}

// A newFile is the file that is written until all is there: an *os.File.
type newFile interface {
	io.WriteCloser
	Name() string
	Chmod(os.FileMode) error
	Sync() error
}

// createBeside creates a file of an unused name in a folder: O_EXCL, 0600.
func createBeside(dir string) (newFile, error) { return os.CreateTemp(dir, ".godwit-*") }

// save is SaveTo, with what creates the new file.
func (s *Stream) save(path string, create func(dir string) (newFile, error)) (int64, error) {
	if path == "" || os.IsPathSeparator(path[len(path)-1]) {
		return 0, &os.PathError{Op: "save", Path: path, Err: errors.New("not the name of a file")}
	}
	old, err := os.Lstat(path)
	if err == nil && !old.Mode().IsRegular() && old.Mode().Type() != os.ModeSymlink {
		return 0, &os.PathError{Op: "save", Path: path, Err: errNotRegular}
	}
	f, err := create(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, s.Body)
	if err == nil {
		err = s.checkLength()
	}
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
	}
	return n, err
}

// checkLength compares the length of the whole body with its Content-Length. The engine has
// done so; a transport of somebody else's may not have.
func (s *Stream) checkLength() error {
	want, got := s.ContentLength, s.call.bytes.Load()
	if want < 0 || want == got || s.first.Method == http.MethodHead {
		return nil
	}
	return &lengthError{got, want}
}

// A lengthError says that a body is not as long as was announced.
type lengthError struct{ got, want int64 }

func (e *lengthError) Error() string {
	return fmt.Sprintf("a body of %d bytes, announced as %d", e.got, e.want)
}

// Is makes it an io.ErrUnexpectedEOF, which is what the engine returns.
func (e *lengthError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// errNotRegular keeps a program that root runs from putting a file in the place of /dev/null.
var errNotRegular = errors.New("it is there, and is not a regular file")

// settle gives the new file the permissions of the one that it replaces, and puts it on the
// disk.
func settle(f newFile, path string) error {
	if old, err := os.Lstat(path); err == nil && old.Mode().IsRegular() {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	return f.Sync()
}
