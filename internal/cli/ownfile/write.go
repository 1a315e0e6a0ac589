package ownfile

// Writing: whole or not at all, and for the owner alone.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts a text in the place of a file, which is there when all of it is on the disk; until
// then the old one is. Nobody but its owner can read it (0600), and permissions that are stricter
// stay. What is there already must be a regular file. Folders that are not there are made (0700).
func Write(path string, text []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	mode := fs.FileMode(0o600)
	switch old, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case old.Mode().Type() == fs.ModeSymlink:
		return &fs.PathError{Op: "write", Path: path, Err: ErrLink}
	case !old.Mode().IsRegular():
		return &fs.PathError{Op: "write", Path: path, Err: ErrNotRegular}
	default:
		mode &= old.Mode().Perm()
	}
	f, err := os.CreateTemp(folder, "."+filepath.Base(path)+"-*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	err = settle(f, text, mode)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // ours: it was made by O_EXCL
		return err
	}
	syncFolder(folder)
	return nil
}

// settle puts a text on the disk.
func settle(f *os.File, text []byte, mode fs.FileMode) error {
	if _, err := f.Write(text); err != nil {
		return err
	}
	if mode != 0o600 {
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	return f.Sync()
}
