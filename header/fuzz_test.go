package header

// What holds of every Parse function, whatever it is given: it ends, and soon; its errors are
// short and harmless; what it has read can be written and read again as the same; what is
// written is a field's value.

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// every is each Parse function with how its result is written.
var every = map[string]func(lines []string) (value any, written string, err error){
	"Accept":                    reads(ParseAccept),
	"Age":                       func(l []string) (any, string, error) { d, err := single(ParseAge)(l); return d, FormatAge(d), err },
	"Allow":                     reads(ParseAllow),
	"Alt-Svc":                   reads(ParseAltSvc),
	"Cache-Control":             reads(ParseCacheControl),
	"Connection":                reads(ParseConnection),
	"Content-Disposition":       reads(single(ParseContentDisposition)),
	"Content-Range":             reads(single(ParseContentRange)),
	"Content-Type":              reads(single(ParseContentType)),
	"ETag":                      reads(single(ParseETag)),
	"If-Match or If-None-Match": reads(ParseETags),
	"Link":                      reads(ParseLinks),
	"Range":                     reads(single(ParseRange)),
	"Retry-After":               reads(single(ParseRetryAfter)),
	"Server-Timing":             reads(ParseServerTiming),
	"Strict-Transport-Security": reads(single(ParseStrictTransportSecurity)),
	"TE":                        reads(ParseTE),
	"HTTP-date":                 func(l []string) (any, string, error) { t, err := single(ParseTime)(l); return t, FormatTime(t), err },
	"Transfer-Encoding":         reads(ParseTransferEncoding),
	"Upgrade":                   reads(ParseUpgrade),
	"Vary":                      reads(ParseVary),
	"Via":                       reads(ParseVia),
	"Warning":                   reads(ParseWarnings),
}

func reads[T interface{ String() string }](parse func([]string) (T, error)) func([]string) (any, string, error) {
	return func(lines []string) (any, string, error) {
		v, err := parse(lines)
		return v, v.String(), err
	}
}

// checkEvery checks what holds of every Parse function.
func checkEvery(t *testing.T, field string, lines ...string) {
	t.Helper()
	parse := every[field]
	value, written, err := parse(lines)
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		switch {
		case !ok:
			t.Errorf("%s: %q: %T is not an *Error", field, lines, err)
		case e.Field != field, e.Problem == "", len(e.Text) > maxQuoted:
			t.Errorf("%s: %q: %#v", field, lines, e)
		case !isText(e.Error()), utf8.ValidString(e.Text) && !isPrintable(e.Error()):
			t.Errorf("%s: %q: the error is %q", field, lines, e.Error())
		}
	}
	if !isText(written) {
		t.Errorf("%s: %q is written as %q", field, lines, written)
	}
	// The longest that writing can make of reading: a byte of a name, percent-encoded, and twice.
	if most := 64 + 8*len(strings.Join(lines, "    ")); len(written) > most {
		t.Errorf("%s: %q is written in %d bytes: %q", field, lines, len(written), written)
	}
	if err != nil && (written == "" || reflect.ValueOf(value).IsZero()) {
		return
	}
	again, writtenAgain, err := parse([]string{written})
	if err != nil || !reflect.DeepEqual(value, again) || written != writtenAgain {
		t.Errorf("%s: %q, read as\n%#v, is written as\n%q, which is read as\n%#v, %v", field, lines, value, written, again, err)
	}
}

func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) })
}

// seeds are values of all fields, right ones and wrong ones.
var seeds = []string{
	"", ",", ";", "=", "\"", "(", "<", "*", "\\", "\"\\", "\xff", "\u202e", "a=\"b,c\";d, e",
	`private="a, b", max-age=60, no-cache=" x", ext="y\"", max-stale, min-fresh=x`,
	"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
	"1.0 fred, 1.1 nowhere.com (Apache (x\\) )/1.1), h2/2 [::1]:80",
	`112 - "network down" "Wed, 21 Oct 2015 07:28:00 GMT", 299 a b`,
	"close, Upgrade", "gzip;a=\"b\", chunked", "trailers, deflate;q=0.5;x", "HTTP/2.0, IRC/6.9, websocket",
	`<a,b>; rel="next x"; title*=UTF-8'de'n%c3%a4; anchor="#y"; crossorigin, <c>;rel=d`,
	`attachment; filename="EURO \"rates\""; filename*=utf-8''%e2%82%ac%20rates; x=y`,
	`attachment; filename="=?UTF-8?Q?=C3=A4?="`, "120", "1.5", "text/html;charset=\"utf-8\"; a=b",
	"text/*;q=0.3, text/html;level=1;q=.7, *;q=0", `W/"a,b", "c\", *`, "bytes=0-499, -5, 7-", "bytes 0-499/1234", "bytes */5",
	`cache;desc="Cache Read";dur=23.2, db`, "max-age=31536000; includeSubDomains; preload",
	`h2="alt.example.com:8000"; ma=60; persist=1, w%3Dx=":443", clear`,
}

func TestEvery(t *testing.T) {
	for field := range every {
		for _, seed := range seeds {
			for end := range len(seed) + 1 { // cut at every byte
				checkEvery(t, field, seed[:end])
			}
			checkEvery(t, field, seed, "garbage(\x00", seed)
			checkEvery(t, field, seed+"\"", seed)
		}
	}
}

