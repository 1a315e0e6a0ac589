package download

// What a person has named to be written to, where nothing is to be gone on with: a file, or a
// pipe or a device.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// An Output is written to from the beginning to the end. A file gets its name when all of it is
// there, and on the disk; a pipe or a device is what it is.
type Output struct {
	file *os.File
	part *partFile // nil: a pipe or a device
}

// Create opens what a path names: a pipe or a device if there is one, or else a file that
// comes into being beside it. It waits until somebody reads from a pipe.
func Create(ctx context.Context, path string) (*Output, error) {
	if IsStream(path) {
		f, err := openStream(ctx, path)
		if err != nil {
			return nil, &OutputError{Err: err}
		}
		return &Output{file: f}, nil
	}
	dir, name, err := Split(path)
	if err != nil {
		return nil, &OutputError{Err: err}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &OutputError{Err: err}
	}
	if err = mayReplace(root, name); err == nil {
		// A name of its own: what it holds is of no use to anybody before it is whole.
		var f *os.File
		if f, err = os.CreateTemp(dir, ".godwit-*"+partSuffix); err == nil {
			temp := strings.TrimSuffix(filepath.Base(f.Name()), partSuffix)
			return &Output{file: f, part: &partFile{File: f, root: root, name: temp, final: name}}, nil
		}
	}
	root.Close()
	return nil, &OutputError{Name: path, Err: err}
}

// Write writes to it.
func (o *Output) Write(p []byte) (int, error) { return o.file.Write(p) }

// Commit says that all has been written: a file gets its name. It returns how long the disk
// took.
func (o *Output) Commit() (time.Duration, error) {
	if o.part == nil {
		return 0, nil
	}
	begun := time.Now()
	if err := o.part.Sync(); err != nil {
		return 0, &OutputError{Name: o.part.final, Err: err}
	}
	took := time.Since(begun)
	if _, err := o.part.finish(true, time.Time{}); err != nil {
		return took, &OutputError{Name: o.part.final, Err: err}
	}
	o.part.File = nil
	return took, nil
}

// Close closes it. A file that was not committed is removed.
func (o *Output) Close() error {
	if o.part == nil {
		return o.file.Close()
	}
	if o.part.File != nil {
		o.part.discard()
	} else {
		o.file.Close()
	}
	return o.part.root.Close()
}

// IsStream reports whether a path names a pipe or a device, which is written to and not
// replaced. Whatever is in /dev or /proc is one: /dev/stdout is a link that must stay.
func IsStream(path string) bool {
	clean := filepath.ToSlash(filepath.Clean(path))
	if strings.HasPrefix(clean, "/dev/") && !strings.HasPrefix(clean, "/dev/shm/") || strings.HasPrefix(clean, "/proc/") {
		return true
	}
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0
}

// openStream opens a pipe or a device.
func openStream(ctx context.Context, path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_WRONLY|noWait, 0)
		if err != nil && isPipe(err) {
			// Nobody reads from it yet.
			if err := sleep(ctx, 50*time.Millisecond); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if info, err := f.Stat(); err == nil && info.Mode()&fs.ModeDevice != 0 && info.Mode()&fs.ModeCharDevice == 0 {
			f.Close()
			return nil, &os.PathError{Op: "open", Path: path, Err: errors.New("it is a disk: write there by the shell's >, if that is meant")}
		}
		return f, nil
	}
}

// Split returns the folder and the name of a path that a person has named.
func Split(path string) (dir, name string, err error) {
	if path == "" || os.IsPathSeparator(path[len(path)-1]) {
		return "", "", &os.PathError{Op: "save", Path: path, Err: errors.New("not the name of a file")}
	}
	dir, name = filepath.Dir(path), filepath.Base(path)
	if name == "." || name == ".." {
		return "", "", &os.PathError{Op: "save", Path: path, Err: errors.New("it is a folder")}
	}
	return dir, name, nil
}
