package transport

// What is used again, memory and connections, must not be seen from the exchange before.

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/trace"
)

// A response that is kept says the same after many others as it said at first.
func TestResponsesAreKept(t *testing.T) {
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := fmt.Sprint(n.Add(1))
		w.Header().Set("X-Number", number)
		w.Header().Set("Trailer", "X-Trailer")
		io.WriteString(w, number)
		w.Header().Set("X-Trailer", number)
	}))
	t.Cleanup(srv.Close)
	tr := examined(t, &Transport{})
	var all []*http.Response
	for i := range 200 {
		res, err := tr.RoundTrip(request(t, "GET", srv.URL, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); got != fmt.Sprint(i+1) {
			t.Fatalf("body %q of response %d", got, i+1)
		}
		all = append(all, res)
	}
	for i, res := range all {
		want := fmt.Sprint(i + 1)
		if res.Header.Get("X-Number") != want || res.Trailer.Get("X-Trailer") != want || res.StatusCode != 200 {
			t.Fatalf("response %s: %v, trailer %v", want, res.Header, res.Trailer)
		}
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}

// Whoever reads and closes a body that is over takes nothing from the exchanges that follow
// on the same connection.
func TestOldBodiesDisturbNobody(t *testing.T) {
	addr := serve(t, always(ok2))
	tr := examined(t, &Transport{})
	var old atomic.Pointer[[]io.ReadCloser]
	old.Store(new([]io.ReadCloser))
	stop := make(chan bool)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, b := range *old.Load() {
					b.Close()
					if n, err := b.Read(make([]byte, 10)); n > 0 || err == nil {
						t.Errorf("read %d bytes of a body that is over: %v", n, err)
						return
					}
				}
			}
		})
	}
	for range 500 {
		res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); got != "ok" {
			t.Errorf("got %q", got)
		}
		bodies := slices.Clone(*old.Load())
		bodies = append(bodies[max(0, len(bodies)-10):], res.Body)
		old.Store(&bodies)
	}
	close(stop)
	all.Wait()
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
}

// A request without a body can be sent by many at once.
func TestSharedRequest(t *testing.T) {
	addr := serve(t, always(ok2))
	tr := examined(t, &Transport{})
	req := request(t, "GET", "http://"+addr, nil)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				if got := do(t, tr, req); got != "ok" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	all.Wait()
}

// A context that ends together with the exchange: either the body is whole, or there is an
// error, and the next exchange knows of neither.
func TestCancelAtTheEnd(t *testing.T) {
	addr := serve(t, always(ok2))
	tr := examined(t, &Transport{MaxConnsPerHost: 2})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				ctx, cancel := context.WithCancel(t.Context())
				res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil).WithContext(ctx))
				if err != nil {
					t.Errorf("before anything was cancelled: %v", err)
					cancel()
					return
				}
				all.Go(cancel)
				b, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err == nil && string(b) != "ok" {
					t.Errorf("got %q", b)
				}
			}
		})
	}
	all.Wait()
}

// Limits that run out while grants are given: nothing is lost on either side.
func TestWaitersExpire(t *testing.T) {
	addr := serve(t, func(_ int, c net.Conn) {
		r := newReader(c)
		for {
			if _, err := readRequest(r); err != nil {
				return
			}
			<-time.After(500 * time.Microsecond)
			if _, err := io.WriteString(c, ok2); err != nil {
				return
			}
		}
	})
	tr := examined(t, &Transport{MaxConnsPerHost: 2, Limits: trace.Limits{Blocked: 5 * time.Millisecond}})
	var served, not atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 20 {
				res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil))
				if err != nil {
					if e, ok := err.(*Error); !ok || e.Phase != trace.Blocked || !e.Timeout() {
						t.Errorf("%v", err)
					}
					not.Add(1)
					continue
				}
				if got := body(t, res); got != "ok" {
					t.Errorf("got %q", got)
				}
				served.Add(1)
			}
		})
	}
	all.Wait()
	if served.Load() == 0 || not.Load() == 0 {
		t.Errorf("%d served, %d not: this tests little", served.Load(), not.Load())
	}
	if s := tr.Stats(); s.InFlight != 0 || s.Waiting != 0 || s.Open > 2 {
		t.Errorf("%+v", s)
	}
	get(t, tr, "http://"+addr)
}
