package transport

// Cancelling and panics at each event of each kind of proxy, and all kinds at once.

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/godwit/trace"
)

// Whoever cancels at an event gets the context's error, and whose tracer panics its panic; both
// leave nothing behind.
func TestEachEventOfEachKindOfProxy(t *testing.T) {
	for _, kind := range proxyKinds {
		for _, scheme := range []string{"http", "https"} {
			origin := newKindOrigin(t, scheme)
			p := (&kindProxy{kind: kind, upstream: origin.addr()}).start(t)
			for _, panics := range []bool{false, true} {
				for n := int64(1); ; n++ {
					if eventOfProxy(t, kind+" to "+scheme, origin, p, n, panics) {
						continue
					}
					if n < 5 {
						t.Errorf("%s to %s: %d events", kind, scheme, n)
					}
					break
				}
			}
		}
	}
}

// eventOfProxy sends a request, and does what is to be done at the n-th event. It reports whether
// there was one.
func eventOfProxy(t *testing.T, name string, origin *kindOrigin, p *kindProxy, n int64, panics bool) bool {
	t.Helper()
	tr := &Transport{MaxConns: 1}
	defer tr.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen atomic.Int64
	sent := newClosable("abc")
	req := request(t, "PUT", origin.url, sent)
	req.ContentLength = 3
	var res *http.Response
	var err error
	panicked := func() (v any) {
		defer func() { v = recover() }()
		res, err = tr.RoundTrip(req.WithContext(With(ctx, &Overrides{
			Proxy: p.rule(""), CA: origin.ca, Protocols: HTTP1,
			Tracer: trace.Func(func(_ context.Context, ev trace.Event) {
				if panics && !ofTheWay(ev) {
					return // it may be told on a goroutine that sends the body
				}
				if seen.Add(1) != n {
					return
				}
				if panics {
					panic("at an event")
				}
				cancel()
			}),
		})))
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		return nil
	}()
	if (panicked != nil) != (panics && seen.Load() >= n) && err == nil {
		t.Errorf("%s, event %d: %v, panicked %v", name, n, err, panicked)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("%s, event %d: %v", name, n, err)
	}
	if c := sent.closed.Load(); c != 1 {
		t.Errorf("%s, event %d: the body was closed %d times", name, n, c)
	}
	if s := tr.Stats(); s.InFlight != 0 || s.Waiting != 0 {
		t.Errorf("%s, event %d: %+v", name, n, s)
	}
	return seen.Load() >= n
}

// ofTheWay reports whether an event is about the way to the server.
func ofTheWay(ev trace.Event) bool {
	switch ev := ev.(type) {
	case trace.PhaseStart:
		return ev.Phase <= trace.TLS
	case trace.PhaseDone:
		return ev.Phase <= trace.TLS
	case trace.Choice, trace.Tunnel:
		return true
	}
	return false
}

// 64 goroutines, all kinds of proxies to two origins, with credentials, fields and trust of each, one
// Transport: everybody gets what is theirs, by the proxy that is theirs.
func TestAllKindsOfProxiesAtOnce(t *testing.T) {
	type path struct {
		p      *kindProxy
		origin *kindOrigin
		over   Overrides
	}
	var paths []path
	for _, kind := range proxyKinds {
		for _, scheme := range []string{"http", "https"} {
			origin := newKindOrigin(t, scheme)
			p := (&kindProxy{kind: kind, upstream: origin.addr(), login: "mona"}).start(t)
			if kind != "socks4" && kind != "socks4a" {
				p.login += ":" + kind
			}
			paths = append(paths, path{p, origin, Overrides{
				Proxy: p.rule(p.login), CA: origin.ca, Protocols: HTTP1, NoGzip: true,
				ProxyHeader: http.Header{"X-Team": {kind}},
				ProxyTLS:    &Overrides{CA: origin.ca, TLSSettings: &TLSSettings{MinVersion: tls.VersionTLS13}},
			}})
		}
	}
	tr := examined(t, &Transport{MaxConns: 24})
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for j := range 12 {
				way := paths[(i+j)%len(paths)]
				over := way.over
				var report Report
				over.Report = func(context.Context) *Report { return &report }
				if got := do(t, tr, with(t, way.origin.url, &over)); got != "ok" {
					t.Errorf("%q", got)
				}
				if report.Proxy.Host != way.p.addr || report.Proxy.Scheme != way.p.kind {
					t.Errorf("by %v, not %s", report.Proxy, way.p.addr)
				}
			}
		})
	}
	all.Wait()
	if s := tr.Stats(); s.InFlight != 0 || s.Open > 24 {
		t.Errorf("%+v", s)
	}
}
