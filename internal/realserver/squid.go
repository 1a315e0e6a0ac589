package realserver

import (
	"crypto/md5"
	"fmt"
	"os"
	"testing"
)

// Squid starts Squid, of Debian's package: as a proxy at Plain, and as one over TLS at Secure. It
// lets through what comes from the loopback, to any port. auth is "Basic" or "Digest", and has it
// ask for a name and a password (407); with "" it asks for none. Directives are lines that come
// before what lets through.
func Squid(t testing.TB, auth, user, password string, directives ...string) *Server {
	t.Helper()
	path := Program(t, "/usr/sbin/squid")
	s := prepare(t)
	s.addCertificate(t)
	if err := os.Chmod(s.Dir, 0o777); err != nil { // it writes its logs as another user
		t.Fatal(err)
	}
	config := fmt.Sprintf(`
http_port 127.0.0.1:%[2]d
https_port 127.0.0.1:%[3]d tls-cert=%[1]s/cert.pem tls-key=%[1]s/key.pem
pid_filename %[1]s/squid.pid
cache_log %[1]s/error.log
access_log none
coredump_dir %[1]s
visible_hostname 127.0.0.1
cache deny all
pinger_enable off
shutdown_lifetime 0 seconds
`, s.Dir, s.ports[0], s.ports[1])
	for _, line := range directives {
		config += line + "\n"
	}
	who := "localhost" // which Squid knows by itself
	sum := md5.Sum([]byte(password))
	ha1 := md5.Sum([]byte(user + ":proxy:" + password))
	switch auth {
	case "Basic":
		s.write(t, "users", fmt.Appendf(nil, "%s:%x\n", user, sum), 0o644)
		config += fmt.Sprintf("auth_param basic program /usr/lib/squid/basic_ncsa_auth %s/users\nauth_param basic realm proxy\n", s.Dir)
		who = "known"
	case "Digest":
		s.write(t, "users", fmt.Appendf(nil, "%s:proxy:%x\n", user, ha1), 0o644)
		config += fmt.Sprintf("auth_param digest program /usr/lib/squid/digest_file_auth -c %s/users\nauth_param digest realm proxy\n", s.Dir)
		who = "known"
	}
	if who == "known" {
		config += "acl known proxy_auth REQUIRED\n"
	}
	config += "http_access allow " + who + "\nhttp_access deny all\n"
	s.start(t, path, "-N", "-n", fmt.Sprintf("godwit%d", s.ports[0]), "-f", s.configure(t, config))
	return s
}
