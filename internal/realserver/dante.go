package realserver

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Dante starts dante, of Debian's package dante-server: a SOCKS4 and SOCKS5 proxy that asks for no
// name and no password. Plain is its URL of scheme socks5h, which is one of several. It lets through
// what comes from the loopback, but to none of the ports that are blocked.
func Dante(t testing.TB, blocked ...string) *Server {
	t.Helper()
	path := Program(t, "/usr/sbin/danted")
	s := prepare(t)
	s.Plain = strings.Replace(s.Plain, "http://", "socks5h://", 1)
	users := ""
	if os.Getuid() == 0 {
		users = "user.privileged: root\nuser.unprivileged: nobody\n"
	}
	blocks := ""
	for _, port := range blocked {
		blocks += fmt.Sprintf("socks block { from: 127.0.0.0/8 to: 0.0.0.0/0 port = %s }\n", port)
	}
	s.start(t, path, "-f", s.configure(t, fmt.Sprintf(`
logoutput: stderr
internal: 127.0.0.1 port = %d
external: 127.0.0.1
clientmethod: none
socksmethod: none
%sclient pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
%ssocks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect }
`, s.ports[0], users, blocks)), "-p", s.Dir+"/dante.pid")
	return s
}
