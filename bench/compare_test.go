package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// fake is a contender that tells what it did, and answers what it is told to.
func fake(name string, log *[]string, size int, err error) contender {
	return contender{name: name, open: func(target, int) (client, error) {
		return fakeClient(func([]byte) (int, error) {
			*log = append(*log, name)
			return size, err
		}), nil
	}}
}

type fakeClient exchange

func (f fakeClient) worker(context.Context) (exchange, error) { return exchange(f), nil }
func (f fakeClient) close()                                   {}

func TestOrderTurnsByOne(t *testing.T) {
	var log []string
	cs := []contender{fake("a", &log, 100, nil), fake("b", &log, 100, nil), fake("c", &log, 100, nil)}
	if _, err := compare(t.Context(), cs, target{resource: small}, 1, 3, 5); err != nil {
		t.Fatal(err)
	}
	// Four rounds, the first of which is thrown away but run.
	want := "abc" + "bca" + "cab" + "abc"
	if got := strings.Join(slices.Compact(log), ""); got != want {
		t.Errorf("turns %s instead of %s", got, want)
	}
}

func TestWrongAnswersEndTheRun(t *testing.T) {
	reset := errors.New("reset")
	for _, tc := range []struct {
		size int
		err  error
		want string
	}{
		{99, nil, "liar: a body of 99 bytes instead of 100"},
		{0, nil, "liar: a body of 0 bytes instead of 100"},
		{100, reset, "liar: reset"},
	} {
		var log []string
		_, err := compare(t.Context(), []contender{fake("liar", &log, tc.size, tc.err)}, target{resource: small}, 1, 1, 1000)
		if err == nil || err.Error() != tc.want {
			t.Errorf("error %v instead of %q", err, tc.want)
		}
		if len(log) != 1 {
			t.Errorf("%d exchanges after the first was wrong", len(log)-1)
		}
	}
}

func TestStatistics(t *testing.T) {
	rows := func() []row {
		return []row{
			// The third round was disturbed, for both alike; in the first, only raw was.
			{Name: "raw", Samples: []sample{{CPU: 20}, {CPU: 10}, {CPU: 80}, {CPU: 12}}},
			{Name: "transport", Samples: []sample{{CPU: 24}, {CPU: 15}, {CPU: 120}, {CPU: 18}}},
		}
	}
	for _, tc := range []struct {
		way                   statistic
		raw, transport, ratio float64
	}{
		{minimum, 10, 15, 1.5},
		{median, 16, 21, 1.5},
		{medianFirst, 16, 21, 21.0 / 16},
	} {
		run := &comparison{Statistic: tc.way, Rows: rows()}
		run.conclude()
		raw, tr := run.Rows[0], run.Rows[1]
		if raw.Cost.CPU != tc.raw || tr.Cost.CPU != tc.transport || tr.CPURatio != tc.ratio {
			t.Errorf("%s: %v, %v, ratio %v instead of %v, %v, %v",
				tc.way, raw.Cost.CPU, tr.Cost.CPU, tr.CPURatio, tc.raw, tc.transport, tc.ratio)
		}
	}
}

func TestVerdicts(t *testing.T) {
	run := &comparison{
		Path: small.path, InFlight: 64, Statistic: median,
		Rows: []row{
			{Name: "raw", Samples: []sample{{CPU: 10, Wall: 10}}},
			{Name: "conn", Samples: []sample{{CPU: 12, Wall: 12, Allocs: 5}}},
			{Name: "transport", Samples: []sample{{CPU: 15, Wall: 15, Allocs: 15.1}}},
			{Name: "net/http", Samples: []sample{{CPU: 27, Wall: 30, Allocs: 48}}},
			{Name: "fasthttp", Samples: []sample{{CPU: 12, Wall: 12}}},
		},
	}
	run.conclude()
	want := []string{
		"conn ÷ raw, CPU, 64 in flight: 1.20 (goal ≤ 1.25: met)",
		"fasthttp ÷ conn, CPU, 64 in flight: 1.00 (goal ≥ 1.00: met)",
		"transport ÷ raw, CPU, 64 in flight: 1.50 (goal ≤ 1.55: met)",
		"net/http ÷ transport, CPU, 64 in flight: 1.80 (goal ≥ 1.90: missed)",
		"conn, allocations, 64 in flight: 5.0 (goal ≤ 4: missed)",
		"transport, allocations, 64 in flight: 15.1 (goal ≤ 15: met)",
	}
	if got := verdicts(run); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}

	run = &comparison{
		Path: mebibyte.path, InFlight: 1, Statistic: medianFirst,
		Rows: []row{
			{Name: "raw", Samples: []sample{{CPU: 1, Wall: 95}}},
			{Name: "transport", Samples: []sample{{CPU: 1, Wall: 100}}},
		},
	}
	want = []string{"transport ÷ raw, throughput, 1 in flight: 0.95 (goal ≥ 0.90: met)"}
	if got := verdicts(run); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	run.TLS = true
	if got := verdicts(run); len(got) != 0 {
		t.Errorf("goals for TLS, where there are none: %q", got)
	}
}
