package transport

// Limits, pings, and the doubt about a connection that has let an exchange wait too long. All in
// virtual time.

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

func TestHTTP2Limits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits trace.Limits
		answer func(p *peer, id uint32)
		phase  trace.Phase // that is blamed
		after  time.Duration
		ok     bool
	}{
		{
			name: "no answer", limits: trace.Limits{Wait: 3 * time.Second},
			answer: func(p *peer, id uint32) {}, phase: trace.Wait, after: 3 * time.Second,
		},
		{name: "no answer, by default", answer: func(p *peer, id uint32) {}, phase: trace.Wait, after: time.Minute},
		{
			name: "1xx after 1xx", limits: trace.Limits{Wait: 3 * time.Second},
			answer: func(p *peer, id uint32) {
				for range 3 {
					<-time.After(2 * time.Second)
					p.write(p.head(id, 0, "103"))
				}
			}, phase: trace.Wait, after: 9 * time.Second,
		},
		{
			name: "late, but not too late", limits: trace.Limits{Wait: 3 * time.Second, Receive: 3 * time.Second},
			answer: func(p *peer, id uint32) {
				<-time.After(2 * time.Second)
				p.write(p.head(id, 0, "200"))
				for range 5 {
					<-time.After(2 * time.Second)
					p.write(frame{fData, 0, id, "x"})
				}
				<-time.After(2 * time.Second)
				p.write(frame{fData, endStream, id, ""})
			}, ok: true, after: 14 * time.Second,
		},
		{
			name: "body that stalls", limits: trace.Limits{Receive: 3 * time.Second},
			answer: func(p *peer, id uint32) {
				p.write(p.head(id, 0, "200"))
				<-time.After(2 * time.Second)
				p.write(frame{fData, 0, id, "x"})
			}, phase: trace.Receive, after: 5 * time.Second,
		},
		{
			name: "no limit at all", limits: trace.Limits{Wait: -1, Receive: -1},
			answer: func(p *peer, id uint32) {
				<-time.After(time.Hour)
				p.write(p.head(id, 0, "200"))
				<-time.After(time.Hour)
				p.write(frame{fData, endStream, id, "x"})
			}, ok: true, after: 2 * time.Hour,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &Transport{Limits: tt.limits}
				servePeer(t, tr, func(p *peer) { p.always(func(id uint32) { tt.answer(p, id) }) })
				start := time.Now()
				res, err := tr.RoundTrip(request(t, "GET", "http://a/", nil))
				if err == nil {
					_, err = io.ReadAll(res.Body)
					res.Body.Close()
				}
				if took := time.Since(start); took != tt.after {
					t.Errorf("after %v", took)
				}
				if e, ok := errors.AsType[*Error](err); !tt.ok && (!ok || e.Phase != tt.phase || !e.Timeout() || !errors.Is(e, os.ErrDeadlineExceeded) ||
					e.Limit != tt.limits.Of(tt.phase) || e.Setting != tt.phase.Setting() || !e.Sent || e.Answered != (tt.phase == trace.Receive || tt.after == 9*time.Second)) {
					t.Errorf("%+v", err)
				}
				if tt.ok && err != nil {
					t.Error(err)
				}
				tr.Close()
				<-time.After(time.Hour)
				checkEmpty(t, tr)
			})
		})
	}
}

// A body that is read as it comes may come as slowly as it likes; see Overrides.Streaming.
func TestHTTP2Streaming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		servePeer(t, tr, func(p *peer) {
			p.always(func(id uint32) {
				p.write(p.head(id, 0, "200"))
				<-time.After(time.Hour)
				p.write(frame{fData, endStream, id, "x"})
			})
		})
		var streaming atomic.Bool
		streaming.Store(true)
		if got := do(t, tr, with(t, "http://a/", &Overrides{Streaming: &streaming})); got != "x" {
			t.Error(got)
		}
		tr.Close()
	})
}

