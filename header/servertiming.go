// Server-Timing (W3C): where the server's time went.

package header

import (
	"strconv"
	"strings"
	"time"
)

// ServerTiming is a Server-Timing field.
type ServerTiming []Metric

// A Metric is one of the things that a server has measured.
type Metric struct {
	Name        string
	Duration    time.Duration // dur; 0 if there is none
	Description string        // desc
	Params      Params        // all others
}

// ParseServerTiming reads a Server-Timing. Of two dur or desc the first counts, and a dur that
// is no number is 0.
func ParseServerTiming(values []string) (ServerTiming, error) {
	r := reader{field: "Server-Timing"}
	var s ServerTiming
	for element := range r.elements(values, plain) {
		name, rest, _ := strings.Cut(element, ";")
		m := Metric{Name: trim(name)}
		if !isToken(m.Name) {
			r.fail("not a metric", element)
			continue
		}
		params := r.params(rest, true)
		m.Description = params.Get("desc")
		if params.has("dur") {
			var ok bool
			if m.Duration, ok = parseMilliseconds(params.Get("dur")); !ok {
				r.fail("not a duration", element)
			}
		}
		for _, param := range params {
			if param.Name != "dur" && param.Name != "desc" {
				m.Params = append(m.Params, param)
			}
		}
		s = append(s, m)
	}
	return s, r.first
}

// parseMilliseconds reads a decimal number of milliseconds, to the nanosecond.
func parseMilliseconds(s string) (time.Duration, bool) {
	whole, decimals, _ := strings.Cut(s, ".")
	if s == "." || s == "" || strings.Trim(whole+decimals, "0123456789") != "" {
		return 0, false
	}
	milliseconds, err := strconv.ParseUint("0"+whole, 10, 64)
	if err != nil || milliseconds >= uint64(Forever/time.Millisecond) {
		return Forever, true
	}
	nanoseconds, _ := strconv.Atoi((decimals + "000000")[:6])
	return time.Duration(milliseconds)*time.Millisecond + time.Duration(nanoseconds), true
}

// String writes the list. A negative duration is written as none.
func (s ServerTiming) String() string {
	var b []byte
	for _, m := range s {
		if !isToken(m.Name) {
			continue
		}
		b = append(appendSeparator(b), m.Name...)
		if m.Duration > 0 {
			b = strconv.AppendInt(append(b, ";dur="...), int64(m.Duration/time.Millisecond), 10)
			if rest := m.Duration % time.Millisecond; rest > 0 {
				decimals := strconv.Itoa(int(rest + time.Millisecond))[1:]
				b = append(b, "."+strings.TrimRight(decimals, "0")...)
			}
		}
		if m.Description != "" && isText(m.Description) {
			b = appendQuoted(append(b, ";desc="...), m.Description)
		}
		b = appendParams(b, m.Params, true)
	}
	return string(b)
}
