package transport

// Servers as they are met: nginx and Apache, from Debian's packages, with configurations of
// our own, on the loopback.

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

func TestNginx(t *testing.T)  { try(t, realserver.Nginx(t)) }
func TestApache(t *testing.T) { try(t, realserver.Apache(t)) }

// A realServer is one that has been started, and whom to trust.
type realServer struct {
	*realserver.Server
	ca *CA
}

// try does with a server all that a client does.
func try(t *testing.T, started *realserver.Server) {
	ca, err := ParseCA(started.CA)
	if err != nil {
		t.Fatal(err)
	}
	s := &realServer{started, ca}
	for name, test := range map[string]func(*testing.T, *realServer){
		"documents": tryDocuments, "conditions": tryConditions, "gzip": tryGzip,
		"early answer": tryEarlyAnswer, "idle": tryIdle, "trust": tryTrust,
		"upload": tryUpload,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

// both runs a test over plain TCP and over TLS. All is to go over one connection.
func (s *realServer) both(t *testing.T, test func(t *testing.T, tr *Transport, origin string)) {
	for _, origin := range []string{s.Plain, s.Secure} {
		tr := examined(t, &Transport{})
		test(t, tr, origin)
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
	}
}

func (s *realServer) send(t *testing.T, tr *Transport, req *http.Request) *http.Response {
	t.Helper()
	res, err := tr.RoundTrip(req.WithContext(With(req.Context(), &Overrides{CA: s.ca})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func tryDocuments(t *testing.T, s *realServer) {
	s.both(t, func(t *testing.T, tr *Transport, origin string) {
		for range 3 {
			res := s.send(t, tr, request(t, "GET", origin+"/small.txt", nil))
			if got := body(t, res); got != "small\n" || res.StatusCode != 200 || (res.TLS != nil) != (origin == s.Secure) {
				t.Errorf("%s: %q", res.Status, got)
			}
			res = s.send(t, tr, request(t, "GET", origin+"/large.bin", nil))
			if res.ContentLength != realserver.LargeSize {
				t.Errorf("length %d", res.ContentLength)
			}
			if got := body(t, res); got != string(s.Large) {
				t.Errorf("%d bytes, not what was sent", len(got))
			}
			res = s.send(t, tr, request(t, "HEAD", origin+"/large.bin", nil))
			if got := body(t, res); got != "" || res.ContentLength != realserver.LargeSize {
				t.Errorf("HEAD: %d bytes, length %d", len(got), res.ContentLength)
			}
			res = s.send(t, tr, request(t, "GET", origin+"/none", nil))
			if body(t, res); res.StatusCode != 404 {
				t.Errorf("%s", res.Status)
			}
			req := request(t, "GET", origin+"/large.bin", nil)
			req.Header.Set("Range", "bytes=10-19")
			res = s.send(t, tr, req)
			if got := body(t, res); got != string(s.Large[10:20]) || res.StatusCode != 206 {
				t.Errorf("%s: %q", res.Status, got)
			}
		}
	})
}

func tryConditions(t *testing.T, s *realServer) {
	s.both(t, func(t *testing.T, tr *Transport, origin string) {
		res := s.send(t, tr, request(t, "GET", origin+"/small.txt", nil))
		body(t, res)
		for name, field := range map[string]string{"If-None-Match": "Etag", "If-Modified-Since": "Last-Modified"} {
			req := request(t, "GET", origin+"/small.txt", nil)
			req.Header.Set(name, res.Header.Get(field))
			again := s.send(t, tr, req)
			if got := body(t, again); again.StatusCode != 304 || got != "" || again.Body != http.NoBody {
				t.Errorf("%s: %s, %q", name, again.Status, got)
			}
		}
	})
}

func tryGzip(t *testing.T, s *realServer) {
	want, _ := os.ReadFile(filepath.Join(s.Dir, "www/long.html"))
	s.both(t, func(t *testing.T, tr *Transport, origin string) {
		res := s.send(t, tr, request(t, "GET", origin+"/long.html", nil))
		if !res.Uncompressed || res.ContentLength != -1 || res.Header.Get("Content-Encoding") != "" {
			t.Errorf("uncompressed: %v, length %d, %v", res.Uncompressed, res.ContentLength, res.Header)
		}
		if len(res.TransferEncoding) != 1 || res.TransferEncoding[0] != "chunked" {
			t.Errorf("transfer encoding %v", res.TransferEncoding)
		}
		if got := body(t, res); got != string(want) {
			t.Errorf("%d bytes, want %d", len(got), len(want))
		}
	})
}

// The server refuses a body while it is being sent.
func tryEarlyAnswer(t *testing.T, s *realServer) {
	for _, origin := range []string{s.Plain, s.Secure} {
		for _, length := range []int64{50 << 20, -1} {
			tr := examined(t, &Transport{})
			req := request(t, "POST", origin+"/small-only", nil)
			req.Body = io.NopCloser(io.LimitReader(noughts{}, 50<<20))
			req.ContentLength = length
			res := s.send(t, tr, req)
			body(t, res)
			if res.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s, length %d: %s", origin, length, res.Status)
			}
			s.send(t, tr, request(t, "GET", origin+"/small.txt", nil))
		}
	}
}

type noughts struct{}

func (noughts) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func tryUpload(t *testing.T, s *realServer) {
	s.both(t, func(t *testing.T, tr *Transport, origin string) {
		for _, n := range []int64{0, 1, 1 << 10, 1 << 20} {
			for _, expect := range []string{"", "100-continue"} {
				req := request(t, "POST", origin+"/post", nil)
				if n > 0 {
					req.Body, req.ContentLength = io.NopCloser(io.LimitReader(noughts{}, n)), n
				}
				if n > 0 && expect != "" {
					req.Header.Set("Expect", expect)
				}
				if res := s.send(t, tr, req); body(t, res) != "posted\n" || res.StatusCode != 200 {
					t.Errorf("%d bytes: %s", n, res.Status)
				}
			}
		}
	})
}

// The server closes a connection that has been idle for a second. Nobody notices.
func tryIdle(t *testing.T, s *realServer) {
	for _, origin := range []string{s.Plain, s.Secure} {
		tr := examined(t, &Transport{})
		body(t, s.send(t, tr, request(t, "GET", origin+"/small.txt", nil)))
		first := tr.pool.idle.first
		awaitDead(t, first)
		req := request(t, "POST", origin+"/post", nil) // which may not be sent twice
		req.Body, req.ContentLength = newClosable("once"), 4
		if got := body(t, s.send(t, tr, req)); got != "posted\n" {
			t.Errorf("got %q", got)
		}
		if tr.pool.idle.first == first || !first.Closed() {
			t.Error("the connection was used again")
		}
	}
}

func tryTrust(t *testing.T, s *realServer) {
	tr := examined(t, &Transport{})
	err := fails(t, tr, request(t, "GET", s.Secure+"/small.txt", nil))
	if _, ok := errors.AsType[*tlserr.Error](err); !ok || err.Phase != trace.TLS || err.Sent {
		t.Errorf("without the CA: %v", err)
	}
	name := strings.Replace(s.Secure, "127.0.0.1", "localhost", 1) // not in the certificate
	err = fails(t, tr, with(t, name, &Overrides{CA: s.ca}))
	if _, ok := errors.AsType[*tlserr.Error](err); !ok {
		t.Errorf("another name: %v", err)
	}
	if got := do(t, tr, with(t, name+"/small.txt", &Overrides{Insecure: true})); got != "small\n" {
		t.Errorf("got %q", got)
	}
}
