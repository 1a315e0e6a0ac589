package cookiejar

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func netscape(t testing.TB, j *Jar) (text string, leftOut int) {
	t.Helper()
	var b strings.Builder
	leftOut, err := j.WriteNetscape(&b)
	if err != nil {
		t.Fatal(err)
	}
	body, ok := strings.CutPrefix(b.String(), netscapeHead)
	if !ok {
		t.Fatalf("begins with %.60q", b.String())
	}
	return body, leftOut
}

// TestWriteNetscape has the file, byte for byte. The clock says 946684800, and the creator's
// order is kept.
func TestWriteNetscape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := New()
		set(t, j, "https://www.example.com/", "z=1; Domain=example.com; Max-Age=100; Path=/x", "a=2; Secure; HttpOnly", "v", "e=; HttpOnly; Domain=example.com; Max-Age=1", "é=\xff=\"#")
		set(t, j, "https://[::1]/", "i=3", "tab=a\tb", "tab\tb=a", "tab=; Path=/\tx")
		j.SaveSession = true
		got, leftOut := netscape(t, j)
		want := ".example.com\tTRUE\t/x\tFALSE\t946684900\tz\t1\n" +
			"#HttpOnly_www.example.com\tFALSE\t/\tTRUE\t0\ta\t2\n" +
			"www.example.com\tFALSE\t/\tFALSE\t0\t\tv\n" +
			"#HttpOnly_.example.com\tTRUE\t/\tFALSE\t946684801\te\t\n" +
			"www.example.com\tFALSE\t/\tFALSE\t0\té\t\xff=\"#\n" +
			"::1\tFALSE\t/\tFALSE\t0\ti\t3\n"
		if got != want || leftOut != 3 {
			t.Errorf("%s\nwant\n%s, %d left out", got, want, leftOut)
		}
		j.SaveSession = false
		if got, leftOut := netscape(t, j); strings.Count(got, "\n") != 2 || leftOut != 0 {
			t.Errorf("without the session's: %s", got)
		}
	})
}

