package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"example.com/godwit/trace"
)

// A tunnel shares the phase, and the limit, with the connection that it goes through.
func TestTunnel(t *testing.T) {
	refused := errors.New("refused")
	wait := func(ctx context.Context, nc net.Conn, d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			nc.Close()
			return ctx.Err()
		}
	}
	for name, tt := range map[string]struct {
		tunnel  func(ctx context.Context, nc net.Conn) (net.Conn, error)
		is      error
		limited bool
		took    time.Duration
		dialled int
	}{
		"dug": {
			func(ctx context.Context, nc net.Conn) (net.Conn, error) {
				return nc, wait(ctx, nc, 2*time.Second)
			}, nil, false, 5 * time.Second, 1,
		},
		"too slow": {
			func(ctx context.Context, nc net.Conn) (net.Conn, error) {
				return nc, wait(ctx, nc, 8*time.Second)
			}, os.ErrDeadlineExceeded, true, 10 * time.Second, 1,
		},
		"refused": {
			func(_ context.Context, nc net.Conn) (net.Conn, error) {
				nc.Close()
				return nil, &Refusal{refused}
			}, refused, false, 3 * time.Second, 1,
		},
		"refused when time is up": {
			func(ctx context.Context, nc net.Conn) (net.Conn, error) {
				_ = wait(ctx, nc, time.Hour)
				return nil, &Refusal{refused}
			}, refused, false, 10 * time.Second, 1,
		},
		"on another connection": {
			func() func(context.Context, net.Conn) (net.Conn, error) {
				n := 0
				return func(_ context.Context, nc net.Conn) (net.Conn, error) {
					if n++; n == 2 {
						return nc, nil
					}
					nc.Close()
					return nil, ErrAgain
				}
			}(), nil, false, 6 * time.Second, 2,
		},
		"on another connection, too slow": {
			func(_ context.Context, nc net.Conn) (net.Conn, error) {
				nc.Close()
				return nil, ErrAgain
			}, os.ErrDeadlineExceeded, true, 10 * time.Second, 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeNet(map[string]answer{"192.0.2.1": {after: 3 * time.Second}})
				d := &Dialer{Connect: f.connect, Tunnel: tt.tunnel}
				x := &Exchange{Proxy: true, Timings: new(trace.Timings)}
				nc, err := d.DialContext(t.Context(), "192.0.2.1", "3128", x)
				if (err == nil) != (nc != nil) || (err == nil) != (tt.is == nil) {
					t.Fatal(nc, err)
				}
				if err != nil {
					e := phaseError(t, err, trace.Connect)
					if !e.Proxy || e.Addr != "192.0.2.1:3128" || !errors.Is(e, tt.is) || (e.Limit > 0) != tt.limited {
						t.Errorf("%#v", e)
					}
				}
				if x.Timings.Connect != tt.took || time.Since(f.began) != tt.took {
					t.Errorf("took %v, want %v", x.Timings.Connect, tt.took)
				}
				if len(f.starts) != tt.dialled {
					t.Errorf("dialled %v", f.starts)
				}
			})
		})
	}
}

