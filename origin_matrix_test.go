package godwit

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/godwit/auth"
	"example.com/godwit/cookiejar"
	"example.com/godwit/transport"
)

// The origin matrix: each way to say who is asking, each way in which an origin may change, each
// status that redirects, each face, and the two chains in which clients have brought back what they
// had dropped (CVE-2018-1000007, CVE-2022-27774, CVE-2022-27776, CVE-2023-45289, CVE-2024-45336,
// CVE-2025-4673, CVE-2026-40895 and forty more of their kind).

// A given is a way to say who is asking.
type given struct {
	name  string
	opts  []Option
	user  string              // user info for the URL
	jar   string              // the Set-Cookie that fills the jar; "": there is none
	netrc string              // the password of machine a's entry; "": there is none
	odd   map[string][]string // fields for an http.Request, in odd letter case
	show  func(seen) bool     // nil: hunter2 in it
}

// shows reports whether a request shows who is asking.
func (g *given) shows(r seen) bool {
	if g.show != nil {
		return g.show(r)
	}
	text := fmt.Sprint(r.Header, r.URL, r.Host, r.Trailer, r.body)
	return strings.Contains(text, "hunter2") || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("u:hunter2")))
}

// certified reports whether a client certificate, or any other setting that is for one origin,
// would be used for the request.
func certified(r seen) bool {
	o := transport.OverridesFrom(r.Context())
	if o.Certificate == nil || o.TLS == nil || !o.Insecure {
		panic("the overrides are not what the test has set")
	}
	return o.Origin == "" || o.Origin == transport.Origin(r.URL)
}

func hasAuthorization(r seen) bool { return len(r.Header["Authorization"]) > 0 }

func allGiven() []given {
	certificate := OptionFunc(func(r *Request) error { r.Certificate = new(tls.Certificate); return nil })
	return []given{
		{name: "Authorization field", opts: []Option{Header{"Authorization": "Token hunter2"}}},
		{name: "authorization field", opts: []Option{Header{"authorization": "Token hunter2"}}},
		{name: "Authorization fields", opts: []Option{AddHeader("AUTHORIZATION", "hunter2"), AddHeader("aUthorization", "hunter2")}},
		{name: "BasicAuth", opts: []Option{BasicAuth("u", "hunter2")}},
		{name: "Bearer", opts: []Option{Bearer("hunter2")}},
		{name: "Digest", opts: []Option{Auth(auth.Digest("u", "hunter2"))}, show: hasAuthorization},
		{name: "Any", opts: []Option{Auth(auth.Any("u", "hunter2"))}, show: hasAuthorization},
		{name: "user info", user: "u:hunter2"},
		{name: "netrc", netrc: "hunter2"},
		{name: "Cookie field", opts: []Option{Header{"CoOkIe": "k=hunter2"}}},
		{name: "Cookie fields", opts: []Option{AddHeader("cookie", "k=hunter2"), AddHeader("COOKIE", "l=hunter2")}},
		{name: "Cookies", opts: []Option{Cookies{"k": "hunter2"}}},
		{name: "Cookies and a jar", opts: []Option{Cookies{"k": "hunter2"}}, jar: "other=1"},
		{name: "Proxy-Authorization", opts: []Option{Header{"Proxy-Authorization": "hunter2"}}},
		{name: "X-Api-Key", opts: []Option{Header{"X-Api-Key": "hunter2"}}},
		{name: "x-api-KEY, twice", opts: []Option{AddHeader("x-api-KEY", "hunter2"), AddHeader("X-API-key", "hunter2")}},
		{name: "Host", opts: []Option{Header{"Host": "hunter2"}}},
		{name: "Secret field", opts: []Option{Header{"Accept": Secret("hunter2")}}},
		{name: "Secret parameter", opts: []Option{Params{"key": Secret("hunter2")}}},
		{name: "Secret cookie", opts: []Option{Cookies{"k": Secret("hunter2")}}},
		{name: "a hook's look at it", opts: []Option{Header{"X-Api-Key": "hunter2"}, OnRequest(func(r *http.Request) error { r.Header.Add("X-Seen", r.Header.Get("X-Api-Key")); return nil })}},
		{name: "client certificate", opts: []Option{certificate, Insecure, TLS(new(tls.Config))}, show: certified},
		{name: "odd letter case", odd: map[string][]string{"authorization": {"hunter2"}, "coOKIE": {"k=hunter2"}, "proxy-authorization": {"hunter2"}, "x-api-key": {"hunter2", "hunter2"}}},
	}
}

