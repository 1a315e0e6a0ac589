package download

// How a download ends: whole, with its name; or kept, to be gone on with.

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"example.com/godwit"
	"example.com/godwit/header"
)

// finish checks the file, puts it on the disk, and gives it its name.
func (d *download) finish(ctx context.Context) error {
	if !d.begun.IsZero() {
		d.result.Took = time.Since(d.begun)
	}
	if d.Sink != nil {
		d.result.Size = d.plan.size
		return nil
	}
	if d.part == nil {
		return d.finishOld(ctx)
	}
	sum, err := d.sum()
	if err != nil {
		return err
	}
	if sum != nil {
		d.Watch.phase(Verifying)
		if err := sum.check(ctx, io.NewSectionReader(d.part, 0, d.plan.size)); err != nil {
			return err
		}
		d.result.Checked = sum.String()
	}
	d.Watch.phase(Settling)
	begun := time.Now()
	if err := d.part.Truncate(d.plan.size); err != nil {
		return d.outputError(err)
	}
	if err := d.part.Sync(); err != nil {
		return d.outputError(err)
	}
	d.result.Sync = time.Since(begun)
	var modified time.Time
	if d.RemoteTime {
		modified, _ = header.ParseTime(d.facts.modified)
	}
	name, err := d.part.finish(d.replace, modified)
	if err != nil {
		return d.outputError(err)
	}
	d.result.Path, d.result.Size = filepath.Join(d.Dir, name), d.plan.size
	return nil
}

// sum returns the checksum that the file must have, nil for none.
func (d *download) sum() (*Checksum, error) {
	if d.Sum == nil && d.Sums == nil {
		return d.facts.digest, nil // what the server itself says
	}
	if d.Sum != nil {
		return d.Sum, nil
	}
	name := d.Name
	if d.part != nil {
		name = d.part.name
	}
	if sum := d.Sums.Find(URLName(d.URL), d.base, name); sum != nil {
		return sum, nil
	}
	return nil, &NoChecksumError{name}
}

// keep decides what becomes of a file that is not whole.
func (d *download) keep(err error) {
	if d.part == nil {
		return
	}
	if d.plan == nil {
		if d.part.fresh {
			d.part.discard()
		}
		return
	}
	done := d.plan.done()
	s := newState(d.url, &d.facts, done)
	if e, ok := errors.AsType[*ChecksumError](err); ok {
		// The bytes are all there. Whoever named the wrong checksum need not get them again.
		s.Bad = e.Algorithm + ":" + e.Want
	}
	if total(done) == 0 || !d.resumable() || errors.Is(err, errChanged) || errors.Is(err, godwit.ErrTooLarge) {
		d.part.discard()
		d.part = nil
		return
	}
	if serr := d.part.Sync(); serr != nil {
		d.note("%v", serr)
		return
	}
	if serr := s.save(d.root, d.part.name+stateSuffix); serr != nil {
		d.note("%v", serr)
		return
	}
	d.result.Path, d.result.Size, d.result.Partial = filepath.Join(d.Dir, d.part.name+partSuffix), total(done), true
}

// resumable reports whether a later run may go on with what is there.
func (d *download) resumable() bool {
	return !d.Whole && (d.facts.ranges || d.facts.validator() != "")
}

func (d *download) close() {
	if d.part != nil {
		d.part.Close()
	}
	if d.root != nil {
		d.root.Close()
	}
}
