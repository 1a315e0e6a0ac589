package h3

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/tlserr"
)

// All connections share a socket, which is closed with the last of them.
func TestOneSocket(t *testing.T) {
	one, other := start(t, echo, nil), start(t, echo, nil)
	var d Dialer
	a := open(t, &d, one.addr, options())
	b := open(t, &d, other.addr, options())
	if a.LocalAddr().String() != b.LocalAddr().String() {
		t.Error(a.LocalAddr(), b.LocalAddr())
	}
	a.Close()
	get(t, b, "/")
	b.Close()
	released(t, &d)
	get(t, open(t, &d, one.addr, options()), "/")
}

// Many who come at once find the same socket.
func TestOneSocketAtOnce(t *testing.T) {
	s := start(t, echo, nil)
	var d Dialer
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			c, err := d.DialHTTP3(t.Context(), s.addr, options())
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	all.Wait()
	released(t, &d)
}

func TestIPv6(t *testing.T) {
	if pc, err := net.ListenPacket("udp6", "[::1]:0"); err != nil {
		t.Skip(err)
	} else {
		pc.Close()
	}
	s := startAt(t, netip.MustParseAddrPort("[::1]:0"), echo, nil)
	opt := options()
	opt.TLS.ServerName = "::1"
	get(t, open(t, &Dialer{}, s.addr, opt), "/")
}

func TestSource(t *testing.T) {
	s := start(t, echo, nil)
	opt := options()
	opt.Listen, opt.From = listenOn("127.0.0.2"), "127.0.0.2"
	var d Dialer
	c := open(t, &d, s.addr, opt)
	if got := c.LocalAddr().(*net.UDPAddr).IP.String(); got != "127.0.0.2" {
		t.Error(got)
	}
	other := open(t, &d, s.addr, options())
	if c.LocalAddr().String() == other.LocalAddr().String() {
		t.Error("they share a socket")
	}
	opt.Listen = listenOn("192.0.2.1")
	if _, err := new(Dialer).DialHTTP3(t.Context(), s.addr, opt); err == nil {
		t.Error("from an address that is not ours")
	}
}

// Nobody answers: the context ends the attempt, and nothing stays behind.
func TestNobodyAnswers(t *testing.T) {
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	to := pc.LocalAddr().(*net.UDPAddr).AddrPort()
	var d Dialer
	ctx, cancel := context.WithCancelCause(t.Context())
	mine := errors.New("mine")
	go func() { // once something has been sent
		pc.ReadFrom(make([]byte, 2000))
		cancel(mine)
	}()
	if _, err := d.DialHTTP3(ctx, to, options()); err != mine {
		t.Error(err)
	}
	released(t, &d)

	ctx, cancelTimeout := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancelTimeout()
	_, err = d.DialHTTP3(ctx, to, options())
	if timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); !ok || !timeout.Timeout() {
		t.Error(err)
	}
	released(t, &d)
}

// What is not QUIC is not listened to.
func TestNotQUIC(t *testing.T) {
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	over := make(chan bool)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(over)
		b := make([]byte, 2000)
		_, from, err := pc.ReadFrom(b)
		for i := range 1000 {
			if err != nil {
				break
			}
			_, _ = pc.WriteTo([]byte(strings.Repeat("HTTP/1.1 200 OK\r\n\r\n", i%60)), from)
			_, err = pc.WriteTo(b[:i], from) // what it has sent itself
		}
		cancel()
	}()
	if _, err := new(Dialer).DialHTTP3(ctx, pc.LocalAddr().(*net.UDPAddr).AddrPort(), options()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-over
}

