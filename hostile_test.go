package godwit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/godwit/auth"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// Middleware may begin a call anew: with credentials as at first, and the path of that time alone.
func TestMiddlewareBeginsAnew(t *testing.T) {
	n := 0
	w := &world{answer: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host == "h" && n == 0 {
			n++
			w.Header().Set("Location", "http://o/")
			w.WriteHeader(302)
			return
		}
		if r.URL.Host == "o" {
			w.WriteHeader(401)
		}
	}}
	s := &Session{Transport: w, Middleware: []Middleware{func(next http.RoundTripper) http.RoundTripper {
		return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			res, err := next.RoundTrip(req)
			if err == nil && res.StatusCode == 401 {
				res.Body.Close()
				return next.RoundTrip(req)
			}
			return res, err
		})
	}}}
	res, err := s.Get(t.Context(), "http://h/", Bearer("mine"))
	if err != nil || res.StatusCode != 200 || len(res.History) != 0 || len(res.Attempts) != 3 || res.Attempts[2].Hop != 0 {
		t.Fatalf("%v %v %v", res, err, res.Attempts)
	}
	seen := w.requests()
	if seen[0].Header.Get("Authorization") == "" || seen[1].Header.Get("Authorization") != "" || seen[2].Header.Get("Authorization") == "" {
		t.Errorf("%v", seen)
	}
}

// Middleware may send several requests at once, and leave one alone with its end.
func TestMiddlewareHedges(t *testing.T) {
	var all sync.WaitGroup
	hedge := func(next http.RoundTripper) http.RoundTripper {
		return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			type outcome struct {
				res *http.Response
				err error
			}
			first := make(chan outcome, 2)
			for range 2 {
				all.Go(func() {
					res, err := next.RoundTrip(req.Clone(req.Context()))
					first <- outcome{res, err}
				})
			}
			o := <-first
			all.Go(func() {
				if late := <-first; late.res != nil {
					late.res.Body.Close()
				}
			})
			return o.res, o.err
		})
	}
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/start":
			w.Header().Set("Location", "http://o/next")
			w.WriteHeader(302)
		case "/next":
			w.WriteHeader(503)
		}
	})
	s.Middleware = []Middleware{hedge}
	var events log
	s.Tracer = &events
	for range 50 {
		_, err := s.Get(t.Context(), "http://h/start", Header{"X-Key": "1"}, Retry{Max: 2, Backoff: noWait, NoBudget: true}, RaiseForStatus)
		if !errors.Is(err, ErrStatus) {
			t.Fatal(err)
		}
	}
	all.Wait()
}

// What a user's function leaves open when it panics is closed, and the session goes on.
func TestPanics(t *testing.T) {
	boom := func() { panic("boom") }
	for name, c := range map[string]Option{
		"OnRequest":  OnRequest(func(*http.Request) error { boom(); return nil }),
		"OnResponse": OnResponse(func(*http.Response) error { boom(); return nil }),
		"If":         Retry{Max: 1, If: func(*http.Response, error) bool { boom(); return true }},
		"Backoff":    Retry{Max: 1, Statuses: []int{401}, Backoff: func(int) time.Duration { boom(); return 0 }},
		"Authorize":  Auth(auth.Func(func(*http.Request) error { boom(); return nil })),
		"Answer":     Auth(bombAuth{answers: true}),
		"Verify":     Auth(bombAuth{}),
	} {
		t.Run(name, func(t *testing.T) {
			answer := &countedBody{Reader: zeros(1)}
			asked := false
			s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
				asked = true
				if req.Body != nil {
					req.Body.Close()
				}
				return &http.Response{StatusCode: 401, Body: answer, ContentLength: 1}, nil
			})}
			sent := &countedBody{Reader: zeros(1)}
			func() {
				defer func() {
					if p := recover(); p != "boom" {
						t.Errorf("%v", p)
					}
				}()
				_, err := s.Put(t.Context(), "http://h/", c, Timeout(time.Minute), &Body{Size: 1, Open: func() (io.ReadCloser, error) { return sent, nil }})
				t.Errorf("it returned %v", err)
			}()
			if !sent.closed || asked && !answer.closed {
				t.Errorf("left open: %v %v", sent.closed, answer.closed)
			}
			if _, err := s.Get(t.Context(), "http://h/"); err != nil {
				t.Error(err)
			}
		})
	}
}

type bombAuth struct{ answers bool }

func (bombAuth) Authorize(*http.Request) error { return nil }
func (b bombAuth) Answer(*http.Request, *http.Response) (bool, error) {
	if b.answers {
		panic("boom")
	}
	return false, nil
}

