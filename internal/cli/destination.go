package cli

// Where a record goes: a file that appears whole or not at all, and that nobody else can read, or
// the standard output, or what else the name stands for.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/godwit/internal/cli/term"
)

// A destination is a place for one record, or for the lines of several.
type destination struct {
	path   string // of what is written to; "": it has been open from the beginning
	device bool   // it is there, and no regular file: a pipe, a terminal

	w     io.Writer    // nil: it is not open
	file  *os.File     // below w, to be closed; nil: there is none
	flush func() error // what w holds back
}

// newDestination looks at where a record is to go, so that nothing is sent for a record that
// cannot be written. "-" is the standard output of the world.
func newDestination(env *Env, name string) (*destination, error) {
	if name == "-" {
		d := &destination{w: env.Stdout, flush: func() error { return nil }}
		if env.StdoutTTY {
			safe := &term.Writer{W: env.Stdout}
			d.w, d.flush = safe, safe.Flush
		}
		return d, nil
	}
	if isDescriptor(name) {
		return &destination{path: name, device: true}, nil
	}
	path := name
	if target, err := filepath.EvalSymlinks(name); err == nil {
		path = target // a link stays one
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, &outputError{fmt.Errorf("%s is a folder", name)}
	case err == nil:
		return &destination{path: path, device: !info.Mode().IsRegular()}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, &outputError{err}
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil {
		return nil, &outputError{err}
	} else if !info.IsDir() {
		return nil, &outputError{fmt.Errorf("%s is no folder", folder)}
	}
	return &destination{path: path}, nil
}

// isDescriptor reports whether a path stands for a file that is open already, which is to be written
// to, and not to be replaced.
func isDescriptor(path string) bool {
	for _, prefix := range []string{"/dev/std", "/dev/fd/", "/proc/self/fd/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// Write writes to what is going to be the file. The first Write opens it.
func (d *destination) Write(p []byte) (int, error) {
	if d.w == nil {
		if err := d.open(); err != nil {
			return 0, &outputError{err}
		}
	}
	n, err := d.w.Write(p)
	if err != nil {
		err = &outputError{err}
	}
	return n, err
}

func (d *destination) open() (err error) {
	if d.device {
		d.file, err = os.OpenFile(d.path, os.O_WRONLY|os.O_APPEND, 0)
	} else {
		d.file, err = os.CreateTemp(filepath.Dir(d.path), "."+filepath.Base(d.path)+".*") // mode 0600
	}
	if err != nil {
		return err
	}
	b := bufio.NewWriter(d.file)
	d.w, d.flush = b, b.Flush
	return nil
}

// close puts the file into its place. If err is an error, or if that is one, what was there stays as
// it was. Where nothing was written nothing is done.
func (d *destination) close(err error) error {
	if d.w == nil {
		return err
	}
	if ferr := d.flush(); err == nil {
		err = ferr
	}
	if d.file != nil {
		err = d.settle(err)
	}
	if err != nil && !isOutput(err) {
		err = &outputError{err}
	}
	return err
}

// settle is close for a file.
func (d *destination) settle(err error) error {
	if err == nil && !d.device {
		err = d.file.Sync()
	}
	if cerr := d.file.Close(); err == nil {
		err = cerr
	}
	if d.device {
		return err
	}
	if err == nil {
		err = os.Rename(d.file.Name(), d.path)
	}
	if err != nil {
		_ = os.Remove(d.file.Name())
	}
	return err
}
