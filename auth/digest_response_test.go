package auth

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	icholy "github.com/icholy/digest"
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
	// What Python's requests, httpx and aiohttp answer to names that are in no register.
	for name, want := range map[string]string{
		"SHA":          "e99f244f9069203415f7e8b7bd25b4b2ad3e2a7f",
		"SHA-512":      "27d9ebedb4e86595d8b99152ce456620c8e47c48afbd771dbc4468bb758ca66e7312383d49ad044219d4a2c5c218e66c584fa00b2728798bcff9435825eed0ad",
		"sha-512-sess": "5bc820f8c0e5cf83d5ff0a673af99c13a028be576c765c41f23d4fb46722a44750a331317b0b8646d55243e0c06cbacf64cc061404459769fbedddb0ecfacc5f",
	} {
		life.hash, _, life.session = algorithm(name)
		if got := life.response(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
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
	for _, name := range []string{"", "MD5", "SHA-256", "SHA-512", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess"} {
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

// TestDigestCnonces: CVE-2016-9594.
func TestDigestCnonces(t *testing.T) {
	d := newDigest("u", "p")
	seen := map[string]bool{}
	url := newRequest(t, "GET", "http://a.example/", "").URL
	for i := range 100_000 / raceSlows {
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
