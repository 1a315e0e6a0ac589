package cli

import (
	"errors"
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		args, method, url string
		items             int
	}{
		{"example.org", "", "https://example.org", 0},
		{"GET example.org", "GET", "https://example.org", 0},
		{"get example.org", "GET", "https://example.org", 0},
		{"purge example.org/x", "PURGE", "https://example.org/x", 0},
		{"M-SEARCH example.org", "M-SEARCH", "https://example.org", 0},
		{"VERSION-CONTROL example.org", "VERSION-CONTROL", "https://example.org", 0},
		{"example.org a=b", "", "https://example.org", 1},
		{"my-host a=b", "", "https://my-host", 1},
		{"localhost a=b", "", "http://localhost", 1},
		{"localhost X:y", "", "http://localhost", 1},
		{"PUT localhost a=b c:=1 q==x", "PUT", "http://localhost", 3},
		{":8000/a", "", "http://localhost:8000/a", 0},
		{":/a", "", "http://localhost/a", 0},
		{":", "", "http://localhost", 0},
		{":?q=1", "", "http://localhost?q=1", 0},
		{"POST :8000/a?b=c a=b", "POST", "http://localhost:8000/a?b=c", 1},
		{"://example.org/x", "", "https://example.org/x", 0},
		{"//example.org/x", "", "https://example.org/x", 0},
		{"http://example.org", "", "http://example.org", 0},
		{"HTTPS://example.org", "", "HTTPS://example.org", 0},
		{"ftp://example.org", "", "ftp://example.org", 0},
		{"localhost:8080/x", "", "http://localhost:8080/x", 0},
		{"LocalHost/x", "", "http://LocalHost/x", 0},
		{"app.localhost:3000", "", "http://app.localhost:3000", 0},
		{"localhost.example.org", "", "https://localhost.example.org", 0},
		{"notlocalhost", "", "https://notlocalhost", 0},
		{"127.0.0.1:8080", "", "http://127.0.0.1:8080", 0},
		{"127.1.2.3", "", "http://127.1.2.3", 0},
		{"[::1]:8080/x", "", "http://[::1]:8080/x", 0},
		{"[::ffff:127.0.0.1]", "", "http://[::ffff:127.0.0.1]", 0},
		{"[2001:db8::1]", "", "https://[2001:db8::1]", 0},
		{"user:pw@localhost/x", "", "http://user:pw@localhost/x", 0},
		{"localhost@example.org/x", "", "https://localhost@example.org/x", 0},
		{"example.org/?next=http://x", "", "https://example.org/?next=http://x", 0},
		{"http://serve", "", "http://serve", 0},
		{"example.org Referer:http://a/b", "", "https://example.org", 1},
		{"example.org callback=http://a/b", "", "https://example.org", 1},
		{"example.org next==https://a/b", "", "https://example.org", 1},
		{"example.org ftp://a/b", "", "https://example.org", 1},
		{"example.org :={} :=1", "", "https://example.org", 2},
		{"example.org/a/../b/./c?x=/../y", "", "https://example.org/b/c?x=/../y", 0},
		{"example.org/../../b/..", "", "https://example.org/", 0},
		{"example.org/a/b/.", "", "https://example.org/a/b/", 0},
		{"example.org/a/%2e%2E/b", "", "https://example.org/b", 0},
		{"example.org/a//../b", "", "https://example.org/a/b", 0},
		{"example.org/a.b/..c/...", "", "https://example.org/a.b/..c/...", 0},
		{"example.org?/../a", "", "https://example.org?/../a", 0},
		{"example.org/#/../a", "", "https://example.org/#/../a", 0},
		{"http+unix://%2Frun%2Fa.sock/x/../y", "", "http+unix://%2Frun%2Fa.sock/y", 0},
	} {
		all, err := new(askOptions).targets(strings.Fields(c.args))
		if err != nil || len(all) != 1 {
			t.Errorf("%s: %v, %v", c.args, all, err)
			continue
		}
		if got := all[0]; got.method != c.method || got.url != c.url || len(got.items) != c.items {
			t.Errorf("%s: %+v, want %s %s with %d items", c.args, got, c.method, c.url, c.items)
		}
	}
}

func TestParseTargetErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no URL"},
		{[]string{""}, "the URL is empty"},
		{[]string{"myhost", "a=b"}, `"a=b" is no URL: myhost was taken for the METHOD; if it is a host, write http://myhost`},
		{[]string{"example.org", "oops"}, `item "oops": it must be ` + itemForms},
	} {
		_, err := new(askOptions).targets(c.args)
		if _, ok := errors.AsType[*usageError](err); !ok || err.Error() != c.want {
			t.Errorf("targets(%q): %v, want %s", c.args, err, c.want)
		}
	}
}

// An argument that looks like a URL and like nothing else is one more of them.
func TestFurtherURLs(t *testing.T) {
	for args, want := range map[string]string{
		"a.example http://b.example":                       "https://a.example http://b.example",
		"a.example https://b.example x=1 HTTP://c.example": "https://a.example https://b.example HTTP://c.example",
		"PUT a.example X:y :8000/x :/y :80 :8080?q ://b.c": "https://a.example http://localhost:8000/x http://localhost/y http://localhost:80 http://localhost:8080?q https://b.c",
		"a.example http+unix://%2Fa.sock/":                 "https://a.example http+unix://%2Fa.sock/",
		":1 :2":                                            "http://localhost:1 http://localhost:2",
	} {
		all, err := new(askOptions).targets(strings.Fields(args))
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		var urls []string
		for i := range all {
			urls = append(urls, all[i].url)
			if len(all[i].items) != strings.Count(args, "x=1")+strings.Count(args, "X:y") || strings.HasPrefix(args, "PUT") != (all[i].method == "PUT") {
				t.Errorf("%s: %+v", args, all[i])
			}
		}
		if got := strings.Join(urls, " "); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
	for _, args := range []string{"a.example b.example", "a.example :", "a.example :x", "a.example ::1", "a.example :80x"} {
		if all, err := new(askOptions).targets(strings.Fields(args)); err == nil {
			t.Errorf("%s: %+v", args, all)
		}
	}
}

func TestURLOptions(t *testing.T) {
	for _, c := range []struct {
		ask       askOptions
		arg, want string
	}{
		{askOptions{scheme: "http"}, "example.org", "http://example.org"},
		{askOptions{scheme: "https"}, ":8000/x", "https://localhost:8000/x"},
		{askOptions{scheme: "https"}, "127.0.0.1", "https://127.0.0.1"},
		{askOptions{scheme: "http"}, "https://example.org", "https://example.org"},
		{askOptions{asIs: true}, "example.org/a/../b/%2e", "https://example.org/a/../b/%2e"},
	} {
		if got, err := c.ask.url(c.arg); err != nil || got != c.want {
			t.Errorf("%+v: %s, %v, want %s", c, got, err, c.want)
		}
	}
}

// FuzzTargets: whatever the arguments are, there are targets with a scheme, or a usage error.
func FuzzTargets(f *testing.F) {
	f.Add("PUT\nexample.org/a/../b\nx=1\n:8000/x")
	f.Add(":/..\nhttp://\n://")
	f.Fuzz(func(t *testing.T, lines string) {
		all, err := new(askOptions).targets(strings.Split(lines, "\n"))
		if err != nil {
			if _, ok := errors.AsType[*usageError](err); !ok {
				t.Fatalf("%q: %v", lines, err)
			}
			return
		}
		for _, tg := range all {
			if !hasScheme(tg.url) || withoutDots(tg.url) != tg.url {
				t.Fatalf("%q: %q", lines, tg.url)
			}
		}
	})
}
