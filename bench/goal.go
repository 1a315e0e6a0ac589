// The goals: what Godwit set out to reach, and whether this run did.
package main

import "fmt"

// A goal bounds one ratio of one kind of run. It is printed, never enforced: a figure of a
// shared machine is a fact about the machine too.
type goal struct {
	path     string
	inflight int
	tls      bool
	http2    bool
	renewal  renewal
	name     string // is divided
	by       string // by this one
	what     string // "CPU" or "throughput"
	least    bool   // the bound is the least, not the most
	bound    float64
}

var goals = []goal{
	{path: small.path, inflight: 1, name: "conn", by: "raw", what: "CPU", bound: 1.15},
	{path: small.path, inflight: 1, name: "fasthttp", by: "conn", what: "CPU", least: true, bound: 1.0},
	{path: small.path, inflight: 1, name: "transport", by: "raw", what: "CPU", bound: 1.35},
	{path: small.path, inflight: 1, name: "godwit", by: "raw", what: "CPU", bound: 1.55},
	{path: small.path, inflight: 1, name: "net/http", by: "transport", what: "CPU", least: true, bound: 2.0},
	{path: small.path, inflight: 64, name: "conn", by: "raw", what: "CPU", bound: 1.25},
	{path: small.path, inflight: 64, name: "fasthttp", by: "conn", what: "CPU", least: true, bound: 1.0},
	{path: small.path, inflight: 64, name: "transport", by: "raw", what: "CPU", bound: 1.55},
	{path: small.path, inflight: 64, name: "godwit", by: "raw", what: "CPU", bound: 1.85},
	{path: small.path, inflight: 64, name: "net/http", by: "transport", what: "CPU", least: true, bound: 1.9},
	{path: small.path, inflight: 1, tls: true, name: "transport", by: "raw", what: "CPU", bound: 1.30},
	{path: small.path, inflight: 1, tls: true, name: "fasthttp", by: "transport", what: "CPU", least: true, bound: 1.0},
	{path: small.path, inflight: 1, tls: true, renewal: full, name: "transport", by: "raw", what: "CPU", bound: 1.05},
	{path: small.path, inflight: 1, tls: true, renewal: resumed, name: "transport", by: "raw", what: "CPU", bound: 1.05},
	{path: small.path, inflight: 64, tls: true, http2: true, name: "net/http", by: "transport", what: "CPU", least: true, bound: 1.0},
	{path: mebibyte.path, inflight: 1, name: "transport", by: "raw", what: "throughput", least: true, bound: 0.9},
	{path: mebibyte.path, inflight: 1, name: "godwit", by: "raw", what: "throughput", least: true, bound: 0.9},
}

// allocGoals bound the allocations of one small request, at any number in flight.
var allocGoals = map[string]float64{"conn": 4, "transport": 15, "godwit": 25}

// verdict says in a line how a run stands to g, "" if g is not about it.
func (g goal) verdict(run *comparison) string {
	a, b := run.row(g.name), run.row(g.by)
	if run.TLS != g.tls || run.HTTP2 != g.http2 || run.Renewal != g.renewal || run.Path != g.path || run.InFlight != g.inflight || a == nil || b == nil {
		return ""
	}
	ratio, sign := run.ratio(a, b, cpu), "≤"
	if g.what == "throughput" {
		// Bytes a second go by the inverse of the time.
		ratio = 1 / run.ratio(a, b, wall)
	}
	met := ratio <= g.bound
	if g.least {
		sign, met = "≥", ratio >= g.bound
	}
	over := ""
	switch {
	case g.http2:
		over = ", HTTP/2"
	case g.tls:
		over = ", TLS"
	}
	return fmt.Sprintf("%s ÷ %s, %s%s, %d in flight: %.2f (goal %s %.2f: %s)",
		g.name, g.by, g.what, over, g.inflight, ratio, sign, g.bound, metOrMissed(met))
}

// verdicts are those of all goals that a run is about.
func verdicts(run *comparison) []string {
	var lines []string
	for _, g := range goals {
		if line := g.verdict(run); line != "" {
			lines = append(lines, line)
		}
	}
	if run.TLS || run.Renewal != kept || run.Path != small.path {
		return lines
	}
	for _, r := range run.Rows {
		if bound, ok := allocGoals[r.Name]; ok {
			lines = append(lines, fmt.Sprintf("%s, allocations, %d in flight: %.1f (goal ≤ %.0f: %s)",
				r.Name, run.InFlight, r.Cost.Allocs, bound, metOrMissed(r.Cost.Allocs <= bound+slack)))
		}
	}
	return lines
}

// slack is what the runtime allocates for itself in a round, divided by the requests.
const slack = 0.2

func metOrMissed(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}
