// Where connections come from: an address of this machine, or one of its network interfaces.

package dial

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"example.com/godwit/trace"
)

// A binding is where connections come from. nil: the system chooses.
type binding struct {
	device string     // the interface that sockets are bound to, if the system lets us; "": none
	v4, v6 netip.Addr // the address of each family; invalid: there is none
	port   uint16     // 0: the system chooses
	any    bool       // the system chooses the address, of either family
}

// bound returns a Dialer that knows what its Interface and Source come to.
func (d *Dialer) bound(ctx context.Context, x *Exchange) (*Dialer, error) {
	own := *d
	if d.Interface == "" {
		own.from = fromSource(d.Source)
		return &own, nil
	}
	var err error
	own.from, err = d.findInterface(ctx, x)
	return &own, err
}

func fromSource(source netip.AddrPort) *binding {
	b := &binding{port: source.Port(), any: !source.Addr().IsValid()}
	b.add(source.Addr())
	return b
}

// add takes an address of this machine in, unless there is one of its family. A link-local one
// gives way to another.
func (b *binding) add(a netip.Addr) {
	a = a.Unmap()
	slot := &b.v6
	switch {
	case !a.IsValid():
		return
	case a.Is4():
		slot = &b.v4
	}
	if !slot.IsValid() || slot.IsLinkLocalUnicast() && !a.IsLinkLocalUnicast() {
		*slot = a
	}
}

// An InterfaceError says that connections cannot come from where they are to come from.
type InterfaceError struct {
	Name string
	Err  error
}

// Error returns the interface's name, quoted, and the cause.
func (e *InterfaceError) Error() string {
	return (&HostError{Host: e.Name, Reason: "as the interface to connect from: " + e.Err.Error()}).Error()
}

// Unwrap returns the cause.
func (e *InterfaceError) Unwrap() error { return e.Err }

var (
	errNoInterface = errors.New("there is none of that name, and it is no address")
	errNoAddress   = errors.New("it has no address")
)

// findInterface looks at Interface as curl does, but looks up only what it is told is a host.
func (d *Dialer) findInterface(ctx context.Context, x *Exchange) (*binding, error) {
	if host, ok := strings.CutPrefix(d.Interface, "host!"); ok {
		return d.findHost(ctx, host, x)
	}
	name, only := strings.CutPrefix(d.Interface, "if!")
	if a, err := netip.ParseAddr(name); err == nil && !only {
		return fromSource(netip.AddrPortFrom(a, 0)), nil
	}
	b, err := ofInterface(name)
	if err != nil {
		return nil, d.noInterface(err, x)
	}
	return b, nil
}

// findHost returns what the addresses of a name come to.
func (d *Dialer) findHost(ctx context.Context, host string, x *Exchange) (*binding, error) {
	name, err := ASCII(host)
	if err != nil {
		return nil, d.noInterface(errNoInterface, x)
	}
	b := new(binding)
	if a, err := netip.ParseAddr(name); err == nil {
		b.add(a)
		return b, nil
	}
	addrs, err := d.resolve(ctx, name, x)
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		b.add(a)
	}
	return b, nil
}

func (d *Dialer) noInterface(err error, x *Exchange) error {
	return &trace.Error{Phase: trace.Connect, Proxy: x.Proxy, Err: &InterfaceError{d.Interface, err}}
}

// ofInterface returns what an interface comes to, nil if there is none of that name.
func ofInterface(name string) (*binding, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, errNoInterface
	}
	addrs, err := i.Addrs()
	if err != nil {
		return nil, err
	}
	b := &binding{device: i.Name}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			ip, _ := netip.AddrFromSlice(n.IP)
			if ip = ip.Unmap(); ip.Is6() && ip.IsLinkLocalUnicast() {
				ip = ip.WithZone(i.Name)
			}
			b.add(ip)
		}
	}
	if !b.v4.IsValid() && !b.v6.IsValid() && !canBindToDevice {
		return nil, errNoAddress
	}
	return b, nil
}

// reaches reports whether a connection from there can go to an address at all.
func (b *binding) reaches(a netip.Addr) bool {
	return b == nil || b.any || b.local(a).IsValid() || b.device != "" && canBindToDevice
}

// local returns the address to come from to an address.
func (b *binding) local(to netip.Addr) netip.Addr {
	if to.Unmap().Is4() {
		return b.v4
	}
	return b.v6
}

// connect opens a TCP connection from there. If the system does not let us bind it to the
// interface, it comes from that one's address, which by itself says nothing of the way it takes.
func (b *binding) connect(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	nd := net.Dialer{}
	if b.device != "" && canBindToDevice {
		nd.Control = b.bindToDevice
		nc, err := nd.DialContext(ctx, "tcp", to.String())
		if !errors.Is(err, syscall.EPERM) || !b.local(to.Addr()).IsValid() {
			return nc, err
		}
		nd.Control = nil
	}
	if a := b.local(to.Addr()); a.IsValid() || b.port != 0 {
		nd.LocalAddr = &net.TCPAddr{IP: a.AsSlice(), Zone: a.Zone(), Port: int(b.port)}
	}
	return nd.DialContext(ctx, "tcp", to.String())
}

func (b *binding) bindToDevice(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) { failed = bindToDevice(fd, b.device) })
	return cmp.Or(failed, err)
}

// ListenUDP opens a UDP socket for what is exchanged with an address that LookUp has returned.
// It is bound to where Interface and Source say, and is the caller's.
func (d *Dialer) ListenUDP(ctx context.Context, to netip.AddrPort, x *Exchange) (net.PacketConn, error) {
	if x == nil {
		x = &Exchange{}
	}
	d, err := d.bound(ctx, x)
	if err != nil {
		return nil, err
	}
	return d.from.listen(ctx, to.Addr())
}

func (b *binding) listen(ctx context.Context, to netip.Addr) (net.PacketConn, error) {
	network, every, local := "udp6", netip.IPv6Unspecified(), b.local(to)
	if to.Unmap().Is4() {
		network, every = "udp4", netip.IPv4Unspecified()
	}
	if b.device != "" && canBindToDevice {
		lc := net.ListenConfig{Control: b.bindToDevice}
		pc, err := lc.ListenPacket(ctx, network, netip.AddrPortFrom(every, b.port).String())
		if !errors.Is(err, syscall.EPERM) || !local.IsValid() {
			return pc, err
		}
	}
	if !local.IsValid() {
		local = every
	}
	return new(net.ListenConfig).ListenPacket(ctx, network, netip.AddrPortFrom(local, b.port).String())
}
