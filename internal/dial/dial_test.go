package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

// listen returns the port of a listener on loopback that accepts and closes.
func listen(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends when the listener is closed
		defer close(done)
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			nc.Close()
		}
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

// closedPort returns a port on loopback on which nobody listens.
func closedPort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

func TestLoopback(t *testing.T) {
	port := listen(t)
	for _, host := range []string{"127.0.0.1", "localhost", "a.localhost."} {
		nc, err := new(Dialer).DialContext(t.Context(), host, port, nil)
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		if _, ok := nc.(*net.TCPConn); !ok || nc.RemoteAddr().String() != "127.0.0.1:"+port {
			t.Errorf("%s: %T to %v", host, nc, nc.RemoteAddr())
		}
		if _, err := nc.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%s: %v, want EOF without a deadline in the way", host, err)
		}
		nc.Close()
	}
}

func TestRefused(t *testing.T) {
	port := closedPort(t)
	_, err := new(Dialer).DialContext(t.Context(), "127.0.0.1", port, nil)
	phaseError(t, err, trace.Connect)
	if want := "connecting to 127.0.0.1:" + port + ": connection refused"; err.Error() != want || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = new(Dialer).DialContext(t.Context(), "localhost", port, nil)
	tried, ok := errors.AsType[*ConnectError](err)
	if !ok || len(tried.Attempts) != 2 || !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "127.0.0.1:"+port+": connection refused, [::1]:"+port+": ") {
		t.Errorf("%v", err)
	}
}

// A context that has ended already costs no attempt that matters.
func TestEndedBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	port := listen(t)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, err := new(Dialer).DialContext(ctx, host, port, nil)
		checkEnded(t, err, trace.Connect, context.Canceled)
	}
}

// A Dial function gets the host undivided and not looked up.
func TestCustomDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		conn := &fakeConn{}
		var result error
		var wait time.Duration
		asked := make(chan string, 10)
		d := &Dialer{
			Resolver: &fakeResolver{err: broken},
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				deadline, _ := ctx.Deadline()
				asked <- fmt.Sprint(network, " ", addr, " within ", time.Until(deadline))
				<-time.After(wait)
				if result != nil {
					return nil, result
				}
				return conn, nil
			},
		}
		nc, err := d.DialContext(t.Context(), "Bücher.Example", "080", nil)
		if got := <-asked; err != nil || nc != conn || got != "tcp xn--bcher-kva.example:80 within 10s" {
			t.Errorf("%v, %v; asked for %q", nc, err, got)
		}
		if d.DialContext(t.Context(), "fe80::1%eth0", "80", nil); <-asked != "tcp [fe80::1%eth0]:80 within 10s" {
			t.Error("IPv6 is not in brackets")
		}

		result = broken
		_, err = d.DialContext(t.Context(), "a.example", "80", nil)
		if phaseError(t, err, trace.Connect); !errors.Is(err, broken) || err.Error() != "connecting to a.example:80: broken" {
			t.Error(err)
		}

		// One that does not obey its context is left behind, and its connection closed.
		result, wait = nil, time.Hour
		start := time.Now()
		_, err = d.DialContext(t.Context(), "a.example", "80", &Exchange{Limits: trace.Limits{Connect: time.Second}})
		checkLimit(t, err, trace.Connect, time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = d.DialContext(ctx, "a.example", "80", nil)
		checkEnded(t, err, trace.Connect, context.Canceled)
		if took := time.Since(start); took != 2*time.Second || conn.closed.Load() {
			t.Errorf("took %v, closed %v", took, conn.closed.Load())
		}
		<-time.After(2 * time.Hour)
		if !conn.closed.Load() {
			t.Error("the connection that nobody wanted any more is open")
		}

		wait = 0
		d.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, nil }
		if nc, err := d.DialContext(t.Context(), "a.example", "80", nil); nc != nil || err == nil {
			t.Errorf("%v, %v", nc, err)
		}
	})
}

// hooked returns a context whose httptrace hooks write down what they are told.
func hooked(ctx context.Context) (context.Context, func() string) {
	var mu sync.Mutex
	var log []string
	add := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, fmt.Sprintf(format, args...))
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:     func(i httptrace.DNSStartInfo) { add("DNSStart %s", i.Host) },
		DNSDone:      func(i httptrace.DNSDoneInfo) { add("DNSDone %v %v", i.Addrs, i.Err != nil) },
		ConnectStart: func(network, addr string) { add("ConnectStart %s %s", network, addr) },
		ConnectDone:  func(network, addr string, err error) { add("ConnectDone %s %s %v", network, addr, err != nil) },
	})
	return ctx, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(log, "\n")
	}
}

