package transport

// Many requests at once, each with a trust of its own.

import (
	"crypto/tls"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/tlserr"
)

// What one request says of TLS has no say in another (CVE-2021-22897): versions are seen on the
// wire, and whoever must fail does.
func TestTrustsAtOnce(t *testing.T) {
	root, other := tlstest.NewRoot(t, "root"), tlstest.NewRoot(t, "other")
	leaf := root.Leaf(t, "a.example")
	s := newHelloServer(t, &tls.Config{Certificates: []tls.Certificate{leaf.Chain()}})
	tr := examined(t, &Transport{Dial: dialTo(s.addr), system: systemRoots{load: emptySystem}})
	tr.Limits.TLS = 2 * time.Minute // so many handshakes at once take a busy machine a while
	ca, add, stranger := caOf(t, root), []*CA{caOf(t, root)}, caOf(t, other)
	keys := filepath.Join(t.TempDir(), "keys")
	cases := []struct {
		over    Overrides
		version uint16 // 0: it fails
	}{
		{Overrides{CA: ca}, tls.VersionTLS13},
		{Overrides{AddCA: add}, tls.VersionTLS13},
		{Overrides{CA: stranger, AddCA: add}, tls.VersionTLS13},
		{Overrides{CA: ca, TLSSettings: &TLSSettings{MaxVersion: tls.VersionTLS12}}, tls.VersionTLS12},
		{Overrides{CA: ca, TLSSettings: &TLSSettings{KeyLog: keys}}, tls.VersionTLS13},
		{Overrides{CA: ca, Pins: pinsOf(t, leaf)}, tls.VersionTLS13},
		{Overrides{Insecure: true, Pins: pinsOf(t, leaf)}, tls.VersionTLS13},
		{Overrides{Insecure: true}, tls.VersionTLS13},
		{Overrides{CA: ca, Pins: pinsOf(t, other)}, 0},
		{Overrides{Insecure: true, Pins: pinsOf(t, root)}, 0},
		{Overrides{CA: stranger}, 0},
		{Overrides{}, 0},
		{Overrides{CA: ca, TLSSettings: &TLSSettings{RequireStaple: true}}, 0},
		{Overrides{CA: ca, TLSSettings: &TLSSettings{ServerName: "b.example"}}, 0},
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for round := range 12 {
				c := &cases[(i+round)%len(cases)]
				res, err := tr.RoundTrip(with(t, "https://a.example/", &c.over))
				if err != nil {
					if _, ok := errors.AsType[*tlserr.Error](err); !ok || c.version != 0 {
						t.Errorf("case %d: %v", (i+round)%len(cases), err)
					}
					continue
				}
				if body(t, res); res.TLS.Version != c.version {
					t.Errorf("case %d: %s", (i+round)%len(cases), tls.VersionName(res.TLS.Version))
				}
				if round%4 == 3 {
					tr.CloseIdleConnections()
				}
			}
		})
	}
	wg.Wait()
}
