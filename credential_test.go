package godwit

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
)

// says is an Auth that says its own name.
type says string

func (s says) Authorize(req *http.Request) error {
	req.Header.Set("Authorization", string(s))
	return nil
}

// The order of credentials: the call's field, the call's Auth, the URL's user info, the
// session's (whichever was said last), netrc.
func TestCredentialOrder(t *testing.T) {
	field := func(v any) Option { return Header{"authorization": v} }
	const basic = "Basic dTpw"
	for _, c := range []struct {
		name    string
		session Defaults
		url     string
		call    []Option
		want    string
	}{
		{"none", nil, "http://h/", nil, ""},
		{"call's field", Defaults{Auth(says("session"))}, "http://u:p@h/", []Option{field("call")}, "call"},
		{"call's field added", Defaults{field("session")}, "http://u:p@h/", []Option{AddHeader("authorization", "call")}, "call"},
		{"call's Auth", Defaults{field("session")}, "http://u:p@h/", []Option{Auth(says("call"))}, "call"},
		{"user info", Defaults{field("session"), Auth(says("session"))}, "http://u:p@h/", nil, basic},
		{"session's field", Defaults{Auth(says("earlier")), field("session")}, "http://h/", nil, "session"},
		{"session's Auth", Defaults{field("earlier"), Auth(says("session"))}, "http://h/", nil, "session"},
		{"last one", nil, "http://h/", []Option{Auth(says("one")), Auth(says("two"))}, "two"},
		{"none wanted, by Auth", Defaults{Auth(says("session"))}, "http://u:p@h/", []Option{Auth(nil)}, ""},
		{"none wanted, by NoHeader", Defaults{Auth(says("session"))}, "http://u:p@h/", []Option{NoHeader{"Authorization"}}, ""},
		{"none wanted, by nil", Defaults{Auth(says("session"))}, "http://u:p@h/", []Option{field(nil)}, ""},
		{"none wanted in the session", Defaults{Auth(nil)}, "http://h/", nil, ""},
		{"NoHeader, then Auth", nil, "http://h/", []Option{NoHeader{"Authorization"}, Auth(says("call"))}, "call"},
		{"Basic", nil, "http://h/", []Option{BasicAuth("u", "p")}, basic},
		{"Bearer", nil, "http://h/", []Option{Bearer("t")}, "Bearer t"},
		{"empty user info", Defaults{Auth(says("session"))}, "http://@h/", nil, "session"},
		{"empty user info with a colon", Defaults{Auth(says("session"))}, "http://:@h/", nil, "session"},
		{"password alone", Defaults{Auth(says("session"))}, "http://:p@h/", nil, "Basic OnA="},
		{"empty user info, and nothing else", nil, "http://@h/", nil, ""},
		{"empty password", nil, "http://u:@h/", nil, "Basic dTo="},
		{"base URL", Defaults{BaseURL("http://h/"), Auth(says("session"))}, "/x", nil, "session"},
		{"base URL's user info", Defaults{BaseURL("http://u:p@h/")}, "/x", nil, basic},
		{"another origin than the base", Defaults{BaseURL("http://h/"), Auth(says("session"))}, "http://o/", nil, ""},
		{"another origin, call's Auth", Defaults{BaseURL("http://h/"), Auth(says("session"))}, "http://o/", []Option{Auth(says("call"))}, "call"},
	} {
		s, w := newWorld(ok)
		s.Defaults = c.session
		for _, how := range []string{"Do", "Prepare"} {
			var err error
			if how == "Do" {
				_, err = s.Get(t.Context(), c.url, c.call...)
			} else {
				var req *http.Request
				if req, err = s.Prepare(t.Context(), "GET", c.url, c.call...); err == nil {
					if got := req.Header.Get("Authorization"); got != c.want {
						t.Errorf("%s: prepared with %q, want %q", c.name, got, c.want)
					}
					_, err = s.Send(req)
				}
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if got := w.last().Header["Authorization"]; strings.Join(got, "|") != c.want {
				t.Errorf("%s, %s: %q, want %q", c.name, how, got, c.want)
			}
			if w.last().URL.User != nil {
				t.Errorf("%s: the user info goes on: %v", c.name, w.last().URL)
			}
		}
	}
}

// Of a request that somebody else has made, its own field stands above all.
func TestCredentialOfOtherRequests(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{Auth(says("session"))}
	for _, c := range []struct{ url, field, want string }{
		{"http://h/", "", "session"},
		{"http://h/", "own", "own"},
		{"http://u:p@h/", "", "Basic dTpw"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.field != "" {
			req.Header.Set("Authorization", c.field)
		}
		res, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := w.last().Header.Get("Authorization"); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.url, c.field, got, c.want)
		}
	}
	// A prepared request that is led elsewhere loses what was for the first place.
	req, err := s.Prepare(t.Context(), "GET", "http://h/")
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Host = "o"
	if _, err := s.Send(req); err != nil || w.last().Header.Get("Authorization") != "" {
		t.Errorf("%v: %v", err, w.last().Header)
	}
	req.URL.Host = "h"
	req.Header.Set("Authorization", "mine")
	if _, err := s.Send(req); err != nil || w.last().Header.Get("Authorization") != "mine" {
		t.Errorf("%v: %v", err, w.last().Header)
	}
}

