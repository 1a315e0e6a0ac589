package realserver

import (
	"fmt"
	"testing"
)

// TLS is what a server shows, and whom it wants to see. All of it is PEM, but for Staple.
type TLS struct {
	Cert, Key []byte // its own certificate, with those that lead to its issuer
	ClientCA  []byte // whose certificates clients must show; nil: none is asked for
	Staple    []byte // the OCSP response that is sent along, in DER; nil: none
	Protocols string // as nginx names them; "": TLSv1.2 TLSv1.3
}

// NginxTLS starts nginx with a TLS of the test's own. It answers to /who with the version of TLS,
// what the handshake was, and the subject of the client's certificate.
func NginxTLS(t testing.TB, o TLS) *Server {
	t.Helper()
	path := Program(t, "/usr/sbin/nginx")
	s := prepare(t)
	s.write(t, "cert.pem", o.Cert, 0o644)
	s.write(t, "key.pem", o.Key, 0o644)
	s.Secure = fmt.Sprintf("https://127.0.0.1:%d", s.ports[1])
	more := ""
	if o.ClientCA != nil {
		s.write(t, "clients.pem", o.ClientCA, 0o644)
		more += fmt.Sprintf("ssl_verify_client on; ssl_client_certificate %s/clients.pem;\n", s.Dir)
	}
	if o.Staple != nil {
		s.write(t, "staple.der", o.Staple, 0o644)
		more += fmt.Sprintf("ssl_stapling on; ssl_stapling_file %s/staple.der;\n", s.Dir)
	}
	if o.Protocols == "" {
		o.Protocols = "TLSv1.2 TLSv1.3"
	}
	more += "ssl_protocols " + o.Protocols + ";\n"
	s.startNginx(t, path, nginxTLSConfig(s.Dir, s.ports[1], more))
	return s
}

func nginxTLSConfig(dir string, port int, more string) string {
	return fmt.Sprintf(`	default_type text/plain;
	ssl_certificate %[1]s/cert.pem;
	ssl_certificate_key %[1]s/key.pem;
	ssl_session_cache builtin:100;
	%[3]s
	server {
		listen 127.0.0.1:%[2]d ssl;
		location = /who { return 200 "$ssl_protocol $ssl_session_reused $ssl_client_s_dn"; }
	}`, dir, port, more)
}
