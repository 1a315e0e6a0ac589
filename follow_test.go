package godwit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/godwit/trace"
)

// redirecting answers each URL of the map with a redirect, and any other with 200.
func redirecting(status int, to map[string]string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		u := *r.URL
		u.RawQuery = ""
		if location, ok := to[u.String()]; ok {
			w.Header().Set("Location", location)
			w.WriteHeader(status)
			fmt.Fprint(w, "moved")
			return
		}
		fmt.Fprint(w, "here")
	}
}

// secrets are all the ways to say who is asking.
var secrets = map[string][]Option{
	"Authorization":       {Header{"Authorization": "Bearer s3cret"}},
	"authorization":       {Header{"authorization": "Bearer s3cret"}},
	"twice":               {AddHeader("Authorization", "s3cret"), AddHeader("AUTHORIZATION", "s3cret2")},
	"Cookie field":        {Header{"CoOkIe": "s=s3cret"}},
	"two Cookie fields":   {AddHeader("Cookie", "s=s3cret"), AddHeader("Cookie", "t=s3cret")},
	"Cookies":             {Cookies{"s": "s3cret"}},
	"Proxy-Authorization": {Header{"Proxy-Authorization": "s3cret"}},
	"X-API-Key":           {Header{"X-API-Key": "s3cret"}},
	"Api-Key":             {Header{"Api-Key": "s3cret"}},
	"Host":                {Header{"Host": "s3cret.example"}},
}

// origins are the ways to another origin.
var origins = map[string][2]string{
	"host":           {"http://a.example/", "http://b.example/"},
	"sub-domain":     {"http://a.example/", "http://x.a.example/"},
	"parent":         {"http://x.a.example/", "http://a.example/"},
	"port":           {"http://a.example/", "http://a.example:8080/"},
	"scheme up":      {"http://a.example/", "https://a.example/"},
	"scheme down":    {"https://a.example/", "http://a.example/"},
	"same port":      {"https://a.example:8080/", "http://a.example:8080/"},
	"trailing dot":   {"http://a.example/", "http://a.example./"},
	"zone":           {"http://www.a.example/", "http://[::1%25.www.a.example]/"},
	"user info":      {"http://a.example/", "http://u:p@b.example/"},
	"address":        {"http://localhost/", "http://127.0.0.1/"},
	"looks the same": {"http://a.example/", "http://a.example@b.example/"},
}

// Nothing that says who is asking crosses an origin, whatever the status, the way there, and
// the way it was said.
func TestNoSecretCrosses(t *testing.T) {
	for way, o := range origins {
		for said, opts := range secrets {
			for _, status := range []int{301, 302, 303, 307, 308} {
				s, w := newWorld(redirecting(status, map[string]string{o[0]: o[1]}))
				opts := append([]Option{AllowDowngrade, JSON("x")}, opts...)
				res, err := s.Post(t.Context(), o[0], opts...)
				if err != nil || len(res.History) != 1 || res.History[0].StatusCode != status {
					t.Fatalf("%s, %s, %d: %v, %v", way, said, status, res, err)
				}
				first, last := w.requests()[0], w.requests()[1]
				if !strings.Contains(fmt.Sprint(first.Header, first.Host), "s3cret") {
					t.Errorf("%s, %s: the first request is without it", way, said)
				}
				if got := fmt.Sprint(last.Header, last.Host, last.URL); strings.Contains(got, "s3cret") || last.Header.Get("Authorization") != "" || strings.Contains(got, "u:p") {
					t.Errorf("%s, %s, %d: went on: %s", way, said, status, got)
				}
				if last.Header.Get("Referer") != "" {
					t.Errorf("%s: a Referer", way)
				}
			}
		}
	}
}

// On the same origin everything goes on.
func TestSecretsStayOnTheOrigin(t *testing.T) {
	for said, opts := range secrets {
		s, w := newWorld(redirecting(302, map[string]string{"http://a.example/": "http://A.example:80/x"}))
		if _, err := s.Get(t.Context(), "http://a.example/", opts...); err != nil {
			t.Fatal(err)
		}
		if last := w.last(); !strings.Contains(fmt.Sprint(last.Header, last.Host), "s3cret") {
			t.Errorf("%s did not go on: %v", said, last.Header)
		}
	}
}

// What was dropped stays dropped (CVE-2024-45336).
func TestDroppedForTheRestOfTheChain(t *testing.T) {
	const a, b = "http://a.example/", "http://b.example/"
	for name, hops := range map[string]map[string]string{
		"a→b→b": {a: b, b: b + "2"},
		"a→b→a": {a: b, b: a + "2"},
	} {
		s, w := newWorld(redirecting(302, hops))
		if _, err := s.Get(t.Context(), a, Header{"Authorization": "x", "X-Key": "x", "Host": "other"}, Cookies{"a": "b"}); err != nil {
			t.Fatal(err)
		}
		all := w.requests()
		if len(all) != 3 {
			t.Fatalf("%s: %d requests", name, len(all))
		}
		for _, r := range all[1:] {
			if r.Header.Get("Authorization")+r.Header.Get("X-Key")+r.Header.Get("Cookie") != "" || r.Host != r.URL.Host {
				t.Errorf("%s: %s %v", name, r.Host, r.Header)
			}
		}
	}
}

