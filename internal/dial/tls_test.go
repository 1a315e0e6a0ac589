package dial

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http/httptrace"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

// certificate makes one for a.example, signed by itself, and a client's config that trusts
// it. Its key is Ed25519 so that all its signatures are of one length.
func certificate(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"a.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{
		Certificates:           []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}},
		NextProtos:             []string{"http/1.1"},
		SessionTicketsDisabled: true,
	}, &tls.Config{RootCAs: roots, ServerName: "a.example", NextProtos: []string{"http/1.1"}}
}

// peer returns our end of a pipe; f has the other, which is closed when f returns.
func peer(t testing.TB, f func(net.Conn)) net.Conn {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() { // ends when our end is closed
		defer close(done)
		defer far.Close()
		f(far)
	}()
	t.Cleanup(func() { near.Close(); <-done })
	return near
}

// A handshake through TLS with a proxy that does not read ends at once all the same: nobody says
// good-bye to such a one.
func TestHandshakeThroughTLSIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := certificate(t)
		deaf := make(chan struct{})
		nc := peer(t, func(nc net.Conn) {
			s := tls.Server(nc, server)
			if err := s.Handshake(); err != nil {
				t.Error(err)
			}
			hello := make([]byte, 5) // of the other handshake, all of it, so that nobody is writing
			_, _ = io.ReadFull(s, hello)
			_, _ = io.CopyN(io.Discard, s, int64(hello[3])<<8|int64(hello[4]))
			close(deaf)
			<-t.Context().Done()
		})
		outer, err := Handshake(t.Context(), nc, client, "p.example:443", nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // ends at once
			<-deaf
			synctest.Wait() // until our side reads
			cancel()
		}()
		start := time.Now()
		if _, err := Handshake(ctx, outer, client, "a.example:443", nil); !errors.Is(err, context.Canceled) || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// A closeNoter notes that it was closed.
type closeNoter struct {
	net.Conn
	closed bool
}

func (c *closeNoter) Close() error { c.closed = true; return c.Conn.Close() }

func TestHandshake(t *testing.T) {
	server, client := certificate(t)
	ctx, log := tlsHooked(t.Context())
	nc := peer(t, func(nc net.Conn) {
		tc := tls.Server(nc, server)
		io.Copy(tc, tc)
		tc.Close()
	})
	var events []trace.Event
	x := &Exchange{ID: 7, Tracer: trace.Func(func(_ context.Context, ev trace.Event) { events = append(events, ev) }), Timings: new(trace.Timings)}
	ctx, cancel := context.WithCancel(ctx)
	tc, err := Handshake(ctx, nc, client, "a.example:443", x)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // means nothing to the connection any more
	if cs := tc.ConnectionState(); !cs.HandshakeComplete || cs.NegotiatedProtocol != "http/1.1" {
		t.Errorf("%+v", cs)
	}
	if x.Timings.TLS <= 0 {
		t.Errorf("it took %v", x.Timings.TLS)
	}
	if want := []trace.Event{trace.PhaseStart{Exchange: 7, Phase: trace.TLS, Addr: "a.example:443"}, trace.PhaseDone{Exchange: 7, Phase: trace.TLS, Addr: "a.example:443"}}; !slices.Equal(events, want) {
		t.Errorf("%v", events)
	}
	if want := []string{"start", "done true <nil>"}; !slices.Equal(log(), want) {
		t.Errorf("hooks: %q", log())
	}
	io.WriteString(tc, "echo")
	got := make([]byte, 4)
	if _, err := io.ReadFull(tc, got); err != nil || string(got) != "echo" {
		t.Errorf("%q, %v", got, err)
	}
}

func tlsHooked(ctx context.Context) (context.Context, func() []string) {
	var mu sync.Mutex
	var log []string
	add := func(s string) { mu.Lock(); defer mu.Unlock(); log = append(log, s) }
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			TLSHandshakeStart: func() { add("start") },
			TLSHandshakeDone: func(cs tls.ConnectionState, err error) {
				add(fmt.Sprint("done ", cs.HandshakeComplete, " ", err))
			},
		}), func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(log)
		}
}

