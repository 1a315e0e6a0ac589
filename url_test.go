package godwit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	for _, c := range []struct{ base, ref, want string }{
		{"", "http://h", "http://h"},
		{"", "HTTPS://H/a%2Fb?q#f", "https://H/a%2Fb?q#f"},
		{"", "http://h:8080/", "http://h:8080/"},
		{"", "http://h:/x", "http://h/x"}, // an empty port is none
		{"", "http://[::1]:8080/", "http://[::1]:8080/"},
		{"", "http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]/"},
		{"", "http://bücher.example/", "http://b%C3%BCcher.example/"},
		{"", "http://h/@me", "http://h/@me"},

		{"http://h/v1", "users", "http://h/v1/users"},
		{"http://h/v1", "/users", "http://h/v1/users"},
		{"http://h/v1/", "/users", "http://h/v1/users"},
		{"http://h/v1/", "users/", "http://h/v1/users/"},
		{"http://h", "users", "http://h/users"},
		{"http://h/v1", "", "http://h/v1"},
		{"http://h/v1", "?q=1", "http://h/v1?q=1"},
		{"http://h/v1?k=1", "x?q=1", "http://h/v1/x?k=1&q=1"},
		{"http://h/v1", "#f", "http://h/v1#f"},
		{"http://h/v1", "a/../b", "http://h/v1/b"},
		{"http://h/v1", "a/./b/", "http://h/v1/a/b/"},
		{"http://h/v1", "a%2Fb", "http://h/v1/a%2Fb"},
		{"http://h/a%2Fb", "c d", "http://h/a%2Fb/c%20d"},
		{"http://h/v1", "a@b", "http://h/v1/a@b"},
		{"http://h/v1", "http://other/x", "http://other/x"},
		{"http://h/v1", "https://h/x", "https://h/x"},
		{"http://h/v1", "a?u=http://x/", "http://h/v1/a?u=http://x/"},
	} {
		got, err := resolve(c.base, c.ref)
		if err != nil || got.String() != c.want {
			t.Errorf("resolve(%q, %q) = %v, %v; want %q", c.base, c.ref, got, err, c.want)
		}
	}
}

