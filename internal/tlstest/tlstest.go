// Package tlstest has a TLS server for each way in which TLS goes wrong, and for the ways
// in which it must not: what badssl.com and BetterTLS serve, made in the test, on the
// loopback. It is imported by tests only.
//
//	for _, f := range tlstest.Failing(t) {
//		t.Run(f.Name, func(t *testing.T) {
//			s := tlstest.Start(t, f)
//			// a client that trusts f.CA alone, and dials with s.Dial, asks for s.URL():
//			// it must fail with a *tlserr.Error of f.Want, and s.Requests() must stay 0
//		})
//	}
//
// A server for QUIC takes [Fixture.QUIC].
package tlstest

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/godwit/tlserr"
)

// A Fixture is a server, and what is to become of a client that asks it for something. It is
// shared: copy what is to be altered.
type Fixture struct {
	Name string // as badssl.com has it, where it has it
	Host string // of the URL, and in SNI if it is a name
	CA   []byte // PEM of those whom the client trusts, in place of the system's

	// Want is the cause of the failure, "" if there must be none. Raw is the one that
	// tlserr.From finds with nothing but the error of crypto/tls; "": Want.
	Want, Raw tlserr.Cause

	// Says are words that the error's explanation must have.
	Says []string

	// Trust is PEM that a client who trusts it, too, is content with; ClientCert and
	// ClientKey are PEM that the server is content with. nil: that is no way out. Fix is
	// another way out that the client has itself, for instance "http://".
	Trust, ClientCert, ClientKey []byte
	Fix                          string

	// Scheme is that of the URL; "": https. With "http" the client speaks no TLS at all.
	Scheme string

	// Client alters the client's configuration, for what goes wrong with some only; nil:
	// any client will do.
	Client func(*tls.Config)

	// Config is that of the server, with certificates; nil: Serve is the server. It names no
	// protocols (ALPN).
	Config *tls.Config

	// Slow says that a handshake takes a while: one of them tells enough.
	Slow bool

	// HTTP1 says that HTTP/2 is not to be spoken with this one (RFC 9113 9.2.2).
	HTTP1 bool

	// Serve is a server that is none of Go's. It gets a connection that is closed when it
	// returns.
	Serve func(net.Conn)
}

// QUIC returns the server's configuration for HTTP/3, a copy, and whether there is one: QUIC
// has TLS 1.3 only.
func (f *Fixture) QUIC() (*tls.Config, bool) {
	if f.Config == nil || f.Config.MaxVersion != 0 && f.Config.MaxVersion < tls.VersionTLS13 {
		return nil, false
	}
	c := f.Config.Clone()
	c.NextProtos = []string{"h3"}
	return c, true
}

// ClientConfig returns the configuration of a client with crypto/tls, a new one each time.
func (f *Fixture) ClientConfig() *tls.Config {
	c := &tls.Config{ServerName: f.Host, RootCAs: pool(f.CA)}
	if f.Client != nil {
		f.Client(c)
	}
	return c
}

// Remedy reports whether the client can do something about the failure by itself.
func (f *Fixture) Remedy() bool { return f.Trust != nil || f.ClientCert != nil || f.Fix != "" }

// A Server is one that [Start] has started.
type Server struct {
	Addr string // where it listens, "127.0.0.1:port"

	fixture  *Fixture
	requests atomic.Int64
}

// URL returns the address of a page of the server's. Its host is the fixture's, so that the
// client has to be told where that is: see Dial.
func (s *Server) URL() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	u := url.URL{Scheme: s.fixture.Scheme, Host: net.JoinHostPort(s.fixture.Host, port), Path: "/"}
	if u.Scheme == "" {
		u.Scheme = "https"
	}
	return u.String()
}

// Dial connects to the server, whatever the address is.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
}

// Requests returns how many requests have reached a handler.
func (s *Server) Requests() int { return int(s.requests.Load()) }

// Body is what the servers answer with.
const Body = "hello over TLS\n"

// ServeHTTP counts the request and answers it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, Body)
}

// Start serves a fixture on a port of the loopback until the test ends. protocols are those
// that are offered by ALPN, "h2" or "http/1.1"; none: http/1.1 alone.
func Start(t testing.TB, f *Fixture, protocols ...string) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: l.Addr().String(), fixture: f}
	if f.Config == nil {
		serveRaw(t, l, f.Serve)
		return s
	}
	if len(protocols) == 0 {
		protocols = []string{"http/1.1"}
	}
	config := f.Config.Clone()
	config.NextProtos = protocols
	speaks := new(http.Protocols)
	speaks.SetHTTP1(slices.Contains(protocols, "http/1.1"))
	speaks.SetHTTP2(slices.Contains(protocols, "h2"))
	server := &http.Server{
		// Of the configuration it sees nothing: it would refuse to speak HTTP/2 with ciphers that
		// are too weak for that, which is what some are for.
		Handler: s, Protocols: speaks,
		ErrorLog: log.New(io.Discard, "", 0), // that the client goes away is what is wanted
	}
	done := make(chan struct{})
	go func() { // ends with the server
		defer close(done)
		_ = server.Serve(tls.NewListener(l, config))
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return s
}

// serveRaw gives each connection to serve, until the test ends.
func serveRaw(t testing.TB, l net.Listener, serve func(net.Conn)) {
	var mu sync.Mutex // guards the following
	open := map[net.Conn]bool{}
	over := false
	var wg sync.WaitGroup
	wg.Go(func() { // ends with the listener
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			if over {
				nc.Close()
			}
			open[nc] = true
			mu.Unlock()
			wg.Go(func() { // ends with the connection
				defer nc.Close()
				serve(nc)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		over = true
		for nc := range open {
			nc.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
}
