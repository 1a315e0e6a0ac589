package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/godwit/transport"
)

func TestVerbs(t *testing.T) {
	s, w := newWorld(ok)
	for method, call := range map[string]func(context.Context, string, ...Option) (*Response, error){
		"GET": s.Get, "OPTIONS": s.Options, "HEAD": s.Head, "POST": s.Post, "PUT": s.Put, "PATCH": s.Patch, "DELETE": s.Delete,
	} {
		if _, err := call(t.Context(), "http://h/"); err != nil || w.last().Method != method {
			t.Errorf("%s: %s, %v", method, w.last().Method, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that nothing leaves
	for method, call := range map[string]func(context.Context, string, ...Option) (*Response, error){
		"GET": Get, "OPTIONS": Options, "HEAD": Head, "POST": Post, "PUT": Put, "PATCH": Patch, "DELETE": Delete,
		"PURGE": func(ctx context.Context, url string, opts ...Option) (*Response, error) {
			return Do(ctx, "PURGE", url, opts...)
		},
	} {
		_, err := call(ctx, "http://127.0.0.1:1/")
		if e, ok := errors.AsType[*Error](err); !ok || e.Method != method || !errors.Is(err, ErrCanceled) {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// A prepared request can be looked at, altered, and sent more than once.
func TestPrepare(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{Header{"A": "default"}, Params{"d": 1}}
	req, err := s.Prepare(t.Context(), "POST", "http://u:p@h/x", JSON("body"))
	if err != nil {
		t.Fatal(err)
	}
	if req.URL.String() != "http://h/x?d=1" || req.ContentLength != 6 || req.Header.Get("Authorization") != "Basic dTpw" || req.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %d %v", req.URL, req.ContentLength, req.Header)
	}
	if body, err := io.ReadAll(req.Body); string(body) != `"body"` || err != nil {
		t.Errorf("looked at: %q, %v", body, err)
	}
	req.Header.Set("A", "altered")
	for range 2 {
		if _, err := s.Send(req); err != nil || w.last().body != `"body"` || w.last().Header.Get("A") != "altered" || w.last().URL.RawQuery != "d=1" {
			t.Errorf("%v: %s %v", err, w.last().body, w.last().Header)
		}
	}
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader("other")), 5
	req.Method = "PUT"
	if _, err := s.Send(req); err != nil || w.last().body != "other" || w.last().Method != "PUT" {
		t.Errorf("%v: %s %s", err, w.last().Method, w.last().body)
	}
	if len(req.Header["Accept-Encoding"]) != 1 {
		t.Errorf("sending altered it: %v", req.Header)
	}

	req, err = s.Prepare(t.Context(), "GET", "http://h/")
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=0-1")
	if _, err := s.Send(req); err != nil || w.last().Header["Accept-Encoding"] != nil || req.Header["Accept-Encoding"] == nil {
		t.Errorf("%v: %v", err, w.last().Header)
	}
}

// A prepared request with a reader that is used up says so the second time.
func TestPrepareOneShot(t *testing.T) {
	s, w := newWorld(ok)
	req, err := s.Prepare(t.Context(), "POST", "http://h/", Reader(io.MultiReader(strings.NewReader("x")), ""))
	if err != nil || req.GetBody != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(req); err != nil || w.last().body != "x" {
		t.Errorf("%q, %v", w.last().body, err)
	}
	if _, err := s.Send(req); !errors.Is(err, ErrUnrewindable) {
		t.Error(err)
	}
}

// A request of somebody else's making gets the defaults where it says nothing itself.
func TestAdopt(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	s.Defaults = Defaults{
		Header{"A": "default", "B": "default", "Host": "x", "Authorization": "session"},
		Params{"p": 1},
		Cookies{"c": "default"},
		JSON("x"),
		Limits{Wait: 7 * time.Second},
		RaiseForStatus,
	}
	client := s.HTTPClient()
	res, err := client.Get("http://h/")
	if err != nil || res.StatusCode != http.StatusTeapot {
		t.Fatalf("%v, %v", res, err)
	}
	res.Body.Close()
	got := w.last()
	if got.URL.RawQuery != "p=1" || got.Header.Get("A") != "default" || got.Header.Get("Cookie") != "c=default" || got.body != "" || got.Host != "h" ||
		got.Header.Get("Content-Type") != "" || got.Header.Get("User-Agent") != "godwit/"+Version || transport.OverridesFrom(got.Context()).Limits.Wait != 7*time.Second {
		t.Errorf("%v %v %q", got.URL, got.Header, got.body)
	}
	req, _ := http.NewRequest("POST", "http://u:p@h/?q=2", strings.NewReader("body"))
	req.Header.Set("A", "own")
	req.Header.Set("Cookie", "own=1")
	before := fmt.Sprint(req.Header, req.URL)
	if _, err := s.Open(req); !errors.Is(err, ErrStatus) {
		t.Error(err)
	}
	got = w.last()
	if got.URL.RawQuery != "q=2" || got.Header.Get("A") != "own" || got.Header.Get("B") != "default" || got.Header.Get("Cookie") != "own=1" ||
		got.body != "body" || got.Header.Get("Authorization") != "Basic dTpw" || got.URL.User != nil {
		t.Errorf("%v %v %q", got.URL, got.Header, got.body)
	}
	if after := fmt.Sprint(req.Header, req.URL); after != before {
		t.Errorf("altered from %s to %s", before, after)
	}
}

// What the session holds for BaseURL's origin does not go elsewhere through an SDK either.
func TestAdoptForeign(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{BaseURL("http://api/"), Header{"Authorization": "x", "Accept-Language": "de"}, Cookies{"a": "b"}, Insecure}
	for url, own := range map[string]bool{"http://api/x": true, "http://o/": false} {
		res, err := s.HTTPClient().Get(url)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		h := w.last().Header
		if (h.Get("Authorization") != "") != own || (h.Get("Cookie") != "") != own || h.Get("Accept-Language") != "de" ||
			transport.OverridesFrom(w.last().Context()).Insecure != own {
			t.Errorf("%s: %v", url, h)
		}
	}
}

// As a transport the session keeps the contract: the body is closed whatever happens.
func TestAdoptRefused(t *testing.T) {
	s, w := newWorld(ok)
	bad := s.With(Timeout(1))
	badBase := s.With(BaseURL("x"))
	for _, c := range []struct {
		s    *Session
		url  string
		kind Kind
	}{{s, "ftp://h/", ErrURL}, {s, "http://h:0/", ErrURL}, {bad, "http://h/", ErrRequest}, {badBase, "http://h/", ErrURL}} {
		body := &countedBody{Reader: strings.NewReader("x")}
		req, err := http.NewRequest("POST", c.url, body)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.s.Send(req)
		if !errors.Is(err, c.kind) || !body.closed || len(w.requests()) != 0 {
			t.Errorf("%s: %v, closed %v", c.url, err, body.closed)
		}
	}
}

// The redirects of an SDK's call are followed by the session, or left alone if it says so.
func TestHTTPClientRedirects(t *testing.T) {
	s, _ := newWorld(redirecting(302, map[string]string{"http://h/": "/x"}))
	for _, c := range []struct {
		s    *Session
		want int
	}{{s, 200}, {s.With(NoRedirects), 302}} {
		res, err := c.s.HTTPClient().Get("http://h/")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("%d, want %d", res.StatusCode, c.want)
		}
	}
}

// A session may be the transport of another: each sees its own call.
func TestSessionInSession(t *testing.T) {
	inner, w := newWorld(redirecting(302, map[string]string{"http://h/": "/x"}))
	inner.Defaults = Defaults{Header{"Inner": "1"}, NoRedirects}
	outer := NewSession(Header{"Outer": "1"})
	outer.Transport = inner.HTTPClient().Transport
	res, err := outer.Get(t.Context(), "http://h/")
	if err != nil || res.StatusCode != 200 || len(res.History) != 1 {
		t.Fatalf("%v, %v", res, err)
	}
	if h := w.last().Header; h.Get("Inner") != "1" || h.Get("Outer") != "1" {
		t.Error(h)
	}
}

func TestMiddleware(t *testing.T) {
	s, _ := newWorld(redirecting(302, map[string]string{"http://h/": "/x"}))
	var steps []string
	note := func(name string) Middleware {
		return func(next http.RoundTripper) http.RoundTripper {
			return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
				steps = append(steps, name+" "+req.URL.Path)
				return next.RoundTrip(req)
			})
		}
	}
	s.Middleware = []Middleware{note("a"), nil, note("b")}
	s.NetworkMiddleware = []Middleware{note("c")}
	if _, err := s.Get(t.Context(), "http://h/", OnRequest(func(r *http.Request) error { steps = append(steps, "hook "+r.URL.Path); return nil })); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(steps, ", "); got != "a /, b /, c /, hook /, c /x, hook /x" {
		t.Error(got)
	}
}

// Middleware that replaces the context loses the call, and nothing worse happens.
func TestContextReplaced(t *testing.T) {
	s, _ := newWorld(redirecting(302, map[string]string{"http://h/": "/x"}))
	s.Middleware = []Middleware{func(next http.RoundTripper) http.RoundTripper {
		return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			return next.RoundTrip(req.WithContext(context.Background()))
		})
	}}
	if res, err := s.Get(t.Context(), "http://h/"); err != nil || res.StatusCode != 302 {
		t.Errorf("%v, %v", res, err)
	}
}