func TestKeepHeaders(t *testing.T) {
	s, w := newWorld(redirecting(302, map[string]string{"http://a.example/": "http://b.example/"}))
	_, err := s.Get(t.Context(), "http://a.example/", Header{"X-Request-Id": "7", "X-Key": "x"}, KeepHeaders{"x-request-id"})
	if got := w.last().Header; err != nil || got.Get("X-Request-Id") != "7" || got.Get("X-Key") != "" {
		t.Errorf("%v, %v", got, err)
	}
}

// What was dropped is told, and said again where it may be the reason.
func TestDroppedIsReported(t *testing.T) {
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "a.example" {
			http.Redirect(w, r, "http://b.example/", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	told := new(log)
	s.Tracer = told
	res, err := s.Get(t.Context(), "http://a.example/", Header{"X-Key": "s3cret", "Authorization": "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	text := res.ErrorForStatus().Error()
	if want := "GET http://b.example/: 401 Unauthorized; Authorization, X-Key dropped by redirect 1 to another origin, http://b.example:80"; text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	var dropped []trace.Choice
	for _, c := range all[trace.Choice](told) {
		if c.What == "header dropped" {
			dropped = append(dropped, c)
		}
	}
	if len(dropped) != 1 || dropped[0].Value != "Authorization, X-Key" {
		t.Errorf("told %+v", dropped)
	}
	if strings.Contains(told.text(), "s3cret") {
		t.Errorf("a value was told: %s", told.text())
	}
}

// User info of the first URL is a credential for its origin; that of a Location is none.
func TestUserInfo(t *testing.T) {
	const basic = "Basic dTpw" // u:p
	s, w := newWorld(redirecting(302, map[string]string{
		"http://a.example/": "http://x:y@a.example/2", "http://a.example/2": "http://x:y@b.example/",
	}))
	res, err := s.Get(t.Context(), "http://u:p@a.example/")
	if err != nil {
		t.Fatal(err)
	}
	all := w.requests()
	for i, want := range []string{basic, basic, ""} {
		if got := all[i].Header.Get("Authorization"); got != want || all[i].URL.User != nil {
			t.Errorf("request %d: %q, %v", i, got, all[i].URL)
		}
	}
	if res.Request.URL.User != nil {
		t.Errorf("the response's URL is %v", res.Request.URL)
	}
}

func TestRedirectLimit(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) })
	for _, c := range []struct {
		opt  Option
		sent int
	}{{nil, 11}, {Redirects(3), 4}, {Redirects(30), 31}} {
		w.seen = nil
		_, err := s.Get(t.Context(), "http://h/", c.opt)
		if !errors.Is(err, ErrRedirects) || len(w.requests()) != c.sent {
			t.Errorf("%v: %d requests, %v", c.opt, len(w.requests()), err)
		}
	}
	w.seen = nil
	res, err := s.Get(t.Context(), "http://h/", NoRedirects)
	if err != nil || res.StatusCode != 302 || len(w.requests()) != 1 || len(res.History) != 0 {
		t.Errorf("NoRedirects: %v, %v, %d requests", res, err, len(w.requests()))
	}
	if _, err := s.Get(t.Context(), "http://h/", Redirects(-1)); !errors.Is(err, ErrRequest) {
		t.Errorf("Redirects(-1): %v", err)
	}
}

func TestHistory(t *testing.T) {
	s, _ := newWorld(redirecting(302, map[string]string{"http://h/1": "/2", "http://h/2": "http://o/3"}))
	res, err := s.Get(t.Context(), "http://h/1")
	if err != nil || res.Text() != "here" || len(res.History) != 2 {
		t.Fatalf("%v, %v", res, err)
	}
	for i, want := range []string{"http://h/1", "http://h/2"} {
		h := res.History[i]
		body, _ := io.ReadAll(h.Body)
		if h.Request.URL.String() != want || h.Text() != "moved" || string(body) != "moved" || len(h.History) != i {
			t.Errorf("%d: %v %q %q", i, h.Request.URL, h.Text(), body)
		}
	}
	if got := res.Request.URL.String(); got != "http://o/3" {
		t.Errorf("ended at %s", got)
	}
}

// A body that is dropped takes its fields along; one that stays is sent again, whole.
func TestRedirectBody(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
		to     string
		want   string // method and body of the second request
	}{
		{"POST", 301, "/2", "GET "},
		{"POST", 302, "/2", "GET "},
		{"POST", 303, "/2", "GET "},
		{"POST", 307, "/2", `POST "x"`},
		{"POST", 308, "/2", `POST "x"`},
		{"POST", 308, "http://o/", `POST "x"`},
		{"PUT", 302, "/2", `PUT "x"`},
		{"PUT", 303, "/2", "GET "},
		{"DELETE", 301, "/2", `DELETE "x"`},
	} {
		s, w := newWorld(redirecting(c.status, map[string]string{"http://h/": c.to}))
		_, err := s.Do(t.Context(), c.method, "http://h/", JSON("x"), Header{"Content-Language": "de", "Digest": "x"})
		last := w.last()
		if got := last.Method + " " + last.body; err != nil || got != c.want {
			t.Errorf("%s, %d: %s, %v; want %s", c.method, c.status, got, err, c.want)
		}
		kept := last.Header.Get("Content-Type") != "" && last.Header.Get("Content-Language") != "" && last.ContentLength == 3
		if gone := last.Header.Get("Content-Type")+last.Header.Get("Content-Language")+last.Header.Get("Digest") == "" && last.ContentLength == 0; kept == (last.body == "") || gone == (last.body != "") {
			t.Errorf("%s, %d: %v, length %d", c.method, c.status, last.Header, last.ContentLength)
		}
	}
}

