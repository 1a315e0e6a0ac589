package cli

import (
	"bytes"
	"testing"

	"example.com/godwit/trace"
)

func TestRecorder(t *testing.T) {
	var warned []trace.Warning
	r := &recorder{bodies: true, hops: true, warn: func(w trace.Warning) { warned = append(warned, w) }}
	p := []byte("sent")
	for _, ev := range []trace.Event{
		trace.Warning{Origin: "https://h:443", Text: "beware"},
		trace.RequestHead{Exchange: 1, Method: "POST"},
		trace.Data{Exchange: 1, Up: true, P: p},
		trace.RequestHead{Exchange: 2, Method: "GET"},
		trace.ResponseHead{Exchange: 1, Status: 103},
		trace.ResponseHead{Exchange: 1, Status: 302},
		trace.Data{Exchange: 1, P: []byte("elsewhere")},
		trace.ResponseHead{Exchange: 2, Status: 200},
		trace.Data{Exchange: 2, P: []byte("the answer itself is not held")},
		trace.Done{Exchange: 2},
		trace.ResponseHead{Exchange: 99, Status: 500},
	} {
		r.Trace(t.Context(), ev)
	}
	copy(p, "gone") // as Data says: P must not be kept

	all := r.exchanges()
	if len(all) != 2 || len(warned) != 1 {
		t.Fatalf("%d exchanges, %d warnings", len(all), len(warned))
	}
	a, b := all[0], all[1]
	if string(a.sent) != "sent" || string(a.received) != "elsewhere" || len(a.interim) != 1 || a.response.Status != 302 || a.done != nil {
		t.Errorf("the first: %+v", a)
	}
	if b.sent != nil || b.received != nil || b.response.Status != 200 || b.done == nil {
		t.Errorf("the second: %+v", b)
	}
}

func TestRecorderBounds(t *testing.T) {
	r := &recorder{bodies: true, hops: true}
	r.Trace(t.Context(), trace.RequestHead{Exchange: 1})
	r.Trace(t.Context(), trace.ResponseHead{Exchange: 1, Status: 301})
	piece := bytes.Repeat([]byte("x"), 1<<20)
	for range maxSent>>20 + 1 {
		r.Trace(t.Context(), trace.Data{Exchange: 1, Up: true, P: piece})
		r.Trace(t.Context(), trace.Data{Exchange: 1, P: piece})
	}
	x := r.exchanges()[0]
	if len(x.sent) != maxSent || !x.cut || len(x.received) != maxReceived {
		t.Errorf("%d bytes sent (cut: %v), %d received", len(x.sent), x.cut, len(x.received))
	}
}

// Without a wish for bodies none is held.
func TestRecorderHoldsNothing(t *testing.T) {
	r := &recorder{}
	r.Trace(t.Context(), trace.RequestHead{Exchange: 1})
	r.Trace(t.Context(), trace.ResponseHead{Exchange: 1, Status: 301})
	r.Trace(t.Context(), trace.Data{Exchange: 1, Up: true, P: []byte("x")})
	r.Trace(t.Context(), trace.Data{Exchange: 1, P: []byte("x")})
	if x := r.exchanges()[0]; x.sent != nil || x.received != nil {
		t.Errorf("%+v", x)
	}
}

// A warning need not be about an origin: one about a netrc is not.
func TestWarningLine(t *testing.T) {
	for want, w := range map[string]trace.Warning{
		"warning: https://h:443: beware": {Origin: "https://h:443", Text: "beware"},
		"warning: beware":                {Text: "beware"},
	} {
		if got := warningLine(w); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
