// One turn of one contender, measured.
package main

import (
	"runtime"
	"syscall"
	"time"
)

// A sample is what one request cost in one round.
type sample struct {
	Wall   float64 // nanoseconds of the clock, divided by the requests of the round
	CPU    float64 // nanoseconds of this process, user and system; the server is another
	Allocs float64 // objects
	Bytes  float64 // of those objects
}

// take runs n exchanges of w and measures them. w's workers are there for so long.
//
// The collection before leaves no one else's garbage, and the few exchanges after it, which
// are not counted, put back what a collection takes away: pooled buffers, grown stacks,
// warm caches. Collections that fall into the turn itself are the contender's own and
// count.
func take(w *crew, n int) (sample, error) {
	w.muster()
	defer w.rest()
	runtime.GC()
	if err := w.run(max(n/20, 2*len(w.start))); err != nil {
		return sample{}, err
	}
	m := startMeter()
	err := w.run(n)
	return m.stop(n), err
}

// A meter runs from startMeter to stop.
type meter struct {
	memory runtime.MemStats
	cpu    time.Duration
	clock  time.Time
}

func startMeter() *meter {
	m := new(meter)
	runtime.ReadMemStats(&m.memory)
	m.cpu, m.clock = cpuTime(), time.Now()
	return m
}

// stop returns what has been used since the start, divided by n.
func (m *meter) stop(n int) sample {
	wall, used := time.Since(m.clock), cpuTime()-m.cpu
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	per := float64(n)
	return sample{
		Wall:   float64(wall) / per,
		CPU:    float64(used) / per,
		Allocs: float64(now.Mallocs-m.memory.Mallocs) / per,
		Bytes:  float64(now.TotalAlloc-m.memory.TotalAlloc) / per,
	}
}

// cpuTime is what this process has used so far, in user and in system mode.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are constants: it cannot fail
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
