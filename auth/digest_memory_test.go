package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestDigestOrigins: CVE-2026-11856. What one origin has said is not told to another.
func TestDigestOrigins(t *testing.T) {
	s := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", extra: `, domain="/ http://evil.example/ https://a.example/ //b.example/"`}
	rt := &roundTripper{auth: Digest("u", "p"), handler: s}
	rt.get(t, "http://a.example/")
	for _, url := range []string{
		"http://b.example/", "http://a.example:81/", "https://a.example/", "http://evil.example/", "https://a.example:80/",
		"http://a.example./", "http://[::1]/",
	} {
		before := len(rt.sent)
		if status, n := rt.get(t, url); status != 200 || n != 2 {
			t.Errorf("%s: %d after %d requests", url, status, n)
		}
		if got := rt.sent[before].Header.Get("Authorization"); got != "" {
			t.Errorf("%s: its first request had %s", url, got)
		}
	}
	for _, url := range []string{"http://A.example:80/x", "http://a.example/?q"} {
		if status, n := rt.get(t, url); status != 200 || n != 1 {
			t.Errorf("%s is the same origin: %d after %d requests", url, status, n)
		}
	}
	if s.faults != nil {
		t.Error(s.faults)
	}
}

// TestDigestSpaces: two realms of an origin that say where they begin, one that does not.
func TestDigestSpaces(t *testing.T) {
	a := &digestServer{realm: "a", user: "u", password: "p", qop: "auth", extra: `, domain="/a http://evil.example/c //x.example:81/"`, gaps: true}
	b := &digestServer{realm: "b", user: "u", password: "p", qop: "auth", extra: `, domain="/a/b/ http://x.example/b"`}
	mux := http.NewServeMux()
	mux.Handle("/a/", a)
	mux.Handle("/a/b/", b)
	mux.Handle("/b", b)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Authorization")) })
	rt := &roundTripper{auth: Digest("u", "p"), handler: mux}
	for _, c := range []struct {
		path string
		want int
	}{
		{"/a/", 2},
		{"/a/1", 1},
		{"/a/b/", 2},
		{"/a/b/2", 1},
		{"/a/3", 1},
		{"/b", 1},
		{"/a/b/4", 1},
		{"/c", 1},
		{"/", 1},
		{"/a/5", 1},
	} {
		if status, n := rt.get(t, "http://x.example"+c.path); status != 200 || n != c.want {
			t.Errorf("%s: %d after %d requests, want %d", c.path, status, n, c.want)
		}
		if got := rt.sent[len(rt.sent)-1].Header.Get("Authorization"); got != "" && (c.path == "/c" || c.path == "/") {
			t.Errorf("%s is in no space, and got %s", c.path, got)
		}
	}
	if a.faults != nil || b.faults != nil {
		t.Error(a.faults, b.faults)
	}
}

// TestDigestNonces: servers behind one name that do not know of each other's nonces.
func TestDigestNonces(t *testing.T) {
	d := newDigest("u", "p")
	answer := func(nonce string) string {
		req := httptest.NewRequest("GET", "http://a.example/", nil)
		res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {`Digest realm="r", qop=auth, nonce="` + nonce + `"`}}}
		if again, err := d.Answer(req, res); !again || err != nil {
			t.Fatal(again, err)
		}
		return digestParams(req.Header.Get("Authorization"))["nc"]
	}
	for i, nonce := range []string{"1", "2", "1", "2", "2", "3", "4", "1"} {
		if got, want := answer(nonce), []int{1, 1, 2, 2, 3, 1, 1, 3}[i]; got != fmt.Sprintf("%08x", want) {
			t.Errorf("%d: nonce %s: nc=%s, want %d", i, nonce, got, want)
		}
	}
}

// TestDigestBounds: what servers say does not fill the memory.
func TestDigestBounds(t *testing.T) {
	d := newDigest("u", "p")
	for i := range 2000 / raceSlows {
		req := httptest.NewRequest("GET", fmt.Sprintf("http://h%d.example/", i/3), nil)
		res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {
			fmt.Sprintf(`Digest realm="%d", nonce="%d", domain="%s"`, i, i, strings.Repeat("/x ", 1000)),
		}}}
		if again, err := d.Answer(req, res); !again || err != nil {
			t.Fatal(again, err)
		}
		for j := range 10 {
			d.memory.next(origin{"http", fmt.Sprintf("h%d.example", i/3), "80"}, strconv.Itoa(i), fmt.Sprint(i, j))
		}
	}
	if n := len(d.memory.spaces); n != maxSpaces {
		t.Errorf("%d spaces", n)
	}
	for _, s := range d.memory.spaces {
		if len(s.nonces) > maxNonces || len(s.paths) > maxPaths {
			t.Errorf("%d nonces, %d paths", len(s.nonces), len(s.paths))
		}
	}
}

// TestDigestNonceUsedUp: a count that would begin anew is a replay.
func TestDigestNonceUsedUp(t *testing.T) {
	d := newDigest("u", "p")
	req := httptest.NewRequest("GET", "http://a.example/", nil)
	res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {`Digest realm="r", qop=auth, nonce="n"`}}}
	if again, err := d.Answer(req, res); !again || err != nil {
		t.Fatal(again, err)
	}
	d.memory.spaces[0].nonces[0].n = 1<<32 - 2
	for i, want := range []string{"ffffffff", "", ""} {
		req := httptest.NewRequest("GET", "http://a.example/", nil)
		err := d.Authorize(req)
		if got := digestParams(req.Header.Get("Authorization"))["nc"]; got != want || err != nil {
			t.Errorf("%d: nc=%q, %v", i, got, err)
		}
	}
	req = httptest.NewRequest("GET", "http://a.example/", nil)
	if again, err := d.Answer(req, res); again || err != nil || len(req.Header) > 0 {
		t.Error(again, err, req.Header)
	}
}

// TestDigestMany: 64 goroutines and one Digest, against a server that counts.
func TestDigestMany(t *testing.T) {
	for _, lifetime := range []int{0, 3} {
		s := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", lifetime: lifetime, nextnonce: lifetime == 3}
		d := Digest("u", "p")
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				rt := &roundTripper{auth: d, handler: s}
				for range 20 / raceSlows {
					req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://a.example/", nil)
					res, err := rt.RoundTrip(req)
					if err != nil || res.StatusCode != 200 && lifetime == 0 {
						t.Errorf("%v, %v", res, err)
					}
				}
			})
		}
		wg.Wait()
		for _, f := range s.faults {
			if !strings.HasPrefix(f, "nc=") { // those come in any order
				t.Error(f)
			}
		}
		for nonce, n := range s.counts {
			if n > 64*20+64 {
				t.Errorf("nonce %q: %d uses", nonce, n)
			}
		}
	}
}
