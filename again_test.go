package godwit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

// An outcome is what a flaky transport makes of a request: an error, or a status.
type outcome struct {
	err    error
	status int
	header http.Header
	takes  time.Duration // until then
}

// A flaky transport has an outcome for each request, and the last one for all further ones.
type flaky struct {
	outcomes []outcome

	mu    sync.Mutex // guards the following
	at    []time.Time
	bodys []string
}

func (f *flaky) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, _ := io.ReadAll(req.Body)
		req.Body.Close()
		body = string(b)
	}
	f.mu.Lock()
	n := len(f.at)
	f.at, f.bodys = append(f.at, time.Now()), append(f.bodys, body)
	f.mu.Unlock()
	o := f.outcomes[min(n, len(f.outcomes)-1)]
	if o.takes > 0 {
		select {
		case <-time.After(o.takes):
		case <-req.Context().Done():
			return nil, &trace.Error{Phase: trace.Wait, Sent: true, Err: req.Context().Err()}
		}
	}
	if o.err != nil {
		return nil, o.err
	}
	h := o.header
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: o.status, Header: h, Body: io.NopCloser(strings.NewReader(fmt.Sprint(o.status))), ContentLength: 3, Request: req}, nil
}

func (f *flaky) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.at)
}

var (
	refused = outcome{err: &trace.Error{Phase: trace.Connect, Addr: "h:80", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}}
	cut     = outcome{err: &trace.Error{Phase: trace.Wait, Addr: "h:80", Sent: true, Err: io.ErrUnexpectedEOF}}
	busy    = outcome{status: 503}
	fine    = outcome{status: 200}
)

func asksFor(seconds string) outcome {
	return outcome{status: 503, header: http.Header{"Retry-After": {seconds}}}
}

