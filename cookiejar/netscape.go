// The format of cookies.txt, which curl, wget, Python and browsers' extensions share: a cookie
// a line, seven fields with tabs between them.

package cookiejar

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"
)

// httpOnlyPrefix stands before the domain of a cookie that is HttpOnly, in what is a comment to
// programs that do not know it.
const httpOnlyPrefix = "#HttpOnly_"

const netscapeHead = "# Netscape HTTP Cookie File\n# This file was written by Godwit. Edit at your own risk.\n\n"

// WriteNetscape writes the jar as cookies.txt, the oldest cookie first; cookies that end with
// the session only if SaveSession is set. The format knows neither SameSite nor Partitioned,
// and no parts of seconds. It cannot have tabs within a name, value or path: leftOut says how
// many cookies are not in the file for that.
func (j *Jar) WriteNetscape(w io.Writer) (leftOut int, err error) {
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(netscapeHead) // Flush has the error
	for _, e := range j.saved(age) {
		if strings.IndexByte(e.Name+e.Value+e.Path, '\t') >= 0 {
			leftOut++
			continue
		}
		if _, err := b.WriteString(netscapeLine(&e.Cookie)); err != nil {
			return leftOut, err
		}
	}
	return leftOut, b.Flush()
}

// netscapeLine returns the line of a cookie. No cookie has a CR or LF.
func netscapeLine(c *Cookie) string {
	domain, expiry := c.Domain, "0"
	if !c.HostOnly {
		domain = "." + domain
	}
	if c.HTTPOnly {
		domain = httpOnlyPrefix + domain
	}
	if !c.Expires.IsZero() {
		expiry = strconv.FormatInt(c.Expires.Unix(), 10)
	}
	return strings.Join([]string{domain, flag(!c.HostOnly), c.Path, flag(c.Secure), expiry, c.Name, c.Value}, "\t") + "\n"
}

func flag(set bool) string {
	if set {
		return "TRUE"
	}
	return "FALSE"
}

// ReadNetscape adds the cookies of a cookies.txt, whole or not at all, as [Jar.ReadFrom] does
// with its format. Lines that begin with "#" or "$" are comments, but for those that begin with
// "#HttpOnly_". Only a second field of TRUE makes a cookie one for the hosts below, not a dot
// before the domain; there are none below an address or a name of one label. A port behind the
// host, which wget writes, does not count. An expiry of 0, or none, is the end of the session.
func (j *Jar) ReadNetscape(r io.Reader) error {
	text, err := readAll(r)
	if err != nil {
		return err
	}
	loaded := loader{now: timeNow()}
	if err := loaded.readNetscape(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))); err != nil {
		return err
	}
	j.merge(&loaded)
	return nil
}

func (l *loader) readNetscape(text []byte) error {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if err := l.readLine(string(line)); err != nil {
			return &FileError{Line: n, Err: err}
		}
	}
	return nil
}

func (l *loader) readLine(line string) error {
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	rest, httpOnly := strings.CutPrefix(line, httpOnlyPrefix)
	if trim(rest) == "" || !httpOnly && (rest[0] == '#' || rest[0] == '$') {
		return nil
	}
	c, err := parseNetscape(rest)
	if err != nil {
		return err
	}
	c.HTTPOnly = httpOnly
	return l.add(c)
}

// parseNetscape reads the fields of a line. One without the last, the value, has an empty
// value, as curl has it.
func parseNetscape(line string) (c Cookie, err error) {
	fields := strings.SplitN(line, "\t", 9)
	if len(fields) == 6 {
		fields = append(fields, "")
	}
	if len(fields) != 7 {
		return c, errFields
	}
	below, ok := parseFlag(fields[1])
	secure, ok2 := parseFlag(fields[3])
	if !ok || !ok2 {
		return c, errFlag
	}
	if fields[2] == "" {
		return c, errPath
	}
	c = Cookie{
		Domain: withoutPort(strings.TrimPrefix(fields[0], ".")),
		Path:   fields[2], Secure: secure, Name: fields[5], Value: fields[6],
	}
	c.HostOnly = !below || isAlone(c.Domain)
	c.Expires, ok = parseExpiry(fields[4])
	if !ok {
		return c, errExpiry
	}
	return c, nil
}

// withoutPort cuts the port off a name or an IPv4 address.
func withoutPort(s string) string {
	if host, port, ok := strings.Cut(s, ":"); ok && port != "" && strings.Trim(port, "0123456789") == "" {
		return host
	}
	return s
}

// isAlone reports whether there can be no hosts below s: it is an address, or a name of one
// label.
func isAlone(s string) bool {
	h, ok := canonical(s)
	return ok && (h.ip || strings.IndexByte(h.name, '.') < 0)
}

func parseFlag(s string) (set, ok bool) {
	return equalFold(s, "TRUE"), equalFold(s, "TRUE") || equalFold(s, "FALSE")
}

// parseExpiry reads seconds since 1970, with a fraction perhaps, which does not count.
func parseExpiry(s string) (t time.Time, ok bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	digits, negative := strings.CutPrefix(whole, "-")
	if strings.Trim(fraction, "0123456789") != "" || strings.Trim(digits, "0123456789") != "" {
		return t, false
	}
	switch digits = strings.TrimLeft(digits, "0"); {
	case digits == "":
		return t, s == "" || whole != "" && !negative
	case negative:
		return time.Unix(1, 0), true
	case len(digits) > 12: // beyond the year 9999
		digits = "253402300799"
	}
	seconds, err := strconv.ParseInt(digits, 10, 64)
	return time.Unix(seconds, 0), err == nil
}