func TestHandshakeFails(t *testing.T) {
	server, client := certificate(t)
	otherName := client.Clone()
	otherName.ServerName = "b.example"
	stranger := client.Clone()
	stranger.RootCAs = x509.NewCertPool()
	late := client.Clone()
	late.Time = func() time.Time { return time.Unix(1<<33, 0).Add(73 * time.Hour) }
	serve := func(nc net.Conn) { tls.Server(nc, server).Handshake() }
	for _, test := range []struct {
		name   string
		client *tls.Config
		peer   func(net.Conn)
		cause  tlserr.Cause
		text   string
	}{
		{"name", otherName, serve, tlserr.NameMismatch, `TLS handshake with a.example:443: certificate is for "a.example", not for "b.example"`},
		{"issuer", stranger, serve, tlserr.SelfSigned, "TLS handshake with a.example:443: certificate of a.example:443 is signed by itself"},
		{"expired", late, serve, tlserr.Expired, "TLS handshake with a.example:443: certificate expired 3 days ago (2242-03-16; is this machine's clock (2242-03-19 13:56 UTC) right?)"},
		{
			"plain HTTP", client, func(nc net.Conn) {
				nc.Read(make([]byte, 4<<10))
				io.WriteString(nc, "HTTP/1.1 400 Bad Request\r\n\r\n")
			},
			tlserr.NotTLS, "TLS handshake with a.example:443: a.example:443 answered in plain HTTP, not TLS",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, log := tlsHooked(t.Context())
			nc := &closeNoter{Conn: peer(t, test.peer)}
			tc, err := Handshake(ctx, nc, test.client, "a.example:443", nil)
			e, ok := errors.AsType[*tlserr.Error](err)
			if !ok || tc != nil || e.Cause != test.cause {
				t.Fatalf("%v, %v", tc, err)
			}
			if phaseError(t, err, trace.TLS); err.Error() != test.text {
				t.Errorf("got  %s\nwant %s", err, test.text)
			}
			if !nc.closed {
				t.Error("the connection is open")
			}
			if want := []string{"start", "done false " + test.text}; !slices.Equal(log(), want) {
				t.Errorf("hooks: %q", log())
			}
		})
	}
}

// A server that accepts and stays silent, and one that falls silent after its first bytes.
func TestSilentServer(t *testing.T) {
	for _, says := range []string{"", "\x16\x03\x03\x10\x00"} {
		synctest.Test(t, func(t *testing.T) {
			silent := func() *closeNoter {
				return &closeNoter{Conn: peer(t, func(nc net.Conn) {
					nc.Read(make([]byte, 16<<10))
					io.WriteString(nc, says)
					io.Copy(io.Discard, nc)
				})}
			}
			_, client := certificate(t)
			start := time.Now()
			nc := silent()
			_, err := Handshake(t.Context(), nc, client, "a.example:443", &Exchange{Limits: trace.Limits{TLS: 3 * time.Second}})
			checkLimit(t, err, trace.TLS, 3*time.Second)
			if want := "TLS handshake with a.example:443: timed out after 3s (set by Limits.TLS)"; err.Error() != want || !nc.closed {
				t.Errorf("%v; closed %v", err, nc.closed)
			}

			errHangUp := errors.New("hung up")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errHangUp) })
			nc = silent()
			_, err = Handshake(ctx, nc, client, "a.example:443", nil)
			if checkEnded(t, err, trace.TLS, context.Canceled, errHangUp); !nc.closed {
				t.Error("the connection is open")
			}

			ctx, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			_, err = Handshake(ctx, silent(), client, "a.example:443", nil)
			checkEnded(t, err, trace.TLS, context.DeadlineExceeded)
			if took := time.Since(start); took != 5*time.Second {
				t.Errorf("took %v, want 5s", took)
			}
		})
	}
}

// A cutConn closes itself when it has written so many bytes.
type cutConn struct {
	net.Conn
	left, wrote int
}

func (c *cutConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p[:min(len(p), c.left)])
	c.left -= n
	c.wrote += n
	if n < len(p) && err == nil {
		c.Conn.Close()
		err = io.ErrClosedPipe
	}
	return n, err
}

