package cli

import (
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

func TestHTTP3(t *testing.T) {
	s := realserver.Caddy(t)
	url := s.Secure + "/small.txt"
	for _, flag := range []string{"--http3", "--http3-only"} {
		r := run(t, flag, "--verify", s.CAFile, "-v", url)
		if r.code != ExitOK || !strings.Contains(r.out, "GET /small.txt HTTP/3\n") ||
			!strings.Contains(r.out, "HTTP/3 200\n") || !strings.Contains(r.out, "small\n") {
			t.Errorf("%s: %+v", flag, r)
		}
		// It is verified as anywhere.
		if r = run(t, flag, url); r.code != ExitTLS || r.out != "" {
			t.Errorf("%s: %+v", flag, r)
		}
	}
}

// Nothing but HTTP/1.1 is spoken there.
func TestHTTP3InVain(t *testing.T) {
	url := bin.HTTPS + "/get"
	r := run(t, "--http3", "--verify=no", "-h", url)
	if r.code != ExitOK || !strings.HasPrefix(r.out, "HTTP/") || strings.HasPrefix(r.out, "HTTP/3") {
		t.Errorf("%+v", r)
	}
	r = run(t, "--http3-only", "--verify=no", "--timeout=0.1", "-h", url)
	if r.code != ExitTimeout || r.out != "" {
		t.Errorf("%+v", r)
	}
	if r = run(t, "--http3-only", strings.Replace(url, "https", "http", 1)); r.code == ExitOK || !strings.Contains(r.err, "HTTP/3 needs https") {
		t.Errorf("%+v", r)
	}
}
