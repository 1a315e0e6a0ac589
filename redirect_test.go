package godwit

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestRedirectTarget(t *testing.T) {
	long := "/" + strings.Repeat("x", maxLocation)
	for _, c := range []struct {
		from, location string
		want           string // "": refused
		crosses        bool
	}{
		{"http://h/a/b", "/c", "http://h/c", false},
		{"http://h/a/b", "c", "http://h/a/c", false},
		{"http://h/a/b", "?q=1", "http://h/a/b?q=1", false},
		{"http://h/a/b", "//o/c", "http://o/c", true},
		{"http://h/a", "http://h:80/c", "http://h:80/c", false},
		{"http://h:8080/a", "http://h/c", "http://h/c", true},
		{"http://h/a", "https://h/c", "https://h/c", true},
		{"http://h/a", "http://H/c", "http://H/c", false},
		{"http://h/a", "http://h./c", "http://h./c", true},
		{"http://www.h/a", "http://[::1%25.www.h]/c", "http://[::1%25.www.h]/c", true},
		{"http://h/a#f", "/c", "http://h/c#f", false},
		{"http://h/a#f", "/c#g", "http://h/c#g", false},
		{"http://u:p@h/a", "/c", "http://h/c", false},
		{"http://h/a", "http://u:p@h/c", "http://h/c", false},
		{"http://h/a", "http://u:p@o/c", "http://o/c", true},
		{"http://h/a", "  /c\t", "http://h/c", false},
		{"http://h/a", "/c d?e f", "http://h/c%20d?e%20f", false},
		{"http://h/a", "/ü?ü", "http://h/%C3%BC?%C3%BC", false},
		{"http://h/a", "/100%", "http://h/100%25", false},
		{"http://h/a", "/%zz%41", "http://h/%25zz%41", false},
		{"http://h/a", `\\o\c`, "http://o/c", true},
		{"http://h/a", `/c?\`, `http://h/c?\`, false},
		{"http://h/a/b", "1:2", "http://h/a/1:2", false},
		{"http://h/a/b", "2026-11-29T10:00", "http://h/a/2026-11-29T10:00", false},
		{"http://h/a/b", ":80/c", "http://h/a/:80/c", false},
		{"http://h/a/b", "ü:c", "http://h/a/%C3%BC:c", false},
		{"http://h/a/b", "./c:d", "http://h/a/c:d", false},
		{"http://h/a/b", "../1:2", "http://h/1:2", false},
		{"http://h/a/b", "/1:2", "http://h/1:2", false},
		{"http://h/a/b", "//o:80/1:2", "http://o:80/1:2", true},
		{"http://h/a/b", "c?d:e", "http://h/a/c?d:e", false},
		{"http://h/a/b", "a1+-.:c", "", false},
		{"http://h/a", "http:/b", "", false},
		{"http://h/a", "http:b", "", false},
		{"http://h/a", "http://", "", false},
		{"http://h/a", "http://o:x/", "", false},
		{"http://h/a", "http://o:0/", "", false},
		{"http://h/a", "file:///etc/passwd", "", false},
		{"http://h/a", "local_file:///etc/passwd", "", false},
		{"http://h/a", "FILE:///etc/passwd", "", false},
		{"http://h/a", "ftp://o/", "", false},
		{"http://h/a", "data:,x", "", false},
		{"http://h/a", "gopher://o/", "", false},
		{"http://h/a", "javascript:alert(1)", "", false},
		{"http://h/a", "unix:/var/run/docker.sock", "", false},
		{"http://h/a", "http://unix:/var/run/docker.sock:/x", "http://unix/var/run/docker.sock:/x", true},
		{"http://h/a", "/c\r\nX: y", "", false},
		{"http://h/a", "/c\x00", "", false},
		{"http://h/a", long, "", false},
		{"http://h/a", long[:maxLocation], "http://h" + long[:maxLocation], false},
		{"https://h/a", "http://h/c", "", false},
	} {
		from, err := url.Parse(c.from)
		if err != nil {
			t.Fatal(err)
		}
		res := &http.Response{StatusCode: 302, Header: http.Header{"Location": {c.location}}}
		got, err := redirectTarget(from, "GET", res, false)
		switch {
		case c.want == "":
			if !errors.Is(err, ErrLocation) {
				t.Errorf("%s → %.60q: %v, %v; want ErrLocation", c.from, c.location, got.url, err)
			}
		case err != nil || got.url.String() != c.want || got.crosses != c.crosses:
			t.Errorf("%s → %.60q: %.80v, crosses %v, %v; want %.80s, %v", c.from, c.location, got.url, got.crosses, err, c.want, c.crosses)
		}
		if err != nil && (len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\r\n\x00")) {
			t.Errorf("%.60q: error is not fit to print: %.300q", c.location, err)
		}
	}
}

func TestDowngradeIfAllowed(t *testing.T) {
	from, _ := url.Parse("https://h/a")
	res := &http.Response{StatusCode: 302, Header: http.Header{"Location": {"http://h/c"}}}
	got, err := redirectTarget(from, "GET", res, true)
	if err != nil || got.url.String() != "http://h/c" || !got.crosses {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSeveralLocations(t *testing.T) {
	for _, c := range []struct {
		values []string
		ok     bool
	}{{[]string{"/a", "/a"}, true}, {[]string{"/a", "/b"}, false}} {
		if _, err := location(http.Header{"Location": c.values}); (err == nil) != c.ok {
			t.Errorf("%q: %v", c.values, err)
		}
	}
}

func TestRedirectMethod(t *testing.T) {
	for _, c := range []struct {
		status int
		method string
		want   string
		body   bool
	}{
		{301, "GET", "GET", true},
		{302, "GET", "GET", true},
		{303, "GET", "GET", false},
		{301, "HEAD", "HEAD", true},
		{302, "HEAD", "HEAD", true},
		{303, "HEAD", "HEAD", false},
		{301, "POST", "GET", false},
		{302, "POST", "GET", false},
		{303, "POST", "GET", false},
		{301, "PUT", "PUT", true},
		{302, "DELETE", "DELETE", true},
		{303, "PUT", "GET", false},
		{307, "POST", "POST", true},
		{308, "POST", "POST", true},
		{307, "GET", "GET", true},
		{303, "QUERY", "GET", false},
		{301, "QUERY", "QUERY", true},
		{302, "post", "post", true},
	} {
		if got, body := redirectMethod(c.method, c.status); got != c.want || body != c.body {
			t.Errorf("%d after %s: %s, body %v; want %s, %v", c.status, c.method, got, body, c.want, c.body)
		}
	}
}

func TestFollows(t *testing.T) {
	for status := 100; status < 600; status++ {
		want := status == 301 || status == 302 || status == 303 || status == 307 || status == 308
		if got := follows(&http.Response{StatusCode: status, Header: http.Header{"Location": {"/"}}}); got != want {
			t.Errorf("%d: %v", status, got)
		}
		if follows(&http.Response{StatusCode: status, Header: http.Header{"Refresh": {"0; url=/"}, "Link": {"</>"}}}) {
			t.Errorf("%d without a Location is followed", status)
		}
	}
}

func TestCrossOrigin(t *testing.T) {
	h := http.Header{
		"Accept": {"*/*"}, "Accept-Language": {"de"}, "User-Agent": {"x"}, "Range": {"bytes=0-1"}, "If-Range": {`"e"`},
		"Cache-Control": {"no-cache"}, "Pragma": {"no-cache"}, "Traceparent": {"00-1"}, "Tracestate": {"a=b"},
		"Authorization": {"a", "b"}, "Cookie": {"a=1", "b=2"}, "Cookie2": {"x"}, "Proxy-Authorization": {"x"},
		"X-Api-Key": {"x"}, "x-odd-case": {"x"}, "AUTHORIZATION": {"x"}, "Acceptance": {"x"}, "X-Kept": {"x"},
		"Idempotency-Key": {"x"}, "Content-Type": {"text/plain"}, "content-language": {"de"}, "Transfer-Encoding": {"x"},
		"User-Agent-Secret": {"x"}, "Origin": {"x"}, "Referer": {"http://h/secret"},
	}
	next, dropped := crossOrigin(h, []string{"x-kept"}, false)
	const gone = "AUTHORIZATION Acceptance Authorization Cookie Cookie2 Idempotency-Key Origin Proxy-Authorization Referer User-Agent-Secret X-Api-Key x-odd-case"
	if got := strings.Join(dropped, " "); got != gone {
		t.Errorf("dropped %s", got)
	}
	if len(next) != 10 || next["X-Kept"] == nil {
		t.Errorf("went on: %v", next)
	}
	next, _ = crossOrigin(h, nil, true)
	if len(next) != 12 || next["Content-Type"] == nil || next[strings.ToLower("Content-Language")] == nil {
		t.Errorf("with a body went on: %v", next)
	}
}

// FuzzRedirectTarget: wherever a Location leads, it is http or https, has a host and no user
// info, and going nowhere new is not taken for another origin or the other way round.
func FuzzRedirectTarget(f *testing.F) {
	for _, s := range []string{"/", "//o", `\\o`, "http://u:p@o/", "https:///x", "http:x", "%zz", "?", "#", "http://[::1%25x]/"} {
		f.Add(s)
	}
	from, _ := url.Parse("https://h:444/a?b#c")
	f.Fuzz(func(t *testing.T, location string) {
		got, err := redirectTarget(from, "GET", &http.Response{StatusCode: 302, Header: http.Header{"Location": {location}}}, true)
		if err != nil {
			return
		}
		u := got.url
		if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
			t.Errorf("%q leads to %#v", location, u)
		}
		if !got.crosses && (u.Scheme != "https" || u.Hostname() != "h" && u.Hostname() != "H" || u.Port() != "444") {
			t.Errorf("%q leads to %v, taken for the same origin", location, u)
		}
		if strings.ContainsAny(u.RequestURI(), " \r\n\x00\x7f") {
			t.Errorf("%q leads to the target %q", location, u.RequestURI())
		}
	})
}
