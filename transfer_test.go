package godwit

import (
	"context"
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

// What the options of this kind take beyond a plain call.
func TestSendingAllocs(t *testing.T) {
	const post = 9
	s := &Session{Transport: newCanned()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, c := range []struct {
		name, url string
		opts      []Option
		most      float64
	}{
		{"IdempotencyKey", "http://h/path", []Option{IdempotencyKey}, post + 4},
		{"URI", "http://h/users/{id}/repos{?page}", []Option{URI{"id": 7, "page": 2}}, post + 16},
		{"Multipart", "http://h/path", []Option{Multipart(Field("a", 1), Field("b", "two"), Field("c", true))}, post + 16},
		{"Progress", "http://h/path", []Option{Bytes([]byte("hello"), ""), Progress(func(Transfer) {})}, post + 8},
	} {
		got := testing.AllocsPerRun(200, func() {
			if _, err := s.Post(ctx, c.url, c.opts...); err != nil {
				t.Fatal(err)
			}
		})
		t.Logf("%-14s %v", c.name, got)
		if got > c.most && !raceEnabled {
			t.Errorf("%s: %v allocations, more than %v", c.name, got, c.most)
		}
	}
}