func (b bombAuth) Verify(*http.Request, *http.Response) error {
	if !b.answers {
		panic("boom")
	}
	return nil
}

// nil says nothing, wherever it may be said.
func TestNil(t *testing.T) {
	s, w := newWorld(ok)
	for _, o := range []Option{
		nil, OptionFunc(nil), OnRequest(nil), OnResponse(nil), Header(nil), NoHeader(nil), KeepHeaders(nil), Params(nil), Pairs(nil), Cookies(nil),
		Defaults(nil),
		Defaults{nil},
		Limits{},
		Retry{},
		Progress(nil), Proxies(nil),
		NoEnv{},
		TLS(nil), Auth(nil), (*Body)(nil), URI(nil),
	} {
		if _, err := s.Get(t.Context(), "http://h/", o); err != nil {
			t.Errorf("%T: %v", o, err)
		}
	}
	n := len(w.requests())
	var none context.Context
	for name, f := range map[string]func() error{
		"Do":      func() error { _, err := s.Do(none, "GET", "http://h/"); return err },
		"Stream":  func() error { _, err := s.Stream(none, "GET", "http://h/"); return err },
		"Prepare": func() error { _, err := s.Prepare(none, "GET", "http://h/"); return err },
		"Send":    func() error { _, err := s.Send(nil); return err },
		"Open":    func() error { _, err := s.Open(&http.Request{}); return err },
		"middleware": func() error {
			s := &Session{Transport: w, Middleware: []Middleware{func(http.RoundTripper) http.RoundTripper { return nil }}}
			_, err := s.Get(t.Context(), "http://h/")
			return err
		},
	} {
		if err := f(); !errors.Is(err, ErrRequest) || strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(w.requests()) != n {
		t.Error("sent")
	}
	s = &Session{Transport: w, Middleware: []Middleware{nil}, Mounts: map[string]http.RoundTripper{"http://h": nil, "http://i": (*Mount)(nil), "http://j": Mount{}, "http://k": &Mount{}}}
	for _, host := range []string{"h", "i", "j", "k", "l"} {
		if _, err := s.Get(t.Context(), "http://"+host+"/"); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := new(Session).Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Send(&http.Request{URL: w.last().URL}); err != nil { // neither method, nor header, nor context
		t.Error(err)
	}
}

// What With returns may be altered without altering what it was made of.
func TestWithIsItsOwn(t *testing.T) {
	s, w := newWorld(ok)
	s.Mounts = map[string]http.RoundTripper{"http://m": w}
	s.Middleware = make([]Middleware, 0, 4)
	a, b := s.With(), s.With()
	mark := func(name string) Middleware {
		return func(next http.RoundTripper) http.RoundTripper {
			return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
				req = req.Clone(req.Context())
				req.Header.Add("X-Mark", name)
				return next.RoundTrip(req)
			})
		}
	}
	a.Middleware, b.Middleware = append(a.Middleware, mark("a")), append(b.Middleware, mark("b"))
	a.Mounts["http://o"] = RoundTripFunc(func(*http.Request) (*http.Response, error) { return nil, errors.New("a's") })
	for session, want := range map[*Session]string{a: "a", b: "b", s: ""} {
		if _, err := session.Get(t.Context(), "http://h/"); err != nil || w.last().Header.Get("X-Mark") != want {
			t.Errorf("%q: %v %v", want, err, w.last().Header)
		}
	}
	if _, err := s.Get(t.Context(), "http://o/"); err != nil {
		t.Error(err)
	}
}

