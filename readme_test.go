package godwit_test

// What the pages say is true as far as a program can tell: their Go is the Go of compiled
// Examples, their links lead somewhere, their commands are those that CI runs.

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// goBlock is a block of Go in a page.
var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

func TestPagesGo(t *testing.T) {
	examples := exampleBodies(t)
	for _, page := range pages(t) {
		for _, m := range goBlock.FindAllStringSubmatch(read(t, page), -1) {
			found := false
			for _, body := range examples {
				found = found || strings.Contains(body, oneSpace(m[1]))
			}
			if !found {
				t.Errorf("%s: this is in no Example of a _test.go file:\n%s", page, m[1])
			}
		}
	}
}

// exampleBodies returns what stands between the braces of each Example, white space made
// alike.
func exampleBodies(t *testing.T) (bodies []string) {
	t.Helper()
	for _, file := range filesWith(t, "_test.go") {
		text := read(t, file)
		for _, fn := range examples(t, file) {
			// The file is the only one of its set, so its positions begin at 1.
			bodies = append(bodies, oneSpace(text[fn.Body.Lbrace:fn.Body.Rbrace-1]))
		}
	}
	return bodies
}

// examples returns the Examples of a file.
func examples(t *testing.T, file string) (list []*ast.FuncDecl) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, read(t, file), parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example") {
			list = append(list, fn)
		}
	}
	return list
}

// link is a Markdown link, block is code, in which nothing is one, and heading is what a
// link's fragment leads to.
var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	block   = regexp.MustCompile("(?ms)^```.*?^```$|`[^`\n]+`")
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

func TestPagesLinks(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(block.ReplaceAllString(read(t, page), ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			path, fragment, _ := strings.Cut(m[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(path))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: a link leads nowhere: %v", page, err)
			} else if fragment != "" && !slices.Contains(fragments(read(t, target)), fragment) {
				t.Errorf("%s: %s has no heading %q", page, target, fragment)
			}
		}
	}
}

// fragments returns what leads to the headings of a page: their words in lower case, with
// hyphens between them and without punctuation.
func fragments(text string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return all
}

// TestReadmeCommands: the two commands that a stranger types first, and the promise that CI
// runs the second.
func TestReadmeCommands(t *testing.T) {
	const demo, test = "go run ./cmd/godwit demo", "go test ./..."
	for file, line := range map[string][]string{
		"README.md": {demo, test},
		"Makefile":  {"\t" + demo, "\t" + test},
		".ci/run":   {test},
	} {
		for _, want := range line {
			if !strings.Contains("\n"+read(t, file), "\n"+want+"\n") {
				t.Errorf("%s has no line %q", file, want)
			}
		}
	}
}

// longFlag is a flag of the command as help and pages write it.
var longFlag = regexp.MustCompile(`--[a-z]+(-[a-z]+)*`)

// TestCommandPage: the page about the command has all flags of its help, and no others but
// those of godwit serve and godwit doctor.
func TestCommandPage(t *testing.T) {
	const page, help = "docs/command.md", "internal/cli/testdata/help-all.txt"
	others := read(t, "internal/cli/serve.go") + read(t, "internal/cli/doctor.go")
	inPage := longFlag.FindAllString(read(t, page), -1)
	inHelp := longFlag.FindAllString(read(t, help), -1)
	for _, flag := range inHelp {
		if !slices.Contains(inPage, flag) {
			t.Errorf("%s says nothing of %s", page, flag)
		}
	}
	for _, flag := range inPage {
		ofAnother := fmt.Sprintf("name: %q", strings.TrimPrefix(flag, "--"))
		if !slices.Contains(inHelp, flag) && !strings.Contains(others, ofAnother) {
			t.Errorf("%s has %s, which the command does not know", page, flag)
		}
	}
}

// sourceFile is a Go file as a page names it.
var sourceFile = regexp.MustCompile("`([a-z0-9_/]+\\.go)`")

// TestContributingFiles: the tables of CONTRIBUTING.md have each file of the main module,
// and no file that is gone.
func TestContributingFiles(t *testing.T) {
	const page = "CONTRIBUTING.md"
	var named []string
	for _, m := range sourceFile.FindAllStringSubmatch(read(t, page), -1) {
		if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
			t.Errorf("%s: %v", page, err)
		}
		named = append(named, m[1])
	}
	for _, file := range filesWith(t, ".go") {
		file = filepath.ToSlash(file)
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "bench/") {
			continue
		}
		if !slices.Contains(named, file) {
			t.Errorf("%s says nothing of %s: give it a row", page, file)
		}
	}
}

// pages are the Markdown files of the repository.
func pages(t *testing.T) []string { return filesWith(t, ".md") }

// filesWith returns the files of the repository whose names end so.
func filesWith(t *testing.T, suffix string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && len(path) > 1 && path[0] == '.', entry.IsDir() && entry.Name() == "testdata":
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, suffix):
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// oneSpace makes indentation and line ends alike.
func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }
