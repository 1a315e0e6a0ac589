package godwit

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe is not waited for, and what says that it has no size may have something in it.
func TestFileBodyIrregular(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := newWorld(ok)
	if _, err := s.Put(t.Context(), "http://h/", FileBody(pipe)); !errors.Is(err, ErrRequest) || !strings.Contains(err.Error(), "give it to Reader") {
		t.Error(err)
	}
	body, req := sentBody(t, FileBody("/proc/self/status"))
	if body == "" || req.ContentLength != -1 {
		t.Errorf("%d bytes, announced as %d", len(body), req.ContentLength)
	}
}
