package cli

import (
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

// The command against nginx and Apache, over TLS: verified, refused without the CA, and byte
// for byte what the server has.
func TestRealServers(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *realserver.Server{
		"nginx": realserver.Nginx, "Apache": realserver.Apache,
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			r := run(t, "--verify="+s.CAFile, s.Secure+"/large.bin")
			if r.code != ExitOK || r.out != string(s.Large) || r.err != "" {
				t.Errorf("a large document: exit %d, %d bytes, %s", r.code, len(r.out), r.err)
			}
			r = run(t, "--verify="+s.CAFile, "--print=hb", s.Secure+"/small.txt")
			if r.code != ExitOK || !strings.HasPrefix(r.out, "HTTP/1.1 200 OK\r\n") && !strings.HasPrefix(r.out, "HTTP/1.1 200 OK\n") || !strings.HasSuffix(r.out, "small\n") {
				t.Errorf("head and body: exit %d\n%s%s", r.code, r.out, r.err)
			}
			r = run(t, "--verify="+s.CAFile, s.Secure+"/post", "login=hubot", "age:=7")
			if r.code != ExitOK || r.out != "posted\n" {
				t.Errorf("a POST: exit %d\n%s%s", r.code, r.out, r.err)
			}
			r = run(t, "--verify="+s.CAFile, "--check-status", s.Secure+"/none")
			if r.code != 4 {
				t.Errorf("a document that is not there: exit %d\n%s", r.code, r.err)
			}
			r = run(t, s.Secure+"/small.txt")
			if r.code != 12 || r.out != "" || !strings.Contains(r.err, "Godwit real server CA") {
				t.Errorf("without the CA: exit %d\n%s%s", r.code, r.out, r.err)
			}
			r = run(t, s.Plain+"/small.txt")
			if r.code != ExitOK || r.out != "small\n" {
				t.Errorf("in the clear: exit %d\n%s%s", r.code, r.out, r.err)
			}
		})
	}
}
