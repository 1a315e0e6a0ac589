package godwit_test

// The architecture, tested: which of our packages may import which of our packages.

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport says for each package, named without the module's path, which of our packages
// it may import. A package without a row fails the test and so does a row without a
// package, so that whoever adds one decides here where it belongs.
//
// "…/..." stands for all packages below that folder, and the word public for all packages
// that others can import.
var mayImport = map[string][]string{
	// The words and the leaves. They know nothing of us.
	"trace":           {},
	"header":          {},
	"tlserr":          {},
	"auth":            {},
	"cookiejar":       {},
	"diagnosis":       {},
	"internal/coding": {},
	"internal/jsonx":  {},
	"internal/dns":    {},

	// The engine, from the bytes upwards.
	"internal/h1":      {"trace"},
	"internal/h2":      {"internal/h1"},
	"internal/dial":    {"trace", "tlserr"},
	"internal/message": {"internal/h1", "internal/dial"},
	"conn":             {"trace", "tlserr", "internal/h1", "internal/dial", "internal/message"},
	"transport":        {"trace", "header", "tlserr", "auth", "conn", "internal/dial", "internal/message", "internal/h2", "internal/coding"},
	"transport/h3":     {"trace", "tlserr", "transport", "internal/dial"},

	// The library's front door, which is the package in the root folder.
	"": {"trace", "header", "tlserr", "auth", "cookiejar", "diagnosis", "conn", "transport", "internal/dial", "internal/dns", "internal/jsonx", "internal/coding"},

	// What shows exchanges: it must not know the engine.
	"inspect": {"trace"},

	// What tests of programs that use Godwit need.
	"godwittest": {"trace"},

	// What tests of more than one package need.
	"internal/realserver": {},
	"internal/tlstest":    {"tlserr"},

	// The command.
	"internal/cli":        {"public", "internal/jsonx", "internal/cli/..."},
	"internal/cli/...":    {"public", "internal/cli/..."},
	"internal/cli/mkman":  {"internal/cli"},
	"internal/cli/mkshot": {"internal/cli", "internal/cli/..."},
	"cmd/godwit":          {"internal/cli"},
}

// platforms are those for which the rules are checked: a file that is compiled for one of
// them alone must keep them too.
var platforms = []string{"linux", "darwin", "windows"}

func TestImports(t *testing.T) {
	for _, goos := range platforms {
		t.Run(goos, func(t *testing.T) {
			var rowsUsed []string
			for _, line := range goList(t, goos, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
				words := strings.Fields(line)
				pkg, _ := ours(words[0])
				row, ok := rowOf(pkg)
				if !ok {
					t.Errorf("package %q has no row in mayImport: decide who may import it and what it may import", pkg)
					continue
				}
				rowsUsed = append(rowsUsed, row)
				for _, imported := range words[1:] {
					if imported, ok := ours(imported); ok && !allowed(mayImport[row], imported) {
						t.Errorf("%q must not import %q", pkg, imported)
					}
				}
			}
			for row, columns := range mayImport {
				if !slices.Contains(rowsUsed, row) {
					t.Errorf("mayImport has a row for %q, but there is no such package", row)
				}
				for _, name := range columns {
					if _, ok := mayImport[name]; !ok && name != "public" && !strings.HasSuffix(name, "/...") {
						t.Errorf("the row of %q names %q, which has no row", row, name)
					}
				}
			}
		})
	}
}

// TestQUIC: who does not ask for HTTP/3 does not pay for it.
func TestQUIC(t *testing.T) {
	for pkg, want := range map[string]bool{".": false, "./transport": false, "./transport/h3": true, "./cmd/godwit": true} {
		got := slices.ContainsFunc(goList(t, "", "-deps", pkg), func(line string) bool {
			return strings.HasPrefix(line, "github.com/quic-go/")
		})
		if got != want {
			t.Errorf("%s links quic-go: %v", pkg, got)
		}
	}
}

// rowOf returns the key under which mayImport has the package: its own name, or that of
// the folder above.
func rowOf(pkg string) (row string, ok bool) {
	if _, ok := mayImport[pkg]; ok {
		return pkg, true
	}
	for row := range mayImport {
		if covers(row, pkg) {
			return row, true
		}
	}
	return "", false
}

// allowed reports whether the columns of a row let the package be imported.
func allowed(columns []string, pkg string) bool {
	return slices.ContainsFunc(columns, func(column string) bool {
		return column == pkg || column == "public" && isPublic(pkg) || covers(column, pkg)
	})
}

// covers reports whether the pattern ends in "/..." and the package lies below it.
func covers(pattern, pkg string) bool {
	folder, ok := strings.CutSuffix(pattern, "...")
	return ok && strings.HasPrefix(pkg, folder)
}

// isPublic reports whether another module can import the package.
func isPublic(pkg string) bool {
	path := strings.Split(pkg, "/")
	return path[0] != "cmd" && !slices.Contains(path, "internal")
}

// modulePath is the path of the main module, read from go.mod so that a fork with a path
// of its own needs no change here.
var modulePath = func() string {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(path)
		}
	}
	panic("go.mod names no module")
}()

// ours cuts the module's path off an import path. ok is false for a package of another
// module. The package in the root folder is "".
func ours(importPath string) (pkg string, ok bool) {
	if importPath == modulePath {
		return "", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// goList runs go list for a platform ("": this one) and returns the lines it prints.
func goList(t *testing.T, goos string, args ...string) []string {
	t.Helper()
	// Without -buildvcs=false, go list fails on a clone that belongs to another user.
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-buildvcs=false"}, args...)...)
	if goos != "" {
		cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return slices.Collect(strings.Lines(string(out)))
}
