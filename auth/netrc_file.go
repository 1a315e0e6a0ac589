package auth

// Finding a .netrc, and reading it if nobody else can.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
)

// ReadNetrc reads a .netrc file. "" is the one that $NETRC names or else .netrc in the home
// directory, on Windows also _netrc there.
//
// An error is a [*NetrcError]. It is fs.ErrNotExist if there is no file, and [ErrNetrcExposed]
// if others can read it, which is checked where files have owners and modes. Whether the file
// was named says its field Named: that the default is missing need not trouble anybody.
func ReadNetrc(path string) (*Netrc, error) {
	if path == "" {
		path = os.Getenv("NETRC")
	}
	if path != "" {
		return readNetrc(path, true)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, &NetrcError{Err: fmt.Errorf("%w: %w", fs.ErrNotExist, err)}
	}
	n, err := readNetrc(filepath.Join(home, ".netrc"), false)
	if errors.Is(err, fs.ErrNotExist) && runtime.GOOS == "windows" {
		return readNetrc(filepath.Join(home, "_netrc"), false)
	}
	return n, err
}

// readNetrc reads the file of that path, and says in its errors which one that is.
func readNetrc(path string, named bool) (*Netrc, error) {
	text, err := readPrivate(path, named)
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err // the path is told once
		}
		return nil, &NetrcError{Path: path, Named: named, Err: err}
	}
	n, err := ParseNetrc(text)
	if err == nil {
		n.path = path
	}
	if e, ok := errors.AsType[*NetrcError](err); ok {
		e.Path, e.Named = path, named
	}
	return n, err
}

// readPrivate reads a file up to a byte beyond the limit. A regular file must be private; a
// pipe, or a device like /dev/null, may be read if the caller has named it.
func readPrivate(path string, named bool) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !named && !info.Mode().IsRegular() { // which opening might wait for
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err = f.Stat() // of what is open, whatever has become of the path
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() {
		if err := exposed(info); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(f, maxNetrc+1))
}

// A netrcFile is read when it is first needed.
type netrcFile struct {
	masked
	path string
	read atomic.Pointer[Netrc]
}

// NetrcFile returns an [Auth] that does what [Netrc.Authorize] does, with the file of that path,
// "" being the default as for [ReadNetrc]. The file is read once, when it is first needed. If it
// cannot be, that is an error of Authorize, but for a default that is not there.
func NetrcFile(path string) Auth {
	return &netrcFile{masked: masked(fmt.Sprintf("NetrcFile(%q)", path)), path: path}
}

func (f *netrcFile) Authorize(req *http.Request) error {
	if !wantsNetrc(req) {
		return nil
	}
	n := f.read.Load()
	if n == nil {
		var err error
		n, err = ReadNetrc(f.path)
		if e, ok := errors.AsType[*NetrcError](err); ok && !e.Named && errors.Is(err, fs.ErrNotExist) {
			n, err = &Netrc{}, nil
		}
		if err != nil {
			return err
		}
		f.read.Store(n)
	}
	return n.Authorize(req)
}
