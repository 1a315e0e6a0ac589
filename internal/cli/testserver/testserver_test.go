package testserver

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServes(t *testing.T) {
	s, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatalf("no certificate in %s", text)
	}
	// net/http asks, so that this says something about the server alone.
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer tr.CloseIdleConnections()
	for _, url := range []string{s.HTTP, s.HTTPS, strings.Replace(s.HTTPS, "127.0.0.1", "localhost", 1)} {
		res, err := (&http.Client{Transport: tr}).Get(url + "/get?a=b")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if res.StatusCode != 200 || !strings.Contains(string(body), url+"/get?a=b") {
			t.Errorf("%s: %s\n%s", url, res.Status, body)
		}
	}

	if runtime.GOOS != "windows" {
		if info, err := os.Stat(s.CAFile); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("CA file: %v, %v", info.Mode(), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(s.CAFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of the CA is still there: %v", err)
	}
}

// The CA's certificate must be worthless for anything but this machine.
func TestAuthority(t *testing.T) {
	a, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(a.pem)
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(a.leaf.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for _, name := range []string{"localhost", "app.localhost", "127.0.0.1", "::1"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "example.org"}); err == nil {
		t.Error("it is valid for example.org")
	}
	if !ca.PermittedDNSDomainsCritical || len(ca.PermittedDNSDomains) != 1 || len(ca.PermittedIPRanges) != 2 {
		t.Errorf("the CA may speak for %q and %v", ca.PermittedDNSDomains, ca.PermittedIPRanges)
	}
}

// What cannot be had ends in an error, and leaves nothing behind.
func TestStartErrors(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Options{CAFile: taken}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a CA file that exists: %v", err)
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "mine" {
		t.Errorf("the file that was there: %q, %v", text, err)
	}

	free := filepath.Join(t.TempDir(), "ca.pem")
	if _, err := Start(Options{HTTPS: "127.0.0.1:99999", CAFile: free}); err == nil {
		t.Error("an impossible port is no error")
	}
	if _, err := os.Stat(free); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the CA file was left behind: %v", err)
	}
}
