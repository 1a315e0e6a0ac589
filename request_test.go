package godwit

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/godwit/transport"
)

// head writes what is sent, but for the order.
func head(r seen) string {
	var lines []string
	for name, values := range r.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	return fmt.Sprintf("%s %s\nHost: %s\n%s\n\n%s", r.Method, r.URL.RequestURI(), r.Host, strings.Join(lines, "\n"), r.body)
}

func TestWhatIsSent(t *testing.T) {
	const ua = "User-Agent: godwit/" + Version
	for _, c := range []struct {
		method, url string
		opts        []Option
		want        string
	}{
		{"", "http://h", nil, "GET /\nHost: h\nAccept-Encoding: gzip, deflate, br, zstd\nAccept: */*\n" + ua + "\n\n"},
		{"HEAD", "http://h", nil, "HEAD /\nHost: h\nAccept: */*\n" + ua + "\n\n"},
		{
			"GET", "http://h/a b?x=1&y=ü",
			[]Option{Query("&z=%20&"), Params{"q": "a&b c"}, Header{"Range": "bytes=0-9"}},
			"GET /a%20b?x=1&y=%C3%BC&z=%20&q=a%26b+c\nHost: h\nAccept: */*\nRange: bytes=0-9\n" + ua + "\n\n",
		},
		{
			"GET", "http://h:8080/",
			[]Option{NoHeader{"user-agent", "Accept", "accept-encoding"}, Header{"Host": "v.example"}},
			"GET /\nHost: v.example\n\n\n",
		},
		{
			"GET", "http://u:p%40@h/",
			[]Option{Header{"Accept-Encoding": "br", "User-Agent": "x", "Accept": "a/b"}, Cookies{"b": `"q, r"`, "a": 1}},
			"GET /\nHost: h\nAccept-Encoding: br\nAccept: a/b\nAuthorization: Basic dTpwQA==\nCookie: a=1; b=\"q, r\"\nUser-Agent: x\n\n",
		},
		{
			"POST", "http://h/",
			[]Option{Form{"b": []int{1, 2}, "a": "x y&ü", "n": nil}, NoHeader{"User-Agent", "Accept", "Accept-Encoding"}},
			"POST /\nHost: h\nContent-Type: application/x-www-form-urlencoded\n\na=x+y%26%C3%BC&b=1&b=2",
		},
		{
			"PUT", "http://h/",
			[]Option{JSON(map[string]any{"a": "<&>"}), Header{"content-type": "application/x"}, NoHeader{"User-Agent", "Accept", "Accept-Encoding"}},
			"PUT /\nHost: h\nContent-Type: application/x\n\n{\"a\":\"<&>\"}",
		},
		{
			"QUERY", "http://h/",
			[]Option{Bytes([]byte("x"), ""), NoHeader{"User-Agent", "Accept", "Accept-Encoding"}},
			"QUERY /\nHost: h\n\n\nx",
		},
	} {
		s, w := newWorld(ok)
		if _, err := s.Do(t.Context(), c.method, c.url, c.opts...); err != nil {
			t.Fatal(err)
		}
		if got := head(w.last()); got != c.want {
			t.Errorf("%s %s\n--- got\n%s\n--- want\n%s", c.method, c.url, got, c.want)
		}
	}
}

// What the transport is to do otherwise reaches it, and only for the origin it was said of.
func TestOverrides(t *testing.T) {
	s, w := newWorld(ok)
	s.Tracer = new(log)
	_, err := s.Get(t.Context(), "https://h/", Insecure, Limits{Wait: 7 * time.Second}, Header{"b": 1, "A": 2})
	if err != nil {
		t.Fatal(err)
	}
	o := transport.OverridesFrom(w.last().Context())
	if o == nil || !o.Insecure || o.Origin != "https://h:443" || o.Limits.Wait != 7*time.Second || !o.NoGzip || o.Tracer != s.Tracer || o.Call == 0 || fmt.Sprint(o.Order) != "[A b]" || o.Streaming != nil {
		t.Errorf("%+v", o)
	}
	if _, err := s.Get(t.Context(), "https://h/"); err != nil {
		t.Fatal(err)
	}
	if o := transport.OverridesFrom(w.last().Context()); o.Insecure || o.Origin != "" || o.Order != nil {
		t.Errorf("%+v", o)
	}
}

// Credential order: the call's header, then the URL's user info, then the session's header.
func TestWhoseAuthorization(t *testing.T) {
	s, w := newWorld(ok)
	session := s.With(Header{"Authorization": "session"})
	for _, c := range []struct {
		s    *Session
		url  string
		opts []Option
		want string
	}{
		{session, "http://h/", nil, "session"},
		{session, "http://u:p@h/", nil, "Basic dTpw"},
		{session, "http://u:p@h/", []Option{Header{"authorization": "call"}}, "call"},
		{session, "http://u:p@h/", []Option{NoHeader{"Authorization"}}, ""},
		{session, "http://h/", []Option{NoHeader{"Authorization"}}, ""},
		{s, "http://u@h/", nil, "Basic dTo="},
		{session.With(BaseURL("http://u:p@h/v1")), "x", nil, "Basic dTpw"},
	} {
		if _, err := c.s.Get(t.Context(), c.url, c.opts...); err != nil {
			t.Fatal(err)
		}
		if got := w.last().Header.Get("Authorization"); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.url, c.opts, got, c.want)
		}
	}
}

// An absolute URL of another origin than BaseURL's goes without what the session holds
// (CVE-2025-27152).
func TestForeignURL(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	s.Defaults = Defaults{
		BaseURL("http://api.example/v1"), Insecure,
		Cookies{"s": "1"},
		Header{"Authorization": "x", "X-Key": "x", "Accept-Language": "de", "X-Keep": "1"},
		KeepHeaders{"X-Keep"},
	}
	for _, c := range []struct {
		url     string
		opts    []Option
		foreign bool
	}{
		{"/x", nil, false},
		{"http://API.example:80/other", nil, false},
		{"http://o.example/", nil, true},
		{"https://api.example/", nil, true},
		{"http://api.example:81/", nil, true},
		{"x", []Option{BaseURL("http://o.example/")}, true},
		{"http://o.example/", []Option{Header{"X-Mine": "1"}, Cookies{"c": "1"}}, true},
	} {
		res, err := s.Get(t.Context(), c.url, c.opts...)
		if err != nil {
			t.Fatal(err)
		}
		h := w.last().Header
		cookie := ""
		if len(c.opts) == 2 {
			cookie = "c=1" // the call's own go where the call goes
		}
		if got := h.Get("Authorization")+h.Get("X-Key") == "" && h.Get("Cookie") == cookie; got != c.foreign {
			t.Errorf("%s %v: %v", c.url, c.opts, h)
		}
		if h.Get("Accept-Language") != "de" || h.Get("X-Keep") != "1" || (len(c.opts) == 2 && h.Get("X-Mine") != "1") {
			t.Errorf("%s: %v", c.url, h)
		}
		if transport.OverridesFrom(w.last().Context()).Insecure == c.foreign {
			t.Errorf("%s: Insecure is the wrong way round", c.url)
		}
		if text := res.ErrorForStatus().Error(); strings.Contains(text, "Authorization, ") != c.foreign {
			t.Errorf("%s: %s", c.url, text)
		}
	}
}