// The caller's time is not ours: neither that between two reads of the response, nor what its own
// body takes.
func TestHTTP2CallersTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{Limits: trace.Limits{Send: time.Second, Wait: time.Second, Receive: time.Second}}
		servePeer(t, tr, func(p *peer) {
			p.always(func(id uint32) {
				p.body(id)
				p.write(p.head(id, 0, "200"), frame{fData, 0, id, "some"}, frame{fData, endStream, id, "more"})
			})
		})
		r, w := io.Pipe()
		go func() { // ends with the body
			for range 3 {
				<-time.After(time.Minute)
				io.WriteString(w, "x")
			}
			<-time.After(time.Minute)
			w.Close()
		}()
		res, err := tr.RoundTrip(request(t, "POST", "http://a/", r))
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		var b [4]byte
		io.ReadFull(res.Body, b[:])
		<-time.After(time.Minute)
		if rest, err := io.ReadAll(res.Body); err != nil || string(b[:])+string(rest) != "somemore" {
			t.Error(err)
		}
		res.Body.Close()
		tr.Close()
	})
}

// After a timeout nothing new begins on a connection until something has come from the server;
// then it is as good as before (golang/go#36026).
func TestDoubt(t *testing.T) {
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			tr := &Transport{Limits: trace.Limits{Wait: time.Second}}
			dead := make(chan bool)
			var conns atomic.Int32
			servePeer(t, tr, func(p *peer) {
				conns.Add(1)
				p.deaf = p.n == 1
				n := 0
				p.always(func(id uint32) {
					if n++; p.n == 1 && n == 2 {
						if <-dead; answers {
							f, _ := p.next(fPing) // that came with the reset
							p.write(frame{fPing, ack, 0, f.payload})
						}
						return
					}
					p.ok(id)
				})
			})
			get(t, tr, "http://a/")
			fails(t, tr, request(t, "POST", "http://a/", strings.NewReader("x")))
			get(t, tr, "http://a/") // over another
			if n := conns.Load(); n != 2 {
				t.Fatalf("%d connections", n)
			}
			close(dead)
			synctest.Wait()
			// Both are idle now; the one that was used last is taken first. Hold it.
			s := tr.Stats()
			if s.Open != 2 || s.Idle != 2 {
				t.Errorf("%+v", s)
			}
			var room int
			tr.pool.mu.Lock()
			for _, h := range tr.pool.hosts {
				room = h.room.len
			}
			tr.pool.mu.Unlock()
			if want := map[bool]int{true: 2, false: 1}[answers]; room != want {
				t.Errorf("%d have room, want %d", room, want)
			}
			if !answers {
				<-time.After(30 * time.Second)
				synctest.Wait()
				checkStats(t, tr, Stats{Open: 1, Idle: 1})
			}
			tr.Close()
			synctest.Wait()
			checkEmpty(t, tr)
		})
	}
}

// With one connection and no other allowed, who comes after a timeout waits for the server's sign
// of life, and no longer than for the ping that brings it to light that there is none.
func TestDoubtWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{Limits: trace.Limits{Wait: time.Second}, MaxConnsPerHost: 1}
		release := make(chan bool)
		servePeer(t, tr, func(p *peer) {
			p.deaf = p.n == 1
			n := 0
			p.always(func(id uint32) {
				if n++; p.n == 1 && n == 2 {
					p.write(p.head(id, 0, "200")) // and no end
					return
				}
				if p.n == 1 && n == 3 {
					<-release
					return
				}
				p.ok(id)
			})
		})
		defer close(release)
		get(t, tr, "http://a/")
		held := hold(t, tr, "http://a/")
		defer held.Body.Close()
		fails(t, tr, request(t, "POST", "http://a/", strings.NewReader("x")))
		start := time.Now()
		if got := get(t, tr, "http://a/"); got != "ok" {
			t.Error(got)
		}
		if took := time.Since(start); took > pingAfter+pingTime || took < time.Second {
			t.Errorf("after %v", took)
		}
		tr.Close()
	})
}

// A server that has fallen silent is found out without anybody's doing.
func TestPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{Limits: trace.Limits{Wait: -1}, IdleTimeout: -1}
		servePeer(t, tr, func(p *peer) {
			p.deaf = p.n <= 2
			n := 0
			p.always(func(id uint32) {
				if n++; p.n == 1 || p.n == 2 && n > 1 {
					return
				}
				p.ok(id)
			})
		})
		start := time.Now()
		err := fails(t, tr, request(t, "POST", "http://a/", strings.NewReader("x")))
		if took := time.Since(start); took != pingAfter+pingTime || err.Phase != trace.Wait || !err.Sent || err.Err != errSilent {
			t.Errorf("%+v after %v", err, took)
		}
		// Idle: it is gone when somebody wants it.
		get(t, tr, "http://a/")
		<-time.After(pingAfter + pingTime)
		synctest.Wait()
		checkStats(t, tr, Stats{})
		// A server that answers pings is not given up, whatever it takes.
		get(t, tr, "http://a/")
		<-time.After(time.Hour)
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
		tr.Close()
		<-time.After(time.Minute)
	})
}

