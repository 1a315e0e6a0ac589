package godwittest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit"
	"example.com/godwit/godwittest"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
)

const (
	ok2  = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
)

// each calls f with a session to a server on the loopback, and with one to a peer in memory.
func each(t *testing.T, scripts []godwittest.Script, f func(t *testing.T, s *godwit.Session, url string)) {
	t.Run("loopback", func(t *testing.T) {
		s := &godwit.Session{Transport: &transport.Transport{}}
		defer s.Close()
		f(t, s, godwittest.Server(t, scripts...))
	})
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &godwit.Session{Transport: &transport.Transport{Dial: godwittest.Dialer(t, scripts...)}}
			defer s.Close()
			f(t, s, "http://api.example.com")
		})
	})
}

func TestServerSteps(t *testing.T) {
	for _, c := range []struct {
		name   string
		script godwittest.Script
		want   string // a response's text, or an error
		is     error
	}{
		{"a reply", godwittest.Script{godwittest.Reply(ok2)}, "ok", nil},
		{"a reply that is not waited for", godwittest.Script{godwittest.Write(ok2)}, "ok", nil},
		{"byte by byte", godwittest.Script{godwittest.Read{}, godwittest.Trickle{Text: ok2, Every: time.Microsecond}}, "ok", nil},
		{"after a while", godwittest.Script{godwittest.Stall(20 * time.Millisecond), godwittest.Reply(ok2)}, "ok", nil},
		{"a reply that is cut", godwittest.Script{godwittest.Reply(half), godwittest.Close{}}, "", io.ErrUnexpectedEOF},
		{"a reply that is cut by the script's end", godwittest.Script{godwittest.Reply(half)}, "", io.ErrUnexpectedEOF},
		{"a reset", godwittest.Script{godwittest.Reply(half), godwittest.Reset{}}, "", godwit.ErrReceive},
		{"nothing", godwittest.Script{godwittest.Read{}, godwittest.Close{}}, "", godwit.ErrReceive},
		{"no HTTP", godwittest.Script{godwittest.Reply("SSH-2.0\r\n")}, "", godwit.ErrProtocol},
		{"nothing for ever", godwittest.Script{godwittest.Read{}, godwittest.Stall(0)}, "", godwit.ErrTimeout},
		{"no end of it", godwittest.Script{godwittest.Reply(half), godwittest.Stall(0)}, "", godwit.ErrTimeout},
		{"what was sent", godwittest.Script{godwittest.Expect("GET /x HTTP/1.1\r\nHost: "), godwittest.Write(ok2)}, "ok", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, []godwittest.Script{c.script}, func(t *testing.T, s *godwit.Session, url string) {
				res, err := s.Get(t.Context(), url+"/x", godwit.Limits{Wait: 100 * time.Millisecond, Receive: 100 * time.Millisecond})
				switch {
				case c.is != nil && !errors.Is(err, c.is):
					t.Errorf("%v, want what is %v", err, c.is)
				case c.is == nil && (err != nil || res.Text() != c.want):
					t.Errorf("%v %v", res, err)
				}
			})
		})
	}
}

func TestServerResets(t *testing.T) {
	url := godwittest.Server(t, godwittest.Script{godwittest.Reply(half), godwittest.Reset{}})
	tr := &transport.Transport{}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(request(t, t.Context(), "GET", url, nil))
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v, want a reset", err)
	}
}

// Each connection has its script, and the last one serves for the rest.
func TestServerScripts(t *testing.T) {
	each(t, []godwittest.Script{
		{godwittest.Reply(ok2), godwittest.Reply(ok2)},
		{godwittest.Reply("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")},
		{godwittest.Reply("HTTP/1.1 204 None\r\n\r\n")},
	}, func(t *testing.T, s *godwit.Session, url string) {
		var got []string
		for range 5 {
			res, err := s.Get(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(res.StatusCode))
		}
		if strings.Join(got, " ") != "200 200 503 204 204" {
			t.Errorf("%v", got)
		}
	})
}

