package transport

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"example.com/godwit/auth"
	"example.com/godwit/conn"
	"example.com/godwit/internal/dial"
	"example.com/godwit/trace"
)

// SocksError says that a SOCKS proxy has not let us through, or cannot be asked to.
type SocksError = dial.SocksError

// dialProxy opens a connection to the proxy, with TLS if it is one for that, and the tunnel through
// it, unless it is the proxy that reads the request. x is the request's: what goes wrong with the
// proxy says so.
func (r *trip) dialProxy(d *dial.Dialer, x *dial.Exchange) (net.Conn, error) {
	p, own, finder := r.login.proxy, *x, r.finder(d)
	own.Proxy = true
	d.Guards = nil // they are for the origin
	switch {
	case p.isSocks():
		s, err := r.newSocks(finder, x)
		if err != nil {
			return nil, err
		}
		d.Tunnel = s
	case !r.readByProxy():
		target, err := r.guardedTarget(finder, x)
		if err != nil {
			return nil, err
		}
		d.Tunnel = r.newDigger(target).dig
	}
	if p.shown.Scheme == "https" {
		if trusted(r.key.via.trust).insecure && r.opt.Tracer != nil {
			r.emit(trace.Warning{Origin: p.shown.String(), Text: "the certificate of this proxy is not verified (Insecure)"})
		}
		d.Secure = func(ctx context.Context, nc net.Conn) (net.Conn, error) {
			return r.secureProxy(ctx, nc, d.Tunnel != nil, &own)
		}
	}
	return d.DialContext(r.ctx, p.host, p.port, &own)
}

// secureProxy puts TLS over a connection to the proxy, which is to become a tunnel or not.
func (r *trip) secureProxy(ctx context.Context, nc net.Conn, tunnel bool, x *dial.Exchange) (net.Conn, error) {
	p := r.login.proxy
	config, err := r.t.proxyTLS(p.host, r.key.via.trust, r.login.over)
	if err != nil {
		nc.Close()
		if e, ok := err.(*Error); ok {
			err = e.Err
		}
		return nil, &Error{Phase: trace.TLS, Addr: p.addr(), Proxy: true, Err: err}
	}
	tc, err := dial.Handshake(ctx, nc, config, p.addr(), x)
	switch {
	case err != nil:
		return nil, err // and not a *tls.Conn that is nil
	case tunnel:
		return tc, nil
	}
	return &dial.ProxyLeg{Conn: tc}, nil
}

// newSocks returns a dial.Dialer's Tunnel that asks a SOCKS proxy for the way to the origin. If the
// proxy is not to look the name up, it is done here, and nowhere else in this package. What cannot
// be asked is an error before anything is dialled.
func (r *trip) newSocks(d *dial.Dialer, x *dial.Exchange) (func(context.Context, net.Conn) (net.Conn, error), error) {
	p := r.login.proxy
	port, err := strconv.ParseUint(r.key.port, 10, 16)
	if err != nil {
		return nil, proxyError(p.addr(), err)
	}
	host, _, _ := strings.Cut(r.key.host, "%")
	s := &dial.Socks{Version: 5, Host: host, Port: uint16(port), User: r.login.name, Password: r.login.password}
	remote := false
	switch p.shown.Scheme {
	case "socks5h":
		remote = true
	case "socks4":
		s.Version = 4
	case "socks4a":
		s.Version, remote = 4, true
	}
	if err := s.Check(); err != nil {
		return nil, proxyError(p.addr(), err)
	}
	if !remote || r.guarded() {
		if s.Addrs, err = d.LookUp(r.ctx, host, r.key.port, x); err != nil {
			return nil, err
		}
		if err := s.Check(); err != nil {
			return nil, proxyError(p.addr(), err)
		}
	}
	return func(ctx context.Context, nc net.Conn) (net.Conn, error) {
		nc, err := s.Dig(ctx, nc)
		if err == dial.ErrEarly {
			err = &conn.ProtocolError{Rule: conn.RuleEarlyTunnel}
		}
		return nc, err
	}, nil
}

var errNotBasic = errors.New("a SOCKS proxy takes a name and a password (Basic), and no other credentials")

// loginToSocks sets the name and the password: those of the request's ProxyAuth if they are Basic's,
// or of the URL of the proxy. A ProxyAuth that waits for a challenge is not asked: SOCKS has none.
func (r *trip) loginToSocks(l *login) error {
	l.name, l.password = l.proxy.name, l.proxy.password
	l.value = ""
	if r.overrides == nil || r.overrides.ProxyAuth == nil || !r.overrides.isFor(l.proxy) {
		return nil
	}
	if _, waits := r.overrides.ProxyAuth.(auth.Challenger); waits {
		return nil
	}
	value, err := r.askAuth(l)
	if err != nil || value == "" {
		return err
	}
	scheme, word, _ := strings.Cut(value, " ")
	text, err := base64.StdEncoding.DecodeString(word)
	name, password, ok := strings.Cut(string(text), ":")
	if err != nil || !ok || !strings.EqualFold(scheme, "Basic") {
		return proxyError(l.proxy.addr(), errNotBasic)
	}
	l.name, l.password = name, password
	return nil
}

// socksIdentity returns what tells the connections of different users of a SOCKS proxy apart.
func (l *login) socksIdentity() string {
	if l.name == "" && l.password == "" {
		return ""
	}
	return url.UserPassword(l.name, l.password).String()
}
