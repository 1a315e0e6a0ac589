// The budget of trying again: what a session spends on an origin beside its calls.

package godwit

import (
	"sync"
	"time"
)

// The figures are those of Finagle's and Linkerd's retry budgets: a fifth of the calls, and
// ten a second for those who make few.
const (
	budgetShare  = 0.2
	budgetPerSec = 10
	budgetMost   = 100  // what can be saved
	budgetCount  = 1024 // origins; a crawler meets more of them than it will meet again
)

// budgets has one for each origin. The zero value is ready.
type budgets struct {
	mu  sync.Mutex // guards the following
	all map[string]*budget
}

// A budget is how often requests may be sent again just now.
type budget struct {
	balance float64
	at      time.Time // when it was looked at last
}

// earn is called by each call that may try again.
func (b *budgets) earn(origin string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.of(origin, now)
	x.balance = min(x.balance+budgetShare, budgetMost)
}

// spend reports whether a request may be sent again, and counts it if so.
func (b *budgets) spend(origin string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.of(origin, now)
	if x.balance < 1 {
		return false
	}
	x.balance--
	return true
}

// of returns the budget of an origin as of now. b.mu is held.
func (b *budgets) of(origin string, now time.Time) *budget {
	x := b.all[origin]
	if x == nil {
		if b.all == nil {
			b.all = make(map[string]*budget)
		}
		if len(b.all) >= budgetCount {
			b.forget()
		}
		x = &budget{balance: budgetPerSec, at: now}
		b.all[origin] = x
		return x
	}
	if passed := now.Sub(x.at); passed > 0 {
		// What time brings is not saved up beyond a second's worth.
		if x.balance < budgetPerSec {
			x.balance = min(x.balance+passed.Seconds()*budgetPerSec, budgetPerSec)
		}
		x.at = now
	}
	return x
}

// forget makes room: the half of the origins that has been idle for the longest time goes.
// b.mu is held.
func (b *budgets) forget() {
	var oldest, newest time.Time
	for _, x := range b.all {
		if oldest.IsZero() || x.at.Before(oldest) {
			oldest = x.at
		}
		if x.at.After(newest) {
			newest = x.at
		}
	}
	middle := oldest.Add(newest.Sub(oldest) / 2)
	for origin, x := range b.all {
		if !x.at.After(middle) {
			delete(b.all, origin)
		}
	}
}
