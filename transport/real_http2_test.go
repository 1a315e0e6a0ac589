package transport

// HTTP/2 with servers as they are met: nginx and Caddy.

import (
	"io"
	"net/http"
	"sync"
	"testing"

	"example.com/godwit/internal/realserver"
)

// eachHTTP2 runs a test with each origin, and how it is spoken to there.
func eachHTTP2(t *testing.T, requests int, test func(t *testing.T, s *realServer, origin string, p Protocols)) {
	for _, server := range []struct {
		name  string
		start func() *realserver.Server
		plain bool
	}{
		{"nginx", func() *realserver.Server { return realserver.NginxHTTP2(t, requests) }, true},
		{"caddy", func() *realserver.Server { return realserver.Caddy(t) }, false},
	} {
		started := server.start()
		ca, err := ParseCA(started.CA)
		if err != nil {
			t.Fatal(err)
		}
		s := &realServer{started, ca}
		t.Run(server.name+"/TLS", func(t *testing.T) { test(t, s, s.Secure, 0) })
		if server.plain {
			t.Run(server.name+"/prior knowledge", func(t *testing.T) { test(t, s, s.Plain, HTTP2) })
		}
	}
}

func TestHTTP2Documents(t *testing.T) {
	eachHTTP2(t, 1000, func(t *testing.T, s *realServer, origin string, p Protocols) {
		tr := examined(t, &Transport{Protocols: p})
		for range 3 {
			res := s.send(t, tr, request(t, "GET", origin+"/small.txt", nil))
			if got := body(t, res); got != "small\n" || res.Proto != "HTTP/2.0" || res.ProtoMajor != 2 || (res.TLS != nil) != (origin == s.Secure) {
				t.Errorf("%s %s: %q", res.Proto, res.Status, got)
			}
			etag := res.Header.Get("Etag")
			res = s.send(t, tr, request(t, "GET", origin+"/large.bin", nil))
			if got := body(t, res); got != string(s.Large) || res.ContentLength != realserver.LargeSize {
				t.Errorf("%d bytes, not what was sent", len(got))
			}
			res = s.send(t, tr, request(t, "HEAD", origin+"/large.bin", nil))
			if got := body(t, res); got != "" || res.ContentLength != realserver.LargeSize {
				t.Errorf("HEAD: %d bytes, length %d", len(got), res.ContentLength)
			}
			if res = s.send(t, tr, request(t, "GET", origin+"/none", nil)); res.StatusCode != 404 {
				t.Errorf("%s", res.Status)
			}
			body(t, res)
			req := request(t, "GET", origin+"/small.txt", nil)
			req.Header.Set("If-None-Match", etag)
			if res = s.send(t, tr, req); body(t, res) != "" || res.StatusCode != 304 {
				t.Errorf("%s", res.Status)
			}
			req = request(t, "GET", origin+"/large.bin", nil)
			req.Header.Set("Range", "bytes=10-19")
			if res = s.send(t, tr, req); body(t, res) != string(s.Large[10:20]) || res.StatusCode != 206 {
				t.Errorf("%s", res.Status)
			}
		}
		checkStats(t, tr, Stats{Open: 1, Idle: 1})
	})
}

// 64 at once go over one connection, once it is known that it carries them.
func TestHTTP2ManyAtOnce(t *testing.T) {
	eachHTTP2(t, 1000, func(t *testing.T, s *realServer, origin string, p Protocols) {
		tr := examined(t, &Transport{Protocols: p})
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() { // ends with its exchange
				res := s.send(t, tr, request(t, "GET", origin+"/large.bin", nil))
				if n, err := io.Copy(io.Discard, res.Body); n != realserver.LargeSize || err != nil {
					t.Errorf("%d bytes, %v", n, err)
				}
			})
		}
		all.Wait()
		if st := tr.Stats(); st.Open != 1 || st.Idle != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// A server that says farewell after every third request loses none of them, though their bodies
// can be sent once only.
func TestHTTP2Farewell(t *testing.T) {
	s := realserver.NginxHTTP2(t, 3)
	ca, err := ParseCA(s.CA)
	if err != nil {
		t.Fatal(err)
	}
	real := &realServer{s, ca}
	tr := examined(t, &Transport{})
	for range 16 {
		req := request(t, "POST", s.Secure+"/post", nil)
		req.Body, req.ContentLength = newClosable("once"), 4
		if res := real.send(t, tr, req); res.StatusCode != http.StatusOK || body(t, res) != "posted\n" {
			t.Errorf("%s", res.Status)
		}
	}
}

func TestHTTP2Upload(t *testing.T) {
	s := realserver.NginxHTTP2(t, 1000)
	ca, err := ParseCA(s.CA)
	if err != nil {
		t.Fatal(err)
	}
	real := &realServer{s, ca}
	for _, p := range []struct {
		origin string
		p      Protocols
	}{{s.Secure, 0}, {s.Plain, HTTP2}} {
		tr := examined(t, &Transport{Protocols: p.p})
		for _, n := range []int64{0, 1, 1 << 10, 1 << 20} {
			for _, announced := range []bool{true, false} {
				req := request(t, "POST", p.origin+"/post", nil)
				if n > 0 {
					req.Body, req.ContentLength = io.NopCloser(io.LimitReader(noughts{}, n)), n
				}
				if !announced && n > 0 {
					req.ContentLength = -1
				}
				if res := real.send(t, tr, req); body(t, res) != "posted\n" || res.StatusCode != 200 {
					t.Errorf("%d bytes: %s", n, res.Status)
				}
			}
		}
		req := request(t, "POST", p.origin+"/post", nil)
		req.Body, req.ContentLength = io.NopCloser(io.LimitReader(noughts{}, 3<<20)), 3<<20
		if res := real.send(t, tr, req); res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s", res.Status)
		}
	}
}
