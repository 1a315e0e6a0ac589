package conn

import (
	"bufio"
	"sync"

	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// work is the memory that an exchange needs while it lasts. It goes from one exchange to the
// next, with the Exchange that it is part of. An idle connection has none.
type work struct {
	names  []string        // of the request's header, to be sorted
	fields trace.Fields    // of the request
	out    []byte          // the head to send, and a small body
	in     *bufio.Reader   // over the socket
	head   h1.ResponseHead // of the response; its strings are not reused, its slice is
}

// Memory that one large exchange needed is not kept for the small ones that follow.
const (
	inSize  = h1.MinBuffer
	mostOut = 40 << 10 // a chunk and its frame
	mostLen = 64
)

var exchanges = sync.Pool{New: func() any {
	x := &Exchange{work: work{
		in:  bufio.NewReaderSize(nil, inSize),
		out: make([]byte, 0, 1<<10),
	}}
	x.first.init(x)
	return x
}}

func newExchange() *Exchange { return exchanges.Get().(*Exchange) }

// recycle gives an exchange that is over back. Nothing of it may be touched afterwards; so
// one whose sender has been left behind stays where it is.
func (x *Exchange) recycle() {
	if x.sender != nil {
		select {
		case <-x.sender.over:
		default:
			return
		}
	}
	x.work.recycle()
	x.course = course{}
	exchanges.Put(x)
}

// recycle lets go of what the memory refers to: it must not outlive its exchange in here.
func (w *work) recycle() {
	w.in.Reset(nil)
	if cap(w.out) > mostOut {
		w.out = nil
	}
	w.fields = recycled(w.fields)
	w.head = h1.ResponseHead{Fields: recycled(w.head.Fields)}
	clear(w.names)
	if w.names = w.names[:0]; cap(w.names) > mostLen {
		w.names = nil
	}
}

func recycled(f trace.Fields) trace.Fields {
	if cap(f) > mostLen {
		return nil
	}
	clear(f)
	return f[:0]
}
