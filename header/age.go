// Numbers of seconds (RFC 9111 1.2.2), and Age, which is one.

package header

import (
	"strconv"
	"strings"
	"time"
)

// maxSeconds is the most that a number of seconds means: RFC 9111 1.2.2 has a greater one
// taken for it, and 68 years are for ever.
const maxSeconds = 1 << 31

// Forever is the longest time that a number of seconds in a field means, 2^31 seconds. Whatever
// is longer is read as this.
const Forever = maxSeconds * time.Second

// ParseAge reads an Age (RFC 9111 5.1): how long ago the response was made, as a cache that it
// comes from reckons. Of a list, which is not allowed, the first member counts. What cannot be
// read is 0, as if there were none.
func ParseAge(value string) (time.Duration, error) {
	r := reader{field: "Age"}
	text, ok := r.one(value)
	if !ok {
		return 0, r.first
	}
	first, _, list := strings.Cut(text, ",")
	age, ok := parseSeconds(trim(first))
	if !ok || list {
		r.fail("not a number of seconds", text)
	}
	return age, r.first
}

// FormatAge writes an Age in whole seconds; a negative one is 0.
func FormatAge(age time.Duration) string { return string(appendSeconds(nil, age)) }

// parseSeconds reads a number of seconds: digits, and nothing else.
func parseSeconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > maxSeconds { // no error but that of a number too large
		n = maxSeconds
	}
	return time.Duration(n) * time.Second, true
}

// appendSeconds appends a duration in whole seconds between 0 and maxSeconds.
func appendSeconds(b []byte, d time.Duration) []byte {
	return strconv.AppendInt(b, int64(min(max(d, 0), Forever)/time.Second), 10)
}
