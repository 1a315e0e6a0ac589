package trace

import (
	"testing"
	"time"
)

func TestPhaseWords(t *testing.T) {
	want := []struct{ name, setting string }{
		{"blocked", "Limits.Blocked"},
		{"dns", "Limits.DNS"},
		{"connect", "Limits.Connect"},
		{"tls", "Limits.TLS"},
		{"send", "Limits.Send"},
		{"wait", "Limits.Wait"},
		{"receive", "Limits.Receive"},
	}
	if len(want) != NumPhases {
		t.Fatalf("%d phases, %d in the test", NumPhases, len(want))
	}
	for p, w := range want {
		if got := Phase(p).String(); got != w.name {
			t.Errorf("phase %d is %q, want %q", p, got, w.name)
		}
		if got := Phase(p).Setting(); got != w.setting {
			t.Errorf("phase %d is set by %q, want %q", p, got, w.setting)
		}
	}
	if Phase(NumPhases).String() != "unknown" || Phase(NumPhases).Setting() != "" {
		t.Error("a phase that there is not has a name or a setting")
	}
}

// Each phase must reach its own field of Limits and of Timings, and no other.
func TestPhaseFields(t *testing.T) {
	for p := range Phase(NumPhases) {
		var limits Limits
		*limits.field(p) = time.Minute
		var timings Timings
		timings.Add(p, time.Second)
		timings.Add(p, time.Second)
		for q := range Phase(NumPhases) {
			set, want := limits.Of(q) == time.Minute, p == q
			if q == Wait || q == Receive {
				set = *limits.field(q) != 0 // their default is a minute
			}
			if set != want {
				t.Errorf("Limits of %v: %v is set: %v", p, q, set)
			}
			if got := timings.Of(q) == 2*time.Second; got != want {
				t.Errorf("Timings of %v: %v is set: %v", p, q, got)
			}
		}
		if timings.Total() != 2*time.Second {
			t.Errorf("Total leaves %v out", p)
		}
	}
}

func TestLimits(t *testing.T) {
	defaults := [NumPhases]time.Duration{
		30 * time.Second, 10 * time.Second, 10 * time.Second, 10 * time.Second,
		30 * time.Second, 60 * time.Second, 60 * time.Second,
	}
	for p := range Phase(NumPhases) {
		var l Limits
		if got := l.Of(p); got != defaults[p] {
			t.Errorf("%v: default %v, want %v", p, got, defaults[p])
		}
		*l.field(p) = -1
		if got := l.Of(p); got != 0 {
			t.Errorf("%v: a negative limit is %v, want none", p, got)
		}
		outer := Limits{}
		*outer.field(p) = 7 * time.Second
		if got := (Limits{}).Or(outer); got.Of(p) != 7*time.Second {
			t.Errorf("%v: the outer level's limit is lost: %v", p, got.Of(p))
		}
		if got := l.Or(outer); got.Of(p) != 0 {
			t.Errorf("%v: the outer level's limit beats the inner: %v", p, got.Of(p))
		}
	}
}
