package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

// hang answers when the context ends, as a transport does.
func hang(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, &trace.Error{Phase: trace.Wait, Addr: req.URL.Host, Sent: true, Err: req.Context().Err()}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{Transport: RoundTripFunc(hang)}
		start := time.Now()
		_, err := s.Get(t.Context(), "http://h/", Timeout(3*time.Second))
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
		for _, want := range []error{ErrTimeout, ErrReceive, context.DeadlineExceeded} {
			if !errors.Is(err, want) {
				t.Errorf("%v is not %v", err, want)
			}
		}
		if errors.Is(err, ErrCanceled) || errors.Is(err, ErrConnect) {
			t.Errorf("%v is of a wrong kind", err)
		}
		if want := "GET http://h/: waiting for the response of h: timed out after 3s (set by Timeout)"; err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// The caller's own deadline is ErrTimeout too, but does not name the option.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{Transport: RoundTripFunc(hang)}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Get(ctx, "http://h/", Timeout(time.Hour))
		if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "Timeout") {
			t.Error(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = s.Get(ctx, "http://h/")
		if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
	})
}

// The Timeout covers all hops and the body, also of a stream.
func TestTimeoutCoversAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			time.Sleep(400 * time.Millisecond) // on the bubble's clock
			if req.URL.Path != "/xx" {
				return &http.Response{StatusCode: 302, Header: http.Header{"Location": {req.URL.Path + "x"}}, Body: http.NoBody}, nil
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1, Body: silent{req.Context()}}, nil
		})}
		start := time.Now()
		_, err := s.Get(t.Context(), "http://h/", Timeout(2*time.Second))
		if !errors.Is(err, ErrTimeout) || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		st, err := s.Stream(t.Context(), "GET", "http://h/", Timeout(2*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(st.Body)
		if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, ErrTimeout) || e.URL != "http://h/xx" {
			t.Error(err)
		}
		st.Close()
	})
}

// silent is a body that waits for the end of the context.
type silent struct{ ctx context.Context }

func (s silent) Read([]byte) (int, error) { <-s.ctx.Done(); return 0, s.ctx.Err() }
func (silent) Close() error               { return nil }

// Streaming tells the transport while nobody waits for the end.
func TestStreamingOverride(t *testing.T) {
	s, w := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if streaming := transport.OverridesFrom(r.Context()).Streaming; streaming == nil || streaming.Load() {
			panic("it streams before the head is in")
		}
		fmt.Fprint(w, "x")
	})
	st, err := s.Stream(t.Context(), "GET", "http://h/")
	if err != nil {
		t.Fatal(err)
	}
	streaming := transport.OverridesFrom(w.last().Context()).Streaming
	if !streaming.Load() {
		t.Error("it does not stream")
	}
	if _, err := st.Finish(); err != nil || streaming.Load() {
		t.Errorf("after Finish: %v, streaming %v", err, streaming.Load())
	}
}

func TestBrokenTransport(t *testing.T) {
	down := errors.New("down")
	body := &countedBody{Reader: strings.NewReader("")}
	for name, rt := range map[string]RoundTripFunc{
		"neither":     func(*http.Request) (*http.Response, error) { return nil, nil },
		"both":        func(*http.Request) (*http.Response, error) { return &http.Response{Body: body}, down },
		"error":       func(*http.Request) (*http.Response, error) { return nil, down },
		"http.Client": func(*http.Request) (*http.Response, error) { return new(http.Client).Get("ftp://x/") },
	} {
		s := &Session{Transport: rt}
		_, err := s.Get(t.Context(), "http://h/")
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Method != "GET" || e.URL != "http://h/" || strings.Contains(e.Error(), "Get ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !body.closed {
		t.Error("the body beside the error was not closed")
	}
	s := &Session{Transport: RoundTripFunc(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil })}
	if res, err := s.Get(t.Context(), "http://h/"); err != nil || res.Content != nil || res.Request == nil {
		t.Errorf("bare response: %v, %v", res, err)
	}
}

