package realserver

import (
	"fmt"
	"testing"
)

// NginxHTTP2 starts an nginx that speaks HTTP/2: over TLS besides HTTP/1.1, on its plain port alone
// and unasked (prior knowledge). It says farewell (GOAWAY) to each connection after so many requests.
func NginxHTTP2(t testing.TB, requests int) *Server {
	t.Helper()
	path := Program(t, "/usr/sbin/nginx")
	s := prepare(t)
	s.addDocuments(t)
	s.addCertificate(t)
	s.startNginx(t, path, nginxHTTP2Config(s.Dir, s.ports, requests))
	return s
}

func nginxHTTP2Config(dir string, ports [2]int, requests int) string {
	return fmt.Sprintf(`	types { text/plain txt; text/html html; }
	gzip on;
	gzip_min_length 100;
	keepalive_requests %[4]d;
	client_max_body_size 2m;
	ssl_certificate %[1]s/cert.pem;
	ssl_certificate_key %[1]s/key.pem;
	server {
		listen 127.0.0.1:%[2]d http2;
		listen 127.0.0.1:%[3]d ssl http2;
		root %[1]s/www;
		location = /version { return 200 "$server_protocol"; }
		location = /post { proxy_pass http://unix:%[1]s/posted.sock; }
	}
	server {
		listen unix:%[1]s/posted.sock;
		location / { return 200 "posted\n"; }
	}`, dir, ports[0], ports[1], requests)
}