// A reader that is used up is not sent empty.
func TestRedirectOfAOneShotBody(t *testing.T) {
	s, w := newWorld(redirecting(307, map[string]string{"http://h/": "/2"}))
	for name, body := range map[string]Option{
		"reader":      Reader(io.MultiReader(strings.NewReader("x")), "text/plain"),
		"failed open": &Body{Size: 1, Open: openOnce("x")},
	} {
		w.seen = nil
		_, err := s.Post(t.Context(), "http://h/", body)
		if !errors.Is(err, ErrUnrewindable) || len(w.requests()) != 1 || w.last().body != "x" {
			t.Errorf("%s: %v after %d requests", name, err, len(w.requests()))
		}
	}
	w.seen = nil
	res, err := s.Post(t.Context(), "http://h/", Reader(strings.NewReader("again"), ""))
	if err != nil || w.last().body != "again" || res.StatusCode != 200 {
		t.Errorf("seekable: %v, %q", err, w.last().body)
	}
}

func openOnce(text string) func() (io.ReadCloser, error) {
	n := 0
	return func() (io.ReadCloser, error) {
		if n++; n > 1 {
			return nil, errors.New("gone")
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

// A redirect's body is neither decoded nor read without end.
func TestRedirectBodyIsBounded(t *testing.T) {
	for _, known := range []bool{true, false} {
		big := &countedBody{Reader: zeros(1 << 30)}
		s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/2" {
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}, nil
			}
			res := &http.Response{
				StatusCode: 302, Body: big, ContentLength: -1,
				Header: http.Header{"Location": {"/2"}, "Content-Encoding": {"gzip"}},
			}
			if known {
				res.ContentLength = 1 << 30
			}
			return res, nil
		})}
		res, err := s.Get(t.Context(), "http://h/")
		if err != nil || !big.closed || big.n > maxHopBody+512 || known && big.n != 0 {
			t.Errorf("%v; read %d, closed %v", err, big.n, big.closed)
		}
		if h := res.History[0]; h.Header.Get("Content-Encoding") != "gzip" || len(h.Content) > maxHopBody {
			t.Errorf("history: %v, %d bytes", h.Header, len(h.Content))
		}
	}
}

// countedBody counts what is read of it.
type countedBody struct {
	io.Reader
	n      int64
	closed bool
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.n += int64(n)
	return n, err
}

func (b *countedBody) Close() error { b.closed = true; return nil }

// zeros yields n zeros.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Refused redirects close the response and send nothing more.
func TestRedirectRefused(t *testing.T) {
	for _, location := range []string{"file:///etc/passwd", "http://h:0/", "/\x01", "http:x", strings.Repeat("x", maxLocation+1)} {
		body := &countedBody{Reader: bytes.NewReader(nil)}
		sent := 0
		s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			sent++
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {location}}, Body: body}, nil
		})}
		if _, err := s.Get(t.Context(), "http://h/"); !errors.Is(err, ErrLocation) || sent != 1 || !body.closed {
			t.Errorf("%.20q: %v, sent %d, closed %v", location, err, sent, body.closed)
		}
	}
	// What only the engine finds wrong with a host is the redirect's fault too.
	addr, _ := wireServer(t, "HTTP/1.1 302 Found\r\nLocation: http://127.1/\r\nContent-Length: 0\r\n\r\n")
	if _, err := Get(t.Context(), "http://"+addr+"/"); !errors.Is(err, ErrLocation) || errors.Is(err, ErrURL) {
		t.Errorf("a host that is none: %v", err)
	}
	s, w := newWorld(redirecting(301, map[string]string{"https://h/": "http://h/"}))
	if _, err := s.Get(t.Context(), "https://h/"); !errors.Is(err, ErrLocation) || len(w.requests()) != 1 {
		t.Errorf("downgrade: %v", err)
	}
}
