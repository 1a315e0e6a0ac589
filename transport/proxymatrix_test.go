package transport

// All kinds of proxies, with all that can go wrong before they have let us through: each is an
// error about the proxy, within its limit, and neither side learns what is the other's.

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/godwit/conn"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// Words that may be seen by one side only.
const (
	ofOrigin = "origin-secret" // in the path, a field and a cookie
	ofProxy  = "proxy-secret"  // the password for the proxy
)

// secretive returns a request with secrets for the origin.
func secretive(t *testing.T, target string, o *Overrides) *http.Request {
	req := with(t, target+"/"+ofOrigin, o)
	req.Header = http.Header{"Authorization": {"Bearer " + ofOrigin}, "Cookie": {"a=" + ofOrigin}, "X-Key": {ofOrigin}}
	return req
}

func TestProxyMatrix(t *testing.T) {
	ca := parseCAOf(t, newAuthority(t))
	for _, kind := range proxyKinds {
		for _, scheme := range []string{"http", "https"} {
			t.Run(kind+" to "+scheme, func(t *testing.T) {
				user := "mona"
				if !strings.HasPrefix(kind, "socks4") {
					user += ":" + ofProxy
				}
				m := proxyMatrix{kind: kind, scheme: scheme, user: user, ca: ca, origin: newKindOrigin(t, scheme)}
				m.run(t)
			})
		}
	}
}

// A proxyMatrix is a kind of proxy and an origin.
type proxyMatrix struct {
	kind, scheme, user string
	ca                 *CA
	origin             *kindOrigin
}

// readByProxy reports whether requests go to the proxy in clear text.
func (m *proxyMatrix) readByProxy() bool {
	return m.scheme == "http" && !strings.HasPrefix(m.kind, "socks")
}

func (m *proxyMatrix) run(t *testing.T) {
	t.Run("ok", m.ok)
	t.Run("wrong credentials", func(t *testing.T) {
		wrong := strings.Replace(m.user, "mona", "eve", 1)
		m.fails(t, &kindProxy{login: m.user}, wrong, nil, func(t *testing.T, err *Error) {
			if _, tunnel := errors.AsType[*conn.TunnelError](err); !tunnel && !isSocksError(err) {
				t.Error(err)
			}
		})
	})
	t.Run("refused", func(t *testing.T) {
		m.fails(t, &kindProxy{refuse: true}, m.user, nil, func(t *testing.T, err *Error) {
			if e, tunnel := errors.AsType[*conn.TunnelError](err); tunnel && e.Status != 403 || !tunnel && !isSocksError(err) {
				t.Error(err)
			}
		})
	})
	t.Run("down", func(t *testing.T) {
		down := &kindProxy{kind: m.kind, addr: refusing(t)}
		m.check(t, down, m.send(t, down, m.user, nil), func(t *testing.T, err *Error) {
			if _, tried := errors.AsType[*net.OpError](err); !tried || err.Phase != trace.Connect || err.Addr != down.addr {
				t.Error(err)
			}
		})
	})
	t.Run("no such name", func(t *testing.T) {
		p := &kindProxy{kind: m.kind, addr: "p.example:1"}
		m.check(t, p, m.send(t, p, m.user, func(tr *Transport, _ *Overrides) { tr.Resolver = noResolver{} }), func(t *testing.T, err *Error) {
			if _, looked := errors.AsType[*net.DNSError](err); !looked || err.Phase != trace.DNS || err.Addr != "p.example" {
				t.Error(err)
			}
		})
	})
	t.Run("hangs", m.hangs)
	t.Run("cancel", m.cancel)
	t.Run("no proxy", m.noProxy)
	if !m.readByProxy() {
		t.Run("cut anywhere", m.cut)
		t.Run("early bytes", m.early)
	}
	if m.kind == "https" {
		t.Run("TLS", m.badTLS)
	}
}

func isSocksError(err error) bool { _, ok := errors.AsType[*SocksError](err); return ok }