// A request that was prepared for one origin and led to another goes without what proves who is
// asking the first, by any means.
func TestPreparedAndLedElsewhere(t *testing.T) {
	s, w := newWorld(ok)
	for name, o := range map[string]Option{
		"field": Header{"Authorization": "hunter2"}, "Basic": BasicAuth("u", "hunter2"), "Bearer": Bearer("hunter2"), "cookies": Cookies{"k": "hunter2"},
		"cookie field": Header{"Cookie": "k=hunter2"}, "asking": Auth(&asking{answer: "hunter2"}),
	} {
		for _, to := range []string{"http://o/", "http://h:81/", "https://h/", "http://h./"} {
			req, err := s.Prepare(t.Context(), "GET", "http://h/", o, Insecure, Header{"X-Mine": "1"})
			if err != nil {
				t.Fatal(err)
			}
			other, _ := http.NewRequest("GET", to, nil)
			req.URL, req.Host = other.URL, other.Host
			if _, err := s.Send(req); err != nil {
				t.Fatal(err)
			}
			last := w.last()
			if strings.Contains(fmt.Sprint(last.Header), "hunter2") || last.Header.Get("Authorization") != "" {
				t.Errorf("%s, %s: %v", name, to, last.Header)
			}
			if last.Header.Get("X-Mine") == "" {
				t.Errorf("%s, %s: what is no credential is the caller's to see to: %v", name, to, last.Header)
			}
			if over := transport.OverridesFrom(last.Context()); over.Insecure || over.Certificate != nil || over.TLS != nil {
				t.Errorf("%s, %s: %+v", name, to, over)
			}
			req.Header.Set("Authorization", "mine")
			if _, err := s.Send(req); err != nil || w.last().Header.Get("Authorization") != "mine" {
				t.Errorf("%s, %s: %v, %v", name, to, err, w.last().Header)
			}
		}
	}
	req, err := s.Prepare(t.Context(), "GET", "http://h/", Header{"X-Key": Secret("hunter2")})
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Host = "o"
	if _, err := s.Send(req); !errors.Is(err, ErrSecret) {
		t.Error(err)
	}
}

// A body that the caller has put in place of the prepared one is what is sent, and nothing else is
// when it has to be sent again.
func TestPreparedBodyReplaced(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/start" {
			w.Header().Set("Location", "/end")
			w.WriteHeader(307)
		}
	})
	req, err := s.Prepare(t.Context(), "PUT", "http://h/start", Bytes([]byte("old"), ""))
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := req.GetBody(); body == nil {
		t.Error("no body")
	} else if text, err := io.ReadAll(body); string(text) != "old" || err != nil {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := s.Send(req); err != nil || w.last().body != "old" || w.last().URL.Path != "/end" {
		t.Errorf("%v: %v", err, w.last())
	}
	req.Body = io.NopCloser(strings.NewReader("new"))
	if _, err := s.Send(req); !errors.Is(err, ErrUnrewindable) || w.last().body != "new" {
		t.Errorf("%v: %q", err, w.last().body)
	}
	again := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte("new"))), nil }
	req.Body, _ = again()
	req.GetBody = again
	if _, err := s.Send(req); err != nil || w.last().body != "new" || w.last().URL.Path != "/end" {
		t.Errorf("%v: %v", err, w.last())
	}
}

// Somebody else's request may spell names as it likes: they are what they are, and go out so.
func TestOddLetterCase(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/start" {
			w.Header().Set("Location", "http://o/")
			w.WriteHeader(302)
		}
	})
	s.Defaults = Defaults{Bearer("session's"), Cookies{"session": "1"}, Header{"X-Key": "session's"}}
	req, _ := http.NewRequest("GET", "http://h/start", nil)
	req.Header = http.Header{
		"authorization": {"mine"}, "AUTHORIZATION": {"Mine"}, "cookie": {"c=1"}, "CoOkIe": {"d=2"}, "x-KEY": {"mine"}, "accept-encoding": {"br"}, "user-agent": {"me"}, "proxy-AUTHORIZATION": {"p"},
	}
	if _, err := s.HTTPClient().Do(req); err != nil {
		t.Fatal(err)
	}
	first, second := w.requests()[0], w.requests()[1]
	for name, want := range map[string]string{"Authorization": "Mine,mine", "Cookie": "d=2,c=1", "X-Key": "mine", "Accept-Encoding": "br", "User-Agent": "me"} {
		if got := strings.Join(first.Header[name], ","); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if len(second.Header) != 3 || second.Header.Get("User-Agent") != "me" || second.Header.Get("Accept-Encoding") != "br" {
		t.Errorf("%v", second.Header)
	}
	order := strings.Join(transport.OverridesFrom(first.Context()).Order, " ")
	if !strings.Contains(order, "authorization") || !strings.Contains(order, "x-KEY") {
		t.Errorf("%s", order)
	}
	if len(req.Header) != 8 {
		t.Errorf("the caller's was altered: %v", req.Header)
	}
}

