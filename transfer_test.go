package godwit

import (
	"runtime"
	"testing"
	"time"

	"example.com/godwit/transport"
)

// newRealSession returns a session with connections of its own.
func newRealSession(tb testing.TB) *Session {
	s := &Session{Transport: new(transport.Transport)}
	tb.Cleanup(func() { s.Close() })
	return s
}

// heapGrowth returns by how much the heap was larger, at most, while f ran.
func heapGrowth(f func()) int64 {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	runtime.GC()
	before := heap()
	stop, most := make(chan struct{}), make(chan int64)
	go func() { // ends with stop
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		var top int64
		for {
			select {
			case <-tick.C:
				top = max(top, heap()-before)
			case <-stop:
				most <- max(top, heap()-before)
				return
			}
		}
	}()
	f()
	close(stop)
	return <-most
}