// send sends a request through a proxy, and returns the error.
func (m *proxyMatrix) send(t *testing.T, p *kindProxy, user string, alter func(*Transport, *Overrides)) error {
	t.Helper()
	tr := examined(t, &Transport{MaxConns: 1})
	over := &Overrides{Proxy: p.rule(user), CA: m.ca, NoGzip: true}
	if alter != nil {
		alter(tr, over)
	}
	res, err := tr.RoundTrip(secretive(t, m.origin.url, over))
	if err == nil {
		body(t, res)
		err = errStatus(res.StatusCode)
	}
	checkStats(t, tr, Stats{Open: tr.Stats().Idle, Idle: tr.Stats().Idle})
	return err
}

// An errStatus is an answer, where an error is wanted.
type errStatus int

func (e errStatus) Error() string { return http.StatusText(int(e)) }

// fails sends a request to a proxy that is to refuse. In clear text that is an answer.
func (m *proxyMatrix) fails(t *testing.T, p *kindProxy, user string, alter func(*Transport, *Overrides), check func(*testing.T, *Error)) {
	t.Helper()
	p.kind, p.upstream = m.kind, m.origin.addr()
	err := m.send(t, p.start(t), user, alter)
	if status, ok := err.(errStatus); ok && m.readByProxy() {
		if status != 403 && status != 407 {
			t.Errorf("status %d", status)
		}
		return
	}
	m.check(t, p, err, check)
}

// check checks an error that is to be about the proxy.
func (m *proxyMatrix) check(t *testing.T, p *kindProxy, err error, check func(*testing.T, *Error)) {
	t.Helper()
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	if !e.Proxy || e.Sent || e.Answered {
		t.Errorf("not about the proxy: %#v", e)
	}
	check(t, e)
	for _, secret := range []string{ofOrigin, ofProxy} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
	if strings.ContainsAny(err.Error(), "\r\n\x00") {
		t.Errorf("%q", err)
	}
	if read, n := m.origin.seen(); read != "" || n > 0 {
		t.Errorf("the origin got %q on %d connections", read, n)
	}
	if read, _ := p.seen(); strings.Contains(read, ofOrigin) {
		t.Errorf("the proxy got %q", read)
	}
}

// ok: the response comes, again on the same connection, and everybody has seen only what is theirs.
func (m *proxyMatrix) ok(t *testing.T) {
	origin := newKindOrigin(t, m.scheme)
	p := (&kindProxy{kind: m.kind, upstream: origin.addr(), login: m.user}).start(t)
	tr := examined(t, &Transport{})
	var reports [3]Report
	n := 0
	over := &Overrides{
		Proxy: p.rule(m.user), CA: m.ca, NoGzip: true,
		Report: func(context.Context) *Report { n++; return &reports[n-1] },
	}
	for range reports {
		res, err := tr.RoundTrip(secretive(t, origin.url, over))
		if err != nil {
			t.Fatal(err)
		}
		if got := body(t, res); got != "ok" || (res.TLS != nil) != (m.scheme == "https") || (res.Header.Get("X-Clear") != "") != m.readByProxy() {
			t.Errorf("%q, TLS %v, %v", got, res.TLS, res.Header)
		}
	}
	checkStats(t, tr, Stats{Open: 1, Idle: 1})
	connects := m.scheme == "https" && !p.isSocks()
	for i, r := range reports {
		if r.Proxy == nil || r.Proxy.String() != p.url("").String() || r.Conn.Reused != (i > 0) || (r.Conn.TLS != nil) != (m.scheme == "https") {
			t.Errorf("report %d: %+v", i, r)
		}
		if (r.Tunnel != nil) != connects || connects && (r.Tunnel.Status != 200 || r.Tunnel.Fields.Get("X-Route") != "7" || r.Tunnel.Target != origin.addr()) {
			t.Errorf("report %d: %+v", i, r.Tunnel)
		}
	}
	read, conns := p.seen()
	if conns != 1 {
		t.Errorf("%d connections to the proxy", conns)
	}
	if m.scheme == "https" && strings.Contains(read, ofOrigin) {
		t.Errorf("the proxy got %q", read)
	}
	got, conns := origin.seen()
	if m.readByProxy() {
		if conns != 0 || !strings.HasPrefix(read, "GET http://") {
			t.Errorf("the origin got %q, the proxy %q", got, read)
		}
		return
	}
	want := "GET /" + ofOrigin + " HTTP/1.1\r\nHost: " + origin.addr() + "\r\n"
	if conns != 1 || strings.Count(got, want) != len(reports) || strings.Contains(got, "Proxy-") || strings.Contains(got, ofProxy) || strings.Contains(got, "mona") {
		t.Errorf("the origin got %q on %d connections", got, conns)
	}
}