// Whoever takes the credentials that Prepare has shown out of the request wants none sent.
func TestPreparedCredentialTakenAway(t *testing.T) {
	for _, opts := range [][]Option{
		{Auth(says("session"))},
		{Header{"Authorization": "field"}},
		{BasicAuth("u", "p"), BaseURL("http://h/")},
	} {
		s, w := newWorld(ok)
		s.Defaults = opts
		req, err := s.Prepare(t.Context(), "GET", "http://h/")
		if err != nil || req.Header.Get("Authorization") == "" {
			t.Fatal(err, req)
		}
		req.Header.Del("Authorization")
		if _, err := s.Send(req); err != nil || w.last().Header["Authorization"] != nil {
			t.Errorf("%v: %v, %q", opts, err, w.last().Header)
		}
		req.URL.User = url.UserPassword("x", "y")
		if _, err := s.Send(req); err != nil || w.last().Header.Get("Authorization") != "Basic eDp5" {
			t.Errorf("%v: user info put in: %v, %q", opts, err, w.last().Header)
		}
	}
}

func TestCredentialRefused(t *testing.T) {
	s, w := newWorld(ok)
	wrong := errors.New("no token")
	for _, c := range []struct {
		opts []Option
		kind Kind
		err  error
	}{
		{[]Option{Header{"Authorization": "x"}, Auth(says("y"))}, ErrRequest, errTwoCredentials},
		{[]Option{Auth(says("y")), AddHeader("Authorization", "x")}, ErrRequest, errTwoCredentials},
		{[]Option{Auth(auth.Func(func(*http.Request) error { return wrong }))}, ErrAuth, wrong},
	} {
		_, err := s.Get(t.Context(), "http://h/", c.opts...)
		if !errors.Is(err, c.kind) || !errors.Is(err, c.err) {
			t.Errorf("%v: %v", c.opts, err)
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Sent != Unsent {
			t.Errorf("%v: %v", c.opts, err)
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d were sent", n)
	}
}

// Credentials are for the origin of the first URL. No redirect takes them along, none brings
// them back (CVE-2024-45336), and none is answered with them elsewhere.
func TestCredentialsStay(t *testing.T) {
	for _, who := range []Option{Auth(says("secret")), BasicAuth("u", "secret"), Bearer("secret"), Auth(&asking{answer: "secret"})} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, to := range []string{"http://o/", "http://h:81/", "https://h/", "http://h./", "http://sub.h/"} {
				s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
					switch r.URL.Path {
					case "/start":
						w.Header().Set("Location", to)
						w.WriteHeader(status)
					case "/":
						w.Header().Set("Location", "http://h/back")
						w.WriteHeader(302)
					default:
						w.Header().Set("WWW-Authenticate", "Asking")
						w.WriteHeader(401)
					}
				})
				opts := []Option{who, AllowDowngrade}
				if _, err := s.Get(t.Context(), "http://h/start", opts...); err != nil {
					t.Fatal(err)
				}
				seen := w.requests()
				if len(seen) != 3 {
					t.Fatalf("%v %d %s: %d requests", who, status, to, len(seen))
				}
				for _, r := range seen[1:] {
					if r.Header.Get("Authorization") != "" {
						t.Errorf("%v %d: %v gets %v", who, status, r.URL, r.Header)
					}
				}
			}
		}
	}
}

// An asking Auth answers a challenge, and says nothing before it.
type asking struct {
	answer  string
	asked   int
	checked int
	wrong   error
}

func (a *asking) Authorize(*http.Request) error { return nil }

func (a *asking) Answer(req *http.Request, res *http.Response) (bool, error) {
	if a.asked++; res.Header.Get("WWW-Authenticate") != "Asking" || req.Header.Get("Authorization") != "" {
		return false, nil
	}
	req.Header.Set("Authorization", a.answer)
	return true, nil
}

func (a *asking) Verify(*http.Request, *http.Response) error { a.checked++; return a.wrong }

