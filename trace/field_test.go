package trace

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	f := Fields{{Name: "X-a", Value: "1"}, {Name: "B", Value: ""}, {Name: "x-A", Value: "2"}}
	if got := f.Get("X-A"); got != "1" {
		t.Errorf("Get: %q", got)
	}
	if got := f.Get("C"); got != "" {
		t.Errorf("Get of none: %q", got)
	}
	if got := f.Values("x-a"); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("Values: %q", got)
	}
	if got := f.Values("C"); got != nil {
		t.Errorf("Values of none: %q", got)
	}
	if got := f.Joined("x-a", "none"); got != "1, 2" {
		t.Errorf("Joined: %q", got)
	}
	if got := f.Joined("B", "none"); got != "" {
		t.Errorf("Joined of an empty value: %q", got)
	}
	if got := f.Joined("C", "none"); got != "none" {
		t.Errorf("Joined of none: %q", got)
	}
	if !f.Has("b") || f.Has("C") {
		t.Error("Has")
	}
	c := f.Clone()
	c[0].Value = "changed"
	if f[0].Value != "1" {
		t.Error("Clone shares memory")
	}
}

func TestRedact(t *testing.T) {
	const secret = "hunter2"
	f := Fields{
		{Name: "authorization", Value: "Basic " + secret},
		{Name: "PROXY-Authorization", Value: secret},
		{Name: "Cookie", Value: "a=" + secret},
		{Name: "Set-Cookie", Value: "a=" + secret},
		{Name: "X-API-Key", Value: secret},
		{Name: "X-Mine", Value: secret, Secret: true},
		{Name: "Accept", Value: "text/plain"},
	}
	got := Redact(f)
	for i, x := range got[:6] {
		if x.Value != Hidden || !x.Secret || x.Name != f[i].Name {
			t.Errorf("%+v is shown", x)
		}
	}
	if got[6] != f[6] {
		t.Errorf("%+v, want it as it was", got[6])
	}
	if f[0].Value != "Basic "+secret {
		t.Error("Redact altered what it was given")
	}
}

// TestRedactNames: services call what they take for keys in their own ways (CVE-2026-40895), and
// words that look like it are no secrets.
func TestRedactNames(t *testing.T) {
	for _, name := range []string{
		"Token", "Private-Token", "X-Vault-Token", "X-Shopify-Access-Token", "CF-Access-Client-Secret", "X-Goog-Api-Key",
		"apikey", "DD-API-KEY", "X-Auth-Key", "Ocp-Apim-Subscription-Key", "X-Password", "Proxy-Authentication-Info",
	} {
		if got := Redact(Fields{{Name: name, Value: "hunter2"}}); got[0].Value != Hidden || !got[0].Secret {
			t.Errorf("%s is shown", name)
		}
	}
	for _, name := range []string{
		"Idempotency-Key", "Sec-WebSocket-Key", "X-RateLimit-Remaining-Tokens", "Access-Control-Allow-Credentials",
		"WWW-Authenticate", "Surrogate-Key", "next_token", "Broken", "Etag", "",
	} {
		if got := Redact(Fields{{Name: name, Value: "plain"}}); got[0].Value != "plain" || got[0].Secret {
			t.Errorf("%s is hidden", name)
		}
	}
}

func TestRedactURL(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"http://example.com/a?b=c#d", "http://example.com/a?b=c#d"},
		{"http://hunter2@example.com/", "http://•••@example.com/"}, // a token, perhaps
		{"http://hunter2:@example.com/x@y?a@b", "http://•••:@example.com/x@y?a@b"},
		{"http://:@example.com/", "http://:@example.com/"},
		{"http://@example.com/", "http://@example.com/"},
		{"http://bob:hunter2@example.com/x", "http://bob:•••@example.com/x"},
		{"http://:hunter2@example.com/", "http://:•••@example.com/"},
		{"http://b%40b:hunter2@example.com/b%40b:x@", "http://b%40b:•••@example.com/b%40b:x@"},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := RedactURL(u); got != c.want {
			t.Errorf("%s: %s, want %s", c.url, got, c.want)
		}
		if strings.Contains(c.url, "hunter2") && !strings.Contains(u.String(), "hunter2") {
			t.Error("RedactURL altered what it was given")
		}
	}
	if got := RedactURL(nil); got != "" {
		t.Errorf("nil: %q", got)
	}
}

func TestRedactQuery(t *testing.T) {
	for query, want := range map[string]string{
		"":                               "",
		"a=1&b=2":                        "a=1&b=2",
		"token=x":                        "token=•••",
		"a=1&access_token=x&b=2":         "a=1&access_token=•••&b=2",
		"password=x&&api_key=y&token=":   "password=•••&&api_key=•••&token=",
		"to%6ben=x=y&tokens=z":           "to%6ben=•••&tokens=z",
		"Client-Secret=x;y&q=%zz":        "Client-Secret=•••&q=%zz",
		"%zz_token=x":                    "%zz_token=•••",
		"token":                          "token",
		"user[password]=x&new_password=": "user[password]=•••&new_password=",
		"a.b.token=1&%5Btoken%5D=2":      "a.b.token=•••&%5Btoken%5D=•••",
		"&&=&token=x&":                   "&&=&token=•••&",
	} {
		if got := RedactQuery(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}
