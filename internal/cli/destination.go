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
)

// A destination is a place for one record.
type destination struct {
	env  *Env
	path string // of what is written to; "": the standard output
	pipe bool   // it is there, and no regular file: a pipe, a device
}

// newDestination looks at where a record is to go, so that nothing is sent for a record that
// cannot be written.
func newDestination(env *Env, name string) (*destination, error) {
	if name == "-" {
		return &destination{env: env}, nil
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
		return &destination{env: env, path: path, pipe: !info.Mode().IsRegular()}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, &outputError{err}
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil {
		return nil, &outputError{err}
	} else if !info.IsDir() {
		return nil, &outputError{fmt.Errorf("%s is no folder", folder)}
	}
	return &destination{env: env, path: path}, nil
}

// write lets f write the record. A file that has been there stays as it was unless all of it
// succeeds; then it is replaced.
func (d *destination) write(f func(io.Writer) error) error {
	switch {
	case d.path == "":
		w, flush := forTerminal(d.env.Stdout, d.env.StdoutTTY)
		return written(errors.Join(f(w), flush()))
	case d.pipe:
		file, err := os.OpenFile(d.path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return &outputError{err}
		}
		return written(errors.Join(f(file), file.Close()))
	}
	file, err := os.CreateTemp(filepath.Dir(d.path), "."+filepath.Base(d.path)+".*") // mode 0600
	if err != nil {
		return &outputError{err}
	}
	b := bufio.NewWriter(file)
	err = errors.Join(f(b), b.Flush())
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), d.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return written(err)
}

// written makes an error one of the output.
func written(err error) error {
	if err == nil || isOutput(err) {
		return err
	}
	return &outputError{err}
}