func TestWithSharesAndKeepsApart(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = append(make(Defaults, 0, 8), Header{"A": "1"})
	b, c := s.With(Header{"B": "1"}), s.With(Header{"C": "1"})
	for _, x := range []struct {
		s    *Session
		want string
	}{{s, "A"}, {b, "AB"}, {c, "AC"}} {
		if _, err := x.s.Get(t.Context(), "http://h/"); err != nil {
			t.Fatal(err)
		}
		var got string
		for _, name := range []string{"A", "B", "C"} {
			if w.last().Header.Get(name) != "" {
				got += name
			}
		}
		if got != x.want {
			t.Errorf("got %s, want %s", got, x.want)
		}
	}
}

type closer struct {
	http.RoundTripper
	closed int
}

func (c *closer) CloseIdleConnections() { c.closed++ }

func TestClose(t *testing.T) {
	c := new(closer)
	s := &Session{Transport: c}
	s.HTTPClient().CloseIdleConnections()
	if err := s.Close(); err != nil || c.closed != 2 {
		t.Errorf("%v, closed %d times", err, c.closed)
	}
	if err := new(Session).Close(); err != nil {
		t.Error(err)
	}
}

func TestHooks(t *testing.T) {
	s, w := newWorld(redirecting(302, map[string]string{"http://h/": "/x"}))
	var statuses []int
	sign := OnRequest(func(r *http.Request) error { r.Header.Add("Sign", r.URL.Path); return nil })
	seen := OnResponse(func(r *http.Response) error { statuses = append(statuses, r.StatusCode); return nil })
	if _, err := s.Get(t.Context(), "http://h/", sign, seen); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(w.requests()[0].Header["Sign"], w.requests()[1].Header["Sign"], statuses); got != "[/] [/x] [302 200]" {
		t.Error(got)
	}

	no := errors.New("no")
	body := &countedBody{Reader: strings.NewReader("x")}
	w.seen = nil
	_, err := s.Post(t.Context(), "http://h/", Reader(body, ""), OnRequest(func(*http.Request) error { return no }))
	if !errors.Is(err, no) || len(w.requests()) != 0 || !body.closed {
		t.Errorf("%v, closed %v", err, body.closed)
	}
	if _, err := s.Get(t.Context(), "http://h/", OnResponse(func(*http.Response) error { return no })); !errors.Is(err, no) || len(w.requests()) != 1 {
		t.Error(err)
	}
}
