package transport

// The file of the secrets.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"example.com/godwit/internal/tlstest"
	"example.com/godwit/trace"
)

var keyLogLine = regexp.MustCompile(`^(CLIENT_RANDOM|(CLIENT|SERVER)_(HANDSHAKE_TRAFFIC_SECRET|TRAFFIC_SECRET_0)) [0-9a-f]{64} [0-9a-f]{64,96}\n$`)

func TestKeyLog(t *testing.T) {
	root := tlstest.NewRoot(t, "root")
	s := newStaplingServer(t, root.Leaf(t, "a.example").Chain(), 0)
	dir := t.TempDir()
	unasked := filepath.Join(dir, "unasked")
	t.Setenv("SSLKEYLOGFILE", unasked) // which has no say
	tr := examined(t, &Transport{Dial: dialTo(s.addr)})
	path := filepath.Join(dir, "keys")
	logged := &Overrides{CA: caOf(t, root), TLSSettings: &TLSSettings{KeyLog: path}}

	do(t, tr, with(t, "https://a.example/", &Overrides{CA: caOf(t, root)}))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	do(t, tr, with(t, "https://a.example/", logged)) // on a connection of its own
	first := readLines(t, path, 4)
	do(t, tr, with(t, "https://a.example/", logged)) // on the same
	readLines(t, path, 4)
	tr.CloseIdleConnections()
	old := *logged
	old.TLSSettings = &TLSSettings{KeyLog: path, MaxVersion: tls.VersionTLS12}
	do(t, tr, with(t, "https://a.example/", &old))
	if lines := readLines(t, path, 5); !strings.HasPrefix(lines[4], "CLIENT_RANDOM ") || lines[0] != first[0] {
		t.Errorf("%q", lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(unasked); !errors.Is(err, fs.ErrNotExist) {
		t.Error("SSLKEYLOGFILE is written to")
	}
}

func readLines(t *testing.T, path string, want int) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines = lines[:len(lines)-1]
	for _, line := range lines {
		if !keyLogLine.MatchString(line) {
			t.Errorf("%q", line)
		}
	}
	if len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	return lines
}

// Where the secrets cannot be written, or others could read them, nothing is dialled.
func TestKeyLogRefused(t *testing.T) {
	dir := t.TempDir()
	wide := writeFile(t, filepath.Join(dir, "wide"), nil)
	if err := os.Chmod(wide, 0o640); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "no", "folder"): "no such file",
		dir:                                "directory",
		wide:                               "chmod 600",
	} {
		tr := examined(t, &Transport{Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
			t.Errorf("%s was dialled", addr)
			return nil, errors.ErrUnsupported
		}})
		err := fails(t, tr, with(t, "https://a.example/", &Overrides{TLSSettings: &TLSSettings{KeyLog: path}}))
		if err.Phase != trace.TLS || err.Sent || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "KeyLog") {
			t.Errorf("%s: %v", path, err)
		}
		if text, err := os.ReadFile(wide); err != nil || len(text) > 0 {
			t.Errorf("%q, %v", text, err)
		}
	}
	// Nor is anything written if the mode changes later on.
	path := keyLog(filepath.Join(dir, "later"))
	if _, err := path.Write([]byte("one\n")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(string(path), 0o604); err != nil {
		t.Fatal(err)
	}
	if _, err := path.Write([]byte("two\n")); err == nil {
		t.Error("written to a file that others can read")
	}
}

// Lines of many connections do not come apart.
func TestKeyLogAtOnce(t *testing.T) {
	path := keyLog(filepath.Join(t.TempDir(), "keys"))
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			line := fmt.Sprintf("CLIENT_RANDOM %064x %096x\n", i, i)
			for range 8 {
				if _, err := path.Write([]byte(line)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	readLines(t, string(path), 64*8)
}