// A challenge is answered once, with the body as it was; what is refused stays refused.
func TestChallenge(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", "Asking")
		if r.Header.Get("Authorization") != "right" {
			w.WriteHeader(401)
		}
	})
	right := &asking{answer: "right"}
	res, err := s.Put(t.Context(), "http://h/", Auth(right), Bytes([]byte("body"), ""))
	if err != nil || res.StatusCode != 200 || len(res.Attempts) != 2 || res.Attempts[0].Status != 401 || right.checked != 2 {
		t.Errorf("%v %v, %+v", res, err, right)
	}
	if seen := w.requests(); len(seen) != 2 || seen[0].body != "body" || seen[1].body != "body" {
		t.Errorf("%v", seen)
	}
	wrong := &asking{answer: "wrong"}
	res, err = s.Get(t.Context(), "http://h/", Auth(wrong), Retry{Max: 3})
	if err != nil || res.StatusCode != 401 || wrong.asked != 2 || len(w.requests()) != 4 {
		t.Errorf("%v %v, asked %d times", res, err, wrong.asked)
	}
	before := len(w.requests())
	eager := &eager{asking{answer: "wrong"}}
	if res, err = s.Get(t.Context(), "http://h/", Auth(eager)); err != nil || res.StatusCode != 401 || len(w.requests())-before != 3 {
		t.Errorf("one that never gives up: %v, %v, %d requests", res, err, len(w.requests())-before)
	}
	_, err = s.Put(t.Context(), "http://h/", Auth(right), Reader(onlyReader{strings.NewReader("x")}, ""))
	if !errors.Is(err, ErrUnrewindable) {
		t.Error(err)
	}
	impostor := errors.New("not who it says it is")
	_, err = s.Get(t.Context(), "http://h/", Auth(&asking{answer: "right", wrong: impostor}))
	if !errors.Is(err, ErrAuth) || !errors.Is(err, impostor) {
		t.Error(err)
	}
}

// An eager Auth answers whatever it is asked.
type eager struct{ asking }

func (e *eager) Answer(req *http.Request, _ *http.Response) (bool, error) {
	req.Header.Set("Authorization", e.answer)
	return true, nil
}

type onlyReader struct{ *strings.Reader }

func (onlyReader) Seek(int64, int) (int64, error) { return 0, errors.New("no") }

// A further attempt proves anew who is asking: a nonce must not be used twice.
func TestEachAttemptIsAuthorized(t *testing.T) {
	n := 0
	counting := auth.Func(func(req *http.Request) error {
		n++
		req.Header.Set("Authorization", fmt.Sprint(n))
		return nil
	})
	var got []string
	s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		got = append(got, req.Header.Get("Authorization"))
		return &http.Response{StatusCode: 503}, nil
	})}
	if _, err := s.Get(t.Context(), "http://h/", Auth(counting), Retry{Max: 2, Backoff: noWait}); err != nil || strings.Join(got, "") != "123" {
		t.Errorf("%v: %q", err, got)
	}
}

// The body of a challenge's response is not read without bound, and is closed.
func TestChallengeBodyIsLetGo(t *testing.T) {
	var bodies []*countedBody
	s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		b := &countedBody{Reader: zeros(1 << 30)}
		bodies = append(bodies, b)
		if req.Header.Get("Authorization") != "" {
			return &http.Response{StatusCode: 204}, nil
		}
		return &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {"Asking"}, "Content-Encoding": {"gzip"}}, Body: b, ContentLength: -1}, nil
	})}
	res, err := s.Get(t.Context(), "http://h/", Auth(&asking{answer: "right"}))
	if err != nil || res.StatusCode != 204 {
		t.Fatal(res, err)
	}
	if b := bodies[0]; !b.closed || b.n != maxHopBody {
		t.Errorf("closed %v, %d bytes read", b.closed, b.n)
	}
}

// Options print no credential.
func TestCredentialsAreNotPrinted(t *testing.T) {
	for _, o := range []Option{BasicAuth("bob", "hunter2"), Bearer("hunter2"), Header{"A": Secret("hunter2")}, Proxy("http://bob:hunter2@h:1")} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if s := fmt.Sprintf(verb, o); strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74657232") {
				if _, isProxy := o.(Proxy); isProxy && verb != "%v" && verb != "%+v" && verb != "%s" {
					continue // a Proxy is a string
				}
				t.Errorf("%s: %s", verb, s)
			}
		}
	}
}

// What was chosen is told.
func TestCredentialIsTold(t *testing.T) {
	s, _ := newWorld(ok)
	var events log
	s.Tracer = &events
	if _, err := s.Get(t.Context(), "http://u:p@h/"); err != nil {
		t.Fatal(err)
	}
	if got := all[trace.Choice](&events); len(got) != 1 || got[0].What != "credential" || got[0].Rule != "user info of the URL" {
		t.Errorf("%+v", got)
	}
}

// So is a challenge that is answered.
func TestChallengeIsTold(t *testing.T) {
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "right" {
			w.Header().Set("WWW-Authenticate", "Asking")
			w.WriteHeader(401)
		}
	})
	var events log
	s.Tracer = &events
	if _, err := s.Get(t.Context(), "http://h/", Auth(&asking{answer: "right"})); err != nil {
		t.Fatal(err)
	}
	got := all[trace.Attempt](&events)
	if len(got) != 1 || got[0].Call == 0 || got[0].N != 1 || got[0].Kind != "challenge" || got[0].Err != nil {
		t.Errorf("%+v", got)
	}
}

func noWait(int) time.Duration { return 0 }
