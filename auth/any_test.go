package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// offers answers with 401 and these challenges to whatever has not the right Basic credentials.
func offers(challenges ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); ok && user == "u" && password == "p" {
			return
		}
		w.Header()["Www-Authenticate"] = challenges
		w.WriteHeader(401)
	}
}

func TestAnyBasic(t *testing.T) {
	rt := &roundTripper{auth: Any("u", "p"), handler: offers("Negotiate, NTLM", `basic realm="r", charset="UTF-8"`)}
	for i, want := range []int{2, 1, 1} {
		if status, n := rt.get(t, "https://a.example/"); status != 200 || n != want {
			t.Errorf("%d: %d after %d requests", i, status, n)
		}
	}
	for _, url := range []string{"https://b.example/", "https://c.example/", "https://a.example:8443/"} {
		before := len(rt.sent)
		if status, n := rt.get(t, url); status != 200 || n != 2 || rt.sent[before].Header.Get("Authorization") != "" {
			t.Errorf("%s: %d after %d requests", url, status, n)
		}
	}
	// Refused: once, and forgotten.
	rt = &roundTripper{auth: Any("u", "wrong"), handler: offers(`Basic realm="r"`)}
	for range 2 {
		if status, n := rt.get(t, "https://a.example/"); status != 401 || n != 2 {
			t.Errorf("wrong password: %d after %d requests", status, n)
		}
	}
}

// TestAnyWithoutTLS: the password itself goes to nobody in the clear, unless nobody is on the
// way; a hash of it may (B10).
func TestAnyWithoutTLS(t *testing.T) {
	for _, c := range []struct {
		url  string
		sent bool
	}{
		{"https://a.example/", true},
		{"HTTPS://a.example:8443/", true},
		{"wss://a.example/", true},
		{"http://a.example/", false},
		{"http://a.example:443/", false},
		{"ws://a.example/", false},
		{"http://192.168.0.1/", false},
		{"http://10.0.0.1/", false},
		{"http://0.0.0.0/", false},
		{"http://[fe80::1%25lo]/", false},
		{"http://[::1%25.a.example]/", false},
		{"http://127.0.0.1.a.example/", false},
		{"http://localhost.a.example/", false},
		{"http://notlocalhost/", false},
		{"http://127.1/", false},
		{"http://127.0.0.1:8080/", true},
		{"http://127.8.8.8/", true},
		{"http://[::1]/", true},
		{"http://[::ffff:127.0.0.1]/", true},
		{"http://localhost:8080/", true},
		{"http://api.LOCALHOST./", true},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		for name, a := range map[string]Challenger{"origin": Any("u", "p"), "proxy": Proxy(Any("u", "p")).(Challenger)} {
			req := &http.Request{Method: "GET", URL: u, Header: http.Header{}}
			status, field := 401, "Www-Authenticate"
			if name == "proxy" {
				status, field = 407, "Proxy-Authenticate"
			}
			res := &http.Response{StatusCode: status, Header: http.Header{field: {`Basic realm="r"`}}}
			again, err := a.Answer(req, res)
			if again != c.sent || errors.Is(err, ErrNoTLS) == c.sent || (len(req.Header) > 0) != c.sent {
				t.Errorf("%s %s: %v, %v, %v", name, c.url, again, err, req.Header)
			}
			// Nor is it sent ahead of the next question.
			next := &http.Request{Method: "GET", URL: u, Header: http.Header{}}
			if err := a.Authorize(next); err != nil || (len(next.Header) > 0) != c.sent {
				t.Errorf("%s %s, ahead: %v, %v", name, c.url, err, next.Header)
			}
			// Digest is answered anywhere.
			res.Header.Set(field, `Basic realm="r", Digest realm="r", nonce="n"`)
			if again, err := a.Answer(next, res); err != nil || !again {
				t.Errorf("%s %s, Digest: %v, %v", name, c.url, again, err)
			}
		}
	}
}

