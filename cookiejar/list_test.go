package cookiejar

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func names(j *Jar) (names []string) {
	for c := range j.All() {
		names = append(names, c.Name)
	}
	return names
}

func TestAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		set(t, j, "http://www.example.com/a/", "b=1; Path=/", "a=2; Path=/", "c=3; Domain=example.com; Path=/; Max-Age=10", "d=4", "gone=; Max-Age=1")
		set(t, j, "http://a.example/", "e=5")
		begin := time.Now()
		time.Sleep(time.Second)
		j.Header(mustURL(t, "http://www.example.com/"))
		if got, want := strings.Join(names(j), " "), "e c d b a"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		for c := range j.All() {
			if c.Name == "d" {
				want := Cookie{Name: "d", Value: "4", Domain: "www.example.com", HostOnly: true, Path: "/a", Created: begin.UTC().Add(3), LastUsed: begin.UTC()}
				if c != want {
					t.Errorf("%+v, want %+v", c, want)
				}
			}
			if c.Name == "c" && (!c.LastUsed.Equal(begin.Add(time.Second)) || !c.Expires.Equal(begin.Add(10*time.Second)) || c.HostOnly || c.Domain != "example.com") {
				t.Errorf("%+v", c)
			}
			j.Clear() // does not disturb the loop
		}
		if j.Len() != 0 || names(j) != nil || j.Header(mustURL(t, "http://www.example.com/")) != "" {
			t.Error("Clear has left something")
		}
		for range j.All() {
			t.Error("something is left")
		}
		set(t, j, "http://a.example/", "e=5", "f=6")
		for range j.All() {
			break
		}
	})
}

func TestSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().UTC()
		for _, test := range []struct {
			name string
			set  Cookie
			want Cookie // as it is kept, with what set has where it is zero
			rule Rule
		}{
			{"least", Cookie{Name: "a", Domain: "example.com"}, Cookie{Path: "/"}, ""},
			{"domain is brought into its form", Cookie{Name: "a", Domain: "WWW.Bücher.example."}, Cookie{Domain: "www.xn--bcher-kva.example", Path: "/"}, ""},
			{"address", Cookie{Name: "a", Domain: "2001:DB8:0::1", HostOnly: true}, Cookie{Domain: "2001:db8::1", Path: "/"}, ""},
			{"localhost", Cookie{Name: "a", Domain: "localhost", HostOnly: true}, Cookie{Path: "/"}, ""},
			{"too long a life", Cookie{Name: "a", Domain: "example.com", Expires: now.Add(1e6 * time.Hour)}, Cookie{Path: "/", Expires: now.Add(maxAge)}, ""},
			{"times in the future", Cookie{Name: "a", Domain: "example.com", Created: now.Add(time.Hour), LastUsed: now.Add(time.Hour)}, Cookie{Path: "/", Created: now, LastUsed: now}, ""},
			{"times of long ago", Cookie{Name: "a", Domain: "example.com", Created: now.AddDate(-9000, 0, 0), LastUsed: now.AddDate(-1, 0, 0)}, Cookie{Path: "/", Created: time.Unix(0, 0).UTC(), LastUsed: now.AddDate(-1, 0, 0)}, ""},
			{"net/http's unknown SameSite", Cookie{Name: "a", Domain: "example.com", SameSite: http.SameSiteDefaultMode}, Cookie{Path: "/"}, ""},
			{"all", Cookie{
				Name: "__Host-Http-é", Value: "\xff", Domain: "example.com", HostOnly: true, Path: "/", Secure: true, HTTPOnly: true, Partitioned: true,
				SameSite: http.SameSiteLaxMode, Expires: now.Add(time.Hour), Created: now.Add(-time.Hour), LastUsed: now.Add(-time.Minute),
			}, Cookie{}, ""},

			{"empty", Cookie{Domain: "example.com"}, Cookie{}, RuleEmpty},
			{"sign in the name", Cookie{Name: "a=b", Domain: "example.com"}, Cookie{}, RuleSyntax},
			{"semicolon in the name, CVE-2024-47764", Cookie{Name: "a;b", Domain: "example.com"}, Cookie{}, RuleSyntax},
			{"semicolon in the value, CVE-2024-47764", Cookie{Name: "a", Value: "b; c=d", Domain: "example.com"}, Cookie{}, RuleSyntax},
			{"white space around the name", Cookie{Name: " a", Domain: "example.com"}, Cookie{}, RuleSyntax},
			{"white space around the value", Cookie{Name: "a", Value: "b\t", Domain: "example.com"}, Cookie{}, RuleSyntax},
			{"line end in the name, CVE-2026-0672", Cookie{Name: "a\r\n", Domain: "example.com"}, Cookie{}, RuleControl},
			{"line end in the value, CVE-2026-3644", Cookie{Name: "a", Value: "\nSet-Cookie: b", Domain: "example.com"}, Cookie{}, RuleControl},
			{"line end in the path, CVE-2026-47069", Cookie{Name: "a", Path: "/\r\n", Domain: "example.com"}, Cookie{}, RuleControl},
			{"line end in the domain, CVE-2026-47069", Cookie{Name: "a", Domain: "example.com\r\n"}, Cookie{}, RuleDomain},
			{"tab in the domain", Cookie{Name: "a", Domain: "example.com\tTRUE"}, Cookie{}, RuleDomain},
			{"too long", Cookie{Name: "a", Value: strings.Repeat("x", 4096), Domain: "example.com"}, Cookie{}, RuleLong},
			{"relative path", Cookie{Name: "a", Path: "x", Domain: "example.com"}, Cookie{}, RulePath},
			{"long path", Cookie{Name: "a", Path: "/" + strings.Repeat("x", 1024), Domain: "example.com"}, Cookie{}, RulePath},
			{"no domain", Cookie{Name: "a"}, Cookie{}, RuleDomain},
			{"dot before the domain", Cookie{Name: "a", Domain: ".example.com"}, Cookie{}, RuleDomain},
			{"dots only", Cookie{Name: "a", Domain: "."}, Cookie{}, RuleDomain},
			{"number", Cookie{Name: "a", Domain: "127.1", HostOnly: true}, Cookie{}, RuleDomain},
			{"port", Cookie{Name: "a", Domain: "example.com:80", HostOnly: true}, Cookie{}, RuleDomain},
			{"long domain", Cookie{Name: "a", Domain: strings.Repeat("ü.", 100_000)}, Cookie{}, RuleDomain},
			{"public suffix", Cookie{Name: "a", Domain: "co.uk"}, Cookie{}, RulePublicSuffix},
			{"single label", Cookie{Name: "a", Domain: "localhost"}, Cookie{}, RulePublicSuffix},
			{"address for those below", Cookie{Name: "a", Domain: "1.2.3.4"}, Cookie{}, RuleAddress},
			{"prefix", Cookie{Name: "__Host-a", Domain: "example.com", Secure: true}, Cookie{}, RulePrefix},
			{"SameSite", Cookie{Name: "a", Domain: "example.com", SameSite: 5}, Cookie{}, RuleSameSite},
			{"SameSite below", Cookie{Name: "a", Domain: "example.com", SameSite: -1}, Cookie{}, RuleSameSite},
		} {
			j := New()
			err := j.Set(test.set)
			if test.rule != "" {
				if broken, ok := errors.AsType[*Error](err); !ok || broken.Rule != test.rule || j.Len() != 0 {
					t.Errorf("%s: %v, want: %s", test.name, err, test.rule)
				}
				continue
			}
			got := slices.Collect(j.All())
			want := test.set
			if w := test.want; w.Path != "" {
				want.Path = w.Path
				want.SameSite = w.SameSite
				if w.Domain != "" {
					want.Domain = w.Domain
				}
				want.Expires, want.Created, want.LastUsed = w.Expires, w.Created, w.LastUsed
				if w.Created.IsZero() {
					want.Created, want.LastUsed = now, now
				}
			}
			if err != nil || len(got) != 1 || got[0] != want {
				t.Errorf("%s: %v, %v\nwant %v", test.name, err, got, want)
			}
		}
	})
}

func TestSetReplaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		set(t, j, "https://example.com/", "a=1; Secure", "b=2")
		time.Sleep(time.Hour)
		for _, c := range []Cookie{
			{Name: "a", Value: "3", Domain: "EXAMPLE.com", HostOnly: true}, // in the place of the first
			{Name: "a", Value: "4", Domain: "example.com"},
		} {
			if err := j.Set(c); err != nil {
				t.Fatal(err)
			}
		}
		wantHeader(t, j, "http://example.com/", "a=3; b=2; a=4")
		if err := j.Set(Cookie{Name: "a", Domain: "example.com", Expires: time.Unix(1, 0)}); err != nil {
			t.Fatal(err)
		}
		wantHeader(t, j, "http://example.com/", "a=3; b=2")
		checkStore(t, &j.store)
	})
}

func TestDelete(t *testing.T) {
	j := New()
	set(t, j, "https://www.bücher.example/x/", "a=1; Path=/", "a=2; Path=/; Domain=www.xn--bcher-kva.example", "a=3", "b=4; Path=/", "=v; Path=/")
	for _, test := range []struct {
		domain, path, name string
		want               bool
	}{
		{"www.xn--bcher-kva.example", "/y", "a", false},
		{"xn--bcher-kva.example", "/", "a", false},
		{"www.xn--bcher-kva.example", "/", "A", false},
		{"", "", "", false},
		{"WWW.BÜCHER.example.", "/", "a", true},
		{"WWW.BÜCHER.example.", "/", "a", false},
		{"www.xn--bcher-kva.example", "/", "", true},
	} {
		if got := j.Delete(test.domain, test.path, test.name); got != test.want {
			t.Errorf("%v: %v", test, got)
		}
	}
	wantHeader(t, j, "https://www.bücher.example/x/", "a=3; b=4")
	checkStore(t, &j.store)
}

func TestEndSession(t *testing.T) {
	j := New()
	set(t, j, "https://example.com/", "a=1", "b=2; Max-Age=10", "c=3; Max-Age=x")
	j.EndSession()
	wantHeader(t, j, "https://example.com/", "b=2")
	checkStore(t, &j.store)
}
