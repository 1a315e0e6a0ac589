// The reader that Decode returns: a stack of stages over the body, set up by the first Read
// and given back to their pools by the last.

package coding

import (
	"errors"
	"fmt"
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

	mu     sync.Mutex // guards the following; held while Read runs
	wire   wire
	stages [maxCodings]stage // in the order in which they were applied: the first yields the body
	n      int               // of them; 0: released
	ready  bool              // they have been set up
	own    bool              // one of them is somebody else's
	limits Limits
	err    error // what every further Read returns
}

func newReader(body io.ReadCloser, codings list, limits Limits) *reader {
	r := &reader{body: body, n: codings.n, limits: limits.withDefaults()}
	r.wire.r = body
	for i, s := range codings.of[:codings.n] {
		r.stages[i] = stage{step: s, of: r}
		r.own = r.own || s.own != nil
	}
	r.wire.any = r.own
	return r
}

// Read decodes some bytes.
func (r *reader) Read(p []byte) (int, error) {
	n, err := r.read(p)
	if r.closed.Load() {
		r.release() // Close could not
	}
	return n, err
}

func (r *reader) read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return 0, errClosed
	}
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	if !r.ready {
		r.setUp()
	}
	n, err := r.stages[0].Read(p)
	if n > 0 {
		r.wire.barren.Store(0)
	}
	if err == nil {
		return n, nil
	}
	if failed := r.wire.failure(); failed != nil {
		err = failed // the connection failed, not the decoder
	}
	r.err = err
	if !r.own { // else Close does it: not before the body is closed is it sure to end
		r.giveBack()
	}
	return n, err
}

// Close closes the body and decodes nothing. It may be called while Read waits.
func (r *reader) Close() error {
	r.closed.Store(true)
	err := r.body.Close()
	r.release()
	return err
}

// release gives the stages back, unless a Read is under way: that does it then.
func (r *reader) release() {
	if r.mu.TryLock() {
		r.giveBack()
		r.mu.Unlock()
	}
}

// setUp stacks the stages: the coding applied last is undone first.
func (r *reader) setUp() {
	var src io.Reader = &r.wire
	for i := r.n - 1; i >= 0; i-- {
		r.stages[i].setUp(src)
		src = &r.stages[i]
	}
	r.ready = true
}

// giveBack gives our decoders back to their pools, and closes those of others. One that
// somebody else's may still be reading is left to the collector.
func (r *reader) giveBack() {
	free := true
	for i := range r.n {
		if r.ready {
			free = r.stages[i].release(free)
		}
	}
	r.n = 0
}

// wire counts what is read of the coded body, and remembers how that ended. A decoder of
// somebody else's may read it in a goroutine of its own.
type wire struct {
	r      io.Reader
	any    bool         // barren is not looked at
	n      atomic.Int64 // bytes
	barren atomic.Int64 // bytes since there was content last

	mu  sync.Mutex // guards the following
	err error
}

// maxBarren bounds how much of a body may come without any content. What encoders make has some
// for each block, of 128 KiB at most; but gzip, br and zstd have ways to say nothing for ever,
// which no bound on the content would end.
const maxBarren = 16 << 20

var errBarren = fmt.Errorf("%d bytes without content", maxBarren)

func (w *wire) Read(p []byte) (int, error) {
	if err := w.ended(); err != nil {
		return 0, err // bufio forgets an error once it has told it
	}
	n, err := w.r.Read(p)
	w.n.Add(int64(n))
	if w.barren.Add(int64(n)) > maxBarren && !w.any {
		return 0, errBarren
	}
	if err != nil {
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
	}
	return n, err
}

func (w *wire) ended() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// failure returns how the wire failed, nil if it has not or has come to its end.
func (w *wire) failure() error {
	if err := w.ended(); err != io.EOF {
		return err
	}
	return nil
}

// A stage undoes one coding.
type stage struct {
	step
	of      *reader
	decoder decoder // nil: not set up
	decoded int64   // bytes
}

func (st *stage) setUp(src io.Reader) {
	if st.own != nil {
		st.decoder = &foreign{undo: st.own}
	} else {
		st.decoder = poolOf(st.name).Get().(decoder)
	}
	st.decoder.reset(src)
}

// Read checks what comes out of each stage against what came in from the wire: the output
// of an inner stage can be a bomb too, though little comes of it in the end.
func (st *stage) Read(p []byte) (int, error) {
	n, err := st.decoder.Read(p)
	st.decoded += int64(n)
	if came := st.of.wire.n.Load(); st.of.limits.exceeded(came, st.decoded) {
		return n, &Error{st.name, &BombError{came, st.decoded, st.of.limits}}
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if _, ok := errors.AsType[*Error](err); !ok { // else it is an inner stage's
		err = &Error{st.name, err}
	}
	return n, err
}

// release lets go of the decoder, if it is free: nobody reads it. It reports whether that is so
// of the stage which this one reads.
func (st *stage) release(free bool) bool {
	if !free {
		return false
	}
	d := st.decoder
	d.drop()
	if f, ok := d.(*foreign); ok {
		return f.gate.shut()
	}
	st.decoder = nil
	poolOf(st.name).Put(d)
	return true
}
