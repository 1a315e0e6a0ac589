package transport

// Many at once over one Transport, with everything that can go wrong going wrong.

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/trace"
)

// moody answers as a server may: well, or not at all, or too early, or half.
func moody(n int, c net.Conn) {
	r, mood := newReader(c), rand.New(rand.NewPCG(uint64(n), 2))
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if mood.IntN(8) != 0 {
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
		}
		path := req.URL.Path
		answer := "HTTP/1.1 200 OK\r\nContent-Length: " // and what was asked for
		switch mood.IntN(12) {
		case 0:
			return
		case 1:
			io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+path)
			return
		case 2:
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"+path)
			return
		case 3:
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\n\r\n")
		case 4:
			<-time.After(time.Duration(mood.IntN(20)) * time.Millisecond)
		case 5:
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+chunk(path)+"0\r\n\r\n")
			continue
		case 6:
			io.WriteString(c, answer+length(path)+"\r\n\r\n"+path+"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale")
			return
		}
		if _, err := io.WriteString(c, answer+length(path)+"\r\n\r\n"+path); err != nil {
			return
		}
	}
}

func length(s string) string { return string([]byte{'0' + byte(len(s)/10), '0' + byte(len(s)%10)}) }

func chunk(s string) string {
	return string("0123456789abcdef"[len(s)]) + "\r\n" + s + "\r\n"
}

func TestManyAtOnce(t *testing.T) {
	for name, tr := range map[string]*Transport{
		"no bounds": {},
		"bounds":    {MaxConns: 12, MaxConnsPerHost: 5, MaxIdleConns: 6, MaxIdleConnsPerHost: 3, IdleTimeout: 5 * time.Millisecond},
		"one":       {MaxConns: 1},
	} {
		t.Run(name, func(t *testing.T) {
			var addrs [4]string
			for i := range addrs {
				addrs[i] = serve(t, moody)
			}
			tr.Limits = trace.Limits{Wait: time.Second, Blocked: 20 * time.Second}
			var good, bad atomic.Int32
			stop := make(chan bool)
			var watch sync.WaitGroup
			watch.Go(func() { watchBounds(t, tr, stop) })
			var all sync.WaitGroup
			for g := range 64 {
				all.Go(func() {
					r := rand.New(rand.NewPCG(uint64(g), 3))
					for range 15 {
						if err := oneOfMany(t, tr, r, addrs[r.IntN(len(addrs))]); err == nil {
							good.Add(1)
						} else {
							bad.Add(1)
						}
					}
				})
			}
			all.Wait()
			close(stop)
			watch.Wait()
			if s := tr.Stats(); s.InFlight != 0 || s.Waiting != 0 {
				t.Errorf("%+v", s)
			}
			tr.CloseIdleConnections()
			checkEmpty(t, tr)
			if good.Load() < 64 || bad.Load() < 64 {
				t.Errorf("%d good, %d bad: this tests little", good.Load(), bad.Load())
			}
		})
	}
}

func watchBounds(t *testing.T, tr *Transport, stop chan bool) {
	for {
		select {
		case <-stop:
			return
		case <-tick():
		}
		s := tr.Stats()
		if tr.MaxConns > 0 && s.Open > tr.MaxConns || tr.MaxIdleConns > 0 && s.Idle > tr.MaxIdleConns ||
			s.Open < 0 || s.Idle < 0 || s.InFlight < 0 || s.Waiting < 0 {
			t.Errorf("%+v", s)
			return
		}
		if rand.IntN(20) == 0 {
			tr.CloseIdleConnections()
		}
	}
}

// oneOfMany sends one request, in a mood of its own.
func oneOfMany(t *testing.T, tr *Transport, r *rand.Rand, addr string) error {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	path := "/" + strings.Repeat("x", 1+r.IntN(10))
	req := request(t, "GET", "http://"+addr+path, nil)
	if r.IntN(2) == 0 {
		req = request(t, "POST", "http://"+addr+path, strings.NewReader(strings.Repeat("b", r.IntN(100_000))))
	}
	switch r.IntN(6) {
	case 0:
		timer := time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, cancel)
		defer timer.Stop()
	case 1:
		var stop func()
		ctx, stop = context.WithTimeout(ctx, time.Duration(r.IntN(3000))*time.Microsecond)
		defer stop()
	case 2:
		req.Close = true
	}
	res, err := tr.RoundTrip(req.WithContext(ctx))
	if err != nil {
		checkKnown(t, err)
		return err
	}
	if r.IntN(5) == 0 {
		return res.Body.Close()
	}
	got, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		checkKnown(t, err)
		return err
	}
	if string(got) != path {
		t.Errorf("answer to %s is %q", path, got)
	}
	return nil
}

// checkKnown makes sure that what failed did so for one of the reasons there are here.
func checkKnown(t *testing.T, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Errorf("%T: %v", err, err)
		return
	}
	_, network := errors.AsType[*net.OpError](err)
	switch {
	case network, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case errors.Is(err, conn.ErrRemoteDisconnected), errors.Is(err, io.ErrUnexpectedEOF):
	default:
		t.Errorf("%v: %#v", err, e.Err)
	}
}

// Close in the midst of it all.
func TestCloseUnderLoad(t *testing.T) {
	addr := serve(t, always(ok2))
	for range 20 {
		tr := &Transport{MaxConnsPerHost: 4}
		var all sync.WaitGroup
		begun := make(chan bool, 1<<10)
		for range 16 {
			all.Go(func() {
				for {
					res, err := tr.RoundTrip(request(t, "GET", "http://"+addr, nil))
					if err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Error(err)
						}
						return
					}
					io.Copy(io.Discard, res.Body)
					res.Body.Close()
					select {
					case begun <- true:
					default:
					}
				}
			})
		}
		for range 50 {
			<-begun
		}
		tr.Close()
		all.Wait()
		checkEmpty(t, tr)
	}
}
