// Looking into a jar, and changing it by hand.

package cookiejar

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// All returns the cookies that have not expired, as they are when the loop begins: by domain,
// and of a domain in the order in which they are sent.
func (j *Jar) All() iter.Seq[Cookie] {
	return func(yield func(Cookie) bool) {
		for _, c := range j.snapshot(sendOrderByDomain) {
			if !yield(c.Cookie) {
				return
			}
		}
	}
}

// snapshot returns copies of all entries in an order.
func (j *Jar) snapshot(order func(a, b *entry) int) []*entry {
	j.mu.Lock()
	j.sweep(timeNow())
	copies := make([]entry, 0, j.n)
	for e := j.queue.oldest; e != nil; e = e.links[ofJar].newer {
		copies = append(copies, entry{Cookie: e.Cookie, seq: e.seq})
	}
	j.mu.Unlock()

	list := make([]*entry, len(copies))
	for i := range copies {
		list[i] = &copies[i]
	}
	slices.SortFunc(list, order)
	return list
}

func sendOrderByDomain(a, b *entry) int {
	return cmp.Or(cmp.Compare(a.Domain, b.Domain), sendOrder(a, b))
}

// Len returns how many cookies there are that have not expired.
func (j *Jar) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sweep(timeNow())
	return j.n
}

// Set keeps a cookie as if a response had set it, or returns an [*Error]. It takes the place of
// the one with the same name, domain, HostOnly and path; one that has expired removes that.
//
// The domain may have capitals, international labels and a dot at its end. An empty path is
// "/". Expires is brought down to 400 days from now. Created is that of the cookie that is
// replaced, or now if it is zero or in the future; so is LastUsed.
func (j *Jar) Set(c Cookie) error {
	now := timeNow()
	if rule := c.prepare(now); rule != "" {
		return &Error{c.Name, rule}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sweep(now)
	j.set(c, now)
	return nil
}

// prepare checks a cookie that comes from a program or a file, and brings it into its form.
func (c *Cookie) prepare(now time.Time) (broken Rule) {
	c.Path = cmp.Or(c.Path, "/")
	if c.SameSite == 1 { // http.SameSiteDefaultMode: net/http's word for what it does not know
		c.SameSite = 0
	}
	if broken = cmp.Or(c.checkContent(), c.checkDomain()); broken != "" {
		return broken
	}
	if !c.Expires.IsZero() {
		c.Expires = clamp(c.Expires, now)
	}
	c.Created, c.LastUsed = past(c.Created, now), past(c.LastUsed, now)
	return ""
}

// past returns a time that is not in the future, but for what createdAt adds, nor before
// cookies were; zero stays zero.
func past(t, now time.Time) time.Time {
	switch t = t.Round(0).UTC(); {
	case t.IsZero():
		return t
	case t.Year() < 1970: // a year that no file could have
		return time.Unix(0, 0).UTC()
	case t.Sub(now) >= maxAhead:
		return now
	}
	return t
}

// set puts a prepared cookie into the store.
func (s *store) set(c Cookie, now time.Time) {
	if c.LastUsed.IsZero() {
		c.LastUsed = now
	}
	if c.Created.IsZero() {
		c.Created = s.createdAt(now)
	}
	s.put(c, now)
}

// Delete removes the cookies with that domain, path and name, host-only or not, and reports
// whether there was one.
func (j *Jar) Delete(domain, path, name string) bool {
	h, _ := canonical(domain)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sweep(timeNow())
	found := false
	for _, hostOnly := range []bool{true, false} {
		if e := j.find(&Cookie{Domain: h.name, Path: path, Name: name, HostOnly: hostOnly}); e != nil {
			j.remove(e)
			found = true
		}
	}
	return found
}

// Clear removes all cookies.
func (j *Jar) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.store = store{}
}

// EndSession removes the cookies that end with the session: those without Expires.
func (j *Jar) EndSession() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for e := j.queue.oldest; e != nil; {
		next := e.links[ofJar].newer
		if e.Expires.IsZero() {
			j.remove(e)
		}
		e = next
	}
}
