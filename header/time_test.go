package header

import (
	"errors"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	rfc := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want time.Time
	}{
		// RFC 9110 5.6.7.
		{"Sun, 06 Nov 1994 08:49:37 GMT", rfc},
		{"Sunday, 06-Nov-94 08:49:37 GMT", rfc},
		{"Sun Nov  6 08:49:37 1994", rfc},
		// As pages about it show them, and as servers send them.
		{"Sun Nov 6 08:49:37 1994", rfc},
		{"Sun Nov 06 08:49:37 1994", rfc},
		{" Sun, 06 Nov 1994 08:49:37 GMT\t", rfc},
		{"sun, 06 nov 1994 08:49:37 gmt", rfc},
		{"Sun, 6 Nov 1994 8:49:37 GMT", rfc},
		{"Sun, 06-Nov-1994 08:49:37 GMT", rfc},
		{"Sun, 06 Nov 1994 08:49:37 UTC", rfc},
		{"Sun, 06 Nov 1994 08:49:37 +0000", rfc},
		{"Sun Nov  6 08:49:37 1994 GMT", rfc},
		{"Mon, 06 Nov 1994 08:49:37 GMT", rfc},
		{"Sat, 31 Dec 2016 23:59:60 GMT", time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"Mon, 29 Feb 2016 00:00:00 GMT", time.Date(2016, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"Thu, 01 Jan 1970 00:00:00 GMT", time.Unix(0, 0).UTC()},
		{"Sat, 01 Jan 0000 00:00:00 GMT", time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)},
		// Two digits: not more than 50 years ahead of 2026-11-29T12:00:00.
		{"Sunday, 29-Nov-76 12:00:00 GMT", time.Date(2076, 11, 29, 12, 0, 0, 0, time.UTC)},
		{"Sunday, 29-Nov-76 12:00:01 GMT", time.Date(1976, 11, 29, 12, 0, 1, 0, time.UTC)},
		{"Sunday, 01-Jan-26 00:00:00 GMT", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"Sunday, 01-Jan-77 00:00:00 GMT", time.Date(1977, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"Sunday, 01-Jan-99 00:00:00 GMT", time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)},
		// The day of the week says which century is meant: the epoch is no day in 2070.
		{"Thu, 01-Jan-70 00:00:00 GMT", time.Unix(0, 0).UTC()},
		{"thursday, 01-Jan-70 00:00:01 GMT", time.Unix(1, 0).UTC()},
		{"Wed, 01-Jan-70 00:00:00 GMT", time.Date(2070, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"Fri, 01-Jan-70 00:00:00 GMT", time.Date(2070, 1, 1, 0, 0, 0, 0, time.UTC)}, // it fits neither
		{"Tue, 29-Feb-72 23:59:60 GMT", time.Date(1972, 3, 1, 0, 0, 0, 0, time.UTC)},
		{"Sunday, 06-Nov-94 08:49:37 GMT", rfc},
		{"Saturday, 06-Nov-94 08:49:37 GMT", rfc}, // 2094 it would fit, but that is too far ahead
	} {
		got, err := parseTime(c.in, now)
		if err != nil || !got.Equal(c.want) || got.Location() != time.UTC {
			t.Errorf("%q: %v, %v, want %v", c.in, got, err, c.want)
		}
	}
	// In 1999, 01 is 2001; in 2070, 10 is 2110.
	for in, year := range map[string]int{"Mon, 01-Jan-01 00:00:00 GMT": 2001, "Mon, 01-Jan-98 00:00:00 GMT": 1998} {
		if got, err := parseTime(in, time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil || got.Year() != year {
			t.Errorf("%q in 1999: %v, %v, want %d", in, got, err, year)
		}
	}
	if got, err := parseTime("Mon, 01-Jan-10 00:00:00 GMT", time.Date(2070, 6, 1, 0, 0, 0, 0, time.UTC)); err != nil || got.Year() != 2110 {
		t.Errorf("10 in 2070: %v, %v", got, err)
	}
}

func TestParseTimeGarbage(t *testing.T) {
	for _, in := range []string{
		"", " ", "0", "-1", "now", ",", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 Nov 1994 08:49:37 +0100", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:00:61 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
		"Sun, 31 Apr 1994 08:49:37 GMT", "Sun, 29 Feb 2015 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 anf 1994 08:49:37 GMT", "Sun, 06 Nov 199 08:49:37 GMT",
		"Sun, 06 Nov 19944 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT; x", "1994-11-06T08:49:37Z", "Su, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06\x00Nov 1994 08:49:37 GMT", "6, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 06 No 1994  08:49:37 GMT", "Sun, 06 Nov 1994 08.49.37 GMT", "Sun, 06 Nov x994 08:49:37 GMT", "Sun, 06 Nov 1994 +8:49:37 GMT",
	} {
		got, err := ParseTime(in)
		if e, ok := errors.AsType[*Error](err); !ok || !got.IsZero() || e.Field != "HTTP-date" {
			t.Errorf("%q: %v, %v, want an *Error", in, got, err)
		}
	}
}

// TestParseTimeFast: the form that is read by itself means the same as when it is read with all
// others.
func TestParseTimeFast(t *testing.T) {
	const right = "Sun, 06 Nov 1994 08:49:37 GMT"
	for i := range right {
		for c := range 128 {
			in := right[:i] + string(rune(c)) + right[i+1:]
			fast, ok := readFixdate(in)
			if slow, okSlow := readDate(in); ok && (!okSlow || fast != slow) {
				t.Errorf("%q: %v, and %v, %v", in, fast, slow, okSlow)
			}
		}
	}
	if _, ok := readFixdate(right); !ok {
		t.Error("it is never read by itself")
	}
}

func TestFormatTime(t *testing.T) {
	for want, in := range map[string]time.Time{
		"Sun, 06 Nov 1994 08:49:37 GMT": time.Date(1994, 11, 6, 9, 49, 37, 999, time.FixedZone("CET", 3600)),
		"Mon, 01 Jan 0001 00:00:00 GMT": {},
		"Sat, 01 Jan 0000 00:00:00 GMT": time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
		"Fri, 31 Dec 9999 23:59:59 GMT": time.Date(123456, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got := FormatTime(in); got != want {
			t.Errorf("%v: %q, want %q", in, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"0", 0, true},
		{"60", time.Minute, true},
		{" 0060 ", time.Minute, true},
		{"2147483648", Forever, true},
		{"2147483649", Forever, true},
		{"1000000000000000000000000000000", Forever, true},
		{"60, 70", time.Minute, false},
		{"", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1.5", 0, false},
		{"1 000", 0, false},
		{"0x10", 0, false},
		{"\u0661", 0, false},
		{"6\x000", 0, false},
	} {
		got, err := ParseAge(c.in)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%q: %v, %v", c.in, got, err)
		}
	}
	for want, in := range map[string]time.Duration{"0": -time.Second, "1": 1999 * time.Millisecond, "2147483648": 1<<63 - 1} {
		if got := FormatAge(in); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
}
