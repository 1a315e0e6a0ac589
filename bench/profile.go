// Mode -only: one contender alone for a while, with a profile, for whoever wants to make it
// faster.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

// profile runs the one contender for the duration, after a warm-up that is in no profile,
// and prints what a request cost.
func (s *settings) profile(ctx context.Context, t target, w io.Writer) error {
	crews, dismiss, err := newCrews(ctx, s.contenders, t, s.inflight[0])
	if err != nil {
		return err
	}
	defer dismiss()
	crews[0].muster()
	defer crews[0].rest()
	turn := 100 * s.inflight[0] // long enough for its beginning and end not to show
	if err := crews[0].run(turn); err != nil {
		return err
	}
	stop, err := s.startProfiles()
	if err != nil {
		return err
	}
	m, n := startMeter(), 0
	for err == nil && time.Since(m.clock) < s.duration {
		err = crews[0].run(turn)
		n += turn
	}
	wall := time.Since(m.clock)
	cost := m.stop(n)
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s, %s, %d in flight, %d requests in %s, %.0f a second; each: CPU %.2f µs, wall %.2f µs, %.1f allocs, %.0f bytes\n",
		s.only, t.path, s.inflight[0], n, wall.Round(time.Millisecond), float64(n)/wall.Seconds(),
		cost.CPU/1e3, cost.Wall/1e3, cost.Allocs, cost.Bytes)
	return err
}

// startProfiles begins the profiles that were asked for and returns what ends and writes
// them.
func (s *settings) startProfiles() (stop func() error, err error) {
	stop = func() error { return nil }
	if s.memprofile != "" {
		file, err := os.Create(s.memprofile)
		if err != nil {
			return nil, err
		}
		rate := runtime.MemProfileRate
		runtime.MemProfileRate = 1 // every allocation is recorded, which takes time: CPU figures are void
		stop = func() error {
			runtime.GC() // a profile is as of the last collection
			err := errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
			runtime.MemProfileRate = rate
			return err
		}
	}
	if s.cpuprofile == "" {
		return stop, nil
	}
	file, err := os.Create(s.cpuprofile)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close(), stop())
	}
	memory := stop
	return func() error {
		pprof.StopCPUProfile()
		return errors.Join(file.Close(), memory())
	}, nil
}
