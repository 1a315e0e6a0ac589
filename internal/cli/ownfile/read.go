// Package ownfile reads and writes files that a user's secrets and settings are in: it trusts
// none that somebody else may have written, leaves nothing half-written, and lets processes
// that want to change the same file take turns.
package ownfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Links says what to do about a symbolic link.
type Links bool

const (
	Follow Links = true  // it is the file that it leads to which must be trusted
	Refuse Links = false // as is wise for what will be written again
)

// A File is what was read.
type File struct {
	Text []byte

	// Exposed: others than the owner may read it. It is false where modes do not say.
	Exposed bool
}

// Why a file is refused, for errors.Is.
var (
	ErrNotRegular = errors.New("it is not a regular file")
	ErrLink       = errors.New("it is a symbolic link")
	ErrForeign    = errors.New("it belongs to another user")
	ErrWritable   = errors.New("others can write to it")
	ErrLarge      = errors.New("it is too large")
)

// Read reads a file of at most max bytes that only this user, or the system's administrator, can
// have written; where files have owners and modes, this is by these. It waits for no pipe. An
// error is a *fs.PathError, and fs.ErrNotExist if there is no file.
func Read(path string, max int64, links Links) (File, error) {
	f, err := open(path, links)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	info, err := f.Stat() // of what is open, whatever has become of the path
	if err != nil {
		return File{}, err
	}
	if err := trusted(info); err != nil {
		return File{}, refuse(path, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(text)) > max {
		err = refuse(path, fmt.Errorf("%w: more than %d bytes", ErrLarge, max))
	}
	if err != nil {
		return File{}, err
	}
	return File{Text: text, Exposed: exposed(info)}, nil
}

func refuse(path string, err error) error { return &fs.PathError{Op: "read", Path: path, Err: err} }

// open opens a regular file, and waits for nothing.
func open(path string, links Links) (*os.File, error) {
	stat := os.Stat
	if links == Refuse {
		stat = os.Lstat
	}
	info, err := stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Mode().Type() == fs.ModeSymlink:
		return nil, refuse(path, ErrLink)
	case !info.Mode().IsRegular():
		return nil, refuse(path, ErrNotRegular)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	// Somebody may have put something else in its place meanwhile.
	if again, err := f.Stat(); err != nil || !os.SameFile(info, again) {
		_ = f.Close()
		return nil, refuse(path, errors.Join(errMoved, err))
	}
	return f, nil
}

var errMoved = errors.New("it was replaced while it was opened")
