// HTTP-date (RFC 9110 5.6.7): Date, Expires, Last-Modified, If-Modified-Since and the like.

package header

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ParseTime reads a date in any of the three forms that HTTP has had:
//
//	Sun, 06 Nov 1994 08:49:37 GMT   ; IMF-fixdate, the one that is written
//	Sunday, 06-Nov-94 08:49:37 GMT  ; RFC 850
//	Sun Nov  6 08:49:37 1994        ; asctime
//
// It also takes letters in any case, a day of one digit, four digits of the year in the second
// form, UTC or +0000 for GMT, and a leap second, which is the first of the next minute. A year
// of two digits is the latest that is not more than 50 years ahead (RFC 9110 5.6.7), but none
// to come if the day of the week fits the one a century before: Thu, 01-Jan-70 is the epoch.
// Otherwise the day of the week is not checked. The time is in UTC.
//
// An Expires that is no date, "0" and "-1" among them, means that the response is stale.
func ParseTime(value string) (time.Time, error) { return parseTime(value, time.Now()) }

func parseTime(value string, now time.Time) (time.Time, error) {
	r := reader{field: "HTTP-date"}
	text, ok := r.one(value)
	if !ok {
		return time.Time{}, r.first
	}
	d, ok := readFixdate(text)
	if !ok {
		d, ok = readDate(text)
	}
	if !ok {
		r.fail("not a date", text)
		return time.Time{}, r.first
	}
	if d.twoDigits {
		d.year += d.century(now.UTC())
	}
	t := d.time()
	if t.Add(-time.Duration(d.second)*time.Second).Day() != d.day { // 31 April
		r.fail("no such day", text)
		return time.Time{}, r.first
	}
	return t, nil
}

// FormatTime writes a time as IMF-fixdate, in GMT whatever its zone is. Fractions of a second
// are cut off. Years have four digits: what is before year 0 or after 9999 is written as its
// nearest moment within.
func FormatTime(t time.Time) string {
	t = t.UTC()
	switch {
	case t.Year() < 0:
		t = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	case t.Year() > 9999:
		t = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t.Format(http.TimeFormat)
}

// A date is what the text of a date says.
type date struct {
	year, day            int
	month                time.Month
	hour, minute, second int
	twoDigits            bool   // of the year
	weekday              string // as it came, three letters at least; only if there are two digits
}

func (d date) time() time.Time {
	return time.Date(d.year, d.month, d.day, d.hour, d.minute, d.second, 0, time.UTC)
}

// century returns the century that is meant by a year of two digits.
func (d date) century(now time.Time) int {
	century := now.Year()/100*100 + 100
	for ahead := now.AddDate(50, 0, 0); d.in(century).After(ahead); {
		century -= 100
	}
	if d.in(century).After(now) && d.isWeekdayIn(century-100) { // nobody's weekday fits both
		century -= 100
	}
	return century
}

// in returns the time in a century.
func (d date) in(century int) time.Time {
	d.year += century
	return d.time()
}

// isWeekdayIn reports whether the day is in a century the day of the week that it is said to
// be.
func (d date) isWeekdayIn(century int) bool {
	d.second = 0 // the leap second is on the next day
	return lower(d.weekday[:3]) == lower(d.in(century).Weekday().String()[:3])
}

// readFixdate reads IMF-fixdate as it is always written: nearly every date is.
func readFixdate(s string) (d date, ok bool) {
	const form = "Sun, 06 Nov 1994 08:49:37 GMT"
	if len(s) != len(form) || s[3:5] != ", " || s[7] != ' ' || s[11] != ' ' || s[16] != ' ' || s[25:] != " GMT" || !isName(s[:3]) {
		return d, false
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[8:11])
	if month < 0 || month%3 != 0 || s[19] != ':' || s[22] != ':' {
		return d, false
	}
	d.month = time.Month(month/3 + 1)
	for _, part := range [...]struct {
		n        *int
		from, to int
	}{{&d.day, 5, 7}, {&d.year, 12, 16}, {&d.hour, 17, 19}, {&d.minute, 20, 22}, {&d.second, 23, 25}} {
		for _, c := range []byte(s[part.from:part.to]) {
			if !isDigit(c) {
				return d, false
			}
			*part.n = *part.n*10 + int(c-'0')
		}
	}
	return d, 1 <= d.day && d.day <= 31 && d.hour < 24 && d.minute < 60 && d.second <= 60
}

// readDate reads any of the forms. They differ in where a comma and hyphens stand and in the
// order of the words.
func readDate(text string) (d date, ok bool) {
	if len(text) > 64 {
		return d, false
	}
	weekday, rest, comma := strings.Cut(text, ",")
	var year, month, day, clock string
	if comma {
		words := strings.Fields(rest)
		if len(words) == 3 {
			words = append(strings.Split(words[0], "-"), words[1:]...)
		}
		if len(words) != 5 || !isZone(words[4]) {
			return d, false
		}
		day, month, year, clock = words[0], words[1], words[2], words[3]
	} else {
		words := strings.Fields(text)
		if len(words) == 6 && isZone(words[5]) {
			words = words[:5]
		}
		if len(words) != 5 {
			return d, false
		}
		weekday, month, day, clock, year = words[0], words[1], words[2], words[3], words[4]
	}
	if !isName(weekday) {
		return d, false
	}
	if d.twoDigits = len(year) == 2; d.twoDigits {
		d.weekday = weekday
	}
	var okYear, okMonth, okDay, okClock bool
	d.year, okYear = digits(year, 2, 4)
	d.month, okMonth = monthOf(month)
	d.day, okDay = digits(day, 1, 2)
	okClock = d.readClock(clock)
	return d, okYear && len(year) != 3 && okMonth && okDay && 1 <= d.day && d.day <= 31 && okClock
}

// readClock reads hh:mm:ss.
func (d *date) readClock(text string) bool {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return false
	}
	var okHour, okMinute, okSecond bool
	d.hour, okHour = digits(parts[0], 1, 2)
	d.minute, okMinute = digits(parts[1], 2, 2)
	d.second, okSecond = digits(parts[2], 2, 2)
	return okHour && okMinute && okSecond && d.hour < 24 && d.minute < 60 && d.second <= 60
}

// isZone reports whether a word stands for Greenwich. Only GMT is right.
func isZone(word string) bool {
	switch lower(word) {
	case "gmt", "utc", "ut", "+0000":
		return true
	}
	return false
}

// isName reports whether a word is made of letters, as the name of a day is.
func isName(word string) bool {
	for i := range len(word) {
		if c := word[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return len(word) >= 3
}

const months = "janfebmaraprmayjunjulaugsepoctnovdec"

func monthOf(word string) (time.Month, bool) {
	if len(word) != 3 {
		return 0, false
	}
	i := strings.Index(months, lower(word))
	return time.Month(i/3 + 1), i >= 0 && i%3 == 0
}

// digits returns the number that between least and most digits make.
func digits(s string, least, most int) (int, bool) {
	if len(s) < least || len(s) > most || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
