// Retry-After (RFC 9110 10.2.3): when to ask again.

package header

import (
	"strings"
	"time"
)

// RetryAfter is a Retry-After: a delay or a date.
type RetryAfter struct {
	Delay time.Duration // in whole seconds; counts if Date is zero
	Date  time.Time
}

// ParseRetryAfter reads a Retry-After. A delay of more than [Forever] is Forever, and a fraction
// of a second, which is not allowed, makes it a second longer. There is no bound on what a
// server may ask for: that is for whoever waits to set. What cannot be read is 0, as if there
// were none.
func ParseRetryAfter(value string) (RetryAfter, error) {
	r := reader{field: "Retry-After"}
	text, ok := r.one(value)
	if !ok {
		return RetryAfter{}, r.first
	}
	whole, decimals, fraction := strings.Cut(text, ".")
	if delay, ok := parseSeconds(whole); ok && strings.Trim(decimals, "0123456789") == "" {
		if fraction && strings.Trim(decimals, "0") != "" {
			delay = min(delay+time.Second, Forever)
		}
		return RetryAfter{Delay: delay}, nil
	}
	date, err := ParseTime(text)
	if err != nil {
		r.fail("neither seconds nor a date", text)
	}
	return RetryAfter{Date: date}, r.first
}

// Wait returns how long it is until then, from 0 to [Forever]. For now one takes the time at
// which the response came, or its Date if the clocks may differ.
func (a RetryAfter) Wait(now time.Time) time.Duration {
	wait := a.Delay
	if !a.Date.IsZero() {
		wait = a.Date.Sub(now)
	}
	return min(max(wait, 0), Forever)
}

// String writes the date, or the delay, rounded up to whole seconds.
func (a RetryAfter) String() string {
	if !a.Date.IsZero() {
		return FormatTime(a.Date)
	}
	return string(appendSeconds(nil, min(a.Delay, Forever)+time.Second-1))
}
