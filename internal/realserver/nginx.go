package realserver

import (
	"fmt"
	"path/filepath"
	"testing"
)

// Nginx starts nginx, of Debian's package. It listens on the unix sockets plain.sock and secure.sock
// in Dir, too.
func Nginx(t testing.TB) *Server {
	t.Helper()
	path := Program(t, "/usr/sbin/nginx")
	s := prepare(t)
	s.addDocuments(t)
	s.addCertificate(t)
	s.startNginx(t, path, nginxConfig(s.Dir, s.ports))
	return s
}

// startNginx starts nginx with what its block "http" has besides what all have.
func (s *Server) startNginx(t testing.TB, path, http string) {
	t.Helper()
	config := fmt.Sprintf(`
daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
%[2]s
}
`, s.Dir, http)
	s.start(t, path, "-p", s.Dir, "-c", s.configure(t, config), "-e", filepath.Join(s.Dir, "error.log"))
}

func nginxConfig(dir string, ports [2]int) string {
	return fmt.Sprintf(`	types { text/plain txt; text/html html; }
	gzip on;
	gzip_min_length 100;
	keepalive_timeout 1s;
	lingering_timeout 1s;
	client_max_body_size 2m;
	ssl_certificate %[1]s/cert.pem;
	ssl_certificate_key %[1]s/key.pem;
	server {
		listen 127.0.0.1:%[2]d;
		listen 127.0.0.1:%[3]d ssl;
		listen unix:%[1]s/plain.sock;
		listen unix:%[1]s/secure.sock ssl;
		root %[1]s/www;
		location = /post { proxy_pass http://127.0.0.1:%[2]d/posted; }
		location = /posted { return 200 "posted\n"; }
		location = /small-only { client_max_body_size 1k; proxy_pass http://127.0.0.1:%[2]d/posted; }
		location = /proxy-authorization { return 200 "$http_proxy_authorization"; }
	}`, dir, ports[0], ports[1])
}