// What is sent, how often, and how it ends.
func TestTryAgain(t *testing.T) {
	key := Header{"Idempotency-Key": "k"}
	for _, c := range []struct {
		name     string
		method   string
		opts     []Option
		outcomes []outcome
		sent     int
		status   int
		kinds    []Kind
		state    SentState
	}{
		{"no policy", "GET", nil, []outcome{cut, fine}, 1, 0, []Kind{ErrReceive}, MaybeProcessed},
		{"a status without policy", "GET", nil, []outcome{busy, fine}, 1, 503, nil, 0},
		{"refused, then fine", "GET", []Option{Retry{Max: 3}}, []outcome{refused, fine}, 2, 200, nil, 0},
		{"cut, then fine", "GET", []Option{Retry{Max: 3}}, []outcome{cut, cut, fine}, 3, 200, nil, 0},
		{"busy, then fine", "GET", []Option{Retry{Max: 3}}, []outcome{busy, busy, busy, fine}, 4, 200, nil, 0},
		{"busy for ever", "GET", []Option{Retry{Max: 3}}, []outcome{busy}, 4, 503, nil, 0},
		{"cut for ever", "GET", []Option{Retry{Max: 2}}, []outcome{cut}, 3, 0, []Kind{ErrReceive, ErrRetry}, MaybeProcessed},
		{"refused for ever", "GET", []Option{Retry{Max: 2}}, []outcome{refused}, 3, 0, []Kind{ErrConnect, ErrRetry}, Unsent},
		{"cut, then refused", "GET", []Option{Retry{Max: 1}}, []outcome{cut, refused}, 2, 0, []Kind{ErrConnect, ErrRetry}, MaybeProcessed},
		{"POST refused", "POST", []Option{Retry{Max: 2}, JSON(1)}, []outcome{refused, fine}, 2, 200, nil, 0},
		{"POST cut", "POST", []Option{Retry{Max: 2}, JSON(1)}, []outcome{cut, fine}, 1, 0, []Kind{ErrReceive}, MaybeProcessed},
		{"POST busy", "POST", []Option{Retry{Max: 2}, JSON(1)}, []outcome{busy, fine}, 1, 503, nil, 0},
		{"POST cut, with a key", "POST", []Option{Retry{Max: 2}, JSON(1), key}, []outcome{cut, fine}, 2, 200, nil, 0},
		{"POST cut, allowed", "POST", []Option{Retry{Max: 2, Methods: []string{"POST"}}, JSON(1)}, []outcome{cut, fine}, 2, 200, nil, 0},
		{"PUT cut", "PUT", []Option{Retry{Max: 2}, Bytes([]byte("body"), "")}, []outcome{cut, fine}, 2, 200, nil, 0},
		{"only connect", "GET", []Option{Retry{Max: 5, Read: -1}}, []outcome{refused, cut, fine}, 2, 0, []Kind{ErrReceive}, MaybeProcessed},
		{"status once", "GET", []Option{Retry{Max: 5, Status: 1}}, []outcome{busy, busy, fine}, 2, 503, nil, 0},
		{"connect twice", "GET", []Option{Retry{Max: 5, Connect: 2}}, []outcome{refused, refused, busy, refused, fine}, 4, 0, []Kind{ErrConnect}, MaybeProcessed},
		{"asked for too long", "GET", []Option{Retry{Max: 5}}, []outcome{asksFor("61"), fine}, 1, 503, nil, 0},
		{"asked for longer than the deadline", "GET", []Option{Retry{Max: 5}, Timeout(20 * time.Second)}, []outcome{asksFor("30"), fine}, 1, 503, nil, 0},
		{"asked for longer than MaxTime", "GET", []Option{Retry{Max: 5, MaxTime: 20 * time.Second}}, []outcome{asksFor("9"), asksFor("9"), asksFor("9"), fine}, 3, 503, nil, 0},
		{"asked for no longer than MaxTime", "GET", []Option{Retry{Max: 5, MaxTime: 20 * time.Second}}, []outcome{asksFor("9"), asksFor("10"), fine}, 3, 200, nil, 0},
		{"asked, and not heeded", "GET", []Option{Retry{Max: 5, MaxRetryAfter: -1}}, []outcome{asksFor("6000"), fine}, 2, 200, nil, 0},
		{"taken back", "GET", []Option{Retry{Max: 5}, Retry{}}, []outcome{busy, fine}, 1, 503, nil, 0},
		{"raised at the end", "GET", []Option{Retry{Max: 1}, RaiseForStatus}, []outcome{busy}, 2, 0, []Kind{ErrStatus}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &flaky{outcomes: c.outcomes}
				s := &Session{Transport: f}
				res, err := s.Do(t.Context(), c.method, "http://h/", c.opts...)
				if n := f.count(); n != c.sent {
					t.Errorf("sent %d times, want %d (%v)", n, c.sent, err)
				}
				if c.kinds == nil {
					if err != nil || res.StatusCode != c.status || len(res.Attempts) != c.sent {
						t.Fatalf("%v, %v", res, err)
					}
					for i, a := range res.Attempts {
						if a.N != i+1 || (a.Status == 0) == (a.Err == nil) {
							t.Errorf("attempt %d: %+v", i, a)
						}
					}
					return
				}
				for _, k := range c.kinds {
					if !errors.Is(err, k) {
						t.Errorf("%v is no %v", err, k)
					}
				}
				if e, ok := errors.AsType[*Error](err); ok && (e.Sent != c.state || len(e.Attempts) != c.sent) {
					t.Errorf("%v: %v, %d attempts", err, e.Sent, len(e.Attempts))
				}
				for _, b := range f.bodys {
					if b != f.bodys[0] {
						t.Errorf("bodies %q", f.bodys)
					}
				}
			})
		})
	}
}

// Retry-After is waited for, to the second, in both of its forms.
func TestRetryAfterIsWaitedFor(t *testing.T) {
	for _, form := range []func(time.Time) string{
		func(time.Time) string { return "7" },
		func(now time.Time) string { return now.Add(7 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &flaky{outcomes: []outcome{asksFor(form(time.Now())), fine}}
			start := time.Now()
			res, err := (&Session{Transport: f}).Get(t.Context(), "http://h/", Retry{Max: 1})
			if err != nil || time.Since(start) != 7*time.Second || res.Attempts[1].Waited != 7*time.Second {
				t.Errorf("%v after %v: %+v", err, time.Since(start), res.Attempts)
			}
		})
	}
}

