package download

// The file that is written until all is there, NAME.part: who may write it, and how it gets its
// name.

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	partSuffix  = ".part"
	stateSuffix = ".part.state"
	newSuffix   = ".new" // of a state that is being written
)

// Names are the names that the downloads of one run have taken, so that two of them never have
// the same one. The zero value is ready for use.
type Names struct {
	mu    sync.Mutex // guards the following
	taken map[string]bool
}

// claim takes a name, and reports false if it is taken.
func (n *Names) claim(path string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.taken[path] {
		return false
	}
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	n.taken[path] = true
	return true
}

func (n *Names) release(path string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.taken, path)
}

// A partFile is a NAME.part, open and locked.
type partFile struct {
	*os.File
	root  *os.Root
	name  string // without .part
	final string // the name to be given to it; "": name
	state *state // what an earlier run wrote down; nil: nothing that can be used
	fresh bool   // nothing of an earlier run is in it
}

var (
	errBusy       = errors.New("another process is downloading to it")
	errNotRegular = errors.New("it is there, and is not a regular file")
	errNotOurs    = errors.New("it is there, and somebody else's, or others may write to it, or it has another name too")
)

// openPart opens or creates the .part of a name. That is never a symbolic link that somebody
// else has put there, nor anything else but a file.
func openPart(root *os.Root, name string, create bool) (*partFile, error) {
	path := name + partSuffix
	for range 10 { // it may vanish, or come, in between
		info, err := root.Lstat(path)
		flag := os.O_RDWR
		switch {
		case errors.Is(err, fs.ErrNotExist) && create:
			flag |= os.O_CREATE | os.O_EXCL
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			return nil, &os.PathError{Op: "open", Path: path, Err: errNotRegular}
		}
		f, err := root.OpenFile(path, flag, 0o600)
		if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// Who has it open could alter it behind the checksum's back.
		if info, err := f.Stat(); err != nil || flag&os.O_EXCL == 0 && !isOurs(info) {
			f.Close()
			return nil, cmp.Or(err, error(&os.PathError{Op: "open", Path: path, Err: errNotOurs}))
		}
		if err := lock(f); err != nil {
			f.Close()
			return nil, err
		}
		p := &partFile{File: f, root: root, name: name, fresh: flag&os.O_EXCL != 0}
		if p.current() {
			p.state = p.readState()
			return p, nil
		}
		f.Close() // somebody has just finished it, or it is a link
	}
	return nil, &os.PathError{Op: "open", Path: path, Err: errBusy}
}

// current reports whether the file is still the one of its name.
func (p *partFile) current() bool {
	named, err := p.root.Lstat(p.name + partSuffix)
	if err != nil {
		return false
	}
	opened, err := p.Stat()
	return err == nil && os.SameFile(named, opened)
}

// readState reads what an earlier run wrote down, nil if that is nothing of use.
func (p *partFile) readState() *state {
	data, err := p.Stat()
	if err != nil {
		return nil
	}
	return stateOf(p.root, p.name, data.Size())
}

// stateOf reads what is written down of a .part of that length, nil if that is nothing of use.
func stateOf(root *os.Root, name string, length int64) *state {
	info, err := root.Lstat(name + stateSuffix)
	if err != nil || !info.Mode().IsRegular() {
		return nil // a pipe would keep us waiting
	}
	f, err := root.Open(name + stateSuffix)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !isOurs(info) {
		return nil // what others say is not to be believed
	}
	s, err := readState(f, length)
	if err != nil {
		return nil
	}
	return s
}

// discard removes the file and its state, if they are still ours.
func (p *partFile) discard() {
	if p.current() {
		_ = p.root.Remove(p.name + partSuffix)
		_ = p.root.Remove(p.name + stateSuffix)
	}
	p.Close()
}

// finish gives the file its name: that of p, in the place of what may be there if replace is
// set, or else the first that is free beside it. It returns the name.
func (p *partFile) finish(replace bool, modified time.Time) (name string, err error) {
	if !p.current() {
		return "", fmt.Errorf("%s%s is no longer the file that was written", p.name, partSuffix)
	}
	if err := p.settle(replace); err != nil {
		return "", err
	}
	if runtime.GOOS == "windows" {
		p.Close() // which does not rename what is open
	}
	if !modified.IsZero() {
		if err := p.root.Chtimes(p.name+partSuffix, time.Time{}, modified); err != nil {
			return "", err
		}
	}
	name, err = p.rename(replace)
	if err != nil {
		return "", err
	}
	_ = p.root.Remove(p.name + stateSuffix)
	syncDir(p.root)
	return name, nil
}

// settle gives the file the permissions of the one that it replaces, or else those of any new
// one. Until now it was its owner's alone; if it was not, it is somebody else's that we went
// on with, and stays as it is.
func (p *partFile) settle(replace bool) error {
	info, err := p.Stat()
	if err != nil || info.Mode().Perm() != 0o600 || runtime.GOOS == "windows" {
		return err
	}
	mode := 0o666 &^ umask()
	if old, err := p.root.Lstat(cmp.Or(p.final, p.name)); replace && err == nil && old.Mode().IsRegular() {
		mode = old.Mode().Perm()
	}
	return p.Chmod(mode)
}

func (p *partFile) rename(replace bool) (string, error) {
	from, to := p.name+partSuffix, cmp.Or(p.final, p.name)
	if replace {
		if err := mayReplace(p.root, to); err != nil {
			return "", err
		}
		return to, p.root.Rename(from, to)
	}
	for n := range maxNumber {
		to := numbered(to, n)
		err := moveNew(p.root, from, to)
		if !errors.Is(err, fs.ErrExist) {
			return to, err
		}
	}
	return "", &os.PathError{Op: "rename", Path: p.name, Err: fs.ErrExist}
}

// maxNumber bounds the names that are tried: a-1, a-2 and so on.
const maxNumber = 10000

// mayReplace says why what has a name may not be replaced: only files, and symbolic links,
// which are not followed. That keeps a program that root runs from putting a file in the place
// of /dev/null.
func mayReplace(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return &os.PathError{Op: "save", Path: name, Err: errors.New("it is a folder")}
	case !info.Mode().IsRegular() && info.Mode().Type() != os.ModeSymlink:
		return &os.PathError{Op: "save", Path: name, Err: errNotRegular}
	}
	return nil
}

// moveNew renames a file unless there is one of the new name.
func moveNew(root *os.Root, from, to string) error {
	err := root.Link(from, to)
	if err == nil {
		return root.Remove(from)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without links: the name is taken by an empty file, and that is replaced.
	f, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	if err = root.Rename(from, to); err != nil {
		_ = root.Remove(to)
	}
	return err
}
