package auth

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestDigestUnanswerable: no challenge is answered that is not understood in full.
func TestDigestUnanswerable(t *testing.T) {
	for _, challenge := range []string{
		`Digest realm="r", nonce="n", algorithm=SHA-1`,
		`Digest realm="r", nonce="n", algorithm=MD4, qop="auth"`,
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
		{[]string{sha, `Digest realm="r", nonce="whole", qop="auth", algorithm=SHA-512`, md5}, "whole"},
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
