package cli

import (
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

func TestHTTP3(t *testing.T) {
	s := realserver.Caddy(t)
	url := s.Secure + "/small.txt"
	for flag, version := range map[string]string{"--http3": "HTTP/", "--http3-only": "HTTP/3"} {
		r := run(t, flag, "--verify", s.CAFile, "-v", url)
		if r.code != ExitOK || !strings.Contains(r.out, "GET /small.txt "+version) ||
			!strings.Contains(r.out, "\n"+version) || !strings.Contains(r.out, " 200") || !strings.Contains(r.out, "small\n") {
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
	if r = run(t, "--http3-only", strings.Replace(url, "https", "http", 1)); r.code != ExitUsage || !strings.HasPrefix(r.err, "godwit: --http3-only: HTTP/3 needs https") {
		t.Errorf("%+v", r)
	}
}