// TestReadNetscape has lines, and the cookie that each is.
func TestReadNetscape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().UTC()
		base := Cookie{Name: "a", Value: "b", Domain: "example.com", HostOnly: true, Path: "/", Created: now, LastUsed: now}
		with := func(change func(c *Cookie)) *Cookie { c := base; change(&c); return &c }
		for _, test := range []struct {
			name, line string
			want       *Cookie // nil: none
			err        error
			rule       Rule
		}{
			{"host-only", "example.com\tFALSE\t/\tFALSE\t0\ta\tb", &base, nil, ""},
			{"with the hosts below", ".example.com\tTRUE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.HostOnly = false }), nil, ""},
			{"the flag without the dot", "example.com\tTRUE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.HostOnly = false }), nil, ""},
			{"the dot without the flag", ".example.com\tFALSE\t/\tFALSE\t0\ta\tb", &base, nil, ""},
			{"HttpOnly", "#HttpOnly_example.com\tFALSE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.HTTPOnly = true }), nil, ""},
			{"Secure, small letters", "example.com\tfalse\t/\ttrue\t0\ta\tb", with(func(c *Cookie) { c.Secure = true }), nil, ""},
			{"expiry", "example.com\tFALSE\t/\tFALSE\t946684860\ta\tb", with(func(c *Cookie) { c.Expires = now.Add(time.Minute) }), nil, ""},
			{"expiry with a fraction", "example.com\tFALSE\t/\tFALSE\t946684860.75\ta\tb", with(func(c *Cookie) { c.Expires = now.Add(time.Minute) }), nil, ""},
			{"expiry far off", "example.com\tFALSE\t/\tFALSE\t253402300799\ta\tb", with(func(c *Cookie) { c.Expires = now.Add(maxAge) }), nil, ""},
			{"expiry 10^30", "example.com\tFALSE\t/\tFALSE\t1" + strings.Repeat("0", 30) + "\ta\tb", with(func(c *Cookie) { c.Expires = now.Add(maxAge) }), nil, ""},
			{"no expiry", "example.com\tFALSE\t/\tFALSE\t\ta\tb", &base, nil, ""},
			{"over", "example.com\tFALSE\t/\tFALSE\t946684800\ta\tb", nil, nil, ""},
			{"over since before the epoch", "example.com\tFALSE\t/\tFALSE\t-1\ta\tb", nil, nil, ""},
			{"no name", "example.com\tFALSE\t/\tFALSE\t0\t\tb", with(func(c *Cookie) { c.Name = "" }), nil, ""},
			{"no value", "example.com\tFALSE\t/\tFALSE\t0\ta\t", with(func(c *Cookie) { c.Value = "" }), nil, ""},
			{"no field for the value", "example.com\tFALSE\t/\tFALSE\t0\ta", with(func(c *Cookie) { c.Value = "" }), nil, ""},
			{"Windows", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\r", &base, nil, ""},
			{"capitals", "EXAMPLE.com\tFALSE\t/\tFALSE\t0\ta\tb", &base, nil, ""},
			{"international", "bücher.example\tFALSE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.Domain = "xn--bcher-kva.example" }), nil, ""},
			{"an address and those below, as curl once wrote it", ".1.2.3.4\tTRUE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.Domain = "1.2.3.4" }), nil, ""},
			{"IPv6 and those below", "::1\tTRUE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.Domain = "::1" }), nil, ""},
			{"a single label and those below", "localhost\tTRUE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.Domain = "localhost" }), nil, ""},
			{"host and port, as wget writes them", "localhost:8080\tFALSE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.Domain = "localhost" }), nil, ""},
			{"address and port, as wget writes them", "127.0.0.1:8080\tFALSE\t/\tFALSE\t0\ta\tb", with(func(c *Cookie) { c.Domain = "127.0.0.1" }), nil, ""},
			{"BOM", "\xef\xbb\xbfexample.com\tFALSE\t/\tFALSE\t0\ta\tb", &base, nil, ""},
			{"blank", "", nil, nil, ""},
			{"white space", " \t \r", nil, nil, ""},
			{"comment", "# example.com\tFALSE\t/\tFALSE\t0\ta\tb", nil, nil, ""},
			{"comment with $", "$ example.com\tFALSE\t/\tFALSE\t0\ta\tb", nil, nil, ""},
			{"comment with a cookie's beginning", "#HttpOnly", nil, nil, ""},
			{"a prefix alone", "#HttpOnly_", nil, nil, ""},
			{"public suffix", ".co.uk\tTRUE\t/\tFALSE\t0\ta\tb", nil, nil, ""},

			{"text", "Set-Cookie: a=b", nil, errFields, ""},
			{"five fields", "example.com\tFALSE\t/\tFALSE\t0", nil, errFields, ""},
			{"eight fields", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\tc", nil, errFields, ""},
			{"many fields", "example.com" + strings.Repeat("\t", 100_000), nil, errFields, ""},
			{"spaces for tabs", "example.com FALSE / FALSE 0 a b", nil, errFields, ""},
			{"bad flag", "example.com\tYES\t/\tFALSE\t0\ta\tb", nil, errFlag, ""},
			{"bad secure flag", "example.com\tTRUE\t/\t\t0\ta\tb", nil, errFlag, ""},
			{"no path", "example.com\tTRUE\t\tFALSE\t0\ta\tb", nil, errPath, ""},
			{"bad expiry", "example.com\tTRUE\t/\tFALSE\ttomorrow\ta\tb", nil, errExpiry, ""},
			{"bad expiry, 2", "example.com\tTRUE\t/\tFALSE\t1e9\ta\tb", nil, errExpiry, ""},
			{"bad expiry, 3", "example.com\tTRUE\t/\tFALSE\t1.2.3\ta\tb", nil, errExpiry, ""},
			{"bad expiry, 4", "example.com\tTRUE\t/\tFALSE\t.\ta\tb", nil, errExpiry, ""},
			{"bad expiry, 5", "example.com\tTRUE\t/\tFALSE\t-\ta\tb", nil, errExpiry, ""},
			{"no domain", "\tFALSE\t/\tFALSE\t0\ta\tb", nil, nil, RuleDomain},
			{"two dots before the domain", "..example.com\tTRUE\t/\tFALSE\t0\ta\tb", nil, nil, RuleDomain},
			{"host and port of IPv6", "[::1]:80\tFALSE\t/\tFALSE\t0\ta\tb", nil, nil, RuleDomain},
			{"no port behind the colon", "example.com:\tFALSE\t/\tFALSE\t0\ta\tb", nil, nil, RuleDomain},
			{"something else behind it", "example.com:8x\tFALSE\t/\tFALSE\t0\ta\tb", nil, nil, RuleDomain},
			{"neither name nor value", "example.com\tFALSE\t/\tFALSE\t0\t\t", nil, nil, RuleEmpty},
			{"relative path", "example.com\tFALSE\tx\tFALSE\t0\ta\tb", nil, nil, RulePath},
			{"NUL", "example.com\tFALSE\t/\tFALSE\t0\ta\t\x00", nil, nil, RuleControl},
			{"CR in the value", "example.com\tFALSE\t/\tFALSE\t0\ta\tb\rc", nil, nil, RuleControl},
			{"semicolon", "example.com\tFALSE\t/\tFALSE\t0\ta\tb; c=d", nil, nil, RuleSyntax},
			{"prefix", "example.com\tFALSE\t/\tFALSE\t0\t__Secure-a\tb", nil, nil, RulePrefix},
			// CVE-2016-8615: what is too long is not cut, so that its tail is no cookie of another.
			{"100 kB", "example.com\tFALSE\t/\tFALSE\t0\ta\t" + strings.Repeat("x", 100_000), nil, nil, RuleLong},
		} {
			j := New()
			set(t, j, "http://old.example/", "old=1")
			const before = "# Netscape HTTP Cookie File\n\n"
			text := before + test.line + "\n"
			if test.name == "BOM" {
				text = test.line
			}
			err := j.ReadNetscape(strings.NewReader(text))
			bad, _ := errors.AsType[*FileError](err)
			broken, _ := errors.AsType[*Error](err)
			switch {
			case test.err != nil && (bad == nil || bad.Err != test.err || bad.Line != 3):
				t.Errorf("%s: %v, want line 3: %v", test.name, err, test.err)
			case test.rule != "" && (broken == nil || broken.Rule != test.rule || bad.Line != 3):
				t.Errorf("%s: %v, want line 3: %v", test.name, err, test.rule)
			case test.err == nil && test.rule == "" && err != nil:
				t.Errorf("%s: %v", test.name, err)
			}
			j.Delete("old.example", "/", "old")
			got := slices.Collect(j.All())
			if test.want == nil && len(got) != 0 || test.want != nil && (len(got) != 1 || got[0] != *test.want) {
				t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
			}
		}
	})
}

// TestNetscapeInjection: CVE-2018-0494, CVE-2016-8615. Whatever a server sends, the file has no
// cookie that the jar has not.
func TestNetscapeInjection(t *testing.T) {
	other := ".bank.com\tTRUE\t/\tFALSE\t2147483647\tsid\tevil"
	for _, evil := range []string{
		"a=b\r\n" + other, "a=b\n" + other, "a=b\r" + other, "a=b\r\n " + other, "a=b\t" + other, "a\t" + other + "=b",
		"#HttpOnly_" + other, "=#HttpOnly_.bank.com\tTRUE", "a=" + strings.Repeat("x", 100_000) + other,
		"a=b; Path=/\n" + other, "a=b; Path=/\t" + other, "a=b; Path=/\tFALSE\t0\ta\tb", "a=b; Domain=www.example.com\n" + other,
		"a=b; Domain=.bank.com\tTRUE", "a=b\x00\n" + other, "a=b\u2028" + other, "a=b\u0085", "#=b", "=#", "# comment=1", "$a=b", "a=b\v" + other, "a=b\f" + other,
	} {
		j := New()
		j.SaveSession = true
		set(t, j, "http://www.example.com/", evil, "good=1")
		file, leftOut := netscape(t, j)
		again := New()
		if err := again.ReadNetscape(strings.NewReader(netscapeHead + file)); err != nil {
			t.Errorf("%.60q: %v", evil, err)
		}
		if again.Len() != j.Len()-leftOut || again.Len() < 1 {
			t.Errorf("%.60q: %d cookies of %d, %d left out", evil, again.Len(), j.Len(), leftOut)
		}
		for c := range again.All() {
			if c.Domain != "www.example.com" || !c.HostOnly {
				t.Errorf("%.60q: a cookie for %s", evil, c.Domain)
			}
			if want := c.Name + "=" + c.Value; c.Name != "" && !strings.Contains(j.Header(mustURL(t, "http://www.example.com/")), want) {
				t.Errorf("%.60q: %q is new", evil, want)
			}
		}
	}
}

// TestNetscapeRoundTrip: what the format has is what was written.
func TestNetscapeRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(200 / raceSlows) {
			j, again := randomJar(t, seed), New()
			file, leftOut := netscape(t, j)
			if err := again.ReadNetscape(strings.NewReader(file)); err != nil {
				t.Fatal(err)
			}
			var want []Cookie
			for c := range j.All() {
				if !strings.Contains(c.Name+c.Value+c.Path, "\t") {
					want = append(want, plain(c))
				}
			}
			var got []Cookie
			for c := range again.All() {
				got = append(got, plain(c))
			}
			if !slices.Equal(got, want) || len(want)+leftOut != j.Len() {
				t.Fatalf("seed %d: %v\nwant %v", seed, got, want)
			}
		}
	})
}

// plain leaves out what cookies.txt does not have.
func plain(c Cookie) Cookie {
	c.SameSite, c.Partitioned, c.Created, c.LastUsed = 0, false, time.Time{}, time.Time{}
	return c
}

// TestNetscapeFails: a file is taken whole or not at all.
func TestNetscapeFails(t *testing.T) {
	j := New()
	good := "example.com\tFALSE\t/\tFALSE\t0\ta\tb\n"
	err := j.ReadNetscape(strings.NewReader(good + "\n" + good + "x\n" + good))
	if err == nil || err.Error() != "line 4: not seven fields with tabs between them" || j.Len() != 0 {
		t.Errorf("%v, %d cookies", err, j.Len())
	}
	if err := j.ReadNetscape(strings.NewReader(strings.TrimSuffix(good, "\n"))); err != nil || j.Len() != 1 {
		t.Errorf("without an end of its line: %v, %d cookies", err, j.Len())
	}
}
