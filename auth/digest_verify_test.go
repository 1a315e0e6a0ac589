package auth

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

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
	old := hashOf("", hashOf("", "u:r:p")+":n:"+hashOf("", ":/")) // as RFC 2069 would have it
	for info, ok := range map[string]bool{
		`rspauth="` + right + `"`: true,
		`rspauth="` + strings.ToUpper(right) + `", qop=auth, nc=00000001`: true,
		`rspauth=` + right + `, qop="auth", cnonce="c"`:                   true,
		`rspauth=""`:                           false,
		`rspauth="` + right[:31] + `"`:         false,
		`rspauth="` + right + `", cnonce="d"`:  false,
		`rspauth="` + right + `", nc=00000002`: false,
		`rspauth="` + right + `", qop=foo`:     false,
		`rspauth="` + right + `", qop=""`:      false,
		`rspauth="` + old + `"`:                false,
		`rspauth="` + old + `", qop=""`:        false,
		`rspauth="` + old + `", qop="foo"`:     false,
		`nextnonce="x"`:                        true,
		`what is this`:                         true,
		`rspauth="` + right:                    true, // no proof at all
		``:                                     true,
		strings.Repeat(`rspauth="`, 10000):     true,
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

// TestDigestProofRefused: what a 401 says besides its challenge does not count.
func TestDigestProofRefused(t *testing.T) {
	d := newDigest("u", "p")
	req := newRequest(t, "GET", "http://a.example/", "")
	res := &http.Response{StatusCode: 401, Body: http.NoBody, Header: http.Header{
		"Www-Authenticate": {`Digest realm="r", nonce="n"`}, "Authentication-Info": {`nextnonce="m", rspauth="x"`},
	}}
	for range 2 {
		if err := d.Verify(req, res); err != nil {
			t.Error(err)
		}
		_, _ = d.Answer(req, res)
	}
	if n := d.memory.uses(origin{"http", "a.example", "80"}, "r", "m"); n != 0 || len(d.memory.spaces) != 0 {
		t.Error(n, d.memory.spaces)
	}
}
