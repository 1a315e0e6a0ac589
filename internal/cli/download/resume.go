package download

// Going on with what an earlier run, or another program, has begun.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"example.com/godwit/header"
)

// errNext says that a name is not to be had, and that the next one is to be tried.
var errNext = errors.New("taken")

// claim finds the .part of a name, or of the first numbered one that can be had: one to go on
// with, or, if create is set, a new one. d.part is nil if there is none.
func (d *download) claim(base string, create bool) error {
	for n := range maxNumber {
		name := numbered(base, n)
		path := filepath.Join(d.Dir, name)
		if !d.Names.claim(path) {
			continue
		}
		d.replace = d.Replace && n == 0
		p, err := d.candidate(name, create)
		if p != nil {
			d.part, d.base = p, base
			return nil
		}
		d.Names.release(path)
		if err != errNext {
			return err
		}
	}
	return d.outputError(fs.ErrExist)
}

// candidate opens the .part of a name, if it can be had.
func (d *download) candidate(name string, create bool) (*partFile, error) {
	path := filepath.Join(d.Dir, name)
	if d.replace {
		if err := mayReplace(d.root, name); err != nil {
			return nil, &OutputError{Err: err}
		}
	}
	p, err := openPart(d.root, name, false)
	switch {
	case err == nil:
		return d.judge(p)
	case errors.Is(err, errBusy):
		// What may be read of it is no more than whose it is.
		if s := stateOf(d.root, name, unknown); !d.replace && s != nil && s.URL != d.url {
			return nil, errNext
		}
		return nil, &OutputError{path, errBusy}
	case !errors.Is(err, fs.ErrNotExist):
		if d.replace {
			return nil, &OutputError{path + partSuffix, err}
		}
		return nil, errNext
	}
	if _, err := d.root.Lstat(name); err == nil && !d.replace {
		if d.Continue && !create && !d.Whole {
			return nil, nil // it may be the beginning
		}
		return nil, errNext
	}
	if !create {
		return nil, nil
	}
	p, err = openPart(d.root, name, true)
	if err != nil {
		return nil, &OutputError{path + partSuffix, err}
	}
	return p, nil
}

// judge decides whether a .part that is there is ours to write.
func (d *download) judge(p *partFile) (*partFile, error) {
	s := p.state
	info, err := p.Stat()
	switch {
	case err != nil:
	case s != nil && (s.URL == d.url || d.Continue && s.validatorOrNone() != ""):
		return p, nil
	case s == nil && info.Size() == 0, d.replace && s != nil:
		p.state = nil // its name is wanted, and nobody can go on with it for this URL
		return p, nil
	case d.replace:
		err = &OutputError{p.Name(), errors.New("it is in the way, and nothing says of which download it is: remove it, or choose another name")}
	}
	p.Close()
	if err == nil {
		err = errNext
	}
	return nil, err
}

func (s *state) validatorOrNone() string {
	f := s.facts()
	return f.validator()
}

// resume goes on with our own .part.
func (d *download) resume(ctx context.Context) (*answer, error) {
	s := d.part.state
	f := s.facts()
	done := s.spans()
	sum, err := d.sum()
	if err != nil {
		return nil, err
	}
	// What has been compared with this checksum will not get better.
	tried := s.Bad != "" && (sum == nil || s.Bad == sum.String())
	part := filepath.Join(d.Dir, d.part.name+partSuffix)
	switch {
	case len(done) == 0: // reset tells
		return d.anew(ctx)
	case tried:
		d.begunAgain("%s did not have the checksum", part)
		return d.anew(ctx)
	case f.validator() == "" && !d.Continue:
		d.begunAgain("the server did not say which version %s is of (--continue compares)", part)
		return d.anew(ctx)
	}
	p := newPlan(f.size, done)
	gap := span{f.size - 1, f.size} // all is there: does the server still have it?
	if len(p.free) > 0 {
		gap = p.free[0]
	}
	from := gap.at
	if f.validator() == "" {
		from = max(0, from-overlap)
	}
	res, err := d.open(ctx, rangeOf(from, gap.end), f.validator())
	if err != nil {
		return nil, err
	}
	switch res.StatusCode {
	case http.StatusPartialContent:
	case http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		res.Body.Close()
		d.begunAgain("the server's file has changed")
		return d.anew(ctx)
	default:
		if res.StatusCode/100 == 2 {
			d.begunAgain("the server's file has changed, or it sends no parts")
		}
		return d.all(ctx, res)
	}
	got, err := f.partOf(res, from, gap.end)
	if err == errChanged {
		res.Body.Close()
		d.begunAgain("the server's file has changed")
		return d.anew(ctx)
	}
	if err == nil {
		err = d.compare(res.Body, d.part, from, gap.at)
	}
	if err == nil {
		if f.size < 0 {
			f.size = got.size
		}
		f.ranges, f.shared, f.digest = true, res.ProtoMajor >= 2, digestOf(res.Header)
		err = d.begins(f, done)
	}
	if err != nil || len(p.free) == 0 {
		res.Body.Close()
		return nil, err
	}
	return &answer{res, got.end}, nil
}

