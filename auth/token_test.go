package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

// A mint hands out tokens t1, t2 and so on, each of which takes a second to make.
type mint struct {
	life    time.Duration // 0: for ever
	fetched atomic.Int32
	running atomic.Int32
	fail    atomic.Pointer[error]
}

func (m *mint) fetch(ctx context.Context) (string, time.Time, error) {
	if m.running.Add(1) > 1 {
		panic("two fetches at once")
	}
	defer m.running.Add(-1)
	n := m.fetched.Add(1)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return "", time.Time{}, ctx.Err()
	}
	if err := m.fail.Load(); err != nil {
		return "", time.Time{}, *err
	}
	var expires time.Time
	if m.life > 0 {
		expires = time.Now().Add(m.life)
	}
	return fmt.Sprintf("t%d", n), expires, nil
}

// accepts answers with 200 if the token is one of those, 401 otherwise.
func accepts(tokens ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, token := range tokens {
			if r.Header.Get("Authorization") == "Bearer "+token {
				return
			}
		}
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(401)
	}
}

func TestTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: time.Minute}
		rt := &roundTripper{auth: Token(m.fetch), handler: accepts("t1", "t2")}
		for _, c := range []struct {
			wait time.Duration
			want int32
		}{{0, 1}, {49 * time.Second, 1}, {time.Second, 2}, {0, 2}} { // 10 s before its end
			time.Sleep(c.wait) // virtual
			if status, n := rt.get(t, "http://a.example/"); status != 200 || n != 1 || m.fetched.Load() != c.want {
				t.Errorf("%+v: %d after %d requests, %d fetches", c, status, n, m.fetched.Load())
			}
		}
	})
}

func TestTokenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{}
		rt := &roundTripper{auth: Token(m.fetch), handler: accepts("t2")}
		for i, want := range []int{2, 1, 1} {
			if status, n := rt.get(t, "http://a.example/"); status != 200 || n != want || m.fetched.Load() != 2 {
				t.Errorf("%d: %d after %d requests, %d fetches", i, status, n, m.fetched.Load())
			}
		}
		rt.handler = accepts() // whatever comes is refused: one round
		if status, n := rt.get(t, "http://a.example/"); status != 401 || n != 2 || m.fetched.Load() != 3 {
			t.Errorf("%d after %d requests, %d fetches", status, n, m.fetched.Load())
		}
		rt.handler = respond(403) // not ours to answer
		if status, n := rt.get(t, "http://a.example/"); status != 403 || n != 1 {
			t.Errorf("%d after %d requests", status, n)
		}
	})
}

// TestTokenOlder: a 401 for a token that has been replaced since fetches nothing.
func TestTokenOlder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{}
		a := Token(m.fetch)
		old, other := newRequest(t, "GET", "http://a.example/", ""), newRequest(t, "GET", "http://b.example/", "")
		res := &http.Response{StatusCode: 401}
		for _, req := range []*http.Request{old, other} {
			if err := a.Authorize(req); err != nil {
				t.Fatal(err)
			}
		}
		for _, req := range []*http.Request{old, other} {
			if again, err := a.Answer(req, res); !again || err != nil || req.Header.Get("Authorization") != "Bearer t2" {
				t.Errorf("%v, %v, %v", again, err, req.Header)
			}
		}
		if n := m.fetched.Load(); n != 2 {
			t.Errorf("%d fetches", n)
		}
		bare := newRequest(t, "GET", "http://a.example/", "")
		if again, err := a.Answer(bare, res); again || err != nil {
			t.Errorf("a request that was not authorized: %v, %v", again, err)
		}
	})
}

func TestTokenMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{}
		a := Token(m.fetch)
		for round, handler := range []http.HandlerFunc{accepts("t1"), accepts("t2"), accepts("t3")} {
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					rt := &roundTripper{auth: a, handler: handler}
					req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://a.example/", nil)
					if res, err := rt.RoundTrip(req); err != nil || res.StatusCode != 200 {
						t.Errorf("%v, %v", res, err)
					}
				})
			}
			wg.Wait()
			if n := m.fetched.Load(); int(n) != round+1 {
				t.Errorf("round %d: %d fetches", round, n)
			}
		}
	})
}

// TestTokenCancelled: each leaves by its own context, the first caller, too.
func TestTokenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{}
		a := Token(m.fetch)
		reason := errors.New("changed my mind")
		start := time.Now()
		ask := func(after time.Duration) (left time.Duration, err error) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer time.AfterFunc(after, func() { cancel(reason) }).Stop()
			err = a.Authorize(newRequest(t, "GET", "http://a.example/", "").WithContext(ctx))
			return time.Since(start), err
		}
		var wg sync.WaitGroup
		for _, after := range []time.Duration{100, 200, 2000, 3000} {
			wg.Go(func() {
				left, err := ask(after * time.Millisecond)
				if wantErr := after < 1000; wantErr != errors.Is(err, reason) || wantErr != (err != nil) ||
					left != min(after*time.Millisecond, time.Second) {
					t.Errorf("%d ms: %v after %v", after, err, left)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		if n := m.fetched.Load(); n != 1 {
			t.Errorf("%d fetches", n)
		}
	})
}

// TestTokenAbandoned: when all have left, the fetch is cancelled, which is nothing to those who
// come later; and one that goes on all the same is not wasted.
func TestTokenAbandoned(t *testing.T) {
	for _, stubborn := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := &mint{}
			fetch := m.fetch
			if stubborn {
				fetch = func(context.Context) (string, time.Time, error) { return m.fetch(context.Background()) }
			}
			a := Token(fetch)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			req := newRequest(t, "GET", "http://a.example/", "")
			if err := a.Authorize(req.WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			want := "Bearer t2"
			if stubborn {
				want = "Bearer t1"
			}
			if err := a.Authorize(req); err != nil || req.Header.Get("Authorization") != want {
				t.Errorf("stubborn %v: %v, %v", stubborn, err, req.Header)
			}
		})
	}
}

func TestTokenFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{}
		down := errors.New("the token endpoint is down")
		m.fail.Store(&down)
		a := Token(m.fetch)
		for range 2 { // each error reaches all that wait, and is not kept
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					if err := a.Authorize(newRequest(t, "GET", "http://a.example/", "")); !errors.Is(err, down) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		if n := m.fetched.Load(); n != 2 {
			t.Errorf("%d fetches", n)
		}
		m.fail.Store(nil)
		req := newRequest(t, "GET", "http://a.example/", "")
		if err := a.Authorize(req); err != nil || req.Header.Get("Authorization") != "Bearer t3" {
			t.Error(err, req.Header)
		}
		m.fail.Store(&down) // after a 401
		if again, err := a.Answer(req, &http.Response{StatusCode: 401}); again || !errors.Is(err, down) {
			t.Error(again, err)
		}
	})
}

func TestTokenPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := errors.New("s3cr3t")
		how := func() { panic(inner) }
		a := Token(func(context.Context) (string, time.Time, error) {
			time.Sleep(time.Second) // virtual
			how()
			return "t", time.Time{}, nil
		})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				err := a.Authorize(newRequest(t, "GET", "http://a.example/", ""))
				p, ok := errors.AsType[*PanicError](err)
				if !ok || p.Value != inner || !errors.Is(err, inner) || !strings.Contains(string(p.Stack), "TestTokenPanics") ||
					strings.Contains(err.Error(), "s3cr3t") {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		how = func() { panic("text") }
		if err := a.Authorize(newRequest(t, "GET", "http://a.example/", "")); errors.Unwrap(err) != nil {
			t.Error(err)
		}
		how = runtime.Goexit
		if err := a.Authorize(newRequest(t, "GET", "http://a.example/", "")); !errors.Is(err, errExited) {
			t.Error(err)
		}
		how = func() {}
		if err := a.Authorize(newRequest(t, "GET", "http://a.example/", "")); err != nil {
			t.Error(err)
		}
	})
}

func TestTokenInvalid(t *testing.T) {
	for _, text := range []string{"", "a b", "s3cr3t\r\nX: y"} {
		a := Token(func(context.Context) (string, time.Time, error) { return text, time.Time{}, nil })
		req := newRequest(t, "GET", "http://a.example/", "")
		if err := a.Authorize(req); !errors.Is(err, ErrInvalid) || len(req.Header) > 0 || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%q: %v, %v", text, err, req.Header)
		}
	}
}

// source is an oauth2.TokenSource made of a function.
type source func() (*oauth2.Token, error)

func (s source) Token() (*oauth2.Token, error) { return s() }

func TestTokenSource(t *testing.T) {
	n := 0
	changing := source(func() (*oauth2.Token, error) { n++; return &oauth2.Token{AccessToken: fmt.Sprintf("t%d", n)}, nil })
	rt := &roundTripper{auth: TokenSource(changing), handler: accepts("t2")}
	if status, requests := rt.get(t, "http://a.example/"); status != 200 || requests != 2 || n != 2 {
		t.Errorf("%d after %d requests, %d tokens", status, requests, n)
	}
	rt = &roundTripper{auth: TokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})), handler: accepts("t2")}
	if status, requests := rt.get(t, "http://a.example/"); status != 401 || requests != 1 {
		t.Errorf("a token that stays the same: %d after %d requests", status, requests)
	}
	down := errors.New("down")
	for _, c := range []struct {
		token *oauth2.Token
		err   error
		want  string
		is    error
	}{
		{&oauth2.Token{AccessToken: "x", TokenType: "DPoP"}, nil, "DPoP x", nil},
		{&oauth2.Token{AccessToken: "x", TokenType: "bearer"}, nil, "Bearer x", nil},
		{&oauth2.Token{AccessToken: "x", TokenType: "a b"}, nil, "", ErrInvalid},
		{&oauth2.Token{AccessToken: "x", TokenType: "a\r\nX:"}, nil, "", ErrInvalid},
		{&oauth2.Token{AccessToken: "x\n"}, nil, "", ErrInvalid},
		{&oauth2.Token{}, nil, "", ErrInvalid},
		{nil, nil, "", ErrInvalid},
		{nil, down, "", down},
	} {
		a := TokenSource(source(func() (*oauth2.Token, error) { return c.token, c.err }))
		req := newRequest(t, "GET", "http://a.example/", "")
		err := a.Authorize(req)
		if got := req.Header.Get("Authorization"); got != c.want || !errors.Is(err, c.is) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