// The server closes after each number of bytes that its part of the handshake has.
func TestClosedInHandshake(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			server, client := certificate(t)
			client.MinVersion, client.MaxVersion = version, version
			try := func(left int) (wrote int, err error) {
				var cut *cutConn
				done := make(chan struct{})
				near, far := net.Pipe()
				go func() { // ends when our end is closed
					defer close(done)
					cut = &cutConn{Conn: far, left: left}
					tls.Server(cut, server).Handshake()
					far.Close()
				}()
				tc, err := Handshake(t.Context(), near, client, "a.example:443", nil)
				if err == nil {
					if _, err := tc.Read(make([]byte, 1)); err != io.EOF || !Truncated(tc) {
						t.Errorf("after the handshake: %v, truncated %v", err, Truncated(tc))
					}
					tc.Close()
				}
				<-done
				return cut.wrote, err
			}
			total, err := try(1 << 20)
			if err != nil {
				t.Fatal(err)
			}
			for left := 0; left < total; left += 3 {
				_, err := try(left)
				e, ok := errors.AsType[*tlserr.Error](err)
				if !ok || e.Cause != tlserr.Closed {
					t.Fatalf("closed after %d of %d bytes: %v", left, total, err)
				}
				phaseError(t, err, trace.TLS)
			}
		})
	}
}

// crypto/tls returns io.EOF for both; Truncated tells them apart.
func TestTruncated(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, notify := range []bool{true, false} {
			t.Run(fmt.Sprint(tls.VersionName(version), " notify ", notify), func(t *testing.T) {
				server, client := certificate(t)
				client.MinVersion, client.MaxVersion = version, version
				nc := peer(t, func(nc net.Conn) {
					tc := tls.Server(nc, server)
					io.WriteString(tc, "body")
					if notify {
						tc.CloseWrite()
					}
				})
				tc, err := Handshake(t.Context(), nc, client, "a.example:443", nil)
				if err != nil {
					t.Fatal(err)
				}
				if Truncated(tc) {
					t.Error("truncated before it has ended")
				}
				body, err := io.ReadAll(tc)
				if string(body) != "body" || err != nil {
					t.Errorf("%q, %v", body, err)
				}
				if Truncated(tc) == notify {
					t.Errorf("truncated: %v", Truncated(tc))
				}
			})
		}
	}
	if Truncated(&fakeConn{}) || Truncated(tls.Client(&fakeConn{}, nil)) {
		t.Error("a connection that is not ours is called truncated")
	}
}

// A cut in the middle of a record is an error of crypto/tls already.
func TestCutInRecord(t *testing.T) {
	server, client := certificate(t)
	nc := peer(t, func(nc net.Conn) {
		cut := &cutConn{Conn: nc, left: 1 << 20}
		tc := tls.Server(cut, server)
		tc.Handshake()
		cut.left = 10
		io.WriteString(tc, "body")
	})
	tc, err := Handshake(t.Context(), nc, client, "a.example:443", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(tc); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, want io.ErrUnexpectedEOF", err)
	}
}

func TestSocket(t *testing.T) {
	nc, err := new(Dialer).DialContext(t.Context(), "127.0.0.1", listen(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	tc := tls.Client(&rawConn{Conn: nc}, new(tls.Config))
	inner := tls.Client(&rawConn{Conn: tc}, new(tls.Config)) // TLS to a proxy, and through it
	for _, c := range []net.Conn{nc, tc, inner} {
		if s := Socket(c); s != nc.(syscall.Conn) {
			t.Errorf("the socket of %T is %v", c, s)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Socket(inner) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if s := Socket(tls.Client(&fakeConn{}, nil)); s != nil {
		t.Errorf("a pipe has the socket %v", s)
	}
	loop := &loopConn{}
	loop.Conn = loop
	if Socket(loop) != nil || Truncated(loop) {
		t.Error("a connection that contains itself has a socket")
	}
}

// A loopConn says that it lies on top of itself.
type loopConn struct{ net.Conn }

func (c *loopConn) NetConn() net.Conn { return c.Conn }