// hangs: whatever it is that does not come, Limits.Connect is the limit, or Limits.TLS.
func (m *proxyMatrix) hangs(t *testing.T) {
	const limit = 40 * time.Millisecond
	p := &kindProxy{kind: m.kind, speak: func(r *bufio.Reader, _ net.Conn) { _, _ = io.Copy(io.Discard, r) }}
	limits := func(_ *Transport, o *Overrides) { o.Limits = trace.Limits{Connect: limit, Wait: limit} }
	if m.readByProxy() {
		// It is to answer the request, and that it is the proxy's fault nobody can know.
		err := m.send(t, p.start(t), m.user, limits)
		if e, ok := err.(*Error); !ok || e.Phase != trace.Wait || e.Limit != limit || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		return
	}
	m.fails(t, p, m.user, limits, func(t *testing.T, err *Error) {
		if err.Phase != trace.Connect || err.Limit != limit || err.Setting != "Limits.Connect" || !err.Timeout() {
			t.Errorf("%#v", err)
		}
	})
}

// cancel: it is heard while the proxy thinks.
func (m *proxyMatrix) cancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &kindProxy{kind: m.kind, speak: func(r *bufio.Reader, _ net.Conn) {
		_, _ = r.ReadByte()
		cancel()
		_, _ = io.Copy(io.Discard, r)
	}}
	p.start(t)
	tr := examined(t, &Transport{MaxConns: 1})
	req := secretive(t, m.origin.url, &Overrides{})
	start := time.Now()
	_, err := tr.RoundTrip(req.WithContext(With(ctx, &Overrides{Proxy: p.rule(m.user), CA: m.ca})))
	e, ok := err.(*Error)
	if !ok || !errors.Is(err, context.Canceled) || e.Proxy == m.readByProxy() || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	checkStats(t, tr, Stats{})
}