// TestAnyDowngrade: where there was Digest, there is no Basic (RFC 7616 5.8).
func TestAnyDowngrade(t *testing.T) {
	var basicOnly atomic.Bool
	digest := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", algorithm: "SHA-256", lifetime: 2, extra: `, Basic realm="r"`}
	rt := &roundTripper{auth: Any("u", "p"), handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if basicOnly.Load() {
			offers(`Basic realm="r"`)(w, r)
		} else {
			digest.ServeHTTP(w, r)
		}
	})}
	for i, want := range []int{2, 1, 2, 1} { // stale, too
		if status, n := rt.get(t, "https://a.example/"); status != 200 || n != want {
			t.Errorf("%d: %d after %d requests", i, status, n)
		}
	}
	basicOnly.Store(true)
	for range 3 {
		if status, n := rt.get(t, "https://a.example/"); status != 401 || n != 1 {
			t.Errorf("Basic after Digest: %d after %d requests", status, n)
		}
	}
	for _, req := range rt.sent {
		if strings.HasPrefix(req.Header.Get("Authorization"), "Basic") {
			t.Error("the password was sent")
		}
	}
	// Another origin may have Basic, and Digest later.
	if status, n := rt.get(t, "https://b.example/"); status != 200 || n != 2 {
		t.Errorf("%d after %d requests", status, n)
	}
	basicOnly.Store(false)
	if status, n := rt.get(t, "https://b.example/"); status != 200 || n != 2 {
		t.Errorf("from Basic to Digest: %d after %d requests", status, n)
	}
	basicOnly.Store(true)
	if status, _ := rt.get(t, "https://b.example/"); status != 401 {
		t.Errorf("and back: %d", status)
	}
}

// TestAnyRefused: what Digest did not open, Basic is not tried on.
func TestAnyRefused(t *testing.T) {
	digest := &digestServer{realm: "r", user: "u", password: "other", qop: "auth", extra: `, Basic realm="r"`}
	rt := &roundTripper{auth: Any("u", "p"), handler: digest}
	for range 2 {
		if status, n := rt.get(t, "https://a.example/"); status != 401 || n != 2 {
			t.Errorf("%d after %d requests", status, n)
		}
	}
	for _, req := range rt.sent {
		if strings.HasPrefix(req.Header.Get("Authorization"), "Basic") {
			t.Error("the password was sent")
		}
	}
}

func TestAnyUnanswered(t *testing.T) {
	for _, challenge := range []string{"Negotiate", "NTLM TlRMTVNTUAAC", "Bearer", "Kerberos, SCRAM-SHA-256 realm=x", "", `BasicX realm="r"`} {
		rt := &roundTripper{auth: Any("u", "p"), handler: respond(401, "WWW-Authenticate", challenge)}
		if status, n := rt.get(t, "https://a.example/"); status != 401 || n != 1 {
			t.Errorf("%q: %d after %d requests", challenge, status, n)
		}
	}
	rt := &roundTripper{auth: Any("u", "p"), handler: respond(403, "WWW-Authenticate", "Basic")}
	if _, n := rt.get(t, "https://a.example/"); n != 1 {
		t.Errorf("403: %d requests", n)
	}
	// A Digest that nobody knows is no reason to keep Basic from a server that offers it.
	rt = &roundTripper{auth: Any("u", "p"), handler: offers(`Digest realm="r", nonce="n", algorithm=X, Basic realm="r"`)}
	if status, n := rt.get(t, "https://a.example/"); status != 200 || n != 2 {
		t.Errorf("%d after %d requests", status, n)
	}
	// A user name that Basic cannot send.
	rt = &roundTripper{auth: Any("u:v", "p"), handler: offers(`Basic realm="r"`)}
	if _, err := rt.RoundTrip(newRequest(t, "GET", "https://a.example/", "")); err == nil {
		t.Error("a colon was sent")
	}
}

// TestAnyBounds: no number of origins makes it forget where Digest was used.
func TestAnyBounds(t *testing.T) {
	a := Any("u", "p").(*anyScheme)
	answer := func(host, challenge string) bool {
		req := httptest.NewRequest("GET", "https://"+host+"/", nil)
		again, err := a.Answer(req, &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {challenge}}})
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	answer("first.example", `Digest realm="r", nonce="n"`)
	for i := range 3 * maxOrigins {
		if !answer(fmt.Sprintf("h%d.example", i), "Basic") {
			t.Fatalf("h%d got no Basic", i)
		}
	}
	if len(a.schemes) > maxOrigins || answer("first.example", "Basic") {
		t.Errorf("%d origins", len(a.schemes))
	}
	for i := range maxOrigins {
		answer(fmt.Sprintf("d%d.example", i), `Digest realm="r", nonce="n"`)
	}
	for _, host := range []string{"first.example", "d0.example", fmt.Sprintf("d%d.example", maxOrigins-1), "new.example"} {
		if answer(host, "Basic") {
			t.Errorf("%s got Basic", host)
		}
	}
	if len(a.schemes) > maxOrigins {
		t.Errorf("%d origins", len(a.schemes))
	}
	if !answer("new.example", `Digest realm="r", nonce="n"`) {
		t.Error("Digest is always possible")
	}
}
