package header

import (
	"strings"
	"testing"
	"time"
)

func TestCacheControl(t *testing.T) {
	check(t, ParseCacheControl, []reading[CacheControl]{
		{nil, CacheControl{}, "", ""},
		{lines("", " , ,"), CacheControl{}, "", ""},
		{lines("no-cache"), CacheControl{NoCache: true}, "no-cache", ""},
		{lines("max-age=2592000"), CacheControl{MaxAge: 720 * time.Hour}, "max-age=2592000", ""},
		// RFC 9111 5.2: both forms of an argument; names have no case.
		{lines(`Max-Age="60", S-MAXAGE=0`), CacheControl{MaxAge: time.Minute, SMaxAge: -time.Second}, "max-age=60, s-maxage=0", ""},
		// RFC 9111 5.2.3, an extension; 5.2.2.7.
		{
			lines(`private, community="UCI"`),
			CacheControl{Private: true, Extensions: Params{{"community", "UCI"}}},
			"private, community=UCI", "",
		},
		// RFC 5861 3.1 and 4.1.
		{
			lines("max-age=600, stale-while-revalidate=30", "stale-if-error=1200"),
			CacheControl{MaxAge: 10 * time.Minute, StaleWhileRevalidate: 30 * time.Second, StaleIfError: 20 * time.Minute},
			"max-age=600, stale-while-revalidate=30, stale-if-error=1200", "",
		},
		// RFC 8246 2.
		{lines("max-age=31536000, immutable"), CacheControl{MaxAge: 8760 * time.Hour, Immutable: true}, "max-age=31536000, immutable", ""},
		{
			lines("public,must-revalidate,proxy-revalidate,must-understand,no-transform,no-store"),
			CacheControl{Public: true, MustRevalidate: true, ProxyRevalidate: true, MustUnderstand: true, NoTransform: true, NoStore: true},
			"public, no-store, must-revalidate, proxy-revalidate, must-understand, no-transform", "",
		},
		// Requests.
		{
			lines("max-stale, min-fresh=20, only-if-cached"),
			CacheControl{MaxStale: Forever, MinFresh: 20 * time.Second, OnlyIfCached: true},
			"min-fresh=20, max-stale, only-if-cached", "",
		},
		{lines("max-stale=60"), CacheControl{MaxStale: time.Minute}, "max-stale=60", ""},
		// RFC 9111 1.2.2.
		{lines("max-age=2147483647"), CacheControl{MaxAge: Forever - time.Second}, "max-age=2147483647", ""},
		{lines("max-age=1" + strings.Repeat("0", 30)), CacheControl{MaxAge: Forever}, "max-age=2147483648", ""},
		// Qualified.
		{
			lines(`private="set-cookie, X-A", no-cache="y"`),
			CacheControl{Private: true, PrivateFields: []string{"Set-Cookie", "X-A"}, NoCache: true, NoCacheFields: []string{"Y"}},
			`private="Set-Cookie, X-A", no-cache="Y"`, "",
		},
		{lines(`private="a", private="b"`), CacheControl{Private: true, PrivateFields: []string{"A", "B"}}, `private="A, B"`, ""},
		{lines(`private="a", private`), CacheControl{Private: true}, "private", ""},
		{lines(`private, private="a"`), CacheControl{Private: true}, "private", ""},
		// Twice: the careful one.
		{lines("max-age=60", "max-age=30", "max-age=90"), CacheControl{MaxAge: 30 * time.Second}, "max-age=30", ""},
		{lines("max-age=60, max-age=0"), CacheControl{MaxAge: -time.Second}, "max-age=0", ""},
		{lines("min-fresh=60, min-fresh=30"), CacheControl{MinFresh: time.Minute}, "min-fresh=60", ""},
		{lines("max-stale, max-stale=5"), CacheControl{MaxStale: 5 * time.Second}, "max-stale=5", ""},
		// Extensions of all shapes.
		{
			lines(`A, b=c, d="e, f=\"g\"", h=""`),
			CacheControl{Extensions: Params{{"a", ""}, {"b", "c"}, {"d", `e, f="g"`}, {"h", ""}}},
			`a, b=c, d="e, f=\"g\"", h`, "",
		},
	})
}

