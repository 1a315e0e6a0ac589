package transport

// How a pool ends: Close, CloseIdleConnections, and what is under way meanwhile.

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

func TestCloseIdleConnections(t *testing.T) {
	tr := &Transport{}
	tr.CloseIdleConnections() // before the first use
	piped(t, tr, func(t *testing.T, p *piper) {
		get(t, tr, "http://a/")
		held := hold(t, tr, "http://b/")
		tr.CloseIdleConnections()
		checkStats(t, tr, Stats{Open: 1, InFlight: 1})
		synctest.Wait()
		if p.closed.Load() != 1 {
			t.Errorf("%d closed", p.closed.Load())
		}
		if body(t, held) != "ok" {
			t.Error("what was under way was disturbed")
		}
		get(t, tr, "http://b/")
		if p.dialled() != 2 {
			t.Errorf("%d dialled", p.dialled())
		}
		<-time.After(time.Hour) // the sweeper goes on
		checkStats(t, tr, Stats{})
	})
}

func TestClose(t *testing.T) {
	tr := &Transport{MaxConnsPerHost: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		get(t, tr, "http://b/")
		held, q := hold(t, tr, "http://a/"), newQueue(tr)
		q.join(t, t.Context(), "0", "http://a/")
		q.join(t, t.Context(), "1", "http://a/")
		for range 2 {
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
		}
		for range 2 {
			err, ok := errors.AsType[*Error](<-q.errs)
			if !ok || !errors.Is(err, ErrClosed) || err.Phase != trace.Blocked || err.Sent {
				t.Error(err)
			}
		}
		if err := fails(t, tr, request(t, "GET", "http://b/", nil)); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		checkStats(t, tr, Stats{Open: 1, InFlight: 1})
		if body(t, held) != "ok" {
			t.Error("what was under way was disturbed")
		}
		checkStats(t, tr, Stats{})
	})
}

// A connection that is being opened while the Transport is closed is used, and then closed.
func TestCloseWhileOpening(t *testing.T) {
	tr := &Transport{}
	piped(t, tr, func(t *testing.T, p *piper) {
		reached, goOn := make(chan bool), make(chan bool)
		tr.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			close(reached)
			<-goOn
			return p.Dial(ctx, network, addr)
		}
		done := make(chan string)
		go func() { done <- get(t, tr, "http://a/") }() // ends with the request
		<-reached
		tr.Close()
		close(goOn)
		if got := <-done; got != "ok" {
			t.Errorf("got %q", got)
		}
		synctest.Wait()
		checkStats(t, tr, Stats{})
		if p.closed.Load() != 1 {
			t.Error("not closed")
		}
	})
}

// What cannot be opened is not counted, and gives its place on.
func TestFailedDialIsNotCounted(t *testing.T) {
	tr := &Transport{MaxConnsPerHost: 1}
	piped(t, tr, func(t *testing.T, p *piper) {
		cause := errors.New("no way")
		goOn := make(chan bool)
		tr.Dial = func(context.Context, string, string) (net.Conn, error) {
			<-goOn
			return nil, cause
		}
		errs := make(chan error)
		for range 3 {
			go func() { // ends with the request
				res, err := tr.RoundTrip(request(t, "GET", "http://a/", nil))
				if err == nil {
					res.Body.Close()
				}
				errs <- err
			}()
		}
		synctest.Wait()
		checkStats(t, tr, Stats{Open: 1, InFlight: 1, Waiting: 2})
		close(goOn)
		for range 3 {
			err, ok := errors.AsType[*Error](<-errs)
			if !ok || err.Phase != trace.Connect || !errors.Is(err, cause) || err.Sent {
				t.Error(err)
			}
		}
		checkEmpty(t, tr)
	})
}

// PutIdleConn tells why a connection is not kept.
func TestPutIdleConn(t *testing.T) {
	for name, tt := range map[string]struct {
		tr   *Transport
		kept bool
	}{
		"kept":          {&Transport{}, true},
		"none kept":     {&Transport{MaxIdleConns: -1}, false},
		"none per host": {&Transport{MaxIdleConnsPerHost: -1}, false},
	} {
		piped(t, tt.tr, func(t *testing.T, p *piper) {
			calls := 0
			var last error
			req := request(t, "GET", "http://a/", nil)
			req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
				PutIdleConn: func(err error) { calls, last = calls+1, err },
			}))
			do(t, tt.tr, req)
			if calls != 1 || (last == nil) != tt.kept {
				t.Errorf("%s: called %d times, with %v", name, calls, last)
			}
		})
	}
}
