// What a DNS server has said, for as long as it holds.

package godwit

import (
	lists "container/list"
	"sync"
	"time"

	"example.com/godwit/internal/dns"
)

// A question is what a server is asked.
type question struct {
	name string // without a dot at its end
	typ  dns.Type
}

// answers keeps what has been said; those not used for the longest time go first.
type answers struct {
	mu    sync.Mutex // guards the following
	all   map[question]*lists.Element
	byUse lists.List // of *kept
}

type kept struct {
	question question
	answer   dns.Answer
	until    time.Time
}

// Bounds of what is kept. Servers say how long an answer holds; some say years.
const (
	mostAnswers   = 1024
	longestFound  = time.Hour
	longestAbsent = 5 * time.Minute // RFC 2308 5: "one to three hours" is the most; a name that has just been made is wanted sooner
)

// find returns what has been said, with the time that is left of it.
func (a *answers) find(q question, now time.Time) (dns.Answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.all[q]
	if e == nil {
		return dns.Answer{}, false
	}
	k := e.Value.(*kept)
	if !now.Before(k.until) {
		a.drop(e)
		return dns.Answer{}, false
	}
	a.byUse.MoveToFront(e)
	out := k.answer
	out.TTL = k.until.Sub(now)
	return out, true
}

// keep notes what has been said.
func (a *answers) keep(q question, answer dns.Answer, now time.Time) {
	longest := longestFound
	if len(answer.Addrs)+len(answer.HTTPS) == 0 {
		longest = longestAbsent
	}
	ttl := min(answer.TTL, longest)
	if ttl <= 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.all[q]; e != nil {
		a.drop(e)
	}
	if a.byUse.Len() == mostAnswers {
		a.drop(a.byUse.Back())
	}
	if a.all == nil {
		a.all = make(map[question]*lists.Element)
	}
	a.all[q] = a.byUse.PushFront(&kept{q, answer, now.Add(ttl)})
}

// drop takes one out. a.mu is held.
func (a *answers) drop(e *lists.Element) {
	delete(a.all, a.byUse.Remove(e).(*kept).question)
}
