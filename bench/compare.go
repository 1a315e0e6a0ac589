// Contenders side by side: rounds, in each of which everyone has a turn, and what is made of
// them.
package main

import (
	"context"
	"fmt"
	"slices"
)

// A statistic is the way in which many rounds become one figure.
type statistic string

const (
	// With one in flight the client sleeps while the server works, and the other way
	// round. Whether the CPU that is to wake up had gone to sleep too costs as much as the
	// request itself, and a shared machine is now in one mode, now in the other. The
	// minimum over many short rounds finds the same mode for everybody.
	minimum statistic = "minimum of the rounds"
	// With many in flight no CPU sleeps. The rounds are alike but for neighbours on the
	// machine, who disturb a whole round: the ratio is taken within each round, and the
	// median of the ratios is what remains when the disturbed ones are left out.
	median statistic = "median of the rounds, median of the ratios by round"
	// For throughput: medians first, then their ratio.
	medianFirst statistic = "median of the rounds, ratio of the medians"
)

// A comparison is one run: some contenders, one target, one number of requests in flight.
type comparison struct {
	Path        string
	TLS         bool
	HTTP2       bool    `json:",omitempty"`
	Renewal     renewal `json:",omitempty"`
	InFlight    int
	Rounds, Per int
	Statistic   statistic
	Rows        []row
	size        int // of a body
}

// A row is what one contender did.
type row struct {
	Name      string
	Cost      sample  // one request
	WallRatio float64 `json:",omitempty"` // to the base; 0: that did not take part
	CPURatio  float64 `json:",omitempty"`
	Samples   []sample
}

// compare lets every contender do per requests in each round, and turns the order by one
// from round to round, so that no one always comes after the same neighbour. The first
// round is thrown away.
func compare(ctx context.Context, cs []contender, t target, inflight, rounds, per int) (*comparison, error) {
	run := &comparison{
		Path: t.path, TLS: t.roots != nil, HTTP2: t.http2, Renewal: t.renewal, InFlight: inflight, Rounds: rounds, Per: per,
		Statistic: median, size: t.size,
	}
	switch {
	case t.resource == mebibyte:
		run.Statistic = medianFirst
	case inflight == 1:
		run.Statistic = minimum
	}
	crews, dismiss, err := newCrews(ctx, cs, t, inflight)
	if err != nil {
		return nil, err
	}
	defer dismiss()
	for _, c := range cs {
		run.Rows = append(run.Rows, row{Name: c.name})
	}
	for round := range rounds + 1 {
		for i := range cs {
			turn := (round + i) % len(cs)
			s, err := take(crews[turn], per)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", cs[turn].name, err)
			}
			if round > 0 {
				run.Rows[turn].Samples = append(run.Rows[turn].Samples, s)
			}
		}
	}
	run.conclude()
	return run, nil
}

// newCrews makes a crew for each contender. They share their buffers: many large ones would
// make collections rare, and everyone's garbage cheap.
func newCrews(ctx context.Context, cs []contender, t target, inflight int) (crews []*crew, dismiss func(), err error) {
	size := 4 << 10
	if t.resource == mebibyte {
		size = 64 << 10
	}
	bufs := make([][]byte, inflight)
	for i := range bufs {
		bufs[i] = make([]byte, size)
	}
	dismiss = func() {
		for _, w := range crews {
			w.dismiss()
		}
	}
	for _, c := range cs {
		w, err := newCrew(ctx, c, t, bufs)
		if err != nil {
			dismiss()
			return nil, nil, err
		}
		crews = append(crews, w)
	}
	return crews, dismiss, nil
}

// conclude makes the figures of the samples.
func (run *comparison) conclude() {
	base := run.row(run.base())
	for i := range run.Rows {
		r := &run.Rows[i]
		r.Cost = sample{
			Wall: run.figure(r, wall), CPU: run.figure(r, cpu),
			Allocs: middle(column(r, allocs)), Bytes: middle(column(r, bytesOf)),
		}
		if base != nil {
			r.WallRatio, r.CPURatio = run.ratio(r, base, wall), run.ratio(r, base, cpu)
		}
	}
}

// base is by whom the others are divided.
func (run *comparison) base() string {
	if run.HTTP2 {
		return "net/http"
	}
	return "raw"
}

// row finds a contender by name, nil if it did not take part.
func (run *comparison) row(name string) *row {
	i := slices.IndexFunc(run.Rows, func(r row) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &run.Rows[i]
}

// figure makes one figure of a contender's rounds.
func (run *comparison) figure(r *row, of func(sample) float64) float64 {
	if run.Statistic == minimum {
		return slices.Min(column(r, of))
	}
	return middle(column(r, of))
}

// ratio divides a by b in the way of the run's statistic.
func (run *comparison) ratio(a, b *row, of func(sample) float64) float64 {
	if run.Statistic != median {
		return run.figure(a, of) / run.figure(b, of)
	}
	over := column(b, of)
	byRound := column(a, of)
	for i := range byRound {
		byRound[i] /= over[i]
	}
	return middle(byRound)
}

func wall(s sample) float64    { return s.Wall }
func cpu(s sample) float64     { return s.CPU }
func allocs(s sample) float64  { return s.Allocs }
func bytesOf(s sample) float64 { return s.Bytes }

// column is one figure of every round.
func column(r *row, of func(sample) float64) []float64 {
	xs := make([]float64, len(r.Samples))
	for i, s := range r.Samples {
		xs[i] = of(s)
	}
	return xs
}

// middle is the median.
func middle(xs []float64) float64 {
	xs = slices.Sorted(slices.Values(xs))
	n := len(xs)
	return (xs[(n-1)/2] + xs[n/2]) / 2
}
