//go:build unix

package auth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestNetrcExposed(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("NETRC", "")
	path := writeNetrc(t, filepath.Join(home, ".netrc"), "machine a login u password s3cr3t")
	for mode, ok := range map[os.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true,
		0o640: false, 0o604: false, 0o620: false, 0o601: false, 0o644: false, 0o777: false,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"", path} {
			_, err := ReadNetrc(name)
			if ok != (err == nil) || !ok && !errors.Is(err, ErrNetrcExposed) {
				t.Errorf("%04o: %v", mode, err)
			}
			if e, is := errors.AsType[*NetrcError](err); is && (e.Named != (name != "") || e.Path != path || strings.Contains(err.Error(), "s3cr3t")) {
				t.Errorf("%04o: %v", mode, err)
			}
		}
	}
	link := filepath.Join(home, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	_ = os.Chmod(path, 0o644)
	if _, err := ReadNetrc(link); !errors.Is(err, ErrNetrcExposed) {
		t.Errorf("a link to what others can read: %v", err)
	}
	_ = os.Chmod(path, 0o600)
	if _, err := ReadNetrc(link); err != nil {
		t.Errorf("a link: %v", err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Skip(err)
		}
		if _, err := ReadNetrc(path); !errors.Is(err, ErrNetrcExposed) {
			t.Errorf("somebody else's: %v", err)
		}
	}
}

// TestNetrcDevices: what is named may be no file; the default must be one, for a pipe would be
// waited for.
func TestNetrcDevices(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("NETRC", os.DevNull)
	if n, err := ReadNetrc(""); err != nil || n == nil {
		t.Errorf("NETRC=/dev/null: %v", err)
	}
	if err := syscall.Mkfifo(filepath.Join(home, ".netrc"), 0o600); err != nil {
		t.Skip(err)
	}
	t.Setenv("NETRC", "")
	if _, err := ReadNetrc(""); err == nil {
		t.Error("a pipe was read")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := os.Stat("/dev/fd"); err != nil {
		return
	}
	if _, err := w.WriteString("machine a login u password p"); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	n, err := ReadNetrc(fmt.Sprintf("/dev/fd/%d", r.Fd()))
	if login, _, ok := n.Lookup("a", ""); err != nil || !ok || login != "u" {
		t.Errorf("a pipe that was named: %q, %v", login, err)
	}
}
