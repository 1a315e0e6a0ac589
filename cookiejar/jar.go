// The jar: what comes in with a response, what goes out with a request.

package cookiejar

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	maxLines  = 100  // Set-Cookie fields of a response that count; CVE-2025-58186
	maxDomain = 50   // cookies of a host, and cookies for a Domain; RFC 6265bis 6.1
	maxSite   = 50   // cookies of a site above which it pays when the jar is full
	maxJar    = 3000 // cookies in all; RFC 6265bis 6.1
	maxHeader = 8190 // octets of a Cookie field: curl's bound, and that of Apache's field lines
)

// A Jar keeps cookies. The zero value is an empty one, ready for use. It is safe for
// concurrent use, but for its fields, which are set before; it must not be copied.
type Jar struct {
	// MaxHeader bounds the octets of a Cookie field, so that a sibling's flood cannot make
	// a server refuse all requests (CVE-2022-32205). Cookies that the host shares with
	// others are left out before its own are. 0: 8190. Negative: no bound.
	MaxHeader int

	// SaveSession makes Save, WriteTo and WriteNetscape write cookies that end with the
	// session, too.
	SaveSession bool

	mu sync.Mutex // guards the following, see store.go
	store
}

// New returns an empty jar.
func New() *Jar { return &Jar{} }

// Store keeps the cookies of a response from u, given the values of its Set-Cookie fields as
// they came. What the rules do not allow is left out. Nothing of setCookie is held on to.
func (j *Jar) Store(u *url.URL, setCookie []string) {
	if len(setCookie) == 0 {
		return
	}
	o, ok := originOf(u)
	if !ok {
		return
	}
	now := timeNow()
	for _, line := range setCookie[:min(len(setCookie), maxLines)] {
		if s, rule := parse(line); rule == "" {
			j.receive(&o, &s, now)
		}
	}
}

// receive keeps a cookie of a response from o if it may be kept.
func (j *Jar) receive(o *origin, s *setCookie, now time.Time) {
	c, rule := s.receive(o, now)
	if rule != "" {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.sweep(now)
	if !o.secure && j.coversSecure(&c) {
		return
	}
	c.Created = j.createdAt(now)
	j.put(c, now)
}

// Parse returns the cookie that a response from u with this Set-Cookie value would set. If it
// has expired, it would remove one. An [*Error] says why it would be left out. Whether it gets
// past a Secure cookie of the same name is for the jar that it is for to decide.
func Parse(u *url.URL, setCookie string) (Cookie, error) {
	s, rule := parse(setCookie)
	if rule != "" {
		return Cookie{}, &Error{s.name, rule}
	}
	o, ok := originOf(u)
	if !ok {
		return Cookie{}, &Error{s.name, RuleURL}
	}
	c, rule := s.receive(&o, timeNow())
	if rule != "" {
		return Cookie{}, &Error{s.name, rule}
	}
	return c, nil
}

// Header returns the value of the Cookie field of a request to u, "" if there is none to be
// sent. Cookies with longer paths come first, of the others the older ones.
func (j *Jar) Header(u *url.URL) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var room [32]*entry
	list := j.send(room[:0], u)
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.Grow(headerSize(list))
	for i, e := range list {
		if i > 0 {
			b.WriteString("; ")
		}
		if e.Name != "" {
			b.WriteString(e.Name)
			b.WriteByte('=')
		}
		b.WriteString(e.Value)
	}
	return b.String()
}

// send appends to list what goes out with a request to u, in its order, and marks it as used.
// j.mu is held.
func (j *Jar) send(list []*entry, u *url.URL) []*entry {
	if j.len() == 0 {
		return nil
	}
	o, ok := originOf(u)
	if !ok {
		return nil
	}
	now := timeNow()
	j.sweep(now)
	list = j.match(list, &o)
	slices.SortFunc(list, sendOrder)
	list = j.fit(list)
	for _, e := range list {
		j.use(e, now)
	}
	return list
}

// match appends the cookies for a request to o: one look for each label of its host.
func (j *Jar) match(list []*entry, o *origin) []*entry {
	for name, first := o.name, true; ; first = false {
		if d := j.domains[name]; d != nil {
			if first {
				list = appendMatching(list, d.own, o)
			}
			list = appendMatching(list, d.shared, o)
		}
		i := strings.IndexByte(name, '.')
		if i < 0 || o.ip {
			return list
		}
		name = name[i+1:]
	}
}

func appendMatching(list, from []*entry, o *origin) []*entry {
	for _, e := range from {
		if (o.secure || !e.Secure) && pathMatch(o.path, e.Path) {
			list = append(list, e)
		}
	}
	return list
}

// sendOrder is the order of a Cookie field (RFC 6265bis 5.8.3, step 4).
func sendOrder(a, b *entry) int {
	if len(a.Path) != len(b.Path) {
		return cmp.Compare(len(b.Path), len(a.Path))
	}
	return age(a, b)
}

// age orders cookies by when they were created.
func age(a, b *entry) int {
	if c := a.Created.Compare(b.Created); c != 0 {
		return c
	}
	return cmp.Compare(a.seq, b.seq)
}

// fit leaves out what is too much for the field: the host's own cookies have the first turn.
func (j *Jar) fit(list []*entry) []*entry {
	room := cmp.Or(j.MaxHeader, maxHeader)
	if room < 0 || headerSize(list) <= room {
		return list
	}
	room += len("; ") // before the first there is none
	fits := make(map[*entry]bool, len(list))
	for _, own := range []bool{true, false} {
		for _, e := range list {
			if n := e.size() + len("; "); e.HostOnly == own && n <= room {
				room -= n
				fits[e] = true
			}
		}
	}
	return slices.DeleteFunc(list, func(e *entry) bool { return !fits[e] })
}

// headerSize returns the length of a Cookie field's value.
func headerSize(list []*entry) int {
	n := 0
	for _, e := range list {
		n += e.size() + len("; ")
	}
	return max(0, n-len("; "))
}

// timeNow returns the time of the calendar alone: it is compared with that of files.
func timeNow() time.Time { return time.Now().Round(0).UTC() }
