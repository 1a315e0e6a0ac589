// Which of the addresses of a host may be connected to, decided.

package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"example.com/godwit/trace"
)

// What keeps an address from being tried, beside a guard.
var (
	errFamily4 = errors.New("not IPv4, which alone is wanted")
	errFamily6 = errors.New("not IPv6, which alone is wanted")
	errSource  = errors.New("of another family than the address to come from")
)

// admit returns the addresses that are to be tried, and why the others are not.
func (d *Dialer) admit(to target, addrs []netip.AddrPort) (tried []netip.AddrPort, refused []Attempt) {
	if d.Family == 0 && d.from == nil && len(d.Guards) == 0 {
		return addrs, nil
	}
	for _, a := range addrs {
		if err := d.refuses(to, a); err != nil {
			refused = append(refused, Attempt{Addr: a, Err: err})
			continue
		}
		tried = append(tried, a)
	}
	return tried, refused
}

// refuses returns why an address is not to be tried, nil if it is.
func (d *Dialer) refuses(to target, addr netip.AddrPort) error {
	switch a := addr.Addr().Unmap(); {
	case d.Family == IPv4 && !a.Is4():
		return errFamily4
	case d.Family == IPv6 && a.Is4():
		return errFamily6
	case !d.from.reaches(a):
		return errSource
	}
	return d.check(to, addr)
}

// check asks the guards.
func (d *Dialer) check(to target, addr netip.AddrPort) error {
	for _, g := range d.Guards {
		if err := g.Check(to.host, to.port, addr); err != nil {
			return err
		}
	}
	return nil
}

// guarded returns dial with a look at who is at the other end, before anything is sent there.
func (d *Dialer) guarded(to target, dial func(context.Context) (net.Conn, error)) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		nc, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		if err := d.checkPeer(to, nc.RemoteAddr()); err != nil {
			nc.Close()
			return nil, err
		}
		return nc, nil
	}
}

func (d *Dialer) checkPeer(to target, peer net.Addr) error {
	for _, g := range d.Guards {
		if err := g.checkPeer(to.host, to.port, peer); err != nil {
			return err
		}
	}
	return nil
}

// Check returns nil if all guards let a connection to host and port stand whose other end is peer,
// and else a *[NotPublicError].
func (d *Dialer) Check(host string, port string, peer net.Addr) error {
	if len(d.Guards) == 0 {
		return nil
	}
	to, err := d.target(host, port, &Exchange{})
	if err != nil {
		return err
	}
	return d.checkPeer(to, peer)
}

// LookUp returns the addresses that DialContext would connect to, in the order in which it would try
// them, at least one. It is for those who connect by other means: over UDP, or through a proxy that
// is told an address. Neither Dial nor Unix are looked at. Errors are as those of DialContext
// before it connects.
func (d *Dialer) LookUp(ctx context.Context, host, port string, x *Exchange) ([]netip.AddrPort, error) {
	if x == nil {
		x = &Exchange{}
	}
	to, err := d.target(host, port, x)
	if err != nil {
		return nil, err
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
	tried, refused := d.admit(to, addrs)
	if len(tried) == 0 {
		return nil, &trace.Error{Phase: trace.Connect, Addr: to.text, Proxy: x.Proxy, Err: &ConnectError{Addr: to.text, Attempts: refused}}
	}
	return tried, nil
}
