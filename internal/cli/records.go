package cli

// The records of a run: what all its calls tell them, and where they go when it is over.

import (
	"context"
	"io"
	"sync/atomic"

	"example.com/godwit"
	"example.com/godwit/inspect"
	"example.com/godwit/internal/cli/term"
	"example.com/godwit/trace"
)

// records are those of a run. Its calls may run side by side.
type records struct {
	env     *Env
	har     *inspect.HAR // nil: none is wanted
	harFile *destination
	begun   atomic.Bool // there is something in it
}

// newRecords returns the records that the options ask for. What cannot be written is found out
// before anything is sent, as far as it can be.
func newRecords(env *Env, o *options) (*records, error) {
	r := &records{env: env}
	if err := o.record.settle(&o.output); err != nil {
		return nil, err
	}
	if name := o.record.har; name != "" {
		r.har = &inspect.HAR{ShowSecrets: o.output.showSecrets, Version: godwit.Version}
		var err error
		if r.harFile, err = newDestination(env, name); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// tracer returns what is told of a call besides tr.
func (r *records) tracer(tr trace.Tracer) trace.Tracer {
	if r.har == nil {
		return tr
	}
	return trace.Multi(tr, trace.Func(func(ctx context.Context, ev trace.Event) {
		r.begun.Store(true)
		r.har.Trace(ctx, ev)
	}))
}

// rest reads what nobody has read of an answer, if a record has its body in it.
func (r *records) rest(stream *godwit.Stream) error {
	if _, switched := stream.Body.(io.Writer); r.har == nil || switched {
		return nil
	}
	_, err := io.Copy(io.Discard, stream.Body)
	return err
}

// close writes what is written at the end, however that came about. Of a command line that led to
// no call there is nothing to write.
func (r *records) close() error {
	if r.har == nil || !r.begun.Load() {
		return nil
	}
	return r.harFile.write(func(w io.Writer) error {
		_, err := r.har.WriteTo(w)
		return err
	})
}

// forTerminal returns a writer that is harmless to a terminal, if it is one, and what flushes it.
func forTerminal(w io.Writer, tty bool) (io.Writer, func() error) {
	if !tty {
		return w, func() error { return nil }
	}
	safe := &term.Writer{W: w}
	return safe, safe.Flush
}
