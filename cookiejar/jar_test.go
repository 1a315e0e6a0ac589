package cookiejar

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// mustURL parses a URL that the test has written.
func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// set keeps the lines of a response from the URL.
func set(t testing.TB, j *Jar, from string, lines ...string) {
	t.Helper()
	j.Store(mustURL(t, from), lines)
}

// wantHeader checks the Cookie field of a request.
func wantHeader(t testing.TB, j *Jar, to, want string) {
	t.Helper()
	if got := j.Header(mustURL(t, to)); got != want {
		t.Errorf("to %s: %q, want %q", to, got, want)
	}
}

// TestStore has what a response says, and what the same request says then, octet for octet.
func TestStore(t *testing.T) {
	long := strings.Repeat("v", 4095)
	for _, test := range []struct{ name, line, want string }{
		{"plain", "a=b", "a=b"},
		{"empty value", "a=", "a="},
		{"no name, B20", "=v", "v"},
		{"no equals sign, B20", "v", "v"},
		{"no name, an equals sign in the value", "==v", "=v"},
		{"neither, B20", "", ""},
		{"neither but a sign, B20", "=", ""},
		{"neither but a semicolon, B20", ";", ""},
		{"neither but attributes", " = ; Path=/", ""},
		{"signs in the value, B20", "a=b=c", "a=b=c"},
		{"brackets", "a[b]=1", "a[b]=1"},
		{"quotes stay, B20", `a="b c"`, `a="b c"`},
		{"half a quote stays", `a="b`, `a="b`},
		{"a quote does not hide a semicolon", `a="b;c"`, `a="b`},
		{"backslashes stay", `a=\"\073`, `a=\"\073`},
		{"UTF-8 stays, B20", "é=ü", "é=ü"},
		{"what is not UTF-8 stays", "\xff=\xfe\x80", "\xff=\xfe\x80"},
		{"nothing is decoded", "%61=%0d%0a", "%61=%0d%0a"},
		{"white space around goes", " \ta \t=\t b \t ; Path=/", "a=b"},
		{"white space within stays", "a b=c\td", "a b=c\td"},
		{"commas stay", "a=b, c=d", "a=b, c=d"},
		{"no-break space stays", "a=\u00a0", "a=\u00a0"},
		{"unknown attributes", "a=b; foo; bar=baz; =; ;;", "a=b"},
		{"attributes in any case", "a=b; PATH=/; sEcUrE", ""},
		{"4096 octets", "a=" + long, "a=" + long},
		{"4097 octets, B21", "ab=" + long, ""},
		{"4096 octets in white space", " a = " + long + " ", "a=" + long},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := New()
			set(t, j, "http://example.com/", test.line)
			wantHeader(t, j, "http://example.com/", test.want)
		})
	}
}

// TestControlCharacters: CVE-2022-35252. One of them, anywhere, and the whole field is as if it
// had not come; a tab is white space.
func TestControlCharacters(t *testing.T) {
	for c := range 256 {
		for _, format := range []string{"a%c=b", "a=b%cc", "a=b; Path=/%c", "a=b; foo%c"} {
			line := strings.Replace(format, "%c", string([]byte{byte(c)}), 1)
			j := New()
			set(t, j, "http://example.com/", line)
			kept := c >= ' ' && c != 0x7f || c == '\t'
			if got := j.Len() == 1; got != kept {
				t.Errorf("%q: kept: %v, want %v", line, got, kept)
			}
		}
	}
}

// TestOrder: longer paths first, then those created first; a new value changes nothing of that.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock stands still
		j := New()
		set(t, j, "http://www.example.com/a/b/c", "root=1; Path=/", "long=2; Path=/a/b", "mid=3; Path=/a", "other=4; Path=/; Domain=example.com", "mid2=5; Path=/a")
		set(t, j, "http://www.example.com/", "root=6; Path=/")
		wantHeader(t, j, "http://www.example.com/a/b/c", "long=2; mid=3; mid2=5; root=6; other=4")
		wantHeader(t, j, "http://www.example.com/ab", "root=6; other=4")
	})
}

// TestReplace: a cookie is one with the same name, domain, HostOnly and path; letter case
// counts.
func TestReplace(t *testing.T) {
	j := New()
	set(t, j, "http://example.com/a/b", "n=1", "N=2", "n=3; Path=/", "n=4; Domain=example.com", "n=5")
	wantHeader(t, j, "http://example.com/a/b", "n=5; N=2; n=4; n=3")
	if n := j.Len(); n != 4 {
		t.Errorf("%d cookies, want 4", n)
	}
}

