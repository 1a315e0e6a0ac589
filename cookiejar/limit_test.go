package cookiejar

// What a jar holds at most, and who has to go.

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestDomainLimit: B21. Of one too many, those without Secure go first, and of these the one
// whose last use is longest ago.
func TestDomainLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		for i := range maxDomain {
			secure := ""
			if i%10 == 5 {
				secure = "; Secure"
			}
			set(t, j, "https://www.example.com/", fmt.Sprintf("c%d=; Path=/p%d/%s", i, i, secure))
			time.Sleep(time.Second)
		}
		j.Header(mustURL(t, "https://www.example.com/p0/")) // c0 is used
		has := func(name string) bool {
			for c := range j.All() {
				if c.Name == name {
					return true
				}
			}
			return false
		}
		for i, gone := range []string{"c1", "c2", "c3", "c4", "c6"} { // not c5: it is Secure
			if !has(gone) {
				t.Fatalf("%s is gone too early", gone)
			}
			set(t, j, "https://www.example.com/", fmt.Sprintf("new%d=; Secure", i))
			if has(gone) || j.Len() != maxDomain {
				t.Fatalf("%s is not gone, %d cookies", gone, j.Len())
			}
			time.Sleep(time.Second)
		}
		for i := range maxDomain {
			set(t, j, "https://www.example.com/", fmt.Sprintf("secure%d=; Secure", i))
		}
		set(t, j, "http://www.example.com/", "weak=") // cannot drive out what is Secure
		if has("weak") || has("c0") || has("c5") || !has("secure0") || j.Len() != maxDomain {
			t.Errorf("weak %v, c0 %v, c5 %v, secure0 %v, %d cookies", has("weak"), has("c0"), has("c5"), has("secure0"), j.Len())
		}
		checkStore(t, &j.store)
	})
}

// TestExpiredGoFirst: what has expired takes nobody's place.
func TestExpiredGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		for i := range maxDomain {
			set(t, j, "https://example.com/", fmt.Sprintf("c%d=; Max-Age=%d", i, 10+i%2*1000))
		}
		time.Sleep(20 * time.Second)
		for i := range maxDomain / 2 {
			set(t, j, "https://example.com/", fmt.Sprintf("new%d=", i))
		}
		kept := 0
		for c := range j.All() {
			if strings.HasPrefix(c.Name, "c") {
				kept++
			}
		}
		if kept != maxDomain/2 || j.Len() != maxDomain {
			t.Errorf("%d of %d old ones, %d in all", kept, maxDomain/2, j.Len())
		}
		checkStore(t, &j.store)
	})
}

// TestOneHostCannotEvictAnothers: B21, CVE-2026-34513, CVE-2022-32205.
func TestOneHostCannotEvictAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		set(t, j, "http://bank.com/", "sid=1")
		set(t, j, "http://www.example.com/", "own=1")
		set(t, j, "http://example.com/", "own=1")
		time.Sleep(time.Hour) // they are the ones whose use is longest ago
		// A sibling floods the site.
		for i := range 500 / raceSlows {
			set(t, j, "http://evil.example.com/", fmt.Sprintf("e%d=; Domain=example.com", i), fmt.Sprintf("e%d=", i))
		}
		if n := j.Len(); n != 3+2*maxDomain {
			t.Errorf("%d cookies", n)
		}
		// A site floods the jar, from one host with many parents and from many hosts.
		deep := strings.Repeat("a.", 100) + "evil.com"
		for i := range 160 / raceSlows {
			at := deep[2*(i%100):]
			var lines []string
			for k := range maxDomain {
				lines = append(lines, fmt.Sprintf("c%d=; Secure; Domain=%s", k, at), fmt.Sprintf("h%d=; Secure", k))
			}
			set(t, j, "https://"+deep, lines...)
			set(t, j, fmt.Sprintf("https://h%d.evil.com/", i), lines...)
		}
		if n := j.Len(); n != maxJar {
			t.Errorf("%d cookies", n)
		}
		for _, u := range []string{"http://bank.com/", "http://www.example.com/", "http://example.com/"} {
			if h := j.Header(mustURL(t, u)); !strings.Contains(h, "=1") {
				t.Errorf("%s has lost its cookie: %q", u, h)
			}
		}
		checkStore(t, &j.store)
	})
}

// TestJarLimit: B21. When no site is crowded, the one whose last use is longest ago goes.
func TestJarLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		for i := range maxJar {
			set(t, j, fmt.Sprintf("http://h%d.com/", i), "a=b")
			time.Sleep(time.Second)
		}
		wantHeader(t, j, "http://h0.com/", "a=b")
		set(t, j, "http://one.more/", "a=b")
		wantHeader(t, j, "http://h0.com/", "a=b")
		wantHeader(t, j, "http://h1.com/", "")
		wantHeader(t, j, "http://h2.com/", "a=b")
		if n := j.Len(); n != maxJar {
			t.Errorf("%d cookies", n)
		}
		checkStore(t, &j.store)
	})
}

