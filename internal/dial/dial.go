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

// A Resolver finds the addresses of a host name. network is "ip", or "ip4" or "ip6" if only that
// family is of use. *net.Resolver is one.
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
	// it is given "tcp" ("tcp4", "tcp6" if Family says so) and "host:port", the host as [ASCII]
	// writes it, and looks the name up itself. The limit of the phase Connect is on its context.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Unix is the path of a unix socket that everything is sent to, whatever host and port are:
	// no name is looked up, and Dial is not asked. "@name" is one of Linux's abstract sockets. "":
	// TCP.
	Unix string

	// Hosts say where to connect to in place of host and port; also what Dial is asked for. nil:
	// as they are.
	Hosts *Hosts

	// Family is the one that addresses are of.
	Family Family

	// Source is the address, and the port, that connections come from; an invalid address or
	// a port of 0: the system chooses. Dial does not see it.
	Source netip.AddrPort

	// Interface is where connections come from: an address of this machine, a network interface
	// or a name for one of the two ("if!eth0" and "host!name" say which is meant, as for curl). "":
	// the system chooses. Dial does not see it.
	Interface string

	// Guards must all let an address through; those that they do not are passed over. A unix
	// socket none of them lets through. What Dial returns must tell its address.
	Guards []*Guard

	// Connect opens the connection to one address, and obeys its context. Interface and Source are
	// for it to heed: see [Dialer.ListenUDP]. nil: TCP.
	Connect func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)

	// Secure, if it is set, puts TLS over a connection that has been opened to a proxy. It is no
	// part of the phase Connect, whose clock stands still meanwhile: it has a limit of its own,
	// and its error is returned as it is. If it fails, the connection has been closed.
	Secure func(ctx context.Context, nc net.Conn) (net.Conn, error)

	// Tunnel, if it is set, makes of a connection that has been opened the one that is returned:
	// it asks the proxy at its other end for a way through. It belongs to the phase Connect and
	// shares its limit, which is on the context. A connection that it does not return, it
	// closes. With the error [ErrAgain] it is given another one.
	Tunnel func(ctx context.Context, nc net.Conn) (net.Conn, error)

	from *binding // what Interface and Source come to; nil: the system chooses
}

// A Family is one of addresses. Zero is both.
type Family uint8

// The families.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// of returns a network with the family in its name: "tcp4".
func (f Family) of(network string) string {
	switch f {
	case IPv4:
		return network + "4"
	case IPv6:
		return network + "6"
	}
	return network
}

// ErrAgain is what a Tunnel returns that wants another connection to the proxy.
var ErrAgain = errors.New("another connection is needed")

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
// [*ConnectError] if no address answered, a [*NotPublicError] if a guard is why, and ctx.Err()
// and context.Cause(ctx) if the context ended.
func (d *Dialer) DialContext(ctx context.Context, host, port string, x *Exchange) (net.Conn, error) {
	if x == nil {
		x = &Exchange{}
	}
	to, err := d.target(host, port, x)
	switch {
	case err != nil:
		return nil, err
	case d.Unix != "":
		return d.dialUnix(ctx, to, x)
	case d.Dial != nil:
		return d.dialCustom(ctx, to, x)
	}
	if d.Interface != "" || d.Source != (netip.AddrPort{}) {
		if d, err = d.bound(ctx, x); err != nil {
			return nil, err
		}
	}
	addrs, err := d.lookUp(ctx, to, x)
	if err != nil {
		return nil, err
	}
	return d.connectAny(ctx, to, addrs, x)
}

// A target is the host and port that are asked for.
type target struct {
	host string // as ASCII writes it
	port uint16
	text string // "host:port"
}

// target returns what host and port are, as strings that nobody reads otherwise.
func (d *Dialer) target(host, port string, x *Exchange) (target, error) {
	name, err := ASCII(host)
	if err != nil {
		return target{}, &trace.Error{Phase: trace.DNS, Proxy: x.Proxy, Err: err}
	}
	n, err := portNumber(port)
	if err != nil {
		return target{}, &trace.Error{Phase: trace.Connect, Proxy: x.Proxy, Addr: name, Err: err}
	}
	return target{name, n, joinPort(name, n)}, nil
}

func joinPort(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
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
func (d *Dialer) dialCustom(ctx context.Context, to target, x *Exchange) (net.Conn, error) {
	ph, _, _ := x.begin(ctx, trace.Connect, to.text)
	network, addr := d.Family.of("tcp"), to.text
	if places := d.Hosts.find(to.host, to.port); len(places) > 0 {
		addr = joinPort(places[0].host, places[0].port)
	}
	return d.open(ph, to, func(limited context.Context) (net.Conn, error) {
		inner, hook := noticeConnect(limited)
		nc, err := await(limited, func() (net.Conn, error) {
			nc, err := d.Dial(inner, network, addr)
			if err == nil && nc == nil {
				err = errNoConn
			}
			return nc, err
		}, func(late net.Conn) { late.Close() })
		hook.done(to.text, err)
		return nc, err
	})
}

// open opens a connection, with TLS to a proxy and the tunnel through it if there are to be
// such, and ends the phase.
func (d *Dialer) open(ph *phase, to target, dial func(limited context.Context) (net.Conn, error)) (net.Conn, error) {
	defer func() { ph.cancel() }() // that of the last part
	if len(d.Guards) > 0 {
		dial = d.guarded(to, dial)
	}
	for {
		nc, err := dial(ph.limited)
		if err != nil {
			return nil, ph.end(err)
		}
		if d.Secure != nil {
			nc, err = d.Secure(ph.ctx, ph.keep(nc))
			if err != nil || d.Tunnel == nil {
				return nc, err
			}
			ph.resume(nc)
		}
		if d.Tunnel != nil {
			if nc, err = d.Tunnel(ph.limited, nc); err == ErrAgain {
				continue
			}
			if err != nil {
				return nil, ph.end(err)
			}
		}
		return ph.keep(nc), nil
	}
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