func TestExpiry(t *testing.T) {
	// synctest's clock begins at 2000-01-01.
	for _, test := range []struct {
		name, attributes string
		lives            time.Duration // 0: not at all; -1: as long as the session
	}{
		{"none", "", -1},
		{"Max-Age", "Max-Age=10", 10 * time.Second},
		{"Max-Age of nothing", "Max-Age=0", 0},
		{"Max-Age below nothing", "Max-Age=-1", 0},
		{"Max-Age below nothing by far", "Max-Age=-99999999999999999999999999", 0},
		{"Max-Age beats Expires", "Max-Age=10; Expires=Fri, 01 Jan 1999 00:00:00 GMT", 10 * time.Second},
		{"Max-Age beats Expires, in any order", "Expires=Fri, 01 Jan 1999 00:00:00 GMT; Max-Age=10", 10 * time.Second},
		{"Max-Age empty", "Max-Age=", -1},
		{"Max-Age with a plus", "Max-Age=+10", -1},
		{"Max-Age with a fraction", "Max-Age=1.5", -1},
		{"Max-Age with a sign alone", "Max-Age=-", -1},
		{"Max-Age with hexadecimal digits", "Max-Age=0x10", -1},
		{"Max-Age that cannot be read lets Expires be", "Max-Age=x; Expires=Sat, 01 Jan 2000 00:01:00 GMT", time.Minute},
		{"the last Max-Age that can be read", "Max-Age=5; Max-Age=10; Max-Age=x", 10 * time.Second},
		{"the last Expires that can be read", "Expires=Sat, 01 Jan 2000 00:02:00 GMT; Expires=Sat, 01 Jan 2000 00:01:00 GMT; Expires=tomorrow", time.Minute},
		{"400 days", "Max-Age=34560000", 400 * 24 * time.Hour},
		{"more than 400 days", "Max-Age=34560001", 400 * 24 * time.Hour},
		{"CVE-2017-18589: 2^64", "Max-Age=18446744073709551616", 400 * 24 * time.Hour},
		{"CVE-2025-4945: 10^30", "Max-Age=1000000000000000000000000000000", 400 * 24 * time.Hour},
		{"a thousand digits", "Max-Age=" + strings.Repeat("9", 1000), 400 * 24 * time.Hour},
		{"a number of more than 1024 octets is not there", "Max-Age=" + strings.Repeat("9", 1025), -1},
		{"Expires", "Expires=Sat, 01 Jan 2000 01:00:00 GMT", time.Hour},
		{"Expires far off", "Expires=Fri, 31 Dec 9999 23:59:59 GMT", 400 * 24 * time.Hour},
		{"Expires past", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Expires in the first year", "Expires=Mon, 01 Jan 1601 00:00:00 GMT", 0},
		{"Expires before the first year", "Expires=Fri, 31 Dec 1600 23:59:59 GMT", -1},
		{"Expires that cannot be read", "Expires=never", -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := New()
				set(t, j, "http://example.com/", "old=1", "n=0", "n=v; "+test.attributes)
				switch test.lives {
				case 0:
					wantHeader(t, j, "http://example.com/", "old=1")
					return
				case -1:
					time.Sleep(1000 * 24 * time.Hour)
					wantHeader(t, j, "http://example.com/", "old=1; n=v")
					j.EndSession()
					wantHeader(t, j, "http://example.com/", "")
					return
				}
				j.EndSession()
				time.Sleep(test.lives - 1)
				wantHeader(t, j, "http://example.com/", "n=v")
				if n := j.Len(); n != 1 {
					t.Errorf("%d cookies", n)
				}
				time.Sleep(time.Nanosecond)
				wantHeader(t, j, "http://example.com/", "")
				if n := j.Len(); n != 0 {
					t.Errorf("%d cookies", n)
				}
			})
		})
	}
}

