package auth

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestProxyKinds(t *testing.T) {
	verifier := verifierOnly{Basic("u", "p")}
	challenger := struct{ Challenger }{Any("u", "p")}
	for name, c := range map[string]struct {
		auth                   Auth
		isChallenger, verifies bool
	}{
		"Basic":             {Basic("u", "p"), false, false},
		"Func":              {Func(func(*http.Request) error { return nil }), false, false},
		"Token":             {Token(nil), true, false},
		"only a Challenger": {challenger, true, false},
		"only a Verifier":   {verifier, false, true},
		"Digest":            {Digest("u", "p"), true, true},
		"Any":               {Any("u", "p"), true, true},
	} {
		p := Proxy(c.auth)
		_, isChallenger := p.(Challenger)
		_, verifies := p.(Verifier)
		_, forProxy := p.(interface{ ForProxy() })
		if isChallenger != c.isChallenger || verifies != c.verifies || !forProxy {
			t.Errorf("%s: Challenger %v, Verifier %v, ForProxy %v", name, isChallenger, verifies, forProxy)
		}
		if _, forProxy := c.auth.(interface{ ForProxy() }); forProxy {
			t.Errorf("%s itself is for proxies", name)
		}
		if Proxy(p) != p {
			t.Errorf("%s: twice is not the same as once", name)
		}
	}
	if got := fmt.Sprint(Proxy(Basic("alice", "s3cr3t"))); got != "Proxy(Basic(•••))" {
		t.Error(got)
	}
}

type verifierOnly struct{ Auth }

func (verifierOnly) Verify(*http.Request, *http.Response) error { return ErrUnproved }

func TestProxyBasic(t *testing.T) {
	req := httptest.NewRequest("CONNECT", "http://proxy.example:3128", nil)
	req.Header = nil
	if err := Proxy(Basic("u", "p")).Authorize(req); err != nil || req.Header.Get("Proxy-Authorization") != "Basic dTpw" || len(req.Header) != 1 {
		t.Error(err, req.Header)
	}
	// What is the origin's stays where it is, and is not seen.
	req.Header = http.Header{"Authorization": {"Bearer origin"}, "X": {"y"}}
	if err := Proxy(Basic("u", "p")).Authorize(req); err != nil || req.Header.Get("Proxy-Authorization") != "Basic dTpw" ||
		req.Header.Get("Authorization") != "Bearer origin" || len(req.Header) != 3 {
		t.Error(err, req.Header)
	}
	a := Proxy(Func(func(req *http.Request) error {
		if got := req.Header.Get("Authorization"); got != "Basic dTpw" {
			t.Errorf("a Func sees %q", got)
		}
		req.Header.Del("Authorization")
		req.Header.Set("X-Proxy-Key", "k")
		return io.ErrUnexpectedEOF
	}))
	if err := a.Authorize(req); !errors.Is(err, io.ErrUnexpectedEOF) || req.Header.Get("Authorization") != "Bearer origin" ||
		req.Header.Get("X-Proxy-Key") != "k" || req.Header["Proxy-Authorization"] != nil {
		t.Error(err, req.Header)
	}
}

// TestProxyAnswers: what a 407 says is answered, what a 401 says is not.
func TestProxyAnswers(t *testing.T) {
	for _, a := range []Auth{Digest("u", "p"), Any("u", "p")} {
		proxy := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", proxy: true, prove: "right", nextnonce: true}
		rt := &roundTripper{auth: Proxy(a), handler: proxy}
		for i, want := range []int{2, 1, 1} {
			if status, n := rt.get(t, "http://proxy.example/"); status != 200 || n != want {
				t.Errorf("%d: %d after %d requests", i, status, n)
			}
		}
		before := len(rt.sent) // CVE-2026-7168: another proxy hears nothing of it
		if rt.get(t, "http://other.example/"); rt.sent[before].Header["Proxy-Authorization"] != nil {
			t.Error(rt.sent[before].Header)
		}
		for _, req := range rt.sent {
			if req.Header["Authorization"] != nil {
				t.Error(req.Header)
			}
		}
		if proxy.faults != nil {
			t.Error(proxy.faults)
		}
		wrong := &digestServer{realm: "r", user: "u", password: "p", qop: "auth", proxy: true, prove: "wrong"}
		rt = &roundTripper{auth: Proxy(Digest("u", "p")), handler: wrong}
		if _, err := rt.RoundTrip(newRequest(t, "GET", "http://proxy.example/", "")); !errors.Is(err, ErrUnproved) {
			t.Error(err)
		}
		loop := &roundTripper{auth: Proxy(Any("u", "no")), handler: respond(407, "Proxy-Authenticate", `Basic realm="r"`)}
		if status, n := loop.get(t, "https://proxy.example/"); status != 407 || n != 2 {
			t.Errorf("a proxy that is never satisfied: %d after %d requests", status, n)
		}
	}
	const digest, basic = `Digest realm="r", nonce="n"`, `Basic realm="r"`
	for _, fields := range [][]string{
		{"401", "WWW-Authenticate", digest},
		{"401", "Proxy-Authenticate", digest},
		{"407", "WWW-Authenticate", digest},
		{"401", "Proxy-Authenticate", basic},
		{"407", "WWW-Authenticate", basic},
		{"200", "Proxy-Authenticate", basic},
	} {
		var status int
		_, _ = fmt.Sscan(fields[0], &status)
		rt := &roundTripper{auth: Proxy(Any("u", "p")), handler: respond(status, fields[1:]...)}
		if _, n := rt.get(t, "http://proxy.example/"); n != 1 {
			t.Errorf("%q: %d requests", fields, n)
		}
		rt = &roundTripper{auth: Any("u", "p"), handler: respond(407, "Proxy-Authenticate", basic, "WWW-Authenticate", basic)}
		if _, n := rt.get(t, "http://a.example/"); n != 1 {
			t.Errorf("a proxy's challenge was answered with an origin's credentials")
		}
	}
}

// TestProxyProvesBody: the server's proof of a body gets through the wrapper.
func TestProxyProvesBody(t *testing.T) {
	proxy := &digestServer{realm: "r", user: "u", password: "p", qop: "auth-int", proxy: true, prove: "wrong"}
	rt := &roundTripper{auth: Proxy(Digest("u", "p")), handler: proxy}
	res, err := rt.RoundTrip(newRequest(t, "GET", "http://proxy.example/", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(res.Body); !errors.Is(err, ErrUnproved) {
		t.Error(err)
	}
	// The origin's 401 has come through the proxy, whose proof counts.
	req := newRequest(t, "GET", "http://proxy.example/", "")
	req.Header.Set("Proxy-Authorization", `Digest username="u", realm="r", nonce="n", uri="/", response="x"`)
	res = &http.Response{StatusCode: 401, Header: http.Header{"Proxy-Authentication-Info": {`rspauth="x"`}}, Body: http.NoBody}
	if err := Proxy(Digest("u", "p")).(Verifier).Verify(req, res); !errors.Is(err, ErrUnproved) || res.StatusCode != 401 {
		t.Error(err)
	}
}
