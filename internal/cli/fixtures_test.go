package cli

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/tlstest"
)

// Each server with which TLS goes wrong ends the command with the code for TLS, with the cause
// in its first line, and nothing of the request sent. Where the client can do something, doing
// what is printed, to the letter, helps.
func TestTLSFixtures(t *testing.T) {
	for _, f := range tlstest.Failing(t) {
		if f.Client != nil {
			continue // it takes a client with other settings
		}
		t.Run(f.Name, func(t *testing.T) {
			s := tlstest.Start(t, f)
			dir := t.TempDir()
			base := append(resolved(t, s), "--verify="+inFile(t, dir, "trusted.pem", f.CA))
			got := run(t, append(base, s.URL())...)
			first, rest, _ := strings.Cut(got.err, "\n")
			if got.code != ExitTLS || got.out != "" || !strings.HasPrefix(first, "godwit: GET "+s.URL()+": TLS handshake with ") {
				t.Errorf("code %d, %q, %s", got.code, got.out, got.err)
			}
			for _, want := range f.Says {
				if !strings.Contains(got.err, want) {
					t.Errorf("no %q in\n%s", want, got.err)
				}
			}
			if n := s.Requests(); n != 0 {
				t.Errorf("%d requests", n)
			}
			if strings.Contains(rest, "--verify=no") {
				t.Error("it advises to verify nothing")
			}
			if f.Remedy() && !followed(t, f, dir, base, s.URL(), rest) {
				t.Errorf("nothing of this helps:\n%s", got.err)
			}
		})
	}
}

// resolved has every name lead to the server.
func resolved(t *testing.T, s *tlstest.Server) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--resolve=*:" + port + ":" + host}
}

// followed does what the command says, one after the other, and reports whether something helps.
// The files that it speaks of are what the server's owner has confirmed.
func followed(t *testing.T, f *tlstest.Fixture, dir string, base []string, url, text string) bool {
	t.Helper()
	for line := range strings.Lines(text) {
		_, what, ok := strings.Cut(strings.TrimSpace(line), "on the command line  ")
		if !ok {
			continue
		}
		args, target := append([]string(nil), base...), url
		for _, arg := range strings.Fields(what) {
			name, file, _ := strings.Cut(arg, "=")
			switch {
			case strings.Contains(name, "://"):
				target = arg
				continue
			case file == "client.pem":
				inFile(t, dir, file, f.ClientCert)
			case file == "client-key.pem":
				inFile(t, dir, file, f.ClientKey)
			case strings.HasSuffix(file, ".pem"):
				inFile(t, dir, file, f.Trust)
			}
			if strings.HasSuffix(file, ".pem") {
				arg = name + "=" + filepath.Join(dir, file)
			}
			args = append(args, arg)
		}
		if got := run(t, append(args, target)...); got.code == ExitOK && got.out == tlstest.Body {
			return true
		}
	}
	return false
}

// inFile writes a file and returns its name.
func inFile(t *testing.T, dir, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A server of TLS that was asked in plain HTTP is no failure of TLS, but its URL is named.
func TestPlainHTTPToTLS(t *testing.T) {
	for _, f := range tlstest.OnlyTLS(t) {
		t.Run(f.Name, func(t *testing.T) {
			s := tlstest.Start(t, f)
			got := run(t, append(resolved(t, s), s.URL())...)
			if got.code != ExitProtocol || !strings.Contains(got.err, "speaks TLS on this port") || !strings.Contains(got.err, "on the command line  https://"+f.Host+":") {
				t.Errorf("code %d, %s", got.code, got.err)
			}
		})
	}
}

func TestGoodTLSFixtures(t *testing.T) {
	for _, f := range tlstest.Passing(t) {
		if f.Client != nil || f.Host == "::1" { // which is not where it listens
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			s := tlstest.Start(t, f)
			got := run(t, append(resolved(t, s), "--verify="+inFile(t, t.TempDir(), "trusted.pem", f.CA), s.URL())...)
			if got.code != ExitOK || got.out != tlstest.Body {
				t.Errorf("%+v", got)
			}
		})
	}
}
