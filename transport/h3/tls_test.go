package h3_test

// Every way in which TLS goes wrong, over QUIC.

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

// serveFixture starts a server of HTTP/3 alone.
func serveFixture(t *testing.T, f *tlstest.Fixture) (port string, requests *atomic.Int64) {
	config, ok := f.QUIC()
	if !ok {
		t.Skip("not over QUIC")
	}
	requests = new(atomic.Int64)
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http3.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) })}
	tr := &quic.Transport{Conn: h3.Quiet(pc)}
	l, err := tr.ListenEarly(config, &quic.Config{Allow0RTT: true})
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.ServeListener(l) })
	t.Cleanup(func() {
		s.Close()
		l.Close()
		tr.Close()
		pc.Close()
		serving.Wait()
	})
	_, port, _ = net.SplitHostPort(pc.LocalAddr().String())
	return port, requests
}

// client returns a Transport that speaks to the fixture over HTTP/3 alone.
func client(f *tlstest.Fixture, port string) *transport.Transport {
	return &transport.Transport{
		HTTP3:     &h3.Dialer{},
		Protocols: transport.HTTP3,
		TLS:       f.ClientConfig(),
		Sockets:   transport.Sockets{Hosts: map[string]string{"*": "127.0.0.1:" + port}},
	}
}

func TestFailing(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		t.Run(f.Name, func(t *testing.T) {
			port, requests := serveFixture(t, f)
			tr := client(f, port)
			defer tr.Close()
			_, _, err := do(tr, request(t, "GET", "https://"+net.JoinHostPort(f.Host, port)+"/", nil))
			e, ok := errors.AsType[*tlserr.Error](err)
			if !ok || e.Cause != f.Want {
				t.Errorf("wanted %s, got %v", f.Want, err)
			}
			if p, ok := errors.AsType[*transport.Error](err); !ok || p.Phase.String() != "tls" {
				t.Errorf("%#v", err)
			}
			if n := requests.Load(); n > 0 {
				t.Error(n, "requests have come through")
			}
		})
	}
}

func TestPassing(t *testing.T) {
	for _, f := range tlstest.Passing(t) {
		t.Run(f.Name, func(t *testing.T) {
			if strings.HasSuffix(f.Name, "000-sans") {
				t.Skip("quic-go takes no more than 16 KiB of a handshake that comes in disorder")
			}
			port, _ := serveFixture(t, f)
			tr := client(f, port)
			defer tr.Close()
			if proto, _, err := do(tr, request(t, "GET", "https://"+net.JoinHostPort(f.Host, port)+"/", nil)); proto != "HTTP/3.0" || err != nil {
				t.Error(proto, err)
			}
		})
	}
}
