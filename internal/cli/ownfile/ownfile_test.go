package ownfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain runs the tests, unless the process is one that a test has started.
func TestMain(m *testing.M) {
	if path := os.Getenv("OWNFILE_COUNT"); path != "" {
		for range 20 {
			if err := count(path); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		os.Exit(0)
	}
	if path := os.Getenv("OWNFILE_WRITE"); path != "" {
		if err := Write(path, bytes.Repeat([]byte("x"), 1<<16)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// count adds one to the number in a file.
func count(path string) error {
	unlock, err := Lock(context.Background(), path, time.Minute)
	if err != nil {
		return err
	}
	defer unlock()
	f, err := Read(path, 100, Refuse)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	n, _ := strconv.Atoi(string(f.Text))
	return Write(path, []byte(strconv.Itoa(n+1)))
}

// again starts the test's own program, which does what the variable says.
func again(t *testing.T, variable string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), variable)
	return cmd
}

// Processes that change a file at once lose nothing, and leave nothing behind.
func TestLockProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "count")
	var all []*exec.Cmd
	var said [4]bytes.Buffer
	for i := range said {
		cmd := again(t, "OWNFILE_COUNT="+path)
		cmd.Stderr = &said[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for i, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, &said[i])
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "80" {
		t.Errorf("four processes have counted twenty times each, to %s (%v)", text, err)
	}
	if names := list(t, filepath.Dir(path)); !slices.Equal(names, []string{"count"}) {
		t.Errorf("there is %q", names)
	}
}

func list(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestLockPatience(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	unlock, err := Lock(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(t.Context(), path, 10*time.Millisecond); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), ".f.lock") {
		t.Errorf("held: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Lock(ctx, path, time.Minute); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if u, err := Lock(t.Context(), path+"2", time.Minute); err != nil {
		t.Errorf("another file: %v", err)
	} else {
		u()
	}
	unlock()
	if u, err := Lock(t.Context(), path, time.Minute); err != nil {
		t.Errorf("let go of: %v", err)
	} else {
		u()
	}
	if names := list(t, filepath.Dir(path)); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// A lock that a process left behind when it was killed, and things in a lock's place.
func TestLockLeftBehind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".a.lock", "sub"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u, err := Lock(t.Context(), filepath.Join(dir, "a"), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	u()
	if _, err := Lock(t.Context(), filepath.Join(dir, "sub", "a"), time.Minute); err == nil {
		t.Error("below a file")
	}
	if runtime.GOOS != "windows" {
		if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, ".b.lock")); err != nil {
			t.Fatal(err)
		}
		if _, err := Lock(t.Context(), filepath.Join(dir, "b"), time.Minute); err == nil || slices.Contains(list(t, dir), "elsewhere") {
			t.Errorf("a symbolic link is followed: %v", err)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "f")
	for _, text := range []string{"one", "", strings.Repeat("two", 1<<18)} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if f, err := Read(path, 1<<20, Refuse); err != nil || string(f.Text) != text || f.Exposed {
			t.Errorf("%v, %d bytes of %d", err, len(f.Text), len(text))
		}
	}
	if names := list(t, dir); !slices.Equal(names, []string{"f"}) {
		t.Errorf("there is %q", names)
	}
	if err := Write(dir, nil); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a folder: %v", err)
	}
	if err := Write(filepath.Join(path, "g"), nil); err == nil {
		t.Error("below a file")
	}
	if f, err := Read(path, 3<<18-1, Refuse); !errors.Is(err, ErrLarge) || f.Text != nil {
		t.Errorf("too large: %v", err)
	}
	if _, err := Read(dir, 10, Follow); !errors.Is(err, ErrNotRegular) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Read(path+"g", 10, Follow); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
}
