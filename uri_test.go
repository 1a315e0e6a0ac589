package godwit

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestURI(t *testing.T) {
	const base = "http://h/v1"
	for _, c := range []struct {
		base, template string
		vars           URI
		want           string
	}{
		{"", "http://h/users/{id}/repos{?page,per_page}", URI{"id": 7, "page": 2, "per_page": nil}, "http://h/users/7/repos?page=2"},
		{base, "/users/{id}", URI{"id": "a/b c?d#e"}, "http://h/v1/users/a%2Fb%20c%3Fd%23e"},
		{base, "users{/id}", URI{"id": nil}, "http://h/v1/users"},
		{base, "/files/{+path}", URI{"path": "a/b c.txt"}, "http://h/v1/files/a/b%20c.txt"},
		{base, "/search{?q*}", URI{"q": Params{"b": 1, "a": "x y"}}, "http://h/v1/search?a=x%20y&b=1"},
		{base, "/x?q={q}", URI{"q": ""}, "http://h/v1/x?q="},
		{base, "/plain", URI{}, "http://h/v1/plain"},
		{"", "http://h", URI{}, "http://h"},
		{"", "http://h?q", URI{}, "http://h?q"},
		{base, "/%2E/ok", nil, "http://h/v1/%2E/ok"},
		{"", "http://h/{a,b}", URI{"a": "é", "b": "@"}, "http://h/%C3%A9,%40"},
		{base, "/{x}", URI{"x": "..."}, "http://h/v1/..."},
		{base, "/{x}", URI{"x": "a..b"}, "http://h/v1/a..b"},
		{base, "/{x}", URI{"x": "%2e%2e"}, "http://h/v1/%252e%252e"},
		{base, "/x{?x}", URI{"x": "../../.."}, "http://h/v1/x?x=..%2F..%2F.."},
		{base, "/{x}", URI{"x": "//evil"}, "http://h/v1/%2F%2Fevil"},
		{base, "/{x}", URI{"x": "http://evil/"}, "http://h/v1/http%3A%2F%2Fevil%2F"},
		{"", "http://h/{+x}", URI{"x": "@evil"}, "http://h/@evil"},
		{"", "http://h/{+x}", URI{"x": "//evil/x"}, "http://h///evil/x"},
	} {
		s, w := newWorld(ok)
		s.Defaults = Defaults{BaseURL(c.base)}
		opts := []Option{c.vars}
		if c.vars == nil {
			opts = nil
		}
		if _, err := s.Get(t.Context(), c.template, opts...); err != nil {
			t.Errorf("%s with %v: %v", c.template, c.vars, err)
			continue
		}
		if got := w.last().URL.String(); got != c.want {
			t.Errorf("%s with %v: %s, want %s", c.template, c.vars, got, c.want)
		}
	}
}

// Whatever a value is, it changes neither scheme nor host and leads to no other place.
func TestURIRefused(t *testing.T) {
	const base = "http://h/v1/"
	for _, c := range []struct {
		base, template string
		vars           URI
		want           string
	}{
		{base, "/users/{id}", URI{"id": ".."}, `"." or ".."`},
		{base, "/users/{id}", URI{"id": "."}, `"." or ".."`},
		{base, "/a/b/c/{id}", URI{"id": "../../x"}, `"." or ".."`},
		{base, "/a/b/c/{id}", URI{"id": `..\..\x`}, `"." or ".."`},
		{base, "/a/b/{+id}", URI{"id": "../x"}, `"." or ".."`},
		{base, "/a/b/{+id}", URI{"id": "%2e%2E"}, `"." or ".."`},
		{base, "/a/b/{+id}", URI{"id": "..%2fx"}, `"." or ".."`},
		{base, "/a/b/{+id}", URI{"id": "..%5cx"}, `"." or ".."`},
		{base, "/a/b/{+id}", URI{"id": "..;/x"}, `"." or ".."`},
		{base, "/a/b/{id}", URI{"id": "..;x"}, `"." or ".."`},
		{base, "/a/{x}{y}", URI{"x": ".", "y": "."}, `"." or ".."`},
		{base, "/a/{.x}", URI{"x": "."}, `"." or ".."`},
		{base, "/a/{.x}", URI{"x": ""}, `"." or ".."`},
		{base, "/a{/x*}", URI{"x": []string{"..", "..", "x"}}, `"." or ".."`},
		{base, "/a{;x}", URI{"x": "/../b"}, `"." or ".."`},
		{base, "/a/.{x}", URI{"x": "."}, `"." or ".."`},
		{base, "/a/..{;x}", URI{"x": "1"}, `"." or ".."`},
		{"", "{+url}", URI{"url": "http://evil/"}, "scheme and host"},
		{base, "{+url}", URI{"url": "http://evil/"}, "scheme and host"},
		{base, "{+url}", URI{"url": "//evil/"}, "a host without a scheme"},
		{base, "{/x*}", URI{"x": []string{"", "evil"}}, "a host without a scheme"},
		{base, "{+url}", URI{"url": "http:evil/"}, "a scheme without a host"},
		{base, "{+url}", URI{"url": "javascript:x"}, "a scheme without a host"},
		{"", "http://{host}/", URI{"host": "evil"}, "scheme and host"},
		{"", "http://h{x}/", URI{"x": ".evil"}, "scheme and host"},
		{"", "http://h{+x}", URI{"x": "@evil/"}, "scheme and host"},
		{"", "http://h{?x}{+y}", URI{"x": nil, "y": "@evil/"}, "scheme and host"},
		{"", "http://h:{port}/", URI{"port": 1}, "scheme and host"},
		{"", "{s}://h/", URI{"s": "ftp"}, "scheme and host"},
		{"", "/users/{id}", URI{"id": 1}, "no http://"},
		{base, "/users/{id}", URI{}, `no value for "id"`},
		{base, "/users/{id}", URI{"ID": 1}, `there is no variable "ID"`},
		{base, "/users/{id}", URI{"id": 1, "pge": 2}, `there is no variable "pge"`},
		{base, "/users/{id}", URI{"id": ""}, `"id" is empty`},
		{base, "/users/{id}", URI{"id": nil}, `"id" is empty`},
		{base, "/users/{+id}/x", URI{"id": (*int)(nil)}, `"id" is empty`},
		{base, "/users/{id}", URI{"id": []string{}}, `"id" is empty`},
		{base, "/users/{id}", URI{"id": struct{}{}}, `value of "id": cannot send a struct {}`},
		{base, "/users/{id}{?q*}", URI{"id": 1, "q": Params{"a": []string{"s3cret"}}}, `value of "q": "a": cannot send a []string`},
		{base, "/users/{id", URI{"id": "s3cret"}, "a brace without its other half"},
		{base, "/users/{}", URI{"id": "s3cret"}, `expression "{}": it is empty`},
	} {
		s, w := newWorld(ok)
		s.Defaults = Defaults{BaseURL(c.base)}
		_, err := s.Get(t.Context(), c.template, c.vars)
		if !errors.Is(err, ErrURL) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s with %v: %v, want %s", c.template, c.vars, err, c.want)
		}
		if n := len(w.requests()); n != 0 {
			t.Errorf("%s with %v: went to %v", c.template, c.vars, w.last().URL)
		}
	}
}

