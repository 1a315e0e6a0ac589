// Where the cookies of a jar are, and which of them go when there are too many.
//
// They are found by domain. A domain belongs to a site, which is what one registrant holds, and
// each cookie stands in two queues by use, that of the jar and one of its site: thus whatever
// goes is found at the end of a queue. Nothing here looks at all cookies, but for the sweep
// when one of them has expired.

package cookiejar

import (
	"slices"
	"strings"
	"time"
)

// A store is the cookies of a jar. Its zero value is empty.
type store struct {
	domains map[string]*domain
	sites   map[string]*site
	crowded map[*site]struct{} // those with more than maxSite cookies
	queue   queue
	n       int

	nextExpiry  time.Time // no cookie expires before; zero: none ever does
	lastCreated time.Time
	seq         uint64
}

// A domain has the cookies whose Domain is the same.
type domain struct {
	name   string
	site   *site
	own    []*entry // host-only
	shared []*entry // sent to the hosts below, too
}

// A site has the cookies of a registrable domain.
type site struct {
	name   string
	n      int
	lists  int      // how many lists of its domains have a cookie
	queues [2]queue // those without Secure, and those with it
}

// An entry is a cookie in a store.
type entry struct {
	Cookie
	seq    uint64 // orders cookies that were created at the same time
	domain *domain
	links  [2]link
}

// size returns how much of a Cookie field the cookie takes.
func (e *entry) size() int {
	n := len(e.Name) + len(e.Value)
	if e.Name != "" {
		n++
	}
	return n
}

func (e *entry) siteQueue() *queue {
	if e.Secure {
		return &e.domain.site.queues[1]
	}
	return &e.domain.site.queues[0]
}

// list returns where in its domain a cookie belongs.
func (d *domain) list(hostOnly bool) *[]*entry {
	if hostOnly {
		return &d.own
	}
	return &d.shared
}

func (s *store) len() int { return s.n }

// find returns the cookie that c takes the place of, nil if there is none.
func (s *store) find(c *Cookie) *entry {
	d := s.domains[c.Domain]
	if d == nil {
		return nil
	}
	for _, e := range *d.list(c.HostOnly) {
		if e.Name == c.Name && e.Path == c.Path {
			return e
		}
	}
	return nil
}

// put keeps a cookie that has passed all checks: it takes the place of the one with the same
// name, domain and path, and keeps that one's time of creation (RFC 6265bis 5.7, steps 23 and
// 24). One that has expired only removes.
func (s *store) put(c Cookie, now time.Time) {
	old := s.find(&c)
	switch {
	case c.expired(now):
		if old != nil {
			s.remove(old)
		}
	case old != nil:
		s.replace(old, c)
	default:
		s.seq++
		s.insert(c, s.seq)
	}
}

func (s *store) replace(e *entry, c Cookie) {
	s.unlink(e)
	c.Created, c.Domain = e.Created, e.Domain
	if c.Value == e.Value {
		c.Name, c.Value, c.Path = e.Name, e.Value, e.Path
	} else {
		c.own()
	}
	e.Cookie = c
	s.link(e)
	s.expects(c.Expires)
}

// insert keeps a cookie beside which there is no equal one, and drops what is too much then.
func (s *store) insert(c Cookie, seq uint64) {
	d := s.domainOf(c.Domain)
	c.own()
	c.Domain = d.name
	e := &entry{Cookie: c, seq: seq, domain: d}
	list := d.list(c.HostOnly)
	if *list = append(*list, e); len(*list) == 1 {
		d.site.lists++
	}
	s.link(e)
	s.n++
	if d.site.n++; d.site.n > maxSite {
		if s.crowded == nil {
			s.crowded = make(map[*site]struct{})
		}
		s.crowded[d.site] = struct{}{}
	}
	s.expects(c.Expires)
	for len(*list) > maxDomain {
		s.remove(leastOf(*list))
	}
	for s.n > maxJar {
		s.remove(s.leastOfAll())
	}
}

// own gives the cookie's strings memory of their own, once for all three: they are parts of a
// response's whole head.
func (c *Cookie) own() {
	path := c.Path
	if path == "/" {
		path = ""
	}
	all := strings.Join([]string{c.Name, c.Value, path}, "")
	c.Name, all = all[:len(c.Name)], all[len(c.Name):]
	c.Value, path = all[:len(c.Value)], all[len(c.Value):]
	if c.Path = path; path == "" {
		c.Path = "/"
	}
}

// domainOf returns the domain of that name, a new one if there is none. Its name is a copy.
func (s *store) domainOf(name string) *domain {
	if d := s.domains[name]; d != nil {
		return d
	}
	if s.domains == nil {
		s.domains, s.sites = make(map[string]*domain), make(map[string]*site)
	}
	d := &domain{name: strings.Clone(name)}
	at := siteOf(d.name)
	if d.site = s.sites[at]; d.site == nil {
		d.site = &site{name: at, queues: [2]queue{{which: ofSite}, {which: ofSite}}}
		s.sites[at] = d.site
	}
	s.domains[d.name] = d
	return d
}