// TestLinearTime: PSF-2019-14, CVE-2016-1000232, CVE-2017-15010, CVE-2024-7592.
func TestLinearTime(t *testing.T) {
	const size = 100_000
	for name, line := range map[string]string{
		"semicolons":                strings.Repeat(";", size),
		"semicolons behind a pair":  "a=b" + strings.Repeat(";", size),
		"equals signs":              strings.Repeat("=", size),
		"white space":               "a=" + strings.Repeat(" ", size) + "b",
		"backslashes":               `a="` + strings.Repeat(`\`, size) + `"`,
		"escapes":                   `a="` + strings.Repeat(`\"`, size/2) + `"`,
		"digits in Expires":         "a=b; Expires=" + strings.Repeat("1", size),
		"digits in Expires, spaced": "a=b; Expires=" + strings.Repeat("1 ", size/2),
		"a date without end":        "a=b; Expires=Sat, 01 Jan 2000 " + strings.Repeat("0:", size/2),
		"many Expires":              "a=b" + strings.Repeat("; Expires="+strings.Repeat("1 ", 500), size/1000),
		"many Domains":              "a=b" + strings.Repeat("; Domain=www.example.com", size/25),
		"dots in Domain":            "a=b; Domain=" + strings.Repeat(".", size),
		"labels in Domain":          "a=b; Domain=" + strings.Repeat("a.", 500),
		"a path":                    "a=b; Path=" + strings.Repeat("/", size),
	} {
		t.Run(name, func(t *testing.T) {
			best := time.Hour
			for range 3 { // the machine may have something else to do
				begin := time.Now()
				j := New()
				set(t, j, "https://www.example.com/", line)
				j.Header(mustURL(t, "https://www.example.com/"))
				best = min(best, time.Since(begin))
			}
			if best > 50*time.Millisecond {
				t.Errorf("took %v", best)
			}
		})
	}
}

// TestStoreKeepsNothingOfTheHead checks that a cookie does not hold on to the response's
// whole head.
func TestStoreKeepsNothingOfTheHead(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes 750 MiB of garbage: left out by -short, and by the race detector, which has nothing to find here")
	}
	j := New()
	before := heapInUse()
	pad := strings.Repeat("x", 256<<10)
	for i := range maxJar {
		host := fmt.Sprintf("https://h%d.example.com/", i%100)
		head := fmt.Sprintf("n%d=%d; Path=/some/path; Domain=h%d.example.com%s", i, i, i%100, pad)
		if i%3 == 0 {
			set(t, j, host, fmt.Sprintf("n%d=old; Path=/some/path; Domain=h%d.example.com", i, i%100)) // to be replaced
		}
		set(t, j, host, head[:len(head)-len(pad)])
		if i < 100 {
			set(t, j, (host + pad)[:len(host)], "a=b") // the host's name is a part of more, too
		}
	}
	if grown := heapInUse() - before; grown > 16<<20 {
		t.Errorf("%d cookies take %d bytes", j.Len(), grown)
	}
	if j.Len() != maxJar {
		t.Errorf("%d cookies", j.Len())
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	j := New()
	j.SaveSession = true
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			own := mustURL(t, fmt.Sprintf("https://h%d.example.com/a/b", g))
			shared := mustURL(t, "https://www.example.com/")
			for i := range 50 / raceSlows {
				j.Store(own, []string{fmt.Sprintf("own%d=1", i), "gone=; Max-Age=0"})
				j.Store(shared, []string{fmt.Sprintf("g%d=%d; Domain=example.com; Max-Age=%d", g, i, i%3)})
				if j.Header(own) == "" {
					t.Error("no cookie")
				}
				j.Cookies(shared)
				switch i % 25 {
				case 5:
					if i != 5 || g%8 > 0 {
						continue // so many files are slow enough
					}
					var b strings.Builder
					if _, err := j.WriteTo(&b); err != nil {
						t.Error(err)
					}
					if _, err := j.ReadFrom(strings.NewReader(b.String())); err != nil {
						t.Error(err)
					}
				case 1:
					for range j.All() {
						j.Len() // the loop holds no lock
						break
					}
				case 2:
					j.Delete("example.com", "/", fmt.Sprintf("g%d", g))
				case 3:
					_ = j.Set(Cookie{Name: "set", Value: "1", Domain: "www.example.com"})
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	checkStore(t, &j.store)
}

// checkStore checks that all that a store knows fits together.
func checkStore(t testing.TB, s *store) {
	t.Helper()
	n, lists := 0, map[*site]int{}
	for name, d := range s.domains {
		if d.name != name || s.sites[d.site.name] != d.site || len(d.own)+len(d.shared) == 0 {
			t.Errorf("domain %q does not fit", name)
		}
		if len(d.own) > maxDomain || len(d.shared) > maxDomain {
			t.Errorf("domain %q has %d and %d", name, len(d.own), len(d.shared))
		}
		n += len(d.own) + len(d.shared)
		lists[d.site] += min(1, len(d.own)) + min(1, len(d.shared))
	}
	perSite := 0
	for name, at := range s.sites {
		queued := at.queues[0].check(t, name) + at.queues[1].check(t, name)
		if at.name != name || at.n != queued || at.n == 0 || at.lists != lists[at] {
			t.Errorf("site %q has %d, in its queues %d", name, at.n, queued)
		}
		if _, crowded := s.crowded[at]; crowded != (at.n > maxSite) {
			t.Errorf("site %q of %d is crowded: %v", name, at.n, crowded)
		}
		perSite += at.n
	}
	if queued := s.queue.check(t, "all"); n != s.n || perSite != s.n || queued != s.n || s.n > maxJar {
		t.Errorf("%d cookies: %d in domains, %d in sites, %d in the queue", s.n, n, perSite, queued)
	}
}

func (q *queue) check(t testing.TB, name string) (n int) {
	t.Helper()
	var older *entry
	for e := q.oldest; e != nil; e = e.links[q.which].newer {
		if e.links[q.which].older != older || older != nil && older.LastUsed.After(e.LastUsed) {
			t.Errorf("queue %s is broken at %d", name, n)
		}
		older = e
		n++
	}
	if q.newest != older {
		t.Errorf("queue %s ends elsewhere", name)
	}
	return n
}