func TestTLSFailures(t *testing.T) {
	plain := start(t, echo, nil)
	wantsCert := start(t, echo, func(s *http3.Server) { s.TLSConfig.ClientAuth = tls.RequireAnyClientCert })
	otherALPN := start(t, echo, func(s *http3.Server) { s.TLSConfig.NextProtos = []string{"other"} })
	mine := errors.New("mine")
	for _, test := range []struct {
		name  string
		to    netip.AddrPort
		alter func(*tls.Config)
		cause tlserr.Cause
	}{
		{"expired", plain.addr, func(c *tls.Config) {
			c.Time = func() time.Time { return time.Now().Add(24 * time.Hour) }
		}, tlserr.Expired},
		{"unknown", plain.addr, func(c *tls.Config) { c.RootCAs = nil }, tlserr.SelfSigned},
		{"misnamed", plain.addr, func(c *tls.Config) { c.ServerName = "example.com" }, tlserr.NameMismatch},
		{"no common protocol", otherALPN.addr, func(c *tls.Config) {}, tlserr.Refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			opt := options()
			test.alter(opt.TLS)
			_, err := new(Dialer).DialHTTP3(t.Context(), test.to, opt)
			e, ok := errors.AsType[*tlserr.Error](err)
			if !ok || e.Cause != test.cause {
				t.Errorf("%T: %v", err, err)
			}
		})
	}
	t.Run("pins", func(t *testing.T) {
		opt := options()
		opt.TLS.VerifyConnection = func(tls.ConnectionState) error { return mine }
		if _, err := new(Dialer).DialHTTP3(t.Context(), plain.addr, opt); !errors.Is(err, mine) {
			t.Error(err)
		}
	})
	t.Run("TLS 1.2", func(t *testing.T) {
		opt := options()
		opt.TLS.MaxVersion = tls.VersionTLS12
		if _, err := new(Dialer).DialHTTP3(t.Context(), plain.addr, opt); !errors.Is(err, errOldTLS) {
			t.Error(err)
		}
	})
	t.Run("client certificate", func(t *testing.T) {
		c, err := new(Dialer).DialHTTP3(t.Context(), wantsCert.addr, options())
		if err == nil { // the server judges once the handshake is over for us
			defer c.Close()
			_, err = c.RoundTrip(request(t, "GET", "/", nil))
		}
		if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != tlserr.ClientCertificate {
			t.Errorf("%T: %v", err, err)
		}
		opt := options()
		cert, _ := authority()
		opt.TLS.Certificates = []tls.Certificate{cert}
		get(t, open(t, &Dialer{}, wantsCert.addr, opt), "/")
	})
}

// A server that is gone without a word is found out in seconds; safe requests need not wait.
func TestServerGone(t *testing.T) {
	s := start(t, echo, nil)
	c := open(t, &Dialer{window: 25 * time.Millisecond}, s.addr, options())
	get(t, c, "/")
	s.kill()
	_, err := c.RoundTrip(request(t, "GET", "/", nil))
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.Timeout() || e.Unprocessed() {
		t.Errorf("%#v", err)
	}
	if c.Available() != 0 || c.Reserve() == nil {
		t.Error("it takes more")
	}
	// One that may do harm waits on, for as long as it wants.
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err = c.RoundTrip(request(t, "POST", "/", nil).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// A server that takes its time is not taken for dead.
func TestSlowServer(t *testing.T) {
	release := make(chan bool)
	s := start(t, func(w http.ResponseWriter, r *http.Request) { <-release }, nil)
	c := open(t, &Dialer{window: 15 * time.Millisecond}, s.addr, options())
	time.AfterFunc(200*time.Millisecond, func() { close(release) })
	get(t, c, "/")
	if c.Available() != maxStreams {
		t.Error(c.Available())
	}
}

// A server that has been started anew knows nothing of the connection, and says so.
func TestServerRestarted(t *testing.T) {
	s := start(t, echo, nil)
	c := open(t, &Dialer{}, s.addr, options())
	get(t, c, "/")
	s.kill()
	again := startAt(t, s.addr, echo, nil)
	_, err := c.RoundTrip(request(t, "GET", "/", nil))
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Err != errReset {
		t.Errorf("%#v", err)
	}
	get(t, open(t, &Dialer{}, again.addr, options()), "/")
}