// A GET whose connection dies under it is sent over another.
func TestSilenceIsRecoveredFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{Limits: trace.Limits{Wait: -1}}
		servePeer(t, tr, func(p *peer) {
			p.deaf = p.n == 1
			n := 0
			p.always(func(id uint32) {
				if n++; p.n == 1 && n > 1 {
					return
				}
				p.ok(id)
			})
		})
		get(t, tr, "http://a/")
		start := time.Now()
		if got := get(t, tr, "http://a/"); got != "ok" || time.Since(start) > pingAfter+pingTime {
			t.Errorf("%s after %v", got, time.Since(start))
		}
		tr.Close()
		<-time.After(time.Minute)
	})
}

// Idle connections of HTTP/2 are closed after as long as others.
func TestHTTP2IdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{IdleTimeout: 5 * time.Second}
		closed := make(chan bool, 1)
		servePeer(t, tr, func(p *peer) {
			p.always(func(id uint32) { p.ok(id) })
			closed <- true
		})
		get(t, tr, "http://a/")
		<-time.After(4 * time.Second)
		get(t, tr, "http://a/")
		<-time.After(4 * time.Second)
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
		<-time.After(2 * time.Second)
		checkStats(t, tr, Stats{})
		<-closed
		<-time.After(time.Minute)
	})
}

// Expect: 100-continue, and all that a server can do about it.
func TestHTTP2Expect(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(p *peer, id uint32)
		wait   time.Duration
		want   string // what the server got
		status int
		took   time.Duration
	}{
		{"asked for", func(p *peer, id uint32) {
			<-time.After(100 * time.Millisecond)
			p.write(p.head(id, 0, "100"))
			p.answer(id, "200")
		}, 0, "hello", 200, 100 * time.Millisecond},
		{"not a word", func(p *peer, id uint32) { p.answer(id, "200") }, 0, "hello", 200, time.Second},
		{"not a word, longer", func(p *peer, id uint32) { p.answer(id, "200") }, 3 * time.Second, "hello", 200, 3 * time.Second},
		{"not wanted", func(p *peer, id uint32) { p.write(p.head(id, endStream, "417")) }, 0, "", 417, 0},
		{"not wanted, with a body", func(p *peer, id uint32) {
			p.write(p.head(id, 0, "413", "content-length", "2"), frame{fData, endStream, id, "no"})
		}, 0, "", 413, 0},
		{"not needed", func(p *peer, id uint32) {
			p.write(p.head(id, 0, "200", "content-length", "2"), frame{fData, endStream, id, "ok"})
		}, 0, "", 200, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &Transport{ExpectContinueTimeout: tt.wait}
				got := ""
				servePeer(t, tr, func(p *peer) {
					p.got = &got
					first := true
					p.always(func(id uint32) {
						if first {
							first = false
							tt.answer(p, id)
							return
						}
						p.ok(id)
					})
				})
				start := time.Now()
				body := newClosable("hello")
				req := request(t, "POST", "http://a/", body)
				req.ContentLength = 5
				req.Header.Set("Expect", "100-continue")
				res, err := tr.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadAll(res.Body); err != nil {
					t.Error(err)
				}
				res.Body.Close()
				if took := time.Since(start); took != tt.took || res.StatusCode != tt.status {
					t.Errorf("%s after %v", res.Status, took)
				}
				<-time.After(5 * time.Second)
				synctest.Wait()
				if got != tt.want || body.closed.Load() != 1 || body.afterwards.Load() != 0 {
					t.Errorf("the server got %q; body closed %d times", got, body.closed.Load())
				}
				get(t, tr, "http://a/")
				checkStats(t, tr, Stats{Open: 1, Idle: 1})
				tr.Close()
				<-time.After(time.Minute)
			})
		})
	}
}

