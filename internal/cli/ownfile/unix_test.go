//go:build unix

package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestReadTrust(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[fs.FileMode]struct {
		err     error
		exposed bool
	}{
		0o600: {nil, false}, 0o400: {nil, false}, 0o700: {nil, false},
		0o644: {nil, true}, 0o640: {nil, true}, 0o604: {nil, true}, 0o444: {nil, true},
		0o620: {ErrWritable, false}, 0o602: {ErrWritable, false}, 0o666: {ErrWritable, false},
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if f, err := Read(path, 10, Refuse); !errors.Is(err, want.err) || f.Exposed != want.exposed || err == nil && string(f.Text) != "x" {
			t.Errorf("%04o: %+v, %v", mode, f, err)
		}
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path, 10, Refuse); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("unreadable: %v", err)
		}
		return
	}
	// The administrator can give files away.
	if err := errors.Join(os.Chmod(path, 0o600), os.Chown(path, 12345, -1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, 10, Refuse); !errors.Is(err, ErrForeign) {
		t.Errorf("somebody else's: %v", err)
	}
}

func TestReadSpecial(t *testing.T) {
	dir := t.TempDir()
	file, link, pipe := filepath.Join(dir, "f"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(file, []byte("x"), 0o600), os.Symlink(file, link), syscall.Mkfifo(pipe, 0o600),
		os.Symlink(pipe, link+"2"), os.Symlink(link+"3", link+"3")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		links Links
		want  error
	}{
		{link, Follow, nil},
		{link, Refuse, ErrLink},
		{pipe, Follow, ErrNotRegular},
		{pipe, Refuse, ErrNotRegular},
		{link + "2", Follow, ErrNotRegular},
		{link + "3", Follow, syscall.ELOOP},
		{"/dev/zero", Follow, ErrNotRegular},
	} {
		if _, err := Read(c.path, 10, c.links); !errors.Is(err, c.want) {
			t.Errorf("%s, %t: %v", c.path, c.links, err)
		}
	}
	for path, want := range map[string]error{link: ErrLink, pipe: ErrNotRegular, "/dev/null": ErrNotRegular} {
		if err := Write(path, []byte("y")); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "x" {
		t.Errorf("%s, %v", text, err)
	}
}

// The file is for its owner alone whatever the umask is, and so are the folders that are made.
func TestWriteMode(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := filepath.Join(t.TempDir(), "a")
	path := filepath.Join(dir, "f")
	mode := func(path string) fs.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	for _, before := range []fs.FileMode{0, 0o600, 0o644, 0o400, 0o200} {
		if before != 0 {
			if err := os.Chmod(path, before); err != nil {
				t.Fatal(err)
			}
		}
		want := before & 0o600
		if before == 0 {
			want = 0o600
		}
		if err := Write(path, []byte("x")); err != nil || mode(path) != want || mode(dir) != 0o700 {
			t.Errorf("%04o has become %04o in %04o: %v", before, mode(path), mode(dir), err)
		}
	}
}

// A full disk: the old file is there, and nothing else. A limit of the process does what a full
// disk does.
func TestWriteFull(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := Write(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	cmd := again(t, "OWNFILE_WRITE="+path)
	cmd.Args = []string{"sh", "-c", `ulimit -f 8; trap '' XFSZ; exec "$0"`, cmd.Path}
	cmd.Path = "/bin/sh"
	said, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(said), syscall.EFBIG.Error()) {
		t.Errorf("%v: %s", err, said)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" || !slices.Equal(list(t, dir), []string{"f"}) {
		t.Errorf("%q, %v, %q", text, err, list(t, dir))
	}
}
