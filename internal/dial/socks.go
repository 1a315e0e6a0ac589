// SOCKS: asking a proxy for a connection to a host. What is written and read is in socks4.go
// and socks5.go, without I/O.

package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
)

// A Socks asks a SOCKS proxy for one connection. It is used once, for [Dialer].Tunnel.
type Socks struct {
	Version  int    // 5 (RFC 1928) or 4, which is 4a if it is given a name
	Host     string // the name that the proxy looks up, if Addrs is empty; as [ASCII] has it
	Port     uint16
	Addrs    []netip.AddrPort // what the host has been found to be; asked for in turn
	User     string           // 4: the user id
	Password string           // 5 only

	tried int // of Addrs
}

// A SocksError says that a SOCKS proxy has not opened a connection, or that it cannot be asked
// to. There is no password in it.
type SocksError struct {
	Version int    // 4 or 5
	Target  string // what it was to connect us to, "example.com:443"
	Step    string // what had been asked: "method", "login", "connect"; "": nothing can be
	Code    byte   // its answer to that, if it is a refusal
	Reason  string // in words

	// Malformed is set if the answer is none that there can be.
	Malformed bool
}

// Error returns the target and the reason, and the number of the answer if that is a refusal.
func (e *SocksError) Error() string {
	text := "no way to " + e.Target + " by SOCKS" + strconv.Itoa(e.Version) + ": " + e.Reason
	if e.Code != 0 && !e.Malformed {
		text += " (answer " + strconv.Itoa(int(e.Code)) + ")"
	}
	return text
}

// Lasting reports whether the proxy would say the same another time.
func (e *SocksError) Lasting() bool {
	return e.Malformed || e.Step != "connect" || !passes(e.Version, e.Code)
}

// passes reports whether a refusal is about the network beyond the proxy: another address of the
// host may fare better, or the same one at another time.
func passes(version int, code byte) bool {
	if version == 4 {
		return code == socks4Failed
	}
	switch code {
	case 1, 3, 4, 5, 6:
		return true
	}
	return false
}

// ErrEarly says that a SOCKS proxy has sent something behind its answer, before it was sent
// anything to pass on.
var ErrEarly = errors.New("the proxy sent something before it was sent anything to pass on")

// Check says what cannot be asked of a proxy, before one is dialled: a [*SocksError]. It is nil if
// there is nothing. Of several addresses, those that cannot be asked for are left out.
func (s *Socks) Check() error {
	_, err := s.request()
	for err != nil && len(s.Addrs) > 1 {
		s.Addrs = s.Addrs[1:]
		_, err = s.request()
	}
	switch {
	case err != nil:
	case s.Version == 5:
		_, err = login5(s.User, s.Password)
	case s.Password != "":
		err = &SocksError{Reason: "it knows users, and no passwords"}
	}
	return s.named(err)
}

// target returns what is asked for next.
func (s *Socks) target() string {
	if len(s.Addrs) > 0 {
		return s.Addrs[s.tried].String()
	}
	return joinPort(s.Host, s.Port)
}

// request returns the request for the target.
func (s *Socks) request() ([]byte, error) {
	addr, port := netip.Addr{}, s.Port
	if len(s.Addrs) > 0 {
		addr, port = s.Addrs[s.tried].Addr(), s.Addrs[s.tried].Port()
	} else if a, err := netip.ParseAddr(s.Host); err == nil {
		addr = a
	}
	addr = addr.Unmap()
	if s.Version == 4 {
		return request4(s.Host, addr, port, s.User)
	}
	return request5(s.Host, addr, port)
}

// named completes an error.
func (s *Socks) named(err error) error {
	if e, ok := err.(*SocksError); ok {
		e.Version, e.Target = s.Version, s.target()
	}
	return err
}

// Dig is a [Dialer].Tunnel. Where an address of several is refused for a reason that another need
// not have, that one is tried on another connection.
func (s *Socks) Dig(ctx context.Context, nc net.Conn) (through net.Conn, err error) {
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer func() {
		if through == nil { // be it that nc has panicked
			stop()
			nc.Close()
		}
	}()
	err = s.named(s.ask(&socksConn{nc: nc}))
	if !stop() { // nc has been closed, or is about to be
		return nil, ctx.Err()
	}
	if err == nil {
		return nc, nil
	}
	if e, refused := err.(*SocksError); refused {
		if s.next(e) {
			return nil, ErrAgain
		}
		err = &Refusal{e}
	}
	return nil, err
}

// next goes on to another address, and reports whether there is one that the refusal of the one
// before says nothing about.
func (s *Socks) next(e *SocksError) bool {
	if e.Malformed || e.Step != "connect" || !passes(s.Version, e.Code) && e.Code != socks5NoSuchAddr {
		return false
	}
	for i := s.tried + 1; i < len(s.Addrs); i++ {
		other := *s
		other.tried = i
		if _, err := other.request(); err == nil {
			s.tried = i
			return true
		}
	}
	return false
}

// ask asks for the connection.
func (s *Socks) ask(c *socksConn) error {
	request, err := s.request()
	if err != nil {
		return err
	}
	if s.Version == 4 {
		return c.ask(request, answer4)
	}
	login, err := login5(s.User, s.Password)
	if err != nil {
		return err
	}
	var method byte
	if err := c.ask(greeting5(login != nil), func(b []byte) (n int, err error) {
		n, method, err = method5(b, login != nil)
		return n, err
	}); err != nil {
		return err
	}
	if method == methodLogin {
		if err := c.ask(login, loggedIn5); err != nil {
			return err
		}
	}
	return c.ask(request, answer5)
}

// mostSocks is more than any answer has: 4 octets, a name of 255 with its length, a port.
const mostSocks = 512

// A socksConn asks and reads answers.
type socksConn struct {
	nc  net.Conn
	buf [mostSocks]byte
}

// ask writes a request, and reads the answer until parse says how long that is. Not a byte may
// come behind it, because the next word is ours.
func (c *socksConn) ask(request []byte, parse func([]byte) (int, error)) error {
	if _, err := c.nc.Write(request); err != nil {
		return err
	}
	for have := 0; ; {
		m, readErr := c.nc.Read(c.buf[have:])
		have += m
		n, err := parse(c.buf[:have])
		switch {
		case err != nil:
			return err
		case n > 0 && n < have:
			return ErrEarly
		case n > 0:
			return nil
		case readErr == io.EOF:
			return fmt.Errorf("it has hung up before it had answered: %w", io.ErrUnexpectedEOF)
		case readErr != nil:
			return readErr
		}
	}
}
