package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
)

// TestDigest goes through all variants with a server that counts.
func TestDigest(t *testing.T) {
	n := 0
	for _, algorithm := range []string{"", "MD5", "md5", "SHA", "SHA-256", "SHA-512", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess", "SHA-512-sess"} {
		for _, qop := range []string{"", "auth", "auth-int", "auth,auth-int", " auth-int , auth ", "foo, auth"} {
			for _, user := range []string{"alice", `a"l\i:ce`, "Jäsøn Doe"} {
				for _, how := range []string{"", "userhash", "charset", "nextnonce", "userhash charset nextnonce"} {
					if qop == "" && strings.HasSuffix(algorithm, "-sess") {
						continue // TestDigestUnanswerable
					}
					if n++; n%raceSlows != 0 {
						continue // all users and ways still have their turns: these are 3 and 5, and 4 divides neither
					}
					s := &digestServer{
						realm: `a "quoted\" realm, Digest`, user: user, password: "s3cr3t:\"ü", algorithm: algorithm, qop: qop,
						opaque: `o"p\`, prove: "right", charset: strings.Contains(how, "charset"),
						userhash: strings.Contains(how, "userhash"), nextnonce: strings.Contains(how, "nextnonce"),
					}
					rt := &roundTripper{auth: Digest(user, s.password), handler: s}
					name := fmt.Sprintf("%s/%s/%s/%s", algorithm, qop, user, how)
					if status, n := rt.get(t, `http://a.example/x?q="\&ü`); status != 200 || n != 2 {
						t.Errorf("%s: %d after %d requests", name, status, n)
					}
					// From now on, no request is asked.
					for i := range 3 {
						if status, n := rt.do(t, "POST", "http://a.example/y", strings.Repeat("body", i)); status != 200 || n != 1 {
							t.Errorf("%s: then %d after %d requests", name, status, n)
						}
					}
					if s.faults != nil {
						t.Errorf("%s: %q", name, s.faults)
					}
				}
			}
		}
	}
}

func TestDigestWrongPassword(t *testing.T) {
	s := &digestServer{realm: "r", user: "u", password: "right", qop: "auth"}
	rt := &roundTripper{auth: Digest("u", "wrong"), handler: s}
	for range 3 { // what was refused is forgotten: each call begins without credentials
		if status, n := rt.get(t, "http://a.example/"); status != 401 || n != 2 {
			t.Errorf("%d after %d requests", status, n)
		}
		if got := rt.sent[len(rt.sent)-2].Header.Get("Authorization"); got != "" {
			t.Errorf("credentials that were refused are sent again: %s", got)
		}
	}
	if s.faults != nil {
		t.Error(s.faults)
	}
}

func TestDigestStale(t *testing.T) {
	s := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", lifetime: 2}
	rt := &roundTripper{auth: Digest("u", "p"), handler: s}
	for i, want := range []int{2, 1, 2, 1, 2, 1, 2} {
		if status, n := rt.get(t, "http://a.example/"); status != 200 || n != want {
			t.Errorf("call %d: %d after %d requests, want %d", i, status, n, want)
		}
	}
	if s.faults != nil {
		t.Error(s.faults)
	}
}

// TestDigestOneTimeNonces: what is not called stale, but was taken before, is not the password's
// fault.
func TestDigestOneTimeNonces(t *testing.T) {
	for _, qop := range []string{"", "auth"} {
		s := &digestServer{realm: "r", user: "u", password: "p", qop: qop, lifetime: 1, mute: true}
		rt := &roundTripper{auth: Digest("u", "p"), handler: s}
		for i := range 4 {
			if status, n := rt.get(t, "http://a.example/"); status != 200 || n != 2 {
				t.Errorf("call %d: %d after %d requests", i, status, n)
			}
		}
		if s.faults != nil {
			t.Error(s.faults)
		}
	}
}