// Without the option braces are braces; with it in the session, calls add to it.
func TestURIWithout(t *testing.T) {
	s, w := newWorld(ok)
	if _, err := s.Get(t.Context(), "http://h/{id}?f={a,b}"); err != nil || w.last().URL.EscapedPath() != "/%7Bid%7D" {
		t.Error(err, w.last().URL)
	}
	s.Defaults = Defaults{BaseURL("http://h/"), URI{"tenant": "acme", "id": 0}}
	if _, err := s.Get(t.Context(), "/{tenant}/{id}", URI{"id": 1}); err != nil || w.last().URL.Path != "/acme/1" {
		t.Error(err, w.last().URL)
	}
	if _, err := s.Get(t.Context(), "/{tenant}/{id}"); err != nil || w.last().URL.Path != "/acme/0" {
		t.Error(err, w.last().URL)
	}
	// To another origin, what the session keeps for its own stays at home; the template is one
	// all the same.
	s.Defaults = append(s.Defaults, Header{"X-Key": "s3cret"})
	if _, err := s.Get(t.Context(), "http://other/{tenant}/{id}"); err != nil || w.last().URL.String() != "http://other/acme/0" || w.last().Header["X-Key"] != nil {
		t.Error(err, w.last())
	}
	req, err := s.Prepare(t.Context(), "GET", "/{tenant}/{id}", URI{"id": "a/b"}, Params{"q": 1})
	if err != nil || req.URL.String() != "http://h/acme/a%2Fb?q=1" {
		t.Error(err, req)
	}
}

func FuzzURI(f *testing.F) {
	for _, v := range []string{"a", "..", "../..", "//evil", "@evil", "%2e%2e", "a/b?c#d", "\\..\\", "\x00", "é", ".;", "%", "http://evil"} {
		f.Add("/a/{x}/b/{+x}{?x}{#x}", v)
		f.Add("{+x}", v)
		f.Add("{/x}{;x}{.x}", v)
		f.Add("http://h/{x}", v)
	}
	f.Fuzz(func(t *testing.T, template, value string) {
		// A simple expression is one segment, whatever the value, and comes out as it went in.
		if expanded, err := (URI{"x": value}).expand("/a/{x}/b"); err == nil {
			parts := strings.Split(expanded, "/")
			if len(parts) != 4 || parts[1] != "a" || parts[3] != "b" {
				t.Fatalf("%q: %q", value, expanded)
			}
			if back, err := url.PathUnescape(parts[2]); err != nil || back != value {
				t.Fatalf("%q came out as %q, %v", value, back, err)
			}
		}
		// Any template: where it leads is where its own text says.
		u, err := URI{"x": value}.expand(template)
		if err != nil {
			return
		}
		if len(u) > (len(template)+1)*(3*len(value)+len(template)+3) {
			t.Fatalf("%d bytes of %d and %d", len(u), len(template), len(value))
		}
		prefix, _, isTemplate := strings.Cut(template, "{")
		to, err := resolve("http://base/v1/", u)
		if err != nil || !isTemplate {
			return
		}
		home := &url.URL{Scheme: "http", Host: "base"}
		if isAbsolute(u) {
			if home, err = parseURL(prefix); err != nil {
				t.Fatalf("%q with %q: %q, but the host of %q: %v", template, value, u, prefix, err)
			}
		} else if to.Path != "/v1" && !strings.HasPrefix(to.Path, "/v1/") {
			t.Fatalf("%q with %q leads to %q", template, value, to)
		}
		if !sameOrigin(to, home) || to.User.String() != home.User.String() {
			t.Fatalf("%q with %q leads to %q", template, value, to)
		}
	})
}
