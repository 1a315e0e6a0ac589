package transport

// Idle connections: they cost nothing, and what happens to them meanwhile is noticed.

import (
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestIdleConnectionsHaveNoGoroutine(t *testing.T) {
	const many = 50
	var all sync.WaitGroup
	all.Add(many)
	goOn := make(chan bool)
	addr := serve(t, func(_ int, c net.Conn) {
		r := newReader(c)
		if _, err := readRequest(r); err == nil {
			all.Done()
			<-goOn
			io.WriteString(c, ok2)
			r.ReadByte()
		}
	})
	tr := examined(t, &Transport{})
	before := runtime.NumGoroutine()
	done := make(chan bool, many)
	for range many {
		go func() { // ends with the request
			get(t, tr, "http://"+addr)
			done <- true
		}()
	}
	all.Wait()
	close(goOn)
	for range many {
		<-done
	}
	checkStats(t, tr, Stats{Open: many, Idle: many})
	// The server has one for each; we have none, once those that sent have ended.
	for i := 0; runtime.NumGoroutine() > before+many; i++ {
		if i > 5000 {
			t.Fatalf("%d goroutines, of which %d are the server's", runtime.NumGoroutine()-before, many)
		}
		<-time.After(time.Millisecond)
	}
}

// The server closes a connection while it is idle: nobody gets it, not even a request that
// could not be sent twice.
func TestClosedWhileIdle(t *testing.T) {
	for _, how := range []string{"close", "reset", "half"} {
		addr := serve(t, func(_ int, c net.Conn) {
			r := newReader(c)
			if _, err := readRequest(r); err != nil {
				return
			}
			io.WriteString(c, ok2)
			switch how {
			case "reset":
				c.(*net.TCPConn).SetLinger(0)
			case "half":
				c.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, r)
			}
		})
		tr := examined(t, &Transport{})
		for range 20 {
			req := request(t, "POST", "http://"+addr, nil)
			req.Body, req.ContentLength = newClosable("once"), 4
			do(t, tr, req)
			awaitDead(t, tr.pool.idle.first)
		}
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
	}
}

// What comes on an idle connection is never taken for the answer to the next request, in
// however many pieces and ways it comes.
func TestUnsolicitedResponse(t *testing.T) {
	const stale = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale"
	rounds := 1000
	if testing.Short() {
		rounds = 100
	}
	var mode atomic.Int32
	sent := make(chan bool, 1)
	addr := serve(t, func(_ int, c net.Conn) {
		r := newReader(c)
		for {
			if _, err := readRequest(r); err != nil {
				return
			}
			switch mode.Add(1) % 3 {
			case 0: // in one piece with the answer
				io.WriteString(c, ok2+stale)
			case 1: // right behind it
				io.WriteString(c, ok2)
				io.WriteString(c, stale)
			case 2: // a byte is enough
				io.WriteString(c, ok2)
				io.WriteString(c, "\n")
			}
			sent <- true
		}
	})
	busy := serve(t, always(ok2))
	tr := examined(t, &Transport{})
	stop := make(chan bool)
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					get(t, tr, "http://"+busy)
				}
			}
		})
	}
	defer load.Wait()
	defer close(stop)
	host := key{scheme: "http", host: "127.0.0.1", port: strings.TrimPrefix(addr, "127.0.0.1:")}
	for i := range rounds {
		if got := get(t, tr, "http://"+addr); got != "ok" {
			t.Fatalf("round %d: got %q", i, got)
		}
		<-sent
		tr.pool.mu.Lock()
		h := tr.pool.hosts[host]
		var idle *pooled
		if h != nil {
			idle = h.idle.first
		}
		tr.pool.mu.Unlock()
		if idle != nil {
			awaitDead(t, idle)
		}
	}
}

// The same over TLS, where what came in one record with the answer is not to be seen at the
// socket any more.
func TestUnsolicitedResponseOverTLS(t *testing.T) {
	a := newAuthority(t)
	config := a.serverConfig(t)
	addr := serve(t, func(_ int, c net.Conn) {
		tc := tls.Server(c, config)
		if _, err := readRequest(newReader(tc)); err == nil {
			io.WriteString(tc, ok2+"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale")
			io.Copy(io.Discard, tc)
		}
	})
	tr := examined(t, &Transport{})
	for range 20 {
		if got := do(t, tr, with(t, "https://"+addr, &Overrides{CA: parseCA(t, a.cert)})); got != "ok" {
			t.Fatalf("got %q", got)
		}
	}
}

// A connection whose limit passed while it was idle is as good as any other: the limit was
// that of an exchange which is over.
func TestLimitsDoNotOutliveTheirExchange(t *testing.T) {
	addr := serve(t, always(ok2))
	tr := examined(t, &Transport{})
	o := &Overrides{}
	const limit = 150 * time.Millisecond
	o.Limits.Wait, o.Limits.Receive, o.Limits.Send = limit, limit, limit
	do(t, tr, with(t, "http://"+addr, o))
	first := tr.pool.idle.first
	<-time.After(2 * limit)
	do(t, tr, with(t, "http://"+addr, nil))
	if tr.pool.idle.first != first {
		t.Error("not the same connection")
	}
}

// A TLS server takes its leave in one packet with the answer: what crypto/tls has read ahead
// is not to be seen at the socket, and ends the connection all the same.
func TestLeaveTakenWithTheAnswer(t *testing.T) {
	config := newAuthority(t).serverConfig(t)
	addr := serve(t, func(_ int, c net.Conn) {
		tc := tls.Server(c, config)
		if _, err := readRequest(newReader(tc)); err == nil {
			io.WriteString(tc, ok2)
			tc.CloseWrite()
			io.Copy(io.Discard, c)
		}
	})
	tr := examined(t, &Transport{})
	for range 10 {
		req := with(t, "https://"+addr, &Overrides{Insecure: true})
		req.Method, req.Body, req.ContentLength = "POST", newClosable("once"), 4
		do(t, tr, req)
		awaitDead(t, tr.pool.idle.first)
	}
}
