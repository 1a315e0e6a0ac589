package cookiejar

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzStore: whatever comes, the jar holds together, what is sent is a field value, and a file
// gives back the same.
func FuzzStore(f *testing.F) {
	for _, seed := range [][2]string{
		{"https://www.example.com/a/b", "a=b; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax; Max-Age=10; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Partitioned"},
		{"http://1.2.3.4/", "=v; Domain=1.2.3.4"},
		{"http://[fe80::1%25eth0]:80/", "v"},
		{"https://bücher.example/", "__Host-a=\xff; Secure; Path=/"},
		{"ws://co.uk./", " a\t=\tb ;; Domain=.co.uk; Path=/\t"},
	} {
		f.Add(seed[0], seed[1], seed[1])
	}
	f.Fuzz(func(t *testing.T, from, line, second string) {
		u, err := url.Parse(from)
		if err != nil {
			return
		}
		j := New()
		j.SaveSession = true
		j.Store(u, []string{line, second, line})
		checkStore(t, &j.store)
		header := j.Header(u)
		if hasControl(header) || len(header) > maxHeader {
			t.Errorf("%q", header)
		}
		for c := range j.All() {
			checkCookie(t, c)
			if !strings.Contains(line+second, c.Name) || !strings.Contains(line+second, c.Value) {
				t.Errorf("%q was not said", c.Name+"="+c.Value)
			}
		}
		// Fields that are sent back alone are the same cookies.
		if header != "" && j.Len() == 1 {
			again := New()
			again.Store(u, []string{header})
			for c := range j.All() {
				if keeps := again.Header(u); !hasPrefixFold(c.Name, "__") && c.Name != "" && keeps != header {
					t.Errorf("%q is sent as %q", header, keeps)
				}
			}
		}
		again := New()
		if _, err := again.ReadFrom(strings.NewReader(text(t, j))); err != nil {
			t.Error(err)
		}
		if got, want := slices.Collect(again.All()), slices.Collect(j.All()); !slices.Equal(got, want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
		checkNetscape(t, j)
		var list []*http.Cookie
		if c, err := http.ParseSetCookie(line); err == nil {
			list = append(list, c)
		}
		j.SetCookies(u, list)
		j.Cookies(u)
		checkStore(t, &j.store)
		if _, err := Parse(u, line); err != nil && hasControl(err.Error()) {
			t.Errorf("message %q", err)
		}
	})
}

// checkCookie checks that a kept cookie may be kept.
func checkCookie(t *testing.T, c Cookie) {
	t.Helper()
	again := c
	if rule := again.prepare(time.Now()); rule != "" || again != c {
		t.Errorf("%+v breaks a rule: %s", c, rule)
	}
}

// checkNetscape checks that what is written is read as the same cookies.
func checkNetscape(t *testing.T, j *Jar) {
	t.Helper()
	file, leftOut := netscape(t, j)
	again := New()
	if err := again.ReadNetscape(strings.NewReader(file)); err != nil {
		t.Errorf("%v: %q", err, file)
	}
	all := slices.Collect(j.All())
	for c := range again.All() {
		if !slices.ContainsFunc(all, func(o Cookie) bool {
			o.Expires = o.Expires.Truncate(time.Second)
			return plain(o) == plain(c)
		}) {
			t.Errorf("%+v is new", c)
		}
	}
	if lines := strings.Count(file, "\n"); lines != len(all)-leftOut {
		t.Errorf("%d lines for %d cookies", lines, len(all)-leftOut)
	}
}

// FuzzDate: a date that is read is one that a calendar has, and is read again from its usual
// form.
func FuzzDate(f *testing.F) {
	for _, seed := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "1:1:1:1 1 1 jan 1601", "99 99 99 99:99:99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		date, ok := parseDate(text)
		if !ok {
			return
		}
		if date.Year() < 1601 || date.Year() > 9999 {
			t.Errorf("year %d", date.Year())
		}
		if again, ok := parseDate(date.Format(http.TimeFormat)); !ok || !again.Equal(date) {
			t.Errorf("%v is read as %v, %v", date, again, ok)
		}
	})
}

// FuzzReadFrom: what is read has only what can be set, and is written as what is read again.
func FuzzReadFrom(f *testing.F) {
	f.Add([]byte(wantFile))
	f.Add([]byte(file(goodRecord)))
	f.Add([]byte("{\"version\":1,\"cookies\":[{}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		j := New()
		j.SaveSession = true
		n, err := j.ReadFrom(strings.NewReader(string(data)))
		if n != int64(len(data)) {
			t.Errorf("%d of %d bytes", n, len(data))
		}
		checkLoaded(t, j, err)
	})
}

// FuzzReadNetscape is the same for cookies.txt.
func FuzzReadNetscape(f *testing.F) {
	f.Add([]byte(netscapeHead + "#HttpOnly_.example.com\tTRUE\t/\tTRUE\t4000000000\ta\tb\r\n"))
	f.Add([]byte("example.com\tFALSE\t/\tFALSE\t0\t\tv\nx.y\tTRUE\t/a\tTRUE\t\ta\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		j := New()
		j.SaveSession = true
		err := j.ReadNetscape(strings.NewReader(string(data)))
		checkLoaded(t, j, err)
		if lines := strings.Count(string(data), "\n") + 1; j.Len() > lines {
			t.Errorf("%d cookies of %d lines", j.Len(), lines)
		}
	})
}

func checkLoaded(t *testing.T, j *Jar, err error) {
	t.Helper()
	checkStore(t, &j.store)
	if err != nil {
		if j.Len() != 0 || len(fmt.Sprint(err)) > 500 || hasControl(fmt.Sprint(err)) {
			t.Errorf("%d cookies, message %q", j.Len(), err)
		}
		return
	}
	for c := range j.All() {
		checkCookie(t, c)
	}
	again := New()
	if _, err := again.ReadFrom(strings.NewReader(text(t, j))); err != nil {
		t.Error(err)
	}
	if got, want := slices.Collect(again.All()), slices.Collect(j.All()); !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	checkNetscape(t, j)
}