// TestLinesOfAResponse: CVE-2025-58186.
func TestLinesOfAResponse(t *testing.T) {
	lines := make([]string, 100_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("c%d=", i)
	}
	j := New()
	u := mustURL(t, "http://example.com/")
	allocs := testing.AllocsPerRun(1, func() { j.Store(u, lines) })
	if allocs > 10*maxLines {
		t.Errorf("%v allocations", allocs)
	}
	for c := range j.All() {
		if len(c.Name) > 3 {
			t.Errorf("%s is kept", c.Name)
		}
	}
}

// TestFlood: CVE-2022-32205. A sibling cannot make the field too long for the server, nor put
// itself in the place of the host's own cookies.
func TestFlood(t *testing.T) {
	j := New()
	big := strings.Repeat("x", 4000)
	for i := range maxDomain {
		set(t, j, "https://evil.example.com/", fmt.Sprintf("e%d=%s; Domain=example.com; Path=/login/now", i, big))
	}
	set(t, j, "https://www.example.com/", "sid=1; Path=/", "sid2="+big)
	got := j.Header(mustURL(t, "https://www.example.com/login/now"))
	if len(got) > maxHeader || !strings.Contains(got, "sid=1; sid2="+big) || !strings.HasPrefix(got, "e0=") {
		t.Errorf("%d octets: %.20q…%.20q", len(got), got, got[max(0, len(got)-20):])
	}
	if n := len(j.Cookies(mustURL(t, "https://www.example.com/login/now"))); n != 3 {
		t.Errorf("net/http gets %d cookies", n)
	}
	j.MaxHeader = 6
	wantHeader(t, j, "https://www.example.com/login/now", "sid=1")
	j.MaxHeader = 4
	wantHeader(t, j, "https://www.example.com/login/now", "")
	j.MaxHeader = -1
	if n := len(j.Header(mustURL(t, "https://www.example.com/login/now"))); n < maxDomain*4000 {
		t.Errorf("without a bound: %d octets", n)
	}
	exact := New()
	set(t, exact, "https://example.com/", "a="+strings.Repeat("x", 4093), "b="+strings.Repeat("x", 4091))
	if n := len(exact.Header(mustURL(t, "https://example.com/"))); n != maxHeader {
		t.Errorf("%d octets, want all %d", n, maxHeader)
	}
}

// TestClockSetBack: the clock may jump; nothing is lost or out of order.
func TestClockSetBack(t *testing.T) {
	var s store
	begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, at := range []time.Duration{0, 5, -100, 3, -100, 7} {
		now := begin.Add(at * time.Hour)
		s.sweep(now)
		s.put(Cookie{Name: fmt.Sprint(i), Domain: "example.com", Path: "/", Created: s.createdAt(now), LastUsed: now, Expires: begin.Add(time.Hour * 24)}, now)
		checkStore(t, &s)
	}
	if s.n != 6 || s.queue.oldest.Name != "2" || s.queue.newest.Name != "5" {
		t.Errorf("%d, %s first, %s last", s.n, s.queue.oldest.Name, s.queue.newest.Name)
	}
	s.sweep(begin.Add(24 * time.Hour))
	checkStore(t, &s)
	if s.n != 0 || len(s.domains)+len(s.sites)+len(s.crowded) != 0 {
		t.Errorf("%d are left", s.n)
	}
}

// TestNoFileIsRead: CVE-2023-38546. Making a jar reads nothing, and no name of a file means
// something else than that file.
func TestNoFileIsRead(t *testing.T) {
	t.Chdir(t.TempDir())
	full := New()
	full.SaveSession = true
	set(t, full, "http://example.com/", "a=b")
	names := []string{"none", "-", "|touch pwned", "cookies.txt", "~", "$HOME", "file:none"} // CVE-2021-21289
	for _, name := range names {
		if err := full.Save(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil || len(entries) != len(names) {
		t.Errorf("%d files, %v", len(entries), err)
	}
	for _, name := range names {
		j := New()
		if j.Len() != 0 {
			t.Error("a new jar is not empty")
		}
		if err := j.Load(name); err != nil || j.Len() != 1 {
			t.Errorf("%s: %d cookies, %v", name, j.Len(), err)
		}
		if err := j.Load("not-" + name); err == nil {
			t.Errorf("not-%s is there", name)
		}
	}
}

// TestHeaderAllocs: a Cookie field is one string, and a cookie that is set again costs nothing.
func TestHeaderAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	j := New()
	u := mustURL(t, "https://www.example.com/a/b")
	lines := []string{"a=b; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600", "c=d; Expires=Fri, 31 Dec 9999 23:59:59 GMT"}
	j.Store(u, lines)
	if n := testing.AllocsPerRun(100, func() { j.Header(u) }); n != 1 {
		t.Errorf("Header: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { j.Store(u, lines) }); n != 0 {
		t.Errorf("Store: %v allocations", n)
	}
}
