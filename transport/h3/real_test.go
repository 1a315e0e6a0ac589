package h3_test

// A real server: Caddy, of Debian's package, which speaks all three versions of HTTP.

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/godwit/internal/realserver"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
	"example.com/godwit/transport"
	"example.com/godwit/transport/h3"
)

func trusting(t testing.TB, s *realserver.Server) *transport.Transport {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA)
	tr := &transport.Transport{HTTP3: &h3.Dialer{}, HTTP3HeadStart: time.Minute, TLS: &tls.Config{RootCAs: roots}}
	t.Cleanup(func() { tr.Close() })
	return tr
}

func TestCaddy(t *testing.T) {
	s := realserver.Caddy(t)
	tr := trusting(t, s)
	if proto, body := get(t, tr, s.Secure+"/small.txt"); proto != "HTTP/2.0" || body != "small\n" {
		t.Error(proto, body)
	}
	// It has said that it speaks HTTP/3.
	if proto, body := get(t, tr, s.Secure+"/small.txt"); proto != "HTTP/3.0" || body != "small\n" {
		t.Error(proto, body)
	}
	if proto, body := get(t, tr, s.Secure+"/large.bin"); proto != "HTTP/3.0" || body != string(s.Large) {
		t.Error(proto, len(body))
	}
	big := s.Large[:1<<20]
	proto, body, err := do(tr, request(t, "POST", s.Secure+"/echo", bytes.NewReader(big)))
	if proto != "HTTP/3.0" || body != string(big) || err != nil {
		t.Error(proto, len(body), err)
	}
	// Of unknown length.
	proto, body, err = do(tr, request(t, "POST", s.Secure+"/echo", io.MultiReader(bytes.NewReader(big))))
	if proto != "HTTP/3.0" || body != string(big) || err != nil {
		t.Error(proto, len(body), err)
	}
	res, err := tr.RoundTrip(request(t, "HEAD", s.Secure+"/large.bin", nil))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.Proto != "HTTP/3.0" || res.ContentLength != realserver.LargeSize || res.Body != http.NoBody {
		t.Error(res.Proto, res.ContentLength)
	}
	if proto, _ := get(t, tr, s.Secure+"/missing"); proto != "HTTP/3.0" {
		t.Error(proto)
	}
}

// 64 in flight, all on one connection.
func TestCaddyMany(t *testing.T) {
	s := realserver.Caddy(t)
	tr := trusting(t, s)
	tr.Protocols = transport.HTTP3
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for j := range 8 {
				want := fmt.Sprintf("%d, %d", i, j)
				proto, body, err := do(tr, request(t, "POST", s.Secure+"/echo", bytes.NewReader([]byte(want))))
				if proto != "HTTP/3.0" || body != want || err != nil {
					t.Error(proto, body, err)
				}
			}
		})
	}
	all.Wait()
	if n := tr.Stats().Open; n != 1 {
		t.Error(n, "connections")
	}
}

// Nothing answers over UDP any more: what is safe goes over TCP, without an error.
func TestCaddyGone(t *testing.T) {
	s := realserver.Caddy(t)
	tr := trusting(t, s)
	get(t, tr, s.Secure+"/small.txt")
	if proto, _ := get(t, tr, s.Secure+"/small.txt"); proto != "HTTP/3.0" {
		t.Fatal(proto)
	}
	s.Kill()
	start := time.Now()
	_, _, err := do(tr, request(t, "GET", s.Secure+"/small.txt", nil))
	e, ok := errors.AsType[*trace.Error](err)
	if !ok || e.Phase != trace.Connect || e.Sent { // TCP is refused
		t.Error(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Error("it took", took)
	}
}

// It has been started anew, and knows nothing of the connection.
func TestCaddyRestarted(t *testing.T) {
	s := realserver.Caddy(t)
	tr := trusting(t, s)
	get(t, tr, s.Secure+"/small.txt")
	get(t, tr, s.Secure+"/small.txt")
	s.Kill()
	s.Restart(t)
	for range 3 {
		if _, body := get(t, tr, s.Secure+"/small.txt"); body != "small\n" {
			t.Error(body)
		}
	}
	if proto, body := get(t, tr, s.Secure+"/small.txt"); body != "small\n" {
		t.Error(proto, body)
	}
}

func TestCaddyUntrusted(t *testing.T) {
	s := realserver.Caddy(t)
	for _, p := range []transport.Protocols{transport.HTTP3, transport.HTTP1 | transport.HTTP3First} {
		tr := &transport.Transport{HTTP3: &h3.Dialer{}, Protocols: p}
		defer tr.Close()
		_, _, err := do(tr, request(t, "GET", s.Secure+"/small.txt", nil))
		if e, ok := errors.AsType[*tlserr.Error](err); !ok || e.Cause != tlserr.UnknownIssuer {
			t.Error(p, err)
		}
	}
	// Unless that is asked for.
	tr := &transport.Transport{HTTP3: &h3.Dialer{}, Protocols: transport.HTTP3}
	defer tr.Close()
	ctx := transport.With(context.Background(), &transport.Overrides{Insecure: true})
	if proto, _, err := do(tr, request(t, "GET", s.Secure+"/small.txt", nil).WithContext(ctx)); proto != "HTTP/3.0" || err != nil {
		t.Error(proto, err)
	}
}
