package conn

import (
	"io"
	"time"

	"example.com/godwit/trace"
)

// probeWait is how long a body of unknown length may take over its first byte before the
// request is announced with a body, be it empty after all. (net/http waits as long.)
const probeWait = 200 * time.Millisecond

// probe finds out whether the body of a method that seldom has one is empty, because
// servers are known to stumble over an empty chunked body to a GET.
func (x *Exchange) probe() error {
	first := make(chan firstByte, 1)
	body := x.plan.body
	go func() { // ends with the body's Read, which closing the body ends
		var b [1]byte
		n, err := body.Read(b[:])
		first <- firstByte{b[0], n, err}
	}()
	x.plan.body = &probedBody{ReadCloser: body, first: first}
	timer := time.NewTimer(probeWait)
	defer timer.Stop()
	select {
	case f := <-first:
		if f.n == 0 && f.err == io.EOF {
			x.plan = bodyPlan{}
			x.closeBody()
			return nil
		}
		first <- f
	case <-timer.C:
	case <-x.ctx.Done():
		return trace.Ended(x.ctx)
	}
	return nil
}

// A firstByte is what reading one byte of a body came to.
type firstByte struct {
	b   byte
	n   int
	err error
}

// A probedBody is a body whose first byte has been read, or is being read, elsewhere.
type probedBody struct {
	io.ReadCloser
	first chan firstByte // nil: it has been given out
}

// probing reports whether the first byte may be being read. It is for whoever does not read.
func (b *probedBody) probing() bool { return b.first != nil && len(b.first) == 0 }

func (b *probedBody) Read(p []byte) (int, error) {
	if b.first == nil || len(p) == 0 {
		return b.ReadCloser.Read(p)
	}
	f := <-b.first
	b.first = nil
	return copy(p, []byte{f.b}[:f.n]), f.err
}
