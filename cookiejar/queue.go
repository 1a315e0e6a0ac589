// A queue of cookies by their last use, linked through the cookies themselves.

package cookiejar

// The queues that a cookie is in.
const (
	ofJar = iota
	ofSite
)

// A link is a cookie's place in a queue.
type link struct{ older, newer *entry }

// A queue holds cookies with the one whose last use is longest ago first.
type queue struct {
	which          int // which of a cookie's links is the queue's
	oldest, newest *entry
}

// add finds a cookie's place. One that is used now stands last: there is nothing to look for
// unless the clock was put back, or the cookie comes from a file.
func (q *queue) add(e *entry) {
	older := q.newest
	for older != nil && older.LastUsed.After(e.LastUsed) {
		older = older.links[q.which].older
	}
	l := &e.links[q.which]
	l.older = older
	if older == nil {
		l.newer, q.oldest = q.oldest, e
	} else {
		l.newer = older.links[q.which].newer
		older.links[q.which].newer = e
	}
	if l.newer == nil {
		q.newest = e
	} else {
		l.newer.links[q.which].older = e
	}
}

func (q *queue) remove(e *entry) {
	l := &e.links[q.which]
	if l.older == nil {
		q.oldest = l.newer
	} else {
		l.older.links[q.which].newer = l.newer
	}
	if l.newer == nil {
		q.newest = l.older
	} else {
		l.newer.links[q.which].older = l.older
	}
	*l = link{}
}
