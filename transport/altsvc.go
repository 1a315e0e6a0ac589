// Where else an origin is served: what servers say of that (Alt-Svc, RFC 7838), what the DNS says
// (RFC 9460), and what has come of trying it.

package transport

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unique"

	"example.com/godwit/header"
)

// alternatives are what a Transport knows of the places where origins are served over HTTP/3. An
// origin is one with its trust, and all else that its key says: what was learnt over a connection
// that nobody has verified is not used by requests that verify. It is not kept when the program ends.
type alternatives struct {
	mu      sync.Mutex // guards the following
	origins map[key]*origin
	byUse   list[origin] // the one used last is first
}

// An origin is what is known of one.
type origin struct {
	key    key
	said   []alternative // by the server, as it prefers them
	listed []alternative // by the DNS
	asked  time.Time     // until when the DNS need not be asked again
	asking chan struct{} // closed when it has answered; nil: it is not being asked
	tried  []trial       // what came of places, the oldest first
	byUse  links[origin]
}

// An alternative is a place that is known for a while.
type alternative struct {
	place place
	until time.Time
}

// A place is a host and a port where an origin is served.
type place struct{ host, port string }

// A trial is what is known of a place that does not work, or not as fast as it should.
type trial struct {
	place  place
	slow   bool      // it keeps somebody waiting, and nobody knows yet for how long
	fails  int       // in turn
	broken time.Time // until when it is not tried again
}

func originByUse(o *origin) *links[origin] { return &o.byUse }

// How many are kept: of origins; of places for each; of trials for each.
const (
	mostOrigins = 1024
	mostPlaces  = 4
	mostTrials  = 8
)

// How long a place that does not work is left alone: at first, and at most; it doubles each time.
// These are Chrome's times.
const (
	firstBreak = 5 * time.Minute
	lastBreak  = 48 * time.Hour
)

// of returns what is known of an origin, nil if nothing is. a.mu is held.
func (a *alternatives) of(k *key) *origin {
	o := a.origins[*k]
	if o != nil {
		a.byUse.remove(o, originByUse)
		a.byUse.pushFirst(o, originByUse)
	}
	return o
}

// make returns what is known of an origin, and makes room for it if nothing is. a.mu is held.
func (a *alternatives) make(k *key) *origin {
	if o := a.of(k); o != nil {
		return o
	}
	if a.origins == nil {
		a.origins = make(map[key]*origin)
	}
	if last := a.byUse.last; a.byUse.len >= mostOrigins {
		a.byUse.remove(last, originByUse)
		delete(a.origins, last.key)
	}
	o := &origin{key: *k}
	a.origins[*k] = o
	a.byUse.pushFirst(o, originByUse)
	return o
}

