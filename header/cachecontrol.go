// Cache-Control, of requests and of responses (RFC 9111 5.2).

package header

import (
	"net/http"
	"strings"
	"time"
)

// CacheControl is a Cache-Control, of a request or of a response.
//
// A duration is as an http.Cookie's MaxAge: 0 means that the directive is not there, negative
// that it is and says 0. Durations are whole seconds, and [Forever] at most; what is below a
// second is written as 0.
type CacheControl struct {
	MaxAge  time.Duration // max-age
	SMaxAge time.Duration // s-maxage: in place of max-age, for shared caches

	NoCache        bool     // no-cache: ask the server before each use
	NoCacheFields  []string // if not empty, no-cache is about these fields only; NoCache is true as well
	NoStore        bool     // no-store
	NoTransform    bool     // no-transform
	Private        bool     // private: not for shared caches
	PrivateFields  []string // if not empty, private is about these fields only; Private is true as well
	Public         bool     // public
	Immutable      bool     // immutable: does not change while it is fresh (RFC 8246)
	MustUnderstand bool     // must-understand: not to be stored unless its status is understood

	MustRevalidate       bool          // must-revalidate: not to be used when stale
	ProxyRevalidate      bool          // proxy-revalidate: the same for shared caches
	StaleWhileRevalidate time.Duration // stale-while-revalidate: how stale it may be used meanwhile (RFC 5861)
	StaleIfError         time.Duration // stale-if-error: how stale it may be used if the server fails (RFC 5861)

	// What only requests say.
	MaxStale     time.Duration // max-stale: how stale it may be; Forever if however stale
	MinFresh     time.Duration // min-fresh: how long it must still be fresh
	OnlyIfCached bool          // only-if-cached: 504 rather than asking the server

	Extensions Params // directives that are none of these
}

// none is what a directive that says 0 is read as.
const none = -time.Second

// ParseCacheControl reads a Cache-Control. Whatever is wrong in it is read so that less is
// stored and used: a lifetime that is no number is over, of two the shorter counts, a qualified
// private or no-cache that breaks the rules is about the whole response, and a field of more
// directives than are read says no-store. Directives that are separated by something else than
// a comma are read nevertheless.
func ParseCacheControl(values []string) (CacheControl, error) {
	r := reader{field: "Cache-Control"}
	var c CacheControl
	for _, line := range values {
		if !isText(line) {
			r.fail("a control character", line)
			line = strings.Map(controlToSpace, line)
		}
		for element := range r.elements([]string{line}, plain) {
			d, rest := cutDirective(element)
			c.add(&r, d)
			for rest != "" && r.count() {
				r.fail("no comma between directives", element)
				d, rest = cutDirective(rest)
				c.add(&r, d)
			}
		}
	}
	if r.items > maxItems {
		c.NoStore = true
	}
	return c, r.first
}

func controlToSpace(c rune) rune {
	if c < ' ' || c == 0x7f {
		return ' '
	}
	return c
}

// A directive is one of the field, as it stands there.
type directive struct {
	text     string // all of it
	name     string
	arg      string
	hasArg   bool
	quoted   bool // the argument is a quoted string
	trailing bool // and does not end where the quotation does, or is one without an end
}

// cutDirective splits s after the directive that it begins with and the space, semicolons
// included, that follows.
func cutDirective(s string) (d directive, rest string) {
	const space = " \t;"
	end := strings.IndexAny(s, "="+space)
	if end < 0 {
		end = len(s)
	}
	d.name = s[:end]
	rest = s[end:]
	if strings.HasPrefix(rest, "=") {
		d.hasArg = true
		if d.arg, rest, d.quoted = cutQuoted(rest[1:]); !d.quoted {
			d.trailing = strings.HasPrefix(rest, `"`)
		}
		end := strings.IndexAny(rest, space)
		if end < 0 {
			end = len(rest)
		}
		if d.quoted {
			d.trailing = end > 0
		} else {
			d.arg = rest[:end]
		}
		rest = rest[end:]
	}
	d.text = s[:len(s)-len(rest)]
	return d, strings.TrimLeft(rest, space)
}

// add adds what one directive says.
func (c *CacheControl) add(r *reader, d directive) {
	if d.name == "" && !d.hasArg {
		return // semicolons, and nothing else
	}
	if !isToken(d.name) {
		r.fail("not a directive", d.text)
		return
	}
	d.name = lower(d.name)
	switch d.name {
	case "max-age":
		shorten(&c.MaxAge, d.seconds(r, none))
	case "s-maxage":
		shorten(&c.SMaxAge, d.seconds(r, none))
	case "stale-while-revalidate":
		shorten(&c.StaleWhileRevalidate, d.seconds(r, none))
	case "stale-if-error":
		shorten(&c.StaleIfError, d.seconds(r, none))
	case "max-stale":
		if d.hasArg {
			shorten(&c.MaxStale, d.seconds(r, none))
		} else {
			shorten(&c.MaxStale, Forever)
		}
	case "min-fresh":
		if fresh := d.seconds(r, Forever); c.MinFresh == 0 || fresh > c.MinFresh {
			c.MinFresh = fresh
		}
	case "no-cache":
		c.NoCache, c.NoCacheFields = d.qualify(r, c.NoCache, c.NoCacheFields)
	case "private":
		c.Private, c.PrivateFields = d.qualify(r, c.Private, c.PrivateFields)
	default:
		c.addFlag(r, d)
	}
}

