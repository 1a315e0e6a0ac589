// Package download gets a file: whole or not at all under its name, and so that what came of it
// before something went wrong need not come again.
//
// What has come is in NAME.part, which only its owner can read, and beside it NAME.part.state
// says which parts of which version of the file that is. A later run goes on where the server
// confirms, by If-Range, that it still has that version. A file whose server offers parts, and
// names its versions, is fetched over several connections: whoever is done takes over half of
// what the slowest has before it. Nothing that a server says decides where on the disk
// something is written, but for the name, which header.SafeName makes harmless.
//
// The package knows of no flags and of no terminal.
package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// A Job is a file to get.
type Job struct {
	URL  string // that is asked first
	Open Opener

	// Whole: the request may be sent as it is only, without a Range of ours: it is no GET,
	// has a body, or asks for a part itself.
	Whole bool

	Dir     string // "": the current one
	Name    string // of the file in Dir; "": what the answer says, or else URL
	Replace bool   // a file of that name is replaced; otherwise a number is added to the name

	// Keep leaves a file as it is, in spite of Replace, if Continue is set and the server does
	// not let us go on with it: that is an error then.
	Keep bool

	// Continue goes on with a file that another program has begun, and with a .part of which
	// the server has not named the version, after a look at whether its last bytes are the
	// server's. It also takes a .part of another URL, if the version is the same.
	Continue bool

	Segments   int       // requests at a time; 0: by the size
	MaxSize    int64     // bytes; 0: any
	Sum        *Checksum // nil: none
	Sums       *Sums     // where the checksum stands, unless Sum is set; nil: nowhere
	RemoteTime bool      // the file is as old as the server says

	// Sink gets the bytes in place of a file, in their order; nothing of Dir, Name, Replace,
	// Continue, Segments and RemoteTime counts then. nil: a file.
	Sink io.Writer

	Names *Names            // shared by the jobs of a run; nil: the only job
	Watch *Watch            // nil: nobody watches
	Note  func(text string) // is told what a person should know; nil: nobody
}

// An Opener sends the request with these fields besides, and returns the answer.
type Opener func(ctx context.Context, fields map[string]string) (*http.Response, error)

// A Result is what came of a job.
type Result struct {
	Path    string        // of the file, or of what was kept of it; "": there is none
	Size    int64         // of the file, as far as it is there
	Fetched int64         // bytes that came now
	Took    time.Duration // from the first answer to the last byte written
	Sync    time.Duration // until it was on the disk
	Checked string        // the checksum that it has; "": nobody asked
	Was     bool          // it was whole already
	Partial bool          // Path is a .part that can be gone on with
}

const (
	bufferSize = 256 << 10 // of each worker
	overlap    = 4 << 10   // how much is compared before somebody else's file is gone on with
	maxAnew    = 2         // how often a file that changes is begun again
)

var (
	errChanged  error = &AnswerError{"the server's file changed meanwhile, again and again"}
	errCrumbs   error = &AnswerError{"the server sends much smaller parts than it is asked for"}
	errNoRanges error = &AnswerError{"the server offers parts, and then does not send them"}
)

// A download is a job that is being done.
type download struct {
	*Job
	url     string // hashURL of URL
	root    *os.Root
	base    string    // the name of part before a number was added
	part    *partFile // nil: none yet, or a Sink
	replace bool      // Replace, unless the name had to be another
	facts   facts
	plan    *plan
	whole   bool // no parts can be had
	told    bool // that it is begun again
	result  Result
	begun   time.Time
	fetched atomic.Int64
}

// An answer is a response whose body is bytes of the file, up to end.
type answer struct {
	res *http.Response
	end int64 // exclusive, or unknown
}

// Run does a job. A file that could not be had whole is kept if a later run can go on with it:
// then Partial of the result is set.
func Run(ctx context.Context, j *Job) (Result, error) {
	own := *j
	d := &download{Job: &own, url: hashURL(j.URL), whole: j.Whole}
	if d.Names == nil {
		d.Names = new(Names)
	}
	err := d.run(ctx)
	if err != nil {
		d.keep(err)
	}
	d.close()
	d.result.Fetched = d.fetched.Load()
	d.Watch.phase(Ended)
	return d.result, err
}

func (d *download) run(ctx context.Context) error {
	a, err := d.begin(ctx)
	for anew := 0; err == nil && a != nil; anew++ {
		err = d.fetch(ctx, a)
		if !errors.Is(err, errChanged) && !errors.Is(err, errNoRanges) || anew == maxAnew || d.Sink != nil {
			break
		}
		d.begunAgain("%v", onceOnly(err))
		d.whole = true // one answer is of one version
		a, err = d.anew(ctx)
	}
	if err != nil {
		return err
	}
	return d.finish(ctx)
}

// onceOnly is what there is to say when it has happened once.
func onceOnly(err error) error {
	if errors.Is(err, errChanged) {
		return errors.New("the server's file has changed")
	}
	return err
}

