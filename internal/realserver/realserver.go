// Package realserver starts nginx and Apache for tests, on ports of the loopback and with
// certificates of their own.
//
// Both serve the same: /small.txt ("small\n"), /large.bin ([LargeSize] bytes), /long.html
// (compressed if that is accepted), /post, which answers "posted\n" to whatever is posted, up
// to 2 MiB, and /small-only, which takes no more than 1 KiB. They close connections that
// have been idle for a second.
package realserver

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// LargeSize is the size of /large.bin.
const LargeSize = 5 << 20

// A Server is one that has been started, until the end of the test.
type Server struct {
	Plain, Secure string // origins; the certificate is for 127.0.0.1
	CAFile        string // the PEM file of who has signed the certificate
	CA            []byte // what is in it
	Dir           string // with www, the documents, below it
	Large         []byte // what /large.bin is

	ports [2]int
}

// program returns the path of a server. Where continuous integration runs (CI=true) it must
// be there; elsewhere the test is skipped without it.
func program(t testing.TB, path string) string {
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
func prepare(t testing.TB) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir(), Large: make([]byte, LargeSize)}
	// The server's workers may have another user than the test.
	for dir := s.Dir; strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			break
		}
	}
	random := rand.NewChaCha8([32]byte{1})
	random.Read(s.Large)
	ca, cert, key := certify(t)
	s.CA, s.CAFile = ca, filepath.Join(s.Dir, "ca.pem")
	for name, text := range map[string][]byte{
		"www/small.txt": []byte("small\n"),
		"www/large.bin": s.Large,
		"www/long.html": fmt.Appendf(nil, "<p>%x", s.Large[:200<<10]), // too much to be compressed at once
		"ca.pem":        ca,
		"cert.pem":      cert,
		"key.pem":       key,
	} {
		s.write(t, name, text, 0o644)
	}
	for i := range s.ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		s.ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	s.Plain = fmt.Sprintf("http://127.0.0.1:%d", s.ports[0])
	s.Secure = fmt.Sprintf("https://127.0.0.1:%d", s.ports[1])
	return s
}

func (s *Server) write(t testing.TB, name string, text []byte, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(s.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, mode); err != nil {
		t.Fatal(err)
	}
}

// start runs a server until the end of the test, and waits until it listens.
func (s *Server) start(t testing.TB, config, path string, args ...string) {
	t.Helper()
	s.write(t, "server.conf", []byte(config), 0o644)
	// A file, and not a pipe: that would be waited for as long as any child holds it.
	output, err := os.Create(filepath.Join(s.Dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, output, output
	lead(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }() // ends with the server
	t.Cleanup(func() {
		stop(cmd, over)
		if t.Failed() {
			t.Logf("%s said %s\n%s", path, s.read("output"), s.read("error.log"))
		}
	})
	for range 1000 {
		select {
		case err := <-over:
			over <- err
			t.Fatalf("%s ended: %v\n%s", path, err, s.read("output"))
		case <-time.After(10 * time.Millisecond):
		}
		c, err := net.Dial("tcp", strings.TrimPrefix(s.Secure, "https://"))
		if err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("%s does not listen", path)
}

// read returns a file of the server's, as far as there is one.
func (s *Server) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(s.Dir, name))
	return string(text)
}

// stop ends a server and its children, kindly at first. over gets the server's end.
func stop(cmd *exec.Cmd, over chan error) {
	_ = cmd.Process.Signal(os.Interrupt)
	select {
	case <-over:
	case <-time.After(5 * time.Second):
		_ = cmd.Process.Kill()
		<-over
	}
	killGroup(cmd) // Apache's children outlive it if it is stopped while it starts
}
