package curl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Many at once: each is whole, none is forgotten, no more than are allowed are open.
func TestParallel(t *testing.T) {
	w := newWire(t)
	t.Chdir(t.TempDir())
	got := runIn(t, world{}, "-sSZ", "--parallel-max", "5", "-o", "f#1", w.URL()+"/n/[1-40]")
	if got.code != 0 || got.err != "" {
		t.Fatalf("%+v", got)
	}
	files, err := filepath.Glob("f*")
	if err != nil || len(files) != 40 {
		t.Errorf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err != nil || string(text) != "ok GET\n" {
			t.Errorf("%s: %q %v", f, text, err)
		}
	}
	if n := w.Most(); n > 5 {
		t.Errorf("%d connections at once", n)
	}
	if got := runIn(t, world{}, "-sSZ", w.URL()+"/get", "http://127.0.0.1:1/", w.URL()+"/get"); got.code != exitConnect || strings.Count(got.out, "ok") != 2 {
		t.Errorf("%+v", got)
	}
}
