package godwit_test

// What we depend on, as a list that somebody has to edit to make it longer.

import (
	"encoding/json"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Modules of others and what they are here for. Each one was a choice.
var (
	// A program that imports the library links these and no others.
	libraryModules = map[string]string{
		"github.com/andybalholm/brotli":          "the coding br",
		"github.com/klauspost/compress":          "gzip, deflate and zstd",
		"github.com/dunglas/httpsfv":             "structured field values (RFC 9651)",
		"github.com/gogs/chardet":                "guessing the character set of a text that names none",
		"golang.org/x/net":                       "IDNA, public suffixes, proxies of the environment, names of character sets",
		"golang.org/x/oauth2":                    "the type of its token sources, to accept them",
		"golang.org/x/text":                      "character sets, and what IDNA needs",
		"golang.org/x/sys":                       "what x/net needs",
		"golang.org/x/crypto":                    "OCSP answers, and what encrypted keys need",
		"golang.org/x/crypto/x509roots/fallback": "roots to trust where the system has none",
		"github.com/youmark/pkcs8":               "encrypted private keys (RFC 5958)",
		"software.sslmate.com/src/go-pkcs12":     "client certificates in PKCS#12 files (RFC 7292)",
		"github.com/quic-go/quic-go":             "QUIC and HTTP/3: linked by those who import transport/h3",
		"github.com/quic-go/qpack":               "what quic-go needs",
	}

	// The command links these too.
	commandModules = map[string]string{
		"github.com/mccutchen/go-httpbin/v2":   "the endpoints of godwit serve and godwit demo",
		"github.com/spf13/cobra":               "completion in shells",
		"github.com/inconshreveable/mousetrap": "what cobra needs on Windows",
		"github.com/spf13/pflag":               "reading flags",
		"golang.org/x/term":                    "whether standard output is a terminal, and how wide; typing unseen",
		"github.com/pelletier/go-toml/v2":      "reading the file of settings",
	}

	// The tests need these too.
	testModules = map[string]string{
		"github.com/creack/pty":           "a pseudo-terminal, to see the command as a person does",
		"go.uber.org/goleak":              "fails a package's tests when a goroutine is left behind",
		"golang.org/x/tools":              "what testscript needs",
		"github.com/rogpeppe/go-internal": "testscript: sessions at a shell that are tests",
		"github.com/icholy/digest":        "somebody else's arithmetic of Digest authentication, to compare with",
	}
)

func TestModules(t *testing.T) {
	for _, goos := range platforms {
		t.Run(goos, func(t *testing.T) {
			var public []string
			for _, line := range goList(t, goos, "./...") {
				path := strings.TrimSpace(line)
				if pkg, _ := ours(path); isPublic(pkg) {
					public = append(public, path)
				}
			}
			checkModules(t, goos, "the library", public, libraryModules)
			checkModules(t, goos, "the command", []string{"./cmd/..."}, libraryModules, commandModules)
		})
	}
}

// checkModules fails the test for each module that the packages link and no list names.
func checkModules(t *testing.T, goos, who string, pkgs []string, lists ...map[string]string) {
	t.Helper()
	args := []string{"-deps", "-f", "{{with .Module}}{{.Path}}{{end}} {{.ImportPath}}"}
	for _, line := range goList(t, goos, append(args, pkgs...)...) {
		module, pkg, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || module == modulePath { // no module: the standard library
			continue
		}
		if !inAny(module, lists) {
			t.Errorf("%s links %s (%s), which is not in its list", who, module, pkg)
		}
	}
}

// TestGoMod keeps development tools, replacements and forgotten modules out of go.mod.
func TestGoMod(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct{ Path string }
		Replace []struct{ Old struct{ Path string } }
		Tool    []struct{ Path string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, r := range mod.Require {
		required = append(required, r.Path)
		if !inAny(r.Path, []map[string]string{libraryModules, commandModules, testModules}) {
			t.Errorf("go.mod requires %s, which is in no list", r.Path)
		}
	}
	for _, list := range []map[string]string{libraryModules, commandModules, testModules} {
		for _, path := range slices.Sorted(maps.Keys(list)) {
			if !slices.Contains(required, path) {
				t.Errorf("%s is in a list, but go.mod does not require it", path)
			}
		}
	}
	for _, r := range mod.Replace {
		t.Errorf("go.mod replaces %s, which says nothing to those who import us", r.Old.Path)
	}
	for _, tool := range mod.Tool {
		t.Errorf("go.mod has the tool %s, which belongs into tools/go.mod", tool.Path)
	}
}

func inAny(module string, lists []map[string]string) bool {
	return slices.ContainsFunc(lists, func(list map[string]string) bool {
		return list[module] != ""
	})
}
