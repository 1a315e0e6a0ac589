package realserver

import (
	"fmt"
	"testing"
)

// Caddy starts Caddy, of Debian's package. With TLS it also speaks HTTP/2, and HTTP/3 on the UDP
// port of the same number.
func Caddy(t testing.TB) *Server {
	t.Helper()
	path := Program(t, "caddy")
	s := prepare(t)
	s.addDocuments(t)
	s.addCertificate(t)
	s.start(t, path, "run", "--adapter", "caddyfile", "--config", s.configure(t, caddyConfig(s.Dir, s.ports)))
	return s
}

func caddyConfig(dir string, ports [2]int) string {
	return fmt.Sprintf(`{
	admin off
	auto_https off
	default_bind 127.0.0.1
	storage file_system %[1]s/storage
	servers {
		protocols h1 h2 h3
	}
}

(site) {
	root * %[1]s/www
	respond /echo {http.request.body}
	encode zstd gzip {
		minimum_length 100
	}
	file_server
}

http://127.0.0.1:%[2]d {
	import site
}

https://127.0.0.1:%[3]d {
	tls %[1]s/cert.pem %[1]s/key.pem
	import site
}
`, dir, ports[0], ports[1])
}
