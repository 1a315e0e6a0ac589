package transport

// The pool's bounds and its queue, in virtual time and over pipes.

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

// piped runs a test in virtual time, with a Transport over pipes to servers that answer all.
func piped(t *testing.T, tr *Transport, test func(t *testing.T, p *piper)) {
	synctest.Test(t, func(t *testing.T) {
		p := &piper{handle: always(ok2)}
		tr.Dial = p.Dial
		test(t, p)
		tr.Close()
		checkEmpty(t, tr)
	})
}

func checkStats(t *testing.T, tr *Transport, want Stats) {
	t.Helper()
	if got := tr.Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// hold sends a request and leaves the response's body unread, so that its connection is in
// use until the body is.
func hold(t *testing.T, tr *Transport, url string) *http.Response {
	t.Helper()
	res, err := tr.RoundTrip(request(t, "GET", url, nil))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestReuse(t *testing.T) {
	tr := &Transport{}
	piped(t, tr, func(t *testing.T, p *piper) {
		for range 5 {
			get(t, tr, "http://a/")
		}
		get(t, tr, "http://b/")
		checkStats(t, tr, Stats{Open: 2, Idle: 2})
		if !slices.Equal(p.addrs, []string{"a:80", "b:80"}) {
			t.Errorf("dialled %v", p.addrs)
		}
	})
}

func TestLastUsedIsTakenFirst(t *testing.T) {
	tr := &Transport{}
	piped(t, tr, func(t *testing.T, p *piper) {
		var held [3]*http.Response
		for i := range held {
			held[i] = hold(t, tr, "http://a/")
		}
		for _, i := range []int{1, 0, 2} {
			body(t, held[i])
		}
		h := tr.pool.hosts[key{scheme: "http", host: "a", port: "80"}]
		second, last := h.idle.first.byHost.next, h.idle.first
		res := hold(t, tr, "http://a/")
		if h.idle.first != second {
			t.Error("not the one used last was taken")
		}
		body(t, res)
		if h.idle.first != last {
			t.Error("not put back as the one used last")
		}
	})
}

func TestMaxIdleConnsPerHost(t *testing.T) {
	for _, tt := range []struct{ bound, want int }{{2, 2}, {-1, 0}, {0, 5}} {
		tr := &Transport{MaxIdleConnsPerHost: tt.bound}
		piped(t, tr, func(t *testing.T, p *piper) {
			var held []*http.Response
			for range 5 {
				held = append(held, hold(t, tr, "http://a/"))
			}
			checkStats(t, tr, Stats{Open: 5, InFlight: 5})
			for _, res := range held {
				body(t, res)
			}
			checkStats(t, tr, Stats{Open: tt.want, Idle: tt.want})
			synctest.Wait()
			if got := int(p.closed.Load()); got != 5-tt.want {
				t.Errorf("bound %d: %d connections closed", tt.bound, got)
			}
		})
	}
}

func TestMaxIdleConns(t *testing.T) {
	tr := &Transport{MaxIdleConns: 2}
	piped(t, tr, func(t *testing.T, p *piper) {
		for _, host := range []string{"a", "b", "a", "c"} {
			get(t, tr, "http://"+host+"/")
		}
		checkStats(t, tr, Stats{Open: 2, Idle: 2})
		get(t, tr, "http://a/")
		get(t, tr, "http://c/")
		get(t, tr, "http://b/")
		if want := []string{"a:80", "b:80", "c:80", "b:80"}; !slices.Equal(p.addrs, want) {
			t.Errorf("dialled %v, want %v", p.addrs, want)
		}
	})
}

func TestIdleTimeout(t *testing.T) {
	for _, tt := range []struct{ set, want time.Duration }{{0, 90 * time.Second}, {5 * time.Second, 5 * time.Second}} {
		tr := &Transport{IdleTimeout: tt.set}
		piped(t, tr, func(t *testing.T, p *piper) {
			get(t, tr, "http://a/")
			<-time.After(tt.want / 2)
			get(t, tr, "http://b/")
			get(t, tr, "http://a/") // anew from here
			<-time.After(tt.want - 1)
			checkStats(t, tr, Stats{Open: 2, Idle: 2})
			<-time.After(2)
			checkStats(t, tr, Stats{})
			synctest.Wait()
			if p.closed.Load() != 2 || p.dialled() != 2 {
				t.Errorf("%d dialled, %d closed", p.dialled(), p.closed.Load())
			}
			get(t, tr, "http://a/") // the sweeper works more than once
			<-time.After(tt.want)
			synctest.Wait()
			checkStats(t, tr, Stats{})
		})
	}
}

func TestIdleForEver(t *testing.T) {
	tr := &Transport{IdleTimeout: -1}
	piped(t, tr, func(t *testing.T, p *piper) {
		get(t, tr, "http://a/")
		<-time.After(1000 * time.Hour)
		get(t, tr, "http://a/")
		if p.dialled() != 1 {
			t.Errorf("%d dialled", p.dialled())
		}
	})
}

// A queue is requests that wait, in order.
type queue struct {
	tr   *Transport
	done chan string // who has been served
	errs chan error
}

// join starts a request and waits until it stands in the queue.
func (q *queue) join(t *testing.T, ctx context.Context, name, url string) {
	t.Helper()
	before := q.tr.Stats().Waiting
	req := request(t, "GET", url, nil).WithContext(ctx)
	go func() { // ends with the request
		res, err := q.tr.RoundTrip(req)
		if err != nil {
			q.errs <- err
			return
		}
		q.done <- name
		res.Body.Close()
	}()
	synctest.Wait()
	if got := q.tr.Stats().Waiting; got != before+1 {
		t.Fatalf("%s: %d waiting, want %d", name, got, before+1)
	}
}

func newQueue(tr *Transport) *queue {
	return &queue{tr, make(chan string, 100), make(chan error, 100)}
}

func TestQueueIsFair(t *testing.T) {
	tr := &Transport{MaxConnsPerHost: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		first, q := hold(t, tr, "http://a/"), newQueue(tr)
		names := []string{"0", "1", "2", "3", "4", "5", "6", "7"}
		for _, name := range names {
			q.join(t, t.Context(), name, "http://a/")
		}
		checkStats(t, tr, Stats{Open: 1, InFlight: 1, Waiting: 8})
		get(t, tr, "http://b/") // another host has nothing to do with it
		body(t, first)
		for _, want := range names {
			if got := <-q.done; got != want {
				t.Errorf("%s was served before %s", got, want)
			}
		}
		synctest.Wait()
		checkStats(t, tr, Stats{Open: 2, Idle: 2})
		if p.dialled() != 2 {
			t.Errorf("%d dialled", p.dialled())
		}
	})
}

// A connection that is not kept gives its place to the first in the queue.
func TestQueueAfterClose(t *testing.T) {
	tr := &Transport{MaxConnsPerHost: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		p.handle = func(_ int, c net.Conn) {
			if _, err := readRequest(newReader(c)); err == nil {
				c.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx"))
			}
		}
		first, q := hold(t, tr, "http://a/"), newQueue(tr)
		for _, name := range []string{"0", "1", "2"} {
			q.join(t, t.Context(), name, "http://a/")
		}
		first.Body.Close()
		for _, want := range []string{"0", "1", "2"} {
			if got := <-q.done; got != want {
				t.Errorf("%s was served before %s", got, want)
			}
		}
		synctest.Wait()
		checkStats(t, tr, Stats{})
	})
}

