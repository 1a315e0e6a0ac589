package curl

import (
	"testing"
	"time"
)

// The body waits for the rate, and not for longer.
func TestLimitRate(t *testing.T) {
	w := newWire(t)
	began := time.Now()
	if got := runIn(t, world{}, "-s", "--limit-rate", "50", w.URL()+"/norange"); got.code != 0 || got.out != "0123456789" {
		t.Errorf("%+v", got)
	}
	if took := time.Since(began); took < 150*time.Millisecond || took > 10*time.Second {
		t.Errorf("ten bytes at 50 a second took %v", took)
	}
}
