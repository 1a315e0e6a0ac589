package godwit

import (
	"fmt"
	"testing"
	"time"
)

// Ten at once; then a fifth of the calls, or ten a second, whichever is more.
func TestBudget(t *testing.T) {
	var b budgets
	now := time.Unix(0, 0)
	spend := func() (n int) {
		for b.spend("o", now) {
			n++
		}
		return n
	}
	if n := spend(); n != 10 {
		t.Errorf("to begin with: %d", n)
	}
	for range 100 {
		b.earn("o", now)
	}
	if n := spend(); n < 19 || n > 20 { // a fifth is no fraction of two
		t.Errorf("of 100 calls: %d", n)
	}
	now = now.Add(500 * time.Millisecond)
	if n := spend(); n != 5 {
		t.Errorf("after half a second: %d", n)
	}
	now = now.Add(time.Hour)
	if n := spend(); n != 10 {
		t.Errorf("after an hour: %d", n)
	}
	for range 100_000 {
		b.earn("o", now)
	}
	if n := spend(); n != 100 {
		t.Errorf("of a day: %d", n)
	}
	if !b.spend("other", now) {
		t.Error("one origin spends another's")
	}
}

// A crawler does not fill the memory with the budgets of the origins that it met.
func TestBudgetsAreBounded(t *testing.T) {
	var b budgets
	now := time.Unix(0, 0)
	for i := range 10_000 {
		now = now.Add(time.Second)
		b.earn(fmt.Sprint(i), now)
	}
	if n := len(b.all); n > budgetCount {
		t.Errorf("%d", n)
	}
	for i := range 10_000 { // all at the same time
		b.earn(fmt.Sprint("x", i), now)
	}
	if n := len(b.all); n > budgetCount {
		t.Errorf("%d at once", n)
	}
}
