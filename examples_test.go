package godwit_test

// Every name that a user meets is shown at work: it is in the body of an Example, or one is
// called after it.

import (
	"go/ast"
	"go/doc"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shown are the packages whose names need an Example, without the module's path.
var shown = []string{"", "auth", "cookiejar", "godwittest", "header", "inspect", "trace", "transport"}

// unshown are names that nobody writes down: others call them, or print what they return.
var unshown = []string{
	"Apply", "Format", "GoString", "MarshalText", "String", // options; package fmt; encoders
	"As", "Error", "Is", "Temporary", "Timeout", "Unwrap", // errors, and net.Error
}

// grouped are types of whose constants one will do.
var grouped = []string{"EncodingSource", "Kind", "Phase", "Rule", "SentState"}

func TestExamples(t *testing.T) {
	all := map[string][]*ast.FuncDecl{} // by folder
	for _, file := range filesWith(t, "_test.go") {
		dir := filepath.ToSlash(filepath.Dir(file))
		all[dir] = append(all[dir], examples(t, file)...)
	}
	docs := packageDocs(t)
	for _, pkg := range shown {
		p := docs[pkg]
		if p == nil {
			t.Fatalf("there is no package %q", pkg)
		}
		for _, name := range exampleless(p, exampleNames(all, path.Clean(pkg), p.Name)) {
			t.Errorf("%s.%s is in no Example", p.Name, name)
		}
	}
}

// exampleless returns the names of a package that are not among those given. A type is, if what
// makes one of it is, or one of its constants.
func exampleless(p *doc.Package, named map[string]bool) (missing []string) {
	need := func(names ...string) {
		for _, name := range names {
			if !named[name] {
				missing = append(missing, name)
			}
		}
	}
	need(valueNames(p.Consts, p.Vars)...)
	need(funcNames(p.Funcs)...)
	for _, typ := range p.Types {
		made := append(funcNames(typ.Funcs), valueNames(typ.Consts, typ.Vars)...)
		if !named[typ.Name] && !slices.ContainsFunc(made, func(name string) bool { return named[name] }) {
			need(typ.Name)
		}
		if !slices.Contains(grouped, typ.Name) {
			need(made...)
		}
		for _, m := range typ.Methods {
			if m.Level == 0 && !slices.Contains(unshown, m.Name) && !named[typ.Name+"_"+m.Name] {
				need("." + m.Name)
			}
		}
	}
	return missing
}

func valueNames(lists ...[]*doc.Value) (names []string) {
	for _, v := range slices.Concat(lists...) {
		for _, name := range v.Names {
			if token.IsExported(name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func funcNames(list []*doc.Func) (names []string) {
	for _, f := range list {
		names = append(names, f.Name)
	}
	return names
}

// exampleNames returns what Examples name of a package: "Name" for a name of its own, ".Name"
// for a method or field of whatever, and "Type" and "Type_Method" for what those in its own folder are
// called after.
func exampleNames(all map[string][]*ast.FuncDecl, dir, name string) map[string]bool {
	named := map[string]bool{}
	for folder, list := range all {
		for _, fn := range list {
			if folder == dir {
				typ, method, _ := strings.Cut(strings.TrimPrefix(fn.Name.Name, "Example"), "_")
				named[typ], named[typ+"_"+method] = true, true
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				switch x, _ := sel.X.(*ast.Ident); {
				case x != nil && x.Name == name:
					named[sel.Sel.Name] = true
				case x == nil || !slices.Contains(shown, x.Name) && x.Name != "godwit":
					named["."+sel.Sel.Name] = true
				}
				return true
			})
		}
	}
	return named
}