func TestWaiterLeaves(t *testing.T) {
	tr := &Transport{MaxConnsPerHost: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		first, q := hold(t, tr, "http://a/"), newQueue(tr)
		ctx, cancel := context.WithCancel(t.Context())
		q.join(t, t.Context(), "0", "http://a/")
		q.join(t, ctx, "1", "http://a/")
		q.join(t, t.Context(), "2", "http://a/")
		cancel()
		if err := <-q.errs; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		checkStats(t, tr, Stats{Open: 1, InFlight: 1, Waiting: 2})
		body(t, first)
		if a, b := <-q.done, <-q.done; a != "0" || b != "2" {
			t.Errorf("served: %s, %s", a, b)
		}
		synctest.Wait()
	})
}

func TestBlockedLimit(t *testing.T) {
	for _, set := range []time.Duration{0, 3 * time.Second} {
		tr := &Transport{MaxConnsPerHost: 1, Limits: trace.Limits{Blocked: set}}
		piped(t, tr, func(t *testing.T, p *piper) {
			first, start := hold(t, tr, "http://a/"), time.Now()
			err := fails(t, tr, request(t, "GET", "http://a/", nil))
			want := tr.Limits.Of(trace.Blocked)
			if err.Phase != trace.Blocked || err.Limit != want || err.Setting != "Limits.Blocked" || err.Sent || err.Addr != "a:80" {
				t.Errorf("%#v", err)
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) || !err.Timeout() || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is no timeout of a limit", err)
			}
			if took := time.Since(start); took != want {
				t.Errorf("took %v, want %v", took, want)
			}
			body(t, first)
		})
	}
}

func TestBlockedForEver(t *testing.T) {
	tr := &Transport{MaxConnsPerHost: 1, Limits: trace.Limits{Blocked: -1, Receive: -1}}
	piped(t, tr, func(t *testing.T, p *piper) {
		first, q := hold(t, tr, "http://a/"), newQueue(tr)
		q.join(t, t.Context(), "0", "http://a/")
		<-time.After(1000 * time.Hour)
		body(t, first)
		<-q.done
		synctest.Wait()
	})
}

// MaxConns: those who wait are served in their order whatever their hosts are, and idle
// connections of other hosts make room.
func TestMaxConns(t *testing.T) {
	tr := &Transport{MaxConns: 2}
	piped(t, tr, func(t *testing.T, p *piper) {
		get(t, tr, "http://a/")
		get(t, tr, "http://b/")
		x := hold(t, tr, "http://c/") // in place of a, which has been idle for longer
		y := hold(t, tr, "http://b/")
		checkStats(t, tr, Stats{Open: 2, InFlight: 2})
		q := newQueue(tr)
		for _, name := range []string{"d", "b", "a", "c"} {
			q.join(t, t.Context(), name, "http://"+name+"/")
		}
		body(t, x)
		for _, want := range []string{"d", "b", "a", "c"} {
			if got := <-q.done; got != want {
				t.Errorf("%s was served before %s", got, want)
			}
			synctest.Wait()
		}
		body(t, y)
		if s := tr.Stats(); s.Open > 2 || s.InFlight > 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A host at its own bound does not keep the others waiting.
func TestHostBoundBlocksNobodyElse(t *testing.T) {
	tr := &Transport{MaxConns: 2, MaxConnsPerHost: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		first, q := hold(t, tr, "http://a/"), newQueue(tr)
		q.join(t, t.Context(), "a", "http://a/")
		get(t, tr, "http://b/")
		get(t, tr, "http://c/")
		checkStats(t, tr, Stats{Open: 2, Idle: 1, InFlight: 1, Waiting: 1})
		body(t, first)
		<-q.done
		synctest.Wait()
	})
}
