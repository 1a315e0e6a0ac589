// Decoders that callers bring along.

package coding

import (
	"bufio"
	"errors"
	"io"
	"sync"
)

// foreign undoes a coding by somebody else's means.
type foreign struct {
	undo func(io.Reader) (io.Reader, error)
	gate gate
	z    io.Reader // nil: not made yet
	done bool
}

var errNoReader = errors.New("its decoder is nil")

func (f *foreign) reset(src io.Reader) { f.gate.src = bufio.NewReader(src) }

// Read makes the decoder when there is something to decode: a body without a single byte is a
// body without content, whatever the coding.
func (f *foreign) Read(p []byte) (n int, err error) {
	if f.z == nil {
		if err := f.gate.wait(); err != nil {
			return 0, err
		}
		z, err := f.undo(&f.gate)
		if err != nil {
			return 0, unexpected(err)
		}
		if z == nil {
			return 0, errNoReader
		}
		f.z = z
	}
	if !f.done {
		n, err = f.z.Read(p)
		if err != io.EOF {
			return n, err
		}
		f.done = true
	}
	if n > 0 {
		return n, nil
	}
	return 0, f.gate.trailing()
}

// drop closes the decoder, if that can be done.
func (f *foreign) drop() {
	switch z := f.z.(type) {
	case io.Closer:
		_ = z.Close() // what it has to say came with Read
	case interface{ Close() }:
		z.Close()
	}
}

// A gate is what a foreign decoder reads, possibly in a goroutine of its own. Once it is shut,
// nobody comes through to decoders that others may be using by then.
type gate struct {
	mu     sync.Mutex // guards the following; held while Read runs
	src    *bufio.Reader
	closed bool
}

func (g *gate) Read(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return 0, errClosed
	}
	return g.src.Read(p)
}

// wait returns when there is something to read, or io.EOF when there is nothing.
func (g *gate) wait() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err := g.src.Peek(1)
	return err
}

func (g *gate) trailing() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return skipTrailing(g.src)
}

// shut reports whether nobody is inside.
func (g *gate) shut() bool {
	if !g.mu.TryLock() {
		return false
	}
	defer g.mu.Unlock()
	g.closed = true
	return true
}
