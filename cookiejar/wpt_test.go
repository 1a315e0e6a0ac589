package cookiejar

import (
	"strings"
	"testing"
)

// TestSequences has what servers say one after the other, in the manner of the tests of the
// IETF's http-state group and of the Web Platform Tests: each line is "URL set-cookie", or
// "URL" alone for a request, and want has what these requests send.
func TestSequences(t *testing.T) {
	const home = "https://home.example.org:8888/cookie-parser"
	for _, test := range []struct {
		name  string
		steps []string
		want  []string
	}{
		{"one", []string{home + " foo=bar", home}, []string{"foo=bar"}},
		{"two", []string{home + " foo=bar", home + " baz=qux", home}, []string{"foo=bar; baz=qux"}},
		{"the same name replaces", []string{home + " a=1", home + " b=2", home + " a=3", home}, []string{"a=3; b=2"}},
		{"an empty value replaces", []string{home + " a=1", home + " a=", home}, []string{"a="}},
		{"nameless ones replace each other", []string{home + " a", home + " =b", home}, []string{"b"}},
		{"nameless and named are two", []string{home + " =a", home + " a=", home}, []string{"a; a="}},
		{"removing", []string{home + " a=1", home + " a=1; Max-Age=0", home}, []string{""}},
		{"removing another path's does not", []string{home + " a=1; Path=/x", home + " a=; Max-Age=0; Path=/", "https://home.example.org/x"}, []string{"a=1"}},
		{"removing another domain's does not", []string{home + " a=1", home + " a=; Max-Age=0; Domain=example.org", home}, []string{"a=1"}},
		{"host-only and domain are two", []string{home + " a=1", home + " a=2; Domain=home.example.org", home, "https://sub.home.example.org/"}, []string{"a=1; a=2", "a=2"}},
		{"removed and set anew is younger", []string{home + " a=1", home + " b=2", home + " a=; Max-Age=0", home + " a=3", home}, []string{"b=2; a=3"}},
		{"Max-Age makes it persistent, none ends that", []string{home + " a=1; Max-Age=0; Max-Age=9", home}, []string{"a=1"}},
		{"comma in Expires", []string{home + " a=1; Expires=Fri, 07 Aug 2099 08:04:19 GMT; Path=/", home}, []string{"a=1"}},
		{"Expires in quotes", []string{home + ` a=1; Expires="Fri, 07 Aug 2009 08:04:19 GMT"`, home}, []string{""}}, // quotes are delimiters
		{"Expires without its name", []string{home + " a=1; Fri, 07 Aug 2009 08:04:19 GMT", home}, []string{"a=1"}},
		{"attribute before the pair", []string{home + " Secure; a=1", home}, []string{"Secure"}},
		{"attribute as the pair", []string{home + " Path=/x; Path=/", home}, []string{"Path=/x"}},
		{"empty attributes", []string{home + " a=1;;;=;  ; = ;Path", home}, []string{"a=1"}},
		{"Secure with a value", []string{home + " a=1; Secure=false", "http://home.example.org/", home}, []string{"", "a=1"}},
		{"HttpOnly in part", []string{home + " a=1; HttpOnlyx; xSecure; Secure-", "http://home.example.org/"}, []string{"a=1"}},
		{"Domain with white space", []string{home + " a=1; Domain =  .example.org  ", "https://x.example.org/"}, []string{"a=1"}},
		{"Domain in quotes", []string{home + ` a=1; Domain=".example.org"`, home}, []string{""}},
		{"Domain with a slash", []string{home + " a=1; Domain=/example.org", home}, []string{""}},
		{"ports do not part", []string{home + " a=1", "https://home.example.org/", "https://home.example.org:1/"}, []string{"a=1", "a=1"}},
		{"schemes do not part", []string{"http://home.example.org/ a=1", home}, []string{"a=1"}},
		{"user names do not part", []string{"https://u:p@home.example.org/ a=1", home}, []string{"a=1"}},
		{"paths", []string{home + "/result a=1; Path=/cookie-parser", home + "/x a=2; Path=/cookie-parser/result", home + "/result/y", home}, []string{"a=2; a=1", "a=1"}},
		{"path with a slash at its end", []string{home + " a=1; Path=/cookie-parser/", home, home + "/"}, []string{"", "a=1"}},
		{"path in quotes", []string{home + ` a=1; Path="/nowhere"`, home}, []string{"a=1"}},
		{"path in other letters", []string{home + " a=1; Path=/COOKIE-parser", home}, []string{""}},
		{"path with dots", []string{home + " a=1; Path=/x/../cookie-parser", home}, []string{""}},
		{"query is no path", []string{home + " a=1; Path=/cookie-parser", home + "?/x", "https://home.example.org/?/cookie-parser"}, []string{"a=1", ""}},
		{"value with everything", []string{home + " a=\u00a0ÿ\"(),/:<>?@[\\]{}%=", home}, []string{"a=\u00a0ÿ\"(),/:<>?@[\\]{}%="}},
		{"name with everything", []string{home + " \"(),/:<>?@[\\]{}%é=1", home}, []string{"\"(),/:<>?@[\\]{}%é=1"}},
		{"two cookies in a line are one", []string{home + " a=1, b=2", home}, []string{"a=1, b=2"}},
	} {
		j, got := New(), []string(nil)
		for _, step := range test.steps {
			at, line, sets := strings.Cut(step, " ")
			if sets {
				set(t, j, at, line)
			} else {
				got = append(got, j.Header(mustURL(t, at)))
			}
		}
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		checkStore(t, &j.store)
	}
}
