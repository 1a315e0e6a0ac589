package cli

import (
	"bytes"
	"crypto/sha512"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/godwit/internal/realserver"
)

// Parts, and going on, with what real servers say of them.
func TestDownloadRealServers(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *realserver.Server{
		"nginx": realserver.Nginx, "Apache": realserver.Apache, "Caddy": realserver.Caddy,
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			dir := t.TempDir()
			path := filepath.Join(dir, "large.bin")
			sum := fmt.Sprintf("--checksum=sha512:%x", sha512.Sum512(s.Large))
			whole := func(args ...string) string {
				t.Helper()
				got := run(t, append([]string{"--verify=" + s.CAFile, sum, "-o", path}, args...)...)
				if text, err := os.ReadFile(path); got.code != ExitOK || err != nil || !bytes.Equal(text, s.Large) {
					t.Errorf("%q: %+v, %d bytes, %v", args, got, len(text), err)
				}
				holding(t, dir, "large.bin")
				return got.err
			}
			whole(s.Secure + "/large.bin")
			whole("--segments=4", s.Plain+"/large.bin")
			whole("--segments=4", "--http1.1", s.Secure+"/large.bin")

			if err := os.WriteFile(path, s.Large[:1<<20], 0o600); err != nil {
				t.Fatal(err)
			}
			if said := whole("--continue", s.Secure+"/large.bin"); !strings.HasPrefix(said, "Done. 4.2 MB of 5.2 MB") {
				t.Error(said)
			}
			if said := whole("--continue", s.Secure+"/large.bin"); !strings.Contains(said, "were there already") {
				t.Error(said)
			}

			// curl begins, and is cut.
			curl := realserver.Program(t, "curl")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			// As much as it has before somebody presses Ctrl-C.
			cmd := exec.CommandContext(t.Context(), curl, "-sS", "--range", "0-1999999", "-o", path, s.Plain+"/large.bin")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v, %s", err, out)
			}
			if said := whole("--continue", s.Plain+"/large.bin"); !strings.Contains(said, " of 5.2 MB in ") {
				t.Error(said)
			}
		})
	}
}