// resolverFunc is a Resolver made of a function.
type resolverFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)

func (f resolverFunc) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	return f(ctx, network, host)
}

// Each hook runs exactly once for what it stands for, whoever resolves and dials.
func TestHooks(t *testing.T) {
	port := listen(t)
	loopback := []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	connected := "ConnectStart tcp 127.0.0.1:" + port + "\nConnectDone tcp 127.0.0.1:" + port + " false"
	// busy opens a connection of its own and asks net's resolver besides, as one that
	// asks a DNS server would.
	busy := resolverFunc(func(ctx context.Context, network, host string) ([]netip.Addr, error) {
		var nd net.Dialer
		nc, err := nd.DialContext(ctx, "tcp", "localhost:"+port)
		if err != nil {
			return nil, err
		}
		nc.Close()
		if _, err := net.DefaultResolver.LookupNetIP(ctx, network, "localhost"); err != nil {
			return nil, err
		}
		if httptrace.ContextClientTrace(ctx) != nil && httptrace.ContextClientTrace(ctx).DNSStart != nil {
			return nil, errors.New("the hooks are in the context")
		}
		if ctx.Value(contextKey{}) != "kept" {
			return nil, errors.New("the other values are not")
		}
		return loopback, nil
	})
	// ofNet is net's own resolver, whose server is one that never answers.
	ofNet := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, syscall.ENETUNREACH
	}}
	quiet := func(ctx context.Context, network, addr string) (net.Conn, error) {
		return net.Dial("tcp", "127.0.0.1:"+port)
	}
	for _, test := range []struct {
		name, host string
		d          Dialer
		want       string
	}{
		{"address", "127.0.0.1", Dialer{}, connected},
		{"localhost", "localhost", Dialer{}, "DNSStart localhost\nDNSDone [{127.0.0.1 } {::1 }] false\n" + connected},
		{"resolver of its own", "a.example", Dialer{Resolver: busy}, "DNSStart a.example\nDNSDone [{127.0.0.1 }] false\n" + connected},
		{"resolver of net, failing", "a.example", Dialer{Resolver: ofNet}, "DNSStart a.example\nDNSDone [] true"},
		{
			"dial of its own", "a.example",
			Dialer{Dial: quiet},
			"ConnectStart tcp a.example:" + port + "\nConnectDone tcp a.example:" + port + " false",
		},
		{"dial of net", "127.0.0.1", Dialer{Dial: new(net.Dialer).DialContext}, connected},
		{
			"dial failing", "a.example",
			Dialer{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, io.EOF }},
			"ConnectStart tcp a.example:" + port + "\nConnectDone tcp a.example:" + port + " true",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, log := hooked(context.WithValue(t.Context(), contextKey{}, "kept"))
			nc, err := test.d.DialContext(ctx, test.host, port, nil)
			if err == nil {
				nc.Close()
			} else if !strings.Contains(test.want, "true") {
				t.Error(err)
			}
			if got := log(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

type contextKey struct{}

// The tracer hears of each phase once, and the timings are added to.
func TestTracer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		timings := &trace.Timings{Connect: time.Minute}
		x := &Exchange{ID: 7, Timings: timings, Tracer: trace.Func(func(ctx context.Context, ev trace.Event) {
			if ctx.Value(contextKey{}) != "the request's" {
				t.Error("not the request's context")
			}
			log = append(log, fmt.Sprintf("%T%v", ev, ev))
		})}
		d := &Dialer{
			Resolver: &fakeResolver{after: 5 * ms, addrs: []string{"192.0.2.1"}},
			Connect:  newFakeNet(map[string]answer{"192.0.2.1": {after: 7 * ms, err: errRefused}}).connect,
		}
		_, err := d.DialContext(context.WithValue(t.Context(), contextKey{}, "the request's"), "a.example", "80", x)
		want := []string{
			"trace.PhaseStart{7 dns a.example}",
			"trace.PhaseDone{7 dns a.example <nil>}",
			"trace.PhaseStart{7 connect a.example:80}",
			fmt.Sprintf("trace.PhaseDone{7 connect a.example:80 %v}", err),
		}
		if !slices.Equal(log, want) {
			t.Errorf("got  %q\nwant %q", log, want)
		}
		if timings.DNS != 5*ms || timings.Connect != time.Minute+7*ms {
			t.Errorf("%+v", timings)
		}
	})
}
