package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each flag of each table has a line in the pages, and is tried by some test.
func TestEveryFlag(t *testing.T) {
	page := read(t, "../../docs/command.md") + read(t, "../../docs/doctor.md")
	var tests strings.Builder
	for _, folder := range []string{".", "../../cmd/godwit"} {
		files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			tests.WriteString(read(t, file))
		}
	}
	everyFlag(t, "", requestFlags, page, tests.String())
	everyFlag(t, "serve ", serveFlags, page, tests.String())
	everyFlag(t, "doctor ", doctorFlags(), page, tests.String())
}

func everyFlag[T any](t *testing.T, of string, table []flagRow[T], page, tests string) {
	t.Helper()
	for _, f := range table {
		name := regexp.MustCompile(`--(no-)?` + regexp.QuoteMeta(f.name) + `([^-.\w]|\.?$|\. )`)
		if !name.MatchString(page) {
			t.Errorf("%s--%s is not in docs/command.md", of, f.name)
		}
		letter := f.short != 0 && regexp.MustCompile(`["\s]-\w*`+string(f.short)).MatchString(tests)
		if !letter && !name.MatchString(tests) {
			t.Errorf("%s--%s is tried by no test", of, f.name)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