// noProxy: a peer that speaks another protocol.
func (m *proxyMatrix) noProxy(t *testing.T) {
	for name, says := range map[string]string{
		"TLS":  "\x15\x03\x01\x00\x02\x02\x46",
		"SSH":  "SSH-2.0-OpenSSH_9.9\r\n",
		"HTTP": "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
		"zero": "\x00\x00\x00\x00\x00\x00\x00\x00",
		"five": "\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05",
	} {
		if name == "HTTP" && !strings.HasPrefix(m.kind, "socks") {
			continue
		}
		p := &kindProxy{kind: m.kind, speak: func(r *bufio.Reader, c net.Conn) {
			if _, err := r.Peek(1); err == nil {
				_, _ = r.Discard(r.Buffered()) // otherwise to close is to reset
			}
			_, _ = io.WriteString(c, says)
		}}
		if m.readByProxy() {
			p.upstream = m.origin.addr()
			if err := m.send(t, p.start(t), m.user, nil); !errors.Is(err, conn.ErrHTTP) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		m.fails(t, p, m.user, nil, func(t *testing.T, err *Error) {
			se, socks := errors.AsType[*SocksError](err)
			if !errors.Is(err, conn.ErrHTTP) && !errors.Is(err, io.ErrUnexpectedEOF) && (!socks || !se.Malformed) || err.Timeout() {
				t.Errorf("%s: %#v, %v", name, err, err)
			}
		})
	}
}

// yes is what a kind of proxy says, in turn, to let us through without credentials.
func (m *proxyMatrix) yes() []string {
	switch m.kind {
	case "socks4", "socks4a":
		return []string{"\x00\x5a\x00\x00\x00\x00\x00\x00"}
	case "socks5", "socks5h":
		return []string{"\x05\x00", "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"}
	}
	return []string{"HTTP/1.1 200 OK\r\n\r\n"}
}

// saying returns what speaks a text, after each request as much of it as there is for that, and
// closes the connection then.
func saying(kind string, texts []string) func(*bufio.Reader, net.Conn) {
	return func(r *bufio.Reader, c net.Conn) {
		for _, text := range texts {
			if strings.HasPrefix(kind, "http") {
				if _, err := readHead(r); err != nil {
					return
				}
			} else if _, err := r.Peek(1); err != nil {
				return
			} else {
				_, _ = r.Discard(r.Buffered())
			}
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
}

// cut: an answer that breaks off lets nobody through.
func (m *proxyMatrix) cut(t *testing.T) {
	for i, text := range m.yes() {
		for n := range len(text) {
			texts := append(append([]string{}, m.yes()[:i]...), text[:n])
			p := &kindProxy{kind: m.kind, speak: saying(m.kind, texts)}
			m.fails(t, p, "", nil, func(t *testing.T, err *Error) {
				if err.Phase != trace.Connect || !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, conn.ErrRemoteDisconnected) && !lostConnection(err.Err) {
					t.Errorf("answer %d, byte %d: %v", i, n, err)
				}
			})
		}
	}
}

// early: what comes behind the last answer is nobody's.
func (m *proxyMatrix) early(t *testing.T) {
	texts := m.yes()
	texts[len(texts)-1] += ok2
	p := &kindProxy{kind: m.kind, speak: saying(m.kind, texts)}
	m.fails(t, p, "", nil, func(t *testing.T, err *Error) {
		if e, ok := errors.AsType[*conn.ProtocolError](err); !ok || e.Rule != conn.RuleEarlyTunnel || err.Phase != trace.Connect {
			t.Errorf("%v", err)
		}
	})
}

// badTLS: the proxy's certificate has to be the proxy's, whatever is said for the origin.
func (m *proxyMatrix) badTLS(t *testing.T) {
	named := func(p *kindProxy) func(*url.URL) (*url.URL, error) {
		return func(*url.URL) (*url.URL, error) {
			u := p.url(m.user)
			u.Host = strings.Replace(u.Host, "127.0.0.1", "localhost", 1)
			return u, nil
		}
	}
	for name, tt := range map[string]struct {
		alter func(*Transport, *Overrides, *kindProxy)
		cause tlserr.Cause
	}{
		"nobody trusts it": {func(_ *Transport, o *Overrides, _ *kindProxy) { o.CA = nil }, tlserr.UnknownIssuer},
		"Insecure for another": {func(_ *Transport, o *Overrides, _ *kindProxy) {
			o.CA, o.Insecure, o.Origin = nil, true, "https://"+m.origin.addr()
		}, tlserr.UnknownIssuer},
		"Insecure for anybody": {func(_ *Transport, o *Overrides, _ *kindProxy) { o.CA, o.Insecure = nil, true }, tlserr.UnknownIssuer},
		"another name":         {func(_ *Transport, o *Overrides, p *kindProxy) { o.Proxy = named(p) }, tlserr.NameMismatch},
		"ServerName of another": {func(_ *Transport, o *Overrides, p *kindProxy) {
			o.Proxy, o.TLSSettings = named(p), &TLSSettings{ServerName: "127.0.0.1"}
		}, tlserr.NameMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			p := (&kindProxy{kind: "https", upstream: m.origin.addr()}).start(t)
			err := m.send(t, p, m.user, func(tr *Transport, o *Overrides) { tt.alter(tr, o, p) })
			m.check(t, p, err, func(t *testing.T, err *Error) {
				if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != tt.cause || err.Phase != trace.TLS || !strings.HasSuffix(err.Addr, p.addr[strings.Index(p.addr, ":"):]) {
					t.Errorf("%v", err)
				}
			})
		})
	}
	t.Run("hangs", func(t *testing.T) {
		const limit = 40 * time.Millisecond
		p := &kindProxy{kind: "https", addr: serve(t, func(_ int, c net.Conn) { _, _ = io.Copy(io.Discard, c) })}
		err := m.send(t, p, m.user, func(_ *Transport, o *Overrides) { o.Limits.TLS = limit })
		m.check(t, p, err, func(t *testing.T, err *Error) {
			if err.Phase != trace.TLS || err.Limit != limit || err.Setting != "Limits.TLS" || err.Addr != p.addr {
				t.Errorf("%#v", err)
			}
		})
	})
}