// learn notes an Alt-Svc field of an origin's response, which a cache had for a while (age). It
// replaces all that was said before (RFC 7838 3). A field in which there is no sense changes
// nothing. If nobody is verified, another host may be anybody: its places are left out (2.1).
func (a *alternatives) learn(k *key, values []string, age time.Duration, verified bool, now time.Time) {
	field, err := header.ParseAltSvc(values)
	if err != nil && !field.Clear && len(field.Services) == 0 {
		return
	}
	var said []alternative
	for _, s := range field.Services {
		p := place{host: strings.Clone(strings.ToLower(s.Host)), port: strconv.Itoa(s.Port)}
		if p.host == "" {
			p.host = k.host
		}
		left := s.MaxAge - max(age, 0)
		if s.Protocol != "h3" || left <= 0 || len(said) == mostPlaces || !verified && p.host != k.host {
			continue
		}
		said = append(said, alternative{p, now.Add(left)})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(said) > 0 {
		a.make(k).said = said
	} else if o := a.of(k); o != nil {
		o.said = nil
	}
}

// ask returns what is closed when the DNS has answered, and whether it is the caller who has to ask,
// and to say by list what the answer is.
func (a *alternatives) ask(k *key) (answered chan struct{}, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.make(k)
	if o.asking != nil {
		return o.asking, false
	}
	o.asking = make(chan struct{})
	return o.asking, true
}

// list notes what the DNS says of an origin.
func (a *alternatives) list(k *key, records []HTTPSRecord, verified bool, now time.Time) {
	listed, ttl := placesOf(k, records, verified)
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.make(k)
	o.asked, o.listed = now.Add(ttl), nil
	for _, p := range listed {
		o.listed = append(o.listed, alternative{p, o.asked})
	}
}

// asked notes that the DNS is not being asked any more.
func (a *alternatives) asked(k *key, answered chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o := a.origins[*k]; o != nil && o.asking == answered {
		o.asking = nil
	}
	close(answered)
}

// How long it is remembered that there is no HTTPS record, and how long one at the most.
const (
	noRecord  = 5 * time.Minute
	shortList = 10 * time.Second
	longList  = 24 * time.Hour
)

// placesOf returns the places that HTTPS records name for HTTP/3, as they are preferred, and how
// long that holds. A record in AliasMode names none: whoever looks records up follows it.
func placesOf(k *key, records []HTTPSRecord, verified bool) (places []place, ttl time.Duration) {
	if len(records) == 0 {
		return nil, noRecord
	}
	records = slices.SortedStableFunc(slices.Values(records), func(a, b HTTPSRecord) int {
		return cmp.Compare(a.Priority, b.Priority)
	})
	ttl = longList
	for _, r := range records {
		ttl = min(ttl, r.TTL)
		p := place{host: strings.Clone(strings.ToLower(strings.TrimSuffix(r.Target, "."))), port: k.port}
		if p.host == "" {
			p.host = k.host
		}
		if r.Port != 0 {
			p.port = strconv.Itoa(int(r.Port))
		}
		if r.Priority == 0 || !slices.Contains(r.ALPN, "h3") || len(places) == mostPlaces || !verified && p.host != k.host {
			continue
		}
		places = append(places, p)
	}
	return places, max(ttl, shortList)
}

// A pick is what is to be tried for an origin.
type pick struct {
	place   place
	ok      bool // there is one
	slow    bool // it is not worth waiting for
	unknown bool // there is none, but the DNS may know of one
}

// pick returns what is to be tried for an origin. first is a place that is good if nobody has named
// one; zero: there is none.
func (a *alternatives) pick(k *key, first place, now time.Time) pick {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.of(k)
	if o == nil {
		return pick{place: first, ok: first != place{}, unknown: first == place{}}
	}
	for _, known := range [][]alternative{o.said, o.listed, {{first, now.Add(1)}}} {
		for _, alt := range known {
			if alt.place == (place{}) || !now.Before(alt.until) {
				continue
			}
			i := o.trial(alt.place)
			if i < 0 {
				return pick{place: alt.place, ok: true}
			}
			if t := &o.tried[i]; !now.Before(t.broken) {
				return pick{place: alt.place, ok: true, slow: t.slow}
			}
		}
	}
	return pick{unknown: first == place{} && !now.Before(o.asked)}
}

// isBroken reports whether a place is left alone for now.
func (a *alternatives) isBroken(k *key, p place, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.origins[*k]
	if o == nil {
		return false
	}
	i := o.trial(p)
	return i >= 0 && now.Before(o.tried[i].broken)
}

// trial returns which of the trials is that of a place, -1 if none is.
func (o *origin) trial(p place) int {
	return slices.IndexFunc(o.tried, func(t trial) bool { return t.place == p })
}

// failed notes that a place did not work.
func (a *alternatives) failed(k *key, p place, now time.Time) {
	a.note(k, p, func(t *trial) {
		if !now.Before(t.broken) { // else several have failed at once
			t.fails++
		}
		t.slow, t.broken = false, now.Add(breakFor(t.fails))
	})
}

// slow notes that somebody has not waited for a place any longer.
func (a *alternatives) slow(k *key, p place) {
	a.note(k, p, func(t *trial) { t.slow = true })
}

// note alters what is known of a place, and makes it the last one that was tried.
func (a *alternatives) note(k *key, p place, alter func(*trial)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.make(k)
	t := trial{place: p}
	if i := o.trial(p); i >= 0 {
		t = o.tried[i]
		o.tried = slices.Delete(o.tried, i, i+1)
	} else if len(o.tried) == mostTrials {
		o.tried = slices.Delete(o.tried, 0, 1)
	}
	alter(&t)
	o.tried = append(o.tried, t)
}

// breakFor returns how long a place is left alone that has failed so often in turn.
func breakFor(fails int) time.Duration {
	d := firstBreak
	for ; fails > 1 && d < lastBreak; fails-- {
		d *= 2
	}
	return min(d, lastBreak)
}

// worked notes that a place works.
func (a *alternatives) worked(k *key, p place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.origins[*k]
	if o == nil {
		return
	}
	if i := o.trial(p); i >= 0 {
		o.tried = slices.Delete(o.tried, i, i+1)
	}
}

// dropped notes that nobody waits for a place any more, and that it may be as good as any.
func (a *alternatives) dropped(k *key, p place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o := a.origins[*k]; o != nil {
		if i := o.trial(p); i >= 0 {
			o.tried[i].slow = false
		}
	}
}

// forget drops a place that says itself that it does not serve the origin (RFC 7838 6).
func (a *alternatives) forget(k *key, p place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := a.origins[*k]
	if o == nil {
		return
	}
	is := func(a alternative) bool { return a.place == p }
	o.said, o.listed = slices.DeleteFunc(o.said, is), slices.DeleteFunc(o.listed, is)
}

// String returns "host:port".
func (p place) String() string { return net.JoinHostPort(p.host, p.port) }

// place returns where the origin that a key is of is to be found.
func (k *key) place() place {
	if k.route != (unique.Handle[routeID]{}) {
		if at := k.route.Value().place; at != (place{}) {
			return at
		}
	}
	return place{k.host, k.port}
}

// at returns the key of HTTP/3 alone, at a place.
func (k *key) at(p place) key {
	own := *k
	own.protocols = HTTP3
	if p == k.place() {
		return own
	}
	var id routeID
	if k.route != (unique.Handle[routeID]{}) {
		id = k.route.Value()
	}
	id.place = p
	own.route = unique.Make(id)
	return own
}
