package inspect

import (
	"testing"
	"time"

	"example.com/godwit/trace"
)

// Phases in the format's words: ssl is part of connect, and what did not occur is -1 where that may
// be said.
func TestTimings(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(0, 0).Add(time.Duration(ms) * time.Millisecond) }
	for _, c := range []struct {
		name  string
		spans []span
		want  timings
		total milliseconds
	}{
		{"nothing", nil, timings{-1, -1, -1, -1, 0, 0, 0}, 0},
		{"reused", []span{
			{trace.Send, at(0), at(1)}, {trace.Wait, at(1), at(5)}, {trace.Receive, at(5), at(6)},
		}, timings{-1, -1, -1, -1, 1, 4, 1}, 6},
		{"all", []span{
			{trace.Blocked, at(0), at(1)},
			{trace.DNS, at(1), at(3)},
			{trace.Connect, at(3), at(6)},
			{trace.TLS, at(6), at(10)},
			{trace.Send, at(10), at(15)},
			{trace.Wait, at(15), at(21)},
			{trace.Receive, at(21), at(28)},
		}, timings{1, 2, 7, 4, 5, 6, 7}, 28},
		{"TLS twice, with a proxy", []span{
			{trace.Connect, at(0), at(1)}, {trace.TLS, at(1), at(2)}, {trace.Connect, at(2), at(3)}, {trace.TLS, at(3), at(5)},
		}, timings{-1, -1, 5, 3, 0, 0, 0}, 5},
		{"under way", []span{{trace.DNS, at(0), time.Time{}}}, timings{-1, 100, -1, -1, 0, 0, 0}, 100},
		{"instant", []span{{trace.DNS, at(0), at(0)}}, timings{-1, 0, -1, -1, 0, 0, 0}, 0},
		{"unknown", []span{{trace.NumPhases, at(0), at(1)}}, timings{-1, -1, -1, -1, 0, 0, 0}, 0},
	} {
		got, total := timingsOf(c.spans, at(100))
		if got != c.want || total != c.total {
			t.Errorf("%s: %+v, %v in all; want %+v, %v", c.name, got, total, c.want, c.total)
		}
	}
	if got := inMilliseconds(1234567 * time.Nanosecond); got != 1.235 {
		t.Errorf("%v", got)
	}
}