// TLS with a proxy stands between the connection and the tunnel: the clock of Connect stands still
// meanwhile, and goes on with what is left. What goes wrong there is told as it is.
func TestSecure(t *testing.T) {
	why := errors.New("no TLS")
	for name, tt := range map[string]struct {
		tls, tunnel time.Duration // what they take
		fail        error         // of TLS
		again       int           // how often the tunnel wants another connection
		connect     time.Duration
		is          error
	}{
		"both":                  {5 * time.Second, 2 * time.Second, nil, 0, 5 * time.Second, nil},
		"a tunnel too slow":     {5 * time.Second, 8 * time.Second, nil, 0, 10 * time.Second, os.ErrDeadlineExceeded},
		"TLS fails":             {5 * time.Second, 0, why, 0, 3 * time.Second, why},
		"again":                 {5 * time.Second, time.Second, nil, 1, 8 * time.Second, nil},
		"again, too slow":       {5 * time.Second, time.Second, nil, 9, 10 * time.Second, os.ErrDeadlineExceeded},
		"TLS is slow, and good": {time.Minute, 0, nil, 0, 3 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeNet(map[string]answer{"192.0.2.1": {after: 3 * time.Second}})
				var secured time.Duration
				left := tt.again
				d := &Dialer{
					Connect: f.connect,
					Secure: func(ctx context.Context, nc net.Conn) (net.Conn, error) {
						if _, limited := ctx.Deadline(); limited {
							t.Error("TLS has the limit of Connect")
						}
						time.Sleep(tt.tls)
						secured += tt.tls
						if tt.fail != nil {
							nc.Close()
							return nil, tt.fail
						}
						return nc, nil
					},
					Tunnel: func(ctx context.Context, nc net.Conn) (net.Conn, error) {
						select {
						case <-time.After(tt.tunnel):
						case <-ctx.Done():
							nc.Close()
							return nil, ctx.Err()
						}
						if left > 0 {
							left--
							nc.Close()
							return nil, ErrAgain
						}
						return nc, nil
					},
				}
				var phases []string
				x := &Exchange{Proxy: true, Timings: new(trace.Timings), Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
					switch ev := ev.(type) {
					case trace.PhaseStart:
						phases = append(phases, "start")
					case trace.PhaseDone:
						phases = append(phases, map[bool]string{true: "failed", false: "done"}[ev.Err != nil])
					}
				})}
				nc, err := d.DialContext(t.Context(), "192.0.2.1", "3128", x)
				if (err == nil) != (nc != nil) || !errors.Is(err, tt.is) {
					t.Fatal(nc, err)
				}
				if tt.fail != nil && err != why {
					t.Errorf("wrapped: %#v", err)
				}
				if x.Timings.Connect != tt.connect || time.Since(f.began) != tt.connect+secured {
					t.Errorf("%v in %v, with %v of TLS", x.Timings.Connect, time.Since(f.began), secured)
				}
				for i, p := range phases {
					if (i%2 == 0) != (p == "start") || p == "failed" && (i+1 < len(phases) || tt.is != os.ErrDeadlineExceeded) {
						t.Errorf("%q", phases)
						break
					}
				}
				if len(phases)%2 != 0 {
					t.Errorf("%q", phases)
				}
			})
		})
	}
}

// Who has given up hears that, whatever the proxy had to say.
func TestRefusalAfterCancelling(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFakeNet(map[string]answer{"192.0.2.1": {}})
	d := &Dialer{Connect: f.connect, Tunnel: func(_ context.Context, nc net.Conn) (net.Conn, error) {
		cancel()
		return nil, &Refusal{errors.New("refused")}
	}}
	if _, err := d.DialContext(ctx, "192.0.2.1", "3128", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Who has looked up a proxy in vain is told so.
func TestErrorsAboutAProxy(t *testing.T) {
	for name, dial := range map[string]func() error{
		"host": func() error {
			_, err := new(Dialer).DialContext(t.Context(), "a b", "80", &Exchange{Proxy: true})
			return err
		},
		"port": func() error {
			_, err := new(Dialer).DialContext(t.Context(), "a", "x", &Exchange{Proxy: true})
			return err
		},
		"name": func() error {
			d := &Dialer{Resolver: &fakeResolver{err: &net.DNSError{Err: "no such host", Name: "a"}}}
			_, err := d.DialContext(t.Context(), "a", "80", &Exchange{Proxy: true})
			return err
		},
		"address": func() error {
			d := &Dialer{Connect: func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, errRefused }}
			_, err := d.DialContext(t.Context(), "192.0.2.1", "80", &Exchange{Proxy: true})
			return err
		},
	} {
		if e, ok := errors.AsType[*trace.Error](dial()); !ok || !e.Proxy {
			t.Errorf("%s: %#v", name, e)
		}
	}
}