// What breaks the rules is read so that less is stored and used.
func TestCacheControlGarbage(t *testing.T) {
	const (
		number = "not a number of seconds"
		fields = "not a list of fields in quotation marks"
		comma  = "no comma between directives"
	)
	private := CacheControl{Private: true}
	check(t, ParseCacheControl, []reading[CacheControl]{
		// CVE-2026-9678, CVE-2026-13697.
		{lines(`private=" authorization"`), private, "private", fields},
		{lines(`private="authorization "`), private, "private", fields},
		{lines(`private=""`), private, "private", fields},
		{lines(`private=`), private, "private", fields},
		{lines(`private=authorization`), private, "private", fields},
		{lines(`private="a b"`), private, "private", fields},
		{lines(`private="a,,b"`), private, "private", fields},
		{lines(`private="a"b`), private, "private", fields},
		{lines(`private="a`), private, "private", fields},
		{lines(`private="a", private=b`), private, "private", fields},
		{lines(`private="a`, `no-store`), CacheControl{Private: true, NoStore: true}, "private, no-store", fields},
		{lines(`private="a, no-store`), CacheControl{Private: true, NoStore: true}, "private, no-store", fields},
		{lines(`no-cache=" x"`), CacheControl{NoCache: true}, "no-cache", fields},
		// Lifetimes.
		{lines("max-age"), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines("max-age="), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines("max-age=-1"), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines("max-age=1.5"), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines(`max-age="60`), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines(`max-age="60"0`), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines(`max-age=" 60"`), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines("max-age=60, max-age=x"), CacheControl{MaxAge: none}, "max-age=0", number},
		{lines("s-maxage=x"), CacheControl{SMaxAge: none}, "s-maxage=0", number},
		{lines("max-stale=x"), CacheControl{MaxStale: none}, "max-stale=0", number},
		{lines("min-fresh"), CacheControl{MinFresh: Forever}, "min-fresh=2147483648", number},
		{lines("stale-if-error"), CacheControl{StaleIfError: none}, "stale-if-error=0", number},
		// Arguments where none belong.
		{lines("no-store=x"), CacheControl{NoStore: true}, "no-store", "an argument where none belongs"},
		{lines("public=x, immutable="), CacheControl{}, "", "an argument where none belongs"},
		// Something else than commas.
		{lines("private; max-age=0;"), CacheControl{Private: true, MaxAge: none}, "private, max-age=0", comma},
		{lines("no-cache no-store"), CacheControl{NoCache: true, NoStore: true}, "no-store, no-cache", comma},
		{lines(`private="a" no-store`), CacheControl{Private: true, PrivateFields: []string{"A"}, NoStore: true}, `private="A", no-store`, comma},
		{lines("max-age = 60"), CacheControl{MaxAge: none, Extensions: Params{{"60", ""}}}, "max-age=0, 60", number},
		// No directives at all.
		{lines("=60, (x), no-store"), CacheControl{NoStore: true}, "no-store", "not a directive"},
		{lines("no-store\x00, a=\x1b"), CacheControl{NoStore: true, Extensions: Params{{"a", ""}}}, "no-store, a", "a control character"},
		{lines(`a="b`), CacheControl{Extensions: Params{{"a", "b"}}}, "a=b", "not a directive"},
	})
}

func TestCacheControlTooLong(t *testing.T) {
	c, err := ParseCacheControl(lines(strings.Repeat("a,", 5000) + "max-age=0"))
	if err == nil || !c.NoStore || len(c.Extensions) != maxItems {
		t.Errorf("%v, %v, %d extensions", err, c.NoStore, len(c.Extensions))
	}
	c, err = ParseCacheControl(lines(`private="` + strings.Repeat("a,", 5000) + `a"`))
	if err == nil || !c.Private || c.PrivateFields != nil {
		t.Errorf("%v, %v, %d fields", err, c.Private, len(c.PrivateFields))
	}
}

// What cannot be written is left out, and nothing can be smuggled in.
func TestCacheControlWrite(t *testing.T) {
	for want, c := range map[string]CacheControl{
		"max-age=0":            {MaxAge: time.Millisecond},
		"max-age=1":            {MaxAge: 1999 * time.Millisecond},
		"max-age=2147483648":   {MaxAge: 1<<63 - 1},
		`private="A"`:          {PrivateFields: []string{"A", "b\r\nc", ""}},
		"private":              {PrivateFields: []string{"a b"}},
		`ok="a, \"b\\"`:        {Extensions: Params{{"no good", ""}, {"x", "\r\nSet-Cookie: a=b"}, {"OK", `a, "b\`}}},
		"no-cache, no-cache=1": {NoCache: true, Extensions: Params{{"no-cache", "1"}}}, // as asked for
	} {
		if got := c.String(); got != want {
			t.Errorf("%#v: %q, want %q", c, got, want)
		}
	}
}