// addFlag adds a directive that has no argument, or an extension.
func (c *CacheControl) addFlag(r *reader, d directive) {
	flag := c.flag(d.name)
	switch {
	case flag == nil:
		if d.trailing {
			r.fail("not a directive", d.text)
			d.arg = strings.Trim(d.arg, `"`)
		}
		c.Extensions = append(c.Extensions, Param{d.name, d.arg})
	case !d.hasArg:
		*flag = true
	default:
		r.fail("an argument where none belongs", d.text)
		if flag != &c.Public && flag != &c.Immutable { // the two that allow something
			*flag = true
		}
	}
}

// flag returns where a directive without an argument is kept, nil if there is none of that
// name.
func (c *CacheControl) flag(name string) *bool {
	switch name {
	case "no-store":
		return &c.NoStore
	case "no-transform":
		return &c.NoTransform
	case "public":
		return &c.Public
	case "immutable":
		return &c.Immutable
	case "must-understand":
		return &c.MustUnderstand
	case "must-revalidate":
		return &c.MustRevalidate
	case "proxy-revalidate":
		return &c.ProxyRevalidate
	case "only-if-cached":
		return &c.OnlyIfCached
	}
	return nil
}

// seconds returns the directive's argument, otherwise if it is no number of seconds. It may be
// quoted (RFC 9111 5.2).
func (d directive) seconds(r *reader, otherwise time.Duration) time.Duration {
	n, ok := parseSeconds(d.arg)
	switch {
	case !ok || d.trailing:
		r.fail("not a number of seconds", d.text)
		return otherwise
	case n == 0:
		return none
	}
	return n
}

// shorten sets *d to the shorter one.
func shorten(d *time.Duration, n time.Duration) {
	if *d == 0 || n < *d {
		*d = n
	}
}

// qualify returns what the directive makes of the same one before. Fields that cannot be read
// without any doubt are all fields (RFC 9111 5.2.2.4 and 5.2.2.7 allow that always).
func (d directive) qualify(r *reader, before bool, fields []string) (there bool, all []string) {
	if !d.hasArg || before && fields == nil {
		return true, nil
	}
	if !d.quoted || d.trailing || trim(d.arg) != d.arg {
		r.fail("not a list of fields in quotation marks", d.text)
		return true, nil
	}
	for name := range strings.SplitSeq(d.arg, ",") {
		name = trim(name)
		if !isToken(name) || !r.count() {
			r.fail("not a list of fields in quotation marks", d.text)
			return true, nil
		}
		fields = append(fields, http.CanonicalHeaderKey(name))
	}
	return true, fields
}

// String writes the directives, "" if there are none.
func (c CacheControl) String() string {
	var b []byte
	flag := func(name string, there bool) {
		if there {
			b = append(appendSeparator(b), name...)
		}
	}
	seconds := func(name string, d time.Duration) {
		if d != 0 {
			b = appendSeconds(append(append(appendSeparator(b), name...), '='), d)
		}
	}
	qualified := func(name string, there bool, fields []string) {
		if list := joinTokens(fields); list != "" {
			b = appendQuoted(append(append(appendSeparator(b), name...), '='), list)
		} else {
			flag(name, there || len(fields) > 0)
		}
	}
	flag("public", c.Public)
	qualified("private", c.Private, c.PrivateFields)
	flag("no-store", c.NoStore)
	qualified("no-cache", c.NoCache, c.NoCacheFields)
	seconds("max-age", c.MaxAge)
	seconds("s-maxage", c.SMaxAge)
	flag("must-revalidate", c.MustRevalidate)
	flag("proxy-revalidate", c.ProxyRevalidate)
	flag("must-understand", c.MustUnderstand)
	flag("no-transform", c.NoTransform)
	flag("immutable", c.Immutable)
	seconds("stale-while-revalidate", c.StaleWhileRevalidate)
	seconds("stale-if-error", c.StaleIfError)
	seconds("min-fresh", c.MinFresh)
	if c.MaxStale >= Forever {
		flag("max-stale", true)
	} else {
		seconds("max-stale", c.MaxStale)
	}
	flag("only-if-cached", c.OnlyIfCached)
	for _, extension := range c.Extensions {
		if isToken(extension.Name) && isText(extension.Value) {
			flag(lower(extension.Name), true)
			if extension.Value != "" {
				b = appendWord(append(b, '='), extension.Value)
			}
		}
	}
	return string(b)
}