func TestEvents(t *testing.T) {
	s, _ := newWorld(redirecting(307, map[string]string{"http://a.example/x": "http://u:s3cret@b.example/y"}))
	told := new(log)
	s.Tracer = told
	if _, err := s.Post(t.Context(), "http://a.example/x?secret=1", JSON(1), Header{"X-Key": "s3cret"}); err != nil {
		t.Fatal(err)
	}
	start, done := all[trace.CallStart](told), all[trace.CallDone](told)
	if len(start) != 1 || len(done) != 1 || start[0].Call == 0 || start[0].Call != done[0].Call {
		t.Fatalf("%s", told.text())
	}
	if got, want := start[0], (trace.CallStart{Call: start[0].Call, Method: "POST", Origin: "http://a.example:80", Path: "/x"}); got != want {
		t.Errorf("%+v", got)
	}
	want := trace.CallDone{Call: start[0].Call, Method: "POST", Origin: "http://b.example:80", Path: "/y", Status: 200, Bytes: 4, Attempts: 2, Hops: 1}
	if done[0] != want {
		t.Errorf("%+v", done[0])
	}
	if strings.Contains(told.text(), "s3cret") {
		t.Error(told.text())
	}

	told.events = nil
	if _, err := s.Get(t.Context(), "http://u:s3cret@h/"); err != nil {
		t.Fatal(err)
	}
	chosen := trace.Choice{Call: all[trace.CallStart](told)[0].Call, What: "credential", Value: "Basic", Rule: "user info of the URL"}
	if got := all[trace.Choice](told); len(got) != 1 || got[0] != chosen || strings.Contains(told.text(), "s3cret") {
		t.Errorf("%+v", got)
	}

	s.Transport = RoundTripFunc(func(*http.Request) (*http.Response, error) {
		return nil, &trace.Error{Phase: trace.DNS, Addr: "h", Err: errors.New("no such host")}
	})
	s = s.With()
	told.events = nil
	_, err := s.Get(t.Context(), "http://h/")
	if done := all[trace.CallDone](told); len(done) != 1 || done[0].Kind != string(ErrResolve) || done[0].Err != err || done[0].Status != 0 {
		t.Errorf("%+v, %v", done, err)
	}
}

// Each origin that is not verified is warned about, once.
func TestInsecureWarning(t *testing.T) {
	s, _ := newWorld(ok)
	told := new(log)
	s.Tracer = told
	for _, url := range []string{"https://a/", "https://a/x", "https://b/", "https://a:443/"} {
		if _, err := s.Get(t.Context(), url, Insecure); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(all[trace.Warning](told)); strings.Count(got, "https://") != 2 || !strings.Contains(got, "https://a:443") || !strings.Contains(got, "https://b:443") {
		t.Error(got)
	}
}

// CA reads its file once for each option value, and takes an earlier Insecure back.
func TestCA(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "verified") }))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "ca.pem")
	writeCA(t, path, server)
	s := NewSession(CA(path))
	told := new(log)
	s.Tracer = told
	s.Transport = new(transport.Transport)
	defer s.Close()
	res, err := s.Get(t.Context(), server.URL)
	if err != nil || res.Text() != "verified" {
		t.Fatal(err)
	}
	if got := all[trace.Choice](told); len(got) == 0 || got[0].What != "ca" || got[0].Value != path {
		t.Errorf("%+v", got)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), server.URL); err != nil {
		t.Errorf("the second time: %v", err)
	}
	var r Request
	r.init("GET", "")
	if err := r.apply(Defaults{Insecure, s.Defaults[0]}); err != nil || r.Insecure || r.CA == nil {
		t.Errorf("%v, %+v", err, r)
	}
}

// 64 goroutines on one session: what one sends and gets is its own.
func TestConcurrentCalls(t *testing.T) {
	s, _ := newWorld(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/here?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s", r.URL.Query().Get("n"), r.Header.Get("N"), body)
	})
	s.Defaults = Defaults{BaseURL("http://h/"), Header{"A": "b"}, Params{"x": 1}}
	s.Tracer = new(log)
	req, err := s.Prepare(t.Context(), "POST", "/moved?n=p", JSON("p"), Header{"N": "p"})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() {
			for range 5 {
				res, err := s.Post(t.Context(), "/moved", Params{"n": n}, Header{"N": n}, JSON(n))
				if want := fmt.Sprintf("%d %d %d", n, n, n); err != nil || res.Text() != want {
					t.Errorf("got %v, %v; want %s", res, err, want)
				}
				if res, err := s.Send(req); err != nil || res.Text() != `p p "p"` {
					t.Errorf("prepared: %v, %v", res, err)
				}
			}
		})
	}
	wg.Wait()
}