// The options of a mount are for what is mounted there, whatever BaseURL is.
func TestMountedOptionsAndBaseURL(t *testing.T) {
	s, w := newWorld(ok)
	s.Defaults = Defaults{BaseURL("http://api.example/"), Bearer("api's"), Header{"X-Key": "api's"}}
	s.Mounts = map[string]http.RoundTripper{"http://o.example": Mount{Options: Defaults{Bearer("o's"), Header{"X-Key": "o's"}, Cookies{"c": "o's"}}}}
	req, _ := http.NewRequest("GET", "http://o.example/x", nil)
	for _, send := range []func() error{
		func() error { _, err := s.Get(t.Context(), "http://o.example/x"); return err },
		func() error { _, err := s.Send(req); return err },
	} {
		if err := send(); err != nil {
			t.Fatal(err)
		}
		if h := w.last().Header; h.Get("Authorization") != "Bearer o's" || h.Get("X-Key") != "o's" || h.Get("Cookie") != "c=o's" {
			t.Errorf("%v", h)
		}
	}
	if _, err := s.Get(t.Context(), "http://p.example/"); err != nil || w.last().Header.Get("Authorization")+w.last().Header.Get("X-Key") != "" {
		t.Errorf("%v: %v", err, w.last().Header)
	}
}

// A hook's error ends the call, whatever it looks like; an If that is content with an error of
// connecting does not make it one of reading.
func TestRetryReasons(t *testing.T) {
	s, w := newWorld(ok)
	always := func(*http.Response, error) bool { return true }
	_, err := s.Get(t.Context(), "http://h/", OnRequest(func(*http.Request) error { return io.EOF }), Retry{Max: 3, Backoff: noWait})
	if !errors.Is(err, io.EOF) || errors.Is(err, ErrRetry) {
		t.Error(err)
	}
	_, err = s.Get(t.Context(), "http://h/", OnResponse(func(*http.Response) error { return io.ErrUnexpectedEOF }), Retry{Max: 3, Backoff: noWait})
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(w.requests()) != 1 {
		t.Errorf("%v, %d sent", err, len(w.requests()))
	}
	n := 0
	s.Transport = RoundTripFunc(func(*http.Request) (*http.Response, error) {
		n++
		return nil, &trace.Error{Phase: trace.Connect, Err: errors.New("refused")}
	})
	s = &Session{Transport: s.Transport}
	_, err = s.Get(t.Context(), "http://h/", Retry{Max: 3, Connect: -1, Backoff: noWait, If: always})
	if n != 1 || !errors.Is(err, ErrConnect) {
		t.Errorf("%v, tried %d times", err, n)
	}
}

// A context that middleware gives to a request is the one that counts for trying again.
func TestRetryHeedsTheRequestsContext(t *testing.T) {
	n := 0
	s := &Session{
		Middleware: []Middleware{func(next http.RoundTripper) http.RoundTripper {
			return RoundTripFunc(func(req *http.Request) (*http.Response, error) {
				ctx, cancel := context.WithTimeout(req.Context(), time.Minute)
				defer cancel()
				return next.RoundTrip(req.WithContext(ctx))
			})
		}},
		Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
			n++
			return nil, &trace.Error{Phase: trace.Connect, Err: errors.New("refused")}
		}),
	}
	_, err := s.Get(t.Context(), "http://h/", Retry{Max: 3, Backoff: func(int) time.Duration { return time.Hour }})
	if n != 1 || !errors.Is(err, ErrRetry) || !errors.Is(err, ErrConnect) {
		t.Errorf("%v, tried %d times", err, n)
	}
}

// A text of one line is what an error says, whoever has written its cause.
func TestErrorsAreOneLine(t *testing.T) {
	s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) {
		return nil, errors.Join(errors.New("one\x1b[2J"), errors.New("two\r\nthree"))
	})}
	_, err := s.Get(t.Context(), "http://h/")
	if err == nil || strings.ContainsAny(err.Error(), "\r\n\x1b") || !strings.Contains(err.Error(), `one\x1b[2J\ntwo`) {
		t.Errorf("%q", err)
	}
}

// A tracer may send requests by the session that it is told of.
func TestTracerMaySend(t *testing.T) {
	writeNetrc(t, "machine h login a password b", 0o644, false)
	w := &world{answer: ok}
	s := &Session{Transport: w}
	warned := 0
	s.Tracer = tracerFunc(func(ev trace.Event) {
		if _, ok := ev.(trace.Warning); ok {
			if warned++; warned == 1 {
				if _, err := s.Get(context.Background(), "http://log/"); err != nil {
					t.Error(err)
				}
			}
		}
	})
	if _, err := s.Get(t.Context(), "http://h/"); err != nil || warned != 1 || len(w.requests()) != 2 {
		t.Errorf("%v, warned %d times", err, warned)
	}
}

type tracerFunc func(trace.Event)

func (f tracerFunc) Trace(_ context.Context, ev trace.Event) { f(ev) }