// No wait begins that the deadline does not leave time for, and the error says so.
func TestNoWaitBeyondTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{outcomes: []outcome{cut}}
		start := time.Now()
		_, err := (&Session{Transport: f}).Get(t.Context(), "http://h/", Timeout(10*time.Second),
			Retry{Max: 5, Backoff: func(int) time.Duration { return 4 * time.Second }})
		if took := time.Since(start); took != 8*time.Second || f.count() != 3 {
			t.Errorf("%d attempts in %v", f.count(), took)
		}
		const want = "GET http://h/: gave up after 3 attempts (the next attempt would begin in 4s, and 2s are left): waiting for the response of h:80: unexpected EOF"
		if err.Error() != want || !errors.Is(err, ErrRetry) || errors.Is(err, ErrTimeout) {
			t.Errorf("%v", err)
		}
	})
}

// A context that ends in the time between two attempts ends the wait at once.
func TestCanceledBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		f := &flaky{outcomes: []outcome{asksFor("30")}}
		start := time.Now()
		_, err := (&Session{Transport: f}).Get(ctx, "http://h/", Retry{Max: 5})
		if !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) || time.Since(start) != time.Second || f.count() != 1 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// One attempt is bounded beside the whole call, and is no cancelled one.
func TestAttemptLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := outcome{status: 200, takes: time.Minute}
		f := &flaky{outcomes: []outcome{slow, slow, fine}}
		start := time.Now()
		opts := []Option{Retry{Max: 5, Attempt: 2 * time.Second, Backoff: func(int) time.Duration { return time.Second }}, Timeout(time.Hour)}
		res, err := (&Session{Transport: f}).Get(t.Context(), "http://h/", opts...)
		if err != nil || res.Text() != "200" || time.Since(start) != 6*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		f = &flaky{outcomes: []outcome{slow}}
		_, err = (&Session{Transport: f}).Get(t.Context(), "http://h/", opts...)
		if !errors.Is(err, ErrTimeout) || errors.Is(err, ErrCanceled) || !errors.Is(err, ErrRetry) || f.count() != 6 {
			t.Errorf("%v after %d", err, f.count())
		}
		if !strings.Contains(err.Error(), "timed out after 2s (set by Retry.Attempt)") {
			t.Error(err)
		}
	})
}

// The time of an attempt does not reach into the body, which may take as long as it takes.
func TestAttemptLimitEndsWithTheHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			r, w := io.Pipe()
			go func() { // ends with the write, which ends with the reader
				time.Sleep(time.Minute)
				w.Write([]byte("late"))
				w.CloseWithError(req.Context().Err())
			}()
			return &http.Response{StatusCode: 200, Body: r, ContentLength: -1, Request: req}, nil
		})}
		res, err := s.Get(t.Context(), "http://h/", Retry{Max: 1, Attempt: time.Second})
		if err != nil || res.Text() != "late" {
			t.Errorf("%v", err)
		}
	})
}

// Max counts over all hops: what a redirect leads to has what is left.
func TestRetriesOfAllHops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := outcome{status: 302, header: http.Header{"Location": {"/next"}}}
		f := &flaky{outcomes: []outcome{busy, away, busy, busy, fine}}
		res, err := (&Session{Transport: f}).Get(t.Context(), "http://h/", Retry{Max: 2})
		if err != nil || res.StatusCode != 503 || f.count() != 4 {
			t.Errorf("%v, %v after %d", res, err, f.count())
		}
		var got []string
		for _, a := range res.Attempts {
			got = append(got, fmt.Sprintf("%d.%d:%d", a.Hop, a.N, a.Status))
		}
		if s := strings.Join(got, " "); s != "0.1:503 0.2:302 1.1:503 1.2:503" {
			t.Error(s)
		}
	})
}

