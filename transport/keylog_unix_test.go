//go:build unix

package transport

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe that nobody reads is an error, and not waited for.
func TestKeyLogPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keyLog(path).check(); err == nil {
		t.Error("no error")
	}
	r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := keyLog(path).Write([]byte("a line\n")); n != 7 || err != nil {
		t.Error(n, err)
	}
}