// The ways in which an origin may change. "www.example.com" is what a and b have in common.
var crossings = []struct{ name, a, b string }{
	{"host", "http://www.example.com", "http://evil.example"},
	{"subdomain", "http://www.example.com", "http://sub.www.example.com"},
	{"parent", "http://www.example.com", "http://example.com"},
	{"port", "http://www.example.com", "http://www.example.com:8080"},
	{"port, of a scheme", "http://www.example.com", "http://www.example.com:443"},
	{"scheme up", "http://www.example.com", "https://www.example.com"},
	{"scheme up, same port", "http://www.example.com:8443", "https://www.example.com:8443"},
	{"scheme down", "https://www.example.com", "http://www.example.com"},
	{"trailing dot", "http://www.example.com", "http://www.example.com."},
	{"IPv6 zone", "http://www.example.com", "http://[::1%25.www.example.com]"},
	{"IPv6 address", "http://[::1]", "http://[::2]"},
}

// A face sends the call that leads into the matrix.
type face struct {
	name string
	send func(ctx context.Context, s *Session, target string, g *given) error
}

var faces = []face{
	{"Do", func(ctx context.Context, s *Session, target string, g *given) error {
		_, err := s.Do(ctx, "GET", target, g.opts...)
		return err
	}},
	{"Stream", func(ctx context.Context, s *Session, target string, g *given) error {
		st, err := s.Stream(ctx, "GET", target, g.opts...)
		if err != nil {
			return err
		}
		return st.Close()
	}},
	{"Prepare and Send", func(ctx context.Context, s *Session, target string, g *given) error {
		req, err := s.Prepare(ctx, "GET", target, g.opts...)
		if err != nil {
			return err
		}
		_, err = s.Send(req)
		return err
	}},
	{"HTTPClient", func(ctx context.Context, s *Session, target string, g *given) error {
		s.Defaults = append(s.Defaults, g.opts...)
		req, err := http.NewRequestWithContext(ctx, "GET", target, nil)
		if err != nil {
			return err
		}
		if g.name == "Host" {
			req.Host = "hunter2" // it is the request's, never that of a default
		}
		for name, values := range g.odd {
			req.Header[name] = values
		}
		res, err := s.HTTPClient().Do(req)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, res.Body)
		return res.Body.Close()
	}},
}

func TestOriginMatrix(t *testing.T) {
	for _, x := range crossings {
		t.Run(x.name, func(t *testing.T) {
			a, err := url.Parse(x.a)
			if err != nil {
				t.Fatal(err)
			}
			writeNetrc(t, fmt.Sprintf("machine %s login u password hunter2\n", a.Hostname()), 0o600, false)
			for _, f := range faces {
				for _, g := range allGiven() {
					if g.odd != nil && f.name != "HTTPClient" {
						continue
					}
					for _, status := range []int{301, 302, 303, 307, 308} {
						for _, chain := range []string{"bb", "ba"} {
							cross(t, f, &g, x.a, x.b, status, chain)
						}
					}
				}
			}
		})
	}
}

// cross sends one call over a to b, and on to b or back to a.
func cross(t *testing.T, f face, g *given, a, b string, status int, chain string) {
	t.Helper()
	challenge := func(w http.ResponseWriter) {
		w.Header().Add("WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256`)
		w.Header().Add("WWW-Authenticate", `Basic realm="r"`)
		w.WriteHeader(401)
	}
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		to := func(location string, status int) {
			w.Header().Set("Location", location)
			w.WriteHeader(status)
		}
		switch r.URL.Path {
		case "/start":
			if (g.name == "Digest" || g.name == "Any") && r.Header.Get("Authorization") == "" {
				challenge(w)
				return
			}
			to(b+"/mid", status)
		case "/mid":
			if chain == "bb" {
				to("/end", 302)
			} else {
				to(a+"/end", 302)
			}
		default:
			challenge(w)
		}
	})
	s.Defaults = Defaults{AllowDowngrade, NoEnv{Netrc: g.netrc == ""}}
	target, _ := url.Parse(a + "/start")
	if g.jar != "" {
		jar := cookiejar.New()
		jar.Store(target, []string{g.jar})
		s.Jar = jar
	}
	if g.user != "" {
		target.User = url.UserPassword("u", "hunter2")
	}
	where := fmt.Sprintf("%s, %s, %d, a%s", f.name, g.name, status, chain)
	if err := f.send(t.Context(), s, target.String(), g); err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	seen := w.requests()
	if len(seen) > 3 && seen[1].URL.Path == "/start" {
		seen = seen[1:] // the answer to the challenge
	}
	if len(seen) != 3 {
		t.Errorf("%s: %d requests: %v", where, len(seen), seen)
		return
	}
	if !g.shows(seen[0]) {
		t.Errorf("%s: the first request does not show it, so nothing is tested: %v", where, seen[0].Header)
	}
	for _, r := range seen[1:] {
		back := g.name == "client certificate" && transport.Origin(r.URL) == transport.Origin(target)
		if g.shows(r) && !back { // who shows a certificate is known by the connection, not by the request
			t.Errorf("%s: %s gets it: %v", where, r.URL, r.Header)
		}
		for name := range r.Header {
			switch name {
			case "Accept", "Accept-Encoding", "User-Agent":
			case "X-Seen":
				if r.Header.Get(name) != "" {
					t.Errorf("%s: %s gets %s", where, r.URL, name)
				}
			case "Cookie": // from a jar, which has its own idea of an origin
				if g.jar == "" || strings.Contains(r.Header.Get(name), "k=") {
					t.Errorf("%s: %s gets %v", where, r.URL, r.Header[name])
				}
			default:
				t.Errorf("%s: %s gets %s", where, r.URL, name)
			}
		}
	}
}