func (s *store) remove(e *entry) {
	s.unlink(e)
	d := e.domain
	list := d.list(e.HostOnly)
	i := slices.Index(*list, e)
	if *list = slices.Delete(*list, i, i+1); len(*list) == 0 {
		d.site.lists--
	}
	s.n--
	if d.site.n--; d.site.n <= maxSite {
		delete(s.crowded, d.site)
	}
	if len(d.own)+len(d.shared) == 0 {
		delete(s.domains, d.name)
	}
	if d.site.n == 0 {
		delete(s.sites, d.site.name)
	}
}

// use notes that a cookie has been sent.
func (s *store) use(e *entry, now time.Time) {
	s.unlink(e)
	e.LastUsed = now
	s.link(e)
}

func (s *store) link(e *entry) {
	s.queue.add(e)
	e.siteQueue().add(e)
}

func (s *store) unlink(e *entry) {
	s.queue.remove(e)
	e.siteQueue().remove(e)
}

// expects notes when a cookie will expire.
func (s *store) expects(expires time.Time) {
	if !expires.IsZero() && (s.nextExpiry.IsZero() || expires.Before(s.nextExpiry)) {
		s.nextExpiry = expires
	}
}

// sweep removes what has expired. It looks at the cookies only if one may have.
func (s *store) sweep(now time.Time) {
	if s.nextExpiry.IsZero() || now.Before(s.nextExpiry) {
		return
	}
	s.nextExpiry = time.Time{}
	for e := s.queue.oldest; e != nil; {
		next := e.links[ofJar].newer
		if e.expired(now) {
			s.remove(e)
		} else {
			s.expects(e.Expires)
		}
		e = next
	}
}

// leastOf returns the cookie that goes first of those of a domain: one without Secure if there
// is one, and of these the one whose last use is longest ago.
func leastOf(list []*entry) *entry {
	return slices.MinFunc(list, func(a, b *entry) int {
		switch {
		case a.Secure == b.Secure:
			return byUse(a, b)
		case b.Secure:
			return -1
		}
		return 1
	})
}

// leastOfAll returns the cookie that goes first when the jar is full. If there are crowded
// sites, it is one of that which has most, so that a site cannot drive out what others have,
// and else the one whose last use is longest ago (RFC 6265bis 5.7, at its end).
func (s *store) leastOfAll() *entry {
	var most *site
	for at := range s.crowded {
		if most == nil || at.n > most.n || at.n == most.n && at.name < most.name {
			most = at
		}
	}
	if most == nil {
		return s.queue.oldest
	}
	return most.least()
}

// least returns the cookie of a crowded site that goes first, as in leastOf. Hosts and domains
// that have less than their share are spared, as one host can set cookies for all domains above
// it.
func (s *site) least() *entry {
	for i := range s.queues {
		for e := s.queues[i].oldest; e != nil; e = e.links[ofSite].newer {
			if len(*e.domain.list(e.HostOnly))*s.lists >= s.n {
				return e
			}
		}
	}
	return nil // cannot be: they cannot all be below the average
}

func byUse(a, b *entry) int {
	if c := a.LastUsed.Compare(b.LastUsed); c != 0 {
		return c
	}
	return age(a, b)
}

// coversSecure reports whether c, which comes without Secure over an insecure connection, would
// get before a Secure cookie, or into its place (RFC 6265bis 5.7, step 16). Domains match only
// within a site: what a public suffix has is for itself alone.
func (s *store) coversSecure(c *Cookie) bool {
	at := s.sites[s.siteName(c.Domain)]
	if at == nil {
		return false
	}
	for e := at.queues[1].oldest; e != nil; e = e.links[ofSite].newer {
		if e.Name == c.Name && pathMatch(c.Path, e.Path) &&
			(e.Domain == c.Domain || isBelow(e.Domain, c.Domain) || isBelow(c.Domain, e.Domain)) {
			return true
		}
	}
	return false
}

func (s *store) siteName(name string) string {
	if d := s.domains[name]; d != nil {
		return d.site.name
	}
	return siteOf(name)
}

// maxAhead bounds how far createdAt is ahead of the clock, in a jar whose clock is a coarse one.
const maxAhead = time.Millisecond

// createdAt returns the time for a cookie that is created now: a little later than that of the
// one before, so that files, too, tell the order.
func (s *store) createdAt(now time.Time) time.Time {
	if ahead := s.lastCreated.Sub(now); 0 <= ahead && ahead < maxAhead-1 {
		now = s.lastCreated.Add(1)
	}
	s.lastCreated = now
	return now
}
