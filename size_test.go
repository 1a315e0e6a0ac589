package godwit_test

// What the command costs before it does anything: its size, and what runs before main.

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// maxCommand bounds the stripped command. Most of it is net/http, crypto and
	// go-httpbin with its templates.
	maxCommand = 20_000_000

	// maxInit bounds the package initialisation of the command.
	maxInit = 3 * time.Millisecond
)

func TestCommandSize(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command: left out by -short")
	}
	binary := filepath.Join(t.TempDir(), "godwit")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w -dumpdep", "-o", binary, "./cmd/godwit")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%.4000s", err, out)
	}
	checkReflection(t, string(out))

	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the stripped command: %.1f MB", float64(info.Size())/1e6)
	if info.Size() > maxCommand {
		t.Errorf("the stripped command is of %d bytes, the bound is %d", info.Size(), maxCommand)
	}

	// The quickest of five: the others tell what else the machine had to do.
	best, slowest := initTime(t, binary)
	for range 4 {
		if took, pkg := initTime(t, binary); took < best {
			best, slowest = took, pkg
		}
	}
	t.Logf("package initialisation: %v", best)
	if best > maxInit {
		t.Errorf("package initialisation takes %v, the bound is %v; most of it in %s", best, maxInit, slowest)
	}
}

// byReflection is what the linker says of a function that finds methods by their names: all
// methods of all types are linked then, for all it knows.
var byReflection = regexp.MustCompile(`(\S+) <ReflectMethod>`)

// checkReflection keeps such functions out, but for those of go-httpbin's templates.
func checkReflection(t *testing.T, linked string) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range byReflection.FindAllStringSubmatch(linked, -1) {
		if name := m[1]; !strings.HasPrefix(name, "text/template.") && !strings.HasPrefix(name, "reflect.") && !seen[name] {
			seen[name] = true
			t.Errorf("%s finds methods by their names", name)
		}
	}
	if strings.Contains(linked, "-> html/template.") {
		t.Error("html/template is linked")
	}
}

// initLine is what GODEBUG=inittrace=1 writes for each package that has work to do.
var initLine = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)

// initTime runs the command, and returns how long its packages' initialisation took
// altogether and which took longest.
func initTime(t *testing.T, binary string) (total time.Duration, slowest string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("godwit version: %v\n%s", err, out)
	}
	var longest float64
	lines := initLine.FindAllSubmatch(out, -1)
	if len(lines) == 0 {
		t.Fatalf("no init line in:\n%s", out)
	}
	for _, m := range lines {
		ms, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			t.Fatalf("%s: %v", m[0], err)
		}
		total += time.Duration(ms * float64(time.Millisecond))
		if ms >= longest {
			longest, slowest = ms, string(m[1])
		}
	}
	return total, slowest
}