// What a jar keeps goes by the rules of cookies: to the host that has set it, whatever its port is
// (RFC 6265 8.5), and if it is Secure to https alone. It does not matter who redirects.
func TestOriginMatrixOfJars(t *testing.T) {
	for _, c := range []struct {
		a, b, set string
		goes      bool
	}{
		{"http://www.example.com", "http://evil.example", "k=hunter2", false},
		{"http://www.example.com", "http://evil.example", "k=hunter2; Domain=example.com", false},
		{"http://www.example.com", "http://sub.www.example.com", "k=hunter2", false},
		{"http://www.example.com", "http://example.com", "k=hunter2; Domain=www.example.com", false},
		{"http://www.example.com", "http://o.example.com", "k=hunter2; Domain=example.com", true},
		{"http://www.example.com", "http://www.example.com:8080", "k=hunter2", true},
		{"http://www.example.com", "https://www.example.com", "k=hunter2", true},
		{"https://www.example.com", "http://www.example.com", "k=hunter2; Secure", false},
		{"https://www.example.com", "http://www.example.com", "k=hunter2", true},
		{"https://www.example.com", "http://www.example.com", "__Host-k=hunter2; Secure; Path=/", false},
		{"http://www.example.com", "http://[::1%25.www.example.com]", "k=hunter2; Domain=example.com", false},
		{"http://[::1]", "http://[::1%25eth0]", "k=hunter2", false},
		{"http://127.0.0.1", "http://1.127.0.0.1.example", "k=hunter2", false},
	} {
		for _, f := range faces {
			for _, status := range []int{301, 302, 303, 307, 308} {
				s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/start" {
						w.Header().Set("Location", c.b+"/end")
						w.WriteHeader(status)
					}
				})
				target, _ := url.Parse(c.a + "/start")
				jar := cookiejar.New()
				jar.Store(target, []string{c.set})
				s.Jar, s.Defaults = jar, Defaults{AllowDowngrade}
				if err := f.send(t.Context(), s, target.String(), &given{}); err != nil {
					t.Errorf("%s → %s: %v", c.a, c.b, err)
					continue
				}
				first, last := w.requests()[0], w.last()
				if !strings.Contains(first.Header.Get("Cookie"), "hunter2") {
					t.Errorf("%s has not got %s", c.a, c.set)
				}
				if goes := strings.Contains(last.Header.Get("Cookie"), "hunter2"); goes != c.goes {
					t.Errorf("%s, %d, %s → %s, %s: %v", f.name, status, c.a, c.b, c.set, last.Header)
				}
			}
		}
	}
}

// The body and what describes it stay behind when the method changes (CVE-2023-45803); where they
// go on, they go on alone.
func TestOriginMatrixOfBodies(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"http://h/end", "http://o/end"} {
			for _, method := range []string{"POST", "PUT", "QUERY"} {
				s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/start" {
						w.Header().Set("Location", to)
						w.WriteHeader(status)
					}
				})
				_, err := s.Do(t.Context(), method, "http://h/start", Bytes([]byte("body"), "text/plain"),
					Header{"content-LANGUAGE": "de", "Content-Encoding": "x", "Digest": "d", "Repr-Digest": "r", "Content-Digest": "c", "Expect": "", "X-Api-Key": "k"})
				if err != nil {
					t.Fatal(err)
				}
				last, replayed := w.last(), status >= 307 || status != 303 && method != "POST"
				described := 0
				for name := range last.Header {
					if describesBody(name) {
						described++
					}
				}
				if replayed != (last.body == "body") || replayed != (last.Method == method) || replayed != (described > 0) || replayed != (last.ContentLength == 4) {
					t.Errorf("%s %d %s: %s %q %v", method, status, to, last.Method, last.body, last.Header)
				}
				if crossed := last.URL.Host == "o"; crossed != (last.Header.Get("X-Api-Key") == "") {
					t.Errorf("%s %d %s: %v", method, status, to, last.Header)
				}
			}
		}
	}
}
