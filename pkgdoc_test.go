package godwit_test

// Everything that can be named from outside is documented, and every package says what it
// is for.

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestDocs(t *testing.T) {
	for pkg, p := range packageDocs(t) {
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + pkg[strings.LastIndexByte(pkg, '/')+1:] + " "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("package %q: its doc comment must begin with %q", pkg, want)
		}
		if isPublic(pkg) {
			checkDocs(t, p)
		}
	}
}

// TestIndex: the index at the head of package godwit has every name in it.
func TestIndex(t *testing.T) {
	p := packageDocs(t)[""]
	words := strings.FieldsFunc(p.Doc, func(r rune) bool { return !isNameRune(r) && r != '.' })
	need := append(funcNames(p.Funcs), valueNames(p.Consts, p.Vars)...)
	for _, typ := range p.Types {
		need = append(append(need, typ.Name), funcNames(typ.Funcs)...)
		if !slices.Contains(grouped, typ.Name) {
			need = append(need, valueNames(typ.Consts, typ.Vars)...)
		}
	}
	for _, name := range need {
		if !slices.Contains(words, name) {
			t.Errorf("the doc comment of package godwit says nothing of %s", name)
		}
	}
}

// packageDocs returns the documentation of each of our packages, under its name without
// the module's path.
func packageDocs(t *testing.T) map[string]*doc.Package {
	t.Helper()
	docs := map[string]*doc.Package{}
	for _, line := range goList(t, "", "-f", `{{.ImportPath}} {{.Dir}} {{join .GoFiles " "}}`, "./...") {
		words := strings.Fields(line)
		if len(words) < 3 { // nothing but tests
			continue
		}
		fset := token.NewFileSet()
		var files []*ast.File
		for _, name := range words[2:] {
			f, err := parser.ParseFile(fset, filepath.Join(words[1], name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		p, err := doc.NewFromFiles(fset, files, words[0])
		if err != nil {
			t.Fatal(err)
		}
		pkg, _ := ours(words[0])
		docs[pkg] = p
	}
	return docs
}

// checkDocs looks at each exported name of a package.
func checkDocs(t *testing.T, p *doc.Package) {
	t.Helper()
	values(t, p, p.Consts)
	values(t, p, p.Vars)
	funcs(t, p, p.Funcs)
	for _, typ := range p.Types {
		sentence(t, p, typ.Name, typ.Name, typ.Doc)
		values(t, p, typ.Consts)
		values(t, p, typ.Vars)
		funcs(t, p, typ.Funcs)
		funcs(t, p, typ.Methods)
	}
}

func funcs(t *testing.T, p *doc.Package, list []*doc.Func) {
	t.Helper()
	for _, f := range list {
		full := f.Name
		if f.Recv != "" {
			full = "(" + f.Recv + ")." + f.Name
		}
		if f.Level == 0 { // else promoted from an embedded type
			sentence(t, p, full, f.Name, f.Doc)
		}
	}
}

// values looks at constants and variables, for which a comment of their own, one at the end
// of the line or one above their group will do.
func values(t *testing.T, p *doc.Package, list []*doc.Value) {
	t.Helper()
	for _, group := range list {
		if group.Doc != "" {
			continue
		}
		for _, spec := range group.Decl.Specs {
			spec := spec.(*ast.ValueSpec)
			if spec.Doc.Text() == "" && spec.Comment.Text() == "" && spec.Names[0].IsExported() {
				t.Errorf("%s.%s has no doc comment", p.Name, spec.Names[0])
			}
		}
	}
}

// sentence checks that a doc comment begins with the name that it is about, after an
// article perhaps.
func sentence(t *testing.T, p *doc.Package, full, name, text string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s.%s has no doc comment", p.Name, full)
		return
	}
	words := strings.Fields(text)
	switch words[0] {
	case "A", "An", "The":
		words = words[1:]
	}
	// The name may be followed by a comma or a possessive s, not by more of a name.
	rest, ok := strings.CutPrefix(strings.Join(words, " "), name)
	if !ok || strings.IndexFunc(rest, isNameRune) == 0 {
		t.Errorf("%s.%s: its doc comment must begin with its name, not with %q", p.Name, full, firstLine(text))
	}
}

func isNameRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
