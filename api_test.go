package godwit_test

// The public API, one line for each name, in a file that is reviewed when it changes.

import (
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write api.txt anew")

// apiFile is written by: go test -run TestAPI -update .
const apiFile = "api.txt"

func TestAPI(t *testing.T) {
	got := publicAPI(t)
	if *update {
		if err := os.WriteFile(apiFile, []byte(strings.Join(got, "\n")+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(apiFile)
	if err != nil {
		t.Fatalf("%v; to write it: go test -run TestAPI -update .", err)
	}
	want := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")), "\n")
	changed := false
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("gone: %s", line)
			changed = true
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("new:  %s", line)
			changed = true
		}
	}
	if changed {
		t.Log("if that is what you want: go test -run TestAPI -update .")
	} else if !slices.Equal(got, want) {
		t.Error("api.txt is not in order: go test -run TestAPI -update .")
	}
}

// publicAPI returns a line for each exported name of each public package.
//
// The types come from the compiler's export data, which go list puts into the build cache
// (for linux, so that every machine finds the same).
func publicAPI(t *testing.T) []string {
	t.Helper()
	const goos = "linux"
	export := map[string]string{} // import path → file
	var public []string
	for _, line := range goList(t, goos, "-export", "-deps", "-f", "{{.ImportPath}} {{.Name}} {{.Export}}", "./...") {
		words := strings.Fields(line)
		if len(words) < 3 { // unsafe, which has no export data
			continue
		}
		export[words[0]] = words[2]
		if pkg, ok := ours(words[0]); ok && isPublic(pkg) && words[1] != "main" {
			public = append(public, words[0])
		}
	}
	slices.Sort(public)

	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		file, ok := export[path]
		if !ok {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(file)
	})
	var lines []string
	for _, path := range public {
		pkg, err := imports.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, packageAPI(pkg)...)
	}
	return lines
}

// packageAPI returns a line for each exported name of a package: names in alphabetical
// order, after each type its fields and methods.
func packageAPI(pkg *types.Package) (lines []string) {
	dir, _ := ours(pkg.Path())
	if dir == "" {
		dir = pkg.Name()
	}
	qualify := func(p *types.Package) string {
		if p == pkg {
			return ""
		}
		return p.Name()
	}
	add := func(format string, args ...any) {
		lines = append(lines, dir+": "+fmt.Sprintf(format, args...))
	}
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.TypeName:
			typeAPI(obj, qualify, add)
		case *types.Const:
			add("%s = %s", types.ObjectString(obj, qualify), obj.Val())
		default:
			add("%s", types.ObjectString(obj, qualify))
		}
	}
	return lines
}

// typeAPI adds the lines of a type. What is another name for a type of an internal package
// has its fields and methods listed too: its users know it by this name only.
func typeAPI(obj *types.TypeName, qualify types.Qualifier, add func(string, ...any)) {
	if obj.IsAlias() {
		add("%s", types.ObjectString(obj, qualify))
		named, ok := types.Unalias(obj.Type()).(*types.Named)
		if !ok || named.Obj().Pkg() == nil {
			return
		}
		if pkg, ok := ours(named.Obj().Pkg().Path()); ok && !isPublic(pkg) {
			memberAPI(obj, named, qualify, add)
		}
		return
	}
	named := obj.Type().(*types.Named)
	switch under := named.Underlying().(type) {
	case *types.Struct:
		add("type %s struct", types.TypeString(named, qualify))
	case *types.Interface:
		add("type %s interface", types.TypeString(named, qualify))
		interfaceAPI(obj, under, qualify, add)
	default:
		add("%s", types.ObjectString(obj, qualify))
	}
	memberAPI(obj, named, qualify, add)
}

// memberAPI adds the lines of a type's fields and methods.
func memberAPI(obj *types.TypeName, named *types.Named, qualify types.Qualifier, add func(string, ...any)) {
	if under, ok := named.Underlying().(*types.Struct); ok {
		for field := range under.Fields() {
			switch {
			case !field.Exported():
			case field.Embedded():
				add("type %s struct, embeds %s", obj.Name(), types.TypeString(field.Type(), qualify))
			default:
				add("type %s struct, %s %s", obj.Name(), field.Name(), types.TypeString(field.Type(), qualify))
			}
		}
	}
	var methods []string
	for method := range named.Methods() {
		if method.Exported() {
			methods = append(methods, "method "+strings.TrimPrefix(types.ObjectString(method, qualify), "func "))
		}
	}
	slices.Sort(methods)
	for _, line := range methods {
		add("%s", line)
	}
}

// interfaceAPI adds the lines of what an interface asks for.
func interfaceAPI(obj *types.TypeName, under *types.Interface, qualify types.Qualifier, add func(string, ...any)) {
	sealed := false
	for method := range under.Methods() {
		if !method.Exported() {
			sealed = true
			continue
		}
		signature := strings.TrimPrefix(types.TypeString(method.Signature(), qualify), "func")
		add("type %s interface, %s%s", obj.Name(), method.Name(), signature)
	}
	if sealed {
		add("type %s interface, cannot be implemented by others", obj.Name())
	}
	for i := range under.NumEmbeddeds() {
		if _, ok := under.EmbeddedType(i).Underlying().(*types.Interface); !ok {
			add("type %s interface, %s", obj.Name(), types.TypeString(under.EmbeddedType(i), qualify))
		}
	}
}
