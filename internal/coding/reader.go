// The reader that Decode returns: a stack of stages over the body, set up by the first Read
// and given back to their pools by the last.

package coding

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// errClosed is net/http's, so that code which asks for that gets what it expects.
var errClosed = http.ErrBodyReadAfterClose

// reader decodes a body.
type reader struct {
	body   io.ReadCloser
	closed atomic.Bool

	mu      sync.Mutex // guards the following; held while Read runs
	wire    wire
	codings []string // still to be set up; nil once the stages are
	stages  []*stage // innermost, which reads the wire, first
	limits  Limits
	err     error // what every further Read returns
}

func newReader(body io.ReadCloser, codings []string, limits Limits) *reader {
	return &reader{body: body, wire: wire{r: body}, codings: codings, limits: limits.withDefaults()}
}

// Read decodes some bytes.
func (r *reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return 0, errClosed
	}
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	if r.codings != nil {
		r.setUp()
	}
	n, err := r.stages[len(r.stages)-1].Read(p)
	if err == nil {
		return n, nil
	}
	if r.wire.err != nil && r.wire.err != io.EOF {
		err = r.wire.err // the connection failed, not the decoder
	}
	r.err = err
	r.release()
	return n, err
}

// Close closes the body and decodes nothing. It may be called while Read waits.
func (r *reader) Close() error {
	first := !r.closed.Swap(true)
	err := r.body.Close()
	// A Read under way still uses the stages: then they are left to the collector.
	if first && r.mu.TryLock() {
		r.codings = nil
		r.release()
		r.mu.Unlock()
	}
	return err
}

// setUp stacks the stages: the coding applied last is undone first.
func (r *reader) setUp() {
	var src io.Reader = &r.wire
	for i := len(r.codings) - 1; i >= 0; i-- {
		st := newStage(r.codings[i], src, &r.wire, r.limits)
		r.stages, src = append(r.stages, st), st
	}
	r.codings = nil
}

// release gives the stages back to their pools.
func (r *reader) release() {
	for _, st := range r.stages {
		st.release()
	}
	r.stages = nil
}

// wire counts what is read of the coded body, and remembers how that ended.
type wire struct {
	r   io.Reader
	n   int64
	err error
}

func (w *wire) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err // bufio forgets an error once it has told it
	}
	n, err := w.r.Read(p)
	w.n += int64(n)
	w.err = err
	return n, err
}

// A stage undoes one coding.
type stage struct {
	decoder decoder
	coding  string
	wire    *wire
	decoded int64
	limits  Limits
}

// A decoder undoes one coding. Its Read ends in io.EOF only where the coded data is whole.
type decoder interface {
	io.Reader
	reset(src io.Reader)
	release() // drops the source and goes back to the pool
}

func newStage(coding string, src io.Reader, w *wire, limits Limits) *stage {
	st := &stage{coding: coding, wire: w, limits: limits}
	if coding == "gzip" {
		st.decoder = gzipPool.Get().(decoder)
	} else {
		st.decoder = deflatePool.Get().(decoder)
	}
	st.decoder.reset(src)
	return st
}

// Read checks what comes out of each stage against what came in from the wire: the output
// of an inner stage can be a bomb too, though little comes of it in the end.
func (st *stage) Read(p []byte) (int, error) {
	n, err := st.decoder.Read(p)
	st.decoded += int64(n)
	if st.limits.exceeded(st.wire.n, st.decoded) {
		return n, &Error{st.coding, &BombError{st.wire.n, st.decoded, st.limits}}
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if _, ok := errors.AsType[*Error](err); !ok { // else it is an inner stage's
		err = &Error{st.coding, err}
	}
	return n, err
}

func (st *stage) release() {
	st.decoder.release()
	st.decoder = nil
}
