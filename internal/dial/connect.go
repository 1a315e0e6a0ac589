// The phase Connect: Happy Eyeballs version 2 (RFC 8305) over the addresses of a host.

package dial

import (
	"context"
	"net"
	"net/netip"
	"time"

	"example.com/godwit/trace"
)

// attemptDelay is how long an address has for itself before the next one is tried beside
// it (RFC 8305 5: "RECOMMENDED to be 250 milliseconds").
const attemptDelay = 250 * time.Millisecond

// connectAny returns a connection to the first of the addresses that answers. All of them
// together have the phase's limit. No attempt is under way any more when it returns.
func (d *Dialer) connectAny(ctx context.Context, to target, addrs []netip.AddrPort, x *Exchange) (net.Conn, error) {
	ph, _, _ := x.begin(ctx, trace.Connect, to.text)
	addrs, refused := d.admit(to, addrs)
	return d.open(ph, to, func(limited context.Context) (net.Conn, error) { return d.race(limited, to.text, addrs, refused) })
}

// race returns a connection to the first of the addresses that answers. refused are those that
// are not to be tried.
func (d *Dialer) race(ctx context.Context, target string, addrs []netip.AddrPort, refused []Attempt) (net.Conn, error) {
	open := d.Connect
	if open == nil {
		open = d.connectTCP
	}
	r := race{open: open, addrs: addrs, attempts: make([]Attempt, 0, len(addrs))}
	var nc net.Conn
	switch len(addrs) {
	case 0:
	case 1:
		nc = r.alone(ctx)
	default:
		nc = r.run(ctx)
	}
	if nc == nil {
		return nil, &ConnectError{Addr: target, Attempts: append(refused, r.attempts...), Untried: len(addrs) - len(r.attempts)}
	}
	return nc, nil
}

// connectTCP opens a TCP connection with keep-alive probes, as net.Dialer does by default.
// The httptrace hooks ConnectStart and ConnectDone are run by net. (net.Dialer.DialTCP would
// spare the text of the address, but binds each socket to a port before it connects, which
// uses up the ports of the machine.)
func (d *Dialer) connectTCP(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	if d.from != nil {
		return d.from.connect(ctx, addr)
	}
	var nd net.Dialer
	return nd.DialContext(ctx, "tcp", addr.String())
}

// A race is the attempts to connect to the addresses of one host.
type race struct {
	open     func(context.Context, netip.AddrPort) (net.Conn, error)
	addrs    []netip.AddrPort
	attempts []Attempt // those begun, in order
	started  []time.Time
	results  chan result
	pending  int
}

type result struct {
	i   int // of addrs
	nc  net.Conn
	err error
}

// alone tries the only address there is, on the caller's goroutine.
func (r *race) alone(ctx context.Context) net.Conn {
	start := time.Now()
	nc, err := r.open(ctx, r.addrs[0])
	if err == nil {
		return nc
	}
	r.attempts = append(r.attempts, failed(r.addrs[0], err, time.Since(start)))
	return nil
}

// run tries one address after the other, each 250 ms after the one before or at once when
// one has failed, and returns the first connection, nil if there is none.
func (r *race) run(ctx context.Context) net.Conn {
	ctx, cancel := context.WithCancel(ctx)
	r.results = make(chan result, len(r.addrs))
	defer func() {
		cancel()
		r.drain()
	}()
	r.start(ctx)
	timer := time.NewTimer(attemptDelay)
	defer timer.Stop()
	for r.pending > 0 {
		select {
		case res := <-r.results:
			if nc := r.finish(res); nc != nil {
				return nc
			}
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		if len(r.attempts) < len(r.addrs) {
			r.start(ctx)
			timer.Reset(attemptDelay)
		}
	}
	return nil
}

// start begins the next attempt. Its goroutine ends when open does, and open does at once
// when ctx ends; drain waits for it.
func (r *race) start(ctx context.Context) {
	i := len(r.attempts)
	r.attempts = append(r.attempts, Attempt{Addr: r.addrs[i]})
	r.started = append(r.started, time.Now())
	r.pending++
	go func() {
		nc, err := r.open(ctx, r.addrs[i])
		r.results <- result{i, nc, err}
	}()
}

// finish notes how an attempt ended, and returns its connection if it has one.
func (r *race) finish(res result) net.Conn {
	r.pending--
	if res.err == nil {
		return res.nc
	}
	r.attempts[res.i] = failed(r.addrs[res.i], res.err, time.Since(r.started[res.i]))
	return nil
}

// drain waits for the attempts still under way, which have been cancelled, and closes what
// they opened nevertheless.
func (r *race) drain() {
	for r.pending > 0 {
		if late := r.finish(<-r.results); late != nil {
			late.Close()
		}
	}
}