// begin gets the first answer; nil if there is nothing left to get.
func (d *download) begin(ctx context.Context) (*answer, error) {
	if d.Sink == nil {
		dir := d.Dir
		if dir == "" {
			dir = "."
		}
		var err error
		if d.root, err = os.OpenRoot(dir); err != nil {
			return nil, &OutputError{Err: err}
		}
		base := d.Name
		if base == "" {
			base = URLName(d.URL)
		}
		if base != "" {
			if err := d.claim(base, false); err != nil {
				return nil, err
			}
		}
		switch {
		case d.Whole: // whatever there is, it is of no use
			if err := d.spare(base); err != nil {
				return nil, err
			}
		case d.part != nil && d.part.state != nil:
			return d.resume(ctx)
		case d.part == nil && d.Continue && base != "":
			if old, size := d.foreign(base); old != nil {
				defer old.Close()
				return d.goOn(ctx, old, base, size)
			}
		}
	}
	return d.anew(ctx)
}

// anew asks for all of the file.
func (d *download) anew(ctx context.Context) (*answer, error) {
	res, err := d.open(ctx, "", "")
	if err != nil {
		return nil, err
	}
	return d.all(ctx, res)
}

// all begins with an answer that is all of the file.
func (d *download) all(ctx context.Context, res *http.Response) (_ *answer, err error) {
	defer func() {
		if err != nil {
			res.Body.Close()
		}
	}()
	if res.StatusCode/100 != 2 {
		return nil, statusError(res)
	}
	if res.StatusCode == http.StatusPartialContent && !d.Whole {
		return nil, &AnswerError{"a 206, where all was asked for"}
	}
	f := factsOf(res)
	if d.MaxSize > 0 && f.size > d.MaxSize {
		return nil, &TooLargeError{d.MaxSize, f.size}
	}
	if f.coding != "" {
		d.note("the server sends it as %s: saved as it comes", clip(f.coding))
	}
	if d.Sink == nil {
		fresh := d.part == nil
		if fresh {
			if err := d.claim(d.nameFor(res.Header), true); err != nil {
				return nil, err
			}
		}
		if fresh && d.fits(&f) {
			res.Body.Close()
			return d.resume(ctx)
		}
		if err := d.reset(&f); err != nil {
			return nil, err
		}
	}
	if err := d.begins(f, nil); err != nil {
		return nil, err
	}
	end := f.size
	if end < 0 {
		end = unknown
	}
	return &answer{res, end}, nil
}

// nameFor returns the name that the file is to have.
func (d *download) nameFor(h http.Header) string {
	if d.Name != "" {
		return d.Name
	}
	return nameOf(h, d.URL)
}

// fits reports whether the .part that was found under the name that only the answer has told
// is of the file that it announces.
func (d *download) fits(f *facts) bool {
	s := d.part.state
	if s == nil || len(s.Done) == 0 || d.Whole {
		return false
	}
	old := s.facts()
	return old.validator() != "" && old.validator() == f.validator() && old.size == f.size
}

// reset empties the .part.
func (d *download) reset(f *facts) error {
	if info, err := d.part.Stat(); err == nil && info.Size() > 0 && !d.told {
		d.begunAgain("nobody can go on with what is in %s", filepath.Join(d.Dir, d.part.name+partSuffix))
	}
	d.part.state, d.part.fresh = nil, true
	err := d.part.Truncate(0)
	if err == nil {
		err = newState(d.url, f, nil).save(d.root, d.part.name+stateSuffix)
	}
	if err != nil {
		return d.outputError(err)
	}
	return nil
}

// begins notes what is known of the file, and what of it is there.
func (d *download) begins(f facts, done []span) error {
	if d.begun.IsZero() {
		d.begun = time.Now()
	}
	d.facts, d.plan = f, newPlan(f.size, done)
	before := total(done)
	name := ""
	if d.part != nil {
		name = d.part.name
		if _, err := d.sum(); err != nil {
			return err
		}
		if room := roomFor(d.part.File); room >= 0 && f.size-before > room {
			return d.outputError(fmt.Errorf("%d bytes are to come, and the disk has room for %d", f.size-before, room))
		}
	}
	d.Watch.begin(name, before, f.size)
	return nil
}

// open sends the request. A rng is what Range says, "" for none, and validator what If-Range
// does.
func (d *download) open(ctx context.Context, rng, validator string) (*http.Response, error) {
	// A part of what is compressed on the way is a part of nothing.
	fields := map[string]string{"Accept-Encoding": "identity"}
	if rng != "" {
		fields["Range"] = rng
		if validator != "" {
			fields["If-Range"] = validator
		}
	}
	return d.Open(ctx, fields)
}

func (d *download) note(format string, args ...any) {
	if d.Note != nil {
		d.Note(fmt.Sprintf(format, args...))
	}
}

// begunAgain tells why what was there is fetched once more.
func (d *download) begunAgain(format string, args ...any) {
	d.told = true
	d.note(format+": begun again", args...)
}

// outputError says which file could not be written.
func (d *download) outputError(err error) error {
	name := d.Name
	if d.part != nil {
		name = d.part.name
	}
	return &OutputError{Name: filepath.Join(d.Dir, name), Err: err}
}