// A client with much to send waits for a peer that does not read.
func TestServerDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &godwit.Session{Transport: &transport.Transport{Dial: godwittest.Dialer(t, godwittest.Script{godwittest.Stall(0)})}}
		defer s.Close()
		_, err := s.Post(t.Context(), "http://h/", godwit.Bytes(make([]byte, 1<<20), ""), godwit.Limits{Send: time.Minute})
		if e, ok := errors.AsType[*trace.Error](err); !ok || e.Phase != trace.Send || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	})
}

// A testT is a test that fails for itself.
type testT struct {
	testing.TB
	mu    sync.Mutex
	texts []string
	ends  []func()
}

func (f *testT) Helper()          {}
func (f *testT) Cleanup(g func()) { f.ends = append(f.ends, g) }
func (f *testT) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}

func (f *testT) end() {
	for _, g := range f.ends {
		g()
	}
}

func TestServerFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		sent   string
		script godwittest.Script
		want   string
	}{
		{"something else", "GET /a HTTP/1.1\r\n\r\n", godwittest.Script{godwittest.Expect("GET /b")}, "the peer got\n\t\"GET /a\", <nil>\nwant\n\t\"GET /b\""},
		{"less", "GET", godwittest.Script{godwittest.Expect("GET /b")}, "the peer got\n\t\"GET\", unexpected EOF\nwant\n\t\"GET /b\""},
		{"no request", "hello\r\n\r\n", godwittest.Script{godwittest.Reply(ok2)}, "the peer got no request: malformed HTTP request \"hello\""},
		{"nobody", "", godwittest.Script{godwittest.Reply(ok2)}, ""},
		{"half a request", "GET / HT", godwittest.Script{godwittest.Read{}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &testT{TB: t}
				nc, err := godwittest.Dialer(f, c.script)(t.Context(), "tcp", "h:80")
				if err != nil {
					t.Fatal(err)
				}
				io.WriteString(nc, c.sent)
				synctest.Wait()
				if c.name != "no request" && c.name != "something else" {
					nc.Close()
				}
				synctest.Wait()
				f.end()
				if got := strings.Join(f.texts, "\n"); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
				nc.Close()
			})
		})
	}
}

// Whatever a peer waits for, the end of the test ends it.
func TestServerEnds(t *testing.T) {
	for _, script := range []godwittest.Script{
		{godwittest.Read{}},
		{godwittest.Expect("x")},
		{godwittest.Stall(0)},
		{godwittest.Stall(time.Hour)},
		{godwittest.Write(ok2)},
		{godwittest.Trickle{Text: ok2, Every: time.Hour}},
		{godwittest.Close{}},
		{},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &testT{TB: t}
			dial := godwittest.Dialer(f, script)
			var all []net.Conn
			for range 3 {
				nc, err := dial(t.Context(), "tcp", "h:80")
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, nc)
			}
			begun := time.Now()
			f.end()
			if time.Since(begun) != 0 || len(f.texts) != 0 {
				t.Errorf("%v: it ended after %v: %v", script, time.Since(begun), f.texts)
			}
			for _, nc := range all {
				nc.Close()
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := godwittest.Dialer(t)(ctx, "tcp", "h:80"); err != context.Canceled {
		t.Error(err)
	}
}

func TestServerParallel(t *testing.T) {
	url := godwittest.Server(t, godwittest.Script{godwittest.Reply(ok2)}, godwittest.Script{godwittest.Read{}, godwittest.Reset{}}, godwittest.Script{godwittest.Reply(ok2), godwittest.Reply(ok2)})
	tr := &transport.Transport{}
	defer tr.CloseIdleConnections()
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for range 5 {
				res, err := tr.RoundTrip(request(t, context.Background(), http.MethodGet, url, nil))
				if err == nil {
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			}
		})
	}
	all.Wait()
}
