package auth

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	icholy "github.com/icholy/digest"
	"github.com/mccutchen/go-httpbin/v2/httpbin"
)

// sha512Truncated is what the authors of RFC 7616 took for SHA-512/256: the first half of SHA-512.
type sha512Truncated struct{ hash.Hash }

func (h sha512Truncated) Sum(b []byte) []byte { return h.Hash.Sum(b)[:len(b)+32] }

func TestDigestVectors(t *testing.T) {
	const lifeNonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
	life := proof{
		user: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life", nonce: lifeNonce,
		nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop: "auth",
		method: "GET", uri: "/dir/index.html",
	}
	old := life
	old.realm, old.nonce, old.password = "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "Circle Of Life"
	old.cnonce = "0a4f113b"
	oldest := old
	oldest.password, oldest.qop = "CircleOfLife", ""
	doe := proof{
		user: "Jäsøn Doe", realm: "api@example.org", password: "Secret, or not?",
		nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc: "00000001",
		cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop: "auth", method: "GET", uri: "/doe.json",
	}
	for _, c := range []struct {
		name, algorithm string
		p               proof
		want            string
	}{
		{"RFC 2069 with its erratum 749", "", oldest, "1949323746fe6a43ef61f9606e7febea"},
		{"RFC 2617 3.5", "", old, "6629fae49393a05397450978507c4ef1"},
		{"RFC 7616 3.9.1, MD5", "MD5", life, "8ca523f5e9506fed4657c9700eebdbec"},
		{"RFC 7616 3.9.1, SHA-256", "sha-256", life, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"RFC 7616 3.9.2 with its erratum 4897", "SHA-512-256", doe, "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"},
	} {
		c.p.hash, _, c.p.session = algorithm(c.algorithm)
		if got := c.p.response(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := join(sha512.New512_256(), doe.user, doe.realm); got != "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b" {
		t.Errorf("userhash: %s", got)
	}
	// What RFC 7616 itself has comes out of a hash that is not SHA-512/256.
	doe.hash = func() hash.Hash { return sha512Truncated{sha512.New()} }
	if got := doe.response(); got != "ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd" {
		t.Errorf("the RFC's own arithmetic: %s", got)
	}
}

// TestDigestOracle compares with an implementation of somebody else's.
func TestDigestOracle(t *testing.T) {
	for _, name := range []string{"", "MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess"} {
		for _, qop := range []string{"", "auth", "auth-int"} {
			p := proof{
				user: rand.Text(), realm: rand.Text(), password: rand.Text(), nonce: rand.Text(), nc: "0000000b",
				cnonce: rand.Text(), qop: qop, method: "PUT", uri: "/" + rand.Text(),
			}
			p.hash, _, p.session = algorithm(name)
			h := p.hash()
			_, _ = io.WriteString(h, "the body")
			p.body = hex.EncodeToString(h.Sum(nil))

			o := icholy.Options{Method: p.method, URI: p.uri, Count: 11, Username: p.user, Password: p.password, Cnonce: p.cnonce}
			o.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("the body")), nil }
			c := &icholy.Challenge{Realm: p.realm, Nonce: p.nonce, Algorithm: strings.TrimSuffix(name, "-sess")}
			if qop != "" {
				c.QOP = []string{qop}
			}
			if p.session {
				o.A1 = hashOf(name, hashOf(name, p.user+":"+p.realm+":"+p.password)+":"+p.nonce+":"+p.cnonce)
			}
			theirs, err := icholy.Digest(c, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.response(); got != theirs.Response {
				t.Errorf("%s, %s: %s, want %s", name, qop, got, theirs.Response)
			}
		}
	}
}

// TestDigest goes through all variants with a server that counts.
func TestDigest(t *testing.T) {
	for _, algorithm := range []string{"", "MD5", "md5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess"} {
		for _, qop := range []string{"", "auth", "auth-int", "auth,auth-int", " auth-int , auth ", "foo, auth"} {
			for _, user := range []string{"alice", `a"l\i:ce`, "Jäsøn Doe"} {
				for _, how := range []string{"", "userhash", "charset", "nextnonce", "userhash charset nextnonce"} {
					if qop == "" && strings.HasSuffix(algorithm, "-sess") {
						continue // TestDigestUnanswerable
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
	a := &digestServer{realm: "a", user: "u", password: "p", qop: "auth", extra: `, domain="/a"`, gaps: true}
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

// TestDigestUnanswerable: no challenge is answered that is not understood in full.
func TestDigestUnanswerable(t *testing.T) {
	for _, challenge := range []string{
		`Digest realm="r", nonce="n", algorithm=SHA-1`,
		`Digest realm="r", nonce="n", algorithm=MD4, qop="auth"`,
		`Digest realm="r", nonce="n", algorithm=SHA-512, qop="auth"`,
		`Digest realm="r", nonce="n", algorithm="", qop="auth"`,
		`Digest realm="r", nonce="n", algorithm=-sess, qop="auth"`,
		`Digest realm="r", nonce="n", algorithm=MD5-sess`,
		`Digest realm="r", nonce="n", algorithm=SHA-256-foo, qop="auth"`,
		`Digest realm="r", nonce="n", qop="auth-conf"`,
		`Digest realm="r", nonce="n", qop=""`,
		`Digest realm="r", nonce="", qop="auth"`,
		`Digest realm="r", qop="auth"`,
		`Digest nonce="n", qop="auth"`,
		`Digest realm="r", nonce="n", nonce="m"`,
		`Digest realm="r, nonce="n"`,
		`Digest`, `Digest n`, `Basic realm="r"`, `Negotiate`, `NTLM`, `Bearer realm="r"`, ``, `,`,
		`Digest realm="r", nonce="` + strings.Repeat("n", maxKept+1) + `"`,
		`Digest realm="` + strings.Repeat("r", maxKept+1) + `", nonce="n"`,
		`Digest realm="r", nonce="n", opaque="` + strings.Repeat("o", maxKept+1) + `"`,
	} {
		rt := &roundTripper{auth: Digest("u", "p"), handler: respond(401, "WWW-Authenticate", challenge)}
		if status, n := rt.get(t, "http://a.example/"); status != 401 || n != 1 {
			t.Errorf("%.80s: %d after %d requests", challenge, status, n)
		}
	}
	// The status is what makes it a challenge.
	for _, status := range []int{200, 403, 407, 500} {
		rt := &roundTripper{auth: Digest("u", "p"), handler: respond(status, "WWW-Authenticate", `Digest realm="r", nonce="n"`)}
		if _, n := rt.get(t, "http://a.example/"); n != 1 {
			t.Errorf("%d: %d requests", status, n)
		}
	}
}

func TestDigestStrongest(t *testing.T) {
	md5 := `Digest realm="r", nonce="md5", qop="auth", algorithm=MD5`
	sha := `Digest realm="r", nonce="sha", qop="auth", algorithm=SHA-256`
	for _, c := range []struct {
		fields []string
		want   string
	}{
		{[]string{md5, sha}, "sha"},
		{[]string{sha, md5}, "sha"},
		{[]string{md5 + ", " + sha}, "sha"},
		{[]string{`Basic realm="r"`, md5, `Digest realm="r", nonce="big", qop="auth", algorithm=SHA-512-256, ` + sha}, "big"},
		{[]string{`Digest realm="r", nonce="bad", qop="auth", algorithm=SHA-3`, md5}, "md5"}, // the next one
		{[]string{`Digest realm="r", nonce="bad", qop="x", algorithm=SHA-256, ` + md5}, "md5"},
		{[]string{`Digest realm="r", nonce="old", algorithm=SHA-256`, sha}, "sha"}, // with a qop rather than without
		{[]string{`Digest realm="r", nonce="old", algorithm=SHA-256`, md5}, "old"}, // but the hash counts more
		{[]string{`Digest realm="r", nonce="one", qop="auth"`, md5}, "one"},        // as strong: the first
		{[]string{`Digest realm="r", nonce="sess", qop="auth", algorithm=SHA-256-sess`, sha}, "sess"},
		{[]string{`Basic realm="a, Digest realm=b, nonce=evil", ` + md5}, "md5"},
	} {
		for _, a := range []Challenger{Digest("u", "p"), Any("u", "p")} {
			req := httptest.NewRequest("GET", "http://a.example/", nil)
			res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": c.fields}}
			again, err := a.Answer(req, res)
			if got := digestParams(req.Header.Get("Authorization"))["nonce"]; !again || err != nil || got != c.want {
				t.Errorf("%q: %v, %v, %q, want %q", c.fields, again, err, got, c.want)
			}
		}
	}
}

// TestDigestField: the field, byte by byte.
func TestDigestField(t *testing.T) {
	req := httptest.NewRequest("OPTIONS", "http://a.example", nil)
	req.URL.Path, req.Method = "", "" // a GET of /
	res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {
		`Digest realm="a\"b\\", nonce="n", opaque="", algorithm=md5, userhash=false, foo=bar`,
	}}}
	again, err := Digest(`u"\`, "p").Answer(req, res)
	want := `Digest username="u\"\\", realm="a\"b\\", nonce="n", uri="/", algorithm=md5, response="` +
		hashOf("MD5", hashOf("MD5", `u"\:a"b\:p`)+":n:"+hashOf("MD5", "GET:/")) + `"`
	if got := req.Header.Get("Authorization"); !again || err != nil || got != want {
		t.Errorf("%v, %v:\n%s\nwant\n%s", again, err, got, want)
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

// TestDigestURI: what is proved is what a transport puts into the request line.
func TestDigestURI(t *testing.T) {
	for _, c := range []struct{ method, opaque, want string }{
		{"CONNECT", "b.example:443", "b.example:443"},
		{"GET", "http://b.example/x?y", "http://b.example/x?y"},
		{"OPTIONS", "*", "*"},
	} {
		req := httptest.NewRequest("GET", "http://proxy.example:3128", nil)
		req.Method, req.URL.Opaque = c.method, c.opaque
		s := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", proxy: true, prove: "right", extra: `, domain="/x"`}
		rt := &roundTripper{auth: Proxy(Digest("u", "p")), handler: s}
		for _, want := range []int{2, 1} { // a domain means nothing to a proxy
			before := len(rt.sent)
			res, err := rt.RoundTrip(req)
			if err != nil || res.StatusCode != 200 || len(rt.sent)-before != want {
				t.Fatalf("%s: %v, %v, %d requests", c.want, res, err, len(rt.sent)-before)
			}
		}
		last := rt.sent[len(rt.sent)-1].Header
		if got := digestParams(last.Get("Proxy-Authorization"))["uri"]; got != c.want || last.Get("Authorization") != "" {
			t.Errorf("%s: %v", c.want, last)
		}
		if s.faults != nil {
			t.Error(s.faults)
		}
	}
	req := httptest.NewRequest("GET", "http://a.example/", nil)
	req.URL.RawQuery = "a\r\nb"
	res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {`Digest realm="r", nonce="n"`}}}
	if again, err := Digest("u", "p").Answer(req, res); again || !errors.Is(err, ErrInvalid) {
		t.Errorf("a URL with a line break: %v, %v", again, err)
	}
	req.URL = nil
	if again, err := Digest("u", "p").Answer(req, res); again || err != nil {
		t.Errorf("no URL: %v, %v", again, err)
	}
}

func TestDigestBody(t *testing.T) {
	s := &digestServer{realm: "r", user: "u", password: "p", qop: "auth-int"}
	rt := &roundTripper{auth: Digest("u", "p"), handler: s}
	once := func() *http.Request {
		req := newRequest(t, "POST", "http://a.example/", "body")
		req.GetBody = nil
		return req
	}
	if _, err := rt.RoundTrip(once()); !errors.Is(err, ErrBody) {
		t.Errorf("a body that can be read once: %v", err)
	}
	rt.get(t, "http://a.example/") // the nonce is known
	if _, err := rt.RoundTrip(once()); !errors.Is(err, ErrBody) {
		t.Errorf("a body that can be read once, the nonce being known: %v", err)
	}
	broken := errors.New("gone")
	req := once()
	req.GetBody = func() (io.ReadCloser, error) { return nil, broken }
	if _, err := rt.RoundTrip(req); !errors.Is(err, ErrBody) || !errors.Is(err, broken) {
		t.Errorf("a body that is gone: %v", err)
	}
	if status, n := rt.do(t, "POST", "http://a.example/", "body"); status != 200 {
		t.Errorf("afterwards: %d after %d requests", status, n)
	}
	for _, f := range s.faults {
		if !strings.HasPrefix(f, "nc=") { // numbers that were taken for what was not sent
			t.Error(f)
		}
	}
}

func TestDigestProof(t *testing.T) {
	for _, qop := range []string{"", "auth", "auth-int"} {
		for _, method := range []string{"GET", "HEAD"} {
			s := &digestServer{realm: "r", user: "u", password: "p", qop: qop, prove: "wrong"}
			rt := &roundTripper{auth: Digest("u", "p"), handler: s}
			res, err := rt.RoundTrip(newRequest(t, method, "http://a.example/", ""))
			if qop == "auth-int" && method == "GET" { // the proof covers the body
				if err != nil {
					t.Fatal(err)
				}
				var text []byte
				if text, err = io.ReadAll(res.Body); string(text) != "hello" {
					t.Errorf("%s: %q", qop, text)
				}
				if _, again := res.Body.Read(make([]byte, 1)); !errors.Is(again, ErrUnproved) {
					t.Errorf("%s: reading on: %v", qop, again)
				}
			}
			if !errors.Is(err, ErrUnproved) {
				t.Errorf("%q, %s: %v", qop, method, err)
			}
		}
	}
	sent := `Digest username="u", realm="r", nonce="n", uri="/", qop=auth, nc=00000001, cnonce="c", response="x"`
	right := hashOf("", hashOf("", "u:r:p")+":n:00000001:c:auth:"+hashOf("", ":/"))
	for info, ok := range map[string]bool{
		`rspauth="` + right + `"`: true,
		`rspauth="` + strings.ToUpper(right) + `", qop=auth, nc=00000001`: true,
		`rspauth=` + right + `, qop="auth", cnonce="c"`:                   true,
		`rspauth=""`:                                                    false,
		`rspauth="` + right[:31] + `"`:                                  false,
		`rspauth="` + right + `", cnonce="d"`:                           false,
		`rspauth="` + right + `", nc=00000002`:                          false,
		`rspauth="` + right + `", qop=foo`:                              false,
		`rspauth="` + right + `", qop=""`:                               false,
		`rspauth="` + hashOf("", hashOf("", "u:r:p")+":n:"+right) + `"`: false,
		`nextnonce="x"`:                                                 true,
		`what is this`:                                                  true,
		`rspauth="` + right:                                             true, // no proof at all
		``:                                                              true,
		strings.Repeat(`rspauth="`, 10000):                              true,
	} {
		req := httptest.NewRequest("GET", "http://a.example/", nil)
		req.Header.Set("Authorization", sent)
		res := &http.Response{StatusCode: 200, Header: http.Header{"Authentication-Info": {info}}, Body: http.NoBody}
		err := Digest("u", "p").(Verifier).Verify(req, res)
		if ok != (err == nil) || err != nil && !errors.Is(err, ErrUnproved) {
			t.Errorf("%.80s: %v", info, err)
		}
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
	for i := range 2000 {
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

// TestDigestCnonces: CVE-2016-9594.
func TestDigestCnonces(t *testing.T) {
	d := newDigest("u", "p")
	seen := map[string]bool{}
	url := newRequest(t, "GET", "http://a.example/", "").URL
	for i := range 100_000 {
		req := &http.Request{URL: url, Header: http.Header{}}
		if i == 0 {
			res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {`Digest realm="r", qop=auth, nonce="n"`}}}
			if _, err := d.Answer(req, res); err != nil {
				t.Fatal(err)
			}
		} else if err := d.Authorize(req); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(req.Header.Get("Authorization"), `cnonce="`)
		cnonce, _, _ := strings.Cut(rest, `"`)
		if len(cnonce) < 26 || seen[cnonce] { // 26 letters of 32 are 130 bits
			t.Fatalf("%d: cnonce %q", i, cnonce)
		}
		seen[cnonce] = true
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
				for range 20 {
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

// TestDigestFIPS: where MD5 is forbidden, it is not answered, and does not panic.
func TestDigestFIPS(t *testing.T) {
	if os.Getenv("GODWIT_TEST_FIPS") != "" {
		best, ok := strongest(ParseChallenges([]string{
			`Digest realm="r", nonce="md5", qop=auth, Digest realm="r", nonce="sha", qop=auth, algorithm=SHA-256`,
		}))
		if !ok || best.nonce != "sha" {
			t.Error(best, ok)
		}
		if best, ok := strongest(ParseChallenges([]string{`Digest realm="r", nonce="md5", qop=auth`})); ok {
			t.Error(best)
		}
		req := httptest.NewRequest("GET", "http://a.example/", nil)
		req.Header.Set("Authorization", `Digest username="u", realm="r", nonce="n", uri="/", response="x"`)
		res := &http.Response{StatusCode: 200, Header: http.Header{"Authentication-Info": {`rspauth="x"`}}}
		if err := Digest("u", "p").(Verifier).Verify(req, res); err != nil {
			t.Error(err)
		}
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDigestFIPS$", "-test.v")
	cmd.Env = append(os.Environ(), "GODWIT_TEST_FIPS=1", "GODEBUG=fips140=only")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestDigestFIPS") {
		t.Errorf("%v\n%s", err, out)
	}
}
