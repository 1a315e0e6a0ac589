package realserver

import (
	"fmt"
	"strings"
	"testing"
)

// Tinyproxy starts tinyproxy, of Debian's package. It lets through what comes from the loopback,
// to any port. Directives are lines of its configuration that change this: "BasicAuth name
// password" has it ask for a name and a password (407), "ConnectPort 443" has it refuse (403)
// tunnels to all other ports.
func Tinyproxy(t testing.TB, directives ...string) *Server {
	t.Helper()
	path := Program(t, "/usr/bin/tinyproxy")
	s := prepare(t)
	s.start(t, path, "-d", "-c", s.configure(t, tinyproxyConfig(s.ports[0], directives)))
	return s
}

// tinyproxyConfig has no User, without which tinyproxy stays who has started it, and no LogFile,
// without which it prints what it has to say.
func tinyproxyConfig(port int, directives []string) string {
	return fmt.Sprintf("Listen 127.0.0.1\nPort %d\nAllow 127.0.0.1\nTimeout 60\n%s\n", port, strings.Join(directives, "\n"))
}
