package transport

// Sets of certificates: what they are read from, and what tells them apart.

import (
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func writeFile(t *testing.T, path string, text []byte) string {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadCA(t *testing.T) {
	srv, _, _, _ := tlsServer(t)
	one := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	two := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: newAuthority(t).cert.Raw})
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("no matter")})
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(folder, "b.pem"), two[:len(two)-1]) // no end of line
	writeFile(t, filepath.Join(folder, "a.pem"), one)
	writeFile(t, filepath.Join(folder, "README"), []byte("not a certificate"))
	file := writeFile(t, filepath.Join(dir, "both.pem"), append(append(append([]byte("text\n"), key...), two...), one...))

	a, err := LoadCA(folder)
	if err != nil {
		t.Fatal(err)
	}
	b, err := LoadCA(file)
	if err != nil {
		t.Fatal(err)
	}
	if a.sum != b.sum || !a.Pool().Equal(b.Pool()) {
		t.Error("the same certificates are not the same set")
	}
	only, err := LoadCA(writeFile(t, filepath.Join(dir, "one.pem"), one))
	if err != nil || only.sum == a.sum {
		t.Errorf("other certificates are the same set (%v)", err)
	}
	a.Pool().AddCert(srv.Certificate()) // a copy, which is of no consequence
	tr := examined(t, &Transport{})
	do(t, tr, with(t, srv.URL, &Overrides{CA: only}))
	do(t, tr, with(t, srv.URL, &Overrides{CA: a}))
	do(t, tr, with(t, srv.URL, &Overrides{CA: b}))
	checkStats(t, tr, Stats{Open: 2, Idle: 2})
}

func TestLoadCAFails(t *testing.T) {
	dir := t.TempDir()
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("nonsense")})
	if _, err := LoadCA(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := LoadCA(dir); !errors.Is(err, errNoCertificate) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := LoadCA(writeFile(t, filepath.Join(dir, "text"), []byte("text"))); !errors.Is(err, errNoCertificate) {
		t.Errorf("no certificate: %v", err)
	}
	if _, err := LoadCA(writeFile(t, filepath.Join(dir, "broken"), broken)); err == nil || errors.Is(err, errNoCertificate) {
		t.Errorf("a broken certificate: %v", err)
	}
}
