package transport

// Who says which proxy it is, and what goes there.

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/auth"
)

// A rule without a word on a URL leaves it to the next: the request's own, the Transport's, and
// what the environment says if neither is there.
func TestRulesInTurn(t *testing.T) {
	var asked []string
	rule := func(name string, proxy string, err error) func(*url.URL) (*url.URL, error) {
		return func(*url.URL) (*url.URL, error) {
			asked = append(asked, name)
			if proxy == "" {
				return nil, err
			}
			return &url.URL{Scheme: "http", Host: proxy}, err
		}
	}
	none := fmt.Errorf("for this one: %w", ErrNoRule)
	for name, c := range map[string]struct {
		own, env  func(*url.URL) (*url.URL, error)
		transport func(*url.URL) (*url.URL, error)
		want      string // the proxy
		asked     string
	}{
		"own":                   {rule("own", "a:1", nil), rule("env", "c:1", nil), rule("transport", "b:1", nil), "a:1", "own"},
		"own, none":             {rule("own", "", nil), rule("env", "c:1", nil), rule("transport", "b:1", nil), "", "own"},
		"transport":             {nil, rule("env", "c:1", nil), rule("transport", "b:1", nil), "b:1", "transport"},
		"transport, none":       {nil, rule("env", "c:1", nil), rule("transport", "", nil), "", "transport"},
		"env":                   {nil, rule("env", "c:1", nil), nil, "c:1", "env"},
		"own has no word":       {rule("own", "", ErrNoRule), rule("env", "c:1", nil), rule("transport", "b:1", nil), "b:1", "own transport"},
		"own has no word, env":  {rule("own", "x:1", none), rule("env", "c:1", nil), nil, "c:1", "own env"},
		"own has no word, only": {rule("own", "", none), nil, nil, "", "own"},
	} {
		asked = nil
		tr := &Transport{}
		if c.transport != nil {
			tr.Proxy = func(req *http.Request) (*url.URL, error) { return c.transport(req.URL) }
		}
		k := wholeKey(t, tr, "http://o/", &Overrides{Proxy: c.own, EnvProxy: c.env})
		if k.via.addr != c.want || strings.Join(asked, " ") != c.asked {
			t.Errorf("%s: %q, asked %q", name, k.via.addr, asked)
		}
	}
}

// Credentials that are not for a proxy do not go there; what its URL says does.
func TestProxyAuthForOthers(t *testing.T) {
	p := newScriptedProxy(t, "", ok2)
	for _, user := range []string{"", "u:p"} {
		for name, who := range map[string]auth.Auth{"plain": says("Test no"), "challenger": &testChallenger{word: "Test no"}} {
			tr := examined(t, &Transport{})
			do(t, tr, with(t, "http://a.example/", &Overrides{Proxy: p.rule(user), ProxyAuth: who, ProxyAuthFor: func(proxy *url.URL) bool {
				if proxy.String() != "http://"+p.addr {
					t.Errorf("asked of %v", proxy)
				}
				return false
			}}))
			head := p.took()[0]
			if strings.Contains(head, "Test") || strings.Contains(head, "Proxy-Authorization: Basic dTpw\r\n") != (user != "") {
				t.Errorf("%s: %q", name, head)
			}
		}
	}
}

// Nothing goes to a proxy in clear text that somebody has forbidden.
func TestInClear(t *testing.T) {
	o := newTLSOrigin(t, ok2)
	p := newScriptedProxy(t, o.addr, tunnel)
	tr := examined(t, &Transport{})
	no := errors.New("no")
	body := newClosable("x")
	over := &Overrides{Proxy: p.rule(""), CA: o.ca, InClear: func(*http.Request) error { return no }}
	req := with(t, "http://a.example/", over)
	req.Method, req.Body = "PUT", body
	if _, err := tr.RoundTrip(req); err != no || body.closed.Load() != 1 {
		t.Errorf("%v, body closed %d times", err, body.closed.Load())
	}
	do(t, tr, with(t, "https://"+o.addr, over))
	direct := serve(t, always(noBody))
	get(t, tr, "http://"+direct)
	do(t, tr, with(t, "http://"+direct, &Overrides{InClear: over.InClear}))
	if heads := p.took(); len(heads) != 1 || !strings.HasPrefix(heads[0], "CONNECT ") {
		t.Errorf("%q", heads)
	}
}

// User info without anything in it is none, whichever URL of the proxy came first.
func TestEmptyUserInfo(t *testing.T) {
	p := newScriptedProxy(t, "", ok2)
	tr := examined(t, &Transport{})
	for _, user := range []*url.Userinfo{nil, url.User(""), nil} {
		do(t, tr, with(t, "http://a.example/", &Overrides{Proxy: func(*url.URL) (*url.URL, error) {
			return &url.URL{Scheme: "http", Host: p.addr, User: user}, nil
		}}))
	}
	for _, head := range p.took() {
		if strings.Contains(head, "Proxy-Auth") {
			t.Errorf("%q", head)
		}
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}
