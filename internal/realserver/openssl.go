package realserver

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// OpenSSL starts openssl s_server, which answers to any GET with a page about the handshake. It
// writes the secrets of its connections to the file that KeyLog names, in its folder.
func OpenSSL(t testing.TB, o TLS) *Server {
	t.Helper()
	path := Program(t, "openssl")
	s := prepare(t)
	s.write(t, "cert.pem", o.Cert, 0o644)
	s.write(t, "key.pem", o.Key, 0o644)
	_, addr, _ := strings.Cut(s.Plain, "://")
	s.Plain, s.Secure = "", fmt.Sprintf("https://%s", addr)
	args := []string{"s_server", "-accept", addr, "-cert", "cert.pem", "-key", "key.pem", "-www", "-keylogfile", s.KeyLog()}
	if o.Staple != nil {
		s.write(t, "staple.der", o.Staple, 0o644)
		args = append(args, "-status", "-status_file", "staple.der")
	}
	s.start(t, path, args...)
	return s
}

// KeyLog is the file of [OpenSSL]'s secrets.
func (s *Server) KeyLog() string { return filepath.Join(s.Dir, "keys.log") }
