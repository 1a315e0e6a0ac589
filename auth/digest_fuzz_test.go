package auth

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzDigest: whatever a server says, what is sent is well-formed and is an answer to that.
func FuzzDigest(f *testing.F) {
	f.Add("alice", `Digest realm="r", nonce="n", qop="auth", Basic realm=x`, `nextnonce="m", rspauth="x"`)
	f.Add(`J"ä\`, `Digest realm="r\"", nonce="n\\", algorithm=SHA-256-sess, qop="auth-int", charset=UTF-8, userhash=true, opaque=o, domain="/ x:"`, `rspauth=x, qop=auth-int`)
	f.Fuzz(func(t *testing.T, user, challenge, info string) {
		d := newDigest(user, "s3cr3t")
		req := httptest.NewRequest("POST", "http://a.example/x?y", strings.NewReader("body"))
		req.GetBody = nil
		res := &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {challenge}}, Body: http.NoBody}
		again, err := d.Answer(req, res)
		field := req.Header.Get("Authorization")
		if again != (field != "") || again && err != nil {
			t.Fatal(again, err, req.Header)
		}
		if !again {
			return
		}
		if hasControl(strings.ReplaceAll(field, "\t", "")) || strings.Contains(field, "s3cr3t") && !strings.Contains(user+challenge, "s3cr3t") {
			t.Fatalf("%q", field)
		}
		p, asked := digestParams(field), ParseChallenges([]string{challenge})
		if p == nil || digestOf(req) == nil {
			t.Fatalf("malformed: %q", field)
		}
		for _, c := range asked {
			if c.Params["nonce"] == p["nonce"] && c.Params["realm"] == p["realm"] && c.Params["opaque"] == p["opaque"] {
				asked = nil
			}
		}
		if asked != nil || p["uri"] != "/x?y" || p["qop"] == "auth-int" {
			t.Fatalf("%q is no answer to %q", field, challenge)
		}
		if again, _ := d.Answer(req, res); again {
			t.Fatal("the same question is answered twice")
		}
		res = &http.Response{StatusCode: 200, Header: http.Header{"Authentication-Info": {info}}, Body: http.NoBody}
		_ = d.Verify(req, res)
		next := httptest.NewRequest("GET", "http://a.example/x", nil)
		if err := d.Authorize(next); err != nil {
			t.Fatal(err)
		}
		if field := next.Header.Get("Authorization"); field != "" && digestParams(field) == nil {
			t.Fatalf("malformed: %q", field)
		}
	})
}
