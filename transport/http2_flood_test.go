package transport

// Servers that never stop: what they send ends within bounds, and costs no memory.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

var floods = []struct {
	name  string
	frame func(p *peer, id uint32) string
}{
	{"pings", func(*peer, uint32) string { return frame{fPing, 0, 0, "12345678"}.bytes() }},
	{"answers to pings", func(*peer, uint32) string { return frame{fPing, ack, 0, "12345678"}.bytes() }},
	{"settings", func(*peer, uint32) string { return frame{fSettings, 0, 0, "\x00\x03\x00\x00\x00\x64"}.bytes() }},
	{"many settings at once", func(*peer, uint32) string {
		return frame{fSettings, 0, 0, strings.Repeat("\x00\x03\x00\x00\x00\x64", 2400)}.bytes()
	}},
	{"resets of another", func(_ *peer, id uint32) string { return frame{fReset, 0, 1, "\x00\x00\x00\x08"}.bytes() }},
	{"empty data", func(_ *peer, id uint32) string { return frame{fData, 0, id, ""}.bytes() }},
	{"data that is padding", func(_ *peer, id uint32) string { return frame{fData, padded, id, "\x0a1234567890"}.bytes() }},
	{"continuations", func(_ *peer, id uint32) string { return frame{fContinuation, 0, id, ""}.bytes() }},
	{"priorities", func(_ *peer, id uint32) string { return frame{fPriority, 0, id, "\x00\x00\x00\x00\x10"}.bytes() }},
	{"unknown frames", func(*peer, uint32) string { return frame{0x0c, 0, 0, "\x00\x05https"}.bytes() }},
	{"large unknown frames", func(*peer, uint32) string { return frame{0x0c, 0, 0, strings.Repeat("x", 1<<16)}.bytes() }},
	{"window updates", func(*peer, uint32) string { return frame{fUpdate, 0, 0, "\x00\x00\x00\x01"}.bytes() }},
	{"window updates of the stream", func(_ *peer, id uint32) string { return frame{fUpdate, 0, id, "\x00\x00\x00\x01"}.bytes() }},
	{"farewells", func(_ *peer, id uint32) string {
		return frame{fGoAway, 0, 0, "\x00\x00\x00" + string(rune(id)) + "\x00\x00\x00\x00bye"}.bytes()
	}},
	{"1xx", func(p *peer, id uint32) string { return p.head(id, 0, "103", "link", "</x>").bytes() }},
}

func TestFloods(t *testing.T) {
	var logged bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&logged)
	for _, tt := range floods {
		t.Run(tt.name, func(t *testing.T) {
			logged.Reset()
			tr := &Transport{}
			var sent atomic.Int64
			servePeer(t, tr, func(p *peer) {
				p.always(func(id uint32) {
					if p.n > 1 {
						p.ok(id)
						return
					}
					go p.drain() // ends with the connection
					switch tt.name {
					case "empty data", "data that is padding":
						p.write(p.head(id, 0, "200"))
					case "continuations":
						p.write(frame{fHeaders, 0, id, "\x88"})
					}
					one := tt.frame(p, id)
					many := max(1, 10_000/len(one))
					batch := strings.Repeat(one, many)
					for sent.Store(0); sent.Load() < 1_000_000 && p.raw(batch); sent.Add(int64(many)) {
					}
				})
			})
			before := liveBytes()
			res, err := tr.RoundTrip(request(t, "GET", "http://a/", nil))
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			if !errors.Is(err, conn.ErrHTTP) {
				t.Errorf("%v", err)
			}
			t.Log(err)
			ok := false
			for i := 0; i < 3 && !ok; i++ { // the connection may go on for a while
				if res, err := tr.RoundTrip(request(t, "GET", "http://a/", nil)); err == nil {
					ok = body(t, res) == "ok"
				} else if !errors.Is(err, conn.ErrHTTP) {
					t.Error(err)
				}
			}
			if !ok {
				t.Error("no answer any more")
			}
			tr.Close()
			checkEmpty(t, tr)
			if n := sent.Load(); n >= 50_000 {
				t.Errorf("%d frames were taken", n)
			}
			if more := liveBytes() - before; more > 4<<20 {
				t.Errorf("%d bytes more are in use", more)
			}
			if logged.Len() > 0 {
				t.Errorf("the log says %q", logged.String())
			}
		})
	}
}

