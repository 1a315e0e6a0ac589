// RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), and what was there
// before: RateLimit-Limit, X-RateLimit-Limit and their kin.

package header

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

// RateLimits are the limits that a server says it sets, one for each of its policies.
type RateLimits []RateLimit

// A RateLimit is how much a server allows, and how much of it is left. Each number is negative
// if the server does not say it.
type RateLimit struct {
	Policy    string        // its name; "" if it has none, as of X-RateLimit-Limit
	Unit      string        // of what: "" is requests; "content-bytes", "concurrent-requests"
	Partition []byte        // whose share it is, if the policy has several
	Limit     int64         // how many in a window
	Window    time.Duration // how long that is
	Remaining int64         // how many are left
	Reset     time.Duration // until when they must do: then there are more
}

// maxRateLimit bounds what is read of RateLimit and of RateLimit-Policy, in bytes.
const maxRateLimit = 16 << 10

// ParseRateLimits reads what there is of these fields, the newest kind that there is:
//
//	RateLimit-Policy: "burst";q=100;w=60     RateLimit: "burst";r=50;t=30
//	RateLimit: limit=100, remaining=50, reset=30
//	RateLimit-Limit: 100                     RateLimit-Remaining, RateLimit-Reset
//	X-RateLimit-Limit: 100                   X-RateLimit-Remaining, X-RateLimit-Reset
//	X-Rate-Limit-Limit: 100                  X-Rate-Limit-Remaining, X-Rate-Limit-Reset
//
// Reset counts from now, the time at which the response came. A server may mean a time of day
// by its number, in seconds since 1970 or milliseconds: a number that would be years is read so.
func ParseRateLimits(h http.Header, now time.Time) (RateLimits, error) {
	r := reader{field: "RateLimit"}
	limits := r.structured(h)
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
		if limits == nil {
			limits = r.separate(h, prefix, now)
		}
	}
	return limits, r.first
}

// structured reads RateLimit and RateLimit-Policy.
func (r *reader) structured(h http.Header) (limits RateLimits) {
	if limit, ok := dictionary(h.Values("RateLimit")); ok {
		return RateLimits{limit}
	}
	for _, item := range r.policies(h, "RateLimit-Policy") {
		limit := limitOf(item)
		if limit.Limit = number(item, "q"); limit.Limit < 0 {
			continue
		}
		limit.Window = seconds(number(item, "w"))
		if unit, ok := item.Params.Get("qu"); ok {
			limit.Unit, _ = unit.(string)
		}
		limits = append(limits, limit)
	}
	for _, item := range r.policies(h, "RateLimit") {
		limit := limitOf(item)
		if limit.Remaining = number(item, "r"); limit.Remaining < 0 {
			continue
		}
		i := slices.IndexFunc(limits, limit.sameAs)
		if i < 0 {
			i, limits = len(limits), append(limits, limit)
		}
		limits[i].Remaining = limit.Remaining
		limits[i].Reset = seconds(number(item, "t"))
		if limit.Partition != nil {
			limits[i].Partition = limit.Partition
		}
	}
	return limits
}

// sameAs reports whether both are about the same: whoever names no partition means the one that
// the other names.
func (l RateLimit) sameAs(other RateLimit) bool {
	return l.Policy == other.Policy &&
		(l.Partition == nil || other.Partition == nil || bytes.Equal(l.Partition, other.Partition))
}

// policies returns the items of a structured field whose value is a name.
func (r *reader) policies(h http.Header, field string) (items []httpsfv.Item) {
	values := h.Values(field)
	size := 0
	for _, value := range values {
		size += len(value)
	}
	if size == 0 {
		return nil
	}
	r.field = field
	if size > maxRateLimit {
		r.fail("too long", values[0])
		return nil
	}
	list, err := httpsfv.UnmarshalList(values)
	if err != nil {
		r.fail("not a list of policies", strings.Join(values, ", "))
		return nil
	}
	for _, member := range list {
		if item, ok := member.(httpsfv.Item); ok {
			if _, named := policyName(item); named {
				items = append(items, item)
			}
		}
	}
	return items
}

// policyName returns the name of a policy, which is a string, and was a token once.
func policyName(item httpsfv.Item) (name string, ok bool) {
	if token, ok := item.Value.(httpsfv.Token); ok {
		return string(token), true
	}
	name, ok = item.Value.(string)
	return name, ok
}

// limitOf returns a limit of which only the name and the partition are known.
func limitOf(item httpsfv.Item) RateLimit {
	limit := RateLimit{Limit: -1, Window: -1, Remaining: -1, Reset: -1}
	limit.Policy, _ = policyName(item)
	if key, ok := item.Params.Get("pk"); ok {
		limit.Partition, _ = key.([]byte)
	}
	return limit
}

