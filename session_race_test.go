package godwit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/auth"
	"example.com/godwit/cookiejar"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// One session, used by 64 goroutines in every way there is, at once: jar, Digest, further attempts,
// redirects to the same origin and to others, Secrets, mounts, a tracer, Progress, bodies that go
// out again, prepared requests that are shared, HTTPClient and With. Each gets its own answer, and
// nobody else's secret (CVE-2023-45286); the race detector watches, and goleak at the end.
func TestSessionIsForAll(t *testing.T) {
	const goroutines, rounds = 64, 4
	var leaked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text := fmt.Sprint(r.Header, r.URL); strings.Contains(text, "hunter2") || r.Header.Get("Authorization")+r.Header.Get("X-Key") != "" {
			leaked.Add(1)
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s other", r.URL.Query().Get("id"), body)
	}))
	defer other.Close()
	handler := newBusyHandler(other.URL)
	server := httptest.NewServer(handler)
	defer server.Close()
	mounted := new(transport.Transport)

	var told, moved atomic.Int64
	s := &Session{
		Transport: new(transport.Transport),
		Jar:       cookiejar.New(),
		Mounts: map[string]http.RoundTripper{
			server.URL + "/mounted": Mount{Transport: mounted, Options: Defaults{Header{"X-Mounted": "yes"}, Retry{Max: 5, Backoff: noWait, NoBudget: true}}},
		},
		Middleware: []Middleware{func(next http.RoundTripper) http.RoundTripper {
			return RoundTripFunc(func(req *http.Request) (*http.Response, error) { return next.RoundTrip(req) })
		}},
		Tracer: tracerFunc(func(ev trace.Event) {
			told.Add(1)
			switch e := ev.(type) {
			case trace.Data:
				return // bodies are as they are
			case trace.RequestHead:
				e.Fields = trace.Redact(e.Fields)
				ev = e
			case trace.ResponseHead:
				e.Fields = trace.Redact(e.Fields)
				ev = e
			}
			if strings.Contains(fmt.Sprintf("%+v", ev), "hunter2") {
				leaked.Add(1)
			}
		}),
		Defaults: Defaults{
			Auth(auth.Digest("u", "hunter2")),
			Header{"X-Key": Secret("hunter2").For(server.URL), "Accept-Language": "de"},
			Params{"key": Secret("hunter2+/").For(server.URL)},
			KeepHeaders{"X-Keep"},
			Retry{Max: 5, Backoff: noWait, NoBudget: true},
			Progress(func(Transfer) { moved.Add(1) }),
			Timeout(5 * time.Minute),
			Pairs{{"pair", "1"}},
		},
	}
	defer s.Close()
	shared, err := s.Prepare(t.Context(), "PUT", server.URL+"/flaky?id=shared", Bytes([]byte("shared"), "text/plain"))
	if err != nil {
		t.Fatal(err)
	}
	options := Defaults{Header{"X-Keep": "1", "x-mine": "2"}, AddHeader("x-mine", "3"), KeepHeaders{"X-Other"}, Pairs{{"more", "2"}}, OnRequest(func(r *http.Request) error { r.Header.Set("X-Hook", "1"); return nil })}
	client := s.HTTPClient()
	with := s.With(Header{"X-With": "1"}, KeepHeaders{"X-With"})

	get := func(path, id string) string { return server.URL + path + "?id=" + id }
	ways := []func(ctx context.Context, id string) (string, error){
		func(ctx context.Context, id string) (string, error) { return answerOf(s.Get(ctx, get("/plain", id))) },
		func(ctx context.Context, id string) (string, error) {
			return answerOf(s.Put(ctx, get("/flaky", id), Bytes([]byte(id), ""), options))
		},
		func(ctx context.Context, id string) (string, error) {
			return answerOf(s.Get(ctx, get("/near", id), options))
		},
		func(ctx context.Context, id string) (string, error) {
			return answerOf(s.Put(ctx, get("/far", id), Bytes([]byte(id), ""), options, CompressBody))
		},
		func(ctx context.Context, id string) (string, error) { return answerOf(s.Get(ctx, get("/mounted", id))) },
		func(ctx context.Context, id string) (string, error) {
			return answerOf(with.Get(ctx, get("/plain", id)))
		},
		func(ctx context.Context, id string) (string, error) {
			return answerOf(s.With(Cookies{"c": id}, options).Get(ctx, get("/cookies", id)))
		},
		func(ctx context.Context, id string) (string, error) {
			st, err := s.Stream(ctx, "GET", get("/large", id))
			if err != nil {
				return "", err
			}
			defer st.Close()
			var b bytes.Buffer
			for p, err := range st.Chunks(1000) {
				if err != nil {
					return "", err
				}
				b.Write(p)
			}
			return strings.TrimRight(b.String(), "."), nil
		},
		func(ctx context.Context, id string) (string, error) {
			st, err := s.Stream(ctx, "GET", get("/large", id)) // and lets go of it
			if err != nil {
				return "", err
			}
			return id + "  large", st.Close()
		},
		func(ctx context.Context, id string) (string, error) {
			req, err := http.NewRequestWithContext(ctx, "PUT", get("/flaky", id), strings.NewReader(id))
			if err != nil {
				return "", err
			}
			res, err := client.Do(req)
			if err != nil {
				return "", err
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if res.StatusCode != 200 {
				err = fmt.Errorf("%s, asked %d times: %v", res.Status, len(callOf(res.Request).attempts()), res.Header)
			}
			return string(text), err
		},
		func(_ context.Context, id string) (string, error) {
			text, err := answerOf(s.Send(shared))
			return strings.ReplaceAll(text, "shared", id), err
		},
		func(ctx context.Context, id string) (string, error) {
			soon, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := s.Get(soon, get("/plain", id)); !errors.Is(err, ErrCanceled) {
				return "", fmt.Errorf("cancelled: %w", err)
			}
			return id + "  plain", nil
		},
	}
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range rounds {
				n := (g + i) % len(ways)
				id := fmt.Sprintf("%d-%d", g, i)
				text, err := ways[n](t.Context(), id)
				if err != nil || !strings.HasPrefix(text, id+" ") {
					t.Errorf("way %d, %s: %q, %v", n, id, text, err)
				}
			}
		})
	}
	wg.Wait()
	if n := leaked.Load(); n != 0 {
		t.Errorf("%d times something was told to whom it is not for", n)
	}
	if told.Load() == 0 || moved.Load() == 0 || handler.challenges.Load() == 0 || handler.mounted.Load() == 0 {
		t.Error("not all was used")
	}
}