func FuzzEvery(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed, "")
		f.Add(seed+", "+seed, seed)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		for field := range every {
			checkEvery(t, field, first, second)
		}
	})
}

// TestLinear gives each of them 100 kB of what takes others quadratic time or
// worse (CVE-2022-25881, CVE-2020-8492, CVE-2026-47077). A second is a hundred times what it needs,
// and a part of what a quadratic one would.
func TestLinear(t *testing.T) {
	junk := []string{
		" ", "\t", ",", " ,", ";", "; ", "=", "=;", "\"", "\\", "\\\"", "\"\\\"", "(", ")", "(\\", "()", "<", ">", "<>", "<a>;", "<a>,", "< ",
		"a", "a,", "a;", "a=", "a=b;", "a=\"b\";", "a=\"", "a=\"b\",", "W/\"", "\"\",", "*,", "%", "%20", "0", "9", "-", "0-0,", "a/b,", "a/b;", "a/b;q=0,",
		"\x00", "\xff", "=?", "=?UTF-8?Q?a?= ", "=?UTF-8?B?", "1.1 a (", "1.1 a,", "299 - \"a\",", "299 - a ", "a=\":1\",", "private=\"a\",", "private=\"a,", "no-store ",
	}
	within := map[string][]string{ // what the junk may follow
		"Accept": {"a/b; a="}, "Age": {"1"}, "Alt-Svc": {`a=":1"; `}, "Cache-Control": {`private="`, "max-age="},
		"Content-Disposition": {`a; filename="`, "a; filename*=UTF-8''"}, "Content-Range": {"bytes "}, "Content-Type": {"a/b; "},
		"If-Match or If-None-Match": {`W/"`}, "Link": {"<", `<a>; rel="`}, "Range": {"bytes="}, "Via": {"1.1 a ("}, "Warning": {`299 - "`},
	}
	const size = 100_000 / raceSlows
	for field, parse := range every {
		for _, prefix := range append(within[field], "") {
			for _, piece := range junk {
				in := []string{prefix + strings.Repeat(piece, size/len(piece))}
				soon(t, field, prefix+piece, func() {
					_, written, err := parse(in)
					if len(written) > 8*size {
						t.Errorf("%s: %d bytes written of %q", field, len(written), prefix+piece)
					}
					if err != nil && len(err.Error()) > 400 {
						t.Errorf("%s: an error of %d bytes", field, len(err.Error()))
					}
				})
			}
		}
	}
	for _, piece := range junk {
		in := strings.Repeat(piece, size/len(piece))
		soon(t, "SafeName", piece, func() { SafeName(in) })
	}
}

// soon fails the test if f takes too long, three times running: others use the machine too.
func soon(t *testing.T, field, what string, f func()) {
	t.Helper()
	for range 3 {
		start := time.Now()
		f()
		if time.Since(start) < time.Second {
			return
		}
	}
	t.Errorf("%s takes too long for many of %q", field, what)
}

func TestErrorText(t *testing.T) {
	_, err := ParseLinks(lines(strings.Repeat("€", 30) + "\"\u202e"))
	want := `Link: not a link: "` + strings.Repeat("€", 20) + `"`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err = ParseAge("\x1b[2J\u202e"); err == nil || err.Error() != `Age: a control character: "\x1b[2J\u202e"` {
		t.Error(err)
	}
}

// pieces are what values are made of. TestPieces puts them together at random: that comes
// closer to real fields than bytes do.
var pieces = []string{
	" ", "\t", ",", ", ", ";", "; ", "=", "\"", "\"", "\\", "'", "(", ")", "<", ">", "*", "/", ":", "%", "-", ".", "\xff", "é", "\x00", "\u202e", "\u212a",
	"a", "B", "q", "q=0", "q=.5", "q=\"0.25\"", "0", "1", "60", "2147483648", "99999999999999999999", "W/\"a\"", "\"a,b\"", "\"\"", "a=b", "a=\"\\\"\"",
	"max-age=", "max-stale", "private=", "no-cache=\"", "no-store", "public", "1.1 a", "HTTP/1.1 b", "299 - ", "\"Wed, 21 Oct 2015 07:28:00 GMT\"",
	"close", "chunked", "trailers", "text/html", "*/*", "charset=", "<a>", "rel=", "rel=\"a b\"", "anchor=", "title=", "title*=", "UTF-8''", "%c3%a4", "%00", "iso-8859-1''",
	"attachment", "filename=", "filename*=", "=?UTF-8?Q?=C3=A4?=", "bytes=", "bytes ", "0-1", "-5", "5-", "/10", "dur=", "desc=", "1.5", "includeSubDomains", "h2=\"", ":443\"", "[::1]", "clear", "ma=", "persist=1",
	"Sun, ", "06 Nov 1994 ", "06-Nov-94 ", "08:49:37 ", "GMT",
}

func TestPieces(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for field := range every {
		for range pieceRounds {
			var line strings.Builder
			for range 1 + random.IntN(14) {
				line.WriteString(pieces[random.IntN(len(pieces))])
			}
			checkEvery(t, field, line.String())
		}
		if t.Failed() {
			return
		}
	}
}

const pieceRounds = 2000 / raceSlows