// A server in trouble is not buried: of many calls that all fail, about a fifth and the ten
// that a second brings are sent again.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{outcomes: []outcome{busy}}
		s := &Session{Transport: f}
		opts := []Option{Retry{Max: 3, Backoff: func(int) time.Duration { return 0 }}}
		const calls = 500
		for range calls {
			if _, err := s.Get(t.Context(), "http://h/", opts...); err != nil {
				t.Fatal(err)
			}
		}
		if extra := f.count() - calls; extra < 100 || extra > 111 {
			t.Errorf("%d requests more", extra)
		}
		shares := s.With(Header{"A": 1}) // the same server, so the same budget
		before := f.count()
		if _, err := shares.Get(t.Context(), "http://h/", opts...); err != nil || f.count()-before > 2 {
			t.Errorf("%v: %d", err, f.count()-before)
		}
		before = f.count()
		if _, err := s.Get(t.Context(), "http://h/", Retry{Max: 3, NoBudget: true, Wait: time.Microsecond}); err != nil || f.count()-before != 4 {
			t.Errorf("%v: %d", err, f.count()-before)
		}
	})
}

// The tracer is told of each attempt that failed, and why there is no other.
func TestRetryIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events log
		s := &Session{Transport: &flaky{outcomes: []outcome{cut, busy, busy}}, Tracer: &events}
		if _, err := s.Get(t.Context(), "http://h/", Retry{Max: 2}); err != nil {
			t.Fatal(err)
		}
		told := all[trace.Attempt](&events)
		if len(told) != 2 || told[0].N != 1 || told[0].Err == nil || told[0].Kind != string(ErrProtocol) ||
			told[1].N != 2 || told[1].Err != nil || told[1].Kind != "status 503" || told[1].Call == 0 {
			t.Errorf("%+v", told)
		}
		why := all[trace.Choice](&events)
		if len(why) != 1 || why[0].What != "retry" || why[0].Rule != "that is as often as Retry allows" {
			t.Errorf("%+v", why)
		}
		if done := all[trace.CallDone](&events); len(done) != 1 || done[0].Attempts != 3 {
			t.Errorf("%+v", done)
		}
	})
}

// What is not returned is closed, and not read without bound.
func TestRetriedBodiesAreLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bodies []*countedBody
		s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
			b := &countedBody{Reader: zeros(1 << 30)}
			bodies = append(bodies, b)
			return &http.Response{StatusCode: 503, Body: b, ContentLength: -1, Request: req}, nil
		})}
		st, err := s.Stream(t.Context(), "GET", "http://h/", Retry{Max: 3})
		if err != nil || len(bodies) != 4 {
			t.Fatal(err, len(bodies))
		}
		for i, b := range bodies[:3] {
			if !b.closed || b.n > maxHopBody {
				t.Errorf("body %d: closed %v, %d bytes read", i, b.closed, b.n)
			}
		}
		if bodies[3].closed {
			t.Error("the last one is closed")
		}
		st.Close()
	})
}

// 64 goroutines, one session: each call has its own attempts and its own body, whatever fails
// (CVE-2023-45286).
func TestRetriesAtOnce(t *testing.T) {
	var n atomic.Int64
	s := &Session{Transport: RoundTripFunc(func(req *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(req.Body)
		req.Body.Close()
		if string(body) != req.URL.Path {
			t.Errorf("%s has got %q", req.URL.Path, body)
		}
		switch n.Add(1) % 3 {
		case 0:
			return nil, cut.err
		case 1:
			return &http.Response{StatusCode: 503, Request: req}, nil
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: -1, Request: req}, nil
	})}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 20 {
				path := fmt.Sprintf("/%d/%d", i, j)
				res, err := s.Put(t.Context(), "http://h"+path, Bytes([]byte(path), ""),
					Retry{Max: 50, NoBudget: true, Backoff: func(int) time.Duration { return 0 }})
				if err != nil || res.StatusCode != 200 || res.Text() != path {
					t.Errorf("%s: %v, %v", path, res, err)
				}
			}
		})
	}
	wg.Wait()
}
