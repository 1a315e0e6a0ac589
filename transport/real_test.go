package transport

// Servers as they are met: nginx and Apache, from Debian's packages, with configurations of
// our own, on the loopback.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/godwit/tlserr"
	"example.com/godwit/trace"
)

const largeSize = 5 << 20

// A realServer is one that has been started, and what it serves.
type realServer struct {
	plain, secure string // origins
	ca            *CA
	large         []byte
	dir           string
}

// program returns the path of a server. Where continuous integration runs it must be there.
func program(t *testing.T, path string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}

// prepare makes a folder with documents, certificate and key, and finds two free ports.
func prepare(t *testing.T) (s *realServer, ports [2]int) {
	t.Helper()
	a := newAuthority(t)
	s = &realServer{ca: parseCA(t, a.cert), dir: t.TempDir(), large: make([]byte, largeSize)}
	// The server's workers may have another user than the test.
	for dir := s.dir; strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			break
		}
	}
	random := rand.NewChaCha8([32]byte{1})
	random.Read(s.large)
	cert, key := a.issue(t)
	for name, text := range map[string][]byte{
		"www/small.txt": []byte("small\n"),
		"www/large.bin": s.large,
		"www/long.html": fmt.Appendf(nil, "<p>%x", s.large[:200<<10]), // too much to be compressed at once
		"cert.pem":      cert,
		"key.pem":       key,
	} {
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	s.plain = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	s.secure = fmt.Sprintf("https://127.0.0.1:%d", ports[1])
	return s, ports
}

// start runs a server until the end of the test, and waits until it listens.
func (s *realServer) start(t *testing.T, config, path string, args ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "server.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }() // ends with the server
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-over:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-over
		}
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(s.dir, "error.log"))
			t.Logf("%s said %s\n%s", path, output.String(), log)
		}
	})
	for range 1000 {
		select {
		case err := <-over:
			over <- err
			t.Fatalf("%s ended: %v\n%s", path, err, output.String())
		case <-time.After(10 * time.Millisecond):
		}
		c, err := net.Dial("tcp", strings.TrimPrefix(s.secure, "https://"))
		if err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("%s does not listen", path)
}

// try does with a server all that a client does.
func (s *realServer) try(t *testing.T) {
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
	for _, origin := range []string{s.plain, s.secure} {
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
			if got := body(t, res); got != "small\n" || res.StatusCode != 200 || (res.TLS != nil) != (origin == s.secure) {
				t.Errorf("%s: %q", res.Status, got)
			}
			res = s.send(t, tr, request(t, "GET", origin+"/large.bin", nil))
			if res.ContentLength != largeSize {
				t.Errorf("length %d", res.ContentLength)
			}
			if got := body(t, res); got != string(s.large) {
				t.Errorf("%d bytes, not what was sent", len(got))
			}
			res = s.send(t, tr, request(t, "HEAD", origin+"/large.bin", nil))
			if got := body(t, res); got != "" || res.ContentLength != largeSize {
				t.Errorf("HEAD: %d bytes, length %d", len(got), res.ContentLength)
			}
			res = s.send(t, tr, request(t, "GET", origin+"/none", nil))
			if body(t, res); res.StatusCode != 404 {
				t.Errorf("%s", res.Status)
			}
			req := request(t, "GET", origin+"/large.bin", nil)
			req.Header.Set("Range", "bytes=10-19")
			res = s.send(t, tr, req)
			if got := body(t, res); got != string(s.large[10:20]) || res.StatusCode != 206 {
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
	want, _ := os.ReadFile(filepath.Join(s.dir, "www/long.html"))
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
	for _, origin := range []string{s.plain, s.secure} {
		for _, length := range []int64{50 << 20, -1} {
			tr := examined(t, &Transport{})
			req := request(t, "POST", origin+"/small-only", nil)
			req.Body = io.NopCloser(io.LimitReader(zeros{}, 50<<20))
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

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func tryUpload(t *testing.T, s *realServer) {
	s.both(t, func(t *testing.T, tr *Transport, origin string) {
		for _, n := range []int64{0, 1, 1 << 10, 1 << 20} {
			for _, expect := range []string{"", "100-continue"} {
				req := request(t, "POST", origin+"/post", nil)
				if n > 0 {
					req.Body, req.ContentLength = io.NopCloser(io.LimitReader(zeros{}, n)), n
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
	for _, origin := range []string{s.plain, s.secure} {
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
	err := fails(t, tr, request(t, "GET", s.secure+"/small.txt", nil))
	if _, ok := errors.AsType[*tlserr.Error](err); !ok || err.Phase != trace.TLS || err.Sent {
		t.Errorf("without the CA: %v", err)
	}
	name := strings.Replace(s.secure, "127.0.0.1", "localhost", 1) // not in the certificate
	err = fails(t, tr, with(t, name, &Overrides{CA: s.ca}))
	if _, ok := errors.AsType[*tlserr.Error](err); !ok {
		t.Errorf("another name: %v", err)
	}
	if got := do(t, tr, with(t, name+"/small.txt", &Overrides{Insecure: true})); got != "small\n" {
		t.Errorf("got %q", got)
	}
}
