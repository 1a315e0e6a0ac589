package conn

import (
	"bufio"
	"sync"

	"example.com/godwit/internal/h1"
	"example.com/godwit/trace"
)

// work is the memory that an exchange needs while it lasts. An idle connection has none: it
// goes back to a pool with the end of each exchange.
type work struct {
	in     *bufio.Reader   // over the socket
	out    []byte          // the head to send, and a small body
	fields trace.Fields    // of the request
	names  []string        // of the request's header, to be sorted
	head   h1.ResponseHead // of the response; its strings are not reused, its slice is
}

// Memory that one large exchange needed is not kept for the small ones that follow.
const (
	inSize  = h1.MinBuffer
	mostOut = 32 << 10
	mostLen = 128
)

var workPool = sync.Pool{New: func() any {
	return &work{
		in:  bufio.NewReaderSize(nil, inSize),
		out: make([]byte, 0, 2<<10),
	}
}}

func getWork() *work { return workPool.Get().(*work) }

func putWork(w *work) {
	w.in.Reset(nil)
	if cap(w.out) > mostOut {
		w.out = nil
	}
	// The strings must not outlive their exchange in here.
	w.fields = recycle(w.fields)
	w.head = h1.ResponseHead{Fields: recycle(w.head.Fields)}
	clear(w.names)
	if w.names = w.names[:0]; cap(w.names) > mostLen {
		w.names = nil
	}
	workPool.Put(w)
}

func recycle(f trace.Fields) trace.Fields {
	if cap(f) > mostLen {
		return nil
	}
	clear(f)
	return f[:0]
}
