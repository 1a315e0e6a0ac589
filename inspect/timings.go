package inspect

// What the phases of an exchange are in the format's words.

import (
	"math"
	"time"

	"example.com/godwit/trace"
)

// timingsOf returns the timings of phases that happened so. What has not ended lasts until now. The
// format wants ssl to be in connect as well, and numbers for send, wait and receive.
func timingsOf(spans []span, now time.Time) (t timings, total milliseconds) {
	var took [trace.NumPhases]time.Duration
	var happened [trace.NumPhases]bool
	for _, s := range spans {
		end := s.end
		if end.IsZero() {
			end = now
		}
		if int(s.phase) < len(took) {
			took[s.phase] += end.Sub(s.start)
			happened[s.phase] = true
		}
	}
	of := func(p trace.Phase) milliseconds {
		if !happened[p] {
			return -1
		}
		return inMilliseconds(took[p])
	}
	t = timings{
		Blocked: of(trace.Blocked), DNS: of(trace.DNS), SSL: of(trace.TLS), Connect: -1,
		Send: max(0, of(trace.Send)), Wait: max(0, of(trace.Wait)), Receive: max(0, of(trace.Receive)),
	}
	if happened[trace.Connect] || happened[trace.TLS] {
		t.Connect = inMilliseconds(took[trace.Connect] + took[trace.TLS])
	}
	var sum time.Duration
	for _, d := range took {
		sum += d
	}
	return t, inMilliseconds(sum)
}

// inMilliseconds returns a duration with three digits after the point.
func inMilliseconds(d time.Duration) milliseconds {
	return milliseconds(math.Round(float64(d)/float64(time.Microsecond)) / 1000)
}
