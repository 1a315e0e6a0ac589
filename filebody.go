// Bodies that are files.

package godwit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"strings"
)

// FileBody is a body that is a file. It is opened anew for each time that it is sent, so it
// can be sent again, and its size is the one that it has when the option is applied: a file
// that has another length by the time it is sent is an error, as is one that cannot be read.
// Its Type is what the system knows of its name's extension, else application/octet-stream.
//
// Only regular files can be read again and again. Open a pipe or a device, and give it to
// [Reader].
func FileBody(path string) *Body {
	return &Body{Type: typeByName(path), Size: -1, file: true, Open: func() (io.ReadCloser, error) {
		f, _, err := openRegular(path)
		if err != nil {
			return nil, err // not f: a nil *os.File is no nil ReadCloser
		}
		return f, nil
	}}
}

// octetStream is the type of what nobody knows more about (RFC 2046 4.5.1).
const octetStream = "application/octet-stream"

// typeByName returns the media type that a file's name stands for. It has no charset, since
// the name does not tell that.
func typeByName(name string) string {
	t, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(name)), ";")
	if t == "" {
		return octetStream
	}
	return t
}

var errIrregular = errors.New("not a regular file; open it, and give it to Reader")

// openRegular opens a regular file. It looks before it opens: opening a pipe waits for
// somebody to write.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &os.PathError{Op: "read", Path: path, Err: errIrregular}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// measured returns the body with the size of its file as it is now. What Open returns is
// looked at, since that may have become another's.
func (b *Body) measured() (*Body, error) {
	rc, err := b.Open()
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	f, ok := rc.(*os.File)
	if !ok {
		return b, nil
	}
	size, err := sizeOfFile(f)
	if err != nil || size < 0 {
		return b, err
	}
	sized := *b
	sized.Size, sized.file = size, false
	sized.Open = func() (io.ReadCloser, error) { return reopen(b.Open, size) }
	return &sized, nil
}

// sizeOfFile returns a file's size, -1 if that is not known: what is in /proc has no size,
// and something in it.
func sizeOfFile(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return -1, err
	}
	if info.Size() == 0 {
		if n, _ := f.ReadAt(make([]byte, 1), 0); n > 0 {
			return -1, nil
		}
	}
	return info.Size(), nil
}

// reopen opens a file that must have kept its size.
func reopen(open func() (io.ReadCloser, error), size int64) (io.ReadCloser, error) {
	rc, err := open()
	if err != nil {
		return nil, err
	}
	f, ok := rc.(*os.File)
	if !ok {
		return rc, nil
	}
	info, err := f.Stat()
	if err == nil && info.Size() != size {
		err = &os.PathError{Op: "send", Path: f.Name(), Err: fmt.Errorf("it had %d bytes, and has %d now", size, info.Size())}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
