// The server as its parent sees it: a child process with two addresses.
package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
)

// server is a running child process.
type server struct {
	greeting
	roots *x509.CertPool // trusts its certificate
	cmd   *exec.Cmd
	stdin io.Closer // closing it ends the child
}

// startServer starts this program again as the server. The caller must stop it.
func startServer(ctx context.Context, stderr io.Writer) (*server, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, exe, serveArg)
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, stdin: stdin, roots: x509.NewCertPool()}
	if err := s.greet(stdout); err != nil {
		return nil, errors.Join(fmt.Errorf("bench server: %w", err), s.stop())
	}
	return s, nil
}

// greet reads the child's first and only line.
func (s *server) greet(stdout io.Reader) error {
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, &s.greeting); err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(s.Cert)
	if err != nil {
		return err
	}
	s.roots.AddCert(cert)
	return nil
}

// stop ends the child and waits for it.
func (s *server) stop() error {
	return errors.Join(s.stdin.Close(), s.cmd.Wait())
}

// connections asks the child how many connections it has open, not counting the one that
// asks.
func (s *server) connections() (int, error) {
	c, err := net.Dial("tcp", s.Plain)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	body, err := rawGet(c, resource{path: "/open"}, make([]byte, 1<<10))
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(body))
	return n - 1, err
}

// A resource is something the server has.
type resource struct {
	path string
	size int // of the body, in bytes
}

var (
	small    = resource{"/small", len(smallBody)}
	mebibyte = resource{"/1m", 1 << 20}
)

// target is what a run is aimed at.
type target struct {
	resource
	addr  string         // "127.0.0.1:port"
	roots *x509.CertPool // nil: plain TCP
	renewal
	http2 bool
}

func (s *server) target(r resource, overTLS bool) target {
	if overTLS {
		return target{resource: r, addr: s.TLS, roots: s.roots}
	}
	return target{resource: r, addr: s.Plain}
}

// http2Target is a target that speaks HTTP/2.
func (s *server) http2Target(r resource) target {
	return target{resource: r, addr: s.HTTP2, roots: s.roots, http2: true}
}

func (t target) url() string {
	if t.roots != nil {
		return "https://" + t.addr + t.path
	}
	return "http://" + t.addr + t.path
}
