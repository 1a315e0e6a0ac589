package realserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Apache starts Apache, of Debian's package apache2.
func Apache(t testing.TB) *Server {
	t.Helper()
	path := Program(t, "/usr/sbin/apache2")
	s := prepare(t)
	s.addDocuments(t)
	s.addCertificate(t)
	s.addScript(t, "post", "cat >/dev/null; echo posted")
	s.addScript(t, "sha256", "sha256sum | cut -c 1-64")
	s.start(t, path, "-DFOREGROUND",
		"-f", s.configure(t, apacheConfig(s.Dir, s.ports)), "-E", filepath.Join(s.Dir, "error.log"))
	return s
}

// addScript adds a program that Apache runs (CGI): what the command prints is the answer's body.
// It must have read all of the request's by then, because Apache does not listen before.
func (s *Server) addScript(t testing.TB, name, command string) {
	t.Helper()
	text := "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n" + command + "\n"
	s.write(t, name, []byte(text), 0o755)
}

func apacheConfig(dir string, ports [2]int) string {
	user := ""
	if os.Getuid() == 0 {
		user = "User www-data\nGroup www-data\n"
	}
	var modules strings.Builder
	for _, name := range []string{"mpm_event", "authz_core", "dir", "mime", "ssl", "socache_shmcb", "filter", "deflate", "brotli", "cgid", "alias"} {
		fmt.Fprintf(&modules, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", name, name)
	}
	return user + modules.String() + fmt.Sprintf(`
ServerRoot %[1]s
ServerName 127.0.0.1
PidFile %[1]s/apache.pid
ErrorLog %[1]s/error.log
DefaultRuntimeDir %[1]s
ScriptSock %[1]s/cgid
Listen 127.0.0.1:%[2]d
Listen 127.0.0.1:%[3]d
DocumentRoot %[1]s/www
KeepAliveTimeout 1
LimitRequestBody 2097152
TypesConfig /dev/null
AddType text/html .html
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
StartServers 1
ScriptAlias /post %[1]s/post
ScriptAlias /small-only %[1]s/post
ScriptAlias /sha256 %[1]s/sha256
<Directory %[1]s>
	Require all granted
</Directory>
<Location /small-only>
	LimitRequestBody 1024
</Location>
<VirtualHost 127.0.0.1:%[3]d>
	SSLEngine on
	SSLCertificateFile %[1]s/cert.pem
	SSLCertificateKeyFile %[1]s/key.pem
</VirtualHost>
`, dir, ports[0], ports[1])
}