// answer reads the body of a request, and answers it.
func (p *peer) answer(id uint32, status string) {
	*p.got = p.body(id)
	p.write(p.head(id, endStream, status))
}

// Whoever cancels is not kept waiting, whatever the exchange is doing, and the connection is none
// the worse for it.
func TestHTTP2CancelAtEachStep(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(p *peer, id uint32)
		body   bool
	}{
		{"waiting", func(p *peer, id uint32) {}, false},
		{"after a 1xx", func(p *peer, id uint32) { p.write(p.head(id, 0, "103")) }, false},
		{"in the body", func(p *peer, id uint32) { p.write(p.head(id, 0, "200"), frame{fData, 0, id, "x"}) }, false},
		{"before the trailer", func(p *peer, id uint32) {
			p.write(p.head(id, 0, "200", "content-length", "1"), frame{fData, 0, id, "x"})
		}, false},
		{"sending", func(p *peer, id uint32) {}, true},
		{"sending, and answered", func(p *peer, id uint32) { p.write(p.head(id, 0, "200"), frame{fData, 0, id, "x"}) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &Transport{}
				reset := make(chan bool, 10)
				servePeer(t, tr, func(p *peer) {
					first := true
					p.always(func(id uint32) {
						if first {
							first = false
							tt.answer(p, id)
							if f, err := p.next(fReset); err == nil && f.stream == id && f.payload == "\x00\x00\x00\x08" {
								reset <- true
							}
							return
						}
						p.ok(id)
					})
				})
				ctx, cancel := context.WithCancelCause(t.Context())
				cause := errors.New("enough")
				start := time.Now()
				time.AfterFunc(time.Second, func() { cancel(cause) })
				req := request(t, "POST", "http://a/", nil)
				r, w := io.Pipe()
				defer w.Close()
				if tt.body {
					req.Body = r
				}
				res, err := tr.RoundTrip(req.WithContext(ctx))
				if err == nil {
					_, err = io.ReadAll(res.Body)
					res.Body.Close()
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || time.Since(start) > time.Second+100*time.Millisecond || e.Limit != 0 {
					t.Errorf("%v after %v", err, time.Since(start))
				}
				<-reset
				get(t, tr, "http://a/")
				checkStats(t, tr, Stats{Open: 1, Idle: 1})
				tr.Close()
				<-time.After(time.Minute)
				checkEmpty(t, tr)
			})
		})
	}
}

// Cut at every byte: what the server says ends anywhere.
func TestHTTP2CutAtEveryByte(t *testing.T) {
	whole := -1
	for cut := 0; whole < 0 || cut <= whole; cut++ {
		synctest.Test(t, func(t *testing.T) {
			tr := &Transport{}
			servePeer(t, tr, func(p *peer) {
				text := frame{fSettings, 0, 0, "\x00\x03\x00\x00\x00\x64"}.bytes() + frame{fSettings, ack, 0, ""}.bytes() +
					p.head(1, 0, "103", "link", "</x>").bytes() + p.head(1, 0, "200", "trailer", "x-sum", "content-length", "4").bytes() +
					frame{fData, 0, 1, "so"}.bytes() + frame{fData, padded, 1, "\x01me\x00"}.bytes() +
					frame{fHeaders, endHeaders | endStream, 1, p.block("x-sum", "1")}.bytes()
				whole = len(text)
				if _, _, _, err := p.request(); err == nil {
					p.raw(text[:min(cut, whole)])
				}
			})
			res, err := tr.RoundTrip(request(t, "POST", "http://a/", nil))
			var got []byte
			if err == nil {
				got, err = io.ReadAll(res.Body)
				res.Body.Close()
			}
			if cut == whole {
				if err != nil || string(got) != "some" || res.Trailer.Get("X-Sum") != "1" {
					t.Errorf("whole: %q, %v", got, err)
				}
			} else if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, conn.ErrHTTP) && !lostConnection(e.Err) || e.Limit != 0 {
				t.Errorf("cut at %d: %q, %v", cut, got, err)
			}
			if len(got) > 4 || !strings.HasPrefix("some", string(got)) {
				t.Errorf("cut at %d: %q", cut, got)
			}
			tr.Close()
			<-time.After(time.Minute)
			checkEmpty(t, tr)
		})
	}
}
