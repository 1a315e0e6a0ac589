package cli

// What --retry does is said while it waits: a pause of minutes in silence looks like a hang.

import (
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"example.com/godwit/trace"
)

// repetitions returns a function that notes each repetition of one call, of which there are at most
// so many. What the library sends again for other reasons, to give credentials or because an idle
// connection was closed, is no repetition.
func repetitions(w io.Writer, most int) func(trace.Attempt) {
	var n atomic.Int64
	return func(a trace.Attempt) {
		if a.Kind == "challenge" || a.Kind == "resend" {
			return
		}
		note(w, "again %s: %s (%d of %d)", in(a.Wait), a.Kind, n.Add(1), most)
	}
}

// in returns "in 3 s" for a pause, "at once" for one that nobody notices.
func in(d time.Duration) string {
	switch d = d.Round(100 * time.Millisecond); {
	case d == 0:
		return "at once"
	case d >= 10*time.Second:
		d = d.Round(time.Second)
	}
	return "in " + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}