// number returns an integer parameter, -1 if there is none.
func number(item httpsfv.Item, name string) int64 {
	value, _ := item.Params.Get(name)
	if n, ok := value.(int64); ok && n >= 0 {
		return n
	}
	return -1
}

// seconds returns that many seconds, -1 for a negative number.
func seconds(n int64) time.Duration {
	if n < 0 {
		return -1
	}
	return time.Duration(min(n, maxSeconds)) * time.Second
}

// dictionary reads what RateLimit was in the draft's 7th version. ok is false if it is not
// that.
func dictionary(values []string) (limit RateLimit, ok bool) {
	if len(values) != 1 || len(values[0]) > maxRateLimit {
		return limit, false
	}
	members, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return limit, false
	}
	of := func(name string) int64 {
		if member, there := members.Get(name); there {
			if item, isItem := member.(httpsfv.Item); isItem {
				if n, isNumber := item.Value.(int64); isNumber && n >= 0 {
					return n
				}
			}
		}
		return -1
	}
	limit = RateLimit{Limit: of("limit"), Window: -1, Remaining: of("remaining"), Reset: seconds(of("reset"))}
	return limit, limit.Limit >= 0 || limit.Remaining >= 0
}

// separate reads three fields of a number each.
func (r *reader) separate(h http.Header, prefix string, now time.Time) RateLimits {
	limit := RateLimit{Window: -1, Reset: -1}
	var okLimit, okRemaining bool
	limit.Limit, okLimit = r.leadingNumber(h, prefix+"Limit")
	limit.Remaining, okRemaining = r.leadingNumber(h, prefix+"Remaining")
	if reset, ok := r.leadingNumber(h, prefix+"Reset"); ok {
		limit.Reset = untilReset(reset, now)
	}
	if !okLimit && !okRemaining {
		return nil
	}
	return RateLimits{limit}
}

// leadingNumber returns the number that a field begins with; some have a list of windows, or
// decimals, behind it.
func (r *reader) leadingNumber(h http.Header, field string) (n int64, ok bool) {
	value := trim(h.Get(field))
	if value == "" {
		return -1, false
	}
	end := strings.IndexAny(value, ".,; ")
	if end < 0 {
		end = len(value)
	}
	if n, ok = parsePosition(value[:end]); !ok {
		r.field = field
		r.fail("not a number", value)
		return -1, false
	}
	return n, true
}

// untilReset returns how long it is until a reset.
func untilReset(n int64, now time.Time) time.Duration {
	const (
		years        = 100_000_000         // seconds: three years, or March 1973
		milliseconds = years * 1000        // or 1973 again
		last         = 253_402_300_799_000 // the end of the year 9999
	)
	switch {
	case n < years:
		return time.Duration(n) * time.Second
	case n < milliseconds:
		return min(max(time.Unix(n, 0).Sub(now), 0), Forever)
	case n <= last:
		return min(max(time.UnixMilli(n).Sub(now), 0), Forever)
	}
	return Forever
}

// Wait returns how long to wait until a request is within all limits: 0 if something is left of
// each, else the longest Reset of those that are used up.
func (l RateLimits) Wait() (wait time.Duration) {
	for _, limit := range l {
		if limit.Remaining == 0 {
			wait = max(wait, limit.Reset)
		}
	}
	return wait
}

// Set sets RateLimit-Policy and RateLimit in h to what is known of the limits. A limit whose
// name cannot be written is left out.
func (l RateLimits) Set(h http.Header) {
	var policies, rest httpsfv.List
	for _, limit := range l {
		policy, left := httpsfv.NewItem(limit.Policy), httpsfv.NewItem(limit.Policy)
		add := func(item httpsfv.Item, name string, n int64) {
			if n >= 0 {
				item.Params.Add(name, min(n, 999_999_999_999_999))
			}
		}
		add(policy, "q", limit.Limit)
		if limit.Unit != "" {
			policy.Params.Add("qu", limit.Unit)
		}
		add(left, "r", limit.Remaining)
		if limit.Window >= 0 {
			add(policy, "w", int64(limit.Window/time.Second))
		}
		if limit.Reset >= 0 {
			add(left, "t", int64((limit.Reset+time.Second-1)/time.Second))
		}
		if limit.Partition != nil {
			policy.Params.Add("pk", limit.Partition)
			left.Params.Add("pk", limit.Partition)
		}
		if _, err := httpsfv.Marshal(policy); err != nil {
			continue
		}
		if limit.Limit >= 0 {
			policies = append(policies, policy)
		}
		if limit.Remaining >= 0 {
			rest = append(rest, left)
		}
	}
	set := func(field string, list httpsfv.List) {
		if text, err := httpsfv.Marshal(list); err == nil && text != "" {
			h.Set(field, text)
		} else {
			h.Del(field)
		}
	}
	set("RateLimit-Policy", policies)
	set("RateLimit", rest)
}