// liveBytes returns those of live objects.
func liveBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What a server makes us remember is given back: resets and farewells, a thousand times. (net/http
// lets go of a connection only when the timer of its next ping has gone off.)
func TestNothingIsLeftOfManyExchanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		servePeer(t, tr, func(p *peer) {
			n := 0
			p.always(func(id uint32) {
				switch n++; n % 4 {
				case 0:
					p.write(frame{fReset, 0, id, "\x00\x00\x00\x02"})
				case 1:
					p.ok(id)
				case 2:
					p.write(p.head(id, 0, "200"), frame{fReset, 0, id, "\x00\x00\x00\x08"})
				case 3:
					p.write(frame{fReset, 0, id, "\x00\x00\x00\x02"}, frame{fGoAway, 0, 0, "\x7f\xff\xff\xff\x00\x00\x00\x00"})
					p.c.Close()
				}
			})
		})
		ask := func(times int) (bytes int64, goroutines int) {
			for range times {
				if res, err := tr.RoundTrip(request(t, "POST", "http://a/", strings.NewReader("x"))); err == nil {
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			}
			<-time.After(2 * time.Minute)
			synctest.Wait()
			return liveBytes(), runtime.NumGoroutine()
		}
		before, goroutines := ask(100)
		after, now := ask(1000)
		if after-before > 256<<10 || now > goroutines {
			t.Errorf("%d bytes more, %d goroutines more", after-before, now-goroutines)
		}
		tr.Close()
		checkEmpty(t, tr)
	})
}

// A server that gives no room for the body stalls the request, and that has a limit.
func TestNoRoomForTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{}
		servePeer(t, tr, func(p *peer) {
			p.settings(4, 0)
			p.drain()
		})
		start := time.Now()
		err := fails(t, tr, request(t, "POST", "http://a/", strings.NewReader(strings.Repeat("x", 100<<10))))
		if err.Phase != trace.Send || err.Limit != 30*time.Second || err.Setting != "Limits.Send" || !err.Timeout() || !err.Sent {
			t.Errorf("%+v", err)
		}
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("after %v", took)
		}
		tr.Close()
		synctest.Wait()
		checkEmpty(t, tr)
	})
}

// A server that takes nothing at all from its socket holds up nobody for longer than the limit;
// and a request that is cancelled not even for that. (In real time: what waits for a lock keeps
// virtual time from going on.)
func TestNobodyReads(t *testing.T) {
	for _, cancelled := range []bool{false, true} {
		tr := examined(t, &Transport{Limits: trace.Limits{Send: 300 * time.Millisecond}})
		over := make(chan bool)
		defer close(over)
		servePeer(t, tr, func(p *peer) {
			if p.n > 1 {
				p.always(func(id uint32) { p.ok(id) })
				return
			}
			p.settings(4, 1<<30)
			p.write(frame{fUpdate, 0, 0, "\x3f\xff\x00\x00"})
			if _, _, _, err := p.request(); err == nil {
				p.stall()
				<-over
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if cancelled {
			tr.Limits.Send = time.Hour
			time.AfterFunc(100*time.Millisecond, cancel)
		}
		start := time.Now()
		req := request(t, "POST", "http://a/", io.MultiReader(bytes.NewReader(make([]byte, 1<<20))))
		err := fails(t, tr, req.WithContext(ctx))
		if !err.Sent || time.Since(start) > 5*time.Second || cancelled && !errors.Is(err, context.Canceled) {
			t.Errorf("%+v after %v", err, time.Since(start))
		}
		if !cancelled {
			if got := get(t, tr, "http://a/"); got != "ok" {
				t.Error(got)
			}
		}
		tr.pool.mu.Lock()
		var left []*pooled
		for _, h := range tr.pool.hosts {
			for c := h.idle.first; c != nil; c = c.byHost.next {
				left = append(left, c)
			}
		}
		tr.pool.mu.Unlock()
		start = time.Now()
		for _, c := range left { // net/http would wait for the writer
			c.Close()
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("closed after %v", took)
		}
	}
}
