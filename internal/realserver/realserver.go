// Package realserver starts servers and proxies for tests, on ports of the loopback: nginx,
// Apache and Caddy, with certificates of their own, Python's http.server; and tinyproxy, Squid and dante.
//
// All servers have the same documents: /small.txt ("small\n"), /large.bin ([LargeSize] bytes)
// and /long.html.
//
// nginx, Apache and Caddy send /long.html compressed if that is accepted, in what comes first of
// what they know: nginx gzip; Apache br, gzip; Caddy zstd, gzip.
//
// nginx and Apache have /post, which answers "posted\n" to whatever is posted, up to 2 MiB, and
// /small-only, which takes no more than 1 KiB. They close connections that have been idle for a
// second. What a server got can be asked of one of them: Apache answers to /sha256 with the
// SHA-256 of what was posted, in hexadecimal, and nginx to /proxy-authorization with that field
// of the request.
//
// Caddy speaks HTTP/3 as well, says so, and answers to /echo with what was posted.
//
// Python's http.server answers in HTTP/1.0 and closes each connection. It has no TLS.
//
// tinyproxy opens tunnels (CONNECT) to whatever is asked for, unless it is told otherwise, and so does
// Squid, which may ask for Basic or Digest. Apache as a proxy does so for those who answer its
// challenge (Digest). The last two listen for TLS as well. dante is a SOCKS proxy.
package realserver

import (
	"cmp"
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
	Plain  string // the origin, or the proxy's URL
	Secure string // the origin with TLS, the certificate is for 127.0.0.1; "": there is none
	CAFile string // the PEM file of who has signed the certificate
	CA     []byte // what is in it
	Dir    string // with www, the documents, below it
	Large  []byte // what /large.bin is

	ports   [2]int // of Plain and Secure
	command []string
	cmd     *exec.Cmd  // that is running, or has run
	over    chan error // gets its end
}

// Program returns the path of a program, which is given by its path, or by a name that is
// looked for in PATH. Where continuous integration runs (CI=true) it must be there; elsewhere
// the test is skipped without it.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}

// prepare makes a folder, and finds two free ports.
func prepare(t testing.TB) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir()}
	// The server's workers may have another user than the test.
	for dir := s.Dir; strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			break
		}
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
	return s
}

// addDocuments puts the documents into the folder.
func (s *Server) addDocuments(t testing.TB) {
	t.Helper()
	s.Large = make([]byte, LargeSize)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(s.Large)
	s.write(t, "www/small.txt", []byte("small\n"), 0o644)
	s.write(t, "www/large.bin", s.Large, 0o644)
	s.write(t, "www/long.html", fmt.Appendf(nil, "<p>%x", s.Large[:200<<10]), 0o644) // too much to be compressed at once
}

// addCertificate puts a certificate and its key into the folder, for the second port.
func (s *Server) addCertificate(t testing.TB) {
	t.Helper()
	ca, cert, key := certify(t)
	s.CA, s.CAFile = ca, filepath.Join(s.Dir, "ca.pem")
	s.write(t, "ca.pem", ca, 0o644)
	s.write(t, "cert.pem", cert, 0o644)
	s.write(t, "key.pem", key, 0o644)
	s.Secure = fmt.Sprintf("https://127.0.0.1:%d", s.ports[1])
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

// configure writes the configuration, and returns its path.
func (s *Server) configure(t testing.TB, config string) string {
	t.Helper()
	s.write(t, "server.conf", []byte(config), 0o644)
	return filepath.Join(s.Dir, "server.conf")
}

// start runs a server until the end of the test, and waits until it listens.
func (s *Server) start(t testing.TB, path string, args ...string) {
	t.Helper()
	s.command = append([]string{path}, args...)
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("%s said %s\n%s", path, s.read("output"), s.read("error.log"))
		}
	})
	s.Restart(t)
}

// Restart starts a server again that has been killed, at the same place.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	path := s.command[0]
	// A file, and not a pipe: that would be waited for as long as any child holds it.
	output, err := os.Create(filepath.Join(s.Dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd := exec.Command(path, s.command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, output, output
	cmd.Env = append(os.Environ(), "HOME="+s.Dir, "XDG_CONFIG_HOME="+s.Dir) // Caddy writes there
	lead(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	s.cmd, s.over = cmd, over
	go func() { over <- cmd.Wait() }() // ends with the server
	_, addr, _ := strings.Cut(cmp.Or(s.Secure, s.Plain), "://")
	for range 1000 {
		select {
		case err := <-over:
			over <- err
			t.Fatalf("%s ended: %v\n%s", path, err, s.read("output"))
		case <-time.After(10 * time.Millisecond):
		}
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("%s does not listen", path)
}

// Kill ends a server at once, so that it has no time to tell anybody.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	err := <-s.over
	s.over <- err // for stop
	killGroup(s.cmd)
}

// read returns a file of the server's, as far as there is one.
func (s *Server) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(s.Dir, name))
	return string(text)
}

// stop ends a server and its children, kindly at first.
func (s *Server) stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(os.Interrupt)
	select {
	case <-s.over:
	case <-time.After(5 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.over
	}
	killGroup(s.cmd) // Apache's children outlive it if it is stopped while it starts
}
