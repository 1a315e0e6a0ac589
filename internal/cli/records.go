package cli

// The records of a run: what all its calls tell them, and where they go when it is over.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"example.com/godwit"
	"example.com/godwit/inspect"
	"example.com/godwit/internal/cli/ledger"
	"example.com/godwit/trace"
)

// maxRecorded is how many bytes of each body a record has in it.
const maxRecorded = 1 << 20

// records are those of a run. Its calls may run side by side.
type records struct {
	own     *Env // as it was before --quiet
	options *options

	har      *inspect.HAR // nil: none is wanted
	harFile  *destination
	harBegun atomic.Bool // there is something in it

	mu    sync.Mutex   // held while a line is written
	lines *destination // of records in JSON; nil: none are wanted
	lost  error        // why a line could not be written
}

// newRecords returns the records that the options ask for. What cannot be written is found out
// before anything is sent, as far as it can be.
func newRecords(env *Env, o *options) (r *records, err error) {
	r = &records{own: o.record.world(env), options: o}
	if name := o.record.har; name != "" {
		r.har = &inspect.HAR{MaxBody: maxRecorded, ShowSecrets: o.output.showSecrets, Version: godwit.Version}
		if r.harFile, err = newDestination(r.own, name); err != nil {
			return nil, err
		}
	}
	if name := o.record.json; name != "" {
		if r.lines, err = newDestination(r.own, name); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// begin returns a ledger for a call, nil if no record needs one.
func (r *records) begin() *ledger.Ledger {
	o := r.options
	switch {
	case r.lines != nil:
		return &ledger.Ledger{MaxBody: maxRecorded}
	case o.record.why, o.record.waterfall, r.own.StdoutTTY && o.output.wants(partMeta, true):
		return &ledger.Ledger{}
	}
	return nil
}

// tracer returns what is told of a call besides tr. book may be nil.
func (r *records) tracer(tr trace.Tracer, book *ledger.Ledger) trace.Tracer {
	if book != nil {
		tr = trace.Multi(tr, book)
	}
	if r.har == nil {
		return tr
	}
	return trace.Multi(tr, trace.Func(func(ctx context.Context, ev trace.Event) {
		r.harBegun.Store(true)
		r.har.Trace(ctx, ev)
	}))
}

// rest reads what nobody has read of an answer, if a record has its body in it.
func (r *records) rest(stream *godwit.Stream) error {
	if _, switched := stream.Body.(io.Writer); switched || r.har == nil && r.lines == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, stream.Body)
	return err
}

// end is told how a call went that had these options, and returns that, or that it could not be recorded.
func (r *records) end(book *ledger.Ledger, o *options, tg *target, code ExitCode, err error) (ExitCode, error) {
	if r.options.record.why {
		r.explain(book, o)
	}
	if r.options.record.waterfall {
		r.drawBars(book)
	}
	if r.lines == nil {
		return code, err
	}
	out := &ledger.Outcome{Method: tg.method, URL: tg.url, ExitCode: int(code), Err: err, ShowSecrets: r.options.output.showSecrets}
	if err != nil {
		out.ExitCode, out.Kind = int(exitCode(err)), kindOf(err)
	}
	var line bytes.Buffer
	if werr := book.WriteJSON(&line, out); werr != nil {
		return code, werr
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, werr := r.lines.Write(line.Bytes()); werr != nil && r.lost == nil {
		if r.lost = werr; err == nil {
			err = werr
		}
	}
	return code, err
}

// kindOf names an error that no call has told of.
func kindOf(err error) string {
	if e, ok := errors.AsType[*godwit.Error](err); ok && e.Kind != "" {
		return string(e.Kind)
	}
	switch {
	case isUsage(err):
		return "usage"
	case isOutput(err):
		return "output"
	}
	return ""
}

// close writes what is written at the end, however that came about. Of a command line that led to
// no call there is no archive.
func (r *records) close() error {
	var err error
	if r.har != nil && r.harBegun.Load() {
		_, err = r.har.WriteTo(r.harFile)
		err = r.harFile.close(err)
	}
	if r.lines != nil {
		if lerr := r.lines.close(r.lost); err == nil && r.lost == nil {
			err = lerr
		}
	}
	return err
}
