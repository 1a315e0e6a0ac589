package cli

// The flags that bound what a run does to others: trying again, rates, sizes.

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/godwit"
)

// A limitOptions is what they say.
type limitOptions struct {
	retry        int
	retryUnsafe  bool
	retryOn      *retryReasons // nil: what the library tries again for
	retryWait    time.Duration // 0: the library's
	retryMaxTime time.Duration // 0: no bound

	every     time.Duration // between the beginnings of two calls; 0: none
	limitRate int64         // bytes a second; 0: no bound
	maxSize   int64         // bytes of a response's body; 0: no bound
}

// A retryReasons says what is worth another attempt.
type retryReasons struct {
	connect, lost bool
	statuses      []int
}

// limitFlags bound what a run does to others.
var limitFlags = []flagRow[options]{
	{
		name: "retry", arg: "N", help: "try again up to N times: if there is no connection, if\nit is lost before the answer, and after 429, 502, 503,\n504; with growing pauses, or what Retry-After says",
		apply: func(o *options, v string) (err error) {
			o.limits.retry, err = strconv.Atoi(v)
			if err != nil || o.limits.retry < 0 || o.limits.retry > 1_000_000 {
				return fmt.Errorf("%q is not a number of times", v)
			}
			return nil
		},
	},
	{
		name: "retry-on", arg: "REASONS", values: "connect lost 429 5xx", help: "try again for these reasons alone, with commas between\nthem: connect, lost, a status as 500, all such as 5xx",
		apply: func(o *options, v string) (err error) { o.limits.retryOn, err = parseReasons(v); return err },
	},
	{
		name: "retry-unsafe", help: "send again what is not idempotent too, as a POST: the\nserver may do it twice",
		flip: func(o *options, on bool) { o.limits.retryUnsafe = on },
	},
	{
		name: "retry-delay", arg: "SECONDS", help: "pause before the first repetition, at most; it doubles\n(default: 0.2, up to 20)",
		apply: func(o *options, v string) (err error) { o.limits.retryWait, err = seconds(v); return err },
	},
	{
		name: "retry-max-time", arg: "SECONDS", help: "begin no repetition later than this",
		apply: func(o *options, v string) (err error) { o.limits.retryMaxTime, err = seconds(v); return err },
	},
	{
		name: "rate", arg: "N/UNIT", help: "begin at most N requests a second, minute, hour or day:\n2/s, 30/m; a run of several URLs keeps to it",
		apply: func(o *options, v string) (err error) { o.limits.every, err = parseRate(v); return err },
	},
	{
		name: "limit-rate", arg: "BYTES", help: "send and receive at most so many bytes a second, in all:\n500k, 2M",
		apply: func(o *options, v string) (err error) { o.limits.limitRate, err = byteSize(v); return err },
	},
	{
		name: "max-size", arg: "BYTES", help: "give up on an answer whose body is larger: 10M",
		apply: func(o *options, v string) (err error) { o.limits.maxSize, err = byteSize(v); return err },
	},
}

// settings returns the options that the flags stand for.
func (l *limitOptions) settings() []godwit.Option {
	if l.retry == 0 {
		return nil
	}
	policy := godwit.Retry{Max: l.retry, Wait: l.retryWait, MaxTime: l.retryMaxTime, NoBudget: true}
	if l.retryUnsafe {
		policy.Methods = []string{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY", "POST", "PATCH"}
	}
	if on := l.retryOn; on != nil {
		policy.Connect, policy.Read, policy.Status = orNever(on.connect), orNever(on.lost), orNever(len(on.statuses) > 0)
		policy.Statuses = on.statuses
	}
	return []godwit.Option{policy}
}

// orNever returns what Retry has for as often as it takes, or for never.
func orNever(on bool) int {
	if on {
		return 0
	}
	return -1
}

// parseReasons reads "connect,lost,500,5xx".
func parseReasons(text string) (*retryReasons, error) {
	r := &retryReasons{statuses: []int{}}
	for word := range strings.SplitSeq(text, ",") {
		class, isClass := strings.CutSuffix(word, "xx")
		n, err := strconv.Atoi(class)
		switch {
		case word == "connect":
			r.connect = true
		case word == "lost":
			r.lost = true
		case err != nil || strings.Trim(class, "0123456789") != "":
			return nil, fmt.Errorf("%q is none of connect, lost, a status as 503, and a class as 5xx", word)
		case isClass && n >= 3 && n <= 5:
			for status := n * 100; status < n*100+100; status++ {
				r.statuses = append(r.statuses, status)
			}
		case !isClass && n >= 300 && n <= 999:
			r.statuses = append(r.statuses, n)
		default:
			return nil, fmt.Errorf("%q is not a status of 300 or above", word)
		}
	}
	slices.Sort(r.statuses)
	r.statuses = slices.Compact(r.statuses)
	return r, nil
}

var errRate = errors.New("it is a number and a unit, as 2/s, 30/m, 100/h or 500/d")

// parseRate reads "30/m", and returns the time from one beginning to the next.
func parseRate(text string) (time.Duration, error) {
	number, unit, found := strings.Cut(text, "/")
	if !found {
		unit = "s"
	}
	of, ok := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[unit]
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(n > 0) || n > 1e9 || float64(of)/n > math.MaxInt64/2 {
		return 0, errRate
	}
	return max(1, time.Duration(float64(of)/n)), nil
}

// byteSize reads a number of bytes: "10000", "500k", "1.5M", "2G", "1T", and the same with B or
// iB behind it. The units are powers of 1024.
func byteSize(text string) (int64, error) {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	unit := 1.0
	if number != "" {
		if i := strings.IndexByte("KMGT", number[len(number)-1]); i >= 0 {
			unit = math.Pow(1024, float64(i+1))
			number = number[:len(number)-1]
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n*unit >= 1) || n*unit > 1<<60 || strings.Trim(number, "0123456789.") != "" {
		return 0, fmt.Errorf("%q is not a number of bytes, as 10000, 500k, 1.5M or 2G", text)
	}
	return int64(n * unit), nil
}
