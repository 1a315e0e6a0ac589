// Mode -idle: what a connection weighs while nothing happens on it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"time"
)

// A weight is what one idle connection of a client costs its process; the server, with its
// ends of the connections, is another. Buffers in the kernel are not counted: they are the
// same for everybody.
type weight struct {
	Name       string
	Heap       float64 // bytes of live objects
	Stack      float64 // bytes of goroutine stacks
	Spans      float64 // bytes of the heap's spans in use: Heap and the gaps in it
	OverBare   float64 // heap + stack above those of the bare connection
	Goroutines float64

	bound float64 // on heap + stack; 0: none
	over  bool    // the bound is on OverBare
}

// Total is heap and stack.
func (w weight) Total() float64 { return w.Heap + w.Stack }

// verdict says how a connection stands to its goal, "" if there is none.
func (w weight) verdict() string {
	if w.bound == 0 {
		return ""
	}
	bytes, what := w.Total(), ""
	if w.over {
		bytes, what = w.OverBare, " more than bare"
	}
	met := bytes <= w.bound && math.Round(w.Goroutines) == 0
	return fmt.Sprintf("%s: %.0f bytes%s, %.2f goroutines (goal ≤ %.0f and 0: %s)",
		w.Name, bytes, what, w.Goroutines, w.bound, metOrMissed(met))
}

// An idler is a client that can hold idle connections.
type idler struct {
	name string
	tls  bool
	// fill opens n connections, does an exchange on each, and leaves them idle. What it
	// returns closes them.
	fill  func(ctx context.Context, t target, n int) (shut func(), err error)
	bound float64
	over  bool
}

// idlers is the table. net/http comes last: the descriptors of ended goroutines are never
// freed but used again, and would be a gift to whoever came after it.
var idlers = []idler{
	{name: "net.Conn", fill: fillBare},
	{name: "transport", fill: fillTransport, bound: 1200},
	{name: "tls.Conn", tls: true, fill: fillBare},
	{name: "transport, TLS", tls: true, fill: fillTransport, bound: 1200, over: true},
	{name: "net/http", fill: fillNetHTTP},
	{name: "net/http, TLS", tls: true, fill: fillNetHTTP},
}

// weighAll weighs n idle connections of each client.
func weighAll(ctx context.Context, srv *server, n int) ([]weight, error) {
	if err := raiseFiles(n); err != nil {
		return nil, err
	}
	var rows []weight
	bare := make(map[bool]float64) // heap + stack, by TLS
	for _, c := range idlers {
		t := srv.target(small, c.tls)
		// A few first, so that what is made once for all is not charged to anyone.
		if _, err := weigh(ctx, srv, c, t, 4); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		row, err := weigh(ctx, srv, c, t, n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		if _, ok := bare[c.tls]; !ok {
			bare[c.tls] = row.Total() // the table has the bare one before the others
		}
		row.OverBare = row.Total() - bare[c.tls]
		rows = append(rows, row)
	}
	return rows, nil
}

// weigh opens n connections and returns what one of them weighs.
func weigh(ctx context.Context, srv *server, c idler, t target, n int) (weight, error) {
	before := settle()
	shut, err := c.fill(ctx, t, n)
	if err != nil {
		return weight{}, err
	}
	defer shut()
	after := settle()
	open, err := srv.connections()
	if err != nil {
		return weight{}, err
	}
	if open != n {
		return weight{}, fmt.Errorf("%d connections are open instead of %d", open, n)
	}
	per := func(a, b uint64) float64 { return (float64(a) - float64(b)) / float64(n) }
	return weight{
		Name:       c.name,
		Heap:       per(after.HeapAlloc, before.HeapAlloc),
		Stack:      per(after.StackInuse, before.StackInuse),
		Spans:      per(after.HeapInuse, before.HeapInuse),
		Goroutines: per(uint64(after.goroutines), uint64(before.goroutines)),
		bound:      c.bound, over: c.over,
	}, nil
}

// state is the process between two things that happen.
type state struct {
	runtime.MemStats
	goroutines int
}

// settle collects until nothing changes any more: pools are emptied by the second
// collection, stacks shrink in steps, and goroutines that are to end need a moment.
func settle() state {
	var last state
	for same := 0; ; {
		runtime.GC()
		var now state
		runtime.ReadMemStats(&now.MemStats)
		now.goroutines = runtime.NumGoroutine()
		moved := math.Abs(float64(now.HeapAlloc) - float64(last.HeapAlloc))
		if moved < 2048 && now.StackInuse == last.StackInuse && now.goroutines == last.goroutines {
			same++
		} else {
			same = 0
		}
		if last = now; same == 3 {
			return now
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// fillBare opens sockets and does the exchange by hand.
func fillBare(ctx context.Context, t target, n int) (func(), error) {
	conns := make([]net.Conn, 0, n)
	shut := func() {
		for _, c := range conns {
			c.Close()
		}
	}
	buf := make([]byte, 4<<10)
	for range n {
		c, err := t.dial(ctx)
		if err != nil {
			shut()
			return nil, err
		}
		conns = append(conns, c)
		if _, err := rawGet(c, t.resource, buf); err != nil {
			shut()
			return nil, err
		}
	}
	return shut, nil
}

func fillNetHTTP(ctx context.Context, t target, n int) (func(), error) {
	tr := newNetHTTP(t, n)
	return tr.CloseIdleConnections, fillPool(ctx, tr, t, n)
}

// fillPool makes a pool open n connections: no body is read before all heads are there, so
// that no connection can be used twice; then all are read, and the connections go idle.
func fillPool(ctx context.Context, rt http.RoundTripper, t target, n int) error {
	bodies := make([]io.ReadCloser, 0, n)
	var failed error
	for range n {
		// A context for each that ends with its exchange, as in a program.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url(), nil)
		if err != nil {
			return err
		}
		resp, err := rt.RoundTrip(req)
		if err != nil {
			failed = err
			break
		}
		bodies = append(bodies, resp.Body)
	}
	for _, body := range bodies {
		_, err := io.Copy(io.Discard, body)
		failed = errors.Join(failed, err, body.Close())
	}
	return failed
}

// raiseFiles makes sure that n connections can be open at once, and some more.
func raiseFiles(n int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	need := uint64(n) + 64
	if limit.Cur >= need {
		return nil
	}
	if limit.Max < need {
		return fmt.Errorf("-idle %d needs %d open files, and this process may have %d", n, need, limit.Max)
	}
	limit.Cur = need
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}
