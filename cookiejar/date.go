// The dates of cookies (RFC 6265bis 5.1.1). They are read generously, as there are servers that
// write them in any way: tokens in any order between delimiters of many kinds.

package cookiejar

import "time"

// parseDate reads a cookie-date. ok is false if it is none, or a date that does not exist.
func parseDate(s string) (date time.Time, ok bool) {
	var (
		d                                  cookieDate
		hasTime, hasDay, hasMonth, hasYear bool
	)
	for s != "" {
		var token string
		token, s = nextToken(s)
		switch {
		case token == "": // delimiters at the end
		case !hasTime && d.time(token):
			hasTime = true
		case !hasDay && number(&d.day, token, 1, 2):
			hasDay = true
		case !hasMonth && d.monthName(token):
			hasMonth = true
		case !hasYear && number(&d.year, token, 2, 4):
			hasYear = true
		}
	}
	if !hasTime || !hasDay || !hasMonth || !hasYear {
		return date, false
	}
	return d.date()
}

// A cookieDate is the numbers of a date as they were found.
type cookieDate struct{ year, month, day, hour, minute, second int }

// date checks the numbers.
func (d cookieDate) date() (date time.Time, ok bool) {
	switch {
	case 70 <= d.year && d.year <= 99:
		d.year += 1900
	case d.year <= 69:
		d.year += 2000
	}
	if d.year < 1601 || d.day < 1 || d.hour > 23 || d.minute > 59 || d.second > 59 {
		return date, false
	}
	date = time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, time.UTC)
	return date, date.Day() == d.day // else there is no such day in this month
}

// time takes a token that begins with h:m:s, each of one digit or two.
func (d *cookieDate) time(token string) bool {
	var fields [3]int
	for i := range fields {
		n := digits(token, 3)
		if n < 1 || n > 2 {
			return false
		}
		fields[i], token = atoi(token[:n]), token[n:]
		if i == len(fields)-1 {
			break
		}
		if token == "" || token[0] != ':' {
			return false
		}
		token = token[1:]
	}
	d.hour, d.minute, d.second = fields[0], fields[1], fields[2]
	return true
}

const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// monthName takes a token that begins with the first three letters of a month.
func (d *cookieDate) monthName(token string) bool {
	if len(token) < 3 {
		return false
	}
	for i := 0; i < len(months); i += 3 {
		if equalFold(token[:3], months[i:i+3]) {
			d.month = i/3 + 1
			return true
		}
	}
	return false
}

// number takes a token that begins with a number of so many digits.
func number(to *int, token string, least, most int) bool {
	n := digits(token, most+1)
	if n < least || n > most {
		return false
	}
	*to = atoi(token[:n])
	return true
}

// nextToken cuts the first token off, "" if there is none any more.
func nextToken(s string) (token, rest string) {
	for s != "" && isDelimiter(s[0]) {
		s = s[1:]
	}
	end := 0
	for end < len(s) && !isDelimiter(s[end]) {
		end++
	}
	return s[:end], s[end:]
}

func isDelimiter(c byte) bool {
	return c == '\t' || 0x20 <= c && c <= 0x2f || 0x3b <= c && c <= 0x40 || 0x5b <= c && c <= 0x60 || 0x7b <= c && c <= 0x7e
}

// digits counts the digits at the beginning, up to a number that is already too many.
func digits(s string, most int) int {
	n := 0
	for n < len(s) && n < most && isDigit(s[n]) {
		n++
	}
	return n
}

// atoi is for the few digits that digits has counted.
func atoi(s string) (n int) {
	for i := range len(s) {
		n = 10*n + int(s[i]-'0')
	}
	return n
}