// Whatever cannot be understood in one way only is refused before anything is sent.
func TestURLRefused(t *testing.T) {
	s, w := newWorld(ok)
	for _, c := range []struct{ base, ref string }{
		{"", ""},
		{"", "h"},
		{"", "h/x"},
		{"", "//h/x"},
		{"", "/x"},
		{"", "h:80/x"},
		{"", "localhost:80"},
		{"", "ftp://h/"},
		{"", "file:///etc/passwd"},
		{"", "unix:/x"},
		{"", "javascript:x"},
		{"", "data:,x"},
		{"", "http:h"},
		{"", "http:/h"},
		{"", "http://"},
		{"", "http:///x"},
		{"", "http://:80/"},
		{"", "http://?q"},
		{"", "http://h:0/"},
		{"", "http://h:65536/"},
		{"", "http://h:080/"},
		{"", "http://h:+80/"},
		{"", "http://h:-1/"},
		{"", "http://h: 80/"},
		{"", "http://h:8a/"},
		{"", "http://h:99999999999999999999/"},
		{"", " http://h/"},
		{"", "http://h/ "},
		{"", "http://h /"},
		{"", "http://a b/"},
		{"", "\thttp://h/"},
		{"", "http://h/\r\nX: y"},
		{"", "http://h/\x00"},
		{"", "http://h\n/"},
		{"", "http://h/\x7f"},
		{"", "http://a%0d%0aX:%20y/"},
		{"", "http://a%20b/"},
		{"", "http://%31%32%37.0.0.1/"},
		{"", "http://a%2Fb/"},
		{"", `http://a\b/`},
		{"", `http://a\@b/`},
		{"", "http://a<b/"},
		{"", `http://a"b/`},
		{"", "http://[not-ip]/"},
		{"", "http://[1.2.3.4]/"},
		{"", "http://a[b]c/"},
		{"", "http://[::1]x/"},
		{"", "http://[::1/"},
		{"", "http://[]/"},
		{"", "http://a:b:c/"},
		{"", "http://u\x01@h/"},
		{"", "http://h/%zz"},
		{"", "http://us%3Aer:pw@h/"},
		{"", "http://u:p%0a@h/"},

		{"http://h/v1", "//evil/x"},
		{"http://h/v1", `\\evil/x`},
		{"http://h/v1", `/\evil`},
		{"http://h/v1", `\/evil`},
		{"http://h/v1", "///evil"},
		{"http://h/v1", "http:x"},
		{"http://h/v1", "x:y"},
		{"http://h/v1", "mailto:a@b"},
		{"http://h/v1", ".."},
		{"http://h/v1", "../x"},
		{"http://h/v1", "a/../../x"},
		{"http://h/v1", "..//..//x"},
		{"http://h/v1", "%2e%2e/x"},
		{"http://h/v1", "..%2fx"},
		{"http://h/v1", "a\nb"},
		{"http://h/v1", " x"},
		{"http://h/v1", "? "},
		{"http://h/v1", "%zz"},
		{"http://h/v1", "ftp://h/"},
		{"ftp://h/", "x"},
		{"h/v1", "x"},
	} {
		_, err := s.Get(t.Context(), c.ref, BaseURL(c.base))
		if !errors.Is(err, ErrURL) {
			t.Errorf("base %q, %q: %v, want ErrURL", c.base, c.ref, err)
			continue
		}
		if strings.ContainsAny(err.Error(), "\r\n\x00\x01\x7f") {
			t.Errorf("base %q, %q: %q is not one line to print", c.base, c.ref, err)
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// No error shows a password, be the URL ever so broken.
func TestNoPasswordInErrors(t *testing.T) {
	s, _ := newWorld(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	s.Transport = RoundTripFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("down") })
	for _, raw := range []string{
		"http://user:hunter2@h/", "http://user:hunter2@h:x/", "http://user:hun/hunter2@h/", "ftp://user:hunter2@h/",
		"user:hunter2@h/", "http://user:hunter2@@h/", "http://user:hunter2%zz@h/", "http://us er:hunter2@h/",
		"//user:hunter2@h/", "http:user:hunter2@h", "http://user:hunter2@h/\n", "http://a:hunter2@b:hunter2@c/",
	} {
		_, err := s.Get(t.Context(), raw)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestEscapeQuery(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"a=1&b=%20":          "a=1&b=%20",
		"q=a b":              "q=a%20b",
		"q=ü":                "q=%C3%BC",
		"q=\"<>\x7f'":        "q=%22%3C%3E%7F'",
		"q=\x00\r\n":         "q=%00%0D%0A",
		"already=%zz&ok={}|": "already=%zz&ok={}|",
	} {
		if got := escapeQuery(in); got != want {
			t.Errorf("escapeQuery(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzResolve: a reference joined to a base never leaves its origin or its path, and what is
// accepted reads the same again.
func FuzzResolve(f *testing.F) {
	for _, s := range []string{"x", "//evil", `/\evil`, "..", "%2e%2e/", "http://o/", "a?b#c", "http:x", "\t/x", "/v1/../../", "? ", "? #"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		u, err := resolve("http://h:8080/v1", ref)
		if err != nil {
			return
		}
		if !isAbsolute(ref) && (u.Scheme != "http" || u.Host != "h:8080" || u.User != nil ||
			(u.Path != "/v1" && !strings.HasPrefix(u.Path, "/v1/"))) {
			t.Errorf("%q leads to %v", ref, u)
		}
		u.RawQuery = escapeQuery(u.RawQuery) // as it is sent
		again, err := parseURL(u.String())
		if err != nil || again.Host != u.Host || again.Scheme != u.Scheme {
			t.Errorf("%q leads to %v, which reads as %v, %v", ref, u, again, err)
		}
	})
}
