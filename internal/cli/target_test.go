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
	} {
		got, err := parseTarget(strings.Fields(c.args))
		if err != nil || got.method != c.method || got.url != c.url || len(got.items) != c.items {
			t.Errorf("parseTarget(%s) = %+v, %v, want %s %s with %d items", c.args, got, err, c.method, c.url, c.items)
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
		_, err := parseTarget(c.args)
		if _, ok := errors.AsType[*usageError](err); !ok || err.Error() != c.want {
			t.Errorf("parseTarget(%q): %v, want %s", c.args, err, c.want)
		}
	}
}
