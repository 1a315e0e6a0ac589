package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// authorized returns the Authorization field that a puts into a bare request.
func authorized(t *testing.T, a Auth) (string, error) {
	t.Helper()
	req := httptest.NewRequest("GET", "http://a.example/", nil)
	req.Header = nil // as a request made by hand has none
	err := a.Authorize(req)
	return req.Header.Get("Authorization"), err
}

func TestBasic(t *testing.T) {
	for _, c := range []struct{ user, password, want string }{
		{"Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, // RFC 7617 2
		{"test", "123£", "Basic dGVzdDoxMjPCow=="},                       // RFC 7617 2.1
		{"", "pw", "Basic OnB3"},
		{"key", "", "Basic a2V5Og=="},
		{"u", "a:b", "Basic dTphOmI="},
	} {
		if got, err := authorized(t, Basic(c.user, c.password)); err != nil || got != c.want {
			t.Errorf("Basic(%q, %q): %q, %v; want %q", c.user, c.password, got, err, c.want)
		}
	}
}

func TestBasicRefuses(t *testing.T) {
	for _, c := range [][2]string{
		{"a:b", "secret"},
		{"a\r\nX: y", "secret"},
		{"a\x00", "secret"},
		{"a\x7f", "secret"},
		{"a", "secret\n"},
		{"a", "sec\tret"},
	} {
		got, err := authorized(t, Basic(c[0], c[1]))
		if !errors.Is(err, ErrInvalid) || got != "" {
			t.Errorf("Basic(%q, %q): %q, %v", c[0], c[1], got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.ContainsAny(err.Error(), "\r\n\x00")) {
			t.Errorf("Basic(%q, %q): the error tells: %q", c[0], c[1], err)
		}
	}
}

func TestBearer(t *testing.T) {
	for token, ok := range map[string]bool{
		"mF_9.B5f-4.1JqM": true, "1|abc~+/==": true,
		"": false, "tik tok": false, "tik\r\ntok": false, "tok\n": false, "tök": false, "tik\x00": false,
	} {
		got, err := authorized(t, Bearer(token))
		switch {
		case ok && (err != nil || got != "Bearer "+token):
			t.Errorf("Bearer(%q): %q, %v", token, got, err)
		case !ok && (!errors.Is(err, ErrInvalid) || got != ""):
			t.Errorf("Bearer(%q): %q, %v", token, got, err)
		case !ok && token != "" && strings.Contains(err.Error(), token):
			t.Errorf("Bearer(%q): the error tells: %q", token, err)
		}
	}
}

func TestFromEnv(t *testing.T) {
	a := FromEnv("GODWIT_TEST_TOKEN")
	t.Setenv("GODWIT_TEST_TOKEN", "one")
	if got, err := authorized(t, a); err != nil || got != "Bearer one" {
		t.Fatal(got, err)
	}
	t.Setenv("GODWIT_TEST_TOKEN", "two") // read at each request
	if got, err := authorized(t, a); err != nil || got != "Bearer two" {
		t.Fatal(got, err)
	}
	for _, value := range []string{"", "sec\nret"} {
		t.Setenv("GODWIT_TEST_TOKEN", value)
		got, err := authorized(t, a)
		if got != "" || !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), `"GODWIT_TEST_TOKEN"`) ||
			strings.Contains(err.Error(), "ret") {
			t.Errorf("%q: %q, %v", value, got, err)
		}
	}
	if _, err := authorized(t, FromEnv("GODWIT_TEST_NOT_SET")); !errors.Is(err, ErrInvalid) ||
		!strings.Contains(err.Error(), "not set") {
		t.Error(err)
	}
}

// TestHidden prints every Auth in every way, from outside and as a part of something.
func TestHidden(t *testing.T) {
	t.Setenv("GODWIT_TEST_TOKEN", "s3cr3t")
	for name, a := range everyAuth(t) {
		type holder struct {
			Public  Auth
			private Auth
		}
		h := holder{a, a}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t", "%p", "%T"} {
			for _, v := range []any{a, h, &h, []Auth{a}, map[string]Auth{"a": a}, []any{&h}} {
				text := fmt.Sprintf(verb, v)
				for _, secret := range []string{"alice", "s3cr3t", "616c696365", "733363723374", "YWxpY2U"} {
					if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
						t.Errorf("%s: %s of %T tells %q: %s", name, verb, v, secret, text)
					}
				}
			}
		}
	}
	for want, v := range map[string]any{
		"Basic(•••)": Basic("alice", "s3cr3t"), `FromEnv("X")`: FromEnv("X"), "Netrc(•••)": Netrc{}, `NetrcFile("x")`: NetrcFile("x"),
		"Proxy(Digest(•••))": Proxy(Digest("alice", "s3cr3t")),
	} {
		for _, got := range []string{fmt.Sprint(v), fmt.Sprintf("%#v", v), v.(fmt.Stringer).String(), v.(fmt.GoStringer).GoString()} {
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}

// everyAuth returns one of each kind, all with the user alice and the secret s3cr3t.
func everyAuth(t *testing.T) map[string]Auth {
	t.Helper()
	netrc, err := ParseNetrc([]byte("machine a.example login alice password s3cr3t"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Auth{
		"Netrc":     netrc,
		"NetrcFile": NetrcFile(writeNetrc(t, filepath.Join(t.TempDir(), "netrc"), "machine a.example login alice password s3cr3t")),
		"Basic":     Basic("alice", "s3cr3t"),
		"Bearer":    Bearer("s3cr3t"),
		"FromEnv":   FromEnv("GODWIT_TEST_TOKEN"),
		"Digest":    Digest("alice", "s3cr3t"),
		"Any":       Any("alice", "s3cr3t"),
		"Token": Token(func(context.Context) (string, time.Time, error) {
			return "s3cr3t", time.Time{}, nil
		}),
		"TokenSource": TokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "s3cr3t"})),
	}
	for name, a := range all {
		all["Proxy of "+name] = Proxy(a)
		if _, err := authorized(t, a); err != nil { // now they all have what they need
			t.Fatal(err)
		}
		if c, ok := a.(Challenger); ok {
			res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {`Digest realm="alice", nonce="s3cr3t"`}}}
			if _, err := c.Answer(httptest.NewRequest("GET", "http://a.example/", nil), res); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

func TestFunc(t *testing.T) {
	a := Func(func(req *http.Request) error {
		setField(req, "X-Api-Key", "k")
		return nil
	})
	req := httptest.NewRequest("GET", "http://a.example/", nil)
	if err := a.Authorize(req); err != nil || req.Header.Get("X-Api-Key") != "k" {
		t.Error(err, req.Header)
	}
}
