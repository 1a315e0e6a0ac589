//go:build !race

package transport

// What a request costs: allocations of a round trip, memory of an idle connection. The race
// detector has costs of its own, so that these are measured without it.

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"testing"
	"unsafe"
)

const (
	mostAllocs = 15 // what is promised
	realAllocs = 7  // what it is
)

func TestAllocationsOfARoundTrip(t *testing.T) {
	addr := serve(t, bare)
	tr := examined(t, &Transport{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req := request(t, "GET", "http://"+addr+"/", nil).WithContext(ctx)
	buf := make([]byte, 512)
	allocs := testing.AllocsPerRun(2000, func() {
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.ReadFull(res.Body, buf); n != 100 || err != io.ErrUnexpectedEOF {
			t.Fatal(n, err)
		}
		res.Body.Close()
	})
	t.Logf("%v allocations", allocs)
	if allocs > mostAllocs {
		t.Errorf("%v allocations, more than the %d promised", allocs, mostAllocs)
	}
	if allocs > realAllocs+1 {
		t.Errorf("%v allocations; it was %d", allocs, realAllocs)
	}
}

// A Report costs nothing but what is made once for each connection.
func TestAllocationsOfAReport(t *testing.T) {
	addr := serve(t, always(ok2))
	tr := examined(t, &Transport{})
	var one Report
	plain := with(t, "http://"+addr, &Overrides{NoGzip: true})
	reported := with(t, "http://"+addr, &Overrides{NoGzip: true, Report: func(context.Context) *Report { return &one }})
	cost := func(req *http.Request) float64 {
		do(t, tr, req)
		return testing.AllocsPerRun(500, func() { do(t, tr, req) })
	}
	if a, b := cost(plain), cost(reported); b > a+0.5 {
		t.Errorf("%v allocations, %v without a report", b, a)
	}
}

// What each request allocates just fits a size in which the runtime hands memory out. One field
// more, and every request pays for the next size.
func TestSizesOfARequest(t *testing.T) {
	for name, size := range map[string][2]uintptr{
		"trip":   {unsafe.Sizeof(trip{}), 288},
		"stream": {unsafe.Sizeof(stream{}), 480},
	} {
		if size[0] > size[1] {
			t.Errorf("a %s has %d bytes, more than %d", name, size[0], size[1])
		}
	}
}

const idleBytes = 1200 // of heap and stack, for one idle connection

// An idle connection costs little, everything included: the socket of package net, and the
// entry in the pool.
func TestMemoryOfIdleConnections(t *testing.T) {
	const many = 1000
	addr := serveElsewhere(t)
	tr := examined(t, &Transport{MaxIdleConnsPerHost: 2 * many, MaxIdleConns: 2 * many})
	get(t, tr, "http://"+addr) // what is made once is not charged to anyone
	before := inUse()
	held := make([]io.ReadCloser, many)
	for i := range held {
		held[i] = hold(t, tr, "http://"+addr).Body
	}
	for i, b := range held {
		if _, err := io.Copy(io.Discard, b); err != nil {
			t.Fatal(err)
		}
		b.Close()
		held[i] = nil
	}
	got := (inUse() - before) / many
	checkStats(t, tr, Stats{Open: many, Idle: many})
	t.Logf("%d bytes", got)
	if got > idleBytes {
		t.Errorf("%d bytes, more than %d", got, idleBytes)
	}
	runtime.KeepAlive(held)
}

// inUse returns the bytes of live objects and of stacks.
func inUse() int64 {
	for range 4 { // pools give up what they hold in the second collection after it came
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