// TestDigestPasswordChanged: a nonce that was never taken is no reason to try again.
func TestDigestPasswordChanged(t *testing.T) {
	for _, nextnonce := range []bool{false, true} {
		s := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", nextnonce: nextnonce}
		rt := &roundTripper{auth: Digest("u", "p"), handler: s}
		rt.get(t, "http://a.example/")
		s.password = "changed"
		want := []int{2, 2}
		if nextnonce {
			want = []int{1, 2}
		}
		for i, want := range want {
			if status, n := rt.get(t, "http://a.example/"); status != 401 || n != want {
				t.Errorf("nextnonce %v, %d: %d after %d requests", nextnonce, i, status, n)
			}
		}
	}
}

// TestDigestLoops: servers that are never satisfied.
func TestDigestLoops(t *testing.T) {
	n := 0
	for name, c := range map[string]struct {
		challenge func() string
		want      int
	}{
		"a new nonce each time":    {func() string { return fmt.Sprintf(`Digest realm="r", nonce="%d", qop="auth"`, n) }, 2},
		"always stale":             {func() string { return fmt.Sprintf(`Digest realm="r", nonce="%d", qop="auth", stale=true`, n) }, 3},
		"always stale without qop": {func() string { return fmt.Sprintf(`Digest realm="r", nonce="%d", stale=true`, n) }, 3},
		"the same nonce, stale":    {func() string { return `Digest realm="r", nonce="n", qop="auth", stale=true` }, 2},
		"a new realm each time":    {func() string { return fmt.Sprintf(`Digest realm="%d", nonce="n", qop="auth", stale=true`, n) }, 2},
		"a stronger one each time": {func() string {
			return fmt.Sprintf(`Digest realm="r", nonce="%d", algorithm=%s`, n, []string{"MD5", "SHA-256", "SHA-512-256"}[min(n%4, 2)])
		}, 2},
	} {
		for _, a := range []Auth{Digest("u", "p"), Any("u", "p")} {
			rt := &roundTripper{auth: a, handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n++
				w.Header().Set("WWW-Authenticate", c.challenge())
				w.WriteHeader(401)
			})}
			if status, requests := rt.get(t, "http://a.example/"); status != 401 || requests != c.want {
				t.Errorf("%s, %v: %d after %d requests, want %d", name, a, status, requests, c.want)
			}
		}
	}
}

func TestDigestUserRefused(t *testing.T) {
	for _, user := range []string{"a\r\nX: y", "a\x00", "\x7f", "a\tb"} {
		for _, a := range []Challenger{Digest(user, "p"), Any(user, "p")} {
			req := httptest.NewRequest("GET", "http://a.example/", nil)
			if err := a.Authorize(req); !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "a") && strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%q: %v", user, err)
			}
			res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {`Digest realm="r", nonce="n"`}}}
			if again, err := a.Answer(req, res); again || !errors.Is(err, ErrInvalid) || len(req.Header) != 0 {
				t.Errorf("%q: %v, %v, %v", user, again, err, req.Header)
			}
		}
	}
}

func TestDigestHTTPBin(t *testing.T) {
	server := httptest.NewServer(httpbin.New())
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, a := range []Challenger{Digest("alice", "s3cr3t"), Any("alice", "s3cr3t")} {
		for _, path := range []string{
			"/digest-auth/auth/alice/s3cr3t", "/digest-auth/auth/alice/s3cr3t/MD5", "/digest-auth/auth/alice/s3cr3t/SHA-256",
		} {
			req := newRequest(t, "GET", server.URL+path, "")
			if err := a.Authorize(req); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				res, err := client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				_ = res.Body.Close()
				if res.StatusCode == 200 {
					break
				}
				if again, err := a.Answer(req, res); !again || err != nil {
					t.Fatalf("%s: %v, %v", path, again, err)
				}
			}
			if got := req.Header.Get("Authorization"); !strings.HasPrefix(got, "Digest ") {
				t.Errorf("%s: %q", path, got)
			}
		}
	}
}
