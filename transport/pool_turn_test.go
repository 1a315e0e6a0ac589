package transport

// What a place in the queue, or a connection, is not lost by.

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// A request whose context has ended takes no connection from anybody.
func TestEndedContextCostsNoConnection(t *testing.T) {
	tr := &Transport{}
	piped(t, tr, func(t *testing.T, p *piper) {
		get(t, tr, "http://a/")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := fails(t, tr, request(t, "GET", "http://a/", nil).WithContext(ctx))
		if !errors.Is(err, context.Canceled) || err.Sent {
			t.Error(err)
		}
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
	})
}

// A waiter that is given a connection which turns out to be dead keeps its turn.
func TestDeadConnectionKeepsTurn(t *testing.T) {
	addr := serve(t, func(n int, c net.Conn) {
		r := newReader(c)
		if _, err := readRequest(r); err != nil {
			return
		}
		c.Write([]byte(ok2))
		if n > 1 {
			always(ok2)(n, c)
		}
	})
	tr := examined(t, &Transport{MaxConnsPerHost: 1})
	get(t, tr, "http://"+addr)
	k := key{scheme: "http", host: "127.0.0.1", port: addr[len("127.0.0.1:"):]}
	awaitDead(t, tr.pool.hosts[k].idle.first)

	// Take it, queue behind it, and give it back: the first in the queue gets it.
	g, _ := tr.pool.ask(&k, 0)
	type served struct {
		name int
		body string
	}
	order := make(chan served, 2)
	for i := range 2 {
		req := request(t, "GET", "http://"+addr, nil)
		go func() { order <- served{i, do(t, tr, req)} }() // ends with the request
		for tr.Stats().Waiting != i+1 {
			<-time.After(time.Millisecond)
		}
	}
	g.conn.Keep(true)
	for want := range 2 {
		if got := <-order; got.name != want {
			t.Errorf("%d was served before %d", got.name, want)
		}
	}
}