// rangeOf returns a Range for the bytes from at up to end, exclusive.
func rangeOf(at, end int64) string {
	r := "bytes=" + strconv.FormatInt(at, 10) + "-"
	if end != unknown {
		r += strconv.FormatInt(end-1, 10)
	}
	return r
}

// compare reads the bytes from from up to to, which we have, and sees whether they are the same.
func (d *download) compare(body io.Reader, ours io.ReaderAt, from, to int64) error {
	theirs, mine := make([]byte, to-from), make([]byte, to-from)
	if _, err := io.ReadFull(body, theirs); err != nil {
		return err
	}
	if _, err := ours.ReadAt(mine, from); err != nil && err != io.EOF {
		return d.outputError(err)
	}
	if !bytes.Equal(theirs, mine) {
		return d.outputError(errors.New("it is not the beginning of the server's file; nothing was written"))
	}
	return nil
}

// foreign opens a file that another program may have begun, nil if there is none.
func (d *download) foreign(name string) (f *os.File, size int64) {
	named, err := d.root.Lstat(name)
	if err != nil || !named.Mode().IsRegular() || named.Size() == 0 {
		return nil, 0
	}
	f, err = d.root.Open(name)
	if err != nil {
		return nil, 0
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(named, opened) {
		f.Close()
		return nil, 0
	}
	return f, named.Size()
}

// spare is the error for a file that is there and would be replaced, though it was to be gone on
// with; nil if there is none, or if it may be.
func (d *download) spare(name string) error {
	if !d.Continue || !d.Keep {
		return nil
	}
	old, _ := d.foreign(name)
	if old == nil {
		return nil
	}
	old.Close()
	return &OutputError{filepath.Join(d.Dir, name), errors.New("the server sends no parts to go on with it; nothing was written (--overwrite replaces it)")}
}

// goOn goes on with that file. It is left as it is until the server has sent something that
// fits; then it becomes a .part.
func (d *download) goOn(ctx context.Context, old *os.File, name string, size int64) (*answer, error) {
	longer := func(theirs int64) error {
		return &OutputError{filepath.Join(d.Dir, name), fmt.Errorf("it has %d bytes, and the server's file only %d; nothing was written", size, theirs)}
	}
	from := max(0, size-overlap)
	res, err := d.open(ctx, rangeOf(from, unknown), "")
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusPartialContent {
		if res.StatusCode == http.StatusRequestedRangeNotSatisfiable {
			res.Body.Close()
			if cr, err := header.ParseContentRange(res.Header.Get("Content-Range")); err == nil && cr.Size >= 0 {
				return nil, longer(cr.Size)
			}
			return nil, statusError(res)
		}
		if res.StatusCode/100 == 2 {
			if err := d.spare(name); err != nil {
				res.Body.Close()
				return nil, err
			}
			d.begunAgain("the server sends no parts")
		}
		return d.all(ctx, res)
	}
	got, err := partOf(res, from, unknown)
	switch {
	case err != nil:
	case got.size >= 0 && got.size < size:
		err = longer(got.size)
	case codingOf(res.Header) != "":
		err = &AnswerError{"a part of a compressed file, though asked for none"}
	default:
		err = d.compare(res.Body, old, from, size)
	}
	if err == nil && d.MaxSize > 0 && got.size > d.MaxSize {
		err = &TooLargeError{d.MaxSize, got.size}
	}
	f := factsOf(res)
	f.size, f.ranges = got.size, true
	if err != nil || got.size == size {
		res.Body.Close()
		d.facts, d.plan = f, newPlan(size, []span{{0, size}})
		d.result.Path, d.result.Was = filepath.Join(d.Dir, name), err == nil
		return nil, err
	}
	if err := d.adopt(name, f, size); err != nil {
		res.Body.Close()
		return nil, err
	}
	return &answer{res, got.end}, nil
}

// adopt makes a file a .part of ours.
func (d *download) adopt(name string, f facts, size int64) error {
	if err := moveNew(d.root, name, name+partSuffix); err != nil {
		return &OutputError{filepath.Join(d.Dir, name), err}
	}
	p, err := openPart(d.root, name, false)
	if err == nil {
		d.part, d.replace = p, d.Replace
		err = newState(d.url, &f, []span{{0, size}}).save(d.root, name+stateSuffix)
	}
	if err != nil {
		_ = moveNew(d.root, name+partSuffix, name)
		return &OutputError{filepath.Join(d.Dir, name), err}
	}
	return d.begins(f, []span{{0, size}})
}

// finishOld is finish for a file that was whole already.
func (d *download) finishOld(ctx context.Context) error {
	d.result.Size = d.plan.size
	sum, err := d.sum()
	if err != nil || sum == nil {
		return err
	}
	f, err := os.Open(d.result.Path)
	if err != nil {
		return &OutputError{Err: err}
	}
	defer f.Close()
	d.Watch.phase(Verifying)
	if err := sum.check(ctx, f); err != nil {
		return err
	}
	d.result.Checked = sum.String()
	return nil
}
