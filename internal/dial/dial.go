// Package dial turns a host name into a connection: it looks the name up, connects to the
// addresses by Happy Eyeballs (RFC 8305), and puts TLS over a connection.
//
// Each of these phases has a limit of its own, is timed, is reported to a tracer and to
// net/http/httptrace, and ends within milliseconds when the context does. What fails is a
// [*trace.Error] that names the phase; every address that was tried is in it.
package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"

	"example.com/godwit/trace"
)

// A Resolver finds the addresses of a host name. network is "ip". *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// A Dialer opens connections. Its zero value is ready for use, and it may be used by many
// goroutines at once; its fields must not be altered while it is.
type Dialer struct {
	// Resolver finds addresses; nil: net.DefaultResolver. It is asked neither for
	// addresses nor for localhost. Its context carries no httptrace hooks: those of the
	// request are run around it.
	Resolver Resolver

	// Dial, if it is set, opens the connection in place of everything this package does:
	// it is given "tcp" and "host:port", the host as [ASCII] writes it, and looks the
	// name up itself. The limit of the phase Connect is on its context.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Source is the address, and the port, that connections come from; an invalid address or
	// a port of 0: the system chooses. Dial does not see it.
	Source netip.AddrPort

	// Tunnel, if it is set, makes of a connection that has been opened the one that is returned:
	// it asks the proxy at its other end for a way through. It belongs to the phase Connect and
	// shares its limit, which is on the context. again opens another such connection. Those
	// that it does not return, it closes.
	Tunnel func(ctx context.Context, nc net.Conn, again func() (net.Conn, error)) (net.Conn, error)

	// connect opens a connection to one address; nil: connectTCP. For tests.
	connect func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)
}

// A Refusal is an error of a Tunnel that stands even if the limit has passed by then: Err is what
// the proxy has said.
type Refusal struct{ Err error }

// Error returns the text of Err.
func (e *Refusal) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *Refusal) Unwrap() error { return e.Err }

// An Exchange is on whose behalf a phase runs: its limits, and who is told. Nil is one
// with the default limits and nobody to tell.
type Exchange struct {
	Limits  trace.Limits
	Tracer  trace.Tracer   // nil: nobody is told
	ID      uint64         // of the exchange, for the tracer
	Timings *trace.Timings // what the phases took is added here; nil: nowhere
	Proxy   bool           // the errors are about a proxy
}

// DialContext connects to a port of a host: a name, in Unicode or not, or an address
// without brackets. The connection is the caller's, with no deadline set.
//
// An error is a *trace.Error of the phase DNS or Connect. It wraps a [*HostError] or a
// *net.AddrError if host or port is none, a *net.DNSError if the name has no address, a
// [*ConnectError] if no address answered, and ctx.Err() and context.Cause(ctx) if the
// context ended.
func (d *Dialer) DialContext(ctx context.Context, host, port string, x *Exchange) (net.Conn, error) {
	name, err := ASCII(host)
	if err != nil {
		return nil, &trace.Error{Phase: trace.DNS, Proxy: x != nil && x.Proxy, Err: err}
	}
	n, err := portNumber(port)
	if err != nil {
		return nil, &trace.Error{Phase: trace.Connect, Proxy: x != nil && x.Proxy, Addr: name, Err: err}
	}
	if x == nil {
		x = &Exchange{}
	}
	target := net.JoinHostPort(name, strconv.Itoa(int(n)))
	if d.Dial != nil {
		return d.dialCustom(ctx, target, x)
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return d.connectAny(ctx, target, []netip.AddrPort{netip.AddrPortFrom(addr, n)}, x)
	}
	addrs, err := d.resolve(ctx, name, x)
	if err != nil {
		return nil, err
	}
	ports := make([]netip.AddrPort, len(addrs))
	for i, addr := range addrs {
		ports[i] = netip.AddrPortFrom(addr, n)
	}
	return d.connectAny(ctx, target, ports, x)
}

// portNumber returns the number of a port, 1 to 65535. Names of services are not looked up:
// /etc/services has no say in where a URL leads.
func portNumber(port string) (uint16, error) {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return 0, &net.AddrError{Err: "port is not a number from 1 to 65535", Addr: strconv.Quote(port)}
	}
	return uint16(n), nil
}

var errNoConn = errors.New("the Dial function returned neither a connection nor an error")

// dialCustom runs the caller's own Dial.
func (d *Dialer) dialCustom(ctx context.Context, target string, x *Exchange) (net.Conn, error) {
	ph, limited, cancel := x.begin(ctx, trace.Connect, target)
	defer cancel()
	inner, hook := noticeConnect(limited)
	return d.open(limited, ph, func() (net.Conn, error) {
		nc, err := await(limited, func() (net.Conn, error) {
			nc, err := d.Dial(inner, "tcp", target)
			if err == nil && nc == nil {
				err = errNoConn
			}
			return nc, err
		}, func(late net.Conn) { late.Close() })
		hook.done(target, err)
		return nc, err
	})
}

// open opens a connection, and the tunnel through it if there is to be one, and ends the phase.
func (d *Dialer) open(limited context.Context, ph *phase, dial func() (net.Conn, error)) (net.Conn, error) {
	nc, err := dial()
	if err == nil && d.Tunnel != nil {
		nc, err = d.Tunnel(limited, nc, dial)
	}
	if err != nil {
		return nil, ph.end(err)
	}
	return ph.keep(nc)
}

// await runs f, which is the caller's own and need not obey the context, on a goroutine of
// its own, and leaves it when the context ends. The goroutine ends when f does; a value
// that comes too late goes to drop.
func await[T any](ctx context.Context, f func() (T, error), drop func(T)) (T, error) {
	type result struct {
		value    T
		err      error
		panicked any
	}
	results := make(chan result) // unbuffered: a result is either taken or dropped
	go func() {
		var r result
		func() {
			defer func() { r.panicked = recover() }()
			r.value, r.err = f()
		}()
		select {
		case results <- r:
		case <-ctx.Done():
			if r.panicked != nil {
				panic(r.panicked) // nobody is there to hear of it
			}
			if r.err == nil {
				drop(r.value)
			}
		}
	}()
	select {
	case r := <-results:
		if r.panicked != nil {
			panic(r.panicked) // where the caller can recover from it
		}
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