func answerOf(res *Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if res.StatusCode != 200 {
		return "", fmt.Errorf("%v after %d attempts", res, len(res.Attempts))
	}
	return res.Text(), nil
}

// A busyHandler asks for Digest, fails now and then, and leads on.
type busyHandler struct {
	other               string
	n                   atomic.Int64
	challenges, mounted atomic.Int64
}

func newBusyHandler(other string) *busyHandler { return &busyHandler{other: other} }

func (h *busyHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := h.n.Add(1)
	id := r.URL.Query().Get("id")
	body, _ := io.ReadAll(r.Body)
	var nonce int64
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), `nonce="`)
	_, _ = fmt.Sscan(strings.SplitN(after, `"`, 2)[0], &nonce)
	if nonce == 0 || n-nonce > 200 { // it grows stale
		h.challenges.Add(1)
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="r", nonce="%d", qop="auth", algorithm=SHA-256, stale=%v`, n, nonce != 0))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if key := r.URL.Query().Get("key"); r.Header.Get("X-Key") != "hunter2" || key != "hunter2+/" && key != "" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "n", Value: fmt.Sprint(n)})
	switch r.URL.Path {
	case "/flaky":
		if n%4 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	case "/near":
		http.Redirect(w, r, "/plain?"+r.URL.RawQuery, http.StatusFound)
		return
	case "/far":
		http.Redirect(w, r, h.other+"/?id="+url.QueryEscape(id), http.StatusTemporaryRedirect)
		return
	case "/mounted":
		if r.Header.Get("X-Mounted") == "yes" {
			h.mounted.Add(1)
		}
	case "/large":
		fmt.Fprintf(w, "%s  large%s", id, strings.Repeat(".", 100_000))
		return
	}
	fmt.Fprintf(w, "%s %s %s", id, body, strings.TrimPrefix(r.URL.Path, "/"))
}

// What belongs to a proxy is not sent to a server (CVE-2014-1830).
func TestProxyAuthorizationStays(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Header.Get("Proxy-Authorization"))
	}))
	defer server.Close()
	s := &Session{Transport: new(transport.Transport)}
	defer s.Close()
	res, err := s.Get(t.Context(), server.URL, Header{"Proxy-Authorization": "hunter2"}, Auth(auth.Proxy(auth.Basic("u", "hunter2"))))
	if err != nil || res.Text() != "" {
		t.Errorf("%v: %s", err, res.Text())
	}
}
