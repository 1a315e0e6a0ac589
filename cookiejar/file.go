// Jars in files: written whole or not at all, readable for their owner only.

package cookiejar

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// A FileError says what is wrong with a file of cookies, and where. It shows no value.
type FileError struct {
	Line int   // the first is 1; 0: the file as a whole
	Err  error // an [*Error] if the file is well-formed but has a cookie that cannot be set
}

// Error returns the line and the cause.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return "line " + strconv.Itoa(e.Line) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

const (
	maxFile   = 64 << 20 // octets of a file: twice what a full jar of the largest cookies takes
	maxLoaded = 20_000   // cookies of a file: those of many browsers
)

// A fileProblem is what can be wrong with a file.
type fileProblem string

func (p fileProblem) Error() string { return string(p) }

const (
	errLarge    fileProblem = "larger than 64 MiB"
	errUTF8     fileProblem = "not UTF-8"
	errJSON     fileProblem = "not the JSON of a jar, or a member that is unknown"
	errVersion  fileProblem = "not version 1 of the format"
	errMember   fileProblem = "needs the members version and cookies, in this order"
	errTrailing fileProblem = "something follows the end"
	errMissing  fileProblem = "a cookie needs domain, host_only, path, secure and http_only"
	errSameSite fileProblem = "same_site is none of Lax, Strict, None"
	errMany     fileProblem = "more than 20000 cookies"
	errFields   fileProblem = "not seven fields with tabs between them"
	errFlag     fileProblem = "a flag that is neither TRUE nor FALSE"
	errExpiry   fileProblem = "an expiry that is not a number of seconds"
	errPath     fileProblem = "a path that is empty"
	errNotName  fileProblem = "not the name of a file"
	errNotFile  fileProblem = "not a regular file"
)

// Save writes the jar to a file, as [Jar.WriteTo] does: cookies that end with the session, as most
// log-ins do, only if SaveSession is set. The file is there when all of it is on the disk; until
// then the old one is. Nobody but its owner can read it (0600), and it keeps
// permissions that are stricter. A symbolic link is replaced, not followed. A folder, a device
// or a socket is an error.
func (j *Jar) Save(path string) error {
	if path == "" || os.IsPathSeparator(path[len(path)-1]) {
		return &os.PathError{Op: "save", Path: path, Err: errNotName}
	}
	mode := os.FileMode(0o600)
	switch old, err := os.Lstat(path); {
	case err != nil:
	case old.Mode().IsRegular():
		mode &= old.Mode()
	case old.Mode().Type() != os.ModeSymlink:
		return &os.PathError{Op: "save", Path: path, Err: errNotFile}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".cookies-*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	err = j.settle(f, mode)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // ours: it was made by O_EXCL
	}
	return err
}

// settle writes the jar to a new file and puts it on the disk.
func (j *Jar) settle(f *os.File, mode os.FileMode) error {
	if _, err := j.WriteTo(f); err != nil {
		return err
	}
	if mode != 0o600 {
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	return f.Sync()
}

// Load adds the cookies of a file, as [Jar.ReadFrom] does: all of them or, with an error, none.
// A file that is not there is an fs.ErrNotExist.
func (j *Jar) Load(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // opening a FIFO would wait for ever
		return &os.PathError{Op: "load", Path: path, Err: errNotFile}
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = j.ReadFrom(f); err == nil {
		return nil
	}
	if _, ok := errors.AsType[*FileError](err); ok {
		err = &os.PathError{Op: "load", Path: path, Err: err}
	}
	return err
}

// readAll reads a file that is not too large.
func readAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = &FileError{Err: errLarge}
	}
	return text, err
}

// A loader has the cookies of a file, until all of it has been read.
type loader struct {
	now  time.Time
	list []Cookie
}

// add takes a cookie of a file.
func (l *loader) add(c Cookie) error {
	switch rule := c.prepare(l.now); {
	case rule == RulePublicSuffix:
		return nil
	case rule != "":
		return &Error{c.Name, rule}
	case c.expired(l.now):
		return nil
	case len(l.list) >= maxLoaded:
		return errMany
	}
	if c.Created.IsZero() { // the file's order is all that is known
		c.Created = l.now.Add(time.Duration(len(l.list)))
	}
	if c.LastUsed.IsZero() {
		c.LastUsed = l.now
	}
	l.list = append(l.list, c)
	return nil
}

// merge adds what has been loaded. The store is made anew, in the order of use: to look for
// the place of each cookie in the queue would take the square of their number.
func (j *Jar) merge(l *loader) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sweep(l.now)
	all := make([]*entry, 0, len(l.list)+j.n)
	for i, c := range l.list {
		e := &entry{Cookie: c, seq: j.seq + uint64(i) + 1}
		if old := j.find(&c); old != nil {
			e.Created, e.seq = old.Created, old.seq
			j.remove(old)
		}
		all = append(all, e)
	}
	for e := j.queue.oldest; e != nil; e = e.links[ofJar].newer {
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b *entry) int { return a.LastUsed.Compare(b.LastUsed) })

	merged := store{lastCreated: j.lastCreated, seq: j.seq + uint64(len(l.list))}
	for _, e := range all {
		if twice := merged.find(&e.Cookie); twice != nil {
			merged.replace(twice, e.Cookie)
		} else {
			merged.insert(e.Cookie, e.seq)
		}
	}
	j.store = merged
}
