package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit"
)

// What a rate lets through, and when.
func TestPacer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var p pacer
		for i := range 5 {
			if err := p.turn(t.Context(), 2*time.Second, nil); err != nil {
				t.Fatal(err)
			}
			if at := time.Since(begun); at != time.Duration(i)*2*time.Second {
				t.Errorf("number %d at %v", i, at)
			}
		}
		time.Sleep(time.Minute) // nothing is saved up
		for _, want := range []time.Duration{0, 2 * time.Second} {
			now := time.Now()
			if err := p.turn(t.Context(), 2*time.Second, nil); err != nil || time.Since(now) != want {
				t.Errorf("%v, %v", time.Since(now), err)
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(io.ErrClosedPipe)
		if err := p.turn(ctx, time.Second, nil); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

// A body, or several that share a rate, come at that rate; one that is closed waits no longer.
func TestPacedBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rate := &byteRate{rate: 10 << 10}
		begun := time.Now()
		read := func(done chan<- int64) {
			n, err := io.Copy(io.Discard, rate.paced(t.Context(), io.NopCloser(strings.NewReader(strings.Repeat("x", 50<<10)))))
			if err != nil {
				t.Error(err)
			}
			done <- n
		}
		done := make(chan int64)
		go read(done)
		go read(done)
		if n := <-done + <-done; n != 100<<10 {
			t.Errorf("%d bytes", n)
		}
		if took := time.Since(begun); took < 9*time.Second || took > 10*time.Second {
			t.Errorf("100 KiB at 10 KiB/s took %v", took)
		}

		slow := &byteRate{rate: 1}
		body := slow.paced(t.Context(), io.NopCloser(strings.NewReader(strings.Repeat("x", 5000))))
		go func() {
			time.Sleep(time.Second)
			_ = body.Close()
		}()
		if n, err := io.Copy(io.Discard, body); !errors.Is(err, http.ErrBodyReadAfterClose) || n == 0 {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// Calls begin at the rate that is set, however many ask at once; Ctrl-C ends the wait.
func TestRateOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limitOptions{every: time.Minute}
		var at []time.Duration
		begun := time.Now()
		s := godwit.Session{Middleware: l.around(), Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			at = append(at, time.Since(begun))
			return &http.Response{StatusCode: 204, Body: http.NoBody, Request: req}, nil
		})}
		for range 3 {
			if _, err := s.Get(t.Context(), "http://a.example/"); err != nil {
				t.Fatal(err)
			}
		}
		if len(at) != 3 || at[0] != 0 || at[1] != time.Minute || at[2] != 2*time.Minute {
			t.Error(at)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Post(ctx, "http://a.example/", godwit.Bytes([]byte("x"), "")); !errors.Is(err, context.DeadlineExceeded) || len(at) != 3 {
			t.Errorf("%v, %v", err, at)
		}
	})
}
