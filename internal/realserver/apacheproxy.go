package realserver

import (
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ApacheProxy starts Apache as a proxy that asks for a name and a password by Digest (407): at Plain,
// and over TLS at Secure.
func ApacheProxy(t testing.TB, user, password string) *Server {
	t.Helper()
	path := Program(t, "/usr/sbin/apache2")
	s := prepare(t)
	s.addCertificate(t)
	sum := md5.Sum([]byte(user + ":proxy:" + password))
	s.write(t, "users", fmt.Appendf(nil, "%s:proxy:%x\n", user, sum), 0o644)
	s.start(t, path, "-DFOREGROUND",
		"-f", s.configure(t, apacheProxyConfig(s.Dir, s.ports)), "-E", filepath.Join(s.Dir, "error.log"))
	return s
}

func apacheProxyConfig(dir string, ports [2]int) string {
	user := ""
	if os.Getuid() == 0 {
		user = "User www-data\nGroup www-data\n"
	}
	var modules strings.Builder
	for _, name := range []string{"mpm_event", "authz_core", "authz_user", "authn_core", "authn_file", "auth_digest", "proxy", "proxy_http", "proxy_connect", "ssl", "socache_shmcb"} {
		fmt.Fprintf(&modules, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", name, name)
	}
	return user + modules.String() + fmt.Sprintf(`
ServerRoot %[1]s
ServerName 127.0.0.1
PidFile %[1]s/apache.pid
ErrorLog %[1]s/error.log
DefaultRuntimeDir %[1]s
Listen 127.0.0.1:%[2]d
Listen 127.0.0.1:%[3]d
StartServers 1
ProxyRequests On
AllowCONNECT 1-65535
<Proxy "*">
	AuthType Digest
	AuthName proxy
	AuthDigestProvider file
	AuthUserFile %[1]s/users
	Require valid-user
</Proxy>
<VirtualHost 127.0.0.1:%[3]d>
	SSLEngine on
	SSLCertificateFile %[1]s/cert.pem
	SSLCertificateKeyFile %[1]s/key.pem
	ProxyRequests On
	AllowCONNECT 1-65535
</VirtualHost>
`, dir, ports[0], ports[1])
}
